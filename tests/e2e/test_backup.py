"""Backups made beside a running daemon, and accounts put back from them."""

import resource
import signal
import threading

import generate_mail
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source

COUNT = 300


def filled(dovecot, postern, count=COUNT):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(count, seed=71))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)], "other": []})
    daemon.sync("anna")
    return server, daemon


def well(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_backup_beside_the_daemon_is_kept_up_to_date_and_put_back(dovecot, postern, folder):
    """J7: what was put back is read anew by mail programs, and fetched again is nothing."""
    server, daemon = filled(dovecot, postern)
    target = folder / "kept"
    said = well(daemon.command("backup", "--verify", target))
    assert f"{COUNT} messages" in said and "all is well" in said
    file = target / "anna.backup"
    assert file.stat().st_mode & 0o777 == 0o600
    assert target.stat().st_mode & 0o777 == 0o700
    server.add_mail("anna", generate_mail.messages(5, seed=72))
    daemon.sync("anna")
    assert "305 messages" in well(daemon.command("backup", target))
    assert "copied 0 B" in well(daemon.command("backup", target))
    connection = daemon.imap("anna", "INBOX")
    before = ask.digests(connection)
    validity = connection.untagged_responses["UIDVALIDITY"][0]

    refused = daemon.command("restore", target)
    assert refused.returncode == 1 and "already running" in refused.stderr
    daemon.stop()
    refused = daemon.command("restore", "--account", "anna", target)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    assert "305 messages" in well(daemon.command("restore", "--replace", target))
    kept = list((daemon.state / "accounts/anna").glob("mail.db.replaced-*"))
    assert len(kept) == 1
    daemon.start()
    connection = daemon.imap("anna", "INBOX")
    assert ask.digests(connection) == before
    assert connection.untagged_responses["UIDVALIDITY"][0] != validity
    daemon.sync("anna")
    assert ask.digests(daemon.imap("anna", "INBOX")) == before


def test_a_backup_onto_a_full_disk_says_so_and_goes_on_later(dovecot, postern, folder):
    """J2: the kept backup stays complete, and the next run needs no help."""
    server, daemon = filled(dovecot, postern, 50)
    file = folder / "anna.backup"
    well(daemon.command("backup", "--account", "anna", file))
    server.add_mail("anna", generate_mail.messages(250, seed=73))
    daemon.sync("anna")

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = file.stat().st_size + 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    failed = daemon.command("backup", "--account", "anna", file, preexec_fn=small_files)
    assert failed.returncode == 1 and str(file) in failed.stderr, failed.stderr
    assert "all is well" in well(daemon.command("verify", "--file", file))
    assert "300 messages" in well(daemon.command("backup", "--account", "anna", "--verify", file))


def test_wrong_targets_are_refused(dovecot, postern, folder):
    _, daemon = filled(dovecot, postern, 3)
    database = daemon.state / "accounts/anna/mail.db"
    for target, words in (
        (database, "the account itself"),
        (daemon.config_file, "not a database"),
    ):
        before = target.read_bytes() if target == daemon.config_file else None
        refused = daemon.command("backup", "--account", "anna", target)
        assert refused.returncode == 1, refused.stdout
        assert words in refused.stderr
        assert before is None or target.read_bytes() == before
    unknown = daemon.command("backup", "--account", "nobody", folder / "x")
    assert unknown.returncode == 1 and "no account" in unknown.stderr


def test_a_restore_takes_the_backup_that_is_meant(dovecot, postern, folder):
    _, daemon = filled(dovecot, postern, 30)
    kept = folder / "kept"
    kept.mkdir()
    well(daemon.command("backup", "--account", "anna", kept / "anna.backup"))
    daemon.stop()
    refused = daemon.command("restore", "--replace", "--account", "other", kept)
    assert refused.returncode == 1 and "no backup of other" in refused.stderr
    (kept / "older.backup").write_bytes((kept / "anna.backup").read_bytes())
    refused = daemon.command("restore", "--replace", kept)
    assert refused.returncode == 1 and "both backups of anna" in refused.stderr
    assert not list((daemon.state / "accounts/anna").glob("mail.db.replaced-*"))
    # A single file may be put back under another name.
    well(daemon.command("restore", "--replace", "--account", "other", kept / "anna.backup"))


def test_a_lost_state_folder_does_not_take_the_backup_along(dovecot, postern, folder):
    server, daemon = filled(dovecot, postern, 30)
    file = folder / "anna.backup"
    well(daemon.command("backup", "--account", "anna", file))
    daemon.stop()
    for path in (daemon.state / "accounts/anna").glob("mail.db*"):
        path.unlink()
    daemon.start()
    refused = daemon.command("backup", "--account", "anna", file)
    assert refused.returncode == 1 and "made anew" in refused.stderr, refused.stdout
    assert "30 messages" in well(daemon.command("verify", "--file", file))
    well(daemon.command("backup", "--anew", "--account", "anna", file))


def test_a_backup_of_an_earlier_release_is_put_back(dovecot, postern, folder):
    _, daemon = filled(dovecot, postern, 30)
    file = folder / "anna.backup"
    well(daemon.command("backup", "--account", "anna", file))
    daemon.stop()
    processes.run(
        [
            "sqlite3",
            file,
            "DROP TABLE device; DROP TABLE device_certificate; DROP TABLE device_hidden;"
            "DROP TABLE device_sha_1; DROP TABLE annotation;"
            "DROP TABLE search_text; DROP TABLE identity; DROP TABLE imported; DROP TABLE sort_key;"
            "DROP TABLE submission; DROP TABLE submission_recipient; DROP TABLE sent_copy;"
            "DROP TABLE listed_fields; DROP TABLE listed_fields_complete; "
            "DROP TABLE sort_key_lacking; PRAGMA user_version = 2",
        ]
    )
    said = well(daemon.command("verify", "--file", file))
    assert "of an earlier release" in said and "all is well" in said
    assert "30 messages" in well(daemon.command("restore", "--replace", file))
    daemon.start()
    assert ask.count(daemon.imap("anna")) == 30


def test_mail_that_arrives_during_backups_is_in_the_next_one(dovecot, postern, folder):
    _, daemon = filled(dovecot, postern, 100)
    file = folder / "anna.backup"
    ended = threading.Event()

    def append():
        connection = daemon.imap("anna", "INBOX")
        number = 0
        while not ended.is_set():
            number += 1
            ask.ok(connection.append("INBOX", None, None, b"Subject: %d\r\n\r\nx\r\n" % number))

    writer = threading.Thread(target=append)
    writer.start()
    for _ in range(5):
        well(daemon.command("backup", "--account", "anna", "--verify", file))
    ended.set()
    writer.join()
    well(daemon.command("backup", "--account", "anna", "--verify", file))
    count = ask.count(daemon.imap("anna"))
    asked = processes.run(["sqlite3", file, "SELECT count(*) FROM message"])
    assert asked.stdout == f"{count}\n"
