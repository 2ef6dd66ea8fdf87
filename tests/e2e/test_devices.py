"""Devices: each with its own password for the account, from `postern device add` to the end of its
connections at `revoke`."""

import imaplib
import json
import poplib
import re
import smtplib

import pytest
from support import namespaces, processes
from support.postern import PASSWORD, program
from support.waiting import free_port, wait_until

SHOWN = re.compile(r"^  Password +([0-9a-z]{4}(?:-[0-9a-z]{4}){3})$", re.MULTILINE)


class House:
    """A daemon whose faces all listen on loopback."""

    def __init__(self, postern, **options):
        self.pop3_port, self.submission_port = free_port(), free_port()
        self.daemon = postern({"anna": [], "bert": []}, start=False, **options)
        self.daemon.config["listen"]["pop3"] = f"127.0.0.1:{self.pop3_port}"
        self.daemon.config["listen"]["submission"] = f"127.0.0.1:{self.submission_port}"
        self.daemon.write_config()

    def start(self):
        self.daemon.start()
        return self

    def device(self, *arguments, expect=0):
        result = self.daemon.command("device", *arguments)
        assert result.returncode == expect, result.stdout + result.stderr + self.daemon.log()
        return result.stdout + result.stderr

    def add(self, name, *arguments, account="anna"):
        """The password of a new device."""
        said = self.device("add", account, name, *arguments)
        return SHOWN.search(said)[1]

    def devices(self, account="anna"):
        (one,) = json.loads(self.device("list", account, "--json"))["accounts"]
        return {device["name"]: device for device in one["devices"]}

    def account(self, name):
        """What status says of it."""
        (found,) = [one for one in self.daemon.status()["accounts"] if one["name"] == name]
        return found

    def imap(self, user, password):
        connection = imaplib.IMAP4("127.0.0.1", self.daemon.imap_port, timeout=30)
        connection.login(user, password)
        return connection

    def pop3(self, user, password):
        connection = poplib.POP3("127.0.0.1", self.pop3_port, timeout=30)
        connection.user(user)
        connection.pass_(password)
        return connection

    def smtp(self, user, password):
        connection = smtplib.SMTP("127.0.0.1", self.submission_port, timeout=30)
        connection.login(user, password)
        return connection


@pytest.fixture
def house(postern):
    return House(postern).start()


def refused(connect, *login):
    with pytest.raises((imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException)) as failure:
        connect(*login)
    return str(failure.value)


def test_a_device_is_added_used_listed_and_revoked(house):
    said = house.device("add", "anna", "phone")
    password = SHOWN.search(said)[1]
    assert f"127.0.0.1, port {house.daemon.imap_port}, STARTTLS" in said
    assert f"port {house.pop3_port}" in said and f"port {house.submission_port}" in said
    assert re.search(r"^  User name +anna/phone$", said, re.MULTILINE)
    device = house.devices()["phone"]
    assert device["rights"] == "full" and device["last_use"] is None

    imap = house.imap("anna/phone", password)
    imap.xatom("ID", '("name" "imaplib" "version" "3")')
    assert imap.select("INBOX")[0] == "OK"
    last = house.devices()["phone"]["last_use"]
    assert last["address"] == "127.0.0.1" and last["program"] == "imaplib 3"
    line = house.device("list")
    assert "phone (full), last used" in line and "from 127.0.0.1, imaplib 3" in line
    assert "bert" in line and "no devices" in line
    (connection,) = house.daemon.status()["connections"]
    assert connection["account"] == "anna" and connection["device"] == "phone"
    shown = house.daemon.command("status").stdout
    assert "device phone (full), last used" in shown and "anna/phone" in shown

    house.device("revoke", "anna", "phone")
    wait_until(lambda: not house.daemon.status()["connections"], "its connection is gone")
    with pytest.raises(imaplib.IMAP4.abort):
        imap.noop()
        imap.noop()
    house.daemon.imap("anna").logout()
    assert house.devices() == {}
    assert "AUTHENTICATIONFAILED" in refused(house.imap, "anna/phone", password)
    assert "no device" in house.device("revoke", "anna", "phone", expect=1)


