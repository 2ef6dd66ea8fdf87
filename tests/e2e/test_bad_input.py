"""What goes wrong: each a clear state in `postern status`, one log line, other accounts untouched,
nothing lost."""

import os
import re

import generate_mail
import pytest
from support import imap as ask
from support.dovecot import PASSWORD
from support.pop3 import Pop3
from support.postern import pop3_source
from support.waiting import free_port, wait_until

COUNT = 20


@pytest.fixture
def pair(dovecot, postern):
    """pair(bad source, ...) gives (Dovecot, Postern) with accounts `bad` and `good`, the good one
    synced."""

    def start(server=None, extra_settings=None, **bad):
        server = server or dovecot()
        for name in ("bad", "good"):
            server.add_user(name, generate_mail.messages(COUNT, seed=51))
        source = pop3_source(server.pop3, "bad", PASSWORD)
        source.update(bad)
        daemon = postern(
            {"bad": [source], "good": [pop3_source(server.pop3, "good", PASSWORD)]},
            **(extra_settings or {}),
        )
        daemon.sync("good")
        return server, daemon

    return start


def assert_good_is_untouched(daemon):
    assert daemon.source("good")["state"] == "idle"
    assert len(ask.digests(daemon.imap("good"))) == COUNT


def lines_about(daemon, account, words):
    """Log lines of warnings or errors that name the account."""
    return [
        line
        for line in daemon.log().splitlines()
        if account in line and re.search(words, line, re.I)
    ]


def test_wrong_password(pair):
    _, daemon = pair(password="not this one")
    status = daemon.wait_for_state("bad", "wrong_password")
    assert "password" in status["detail"].lower()
    assert len(lines_about(daemon, "bad", "password|refused|login")) == 1
    assert "not this one" not in daemon.log() + str(daemon.status())
    assert_good_is_untouched(daemon)
    # sync says so too and does not claim success.
    assert "password" in daemon.sync("bad", expect=None).lower()
    # Put right and reloaded, everything comes.
    daemon.config["accounts"]["bad"]["sources"][0]["password"] = PASSWORD
    daemon.write_config()
    daemon.reload()
    wait_until(lambda: ask.count(daemon.imap("bad")) == COUNT, daemon.log)
    assert daemon.wait_for_state("bad", "idle")


def test_unreachable_server_then_reachable(pair):
    port = free_port()
    server, daemon = pair(pop3=f"127.0.0.1:{port}")
    status = daemon.wait_for_state("bad", "unreachable")
    assert str(port) in status["detail"]
    assert status["next_poll"]
    assert len(lines_about(daemon, "bad", "connect|refused|reach")) == 1
    # The same failure again is no news.
    for _ in range(3):
        daemon.sync("bad", expect=None)
    assert len(lines_about(daemon, "bad", "connect|refused|reach")) == 1
    assert_good_is_untouched(daemon)
    # With the right address in the file, a poll fetches what is due.
    daemon.config["accounts"]["bad"]["sources"][0]["pop3"] = f"127.0.0.1:{server.pop3}"
    daemon.write_config()
    daemon.reload()
    daemon.sync("bad")
    assert ask.count(daemon.imap("bad")) == COUNT


def test_a_sync_during_a_reload_means_the_new_configuration(pair):
    server, daemon = pair(pop3=f"127.0.0.1:{free_port()}")
    daemon.wait_for_state("bad", "unreachable")
    # A reload that takes its time, as with a key ring.
    account = daemon.config["accounts"]["bad"]
    account["sources"][0]["pop3"] = f"127.0.0.1:{server.pop3}"
    account["password"] = {"command": f"sleep 2; echo {account['password']}"}
    daemon.write_config()
    daemon.reload()
    daemon.sync("bad")
    assert ask.count(daemon.imap("bad")) == COUNT


def test_a_name_that_does_not_exist(pair):
    _, daemon = pair(pop3="pop.postern.invalid:995", tls="implicit")
    status = daemon.wait_for_state("bad", "unreachable")
    assert "pop.postern.invalid" in status["detail"]
    assert_good_is_untouched(daemon)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("fault", ["unknown CA", "wrong name"])
def test_wrong_certificate(pair, dovecot, authority, tls, fault):
    """A20, A23: nothing is sent to a server that cannot prove who it is."""
    names = (
        ("DNS:elsewhere.example",) if fault == "wrong name" else ("DNS:localhost", "IP:127.0.0.1")
    )
    server = dovecot(certificate=authority.leaf(fault.replace(" ", "-"), names))
    port = server.pop3s if tls == "implicit" else server.pop3
    trust = {"ca": authority.ca} if fault == "wrong name" else {}
    _, daemon = pair(server, pop3=f"127.0.0.1:{port}", tls=tls, **trust)
    status = daemon.wait_for_state("bad", "bad_certificate")
    assert "certificate" in status["detail"].lower()
    assert len(lines_about(daemon, "bad", "certificate")) == 1
    assert_good_is_untouched(daemon)
    # Dovecot saw no login.
    assert not server.sessions("bad") and "user=<bad>" not in server.log_file.read_text()


