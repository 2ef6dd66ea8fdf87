"""A program on another host without TLS is not asked for its password (B1); with STARTTLS it may
log in."""

import json

import pytest
from support import namespaces, processes
from support.postern import PASSWORD

# Runs on the other host: prints what the server says to it.
PROBE = """
import imaplib, json, ssl, sys
host, port, password = sys.argv[1], int(sys.argv[2]), sys.argv[3]
seen = {}
plain = imaplib.IMAP4(host, port, timeout=20)
seen["plain"] = list(plain.capabilities)
for name, attempt in (
    ("login", lambda: plain.login("anna", password)),
    ("authenticate", lambda: plain.authenticate("PLAIN", lambda _: ("\\0anna\\0" + password).encode())),
):
    try:
        seen[name] = str(attempt())
    except imaplib.IMAP4.error as refusal:
        seen[name] = "refused: " + str(refusal)
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
tls = imaplib.IMAP4(host, port, timeout=20)
tls.starttls(context)
seen["tls"] = list(tls.capabilities)
seen["tls login"] = tls.login("anna", password)[0]
print(json.dumps(seen))
"""


@pytest.fixture
def hosts():
    """(our address, the other's address, prefix of commands there); on loopback only where that
    is not allowed."""
    if namespaces.available():
        with namespaces.other_host() as both:
            yield both
    else:
        yield "127.0.0.1", "127.0.0.1", []


def test_login_is_disabled_for_another_host_without_tls(postern, hosts):
    ours, _, there = hosts
    daemon = postern({"anna": []}, start=False)
    port = daemon.imap_port
    daemon.config["listen"]["imap"] = [f"127.0.0.1:{port}"] + ([f"{ours}:{port}"] if there else [])
    daemon.write_config()
    daemon.start()
    loopback = daemon.imap("anna")
    assert "LOGINDISABLED" not in loopback.capabilities and "STARTTLS" in loopback.capabilities

    result = processes.run([*there, "/usr/bin/python3", "-c", PROBE, ours, port, PASSWORD])
    assert result.returncode == 0, result.stderr + daemon.log()
    seen = json.loads(result.stdout)
    assert seen["tls login"] == "OK" and "LOGINDISABLED" not in seen["tls"]
    assert "STARTTLS" not in seen["tls"]
    if not there:
        return
    assert "LOGINDISABLED" in seen["plain"] and "STARTTLS" in seen["plain"]
    assert not [word for word in seen["plain"] if word.startswith("AUTH=")]
    assert "PRIVACYREQUIRED" in seen["login"] and seen["login"].startswith("refused")
    assert seen["authenticate"].startswith("refused")
    # Our own address of the wire is not loopback either, though the peer is this host (B2).
    result = processes.run(["/usr/bin/python3", "-c", PROBE, ours, port, PASSWORD])
    assert "PRIVACYREQUIRED" in json.loads(result.stdout)["login"]