def test_a_device_logs_in_everywhere_however_its_password_is_typed(house):
    password = house.add("laptop")
    typed = password.replace("-", "").upper()
    house.imap("anna/laptop", typed).logout()
    house.pop3("anna/laptop", typed).quit()
    smtp = house.smtp("anna/laptop", typed)
    assert smtp.noop()[0] == 250
    smtp.quit()
    # It is for this device of this account.
    refused(house.imap, "anna", password)
    refused(house.imap, "anna/phone", password)
    refused(house.imap, "bert/laptop", password)


def test_every_connection_of_a_revoked_device_ends_at_once(house):
    password = house.add("laptop")
    pop3 = house.pop3("anna/laptop", password)
    smtp = house.smtp("anna/laptop", password)
    idle = house.imap("anna/laptop", password)
    idle.select("INBOX")
    idle.send(b"a IDLE\r\n")
    assert idle.readline().startswith(b"+")
    other = house.imap("anna/tablet", house.add("tablet"))
    house.device("revoke", "anna", "laptop")
    assert b"BYE" in idle.readline() and idle.readline() == b""
    with pytest.raises((poplib.error_proto, OSError)):
        pop3.noop()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.noop()
    assert other.noop()[0] == "OK"


def test_devices_are_kept_over_a_restart_and_a_reload(house):
    password = house.add("phone")
    house.imap("anna/phone", password).logout()
    house.daemon.reload()
    house.imap("anna/phone", password).logout()
    used = house.devices()["phone"]["last_use"]
    house.daemon.stop()
    # What the daemon had not written when it was asked to end is there.
    assert house.devices()["phone"]["last_use"] == used
    house.daemon.start()
    house.imap("anna/phone", password).logout()


def test_without_a_daemon_the_same_is_done(postern):
    house = House(postern)
    password = house.add("phone")
    assert "already" in house.device("add", "anna", "phone", expect=1)
    assert list(house.devices()) == ["phone"]
    house.add("laptop")
    house.device("revoke", "anna", "laptop")
    house.start()
    house.imap("anna/phone", password).logout()
    refused(house.imap, "anna/laptop", password)


