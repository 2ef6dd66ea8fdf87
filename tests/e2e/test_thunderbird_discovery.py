"""Thunderbird on another host finds by itself what it needs: a person types a mail address and a
password into its own set-up."""

import contextlib
import http.server
import socket
import threading
import urllib.parse

import pytest
from support import namespaces, processes
from support.desks import PASSWORD_SHOWN, letter
from support.postern import PASSWORD, program
from support.thunderbird import Screen, Thunderbird

# Of the machine in the local network.
OWN_NAME = socket.gethostname().split(".")[0].lower() + ".local"


@pytest.fixture(scope="module")
def screen():
    one = Screen().start()
    yield one
    one.stop()


@contextlib.contextmanager
def place_of_settings(address, text):
    """Gives what it was asked for at http://ADDRESS; it has this text at /mail/config-v1.1.xml."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(urllib.parse.urlsplit(self.path))
            known = asked[-1].path == "/mail/config-v1.1.xml"
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(text.encode() if known else b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((address, 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


def set_up(thunderbird, mail, password):
    """Goes through the set-up as a person would, who agrees to what it finds."""
    thunderbird.run("openAccountHub('MAIL')")
    thunderbird.shows("return step()?.id == 'emailAutoConfigSubview'")
    thunderbird.run("type('#realName', 'Anna'); type('#email', args[0])", mail)
    thunderbird.run("forward().click()")
    thunderbird.shows("return step()?.id == 'emailConfigFoundSubview'")
    assert "SSL/TLS" in thunderbird.run("return step().textContent")
    thunderbird.run("forward().click()")
    thunderbird.shows("return step()?.id == 'emailPasswordSubview'")
    thunderbird.run("type('#password', args[0])", password)
    thunderbird.run("forward().click()")
    thunderbird.shows("return step()?.id == 'emailAddedSuccessSubview'")
    thunderbird.run("forward().click()")
    thunderbird.open("INBOX")


if namespaces.available():

    @pytest.fixture
    def elsewhere(folder, screen):
        """elsewhere(name, ...) gives our address and a Thunderbird on another host, which knows it by
        these names."""
        with contextlib.ExitStack() as stack:

            def start(*names):
                ours, _, there = stack.enter_context(namespaces.other_host())
                hosts, resolver = folder / "hosts", folder / "resolv.conf"
                hosts.write_text(f"127.0.0.1 localhost\n{ours} {' '.join(names)}\n")
                resolver.write_text("nameserver 127.0.0.1\n")
                prefix = namespaces.with_files(there, **{"hosts": hosts, "resolv.conf": resolver})
                one = Thunderbird(
                    folder / "thunderbird", screen.display, prefix, **{"network.proxy.type": 0}
                )
                stack.callback(one.stop)
                return ours, one.start()

            yield start

    def serve(postern, listen, **settings):
        """A Postern with these listeners and a message in INBOX."""
        daemon = postern({"anna": []}, start=False, **settings)
        daemon.config["listen"].update(listen)
        daemon.write_config()
        daemon.start()
        daemon.imap("anna").append("INBOX", None, None, letter("welcome"))
        return daemon

    def test_servers_where_it_looks(elsewhere, postern):
        ours, thunderbird = elsewhere(OWN_NAME)
        daemon = serve(postern, {"imaps": f"{ours}:993", "submissions": f"{ours}:465"})
        thunderbird.connect().trust(daemon.state / "ca.pem")
        set_up(thunderbird, f"anna@{OWN_NAME}", PASSWORD)
        there = {"host": OWN_NAME, "user": "anna", "tls": True, "starttls": False}
        assert thunderbird.run("return settings()") == {
            "imap": {**there, "port": 993},
            "smtp": {**there, "port": 465},
            "mail": f"anna@{OWN_NAME}",
        }
        thunderbird.row("welcome")

    def test_what_the_page_tells(elsewhere, postern, authority):
        ours, thunderbird = elsewhere("attic7.local")
        certificate, key = authority.leaf("attic7", ["DNS:attic7.local"])
        serve(
            postern,
            {"imaps": f"{ours}:1993", "submission": f"{ours}:1587", "web": f"{ours}:443"},
            tls={"certificate": certificate, "key": key},
        )
        thunderbird.connect().trust(authority.ca)
        set_up(thunderbird, "anna@attic7.local", PASSWORD)
        there = {"host": "attic7.local", "user": "anna"}
        assert thunderbird.run("return settings()") == {
            "imap": {**there, "port": 1993, "tls": True, "starttls": False},
            "smtp": {**there, "port": 1587, "tls": False, "starttls": True},
            "mail": "anna@attic7.local",
        }
        thunderbird.row("welcome")

    def test_the_settings_of_a_device(elsewhere, postern, authority, folder):
        ours, thunderbird = elsewhere("attic7.local", "autoconfig.post.example")
        certificate, key = authority.leaf("attic7", ["DNS:attic7.local"])
        daemon = serve(
            postern,
            {"imaps": f"{ours}:1993", "submission": f"{ours}:1587"},
            tls={"certificate": certificate, "key": key},
        )
        said = daemon.command("device", "add", "anna", "phone").stdout
        samples = program().with_name("settings_samples")
        login = ("anna/phone", "anna@post.example", "Anna", "unused")
        made = processes.run([samples, folder, folder, *login])
        assert made.returncode == 0, made.stderr
        thunderbird.connect().trust(authority.ca)
        with place_of_settings(ours, (folder / "autoconfig.xml").read_text()) as asked:
            set_up(thunderbird, "anna@post.example", PASSWORD_SHOWN.search(said)[1])
        assert asked[0].query == "emailaddress=anna%40post.example"
        there = {"host": "attic7.local", "user": "anna/phone"}
        assert thunderbird.run("return settings()") == {
            "imap": {**there, "port": 1993, "tls": True, "starttls": False},
            "smtp": {**there, "port": 1587, "tls": False, "starttls": True},
            "mail": "anna@post.example",
        }
        thunderbird.row("welcome")
