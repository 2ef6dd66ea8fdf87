"""Service files for Avahi and systemd-resolved, from the configuration alone; and what another host
finds by them."""

import contextlib
import socket
import xml.etree.ElementTree as ElementTree

import pytest
from support import namespaces, processes
from support.avahi import Avahi
from support.postern import PASSWORD
from support.waiting import free_port

# Of the machine in the local network.
OWN_NAME = socket.gethostname().split(".")[0].lower()
LISTEN = {"imaps": "0.0.0.0:1993", "submissions": "[::]:1465", "imap": "127.0.0.1:1143"}


@pytest.fixture
def at_rest(postern):
    one = postern({"anna": []}, start=False)
    one.config["listen"] = dict(LISTEN)
    one.write_config()
    return one


def test_avahi(at_rest):
    result = at_rest.command("announce", "avahi")
    assert result.returncode == 0, result.stderr
    services = ElementTree.fromstring(result.stdout.encode()).findall("service")
    found = {service.findtext("type"): service.findtext("port") for service in services}
    assert found == {"_imaps._tcp": "1993", "_submissions._tcp": "1465"}


def test_resolved(at_rest, folder):
    result = at_rest.command("announce", "resolved", folder)
    assert result.returncode == 0, result.stderr
    assert sorted(file.name for file in folder.glob("*.dnssd")) == [
        "postern-imaps.dnssd",
        "postern-submissions.dnssd",
    ]
    assert "Type=_imaps._tcp\nPort=1993\n" in (folder / "postern-imaps.dnssd").read_text()


def test_what_cannot_be_done_is_said(at_rest, folder):
    result = at_rest.command("announce", "avahi", folder / "none")
    assert result.returncode == 1 and "cannot write" in result.stderr
    at_rest.config["listen"] = {"imap": "127.0.0.1:1143"}
    at_rest.write_config()
    result = at_rest.command("announce", "avahi")
    assert result.returncode == 1 and "nothing is listened on" in result.stderr


if namespaces.available():

    @pytest.fixture
    def two_hosts(folder):
        """(our address, Avahi here, Avahi on the other host, prefix of commands there)."""
        with contextlib.ExitStack() as stack:
            ours, theirs, there = stack.enter_context(namespaces.other_host())

            def avahi(name, address, prefix=()):
                one = Avahi(folder / name, name, address, prefix)
                stack.callback(one.stop)
                return one.start()

            yield ours, avahi(OWN_NAME, ours), avahi("elsewhere", theirs, there), there

    def test_another_host_finds_what_is_listened_on(postern, two_hosts):
        ours, here, elsewhere, there = two_hosts
        heard = {kind: elsewhere.browse(f"_{kind}._tcp") for kind in ("imaps", "submissions", "https")}
        ports = {kind: free_port() for kind in heard}
        daemon = postern({"anna": []}, start=False, tls={"certificate": "auto"})
        for listener, kind in (("imaps", "imaps"), ("submissions", "submissions"), ("web", "https")):
            daemon.config["listen"][listener] = f"{ours}:{ports[kind]}"
        daemon.write_config()
        daemon.start()
        result = daemon.command("announce", "avahi", here.services)
        assert result.returncode == 0, result.stderr

        found = {kind: browser.found() for kind, browser in heard.items()}
        assert found == {kind: (f"{OWN_NAME}.local", ours, port) for kind, port in ports.items()}

        def curl(url, *more):
            """From there, to what was found; the certificate has to be for the name."""
            host, address, port = found[url.partition(":")[0].replace("smtps", "submissions")]
            asked = [*there, "curl", "-sS", "--cacert", daemon.state / "ca.pem"]
            asked += ["--resolve", f"{host}:{port}:{address}", url.format(f"{host}:{port}"), *more]
            answer = processes.run(asked)
            assert answer.returncode == 0, answer.stderr + daemon.log()
            return answer.stdout

        login = ("--user", f"anna:{PASSWORD}")
        assert "INBOX" in curl("imaps://{}/", *login)
        curl("smtps://{}", "--request", "NOOP", *login)
        assert "ok" in curl("https://{}/healthz").lower()

        # What is taken back is gone at once, what moved is found where it is now.
        here.withdraw()
        for browser in heard.values():
            browser.gone()
        daemon.config["listen"]["imaps"] = f"{ours}:{free_port()}"
        del daemon.config["listen"]["submissions"]
        daemon.write_config()
        assert daemon.command("announce", "avahi", here.services).returncode == 0
        assert heard["imaps"].found() != found["imaps"]
        assert heard["https"].found() == found["https"]
        assert not heard["submissions"].more()
