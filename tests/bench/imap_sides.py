"""The servers that hold the same messages in the benchmark of the IMAP face."""

import dataclasses

from stage import PASSWORD as UPSTREAM_PASSWORD
from support.postern import PASSWORD

LOOPBACK = "127.0.0.1"


@dataclasses.dataclass
class Side:
    name: str
    port: int
    tls_port: int
    password: str
    pid: int

    def ask(self, stage, before, measured, tls=False):
        """What a session of its own took for `measured`, sent at once after `before`."""
        return stage.measure(
            "imap-ask", self.tls_port if tls else self.port, self.password,
            "tls" if tls else "plain", *before, "--", *measured,
        )

    def append(self, stage, mailbox, files, count, clients=1, per_command=1):
        return stage.measure(
            "imap-append", self.port, self.password, mailbox, clients, count, per_command, *files
        )

    def crowd(self, stage, clients, commands):
        return stage.measure("imap-crowd", self.port, self.password, clients, *commands)


def of_postern(daemon):
    port = int(daemon.config["listen"]["imaps"].rsplit(":", 1)[1])
    return Side("postern", daemon.imap_port, port, PASSWORD, daemon.pid)


def of_dovecot(name, server):
    return Side(name, server.imap, server.imaps, UPSTREAM_PASSWORD, server.pid)


def sdbox(stage, files):
    """A Dovecot that keeps its mail in sdbox, with these messages."""
    server = stage.second_dovecot("sdbox", "mail_location = sdbox:~/sdbox")
    server.start()
    side = of_dovecot("sdbox", server)
    paths = sorted(files.iterdir())
    for begin in range(0, len(paths), 500):
        part = paths[begin : begin + 500]
        side.append(stage, "INBOX", part, len(part), per_command=100)
    return side
