"""Devices that log in with a certificate instead of a password (SASL EXTERNAL), from `postern device
add --certificate` to its renewal and its end."""

import imaplib
import json
import os
import poplib
import re
import shutil
import smtplib
import socket
import ssl
import stat

import pytest
from support import namespaces, processes
from support.waiting import free_port

PHRASE = re.compile(r"^  Pass phrase +([0-9a-z]{4}(?:-[0-9a-z]{4}){3})$", re.MULTILINE)


def openssl(*arguments, ok=True, **options):
    result = processes.run(["openssl", *arguments], **options)
    assert (result.returncode == 0) == ok, f"{arguments}\n{result.stdout}{result.stderr}"
    return result.stdout + result.stderr


def outgoing(*senders):
    """A server that nobody answers at: what is sent waits."""
    return [
        {
            "smtp": f"127.0.0.1:{free_port()}",
            "tls": "none",
            "username": "anna",
            "password": "x",
            "from": list(senders),
        }
    ]


class House:
    """A daemon with all faces, `certificate: auto`, and a folder for what devices get."""

    def __init__(self, postern, folder):
        self.things = folder / "things"
        self.things.mkdir()
        self.imaps, self.submissions, self.pop3 = free_port(), free_port(), free_port()
        self.daemon = postern({"anna": [], "bert": []}, start=False)
        self.daemon.config["listen"] |= {
            "imaps": f"127.0.0.1:{self.imaps}",
            "submissions": f"127.0.0.1:{self.submissions}",
            "pop3": f"127.0.0.1:{self.pop3}",
        }
        self.daemon.config["accounts"]["anna"]["outgoing"] = outgoing(
            "anna@example.net", "scanner@example.net"
        )
        self.daemon.write_config()

    def device(self, *arguments, expect=0):
        result = self.daemon.command("device", *arguments)
        assert result.returncode == expect, result.stdout + result.stderr + self.daemon.log()
        return result.stdout + result.stderr

    def make(self, name, *arguments, command="add"):
        """A certificate in PEM files, moved to where the device has them."""
        kind = ["--certificate"] if command == "add" else []
        said = self.device(
            command, "anna", name, *arguments, *kind, "--pem", "--folder", self.things
        )
        assert str(self.things / f"anna-{name}.pem") in said
        there = self.things / f"{name}-{len(os.listdir(self.things))}"
        there.mkdir()
        files = [there / f"{name}{end}" for end in (".pem", ".key")]
        for file in files:
            made = self.things / f"anna-{file.name}"
            assert stat.S_IMODE(made.stat().st_mode) == 0o600
            shutil.move(made, file)
        return files

    def devices(self):
        (one,) = json.loads(self.device("list", "anna", "--json"))["accounts"]
        return {device["name"]: device for device in one["devices"]}

    def tls(self, files=None):
        context = ssl.create_default_context(cafile=self.daemon.state / "ca.pem")
        if files:
            context.load_cert_chain(*files)
        return context

    def imap(self, files, user=b""):
        connection = imaplib.IMAP4_SSL(
            "localhost", self.imaps, ssl_context=self.tls(files), timeout=30
        )
        connection.authenticate("EXTERNAL", lambda _: user)
        return connection

    def offers(self, files):
        connection = imaplib.IMAP4_SSL(
            "localhost", self.imaps, ssl_context=self.tls(files), timeout=30
        )
        offered = "AUTH=EXTERNAL" in connection.capabilities
        connection.logout()
        return offered

    def smtp(self, files):
        connection = smtplib.SMTP_SSL(
            "localhost", self.submissions, context=self.tls(files), timeout=30
        )
        connection.ehlo()
        return connection, connection.docmd("AUTH", "EXTERNAL =")

    def pop(self, files):
        connection = poplib.POP3("localhost", self.pop3, timeout=30)
        connection.stls(self.tls(files))
        return connection, connection._shortcmd


@pytest.fixture
def house(postern, folder):
    one = House(postern, folder)
    one.daemon.start()
    return one


def refused(house, files, user=b""):
    with pytest.raises(imaplib.IMAP4.error) as failure:
        house.imap(files, user)
    return str(failure.value)


