"""Devices on the page, in Debian's Chromium: from the password that is shown to the end of the
connections that were made with it."""

import contextlib
import json
import plistlib
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
from support import npm, processes
from support.browser import visit
from support.waiting import free_port


@pytest.fixture
def daemon(postern):
    """A daemon with the page, and an account without sources."""
    daemon = postern({"anna": []}, start=False)
    for face in ("web", "submission"):
        daemon.config["listen"][face] = f"127.0.0.1:{free_port()}"
    daemon.write_config()
    return daemon.start()


@contextlib.contextmanager
def imapflow(daemon, user, password):
    """An ImapFlow that is logged in; it ends when its connection does."""
    folder = npm.installed("imapflow", "device.mjs")
    process = processes.start(
        ["node", "device.mjs", "127.0.0.1", str(daemon.imap_port), user, password],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "logged in\n", daemon.log()
        yield process
    finally:
        process.kill()
        process.wait()


def devices(daemon):
    (one,) = json.loads(daemon.command("device", "list", "anna", "--json").stdout)["accounts"]
    return {device["name"]: device for device in one["devices"]}


def form(link, choice, **fields):
    """What the page of a link sends when somebody has chosen."""
    parts = urllib.parse.urlsplit(link)
    origin = f"{parts.scheme}://{parts.netloc}"
    body = urllib.parse.urlencode({"link": parts.fragment, "form": choice}).encode()
    request = urllib.request.Request(f"{origin}/device", body, {"Origin": origin, **fields})
    return urllib.request.urlopen(request, timeout=60)


def test_a_device_is_added_used_and_revoked(daemon):
    seen = visit("device", daemon, name="phone")
    assert re.fullmatch(r"[0-9a-z]{4}(-[0-9a-z]{4}){3}", seen["password"])
    assert seen["user"] == "anna/phone" and devices(daemon)["phone"]["rights"] == "full"
    assert seen["qr"] == 1 and "this machine only" in seen["made"]
    assert f"port {daemon.imap_port}, STARTTLS" in seen["made"]
    assert seen["password"] not in daemon.log()

    # Its link: in a browser that knows nothing, once.
    assert seen["choices"] == ["iPhone, iPad or Mac", "Thunderbird", "Anything else"]
    assert seen["password"] in seen["given"] and "anna/phone" in seen["given"]
    assert "not good any more" in seen["again"] and seen["password"] not in seen["again"]

    with imapflow(daemon, seen["user"], seen["password"]) as program:
        told = visit("revoke", daemon, device="anna/phone")
        assert "anna/phone" in told["asked"] and "anna/phone" not in told["left"]
        assert program.wait(30) == 0 and program.stdout.read() == "the connection ended\n"
    assert devices(daemon) == {}


def test_a_device_that_only_sends_needs_an_address(daemon):
    seen = visit("sender", daemon, name="scanner", sender="scanner@example.net")
    assert "sends no mail yet" in seen["refused"]
    assert devices(daemon) == {}


def link_of(daemon, name):
    said = daemon.command("device", "add", "anna", name).stdout
    (link,) = re.findall(r"^  (http://\S+/device#[0-9a-f]{32})$", said, re.MULTILINE)
    assert "on this machine only" in said and "15 minutes" in said
    return link, re.search(r"^  Password +(\S+)$", said, re.MULTILINE)[1]


def test_i3_i5_the_link_of_the_command_gives_a_profile_once(daemon):
    link, password = link_of(daemon, "tablet")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        form(link, "apple", Origin="http://evil.example")
    assert refusal.value.code == 403
    with form(link, "apple") as answer:
        assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
        assert "anna-tablet.mobileconfig" in answer.headers["Content-Disposition"]
        octets = answer.read()
    # It is signed: the property list stands in it as it is.
    begin, end = octets.index(b"<?xml"), octets.index(b"</plist>") + len(b"</plist>")
    profile = plistlib.loads(octets[begin:end])
    (mail,) = [one for one in profile["PayloadContent"] if "mail" in one["PayloadType"]]
    assert mail["IncomingPassword"] == password
    assert mail["IncomingMailServerUsername"] == "anna/tablet"
    assert mail["OutgoingMailServerUsername"] == "anna/tablet" and mail["OutgoingMailServerHostName"]
    with pytest.raises(urllib.error.HTTPError) as refusal:
        form(link, "apple")
    assert refusal.value.code == 401 and password not in refusal.value.read().decode()


def test_a_link_ends_with_its_device(daemon):
    link, password = link_of(daemon, "laptop")
    other, _ = link_of(daemon, "other")
    daemon.command("device", "revoke", "anna", "laptop")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        form(link, "text")
    assert refusal.value.code == 401 and password not in refusal.value.read().decode()
    with form(other, "thunderbird") as answer:
        xml = answer.read().decode()
    assert "<clientConfig" in xml and "<username>anna/other</username>" in xml
