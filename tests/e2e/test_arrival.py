"""Every message arrives octet for octet over plain POP3, STLS and implicit TLS, and a second poll
fetches nothing."""

import generate_mail
import pytest
from support import corpus
from support import imap as ask
from support.dovecot import PASSWORD
from support.pop3 import Pop3
from support.postern import pop3_source

GENERATED = 2000


@pytest.fixture(scope="module")
def sample():
    return [*corpus.messages(), *generate_mail.messages(GENERATED, seed=2)]


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_every_message_arrives_octet_for_octet(dovecot, postern, authority, sample, tls):
    server = dovecot()
    server.add_user("anna", sample)
    with Pop3(server.pop3, "anna", PASSWORD) as session:
        expected = session.digests()
    assert len(expected) == len(sample)
    source = pop3_source(server.pop3, "anna", PASSWORD, tls=tls)
    if tls != "none":
        source["ca"] = authority.ca
    if tls == "implicit":
        source["pop3"] = f"127.0.0.1:{server.pop3s}"
    daemon = postern({"anna": [source]})
    daemon.sync("anna")

    connection = daemon.imap("anna")
    arrived = ask.digests(connection)
    assert sorted(arrived.values()) == sorted(expected)
    # In the order of the listing, so that the UIDs tell the order of arrival.
    assert list(arrived.values()) == expected
    # Each once, over however many sessions; the first session is the test's own.
    sessions = server.sessions("anna", at_least=2)
    before = len(sessions)
    assert sum(s["retr"] for s in sessions[1:]) == len(sample)

    daemon.sync("anna")
    again = server.sessions("anna", at_least=before + 1)[before:]
    assert again and all(s == {"retr": 0, "del": 0, "total": len(sample)} for s in again)
    assert ask.count(connection) == len(sample)

    # The same after a restart: what is stored is known.
    daemon.stop()
    before = len(server.sessions("anna"))
    daemon.start()
    daemon.sync("anna")
    again = server.sessions("anna", at_least=before + 1)[before:]
    assert all(s["retr"] == 0 for s in again)
    assert ask.digests(daemon.imap("anna")) == arrived


def test_mail_of_several_sources_meets_in_one_account(dovecot, postern):
    server = dovecot()
    server.add_user("one", generate_mail.messages(20, seed=21))
    server.add_user("two", generate_mail.messages(30, seed=22))
    # The same message in two sources is two messages of the provider, so it is two here.
    server.add_mail("two", generate_mail.messages(1, seed=21))
    daemon = postern(
        {
            "anna": [
                pop3_source(server.pop3, "one", PASSWORD),
                pop3_source(server.pop3, "two", PASSWORD, deliver_to="Second"),
            ],
            "bert": [],
        }
    )
    daemon.sync("anna")
    connection = daemon.imap("anna")
    assert ask.count(connection, "INBOX") == 20
    assert ask.count(connection, "Second") == 31
    assert ask.count(daemon.imap("bert")) == 0


def test_new_mail_is_fetched_and_only_it(dovecot, postern):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(50, seed=23))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    before = len(server.sessions("anna", at_least=1))
    server.add_mail("anna", [generate_mail.message(n, seed=24) for n in range(3)])
    daemon.sync("anna")
    later = server.sessions("anna", at_least=before + 1)[before:]
    assert sum(s["retr"] for s in later) == 3
    assert len(ask.digests(daemon.imap("anna"))) == 53


def test_mail_that_vanishes_upstream_stays_here(dovecot, postern):
    """D20: by default nothing that happens upstream removes mail here."""
    server = dovecot()
    files = server.add_user("anna", generate_mail.messages(10, seed=25))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    before = ask.digests(daemon.imap("anna"))
    for file in list(files.iterdir()):
        file.unlink()
    daemon.sync("anna")
    assert ask.digests(daemon.imap("anna")) == before
