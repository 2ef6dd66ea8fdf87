"""What vanished at the provider (`gone_upstream`), what `postern sync --dry-run` tells, and a provider
that moved."""

import time

import generate_mail
from support import imap as ask
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.waiting import wait_until

COUNT = 20


def mirrored(dovecot, postern, **keys):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(COUNT, seed=41))
    source = pop3_source(
        server.pop3,
        "anna",
        PASSWORD,
        **{"gone_upstream": "trash", "gone_upstream_after": "2 s", **keys},
    )
    daemon = postern({"anna": [source]})
    daemon.sync("anna")
    return server, daemon


def vanish(server, count):
    """Another program deletes the oldest messages at the provider."""
    files = sorted((server.folder / "mail" / "anna" / "cur").iterdir())
    for file in files[:count]:
        file.unlink()


def counts(daemon):
    connection = daemon.imap("anna")
    return ask.count(connection, "INBOX"), ask.count(connection, "Trash")


def polls_until(daemon, done, least=0):
    """Syncs until it is done; how often."""
    polls = 0

    def once():
        nonlocal polls
        daemon.sync("anna")
        polls += 1
        return done()

    wait_until(once, lambda: f"{counts(daemon)} after {polls} polls\n{daemon.log()}", pause=0.3)
    assert polls >= least
    return polls


def test_one_moves_to_trash_after_three_listings_and_the_wait(dovecot, postern):
    server, daemon = mirrored(dovecot, postern)
    vanish(server, 1)
    begun = time.monotonic()
    polls_until(daemon, lambda: counts(daemon) == (COUNT - 1, 1), least=3)
    # Times are kept in whole seconds.
    assert time.monotonic() - begun > 1
    assert "moved to the Trash" in daemon.log()
    # And stays there.
    daemon.sync("anna")
    assert counts(daemon) == (COUNT - 1, 1)


def test_many_wait_for_the_operator(dovecot, postern):
    server, daemon = mirrored(dovecot, postern)
    vanish(server, 3)
    polls_until(daemon, lambda: daemon.source("anna")["unconfirmed"] == 3, least=3)
    words = "3 messages are gone upstream; waiting for confirmation"
    order = "postern sync --confirm-removals anna"
    assert f"{words}: {order}" in daemon.command("status").stdout
    assert counts(daemon) == (COUNT, 0)
    result = daemon.command("sync", "--confirm-removals", "anna")
    assert result.returncode == 0 and "3 moved to Trash here" in result.stdout, result
    assert counts(daemon) == (COUNT - 3, 3)
    assert words not in daemon.command("status").stdout


def test_an_empty_maildrop_removes_nothing(dovecot, postern):
    server, daemon = mirrored(dovecot, postern)
    vanish(server, COUNT)
    for _ in range(4):
        daemon.sync("anna")
    daemon.command("sync", "--confirm-removals", "anna")
    assert counts(daemon) == (COUNT, 0)


def test_keep_keeps(dovecot, postern):
    server, daemon = mirrored(dovecot, postern, gone_upstream="keep")
    vanish(server, 1)
    for _ in range(4):
        daemon.sync("anna")
    assert counts(daemon) == (COUNT, 0)


def test_a_dry_run_tells_and_changes_nothing(dovecot, postern):
    server, daemon = mirrored(dovecot, postern)
    connection = daemon.imap("anna", "INBOX")
    ask.ok(connection.uid("STORE", "2", "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(connection.expunge())
    connection.logout()
    daemon.stop()
    # From now on what was expunged here is to go there, too.
    daemon.config["accounts"]["anna"]["sources"][0]["keep_on_server"] = "until-deleted"
    daemon.write_config()
    server.add_mail("anna", [generate_mail.message(1, seed=42)])
    sessions = len(server.sessions("anna", at_least=1))

    def dry_run():
        nonlocal sessions
        result = daemon.command("sync", "--dry-run", "anna")
        assert result.returncode == 0, result.stderr + daemon.log()
        assert "nothing was changed" in result.stdout, result.stdout
        (last,) = server.sessions("anna", at_least=sessions + 1)[sessions:]
        assert last["retr"] == 0 and last["del"] == 0
        sessions += 1
        return result.stdout

    for _ in range(2):
        told = dry_run()
        assert f"fetch message {COUNT + 1}" in told and "not here yet" in told
        assert "delete there message 2" in told
        assert "deleted here (keep_on_server: until-deleted)" in told
        assert "1 to be fetched, 1 to be deleted there" in told
    # It is the same with a daemon, which does what was told when it starts.
    daemon.start()
    daemon.wait_for_state("anna", "idle")
    assert server.count("anna") == COUNT
    server.add_mail("anna", [generate_mail.message(2, seed=42)])
    sessions = len(server.sessions("anna", at_least=sessions + 1))
    assert "1 to be fetched, 0 to be deleted there" in dry_run()
    assert counts(daemon) == (COUNT, 0)
    daemon.sync("anna")
    assert "0 to be fetched, 0 to be deleted there" in daemon.command("sync", "--dry-run").stdout
    assert daemon.command("sync", "--dry-run", "--confirm-removals").returncode == 64


def test_another_name_of_the_same_maildrop_delivers_nothing_again(dovecot, postern):
    server, daemon = mirrored(dovecot, postern)
    before = ask.digests(daemon.imap("anna"))
    daemon.config["accounts"]["anna"]["sources"][0]["pop3"] = f"localhost:{server.pop3}"
    daemon.write_config()
    daemon.reload()
    wait_until(
        lambda: daemon.source("anna")["source"].startswith("pop3://anna@localhost")
        and daemon.source("anna")["state"] == "idle",
        lambda: f"the other name is polled\n{daemon.log()}",
    )
    server.add_mail("anna", [generate_mail.message(1, seed=43)])
    daemon.sync("anna")
    after = ask.digests(daemon.imap("anna"))
    assert list(after.items())[:COUNT] == list(before.items()) and len(after) == COUNT + 1
    assert sum(session["retr"] for session in server.sessions("anna", at_least=3)) == COUNT + 1
