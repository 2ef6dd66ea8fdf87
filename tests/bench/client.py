"""A mail program that measures."""

import socket
import time


class Client:
    """One IMAP session that measures: a command and all of its answer."""

    def __init__(self, port, user, password):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._line()
        self.ask(f'LOGIN {user} "{password}"')
        _, answer = self.ask("CAPABILITY")
        self.offers = answer[0].decode().split()

    def close(self):
        self._socket.close()

    def _line(self):
        while b"\r\n" not in self._buffer:
            piece = self._socket.recv(1 << 20)
            assert piece, "the server hung up"
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def ask(self, command):
        """(seconds, the lines of its answer)"""
        began = time.perf_counter()
        self._socket.sendall(f"a {command}\r\n".encode())
        lines = []
        while True:
            lines.append(self._line())
            if lines[-1].startswith(b"a "):
                assert lines[-1].startswith(b"a OK"), (command, lines[-1])
                return time.perf_counter() - began, lines

    def begin(self, command):
        """Sends a command that is answered with a "+"."""
        self._socket.sendall(f"a {command}\r\n".encode())
        assert self._line().startswith(b"+")

    def hear(self, what):
        """Reads until a line has it."""
        while what not in self._line():
            pass

    def can(self, command):
        word = command.split()[0]
        return word == "SEARCH" or any(offer.startswith(word) for offer in self.offers)
