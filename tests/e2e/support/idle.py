"""A mail program that waits in IDLE and notes when it is told something."""

import time


class Idler:
    """Uses a connection of imaplib with a mailbox selected. Order: begin(), wait_for()...,
    done()."""

    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        self._connection.send(b"IDLER IDLE\r\n")
        line = self._connection.readline()
        assert line.startswith(b"+"), line
        return self

    def wait_for(self, words, seconds=10):
        """Until a line holds these octets; (the line, monotonic time it came)."""
        self._connection.socket().settimeout(seconds)
        while True:
            line = self._connection.readline()
            assert line, "the connection ended"
            if words in line:
                return line, time.monotonic()

    def __exit__(self, *_):
        self._connection.send(b"DONE\r\n")
        while not (line := self._connection.readline()).startswith(b"IDLER "):
            assert line
        assert line.startswith(b"IDLER OK"), line
