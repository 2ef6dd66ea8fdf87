"""A command that asks questions, in a pseudo terminal: expect() a question, answer() it."""

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time

from . import processes


class Dialogue:
    """Order: expect() and answer() as often as needed, then end(). `seen` is all that was shown."""

    def __init__(self, arguments, **options):
        self._terminal, inner = pty.openpty()

        def own_the_terminal():
            processes.ends_with_the_test()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [str(a) for a in arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            preexec_fn=own_the_terminal,
            **options,
        )
        os.close(inner)
        self.seen = ""
        self._unread = ""

    def _read(self, within):
        ready, _, _ = select.select([self._terminal], [], [], within)
        if not ready:
            return False
        try:
            octets = os.read(self._terminal, 65536)
        except OSError:
            octets = b""
        text = octets.decode(errors="replace").replace("\r\n", "\n")
        self.seen += text
        self._unread += text
        return bool(octets)

    def expect(self, pattern, seconds=60):
        """Until what was shown since the last match holds the pattern."""
        end = time.monotonic() + seconds
        while (match := re.search(pattern, self._unread)) is None:
            assert time.monotonic() < end, f"{pattern!r} is not in:\n{self.seen}"
            if not self._read(0.2) and self.process.poll() is not None and not self._read(0):
                raise AssertionError(f"it ended, and {pattern!r} is not in:\n{self.seen}")
        self._unread = self._unread[match.end() :]
        return match

    def answer(self, pattern, text, seconds=60):
        self.expect(pattern, seconds)
        os.write(self._terminal, text.encode() + b"\n")

    def press(self, octets):
        os.write(self._terminal, octets)

    def echoes(self):
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def end(self, seconds=60):
        """Waits for the end of it; the exit status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.seen}"
            self._read(0.1)
        while self._read(0):
            pass
        os.close(self._terminal)
        return self.process.returncode
