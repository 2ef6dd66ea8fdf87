"""The records of `postern dns` in the zone of NSD of Debian, asked for as a mail program would."""

import socket

import pytest
from support import processes
from support.waiting import free_port, listens, wait_until

DOMAIN = "post.example"
# Of the machine in the local network.
OWN_NAME = socket.gethostname().split(".")[0].lower()
SETTINGS = """
server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  database: ""
  zonesdir: "{folder}"
  zonelistfile: "{folder}/zones"
  xfrdfile: "{folder}/xfrd"
  xfrdir: "{folder}"
  pidfile: "{folder}/pid"
  chroot: ""
  username: ""
remote-control:
  control-enable: no
zone:
  name: {domain}
  zonefile: zone
"""
# What stands in every zone.
START = """$ORIGIN {domain}.
@ 3600 IN SOA ns hostmaster 1 3600 600 86400 300
@ 3600 IN NS ns
ns 3600 IN A 127.0.0.1
"""


class NameServer:
    """NSD with one zone. Order: start(), service() as often as needed, stop()."""

    def __init__(self, folder, records):
        self.folder, self.port, self._process = folder, free_port(), None
        folder.mkdir()
        settings = SETTINGS.format(port=self.port, folder=folder, domain=DOMAIN)
        (folder / "nsd.conf").write_text(settings)
        (folder / "zone").write_text(START.format(domain=DOMAIN) + records)

    def start(self):
        checked = processes.run(["nsd-checkzone", DOMAIN, self.folder / "zone"])
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with open(self.folder / "log", "wb") as log:
            self._process = processes.start(
                ["nsd", "-d", "-c", self.folder / "nsd.conf"], stdout=log, stderr=log
            )
        wait_until(lambda: listens(self.port), lambda: (self.folder / "log").read_text())
        return self

    def service(self, kind):
        """The answers of SRV for a kind of service: (priority, weight, port, host) each."""
        query = ["dig", "@127.0.0.1", "-p", self.port, "+noall", "+answer", "+comments"]
        result = processes.run([*query, f"_{kind}._tcp.{DOMAIN}", "SRV"])
        assert result.returncode == 0 and "status: NOERROR" in result.stdout, result.stdout
        lines = [line.split() for line in result.stdout.splitlines() if line and line[0] != ";"]
        assert all(line[3] == "SRV" for line in lines)
        return [(int(line[4]), int(line[5]), int(line[6]), line[7]) for line in lines]

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(20)


@pytest.fixture
def zone_of(folder):
    """zone_of(records) gives a name server that knows them."""
    started = []

    def start(records):
        started.append(NameServer(folder / f"nsd{len(started)}", records))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def at_rest(postern):
    return postern({"anna": []}, start=False)


def records(daemon, listen, domain=DOMAIN):
    daemon.config["listen"] = {"imap": "127.0.0.1:1143", **listen}
    daemon.write_config()
    result = daemon.command("dns", domain)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_name_server_tells_where_to_go(at_rest, zone_of):
    server = zone_of(records(at_rest, {"imaps": "0.0.0.0:1993", "submission": "[::]:1587"}))
    ((priority, weight, port, host),) = server.service("imaps")
    assert (priority, port) == (0, 1993) and weight > 0
    assert host == OWN_NAME + ".local."
    assert [one[2:] for one in server.service("submission")] == [(1587, host)]
    # What is not offered is said so; the plain listener is for this machine alone.
    for kind in ("imap", "pop3", "pop3s", "submissions"):
        assert server.service(kind) == [(0, 0, 0, ".")], kind


def test_what_makes_no_record_is_said(at_rest):
    for domain in ("post.example\nevil IN A 192.0.2.1", "post example", "", "post.example;"):
        result = at_rest.command("dns", domain)
        assert result.returncode == 64 and "domain" in result.stderr, result.stderr
    result = at_rest.command("dns", DOMAIN)
    assert result.returncode == 1 and "nothing is listened on" in result.stderr
