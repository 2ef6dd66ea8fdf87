"""A program in a terminal of its own: keys go in, the screen is read."""

import os
import re
import shlex

from . import processes
from .waiting import wait_until


def message(number, subject, body):
    """Of Anna Berg's; `number` is its day of January 2026 as well."""
    return (
        f"From: Anna Berg <anna@x.example>\r\nTo: b@x.example\r\nSubject: {subject}\r\n"
        f"Date: Thu, {number} Jan 2026 12:00:00 +0000\r\nMessage-ID: <{number}@x.example>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    ).encode()


# What a mailbox holds at first that a program in a terminal shows.
THREE = [
    message(1, "The boat leaves at seven", "Bring the rope."),
    message(
        2,
        "=?utf-8?B?U2NobMO8c3NlbMO8YmVyZ2FiZQ==?=",
        "Er liegt unter dem Blumentopf, schöne Grüße.",
    ),
    message(3, "To be deleted", "Nobody needs this."),
]


class Terminal:
    """One tmux server with one window. Order: keys() and expect() as often as needed, close()."""

    def __init__(self, folder, command, environment=None, columns=100, lines=30):
        self._socket = folder / "tmux"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "SHELL": "/bin/sh",
            **(environment or {}),
        }
        # The shell stays after the program, so that its last words can be read.
        self._tmux(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            str(columns),
            "-y",
            str(lines),
            shlex.join(map(str, command)) + "; echo ENDED; exec cat",
        )

    def _tmux(self, *arguments):
        result = processes.run(
            ["tmux", "-u", "-S", self._socket, *arguments], env=self._environment
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def screen(self):
        return self._tmux("capture-pane", "-p")

    def keys(self, *names):
        """Keys by tmux's names; letters by themselves."""
        self._tmux("send-keys", *names)

    def expect(self, pattern, seconds=20):
        """Until the screen matches the regular expression; the screen."""
        return wait_until(
            lambda: (lambda screen: screen if re.search(pattern, screen) else None)(self.screen()),
            lambda: f"{pattern!r} on the screen:\n{self.screen()}",
            seconds,
            0.05,
        )

    def close(self):
        processes.run(["tmux", "-S", self._socket, "kill-server"])
