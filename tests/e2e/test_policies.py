"""keep_on_server: what an expunge here does there, and what the calendar does."""

import generate_mail
import pytest
from support import imap as ask
from support.dovecot import PASSWORD
from support.postern import pop3_source

COUNT = 12


@pytest.fixture
def mirrored(dovecot, postern):
    """mirrored(keep) gives (Dovecot, Postern, connection) with COUNT messages stored."""

    def start(keep, **settings):
        server = dovecot()
        server.add_user("anna", generate_mail.messages(COUNT, seed=31))
        daemon = postern(
            {"anna": [pop3_source(server.pop3, "anna", PASSWORD, keep_on_server=keep)]}, **settings
        )
        daemon.sync("anna")
        assert ask.count(connection := daemon.imap("anna")) == COUNT
        return server, daemon, connection

    return start


def expunge(connection, mailbox, uids):
    ask.ok(connection.select(mailbox))
    ask.ok(connection.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(connection.expunge())


def test_until_deleted_an_expunge_deletes_upstream(mirrored):
    server, daemon, connection = mirrored("until-deleted")
    assert server.count("anna") == COUNT
    before = ask.digests(connection)
    expunge(connection, "INBOX", list(before)[:3])
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 3
    # It never comes back, and the others stay what they are.
    daemon.sync("anna")
    assert list(ask.digests(connection).items()) == list(before.items())[3:]
    assert server.sessions("anna")[-1]["del"] == 0


def test_until_deleted_a_move_keeps_the_upstream_copy_and_emptying_trash_deletes_it(mirrored):
    server, daemon, connection = mirrored("until-deleted")
    ask.ok(connection.select("INBOX"))
    ask.ok(connection.uid("MOVE", "1:2", "Trash"))
    ask.ok(connection.uid("MOVE", "3:4", "Archive"))
    ask.ok(connection.copy("1", "Archive"))  # number 1 is UID 5 now: it is in two mailboxes
    daemon.sync("anna")
    assert server.count("anna") == COUNT
    expunge(connection, "Trash", [1, 2])
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 2
    # One copy expunged, the other still holds the message.
    expunge(connection, "INBOX", [5])
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 2
    expunge(connection, "Archive", [3])
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 3
    assert ask.count(connection, "INBOX") == COUNT - 5
    assert ask.count(connection, "Archive") == 2


def test_until_deleted_deleting_a_mailbox_deletes_what_only_it_held(mirrored):
    server, daemon, connection = mirrored("until-deleted")
    ask.ok(connection.create("Old"))
    ask.ok(connection.select("INBOX"))
    ask.ok(connection.uid("MOVE", "1:4", "Old"))
    ask.ok(connection.delete("Old"))
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 4


def test_forever_an_expunge_leaves_the_upstream_copy_and_it_does_not_come_back(mirrored):
    server, daemon, connection = mirrored("forever")
    expunge(connection, "INBOX", [1, 2, 3])
    for _ in range(2):
        daemon.sync("anna")
    assert server.count("anna") == COUNT
    assert ask.count(connection) == COUNT - 3
    daemon.stop()
    daemon.start()
    daemon.sync("anna")
    assert ask.count(daemon.imap("anna")) == COUNT - 3
    assert all(s["del"] == 0 for s in server.sessions("anna"))


def test_never_the_upstream_copy_goes_once_it_is_stored_here(mirrored):
    server, daemon, connection = mirrored("never")
    before = ask.digests(connection)
    # R20: policies that delete wait for one complete sync, so the second poll may do it.
    daemon.sync("anna")
    daemon.sync("anna")
    assert server.count("anna") == 0
    assert ask.digests(connection) == before
    server.add_mail("anna", [generate_mail.message(1, seed=32)])
    daemon.sync("anna")
    daemon.sync("anna")
    assert server.count("anna") == 0 and ask.count(connection) == COUNT + 1


def test_days_are_counted_from_the_first_sighting(mirrored):
    server, daemon, _ = mirrored("30 days")
    daemon.sync("anna")
    assert (
        server.count("anna") == COUNT
    ), "the messages are dated long ago, but were first seen today"
    assert all(s["del"] == 0 for s in server.sessions("anna"))


def test_an_expunge_while_the_server_is_away_is_carried_out_later(mirrored):
    server, daemon, connection = mirrored("until-deleted")
    server.stop()
    expunge(connection, "INBOX", [1, 2])
    daemon.sync("anna", expect=None)
    daemon.stop()
    server.start()
    daemon.start()
    daemon.sync("anna")
    assert server.count("anna") == COUNT - 2
    assert ask.count(daemon.imap("anna")) == COUNT - 2
