"""Thunderbird on another host finds by itself what it needs: a person types a mail address and a
password."""

import socket

import pytest
from support import namespaces
from support.desks import letter
from support.postern import PASSWORD
from support.thunderbird import Screen, Thunderbird

LABEL = socket.gethostname().split(".")[0].lower()
DOMAIN = f"{LABEL}.local"


@pytest.fixture
def screen():
    one = Screen().start()
    yield one
    one.stop()


if namespaces.available():

    @pytest.fixture
    def elsewhere(folder, screen):
        """(our address, a Thunderbird on another host, which has a name for it)."""
        with namespaces.other_host() as (ours, _, there):
            hosts, resolver = folder / "hosts", folder / "resolv.conf"
            hosts.write_text(f"127.0.0.1 localhost\n{ours} {DOMAIN}\n")
            resolver.write_text("nameserver 127.0.0.1\n")
            prefix = namespaces.with_files(there, **{"hosts": hosts, "resolv.conf": resolver})
            one = Thunderbird(
                folder / "thunderbird", screen.display, prefix, **{"network.proxy.type": 0}
            )
            yield ours, one
            one.stop()

    def test_it_is_found_by_the_address(elsewhere, postern):
        ours, thunderbird = elsewhere
        thunderbird.start()
        daemon = postern({"anna": []}, start=False)
        daemon.config["listen"]["imaps"] = f"{ours}:993"
        daemon.config["listen"]["submissions"] = f"{ours}:465"
        daemon.write_config()
        daemon.start()
        daemon.imap("anna").append("INBOX", None, None, letter("welcome"))
        thunderbird.connect()
        thunderbird.trust(daemon.state / "ca.pem")
        thunderbird.run("openAccountHub('MAIL')")
        thunderbird.shows("return step()?.id == 'emailAutoConfigSubview'")
        thunderbird.run("type('#realName', 'Anna'); type('#email', args[0])", f"anna@{DOMAIN}")
        thunderbird.run("forward().click()")
        thunderbird.shows("return step()?.id == 'emailConfigFoundSubview'")
        assert "SSL/TLS" in thunderbird.run("return step().textContent")
        thunderbird.run("forward().click()")
        thunderbird.shows("return step()?.id == 'emailPasswordSubview'")
        thunderbird.run("type('#password', args[0])", PASSWORD)
        thunderbird.run("forward().click()")
        thunderbird.shows("return step()?.id == 'emailAddedSuccessSubview'")
        there = {"host": DOMAIN, "user": "anna", "tls": True, "starttls": False}
        assert thunderbird.run("return settings()") == {
            "imap": {**there, "port": 993},
            "smtp": {**there, "port": 465},
            "mail": f"anna@{DOMAIN}",
        }
        thunderbird.run("forward().click()")
        thunderbird.open("INBOX")
        thunderbird.row("welcome")
