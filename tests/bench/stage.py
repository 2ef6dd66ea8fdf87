"""What every benchmark needs: a folder, servers with the same mail, the client."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "support")]

from support import processes  # noqa: E402
from support.certificates import Authority  # noqa: E402
from support.dovecot import PASSWORD, Dovecot  # noqa: E402
from support.postern import Postern, pop3_source, program  # noqa: E402

USER = "anna"


class Box:
    """The messages of one user, as files."""

    def __init__(self, user, files):
        self.user, self.files = user, files
        sizes = [file.stat().st_size for file in files.iterdir()]
        self.count, self.octets = len(sizes), sum(sizes)

    def sample(self, count, folder):
        """Copies of some: a Maildir renames its own as their flags change."""
        folder.mkdir()
        chosen = sorted(self.files.iterdir())[:count]
        return [shutil.copy(file, folder / str(number)) for number, file in enumerate(chosen)]


class Stage:
    """One run's servers. A context manager that leaves nothing behind."""

    def __init__(self, client, messages, rounds, only=""):
        self.client = client or program().parent / "bench_client"
        assert pathlib.Path(self.client).exists(), f"{self.client} is not there; build bench_client"
        self.messages, self.rounds, self.only = messages, rounds, only
        self._ends = []

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pb-"))
        self.folder.chmod(0o755)
        authority = Authority(self.folder / "ca")
        self.ca = authority.ca
        self.certificate = authority.leaf("server")
        self.dovecot = Dovecot(self.folder / "d", self.certificate)
        self.dovecot.start()
        return self

    def box(self, user, messages):
        """A user of the Dovecot with these messages."""
        began = time.monotonic()
        made = Box(user, self.dovecot.add_user(user, messages))
        print(
            f"{made.count:,} messages, {made.octets / 1e6:.0f} MB, generated in "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
        return made

    def __exit__(self, *_):
        for end in reversed(self._ends):
            end()
        self.dovecot.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def postern(self, name, sources=True, port=None, **more):
        """A daemon with an account that pulls from the Dovecot, not started; what runs at the end
        is stopped."""
        source = pop3_source(port or self.dovecot.pop3, USER, PASSWORD, **more)
        daemon = Postern(self.folder / name, {USER: [source] if sources else []})
        self._ends.append(daemon.stop)
        return daemon

    def second_dovecot(self, name, extra=""):
        """An empty one, not started."""
        server = Dovecot(self.folder / name, self.certificate, extra=extra)
        server.add_user(USER)
        self._ends.append(server.stop)
        return server

    def delay_proxy(self, port, milliseconds):
        """The port of a proxy to `port` with that round trip."""
        child = processes.start(
            [self.client, "delay", port, milliseconds], stdout=subprocess.PIPE, text=True
        )
        self._ends.append(lambda: (child.kill(), child.communicate()))
        return int(child.stdout.readline())

    def measure(self, command, port, password, *more):
        """Runs bench_client; what it prints, as {seconds, messages, octets} at least."""
        result = processes.run(
            [self.client, command, "127.0.0.1", port, USER, password, *more], seconds=1800
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


def measured(arguments):
    """Runs a program; (seconds, its peak memory in octets). It must end with 0."""
    began = time.monotonic()
    child = processes.start(arguments)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, arguments
    return seconds, usage.ru_maxrss * 1024
