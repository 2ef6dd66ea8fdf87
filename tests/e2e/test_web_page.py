"""The page in Debian's Chromium: what a person sees and does."""

import imaplib

import generate_mail
import pytest
from support import corpus
from support.browser import visit
from support.dovecot import PASSWORD
from support.postern import pop3_source
from support.slow_line import SlowLine
from support.waiting import free_port

HOSTILE = [
    b"From: \"<img src=x onerror='window.xss=1'>\" <a@x.example>\r\n"
    b"Subject: <script>window.xss=1</script> hostile script\r\n"
    b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Hello</p><img src=http://tracker.invalid/pixel.png><script>window.xss=1</script>"
    b"<svg onload='window.xss=1'></svg><iframe src=http://frame.invalid/></iframe>\r\n",
]


@pytest.fixture
def house(dovecot, postern):
    """house(messages) gives a Dovecot whose user anna has them, and a daemon with the page."""

    def start(messages, line=lambda port: port, **source):
        server = dovecot()
        server.add_user("anna", messages)
        daemon = postern(
            {"anna": [pop3_source(line(server.pop3), "anna", PASSWORD, **source)]}, start=False
        )
        daemon.config["listen"]["web"] = f"127.0.0.1:{free_port()}"
        daemon.write_config()
        daemon.start()
        return server, daemon

    return start


def hostile():
    """Our own, and where the shared corpus is, its own."""
    shared = corpus.folder()
    files = sorted((shared / "own").glob("own_xss*.eml")) if shared else []
    return HOSTILE + [file.read_bytes() for file in files]


@pytest.fixture
def slow_line():
    lines = []

    def leading_to(port):
        lines.append(SlowLine(port, 5_000_000))
        return lines[-1].port

    yield leading_to
    for line in lines:
        line.stop()


def test_a_long_sync_is_seen_live(house, slow_line):
    server, daemon = house([], slow_line)
    daemon.sync("anna")
    server.add_mail("anna", generate_mail.messages(4000, seed=5))
    seen = visit("sync", daemon, wanted="4,000 messages")
    assert "enter" not in seen["address"], "the link stays in no address"
    counts = [one for one in seen["states"] if one.startswith("Fetching")]
    assert len(counts) >= 2, seen["states"]
    assert seen["bar"] == 1 and seen["states"][-1] == "Up to date"
    (cookie,) = seen["cookies"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert "opens the page once" in seen["stranger"] and "messages" not in seen["stranger"]


def test_polling_and_looking_at_what_would_be_deleted(house):
    messages = [*generate_mail.messages(39, seed=6), b"Subject: of today\r\n\r\ntoday\r\n"]
    server, daemon = house(messages, keep_on_server="until-deleted")
    daemon.sync("anna")
    server.add_mail("anna", [b"Subject: new\r\n\r\nnew\r\n"])
    seen = visit("poll", daemon, before="40 messages", wanted="41 messages")
    assert "0 to be deleted at the provider" in seen["preview"]
    assert seen["charts"] == 2


def test_i4_hostile_messages_are_shown_as_text(house):
    messages = hostile()
    _, daemon = house(messages)
    daemon.sync("anna")
    seen = visit("hostile", daemon)
    assert len(seen["letters"]) == len(messages)
    assert any("<script>window.xss=1</script>" in one["subject"] for one in seen["letters"])
    assert any("<script>" in one["listed"] for one in seen["letters"])
    for letter in seen["letters"]:
        assert letter["inside"] == [], letter
    assert seen["marks"] == [] and seen["scripts"] == 1


def test_the_keyboard_is_enough(house):
    _, daemon = house([b"Subject: a needle\r\n\r\nhay\r\n", b"Subject: other\r\n\r\nstraw\r\n"])
    daemon.sync("anna")
    seen = visit("keyboard", daemon, words="needle")
    assert seen["visible"] == [True] * 5, "the focus is seen wherever it is"
    assert seen["subject"] == "a needle" and seen["focus"] == "letter"


@pytest.mark.parametrize("name", ["light", "dark", "phone", "german"])
def test_it_fits(house, name):
    _, daemon = house(generate_mail.messages(60, seed=7))
    daemon.sync("anna")
    daemon.command("device", "add", "anna", "phone")
    more = {"locale": "de-DE"} if name == "german" else {}
    seen = visit("look", daemon, name=name, dark=name == "dark", phone=name == "phone", **more)
    assert seen["overflow"] == [0, 0, 0, 0], "nothing is wider than the window"
    brightness = sum(int(one) for one in seen["ground"][4:-1].split(","))
    assert (brightness < 150) == (name == "dark")
    assert seen["language"] == ("de" if name == "german" else "en")
    assert ("Auf dem neuesten Stand" in seen["text"]) == (name == "german")
    assert "anna/phone" in seen["text"]
    assert ("alles" if name == "german" else "everything") in seen["text"]


def test_adding_an_account(house):
    server, daemon = house([])
    server.add_user("bert", generate_mail.messages(7, seed=8))
    seen = visit(
        "add",
        daemon,
        address="bert@mail.invalid",
        server=f"127.0.0.1:{server.pop3}",
        user="bert",
        password=PASSWORD,
        name="bert",
        wanted="7 messages",
    )
    assert "refused" in seen["refused"] or "password" in seen["refused"]
    with imaplib.IMAP4("127.0.0.1", daemon.imap_port, timeout=60) as connection:
        connection.login("bert", seen["password"])
        status, count = connection.select("INBOX")
        assert (status, count) == ("OK", [b"7"])
    assert daemon.config_file.read_text().count(PASSWORD) == 1, "anna's, as the test wrote it"
    assert seen["password"] not in daemon.log() and PASSWORD not in daemon.log()
