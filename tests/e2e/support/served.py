"""An account with mail in it that mail programs log in to.

Usually Postern's, its mail pulled from Dovecot. With POSTERN_REFERENCE=1 in the environment Dovecot itself
answers the programs: so a test of a program can be proved against a server that is known to be
right.
"""

import contextlib
import imaplib
import os

import pytest

from . import dovecot as upstream
from . import postern as local
from .postern import pop3_source


class Served:
    """What a mail program needs to know, and a way to let new mail arrive."""

    def __init__(self, port, user, password, deliver):
        self.host, self.port, self.user, self.password = "127.0.0.1", port, user, password
        self._deliver = deliver
        self._connections = []

    def deliver(self, octets):
        """A new message arrives in INBOX; returns when it is there."""
        self._deliver(octets)

    def imap(self, mailbox=None):
        """A logged-in connection of imaplib, closed with the test."""
        connection = imaplib.IMAP4(self.host, self.port, timeout=60)
        self._connections.append(connection)
        connection.login(self.user, self.password)
        if mailbox:
            status, data = connection.select(mailbox)
            assert status == "OK", data
        return connection

    def close(self):
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown()


@pytest.fixture
def served(dovecot, postern):
    """served(messages) gives a Served whose INBOX holds them."""
    made = []

    def start(octets_of_each, **source):
        server = dovecot()
        server.add_user("anna", octets_of_each)
        if os.environ.get("POSTERN_REFERENCE"):
            one = Served(
                server.imap, "anna", upstream.PASSWORD, lambda o: server.add_mail("anna", [o])
            )
        else:
            daemon = postern(
                {
                    "anna": [
                        pop3_source(
                            server.pop3,
                            "anna",
                            upstream.PASSWORD,
                            keep_on_server="until-deleted",
                            **source
                        )
                    ]
                }
            )
            daemon.sync("anna")

            def deliver(octets):
                server.add_mail("anna", [octets])
                daemon.sync("anna")

            one = Served(daemon.imap_port, "anna", local.PASSWORD, deliver)
            one.postern, one.dovecot = daemon, server
        made.append(one)
        return one

    yield start
    for one in made:
        one.close()
