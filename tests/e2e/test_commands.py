"""The commands beside `run`: check, demo, status, sync, and what each prints."""

import imaplib
import json
import os
import re
import signal
import subprocess

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source, program
from support.waiting import wait_until


COMMANDS = ["setup", "run", "check", "demo", "status", "sync", "login", "doctor"]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(command):
    result = processes.run([program(), *command, "--help"])
    assert result.returncode == 0 and "--help" in result.stdout
    if command and command != ["demo"]:
        assert "/etc/postern/postern.yaml" in result.stdout


def test_help_names_every_command():
    listed = processes.run([program(), "--help"]).stdout
    for name in COMMANDS:
        assert re.search(rf"^ +{name} ", listed, re.MULTILINE), listed


VALID = """\
state: STATE
listen:
  imap: 127.0.0.1:1143
accounts:
  anna:
    password: secret
    sources:
      - pop3: pop.example.net:995
        username: anna
        password: other
        poll: 5 minutes
"""

# name: (what stands there, what stands there instead, line, column, words of the message)
MISTAKES = {
    "unknown key": ("listen:\n  imap:", "listen:\n  imapp:", 3, 3, ["imapp"]),
    "unknown key at the top": ("listen:", "lissten:", 2, 1, ["lissten"]),
    "wrong type": ("127.0.0.1:1143", "[1, {a: b}]", 3, None, ["listen.imap"]),
    "impossible port": ("127.0.0.1:1143", "127.0.0.1:70000", 3, 9, ["70000"]),
    "unknown tls": (
        "        poll",
        "        tls: maybe\n        poll",
        11,
        14,
        ["tls", "implicit"],
    ),
    "plaintext to another host": (
        "        poll",
        "        tls: none\n        poll",
        11,
        None,
        ["insecure"],
    ),
    "bad duration": ("5 minutes", "often", 11, 15, ["poll"]),
    "missing username": ("        username: anna\n", "", None, None, ["username"]),
    "twice the same key": (
        "    password: secret\n",
        "    password: secret\n    password: again\n",
        7,
        5,
        ["password"],
    ),
    "not YAML": ("accounts:", "accounts: [", None, None, []),
    "bad policy": (
        "        poll",
        "        keep_on_server: sometimes\n        poll",
        11,
        25,
        ["keep_on_server", "until-deleted"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_check_tells_file_line_column_key_and_what_to_write(folder, name):
    """H1, H4."""
    before, after, line, column, words = MISTAKES[name]
    text = VALID.replace("STATE", str(folder / "state"))
    assert before in text
    file = folder / "postern.yaml"
    file.write_text(text.replace(before, after, 1))
    file.chmod(0o600)
    result = processes.run([program(), "check", "--config", file])
    told = result.stdout + result.stderr
    assert result.returncode == 78, told
    place = re.search(rf"{re.escape(str(file))}:(\d+):(\d+): (.+)", told)
    assert place, told
    assert line in (None, int(place.group(1))), told
    assert column in (None, int(place.group(2))), told
    for word in words:
        assert word in told
    assert "secret" not in told and "other" not in told.replace("another", "")
    # `run` refuses the same file in the same way and starts nothing.
    result = processes.run([program(), "run", "--config", file])
    assert result.returncode == 78 and place.group(0)[:60] in result.stdout + result.stderr
    assert not (folder / "state").exists()


def test_check_of_a_valid_file_says_so(folder):
    file = folder / "postern.yaml"
    file.write_text(VALID.replace("STATE", str(folder / "state")))
    file.chmod(0o600)
    result = processes.run([program(), "check", "--config", file])
    assert result.returncode == 0, result.stdout + result.stderr
    missing = processes.run([program(), "check", "--config", folder / "none.yaml"])
    assert missing.returncode == 78 and "none.yaml" in missing.stdout + missing.stderr


def test_demo_prints_how_to_connect_and_a_login_with_it_sees_mail(folder):
    with open(folder / "demo.out", "wb") as out:
        demo = processes.start(
            [program(), "demo", "--state", folder / "demo"], stdout=out, stderr=out
        )
    try:

        def printed():
            assert demo.poll() is None, (folder / "demo.out").read_text()
            return connection_data((folder / "demo.out").read_text())

        host, port, user, password = wait_until(
            printed, lambda: (folder / "demo.out").read_text(), 60
        )
        connection = imaplib.IMAP4(host, port, timeout=30)
        connection.login(user, password)
        wait_until(
            lambda: ask.count(connection) >= 200, lambda: f"{ask.count(connection)} messages", 60
        )
        ask.ok(connection.select("INBOX"))
        octets = ask.bodies(connection)
        assert 200 <= len(octets) <= 999 and len(set(octets.values())) > 150
        connection.logout()
        assert host == "127.0.0.1"
    finally:
        demo.send_signal(signal.SIGTERM)
        code = demo.wait(20)
    assert code == 0, (folder / "demo.out").read_text()


def test_demo_that_is_ended_while_it_is_made_ready_leaves_nothing(folder):
    place = folder / "tmp"
    place.mkdir()
    demo = processes.start(
        [program(), "demo"],
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: list(place.iterdir()), lambda: "no folder was made", 30)
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(60) == 0
    assert list(place.iterdir()) == []


def connection_data(text):
    """(host, port, user, password) from what `postern demo` prints for people, or None while it
    is not all there."""
    place = re.search(r"(?im)^.*\bIMAP\b.*?(127\.0\.0\.1)(?::|[ ,]+(?:port )?)(\d+)", text)
    user = re.search(r"(?im)^\W*user(?: ?name)?\W+(\S+)", text)
    password = re.search(r"(?im)^\W*password\W+(\S+)", text)
    if not (place and user and password):
        return None
    return place.group(1), int(place.group(2)), user.group(1), password.group(1)


def test_status_tells_people_and_programs_the_same(dovecot, postern):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(7))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)], "bert": []})
    daemon.sync("anna")
    connection = daemon.imap("anna")
    status = daemon.status()
    assert [a["name"] for a in status["accounts"]] == ["anna", "bert"]
    source = daemon.source("anna")
    assert source["state"] == "idle"
    assert source["listed"] == 7 and source["fetched"] == 7 and source["failures"] == 0
    assert source["last_success"] and source["next_poll"]
    text = daemon.command("status").stdout
    assert "anna" in text and "bert" in text and "7" in text
    assert "secret" not in text + json.dumps(status)
    connection.logout()
    # Without a daemon: not a success, and what to do.
    daemon.stop()
    result = daemon.command("status")
    assert result.returncode != 0 and "postern run" in result.stdout + result.stderr


def test_sync_prints_plain_lines_without_a_terminal(dovecot, postern):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(300))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    told = daemon.sync("anna")
    assert "\r" not in told and "\x1b" not in told
    assert "anna" in told
    server.add_mail("anna", [generate_mail.message(n, seed=9) for n in range(5)])
    told = daemon.sync()
    assert re.search(r"\b5\b", told), told
    assert ask.count(daemon.imap("anna")) == 305
    result = daemon.command("sync", "nobody")
    assert result.returncode != 0 and "nobody" in result.stdout + result.stderr


def test_sync_shows_a_progress_bar_in_a_terminal(dovecot, postern, folder):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(400))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    result = subprocess.run(
        [
            "script",
            "-qec",
            f"{program()} sync anna --config {daemon.config_file}",
            str(folder / "typescript"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout
    # A bar is drawn over itself: a carriage return that no line feed follows.
    assert re.search(rb"\r[^\n]", result.stdout) and b"400" in result.stdout, result.stdout
    assert ask.count(daemon.imap("anna")) == 400
