"""A bare connection, for what no library would send."""

import socket


class Raw:
    """Octets out, lines in. A context manager that closes."""

    def __init__(self, port, host="127.0.0.1", seconds=20, source=""):
        """From the address `source` of ours, if there is one."""
        self.socket = socket.create_connection((host, port), seconds, (source, 0) if source else None)
        self._file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def send_as_far_as_taken(self, octets):
        """True if all went out; the server may close in between."""
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def line(self):
        """The next line, or nothing after the end."""
        try:
            return self._file.readline()
        except ConnectionResetError:
            return b""

    def until(self, start):
        """The line that starts like this; nothing if the connection ended before."""
        while (line := self.line()) and not line.startswith(start):
            pass
        return line

    def ended(self):
        """Reads on until the server closes; the lines before that."""
        lines = []
        while line := self.line():
            lines.append(line)
        return lines

    def log_in(self, user, password):
        self.send(f'L LOGIN {user} "{password}"\r\n'.encode())
        assert self.until(b"L ").startswith(b"L OK")
        return self
