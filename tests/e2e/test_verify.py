"""Checking what is stored, and saving what can be read of a damaged file."""

import json

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source

COUNT = 60


def filled(dovecot, postern, **more):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(COUNT, seed=81))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD, **more)]})
    daemon.sync("anna")
    return server, daemon


def test_verify_beside_the_daemon_reads_all_and_finds_nothing(dovecot, postern):
    _, daemon = filled(dovecot, postern)
    result = daemon.command("verify")
    assert result.returncode == 0 and f"{COUNT} messages" in result.stdout, result.stderr
    (found,) = json.loads(daemon.command("verify", "anna", "--json").stdout)
    assert found["well"] and found["messages"] == COUNT and found["findings"] == []


def test_a_file_that_is_not_there_is_no_damaged_one(dovecot, postern, folder):
    _, daemon = filled(dovecot, postern)
    told = daemon.command("verify", "--file", folder / "missing")
    assert told.returncode == 1 and "there is no file" in told.stderr
    assert "another backup" not in told.stderr


def test_damage_in_the_log_after_a_hard_stop_is_noticed(dovecot, postern):
    """I5: UIDs that lie behind it are not given again under the same UIDVALIDITY."""
    _, daemon = filled(dovecot, postern)
    connection = daemon.imap("anna", "INBOX")
    validity = connection.untagged_responses["UIDVALIDITY"]
    for number in range(10):
        ask.ok(connection.append("INBOX", None, None, b"Subject: %d\r\n\r\nx\r\n" % number))
    daemon.kill()
    log = daemon.state / "accounts/anna/mail.db-wal"
    octets = bytearray(log.read_bytes())
    octets[len(octets) // 2] ^= 1
    log.write_bytes(octets)
    found = daemon.command("verify", "anna")
    assert found.returncode == 1 and "the log beside it is damaged" in found.stdout
    assert log.read_bytes() == octets
    daemon.start()
    assert daemon.imap("anna", "INBOX").untagged_responses["UIDVALIDITY"] != validity
    assert list(log.parent.glob("mail.db.log-*"))


def test_a_damaged_file_is_told_and_repaired(dovecot, postern):
    """J5, I5: what is whole keeps its UID and its octets; what is lost is fetched again."""
    server, daemon = filled(dovecot, postern)
    connection = daemon.imap("anna", "INBOX")
    before = ask.digests(connection)
    validity = connection.untagged_responses["UIDVALIDITY"]
    refused = daemon.command("verify", "--repair", "anna")
    assert refused.returncode == 1 and "already running" in refused.stderr
    daemon.stop()
    database = daemon.state / "accounts/anna/mail.db"
    hit = processes.run(
        ["sqlite3", database, "DELETE FROM body_chunk WHERE id >> 20 IN (7, 9); SELECT 1"]
    )
    assert hit.stdout == "1\n", hit.stderr
    found = daemon.command("verify", "anna")
    assert found.returncode == 1 and "INBOX" in found.stdout
    assert "verify --repair anna" in found.stderr
    (told,) = json.loads(daemon.command("verify", "anna", "--json").stdout)
    lost = {finding["uid"] for finding in told["findings"]}
    assert len(lost) == 2

    repaired = daemon.command("verify", "--repair", "anna")
    assert repaired.returncode == 1
    for uid in lost:
        assert f"UID {uid}: lost; it is fetched again" in repaired.stdout
    assert daemon.command("verify", "anna").returncode == 0
    daemon.start()
    connection = daemon.imap("anna", "INBOX")
    assert connection.untagged_responses["UIDVALIDITY"] == validity
    after = ask.digests(connection)
    assert {uid: digest for uid, digest in before.items() if int(uid) not in lost} == {
        uid: digest for uid, digest in after.items() if int(uid) <= COUNT
    }
    daemon.sync("anna")
    assert sorted(ask.digests(daemon.imap("anna", "INBOX")).values()) == sorted(before.values())
    assert server.count("anna") == COUNT
    daemon.sync("anna")
    assert ask.count(daemon.imap("anna")) == COUNT


def lose_tree(database, *names):
    """Writes zeros over the root pages of tables or indexes."""
    wanted = ", ".join(f"'{name}'" for name in names)
    asked = f"PRAGMA wal_checkpoint(TRUNCATE); SELECT rootpage FROM sqlite_schema WHERE name IN ({wanted})"
    roots = processes.run(["sqlite3", database, asked]).stdout.split()[1:]
    assert len(roots) == len(names)
    with open(database, "r+b") as file:
        for root in roots:
            file.seek((int(root) - 1) * 16384)
            file.write(bytes(16384))


@pytest.mark.parametrize(
    "trees",
    [
        ("origin",),
        ("source",),
        ("message",),
        ("origin", "origin_by_uidl"),
        ("source", "sqlite_autoindex_source_1"),
        ("message", "message_by_origin", "origin", "origin_by_uidl"),
    ],
    ids="+".join,
)
def test_what_was_saved_is_not_fetched_twice(dovecot, postern, trees):
    """J5: the record of what came from the provider is lost, the messages are not."""
    server, daemon = filled(dovecot, postern)
    connection = daemon.imap("anna", "INBOX")
    before = ask.digests(connection)
    daemon.stop()
    lose_tree(daemon.state / "accounts/anna/mail.db", *trees)
    repaired = daemon.command("verify", "--repair", "anna")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert daemon.command("verify", "anna").returncode == 0
    daemon.start()
    for _ in range(2):
        daemon.sync("anna")
        assert ask.digests(daemon.imap("anna", "INBOX")) == before
    assert server.count("anna") == COUNT
    assert daemon.command("verify", "anna").returncode == 0


def test_a_file_of_a_later_release_is_no_damage(dovecot, postern):
    _, daemon = filled(dovecot, postern)
    daemon.stop()
    database = daemon.state / "accounts/anna/mail.db"
    processes.run(["sqlite3", database, "PRAGMA user_version = 900"])
    for option in ((), ("--repair",)):
        found = daemon.command("verify", *option, "anna")
        assert found.returncode == 1 and "later release" in found.stderr
        assert "--repair" not in found.stderr
