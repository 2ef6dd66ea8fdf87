"""`postern doctor` against Dovecot: what it finds, and that what it prints may be shown to everybody."""

import json
import re

import pytest
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.smtp_server import SmtpServer
from support.waiting import free_port

USER = "anna.meier@example.net"
MESSAGES = [b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\nsecond\r\n"]


@pytest.fixture
def upstream(dovecot):
    server = dovecot()
    server.add_user(USER, MESSAGES)
    return server


def dateless(text):
    """What the program says without what passes between two calls: a day of the certificate, a poll."""
    text = re.sub(r"for \d+ more days", "for some days", text)
    return re.sub(r"next poll [0-9:]+", "next poll soon", text)


def examine(daemon, expect, kind="sources"):
    text = daemon.command("doctor", "anna")
    assert text.returncode == expect, text.stdout + text.stderr
    result = daemon.command("doctor", "anna", "--json")
    assert result.returncode == expect, result.stdout + result.stderr
    for output in (text.stdout, result.stdout):
        for secret in (PASSWORD, USER, "anna.meier", "example.net", "wrong secret"):
            assert secret not in output
    (source,) = json.loads(result.stdout)[kind]
    steps = {step["name"]: step for step in source["steps"]}
    for name, step in steps.items():
        # How long a connection took differs between the two.
        assert name == "tcp" or dateless(step["text"]) in dateless(text.stdout)
    return steps, source["transcript"]


def test_a_source_that_works(upstream, authority, postern):
    source = pop3_source(upstream.pop3s, USER, PASSWORD, tls="implicit", ca=authority.ca)
    daemon = postern({"anna": [source]}, start=False)
    steps, transcript = examine(daemon, 0)
    assert {name: step["outcome"] for name, step in steps.items()} == {
        name: "good"
        for name in ("daemon", "dns", "tcp", "certificate", "tls", "capabilities", "clock", "methods")
    } | {name: "good" for name in ("login", "lock", "throttle", "listing")}
    assert "Test CA" in steps["certificate"]["text"] and "days" in steps["certificate"]["text"]
    assert "TLSv1.3" in steps["tls"]["text"]
    assert "before login" in steps["capabilities"]["text"]
    assert "after login" in steps["capabilities"]["text"]
    assert "PLAIN" in steps["methods"]["text"]
    assert "2 messages" in steps["listing"]["text"]
    assert "C: CAPA" in transcript and transcript[-1].startswith("S: +OK")
    assert upstream.sessions(USER, at_least=2)[0] == {"retr": 0, "del": 0, "total": 2}


def test_starttls(upstream, authority, postern):
    source = pop3_source(upstream.pop3, USER, PASSWORD, tls="starttls", ca=authority.ca)
    steps, transcript = examine(postern({"anna": [source]}, start=False), 0)
    assert "before TLS" in steps["capabilities"]["text"]
    assert steps["certificate"]["outcome"] == "good"
    assert "C: STLS" in transcript


def test_a_wrong_password(upstream, postern):
    daemon = postern({"anna": [pop3_source(upstream.pop3, USER, "wrong secret")]}, start=False)
    steps, transcript = examine(daemon, 1)
    assert steps["login"]["outcome"] == "bad"
    assert "check user name and password" in steps["login"]["text"]
    assert any(line.startswith("S: -ERR") for line in transcript)


def test_a_certificate_that_is_not_trusted(upstream, postern):
    source = pop3_source(upstream.pop3s, USER, PASSWORD, tls="implicit")
    steps, transcript = examine(postern({"anna": [source]}, start=False), 1)
    assert steps["tls"]["outcome"] == "bad"
    assert "Test CA" in steps["tls"]["text"] and "`pin:`" in steps["tls"]["text"]
    assert transcript == []


def test_a_server_that_is_not_there(postern):
    daemon = postern({"anna": [pop3_source(free_port(), USER, PASSWORD)]}, start=False)
    steps, _ = examine(daemon, 1)
    assert steps["dns"]["outcome"] == "good" and steps["tcp"]["outcome"] == "bad"


def test_a_host_that_is_not_there(postern):
    source = pop3_source(995, USER, PASSWORD, tls="implicit", pop3="nowhere.invalid:995")
    steps, _ = examine(postern({"anna": [source]}, start=False), 1)
    assert steps["dns"]["outcome"] == "bad"


def test_pop_switched_off(dovecot, postern):
    server = dovecot(
        extra="""
passdb {
  driver = static
  args = nopassword=y nologin=y reason=POP3-access-is-disabled
}
"""
    )
    daemon = postern({"anna": [pop3_source(server.pop3, USER, PASSWORD)]}, start=False)
    steps, _ = examine(daemon, 1)
    assert "switched off" in steps["login"]["text"]


def test_beside_a_daemon(upstream, postern):
    daemon = postern({"anna": [pop3_source(upstream.pop3, USER, PASSWORD)]})
    daemon.wait_for_state("anna", "idle")
    steps, _ = examine(daemon, 0)
    assert "it polls this source" in steps["daemon"]["text"]
    assert steps["login"]["text"] == "accepted"


@pytest.fixture
def sends(postern, certificate, authority):
    """sends(tls, ...) is a daemon of an account that only sends, with the server that it sends by."""
    servers = []

    def start(tls, server_tls=None, **more):
        servers.append(SmtpServer(certificate, server_tls or tls, USER, PASSWORD).start())
        entry = {
            "smtp": f"127.0.0.1:{servers[-1].port}",
            "tls": tls,
            "ca": authority.ca,
            "username": USER,
            "password": PASSWORD,
            "from": [USER],
            **more,
        }
        daemon = postern({"anna": []}, start=False)
        daemon.config["accounts"]["anna"]["outgoing"] = [entry]
        daemon.write_config()
        return daemon, servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_for_sending(tls, sends):
    daemon, server = sends(tls)
    steps, transcript = examine(daemon, 0, "outgoing")
    assert {name: step["outcome"] for name, step in steps.items()} == {
        name: "good"
        for name in ("dns", "tcp", "certificate", "tls", "capabilities", "clock", "methods", "login")
    }
    assert "Test CA" in steps["certificate"]["text"]
    assert ("before TLS: STARTTLS" in steps["capabilities"]["text"]) == (tls == "starttls")
    assert "after login" in steps["capabilities"]["text"]
    assert "PLAIN, LOGIN" in steps["methods"]["text"]
    assert transcript[-2:] == ["C: QUIT", "S: 221 bye"]
    # One login each time that one looks, and nothing is sent.
    assert server.logins == [(USER, True)] * 2 and server.messages == []


def test_a_wrong_password_for_sending(sends):
    daemon, _ = sends("starttls", password="wrong secret")
    steps, _ = examine(daemon, 1, "outgoing")
    assert steps["login"]["outcome"] == "bad"
    assert "check user name and password" in steps["login"]["text"]


def test_a_server_for_sending_that_speaks_no_tls_there(sends):
    daemon, _ = sends("implicit", server_tls="starttls")
    steps, _ = examine(daemon, 1, "outgoing")
    assert steps["certificate"]["outcome"] == "bad"
    assert "465 is usually implicit" in steps["certificate"]["advice"]


def test_an_account_that_is_not_there(postern):
    daemon = postern({"anna": []}, start=False)
    result = daemon.command("doctor", "nobody")
    assert result.returncode == 1 and "there is no account" in result.stderr
    assert daemon.command("doctor", "anna").returncode == 0
    assert daemon.command("doctor").returncode == 64
