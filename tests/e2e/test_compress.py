"""COMPRESS=DEFLATE (RFC 4978) and profiles, with an imaplib whose octets go through Python's zlib."""

import imaplib
import time
import zlib

import pytest
from support import imap as ask
from support.postern import PASSWORD

ON = {"imap": {"capabilities": {"COMPRESS": "on"}}}


class Compressed(imaplib.IMAP4):
    """compress() asks for it; all that is read and sent from then on is compressed."""

    def compress(self):
        imaplib.Commands["COMPRESS"] = ("AUTH", "SELECTED")
        ask.ok(self._simple_command("COMPRESS", "DEFLATE"))
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        self._inflate = zlib.decompressobj(-15)
        self._expanded = b""
        self.received = 0
        self.send, self.read, self.readline = self._send, self._read, self._readline

    def _send(self, data):
        self.sock.sendall(self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    def _more(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise self.abort("the connection is over")
        self.received += len(octets)
        self._expanded += self._inflate.decompress(octets)

    def _read(self, size):
        while len(self._expanded) < size:
            self._more()
        taken, self._expanded = self._expanded[:size], self._expanded[size:]
        return taken

    def _readline(self):
        while b"\n" not in self._expanded:
            self._more()
        return self._read(self._expanded.index(b"\n") + 1)


def message(number):
    lines = "".join(f"{number} goes up, {number * 7919 + n} goes down\r\n" for n in range(2000))
    return f"Subject: number {number}\r\n\r\n{lines}".encode()


@pytest.fixture
def daemon(postern):
    one = postern({"anna": []}, start=False)
    one.config["accounts"]["anna"].update(ON)
    one.config["clients"] = {"own": {"id": {"name": "Own*"}, "capabilities": {"COMPRESS": "off"}}}
    one.write_config()
    return one.start()


def log_in(daemon):
    connection = Compressed("127.0.0.1", daemon.imap_port, timeout=60)
    connection.login("anna", PASSWORD)
    return connection


def capabilities(connection):
    return ask.ok(connection.capability())[-1].decode().split()


def test_a_whole_session_is_compressed(daemon):
    connection = log_in(daemon)
    assert "COMPRESS=DEFLATE" in capabilities(connection)
    connection.compress()
    assert "COMPRESS=DEFLATE" not in capabilities(connection)
    for number in range(5):
        ask.ok(connection.append("INBOX", None, None, message(number)))
    ask.ok(connection.select("INBOX"))
    before = connection.received
    got = ask.bodies(connection)
    assert got == {number + 1: message(number) for number in range(5)}
    whole = sum(map(len, got.values()))
    assert connection.received - before < whole / 3

    # A second session sees what this one does.
    other = log_in(daemon)
    other.compress()
    ask.ok(other.select("INBOX"))
    ask.ok(connection.uid("STORE", "1:3", "+FLAGS", "(\\Deleted)"))
    ask.ok(connection.expunge())
    ask.ok(other.noop())
    assert ask.uids(other) == [4, 5]
    assert connection.logout()[0] == "BYE"
    other.logout()


def test_a_program_that_is_known_to_break_is_not_offered_it(daemon):
    connection = log_in(daemon)
    ask.ok(connection.xatom("ID", '("name" "iPhone Mail" "version" "22C161")'))
    assert "COMPRESS=DEFLATE" not in capabilities(connection)
    (facts,) = [c for c in daemon.status()["connections"] if c["protocol"] == "imap"]
    assert facts["profile"] == "ios"
    assert "(as ios)" in daemon.command("status").stdout
    ask.ok(connection.xatom("ID", '("name" "Own program")'))
    assert "COMPRESS=DEFLATE" not in capabilities(connection)
    ask.ok(connection.xatom("ID", '("name" "Another")'))
    assert "COMPRESS=DEFLATE" in capabilities(connection)
    connection.logout()


def test_a_reload_holds_from_the_next_login(daemon):
    before = log_in(daemon)
    del daemon.config["accounts"]["anna"]["imap"]
    daemon.write_config()
    daemon.reload()
    deadline = time.monotonic() + 30
    while "COMPRESS=DEFLATE" in capabilities(log_in(daemon)):
        assert time.monotonic() < deadline
    assert "COMPRESS=DEFLATE" in capabilities(before)
    before.compress()
    ask.ok(before.noop())