MISTAKES = {
    "unknown account": (["carl", "phone"], "there is no account"),
    "a name with a space": (["anna", "my phone"], "cannot name a device"),
    "a name with a slash": (["anna", "a/b"], "cannot name a device"),
    "no sender": (["anna", "scanner", "--rights", "send-only"], "--sender"),
    "a sender too many": (["anna", "phone", "--sender", "a@example.net"], "send-only"),
    "no address": (
        ["anna", "scanner", "--rights", "send-only", "--sender", "scanner"],
        "not a mail address",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_device_that_cannot_be_is_explained(name, house):
    arguments, words = MISTAKES[name]
    assert words in house.device("add", *arguments, expect=1)
    assert house.devices() == {}


@pytest.mark.parametrize("command", ["add", "list", "revoke"])
def test_every_command_has_help(command):
    said = processes.run([program(), "device", command, "--help"])
    assert said.returncode == 0 and "--config" in said.stdout
    assert command in processes.run([program(), "device", "--help"]).stdout


def test_no_password_is_stored_or_logged(house):
    password = house.add("phone")
    house.imap("anna/phone", password).logout()
    refused(house.imap, "anna/phone", password[:-1])
    house.daemon.stop()
    plain = password.replace("-", "")
    for file in [house.daemon.log_file, *house.daemon.state.rglob("*")]:
        if file.is_file():
            octets = file.read_bytes()
            assert password.encode() not in octets and plain.encode() not in octets, file


def test_a_restored_backup_brings_devices_back(house, folder):
    password = house.add("phone")
    backup = folder / "anna.backup"
    assert house.daemon.command("backup", "--account", "anna", backup).returncode == 0
    house.device("revoke", "anna", "phone")
    house.daemon.stop()
    assert house.daemon.command("restore", "--replace", backup).returncode == 0
    house.daemon.start()
    wait_until(lambda: house.devices(), "the device is back")
    house.imap("anna/phone", password).logout()


def test_rights_hold_at_every_door(postern):
    house = House(postern)
    house.daemon.config["accounts"]["anna"]["outgoing"] = [
        {
            "smtp": f"127.0.0.1:{free_port()}",
            "tls": "none",
            "username": "anna",
            "password": "x",
            "from": ["anna@example.net", "scanner@example.net"],
        }
    ]
    house.daemon.write_config()
    house.start()
    assert "does not send from" in house.device(
        "add", "anna", "x", "--rights", "send-only", "--sender", "x@example.net", expect=1
    )
    reader = ("anna/reader", house.add("reader", "--rights", "read-only"))
    scanner = (
        "anna/scanner",
        house.add("scanner", "--rights", "send-only", "--sender", "scanner@example.net"),
    )
    imap = house.imap(*reader)
    status, data = imap.create("new")
    assert status == "NO" and b"NOPERM" in data[0]
    with pytest.raises(imaplib.IMAP4.readonly):
        imap.select("INBOX")
    assert "may only read" in refused(house.smtp, *reader)

    assert "may only send" in refused(house.imap, *scanner)
    assert "may only send" in refused(house.pop3, *scanner)
    smtp = house.smtp(*scanner)
    # Nobody answers at the provider: the message waits, from the fixed sender.
    letter = "From: Scanner 2 <root@localhost>\r\nSender: x@localhost\r\nSubject: scan\r\n\r\npage\r\n"
    smtp.sendmail("root@localhost", ["bert@example.net"], letter)
    smtp.quit()
    (waiting,) = house.account("anna")["outbox"]
    assert waiting["from"] == "scanner@example.net" and waiting["to"] == ["bert@example.net"]
    outbox = house.daemon.imap("anna", "Outbox")
    _, data = outbox.fetch("1", "(BODY[])")
    assert b'\r\nFrom: "Scanner 2" <scanner@example.net>\r\nSubject: scan\r\n\r\npage\r\n' in data[0][1]
    assert b"localhost" not in data[0][1].split(b"\r\n\r\n")[0]


# Runs on the other host: what the listener of a scanner says to this user without TLS.
PROBE = """
import smtplib, sys
host, port, user, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
smtp = smtplib.SMTP(host, port, timeout=20)
smtp.ehlo()
print(smtp.has_extn("auth"))
try:
    print(smtp.login(user, password)[0])
except smtplib.SMTPException as refusal:
    print(refusal)
"""


def test_a_scanner_logs_in_without_tls_only_where_it_is_named(postern):
    if not namespaces.available():
        return
    with namespaces.other_host() as (ours, _, there):
        house = House(postern)
        port = free_port()
        config = house.daemon.config
        config["listen"]["scanner"] = {"address": f"{ours}:{port}", "device": "anna/scanner"}
        config["listen"]["submission"] = [
            f"127.0.0.1:{house.submission_port}",
            f"{ours}:{house.submission_port}",
        ]
        config["accounts"]["anna"]["outgoing"] = [
            {
                "smtp": f"127.0.0.1:{free_port()}",
                "tls": "none",
                "username": "anna",
                "password": "x",
                "from": ["scanner@example.net"],
            }
        ]
        house.daemon.write_config()
        house.start()
        said = house.device(
            "add", "anna", "scanner", "--rights", "send-only", "--sender", "scanner@example.net"
        )
        assert f"{ours}, port {port}, no encryption" in said
        scanner = ("anna/scanner", SHOWN.search(said)[1])
        phone = ("anna/phone", house.add("phone"))

        def probe(to, login):
            result = processes.run([*there, "/usr/bin/python3", "-c", PROBE, ours, str(to), *login])
            assert result.returncode == 0, result.stderr + house.daemon.log()
            return result.stdout

        assert probe(port, scanner) == "True\n235\n"
        assert "538" in probe(port, phone) and "538" in probe(port, ("anna", PASSWORD))
        assert probe(house.submission_port, scanner).startswith("False\n")
