"""Thunderbirds of one account: a provider, a Postern before it, and each Thunderbird a device of its own
that speaks TLS and trusts the own authority of that Postern."""

import re

from . import imap as ask
from . import sending
from .dovecot import PASSWORD as UPSTREAM_PASSWORD
from .postern import Postern, pop3_source
from .sending import ANNA, BERT
from .thunderbird import Screen, Thunderbird
from .waiting import free_port, wait_until

PASSWORD_SHOWN = re.compile(r"^  Password +(\S+)$", re.MULTILINE)


def letter(subject, body="Hello\r\n", more=""):
    """The octets of a message of bert's to anna; `more` are further fields."""
    name = re.sub(r"\W", ".", subject)
    return (
        f"From: Bert <{BERT}>\r\nTo: {ANNA}\r\nSubject: {subject}\r\n"
        f"Date: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{name}@post.example>\r\n"
        f"{more}\r\n{body}"
    ).encode()


class Desks:
    """Order: start(), ..., stop(). All Thunderbirds show INBOX with these letters then."""

    def __init__(self, shelf, certificate, ca, names, letters):
        self._names, self._shelf, self._letters = names, shelf, letters
        self.provider = sending.Provider(shelf / "provider", certificate)
        self.imaps, self.submissions = free_port(), free_port()
        source = pop3_source(
            self.provider.dovecot.pop3, "anna", UPSTREAM_PASSWORD, keep_on_server="until-deleted"
        )
        self.daemon = Postern(shelf / "postern", {"anna": [source]})
        config = self.daemon.config
        config["listen"]["imaps"] = f"127.0.0.1:{self.imaps}"
        config["listen"]["submissions"] = f"127.0.0.1:{self.submissions}"
        config["accounts"]["anna"]["outgoing"] = [
            sending.outgoing(self.provider.postfix.submission, ca)
        ]
        self.daemon.write_config()
        self.screen, self.desks = Screen(), []

    def start(self):
        self.screen.start()
        for name in self._names:
            self.desks.append(Thunderbird(self._shelf / name, self.screen.display).start())
        self.provider.start()
        self.provider.dovecot.add_mail("anna", self._letters)
        self.daemon.start()
        self.daemon.sync("anna")
        for name, desk in zip(self._names, self.desks):
            said = self.daemon.command("device", "add", "anna", name).stdout
            desk.connect()
            desk.trust(self.daemon.state / "ca.pem")
            desk.add_account(
                f"anna/{name}",
                PASSWORD_SHOWN.search(said)[1],
                ANNA,
                self.imaps,
                self.submissions,
            )
        for desk in self.desks:
            desk.shows("return rows().length == args[0]", len(self._letters))
        return self

    def stop(self):
        for desk in self.desks:
            desk.stop()
        self.screen.stop()
        self.daemon.stop()
        self.provider.stop()

    def settle(self):
        """Until every Thunderbird waits for news of INBOX, and does nothing else."""
        for desk in self.desks:
            wait_until(desk.idles, desk.log, 30, 0.05)

    def arrived(self, user, subject):
        """The messages with this subject in a maildrop, once there are any."""
        line = f"\r\nSubject: {subject}\r\n".encode()
        return wait_until(
            lambda: [octets for octets in self.provider.held(user) if line in octets],
            lambda: f"{subject} for {user}\n{self.provider.postfix.log()}",
            30,
        )

    def count(self, mailbox, subject):
        """How many messages with this subject a mailbox holds."""
        connection = self.daemon.imap("anna", mailbox)
        found = ask.uids(connection, "SUBJECT", f'"{subject}"')
        connection.logout()
        return len(found)

    def refused(self):
        """Answers of NO and BAD that a Thunderbird got."""
        return [line for desk in self.desks for line in desk.heard() if desk.REFUSAL.search(line)]
