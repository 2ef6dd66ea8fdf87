"""A plain POP3 conversation, to see what the upstream server itself gives."""

import hashlib
import socket


class Pop3:
    """One session on loopback, without TLS; a context manager that ends with QUIT."""

    def __init__(self, port, user, password):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._file = self._socket.makefile("rb")
        self.greeting = self._line()
        self.call(f"USER {user}")
        self.call(f"PASS {password}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("QUIT")
        finally:
            self.drop()

    def drop(self):
        """Ends the connection without QUIT."""
        self._file.close()
        self._socket.close()

    def _line(self):
        line = self._file.readline()
        assert line.startswith(b"+OK"), line
        return line

    def call(self, command):
        self._socket.sendall(command.encode() + b"\r\n")
        return self._line()

    def _lines(self):
        while (line := self._file.readline()) != b".\r\n":
            assert line, "the server closed the connection"
            yield line[1:] if line.startswith(b".") else line

    def uidl(self):
        """Message number -> UIDL."""
        self.call("UIDL")
        return {int(n): u.decode() for n, u in (line.split() for line in self._lines())}

    def retr(self, number):
        self.call(f"RETR {number}")
        return b"".join(self._lines())

    def digests(self):
        """SHA-256 of every message, in the order of the listing."""
        return [hashlib.sha256(self.retr(number)).hexdigest() for number in self.uidl()]
