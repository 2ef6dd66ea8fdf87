"""A second real POP3 server, Courier: no mail of a server that is not Dovecot is lost or doubled
either."""

import collections
import random
import subprocess

import generate_mail
import pytest
from support import corpus
from support import imap as ask
from support.courier import PASSWORD, Courier
from support.pop3 import Pop3
from support.postern import pop3_source


@pytest.fixture
def courier(folder):
    server = Courier(folder / "courier")
    yield server
    server.stop()


def seen_there(server, name):
    """SHA-256 of every message as the server gives it to anybody."""
    with Pop3(server.port, name, PASSWORD) as session:
        return session.digests()


def test_every_message_arrives_octet_for_octet_and_only_once(courier, postern):
    # Courier announces less than comes of one that ends with a lone CR, and a LOGIN-DELAY.
    odd = b"Subject: odd\r\n\r\nno line end, but half of one\r\n\r"
    sample = [*corpus.messages(), odd, *generate_mail.messages(300, seed=71)]
    courier.add_user("anna", sample)
    expected = seen_there(courier, "anna")
    assert len(expected) == len(sample)
    daemon = postern({"anna": [pop3_source(courier.port, "anna", PASSWORD)]})
    daemon.sync("anna")
    arrived = ask.digests(daemon.imap("anna"))
    # What came in another size than announced is fetched again, after the others.
    assert sorted(arrived.values()) == sorted(expected)

    before = len(courier.fetched("anna", 2))
    daemon.sync("anna")
    assert set(courier.fetched("anna", before + 1)[before:]) == {0}
    daemon.stop()
    daemon.start()
    daemon.sync("anna")
    assert set(courier.fetched("anna", before + 2)[before:]) == {0}
    assert ask.digests(daemon.imap("anna")) == arrived
    assert courier.count("anna") == len(sample)


def test_an_expunge_deletes_there(courier, postern):
    courier.add_user("anna", generate_mail.messages(20, seed=72))
    daemon = postern(
        {"anna": [pop3_source(courier.port, "anna", PASSWORD, keep_on_server="until-deleted")]}
    )
    daemon.sync("anna")
    connection = daemon.imap("anna", "INBOX")
    before = ask.uids(connection)
    ask.ok(connection.uid("STORE", "1:5", "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(connection.expunge())
    daemon.sync("anna")
    assert courier.count("anna") == 15
    daemon.sync("anna")
    assert ask.uids(daemon.imap("anna", "INBOX")) == before[5:]


@pytest.mark.parametrize("keep", ["forever", "never"])
def test_each_message_exactly_once_after_kills(courier, postern, keep):
    rng = random.Random(f"second server {keep}")
    count = 800
    courier.add_user("anna", generate_mail.messages(count, seed=73))
    expected = sorted(seen_there(courier, "anna"))
    assert len(set(expected)) == count
    daemon = postern(
        {"anna": [pop3_source(courier.port, "anna", PASSWORD, keep_on_server=keep)]}, start=False
    )
    for _ in range(4):
        daemon.start()
        try:
            daemon.process.wait(rng.uniform(0, 0.4))
        except subprocess.TimeoutExpired:
            daemon.kill()
            continue
        raise AssertionError(f"it ended by itself\n{daemon.log()}")
    daemon.start()
    for _ in range(2):
        daemon.sync("anna")
    arrived = list(ask.digests(daemon.imap("anna")).values())
    twice = [d for d, n in collections.Counter(arrived).items() if n > 1]
    assert not twice and sorted(arrived) == expected
    assert courier.count("anna") == (count if keep == "forever" else 0)
