"""Signing in with OAuth at a real authorization server, and fetching from Dovecot with the token: both ways
of signing in, renewal, withdrawal; no token is found anywhere in clear (G3, G4)."""

import contextlib
import json
import pathlib
import re
import subprocess

import pytest
from support import processes
from support.oauth import AuthorizationServer, Owner
from support.postern import pop3_source, program
from support.waiting import wait_until

MESSAGES = [b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\nsecond\r\n"]


@pytest.fixture
def authorization():
    """authorization(lifetime) starts a server; it ends with the test."""
    started = []

    def start(lifetime=3600):
        started.append(AuthorizationServer(lifetime))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def mailbox(dovecot, folder):
    """mailbox(server, ...) gives Dovecot with anna's mail, which takes tokens of that server only."""

    def start(server, mechanisms="xoauth2 oauthbearer"):
        extra = server.dovecot_passdb(folder) + f"auth_mechanisms = {mechanisms}\n"
        upstream = dovecot(extra=extra)
        upstream.add_user("anna", MESSAGES)
        return upstream

    return start


def source_at(upstream, server):
    source = pop3_source(upstream.pop3, "anna", "unused", oauth=server.endpoints())
    del source["password"]
    return source


class Login:
    """`postern login` under way, up to where it waits for the owner."""

    def __init__(self, daemon, *arguments):
        self.output = ""
        self._process = processes.start(
            [program(), "login", "anna", *arguments, "--config", daemon.config_file],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self._process.stdout:
            self.output += line
            if line.startswith("Waiting"):
                break

    def page(self):
        """The address that the owner is to open; with the code in it, if there is one."""
        return re.findall(r"http://\S+/(?:device\?|auth\?)\S+", self.output)[-1]

    def end(self):
        """Waits for the end of it; the exit status."""
        self.output += self._process.stdout.read()
        status = self._process.wait(60)
        self._process.stdout.close()
        return status


def sign_in(daemon, way):
    login = Login(daemon, way)
    Owner("anna").allow(login.page())
    assert login.end() == 0, login.output
    assert "Signed in as anna" in login.output
    return login.output


def assert_in_no_file(server, daemon, *outputs):
    """No token or code of the server stands in a file of ours, in what was printed, or in a command line."""
    files = [f for f in daemon.folder.rglob("*") if f.is_file() and not f.is_socket()]
    assert any(f.name == "token.key" for f in files)
    texts = {str(f): f.read_bytes() for f in files}
    texts |= {f"output {n}": text.encode() for n, text in enumerate(outputs)}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        # Processes come and go.
        with contextlib.suppress(OSError):
            texts[f"{process}/cmdline"] = (process / "cmdline").read_bytes()
    secrets = server.secrets()
    assert len(secrets) >= 3, "a code, an access token and a refresh token"
    for secret in secrets:
        for where, text in texts.items():
            assert secret.encode() not in text, where


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
def test_a_code_typed_in_elsewhere(authorization, mailbox, postern, mechanism):
    server = authorization()
    upstream = mailbox(server, mechanism)
    daemon = postern({"anna": [source_at(upstream, server)]}, log={"level": "debug"})
    assert "postern login anna" in daemon.wait_for_state("anna", "sign_in_needed")["detail"]
    output = sign_in(daemon, "--device")
    assert daemon.wait_for_state("anna", "idle")["listed"] == len(MESSAGES)
    assert daemon.imap("anna").select("INBOX")[1] == [b"2"]
    assert f"method={mechanism.upper()}" in upstream.log_file.read_text()
    key = daemon.state / "token.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert_in_no_file(server, daemon, output, daemon.command("status", "--json").stdout)


def test_a_browser_that_comes_back(authorization, mailbox, postern):
    server = authorization()
    upstream = mailbox(server)
    daemon = postern({"anna": [source_at(upstream, server)]}, start=False)
    output = sign_in(daemon, "--browser")
    assert "2 " in daemon.sync("anna")
    daemon.start()
    assert daemon.wait_for_state("anna", "idle")["listed"] == len(MESSAGES)
    assert_in_no_file(server, daemon, output)


def test_a_doctor_tries_the_stored_sign_in(authorization, mailbox, postern):
    server = authorization()
    upstream = mailbox(server)
    daemon = postern({"anna": [source_at(upstream, server)]}, start=False)
    outputs = []

    def login_step(expect):
        result = daemon.command("doctor", "anna", "--json")
        outputs.append(result.stdout)
        assert result.returncode == expect, result.stdout + result.stderr
        steps = {step["name"]: step for step in json.loads(result.stdout)["sources"][0]["steps"]}
        return steps["login"]

    step = login_step(1)
    assert "not tried" in step["text"] and "postern login ACCOUNT" in step["advice"]
    sign_in(daemon, "--device")
    assert login_step(0)["text"] == "accepted"
    daemon.start()
    daemon.wait_for_state("anna", "idle")
    assert login_step(0)["text"] == "accepted"
    assert_in_no_file(server, daemon, *outputs)


def test_tokens_are_renewed(authorization, mailbox, postern):
    server = authorization(lifetime=4)
    upstream = mailbox(server)
    daemon = postern({"anna": [source_at(upstream, server)]})
    sign_in(daemon, "--device")
    daemon.wait_for_state("anna", "idle")
    at_first = len(server.secrets())

    def renewed_twice():
        daemon.sync("anna")
        # Each renewal gives an access token and a new refresh token.
        return len(server.secrets()) >= at_first + 4

    wait_until(renewed_twice, "the token was renewed twice")
    assert_in_no_file(server, daemon)


def test_a_source_that_the_daemon_does_not_know_yet(authorization, mailbox, postern):
    server = authorization()
    upstream = mailbox(server)
    daemon = postern({"anna": []})
    daemon.config["accounts"]["anna"]["sources"] = [source_at(upstream, server)]
    daemon.write_config()
    assert "systemctl reload postern" in sign_in(daemon, "--device")
    daemon.reload()

    def fetched():
        sources = daemon.sources("anna")
        return sources and sources[0]["state"] == "idle"

    wait_until(fetched, "the source is polled after the reload")


def test_a_withdrawn_sign_in(authorization, mailbox, postern):
    server = authorization()
    upstream = mailbox(server)
    daemon = postern({"anna": [source_at(upstream, server)]})
    sign_in(daemon, "--device")
    daemon.wait_for_state("anna", "idle")
    server.revoke()
    assert "postern login anna" in daemon.sync("anna", expect=1)
    assert daemon.source("anna")["state"] == "sign_in_needed"
    sign_in(daemon, "--device")
    daemon.wait_for_state("anna", "idle")


def test_a_server_that_is_away(authorization, mailbox, postern):
    server = authorization(lifetime=1)
    upstream = mailbox(server)
    daemon = postern({"anna": [source_at(upstream, server)]}, start=False)
    sign_in(daemon, "--device")
    server.stop()
    daemon.start()

    def state():
        daemon.sync("anna", expect=None)
        return daemon.source("anna")["state"] == "unreachable"

    wait_until(state, lambda: f"the token ran out: {daemon.source('anna')}")
    assert "postern login" not in daemon.source("anna")["detail"]


def test_an_owner_who_says_no(authorization, mailbox, postern):
    server = authorization()
    daemon = postern({"anna": [source_at(mailbox(server), server)]}, start=False)
    login = Login(daemon, "--browser")
    Owner("anna").refuse(login.page())
    assert login.end() == 1
    assert "was refused there" in login.output
    assert not (daemon.state / "token.key").exists()


def test_what_cannot_be_signed_in(authorization, mailbox, postern):
    server = authorization()
    source = source_at(mailbox(server), server)
    del source["oauth"]["device"]
    daemon = postern({"anna": [source], "bert": []}, start=False)
    for arguments, words in (
        (["nobody"], "there is no account"),
        (["bert"], "no source of bert signs in with OAuth"),
        (["anna", "--device"], "leave out --device"),
        (["anna", "--source", "other"], "add --source with one of: pop3://anna@127.0.0.1"),
    ):
        result = daemon.command("login", *arguments)
        assert result.returncode == 1
        assert words in result.stderr
    result = daemon.command("login", "--help")
    assert result.returncode == 0
    assert "--device" in result.stdout
