"""Programs that know no TLS, through a relay to servers that want it."""

import imaplib
import poplib
import smtplib
import zlib

import pytest

from support import processes
from support.dovecot import PASSWORD
from support.postern import PASSWORD as LOCAL
from support.raw import Raw
from support.smtp_server import SmtpServer
from support.waiting import free_port, wait_until

def message(number):
    return f"From: a@x.example\r\nSubject: rope {number}\r\n\r\nbody {number}\r\n".encode()


# No login without TLS: on loopback Dovecot takes one from 127.0.0.1 only if it is told that this is not "local".
STRICT = """
protocol imap {
  mail_plugins = zlib imap_zlib
}
login_trusted_networks =
ssl = required
service imap-login {
  inet_listener imaps {
    port = %d
    ssl = yes
  }
}
"""


@pytest.fixture
def upstream(dovecot):
    imaps = free_port()
    server = dovecot(extra=STRICT % imaps)
    server.imaps = imaps
    server.add_user("anna", [message(n) for n in range(5)])
    return server


@pytest.fixture
def relay(postern, authority):
    """relay(protocol, port, tls, ...) gives the port for the program."""

    def start(protocol, port, tls, **more):
        listen = free_port()
        entry = {
            "listen": f"127.0.0.1:{listen}",
            "protocol": protocol,
            "upstream": f"localhost:{port}",
            "tls": tls,
            "ca": authority.ca,
            **more,
        }
        start.daemon = postern({}, relays=[entry])
        return listen

    return start


def port_of(server, protocol, tls):
    if protocol == "imap":
        return server.imaps if tls == "implicit" else server.imap
    return server.pop3s if tls == "implicit" else server.pop3


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_imaplib(upstream, relay, tls):
    port = relay("imap", port_of(upstream, "imap", tls), tls)
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    assert "STARTTLS" not in connection.capabilities
    assert "LOGINDISABLED" not in connection.capabilities
    assert "AUTH=PLAIN" in connection.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        connection._simple_command("STARTTLS")
    assert connection.login("anna", PASSWORD)[0] == "OK"
    assert connection.select("INBOX") == ("OK", [b"5"])
    assert connection.fetch("3", "(BODY.PEEK[])")[1][0][1] == message(2)
    large = message(9) * 40000
    assert connection.append("INBOX", None, None, large)[0] == "OK"
    assert connection.fetch("6", "(BODY.PEEK[])")[1][0][1] == large
    (session,) = relay.daemon.status()["connections"]
    assert session["protocol"] == "relay imap"
    assert session["upstream"].startswith("localhost:")
    assert connection.logout()[0] == "BYE"


def test_imap_compress(upstream, relay):
    """What the program and the server compress goes through as it is."""
    port = relay("imap", upstream.imaps, "implicit")
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    connection.login("anna", PASSWORD)
    imaplib.Commands["COMPRESS"] = ("AUTH", "SELECTED")
    assert connection._simple_command("COMPRESS", "DEFLATE")[0] == "OK"
    deflate, inflate = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)
    command = deflate.compress(b"z NOOP\r\n") + deflate.flush(zlib.Z_SYNC_FLUSH)
    connection.send(command)
    answer = b""
    while b"z OK" not in answer:
        answer += inflate.decompress(connection.sock.recv(4096))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_poplib(upstream, relay, tls):
    port = relay("pop3", port_of(upstream, "pop3", tls), tls)
    connection = poplib.POP3("127.0.0.1", port, timeout=60)
    assert "STLS" not in connection.capa()
    with pytest.raises(poplib.error_proto):
        connection._shortcmd("STLS")
    connection.user("anna")
    connection.pass_(PASSWORD)
    assert connection.stat()[0] == 5
    assert b"\r\n".join(connection.retr(2)[1]) + b"\r\n" == message(1)
    connection.dele(1)
    connection.quit()
    wait_until(lambda: upstream.count("anna") == 4, "the message is deleted upstream")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_smtplib(certificate, relay, tls):
    server = SmtpServer(certificate, tls).start()
    port = relay("smtp", server.port, tls)
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
        connection.ehlo()
        assert not connection.has_extn("starttls")
        assert connection.docmd("STARTTLS")[0] == 502
        connection.login("anna", PASSWORD)
        connection.sendmail("a@x.example", ["b@x.example"], message(1) + b".\r\n" * 3)
    assert server.messages == [message(1) + b".\r\n" * 3]
    assert server.logins == [("anna", True)]
    assert [line.split()[0] for line in server.plain_lines] == (
        ["EHLO", "STARTTLS"] if tls == "starttls" else []
    )
    server.stop()


