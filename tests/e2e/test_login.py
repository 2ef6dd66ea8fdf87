"""Every way to log in that Dovecot knows, told apart by Dovecot's own log."""

import re

import generate_mail
import pytest
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.waiting import wait_until

COUNT = 3
EVERY = "auth_mechanisms = plain login cram-md5 apop scram-sha-1 scram-sha-256\n"
# What `login:` says -> what Dovecot calls it: it knows USER and PASS as PLAIN.
WAYS = {
    "user": "PLAIN",
    "plain": "PLAIN",
    "login": "LOGIN",
    "cram-md5": "CRAM-MD5",
    "apop": "APOP",
    "scram-sha-1": "SCRAM-SHA-1",
    "scram-sha-256": "SCRAM-SHA-256",
}


def methods(server, at_least):
    """How the sessions of the log logged in, in order; waits for so many."""

    def logins():
        text = server.log_file.read_text()
        return re.findall(r"pop3-login: Info: Login: user=<anna>, method=([\w-]+)", text)

    wait_until(lambda: len(logins()) >= at_least, lambda: server.log_file.read_text())
    return logins()


@pytest.fixture
def willing(dovecot):
    """A Dovecot with every mechanism that it has."""
    server = dovecot(extra=EVERY)
    server.add_user("anna", generate_mail.messages(COUNT, seed=81))
    return server


def test_each_way_logs_in(willing, postern):
    for login, method in WAYS.items():
        before = len(methods(willing, 0))
        daemon = postern({"anna": [pop3_source(willing.pop3, "anna", PASSWORD, login=login)]})
        daemon.sync("anna")
        assert set(methods(willing, before + 1)[before:]) == {method}, login
        daemon.stop()


def test_the_strongest_is_the_default_also_over_tls(willing, postern, authority):
    daemon = postern({"anna": [pop3_source(willing.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    secure = pop3_source(willing.pop3, "anna", PASSWORD, tls="starttls", ca=authority.ca)
    other = postern({"anna": [secure]})
    other.sync("anna")
    assert set(methods(willing, 2)) == {"SCRAM-SHA-256"}


def test_a_wrong_password_is_tried_once_a_poll_in_whichever_way(willing, postern):
    for login in ["strongest", *WAYS]:
        before = willing.log_file.read_text().count("auth failed")
        daemon = postern({"anna": [pop3_source(willing.pop3, "anna", "not it", login=login)]})
        daemon.wait_for_state("anna", "wrong_password")
        daemon.stop()
        wait_until(
            lambda: willing.log_file.read_text().count("auth failed") > before,
            lambda: willing.log_file.read_text(),
        )
        failed = re.findall(r"auth failed, (\d+) attempts", willing.log_file.read_text())
        assert set(failed) == {"1"}, (login, failed)
        assert PASSWORD not in daemon.log() and "not it" not in daemon.log()


def test_a_way_that_the_server_lacks_is_told(dovecot, postern):
    server = dovecot()  # PLAIN and LOGIN
    server.add_user("anna", generate_mail.messages(COUNT, seed=82))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD, login="cram-md5")]})
    status = daemon.wait_for_state("anna", "server_error")
    assert "AUTH CRAM-MD5" in status["detail"] and "login:" in status["detail"], status
