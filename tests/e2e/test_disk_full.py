"""A full disk during a sync: said in status, nothing lost, nothing deleted upstream, and it goes on
when there is room."""

import base64
import os
import random
import resource
import signal

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.waiting import wait_until

COUNT = 600


@pytest.fixture
def tiny_disk(folder):
    """A file system of 6 MB, where the tests may mount one; else None and a limit on the size of
    files serves."""
    place = folder / "tiny"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not processes.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", place]
        ).returncode
    )
    yield place if mounted else None
    if mounted:
        processes.run(["umount", "-l", place])


def small_files_only():
    processes.ends_with_the_test()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))


def test_a_full_disk_loses_nothing_and_is_overcome(dovecot, postern, tiny_disk):
    """J2, D21: not stored means not deleted and no QUIT; with room again the poll goes on where
    it stood."""
    server = dovecot()
    server.add_user("full", generate_mail.messages(COUNT, seed=61))
    settings = {"state": tiny_disk / "state"} if tiny_disk else {}
    daemon = postern(
        {"full": [pop3_source(server.pop3, "full", PASSWORD, keep_on_server="never")], "other": []},
        start=False,
        **settings,
    )
    daemon.start(**({} if tiny_disk else {"preexec_fn": small_files_only}))
    status = daemon.wait_for_state("full", "store_failure", seconds=60)
    assert any(
        word in status["detail"].lower() for word in ("disk", "space", "full", "large")
    ), status
    assert status["next_poll"]
    told = [line for line in daemon.log().splitlines() if "full" in line and status["detail"] in line]
    assert len(told) == 1, daemon.log()
    # What is there can be read; the other account answers.
    connection = daemon.imap("full", "INBOX")
    stored = len(ask.bodies(connection))
    assert stored < COUNT
    assert ask.count(daemon.imap("other")) == 0
    assert server.count("full") + stored >= COUNT, "deleted upstream though it was not stored"

    # An APPEND that does not fit is refused with NO, and the connection lives.
    noise = base64.encodebytes(random.Random("noise").randbytes(6_000_000)).replace(b"\n", b"\r\n")
    answer = connection.append("INBOX", None, None, b"Subject: big\r\n\r\n" + noise)
    assert answer[0] == "NO", answer
    ask.ok(connection.noop())

    if tiny_disk:
        assert not processes.run(["mount", "-o", "remount,size=200m", tiny_disk]).returncode
    else:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def complete():
        daemon.sync("full", expect=None)
        return ask.count(daemon.imap("full")) == COUNT

    wait_until(complete, daemon.log, seconds=60)
    arrived = ask.digests(daemon.imap("full"))
    assert len(set(arrived.values())) == len(arrived) == COUNT
    daemon.sync("full")
    assert server.count("full") == 0
    daemon.stop()
    database = [f for f in daemon.config["state"].rglob("*") if f.is_file() and is_sqlite(f)]
    assert database
    for file in database:
        assert processes.run(["sqlite3", file, "PRAGMA integrity_check"]).stdout == "ok\n"


def test_a_disk_that_takes_nothing_more_can_still_be_read(dovecot, postern):
    """J10: as after a file system was made read-only by an error. It lives, says so, and needs no
    restart."""
    server = dovecot()
    server.add_user("anna", generate_mail.messages(20, seed=62))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]}, start=False)
    daemon.start(preexec_fn=small_files_only)
    daemon.sync("anna")
    connection = daemon.imap("anna", "INBOX")
    before = ask.bodies(connection)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for _ in range(3):
        answer = connection.append("INBOX", None, None, b"Subject: new\r\n\r\n")
        assert answer[0] == "NO", answer
        assert ask.bodies(connection) == before
    server.add_mail("anna", generate_mail.messages(1, seed=63))
    daemon.sync("anna", expect=None)
    assert daemon.source("anna")["state"] == "store_failure"
    assert ask.bodies(daemon.imap("anna", "INBOX")) == before, "a new session reads, too"
    assert daemon.process.poll() is None
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def complete():
        daemon.sync("anna", expect=None)
        return ask.count(daemon.imap("anna")) == 21

    wait_until(complete, daemon.log, seconds=60)
    ask.ok(connection.append("INBOX", None, None, b"Subject: new\r\n\r\n"))


def is_sqlite(file):
    with open(file, "rb") as content:
        return content.read(15) == b"SQLite format 3"
