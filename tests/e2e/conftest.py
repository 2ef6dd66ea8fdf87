"""Fixtures of the end-to-end tests: every test has its own folder, servers and ports, and leaves
nothing running."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from support.certificates import Authority  # noqa: E402
from support.dovecot import Dovecot  # noqa: E402
from support.postern import Postern  # noqa: E402
from support.served import served  # noqa: E402, F401

# Servers that were asked to end and are waited for at the end of the module.
_ending = []


@pytest.fixture(scope="module")
def shelf():
    """A folder of the module with a short name: sockets in it must fit 107 octets, and Dovecot's
    user must enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pe-"))
    folder.chmod(0o755)
    yield folder
    for server in _ending:
        server.stop()
    _ending.clear()
    if not os.environ.get("POSTERN_KEEP"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(shelf):
    path = pathlib.Path(tempfile.mkdtemp(prefix="", dir=shelf))
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def authority(shelf):
    return Authority(shelf / "ca")


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.leaf("server")


@pytest.fixture
def dovecot(folder, certificate):
    """dovecot(...) starts a server; all end with the test."""
    started = []

    def start(**options):
        server = Dovecot(
            folder / f"d{len(started)}", options.pop("certificate", certificate), **options
        )
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.end()
    _ending.extend(started)


@pytest.fixture
def postern(folder):
    """postern(accounts, ...) starts the program; it must end in order with the test."""
    made = []

    def start(accounts, start=True, **settings):
        one = Postern(folder / f"p{len(made)}", accounts, **settings)
        made.append(one)
        return one.start() if start else one

    yield start
    failures = []
    for one in made:
        try:
            one.stop()
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
