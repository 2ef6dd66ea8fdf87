"""Another network: what could not be reached is polled as soon as there is a way to it."""

import os

import pytest
from support import namespaces, processes
from support.dovecot import PASSWORD
from support.postern import pop3_source, program
from support.waiting import wait_until

MESSAGES = [b"Subject: one\r\n\r\nfirst\r\n"]


def ip(*arguments):
    result = processes.run(["ip", *arguments])
    assert result.returncode == 0, result.stderr


class Island:
    """A host without a network, that connect() joins to this one."""

    def __init__(self):
        number = os.getpid() % 60000
        self.name, self._ours, self._theirs = f"pi{number}", f"pia{number}", f"pib{number}"
        self._net = f"10.{100 + number % 50}.{number // 50 % 250}"
        self.mainland = f"{self._net}.1"
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")

    def connect(self):
        ip("link", "add", self._ours, "type", "veth", "peer", "name", self._theirs, "netns", self.name)
        ip("addr", "add", f"{self.mainland}/24", "dev", self._ours)
        ip("link", "set", self._ours, "up")
        ip("-n", self.name, "link", "set", self._theirs, "up")
        ip("-n", self.name, "addr", "add", f"{self._net}.2/24", "dev", self._theirs)

    def close(self):
        processes.run(["ip", "link", "del", self._ours])
        processes.run(["ip", "netns", "del", self.name])


def test_the_network_is_watched(postern):
    daemon = postern({"anna": []})
    assert "cannot be watched" not in daemon.log() and "cannot be noticed" not in daemon.log()


if namespaces.available():

    @pytest.fixture
    def island():
        made = Island()
        yield made
        made.close()

    def test_a_new_network_is_polled_at_once(island, dovecot, postern):
        upstream = dovecot(extra="listen = *\n")
        upstream.add_user("anna", MESSAGES)
        source = pop3_source(
            upstream.pop3,
            "anna",
            PASSWORD,
            pop3=f"{island.mainland}:{upstream.pop3}",
            insecure=True,
        )
        daemon = postern({"anna": [source]}, start=False)
        prefix = ["ip", "netns", "exec", island.name]
        with open(daemon.log_file, "ab") as log:
            command = [*prefix, program(), "run", "--config", daemon.config_file]
            daemon.process = processes.start(command, stdout=log, stderr=log)
        daemon.pid = daemon.process.pid
        # Its port is on the island; its control socket is a file.
        wait_until(lambda: daemon.command("status").returncode == 0, daemon.log)
        daemon.wait_for_state("anna", "unreachable")
        island.connect()
        # By itself it would try again after a minute.
        daemon.wait_for_state("anna", "idle", seconds=25)
        assert "the network changed" in daemon.log()
