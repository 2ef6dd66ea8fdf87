"""Service files for Avahi and systemd-resolved, from the configuration alone."""

import xml.etree.ElementTree as ElementTree

import pytest

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