def test_curl(upstream, relay):
    port = relay("imap", upstream.imap, "starttls")
    result = processes.run(
        ["curl", "-sS", "-u", f"anna:{PASSWORD}", f"imap://127.0.0.1:{port}/INBOX;MAILINDEX=1"],
        text=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == message(0)


def fetchmail(folder, protocol, port, user, password):
    """What it fetched: with sslproto '' it knows no TLS at all."""
    box = folder / "box"
    control = folder / "fetchmailrc"
    control.write_text(
        f'poll 127.0.0.1 service {port} protocol {protocol} username {user} password "{password}" '
        f"sslproto '' fetchall keep mda \"/bin/sh -c 'cat >> {box}'\"\n"
    )
    control.chmod(0o600)
    result = processes.run(
        ["fetchmail", "-f", control, "--pidfile", folder / "pid", "--nosyslog", "-v"],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "FETCHMAILHOME": str(folder)},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return box.read_bytes()


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
def test_fetchmail(protocol, upstream, relay, folder):
    port = relay(protocol, port_of(upstream, protocol, "starttls"), "starttls")
    fetched = fetchmail(folder, protocol, port, "anna", PASSWORD)
    assert [fetched.count(b"Subject: rope %d\n" % n) for n in range(5)] == [1] * 5


# All that a program has to say, before it has heard anything.
AT_ONCE = {
    "imap": '1 LOGIN {user} "{password}"\r\n2 SELECT INBOX\r\n3 FETCH 2 BODY.PEEK[]\r\n4 LOGOUT\r\n',
    "pop3": "USER {user}\r\nPASS {password}\r\nRETR 2\r\nQUIT\r\n",
}


def spoken_at_once(protocol, port, user, password):
    """What a socket hears."""
    with Raw(port) as socket:
        socket.send(AT_ONCE[protocol].format(user=user, password=password).encode())
        return b"".join(socket.ended())


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("protocol", AT_ONCE)
def test_a_socket(protocol, tls, upstream, relay):
    port = relay(protocol, port_of(upstream, protocol, tls), tls)
    heard = spoken_at_once(protocol, port, "anna", PASSWORD)
    assert heard.count(message(1)) == 1 and message(0) not in heard


def test_the_program_is_told_why(upstream, relay, folder):
    port = relay("imap", upstream.imaps, "implicit", upstream=f"127.0.0.1:{free_port()}")
    with pytest.raises(imaplib.IMAP4.error, match="refused"):
        imaplib.IMAP4("127.0.0.1", port, timeout=60)


def test_an_unknown_authority_is_named(upstream, relay):
    """Without `ca`, the certificate of the tests is a stranger's."""
    port = relay("pop3", upstream.pop3s, "implicit", ca="/etc/ssl/certs/ca-certificates.crt")
    with pytest.raises(poplib.error_proto, match="issued by.*Test CA"):
        poplib.POP3("127.0.0.1", port, timeout=60)


def test_a_reload_leaves_sessions_alone(upstream, relay):
    port = relay("imap", upstream.imaps, "implicit")
    daemon = relay.daemon
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    connection.login("anna", PASSWORD)
    other = free_port()
    daemon.config["relays"][0]["listen"] = f"127.0.0.1:{other}"
    daemon.write_config()
    daemon.reload()
    wait_until(
        lambda: [p["address"] for p in daemon.status()["listening"] if p["protocol"] == "relay imap"]
        == [f"127.0.0.1:{other}"],
        "the relay has moved",
    )
    with pytest.raises(OSError):
        imaplib.IMAP4("127.0.0.1", port, timeout=60)
    assert connection.select("INBOX")[0] == "OK"
    second = imaplib.IMAP4("127.0.0.1", other, timeout=60)
    assert second.login("anna", PASSWORD)[0] == "OK"


@pytest.fixture
def signing_in(postern, authority, upstream):
    """signing_in(protocol, port) is a relay that signs in as the accounts' sources do."""

    def start(protocol, port, **more):
        listen = free_port()
        upstream.add_user("bert", [message(7)])
        source = {"pop3": f"localhost:{upstream.pop3s}", "ca": authority.ca}
        entries = [{"account": "a"}, {"account": "b", "username": "bert", "password": PASSWORD}]
        start.daemon = postern(
            {"a": [{**source, "username": "anna", "password": PASSWORD}], "b": [], "c": []},
            relays=[
                {
                    "listen": f"127.0.0.1:{listen}",
                    "protocol": protocol,
                    "upstream": f"localhost:{port}",
                    "ca": authority.ca,
                    "login": entries,
                    **more,
                }
            ],
        )
        return listen

    return start


def test_the_relay_signs_in_for_imap(upstream, signing_in):
    port = signing_in("imap", upstream.imaps)
    for name, count in (("a", b"5"), ("b", b"1")):
        connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
        assert connection.login(name, LOCAL)[0] == "OK"
        assert connection.select("INBOX") == ("OK", [count])
        (session,) = signing_in.daemon.status()["connections"]
        assert session["account"] == name
        connection.logout()
        wait_until(lambda: not signing_in.daemon.status()["connections"], "the session ends")
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        connection.login("a", PASSWORD)
    with pytest.raises(imaplib.IMAP4.error, match="does not serve"):
        connection.login("c", LOCAL)
    connection.authenticate("PLAIN", lambda _: f"\0a\0{LOCAL}".encode())
    assert connection.select("INBOX")[0] == "OK"


@pytest.mark.parametrize("protocol", AT_ONCE)
def test_the_relay_signs_in_for_fetchmail_and_a_socket(protocol, upstream, signing_in, folder):
    port = signing_in(protocol, port_of(upstream, protocol, "implicit"))
    fetched = fetchmail(folder, protocol, port, "a", LOCAL)
    assert fetched.count(b"Subject: rope") == 5
    assert message(1) in spoken_at_once(protocol, port, "a", LOCAL)
    assert message(1) not in spoken_at_once(protocol, port, "a", PASSWORD)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_the_relay_signs_in_for_pop3(upstream, signing_in, tls):
    port = signing_in("pop3", port_of(upstream, "pop3", tls), tls=tls)
    connection = poplib.POP3("127.0.0.1", port, timeout=60)
    connection.user("a")
    connection.pass_(LOCAL)
    assert connection.stat()[0] == 5
    connection.quit()


def test_a_provider_that_refuses_is_named(upstream, signing_in):
    entry = [{"account": "b", "username": "bert", "password": "old secret"}]
    port = signing_in("imap", upstream.imaps, login=entry)
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=60)
    with pytest.raises(imaplib.IMAP4.error, match="the provider refuses the login of .*bert"):
        connection.login("b", LOCAL)
