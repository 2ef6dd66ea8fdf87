"""Whoever guesses learns nothing (B3, B6): of a user who is not there the same words come as of a wrong
password, and after the same work. How alike the times are, `./dev bench guess` measures."""

import base64
import re

import pytest
from support.raw import Raw
from support.waiting import free_port, wait_until

GUESS = "k7qm-x2vd-9htn-4wpc"
ACCOUNTS = ("anna", "nobody")
DEVICES = ("anna/phone", "anna/nothing", "nobody/phone")


def plain(user):
    return base64.b64encode(f"\0{user}\0{GUESS}".encode()).decode()


# Listener -> what is sent for a user, and how the line begins that answers it.
WAYS = {
    "imap LOGIN": (lambda user: f'a LOGIN "{user}" {GUESS}\r\n', b"a "),
    "imap AUTHENTICATE": (lambda user: f"a AUTHENTICATE PLAIN {plain(user)}\r\n", b"a "),
    "pop3 PASS": (lambda user: f"USER {user}\r\nPASS {GUESS}\r\n", b"-ERR"),
    "pop3 AUTH": (lambda user: f"AUTH PLAIN {plain(user)}\r\n", b"-ERR"),
    "submission AUTH": (lambda user: f"EHLO a\r\nAUTH PLAIN {plain(user)}\r\n", b"5"),
}


class House:
    """A daemon with the account anna and its device phone. Each try comes from another address of
    loopback, so that each is the first one from there."""

    def __init__(self, daemon):
        self.daemon, self._tries, self._open = daemon, 0, []
        for listener in ("pop3", "submission"):
            daemon.config["listen"][listener] = f"127.0.0.1:{free_port()}"
        daemon.write_config()

    def start(self, **options):
        self.daemon.start(**options)
        assert self.daemon.command("device", "add", "anna", "phone").returncode == 0
        return self

    def guess(self, way, user):
        """The connection on which the answer will come."""
        self._tries += 1
        port = int(self.daemon.config["listen"][way.partition(" ")[0]].rpartition(":")[2])
        raw = Raw(port, source=f"127.20.0.{self._tries}")
        self._open.append(raw)
        raw.line()
        raw.send(WAYS[way][0](user).encode())
        return raw

    def close(self):
        for raw in self._open:
            raw.__exit__()


@pytest.fixture
def house(postern):
    one = House(postern({"anna": []}, start=False))
    yield one
    one.close()


def test_the_words_are_the_same(house):
    house.start()
    # All of the first kind are sent before the first is waited for: each is held back for seconds.
    asked = {
        (way, user): house.guess(way, user) for way in WAYS for user in (*ACCOUNTS, *DEVICES)
    }
    said = {way: set() for way in WAYS}
    for (way, _), raw in asked.items():
        said[way].add(raw.until(WAYS[way][1]))
    assert {len(answers) for answers in said.values()} == {1}, said
    assert b"[AUTHENTICATIONFAILED]" in said["imap LOGIN"].pop()
    assert b"[AUTH]" in said["pop3 PASS"].pop()


def test_the_work_is_the_same(house, folder):
    """A hash of a device's password needs a large block of memory: of each try it is seen how many
    are asked for, and how large they are."""
    trace = folder / "trace"
    house.start(
        prefix=["strace", "-f", "-qq", "-o", trace, "-e", "trace=mmap"],
        environment={"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1000000"},
    )

    def blocks():
        """How large, one after another."""
        call = r"mmap\(NULL, (\d{8,}), PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS, -1"
        return [int(octets) for octets in re.findall(call, trace.read_text())]

    before, asked = len(blocks()), []
    for count, user in enumerate(DEVICES, 1):
        asked.append(house.guess("imap LOGIN", user))
        wait_until(lambda: len(blocks()) == before + count, lambda: f"{user} costs a hash")
    asked += [house.guess("imap LOGIN", user) for user in ACCOUNTS]
    for raw in asked:
        assert raw.until(b"a ").startswith(b"a NO [AUTHENTICATIONFAILED]")
    wrong, *absent = blocks()[before:]
    assert wrong >= 16 << 20 and absent == [wrong, wrong]