def test_a_mailbox_locked_by_another_program(pair, dovecot):
    """D15: [IN-USE] is not a wrong password."""
    server = dovecot(lock="yes")
    server.add_user("held", [])
    _, daemon = pair(server, username="held")
    server.add_mail("held", generate_mail.messages(5, seed=52))
    session = Pop3(server.pop3, "held", PASSWORD)
    daemon.sync("bad", expect=None)
    status = daemon.wait_for_state("bad", "mailbox_locked")
    assert "password" not in status["detail"].lower()
    assert len(lines_about(daemon, "bad", "lock|in use|in-use")) == 1
    assert_good_is_untouched(daemon)
    session.call("QUIT")
    session.drop()
    daemon.sync("bad")
    assert daemon.wait_for_state("bad", "idle")
    assert ask.count(daemon.imap("bad")) == 5


def test_a_message_that_the_server_cannot_give(pair):
    """The others arrive; the broken one comes once the server can give it."""
    server, daemon = pair()
    daemon.sync("bad")
    server.add_mail("bad", [generate_mail.message(n, seed=53) for n in range(5)])
    files = sorted((server.folder / "mail" / "bad" / "cur").iterdir())
    broken = files[-3]
    mode = broken.stat().st_mode
    broken.chmod(0)
    daemon.sync("bad", expect=None)
    daemon.sync("bad", expect=None)
    here = ask.count(daemon.imap("bad"))
    assert COUNT + 2 <= here < COUNT + 5
    assert daemon.source("bad")["state"] not in ("wrong_password", "bad_certificate")
    assert lines_about(daemon, "bad", "message|server|RETR|closed")
    assert_good_is_untouched(daemon)
    broken.chmod(mode)
    daemon.sync("bad")
    assert len(set(ask.digests(daemon.imap("bad")).values())) == COUNT + 5


def test_a_message_larger_than_the_limit_is_not_lost(pair):
    """R15: it is stored whole here, or it stays on the server; never neither."""
    server, daemon = pair(extra_settings={"limits": {"message": "1 MiB"}}, keep_on_server="never")
    huge = b"Subject: huge\r\n\r\n" + (b"x" * 76 + b"\r\n") * 40000
    server.add_mail("bad", [huge, b"Subject: small\r\n\r\nx\r\n"])
    for _ in range(3):
        daemon.sync("bad", expect=None)
    connection = daemon.imap("bad", "INBOX")
    assert len(ask.uids(connection, "SUBJECT", "small")) == 1
    (placeholder,) = ask.uids(connection, "SUBJECT", "huge")
    assert b"Subject: [too large] huge" in ask.bodies(connection, str(placeholder))[placeholder]
    assert server.count("bad") == 1
    assert len(lines_about(daemon, "bad", "beyond the limit")) == 1
    assert_good_is_untouched(daemon)
    # With room for it after a reload, it comes and takes the place of what stood for it.
    daemon.config["limits"]["message"] = "8 MiB"
    daemon.write_config()
    daemon.reload()

    def arrived():
        daemon.sync("bad", expect=None)
        return huge in ask.bodies(daemon.imap("bad", "INBOX")).values()

    wait_until(arrived, daemon.log)
    daemon.sync("bad")
    connection = daemon.imap("bad", "INBOX")
    assert len(ask.uids(connection, "SUBJECT", "huge")) == 1
    assert server.count("bad") == 0


def test_nothing_secret_is_in_the_state_the_log_or_the_status(pair):
    """G1, G3: files are private, and passwords stand nowhere."""
    _, daemon = pair(extra_settings={"log": {"level": "debug"}})
    daemon.sync("bad")
    told = daemon.log() + str(daemon.status())
    for secret in (PASSWORD, "local secret"):
        assert secret not in told
    assert daemon.state.stat().st_mode & 0o777 == 0o700
    files = [os.path.join(r, f) for r, _, fs in os.walk(daemon.state) for f in fs]
    assert files
    for file in files:
        # What devices are to trust is for everybody.
        open_to_others = 0o044 if file.endswith("/ca.pem") else 0
        assert os.stat(file).st_mode & 0o077 == open_to_others, file
        if os.path.isfile(file):
            with open(file, "rb") as content:
                octets = content.read()
            assert PASSWORD.encode() not in octets and b"local secret" not in octets, file