def test_a_certificate_logs_in_everywhere(house):
    assert not house.offers(None)
    files = house.make("phone")
    authority = house.daemon.state / "ca.pem"
    openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", authority, files[0])
    openssl("verify", "-purpose", "sslserver", "-CAfile", authority, files[0], ok=False)
    assert house.offers(files) and not house.offers(None)
    for user in (b"", b"anna", b"anna/phone"):
        imap = house.imap(files, user)
        assert imap.select("INBOX")[0] == "OK"
        imap.logout()
    for user in (b"bert", b"anna/laptop", b"phone"):
        assert "AUTHENTICATIONFAILED" in refused(house, files, user)
    smtp, answer = house.smtp(files)
    assert answer[0] == 235
    smtp.sendmail("anna@example.net", ["bert@example.net"], "Subject: one\r\n\r\ntext\r\n")
    smtp.quit()
    pop, say = house.pop(files)
    assert "EXTERNAL" in pop.capa()["SASL"]
    assert say("AUTH EXTERNAL =").startswith(b"+OK")
    pop.quit()
    seen = house.devices()["phone"]
    assert seen["login"] == "certificate" and seen["last_use"]["address"] == "127.0.0.1"
    assert seen["certificate"]["fingerprint"].startswith("SHA256:")
    assert re.search(r"phone \(full, certificate until 20\d\d-\d\d-\d\d\)", house.device("list"))
    # No password fits it.
    other = imaplib.IMAP4_SSL("localhost", house.imaps, ssl_context=house.tls(files), timeout=30)
    with pytest.raises(imaplib.IMAP4.error):
        other.login("anna/phone", "")


def test_the_file_for_a_phone_is_opened_by_its_pass_phrase(house):
    said = house.device("add", "anna", "phone", "--certificate", "--folder", house.things)
    phrase = PHRASE.search(said)[1]
    file = house.things / "anna-phone.p12"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "TLS certificate" in said and "link" not in said
    openssl("pkcs12", "-in", file, "-passin", "pass:wrong", "-nokeys", ok=False)
    pem, key = house.things / "x.pem", house.things / "x.key"
    openssl("pkcs12", "-in", file, "-passin", f"pass:{phrase}", "-nokeys", "-clcerts", "-out", pem)
    openssl("pkcs12", "-in", file, "-passin", f"pass:{phrase}", "-nocerts", "-nodes", "-out", key)
    house.imap((pem, key)).logout()
    for kept in [house.daemon.log_file, *house.daemon.state.rglob("*")]:
        if kept.is_file():
            octets = kept.read_bytes()
            assert phrase.encode() not in octets, kept
            body = b"".join(key.read_bytes().split(b"-----")[2].split())
            assert body not in b"".join(octets.split()), kept


def test_rights_hold(house):
    reader = house.make("reader", "--rights", "read-only")
    scanner = house.make(
        "scanner", "--rights", "send-only", "--sender", "scanner@example.net"
    )
    house.daemon.imap("anna").append("INBOX", None, None, b"Subject: one\r\n\r\n")
    imap = house.imap(reader)
    with pytest.raises(imaplib.IMAP4.readonly):
        imap.select("INBOX")
    imap.select("INBOX", readonly=True)
    status, data = imap.store("1:*", "+FLAGS", "(\\Seen)")
    assert status == "NO", data
    assert house.smtp(reader)[1][0] == 535
    assert "NOPERM" in refused(house, scanner)
    smtp, answer = house.smtp(scanner)
    assert answer[0] == 235
    smtp.sendmail("root@localhost", ["bert@example.net"], "From: x@localhost\r\n\r\npage\r\n")
    (anna,) = [one for one in house.daemon.status()["accounts"] if one["name"] == "anna"]
    (waiting,) = anna["outbox"]
    assert waiting["from"] == "scanner@example.net"


def test_a_revoked_or_renewed_certificate_is_over_at_once(house):
    files = house.make("phone")
    imap = house.imap(files)
    smtp, _ = house.smtp(files)
    other = house.imap(house.make("laptop"))
    again = house.make("phone", command="renew")
    for connection in (imap.noop, smtp.noop):
        with pytest.raises((imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected, OSError)):
            connection()
            connection()
    assert "AUTHENTICATIONFAILED" in refused(house, files)
    imap = house.imap(again)
    assert other.noop()[0] == "OK"
    # A client that comes back with what it agreed on before has proven nothing.
    context = house.tls(again)
    known = imaplib.IMAP4_SSL("localhost", house.imaps, ssl_context=context, timeout=30)
    session = known.sock.session
    house.device("revoke", "anna", "phone")
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imap.noop()
        imap.noop()
    with pytest.raises(imaplib.IMAP4.error):
        known.authenticate("EXTERNAL", lambda _: b"")
    plain = socket.create_connection(("localhost", house.imaps), 30)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as back:
        assert not back.session_reused and b"AUTH=EXTERNAL" not in back.recv(4096)
    assert "AUTHENTICATIONFAILED" in refused(house, again)
    assert list(house.devices()) == ["laptop"]


