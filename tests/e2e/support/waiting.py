"""Waiting for what another process does: always by asking again until a deadline, never by
hoping."""

import contextlib
import socket
import time


def wait_until(ask, what, seconds=20.0, pause=0.02):
    """Asks until the answer is true and returns it; AssertionError with `what` after the
    deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(pause)


def listens(port, host="127.0.0.1"):
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


_given = set()


def free_port():
    """A loopback port nothing listens on; never the same one twice in this process."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port
