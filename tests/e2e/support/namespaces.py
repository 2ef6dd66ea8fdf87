"""A second host for tests that need one: a network namespace joined by a pair of virtual cables.
Root only."""

import contextlib
import ctypes
import os
import subprocess
import warnings

from . import processes
from .waiting import wait_until


def available():
    """Root has to be able to; for others it is said in the summary of pytest what is not looked at."""
    if os.geteuid() == 0:
        return True
    warnings.warn("not root: no second host can be made, and nothing is tested with one", stacklevel=2)
    return False


def _ip(*arguments):
    result = processes.run(["ip", *arguments])
    assert result.returncode == 0, f"ip {' '.join(arguments)}: {result.stderr}"


@contextlib.contextmanager
def other_host():
    """Gives (our address, the other's address, the prefix of a command that runs there)."""
    number = os.getpid() % 60000
    space, ours, theirs = f"pe{number}", f"pea{number}", f"peb{number}"
    net = f"10.{200 + number % 50}.{number // 50 % 250}"
    _ip("netns", "add", space)
    try:
        _ip("-n", space, "link", "set", "lo", "up")
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", space)
        _ip("addr", "add", f"{net}.1/24", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", space, "addr", "add", f"{net}.2/24", "dev", theirs)
        _ip("-n", space, "link", "set", theirs, "up")
        yield f"{net}.1", f"{net}.2", ["ip", "netns", "exec", space]
    finally:
        processes.run(["ip", "link", "del", ours])
        processes.run(["ip", "netns", "del", space])


_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def runs_elsewhere(pid):
    """Whether a process runs on another host by now."""
    return os.stat(f"/proc/{pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino


@contextlib.contextmanager
def network_of(pid):
    """Sockets that this thread makes meanwhile are of the host that a process runs on."""
    with open("/proc/thread-self/ns/net", "rb") as ours, open(f"/proc/{pid}/ns/net", "rb") as theirs:
        assert _libc.setns(theirs.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert _libc.setns(ours.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


@contextlib.contextmanager
def sockets_on(prefix):
    """Sockets that are made meanwhile are of the host where the prefix runs commands."""
    there = processes.start([*prefix, "cat"], stdin=subprocess.PIPE)
    try:
        wait_until(lambda: runs_elsewhere(there.pid), lambda: "the host is entered")
        with network_of(there.pid):
            yield
    finally:
        there.kill()
        there.communicate()


def with_files(prefix, **files):
    """The prefix of a command that sees these files in place of /etc/NAME, and where `prefix` runs
    it."""
    script = "".join(f"mount --bind {file} /etc/{name} && " for name, file in files.items())
    return [*prefix, "unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh"]
