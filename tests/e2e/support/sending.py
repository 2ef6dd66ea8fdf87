"""What tests of sending stand on: a provider made of Postfix and Dovecot, an account of Postern
that sends through it, and the mail programs that hand in messages."""

import json
import pathlib
import re
import smtplib
import ssl

from . import imap as ask
from . import npm, processes
from .dovecot import Dovecot
from .dovecot import PASSWORD as UPSTREAM_PASSWORD
from .postern import PASSWORD, pop3_source
from .postfix import DOMAIN, Postfix, dovecot_services
from .waiting import free_port, wait_until

ANNA = f"anna@{DOMAIN}"
BERT = f"bert@{DOMAIN}"
CARL = f"carl@{DOMAIN}"


class Provider:
    """Postfix in front of Dovecot, with the users anna, bert and carl."""

    def __init__(self, folder, certificate):
        folder = pathlib.Path(folder)
        self.lmtp = free_port()
        user = processes.unprivileged_user()
        self.dovecot = Dovecot(
            folder / "d", certificate, extra=dovecot_services(folder / "d", self.lmtp, user)
        )
        users = ("anna", "bert", "carl")
        for name in users:
            self.dovecot.add_user(name)
        self.postfix = Postfix(folder / "x", certificate, folder / "d" / "sasl", self.lmtp, users)

    def start(self):
        self.dovecot.start()
        self.postfix.start()
        return self

    def stop(self):
        self.postfix.stop()
        self.dovecot.stop()

    def held(self, user):
        """The messages of a maildrop, lines ending with CRLF as they went over the wire."""
        box = self.dovecot.folder / "mail" / user
        files = [file for part in ("new", "cur") for file in sorted((box / part).iterdir())]
        return [re.sub(rb"\r?\n", b"\r\n", file.read_bytes()) for file in files]

    def with_id(self, user, message_id):
        """Those with this Message-ID."""
        line = f"message-id: <{message_id}>\r\n".encode()
        return [octets for octets in self.held(user) if line in octets.lower()]

    def arrived(self, user, message_id):
        """The one message with this Message-ID, once it is there."""
        found = wait_until(
            lambda: self.with_id(user, message_id),
            lambda: f"{message_id} for {user}\n{self.postfix.log()}",
            30,
        )
        assert len(found) == 1
        return found[0]


def outgoing(port, ca, tls="starttls", **more):
    """An outgoing server of anna's; `more` overrides any key."""
    return {
        "smtp": f"127.0.0.1:{port}",
        "tls": tls,
        "ca": ca,
        "username": "anna",
        "password": UPSTREAM_PASSWORD,
        "from": [ANNA],
        **more,
    }


class Sending:
    """A Postern whose account `anna` sends through these servers."""

    def __init__(self, postern, certificate, *servers, sources=()):
        self.submission, self.submissions = free_port(), free_port()
        self.daemon = postern({"anna": list(sources)}, start=False)
        config = self.daemon.config
        config["listen"]["submission"] = f"127.0.0.1:{self.submission}"
        config["listen"]["submissions"] = f"127.0.0.1:{self.submissions}"
        config["tls"] = {"certificate": certificate[0], "key": certificate[1]}
        config["accounts"]["anna"]["outgoing"] = list(servers)
        self.daemon.write_config()
        self.daemon.start()

    def smtp(self, password=PASSWORD):
        """A logged-in connection of smtplib, on loopback without TLS."""
        connection = smtplib.SMTP("127.0.0.1", self.submission, "program.example", timeout=60)
        connection.login("anna", password)
        return connection

    def count(self, mailbox):
        """How many messages; of a mailbox that is not there, too: Outbox is made when it is
        needed."""
        connection = self.daemon.imap("anna")
        known, data = connection.status(mailbox, "(MESSAGES)")
        connection.logout()
        if known == "NO":
            assert b"NONEXISTENT" in data[0]
            return 0
        return int(re.search(rb"MESSAGES (\d+)", data[0]).group(1))

    def messages(self, mailbox):
        """UID -> octets."""
        connection = self.daemon.imap("anna", mailbox)
        found = ask.bodies(connection)
        connection.logout()
        return found

    def flags(self, mailbox):
        connection = self.daemon.imap("anna", mailbox)
        found = ask.flags(connection)
        connection.logout()
        return found

    def wait_for(self, mailbox, count, seconds=20):
        """Until the mailbox holds so many; its messages."""
        wait_until(
            lambda: self.count(mailbox) == count,
            lambda: f"{count} in {mailbox}, not {self.count(mailbox)}\n{self.daemon.log()}",
            seconds,
            0.1,
        )
        return self.messages(mailbox)


