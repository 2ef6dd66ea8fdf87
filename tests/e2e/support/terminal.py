"""A program in a terminal of its own: keys go in, the screen is read."""

import os
import re
import shlex

from . import processes
from .waiting import wait_until


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