def own_certificate(folder, name, *dates):
    """Signed by itself, as nobody here vouches for; (certificate, key)."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl(
        *["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        *["-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *dates],
    )
    return certificate, key


def fingerprint(certificate):
    said = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    return "SHA256:" + said.strip().split("=")[1]


def test_a_certificate_from_elsewhere_is_known_by_its_fingerprint(house):
    mine = own_certificate(house.things, "mine")
    stranger = own_certificate(house.things, "stranger")
    said = house.device("add", "anna", "card", "--fingerprint", fingerprint(mine[0]))
    assert "SHA256:" in said and "Pass phrase" not in said
    assert house.devices()["card"]["certificate"]["until"] is None
    assert "card (full, own certificate)" in house.device("list")
    house.imap(mine).logout()
    assert not house.offers(stranger) and "AUTHENTICATIONFAILED" in refused(house, stranger)
    for account in ("anna", "bert"):
        again = house.device(
            "add", account, "other", "--fingerprint", fingerprint(mine[0]).lower(), expect=1
        )
        assert "card of anna logs in with that certificate" in again
    house.device("renew", "anna", "card", "--fingerprint", fingerprint(stranger[0]))
    house.imap(stranger).logout()
    assert "AUTHENTICATIONFAILED" in refused(house, mine)


def test_an_expired_certificate_does_not_log_in(house, folder):
    # One that this machine's clock has passed by.
    request, key, certificate = (house.things / f"old.{end}" for end in ("csr", "key", "pem"))
    openssl(
        *["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        *["-subj", "/CN=old", "-keyout", key, "-out", request],
    )
    openssl(*["x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", certificate])
    house.device("add", "anna", "old", "--fingerprint", fingerprint(certificate))
    assert not house.offers((certificate, key))
    assert "AUTHENTICATIONFAILED" in refused(house, (certificate, key))
    assert "the certificate of anna/old is valid from" in house.daemon.log()


def test_without_a_daemon_and_over_a_restart(postern, folder):
    house = House(postern, folder)
    files = house.make("phone")
    mine = own_certificate(house.things, "mine")
    house.device("add", "bert", "card", "--fingerprint", fingerprint(mine[0]))
    said = house.device("add", "anna", "card", "--fingerprint", fingerprint(mine[0]), expect=1)
    assert "card of bert logs in with that certificate" in said
    house.daemon.start()
    house.imap(files).logout()
    house.daemon.stop()
    again = house.make("phone", command="renew")
    house.daemon.start()
    house.imap(again).logout()
    assert "AUTHENTICATIONFAILED" in refused(house, files)


NONSENSE = {
    "both": ["add", "anna", "x", "--certificate", "--fingerprint", "SHA256:" + 64 * "a"],
    "no fingerprint": ["add", "anna", "x", "--fingerprint", ""],
    "a short one": ["add", "anna", "x", "--fingerprint", "SHA256:abc"],
    "another hash": ["add", "anna", "x", "--fingerprint", "SHA1:" + 40 * "a"],
    "no digits": ["add", "anna", "x", "--fingerprint", "SHA256:" + 64 * "g"],
    "files of a password": ["add", "anna", "x", "--pem"],
    "a folder for a password": ["add", "anna", "x", "--folder", "."],
    "files of one made elsewhere": ["renew", "anna", "x", "--fingerprint", "SHA256:" + 64 * "a", "--pem"],
    "no such folder": ["add", "anna", "x", "--certificate", "--folder", "/nowhere"],
    "at revoke": ["revoke", "anna", "x", "--certificate"],
    "at list": ["list", "anna", "--fingerprint", "SHA256:" + 64 * "a"],
    "renew without a name": ["renew", "anna"],
}


@pytest.mark.parametrize("what", NONSENSE)
def test_what_contradicts_itself_is_misuse(house, what):
    said = house.device(*NONSENSE[what], expect=64)
    assert len(said.strip()) > 10 and "terminate" not in said
    assert house.devices() == {}


def test_what_cannot_be_done_makes_nothing(house):
    (house.things / "anna-phone.p12").write_text("mine")
    said = house.device("add", "anna", "phone", "--certificate", "--folder", house.things, expect=1)
    assert "is there already" in said and house.devices() == {}
    assert "no device" in house.device("renew", "anna", "tablet", "--folder", house.things, expect=1)
    house.device("add", "anna", "tablet")
    said = house.device("renew", "anna", "tablet", "--folder", house.things, expect=1)
    assert "has a password" in said
    assert os.listdir(house.things) == ["anna-phone.p12"]
    assert "cannot name" in house.device("renew", "anna", "../x", expect=1)


def asks(host, port):
    said = openssl("s_client", "-connect", f"{host}:{port}", "-tls1_2", input="")
    return "Requested Signature Algorithms" in said


def test_only_faces_that_log_in_with_one_ask_for_it(postern, folder):
    if not namespaces.available():
        return
    with namespaces.other_host() as (ours, _, _there):
        house = House(postern, folder)
        web = free_port()
        house.daemon.config["listen"]["web"] = f"{ours}:{web}"
        house.daemon.write_config()
        house.daemon.start()
        assert not asks("127.0.0.1", house.imaps)
        house.make("phone")
        assert asks("127.0.0.1", house.imaps) and asks("127.0.0.1", house.submissions)
        assert not asks(ours, web)
