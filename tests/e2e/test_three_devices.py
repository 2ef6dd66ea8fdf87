"""Three devices on two hosts have one mailbox between them: what one does, the others see while they
wait in IDLE."""

import imaplib
import smtplib
import ssl

import pytest
from support import imap as ask
from support import namespaces, sending
from support.idle import Idler
from support.scripted_smtp import ScriptedSmtp
from support.waiting import free_port
from test_devices import SHOWN

LETTER = b"Subject: news\r\nMessage-ID: <news@example.org>\r\n\r\nA line.\r\n"


class House:
    """A daemon that both hosts reach, at our address between them, over TLS with its own authority."""

    def __init__(self, postern, ours, provider_port):
        self.host, self.imaps, self.submissions = ours, free_port(), free_port()
        self.daemon = postern({"anna": []}, start=False, tls={"certificate": "auto"})
        config = self.daemon.config
        config["listen"]["imaps"] = f"{ours}:{self.imaps}"
        config["listen"]["submissions"] = f"{ours}:{self.submissions}"
        config["accounts"]["anna"]["outgoing"] = [
            {
                "smtp": f"127.0.0.1:{provider_port}",
                "tls": "none",
                "username": "anna",
                "password": "x",
                "from": [sending.ANNA],
            }
        ]
        self.daemon.write_config()
        self.daemon.start()
        self.trust = ssl.create_default_context(cafile=str(self.daemon.state / "ca.pem"))

    def login(self, name):
        said = self.daemon.command("device", "add", "anna", name)
        assert said.returncode == 0, said.stderr
        return f"anna/{name}", SHOWN.search(said.stdout)[1]

    def imap(self, login):
        connection = imaplib.IMAP4_SSL(self.host, self.imaps, ssl_context=self.trust, timeout=30)
        connection.login(*login)
        ask.ok(connection.select("INBOX"))
        return connection

    def send(self, login, letter):
        with smtplib.SMTP_SSL(self.host, self.submissions, context=self.trust, timeout=30) as smtp:
            smtp.login(*login)
            smtp.sendmail(sending.ANNA, [sending.BERT], letter)


@pytest.fixture
def provider():
    server = ScriptedSmtp()
    yield server
    server.stop()


def test_what_one_does_the_others_see(postern, provider):
    if not namespaces.available():
        return
    with namespaces.other_host() as (ours, _, prefix):
        house = House(postern, ours, provider.port)
        laptop = house.imap(house.login("laptop"))
        phone_login = house.login("phone")
        tablet_login = house.login("tablet")
        with namespaces.sockets_on(prefix):
            phone, tablet = house.imap(phone_login), house.imap(tablet_login)

        with Idler(phone) as hears, Idler(tablet) as hears_too:
            ask.ok(laptop.append("INBOX", None, None, LETTER))
            hears.wait_for(b"* 1 EXISTS")
            hears_too.wait_for(b"* 1 EXISTS")
        with Idler(laptop) as hears, Idler(tablet) as hears_too:
            ask.ok(phone.store("1", "+FLAGS", "(\\Flagged)"))
            for one in (hears, hears_too):
                line, _ = one.wait_for(b"* 1 FETCH")
                assert b"\\Flagged" in line
        with Idler(laptop) as hears, Idler(phone) as hears_too:
            ask.ok(tablet.store("1", "+FLAGS.SILENT", "(\\Deleted)"))
            ask.ok(tablet.expunge())
            hears.wait_for(b"* 1 EXPUNGE")
            hears_too.wait_for(b"* 1 EXPUNGE")

        for device in (laptop, tablet):
            ask.ok(device.select("Sent"))
        with Idler(laptop) as hears, Idler(tablet) as hears_too:
            with namespaces.sockets_on(prefix):
                house.send(phone_login, LETTER)
            hears.wait_for(b"* 1 EXISTS")
            hears_too.wait_for(b"* 1 EXISTS")
        assert list(ask.digests(laptop, "Sent").values()) == list(ask.digests(phone, "Sent").values())