def pulled(provider, user="anna"):
    """The source of an account that reads this maildrop."""
    return pop3_source(provider.dovecot.pop3, user, UPSTREAM_PASSWORD)


def message(number, to=BERT, header="", body="Hello\r\n"):
    """The octets of a message of anna's with the Message-ID number@program.example."""
    text = (
        f"From: Anna <{ANNA}>\r\nTo: {to}\r\nSubject: number {number}\r\n"
        f"Date: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{number}@program.example>\r\n"
        f"{header}\r\n{body}"
    )
    return text.encode()


class Outcome:
    """How a program ended: `sent`, and all that it said."""

    def __init__(self, sent, said):
        self.sent, self.said = sent, said


class Program:
    """A mail program that hands in the octets of a message. `port` is that of submission or, with
    `implicit`, of submissions; the server's certificate is of `ca`."""

    def __init__(self, folder, ca):
        self.folder, self.ca = pathlib.Path(folder), ca

    def send(self, octets, port, implicit, recipients, sender=ANNA, password=PASSWORD):
        file = self.folder / "message.eml"
        file.write_bytes(octets)
        return self.run(file, port, implicit, recipients, sender, password)

    def _outcome(self, command, **options):
        result = processes.run(command, text=False, **options)
        return Outcome(result.returncode == 0, (result.stdout + result.stderr).decode())


class Curl(Program):
    def run(self, file, port, implicit, recipients, sender, password):
        scheme = "smtps" if implicit else "smtp"
        to = [part for address in recipients for part in ("--mail-rcpt", address)]
        return self._outcome(
            [
                *("curl", "-sS", "-v", "--ssl-reqd", "--cacert", self.ca),
                *("--user", f"anna:{password}", "--mail-from", sender, *to, "--upload-file", file),
                f"{scheme}://127.0.0.1:{port}/program.example",
            ]
        )


class Smtplib(Program):
    def run(self, file, port, implicit, recipients, sender, password):
        context = ssl.create_default_context(cafile=str(self.ca))
        try:
            if implicit:
                connection = smtplib.SMTP_SSL("127.0.0.1", port, context=context, timeout=60)
            else:
                connection = smtplib.SMTP("127.0.0.1", port, timeout=60)
                connection.starttls(context=context)
            with connection:
                connection.login("anna", password)
                refused = connection.sendmail(sender, recipients, file.read_bytes())
        except smtplib.SMTPException as failure:
            return Outcome(False, str(failure))
        return Outcome(True, str(refused))


class Swaks(Program):
    def run(self, file, port, implicit, recipients, sender, password):
        # It ends the last line by itself.
        file.write_bytes(file.read_bytes().removesuffix(b"\r\n"))
        return self._outcome(
            [
                *("swaks", "--server", "127.0.0.1", "--port", port, "--ehlo", "program.example"),
                *("--tls-on-connect" if implicit else "--tls", "--tls-verify"),
                *("--tls-ca-path", self.ca, "--auth", "LOGIN", "--auth-user", "anna"),
                *("--auth-password", password, "--from", sender, "--to", ",".join(recipients)),
                *("--data", f"@{file}"),
            ]
        )


class Msmtp(Program):
    def run(self, file, port, implicit, recipients, sender, password):
        config = self.folder / "msmtprc"
        config.write_text(
            f"account default\nhost 127.0.0.1\nport {port}\ndomain program.example\ntls on\n"
            f"tls_starttls {'off' if implicit else 'on'}\ntls_trust_file {self.ca}\nauth plain\n"
            f'user anna\npassword "{password}"\nfrom {sender}\nremove_bcc_headers off\n'
        )
        config.chmod(0o600)
        command = ["msmtp", "-C", config, "-f", sender, "--", *recipients]
        return self._outcome(command, input=file.read_bytes())


class Nodemailer(Program):
    def run(self, file, port, implicit, recipients, sender, password):
        folder = npm.installed("nodemailer", "send.mjs")
        secure = "yes" if implicit else "no"
        result = processes.run(
            [
                *("node", "send.mjs", "127.0.0.1", port, secure, "anna", password),
                *(self.ca, file, sender, *recipients),
            ],
            cwd=folder,
        )
        assert result.stdout, result.stderr
        return Outcome(result.returncode == 0, json.loads(result.stdout)["response"])


PROGRAMS = {
    "curl": Curl,
    "smtplib": Smtplib,
    "swaks": Swaks,
    "msmtp": Msmtp,
    "nodemailer": Nodemailer,
}
