"""The web page's server from outside: what programs ask it, and what strangers get."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import urllib.parse

import generate_mail
import pytest
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.waiting import free_port, wait_until


class Page:
    """Asks the page as a browser would, without being one."""

    def __init__(self, daemon, port):
        self.daemon, self.port = daemon, port
        self.origin = f"http://127.0.0.1:{port}"
        self.fields = {}

    def ask(self, path, question=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if question is None:
            connection.request("GET", path, headers={**self.fields, **fields})
        else:
            more = {"Origin": self.origin, "Content-Type": "application/json"}
            body = json.dumps(question)
            connection.request("POST", path, body, headers={**self.fields, **more, **fields})
        answer = connection.getresponse()
        octets = answer.read()
        connection.close()
        return answer, octets.decode()

    def enter(self):
        link = self.daemon.command("web", "--print").stdout.strip()
        invitation = urllib.parse.urlsplit(link).fragment.removeprefix("enter=")
        answer, text = self.ask("/api/enter", {"invitation": invitation})
        assert answer.status == 200, text
        self.fields = {
            "Cookie": answer.headers["Set-Cookie"].split(";")[0],
            "X-Postern-Token": json.loads(text)["token"],
        }
        return self


@pytest.fixture
def page(dovecot, postern):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(12, seed=4))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]}, start=False)
    port = free_port()
    daemon.config["listen"]["web"] = f"127.0.0.1:{port}"
    daemon.write_config()
    daemon.start()
    daemon.sync("anna")
    return Page(daemon, port)


def test_the_same_facts_as_the_command(page):
    answer, text = page.enter().ask("/api/status")
    assert answer.status == 200
    told, printed = json.loads(text), page.daemon.status()
    assert told.keys() == printed.keys()
    assert told["accounts"][0]["messages"] == 12
    for moving in ("search_index", "disk_octets"):
        assert told["accounts"][0].pop(moving) and printed["accounts"][0][moving]
    told_of, printed_of = told["accounts"][0], printed["accounts"][0]
    assert {name: printed_of[name] for name in told_of} == told_of
    assert printed["disk"]["free"] > 0 and printed["accounts"][0]["disk_octets"] > 0
    _, text = page.ask("/api/history")
    history = json.loads(text)
    (source,) = history["polls"]
    assert source["polls"][0]["fetched"] == 12 and source["polls"][0]["state"] == "idle"
    assert len(history["days"][0]["messages"]) == 30 and history["problems"] == []


def test_problems_are_remembered(page):
    page.enter()
    page.daemon.config["accounts"]["anna"]["sources"][0]["password"] = "wrong"
    page.daemon.write_config()
    page.daemon.reload()

    def problems():
        return json.loads(page.ask("/api/history")[1])["problems"]

    page.daemon.command("sync", "anna")
    wait_until(problems, page.daemon.log)
    # A refusal soon after a success counts as throttling.
    assert problems()[0]["state"] in ("throttled", "wrong_password") and not problems()[0]["over"]
    assert problems()[0]["account"] == "anna" and problems()[0]["detail"]


def test_metrics_are_as_prometheus_wants_them(page):
    """I7: checked with promtool, and with our own eyes for what must not be in there."""
    answer, text = page.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    promtool = pathlib.Path(os.environ["POSTERN_UNPACKED"]) / "usr/bin/promtool"
    result = processes.run([promtool, "check", "metrics"], input=text)
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'postern_messages{account="anna"} 12\n' in text
    assert "@" not in text and "127.0.0.1" not in text and "Subject" not in text


def test_health_is_told_to_everybody(page):
    assert page.ask("/healthz")[0].status == 200
    assert page.ask("/readyz")[1] == "ready\n"


def test_i5_no_secret_is_shown_or_logged(page):
    stranger = [page.ask(path) for path in ("/", "/main.js", "/metrics", "/api/status")]
    assert [answer.status for answer, _ in stranger] == [200, 200, 200, 401]
    link = page.daemon.command("web", "--print").stdout.strip()
    page.enter()
    texts = [text for _, text in stranger]
    texts += [page.ask(path)[1] for path in ("/api/status", "/api/history")]
    secrets = [PASSWORD, "local secret", page.fields["X-Postern-Token"]]
    secrets += [page.fields["Cookie"].split("=", 1)[1], link.split("enter=")[1]]
    for secret in secrets:
        assert all(secret not in text for text in texts)
        assert secret not in page.daemon.log()
    answer, _ = page.ask("/api/enter", {"invitation": "0" * 32})
    assert answer.status == 401


def test_a_pass_outlives_a_restart_and_ends_with_the_key(page):
    page.enter()
    page.daemon.stop()
    page.daemon.start()
    assert page.ask("/api/status")[0].status == 200
    page.daemon.stop()
    (page.daemon.state / "token.key").unlink()
    page.daemon.start()
    assert page.ask("/api/status")[0].status == 401


def test_i1_other_machines_need_tls(page):
    """I1: nothing listens unless it is named; beyond this machine nothing is sent in the clear."""
    port = free_port()
    page.daemon.config["listen"]["web"] = f"0.0.0.0:{port}"
    page.daemon.write_config()
    page.daemon.reload()
    wait_until(lambda: not listens(page.port), page.daemon.log)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP" not in plain.recv(4096)
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20)) as secure:
        secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert secure.recv(4096).startswith(b"HTTP/1.1 200")
    link = page.daemon.command("web", "--print").stdout
    assert link.startswith("https://")
    del page.daemon.config["listen"]["web"]
    page.daemon.write_config()
    page.daemon.reload()
    wait_until(lambda: not listens(port), page.daemon.log)
    none = page.daemon.command("web", "--print")
    assert none.returncode == 1 and "web: 127.0.0.1:8143" in none.stderr


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_searching_and_reading(page):
    page.enter()
    _, text = page.ask("/api/search", {"account": "anna", "text": ""})
    everything = json.loads(text)
    assert len(everything["hits"]) == 12 and everything["end"] == "all"
    dates = [hit["date"] for hit in everything["hits"]]
    assert dates == sorted(dates, reverse=True)
    hit = everything["hits"][3]
    _, text = page.ask(
        "/api/letter", {"account": "anna", "mailbox_id": hit["mailbox_id"], "uid": hit["uid"]}
    )
    letter = json.loads(text)
    assert letter["subject"] == hit["subject"] and letter["from"] == hit["from"]
    words = re.sub(r"\W+", " ", letter["subject"]).split()[-1]
    _, text = page.ask("/api/search", {"account": "anna", "text": words})
    assert hit["uid"] in [one["uid"] for one in json.loads(text)["hits"]]
    for wrong in (
        {"account": "nobody", "text": ""},
        {"account": "anna", "text": "x" * 301},
        {"text": 5},
    ):
        assert page.ask("/api/search", wrong)[0].status == 409
    gone = {"account": "anna", "mailbox_id": -1, "uid": 4294967295}
    assert page.ask("/api/letter", gone)[0].status == 409


def test_it_ends_though_somebody_listens(page):
    page.enter()
    listener = socket.create_connection(("127.0.0.1", page.port), 20)
    lines = [f"{name}: {value}" for name, value in page.fields.items()]
    head = ["GET /api/events HTTP/1.1", f"Host: 127.0.0.1:{page.port}", *lines, "", ""]
    listener.sendall("\r\n".join(head).encode())
    assert b"text/event-stream" in listener.recv(65536)
    page.daemon.stop(seconds=8)
    listener.close()
