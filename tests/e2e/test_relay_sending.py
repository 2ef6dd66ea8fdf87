"""Programs that know no TLS and no provider's password send through a relay that signs in at a real
Postfix."""

import base64
import smtplib
import subprocess

import pytest

from support import npm, processes, sending
from support.postern import PASSWORD
from support.raw import Raw
from support.sending import ANNA, BERT, UPSTREAM_PASSWORD, message
from support.waiting import free_port


@pytest.fixture(scope="module")
def provider(shelf, certificate):
    one = sending.Provider(shelf / "provider", certificate)
    yield one.start()
    one.stop()


@pytest.fixture
def relay(postern, provider, authority):
    """relay(tls, ...) gives the port; `anna` signs in as her outgoing server does, `bert` with a
    password of his own."""

    def start(tls="starttls", password=UPSTREAM_PASSWORD, **more):
        listen = free_port()
        submission, submissions = provider.postfix.submission, provider.postfix.submissions
        port = submissions if tls == "implicit" else submission
        entry = {
            "listen": f"127.0.0.1:{listen}",
            "protocol": "smtp",
            "upstream": f"127.0.0.1:{port}",
            "tls": tls,
            "ca": authority.ca,
            "login": [
                {"account": "anna"},
                {"account": "bert", "username": "bert", "password": UPSTREAM_PASSWORD},
            ],
            **more,
        }
        daemon = postern({"anna": [], "bert": [], "carl": []}, start=False, relays=[entry])
        daemon.config["accounts"]["anna"]["outgoing"] = [
            sending.outgoing(submission, authority.ca, password=password)
        ]
        daemon.write_config()
        start.daemon = daemon.start()
        return listen

    return start


class Unprotected:
    """Mail programs that are told to use no TLS. Each sends the file as anna or says why not."""

    def curl(folder, port, file, password):
        return processes.run(
            [
                *("curl", "-sS", "-v", "--user", f"anna:{password}", "--mail-from", ANNA),
                *("--mail-rcpt", BERT, "--upload-file", file, f"smtp://127.0.0.1:{port}/me.example"),
            ]
        )

    def msmtp(folder, port, file, password, way="plain"):
        config = folder / "msmtprc"
        config.write_text(
            f"account default\nhost 127.0.0.1\nport {port}\ndomain me.example\ntls off\n"
            f'auth {way}\nuser anna\npassword "{password}"\nfrom {ANNA}\n'
        )
        config.chmod(0o600)
        return processes.run(["msmtp", "-C", config, "--", BERT], input=file.read_text())

    def msmtp_scram(folder, port, file, password):
        return Unprotected.msmtp(folder, port, file, password, "scram-sha-256")

    def swaks(folder, port, file, password):
        return processes.run(
            [
                *("swaks", "--server", "127.0.0.1", "--port", port, "--ehlo", "me.example"),
                *("--auth", "LOGIN", "--auth-user", "anna", "--auth-password", password),
                *("--from", ANNA, "--to", BERT, "--data", f"@{file}"),
            ]
        )

    def nodemailer(folder, port, file, password):
        where = npm.installed("nodemailer", "send.mjs")
        login = ("anna", password)
        return processes.run(
            ["node", "send.mjs", "127.0.0.1", port, "never", *login, "-", file, ANNA, BERT],
            cwd=where,
        )

    def socket(folder, port, file, password):
        """All that it may say before it has heard the answer."""
        proof = base64.b64encode(f"\0anna\0{password}".encode()).decode()
        envelope = f"MAIL FROM:<{ANNA}>\r\nRCPT TO:<{BERT}>\r\nDATA\r\n"
        with Raw(port) as raw:
            raw.send(f"EHLO me.example\r\nAUTH PLAIN {proof}\r\n".encode())
            heard = [raw.until(b"250 "), raw.line()]
            if heard[-1].startswith(b"235 "):
                raw.send(envelope.encode())
                heard.append(raw.until(b"354 "))
                raw.send(file.read_bytes() + b"\r\n.\r\nQUIT\r\n")
            else:
                raw.send(b"QUIT\r\n")
            heard += raw.ended()
        sent = any(line.startswith(b"250 2.0.0 Ok: queued") for line in heard)
        return subprocess.CompletedProcess((), not sent, b"".join(heard).decode(), "")


PROGRAMS = ["curl", "msmtp", "msmtp_scram", "swaks", "nodemailer", "socket"]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_program_sends(name, tls, relay, provider, folder):
    number = f"{name}-{tls}"
    file = folder / "message.eml"
    file.write_bytes(message(number).removesuffix(b"\r\n"))
    result = getattr(Unprotected, name)(folder, relay(tls), file, PASSWORD)
    assert result.returncode == 0, result.stdout + result.stderr
    provider.arrived("bert", f"{number}@program.example")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_hears_that_its_password_is_wrong(name, relay, folder):
    file = folder / "message.eml"
    file.write_bytes(message("never"))
    result = getattr(Unprotected, name)(folder, relay(), file, "wrong")
    assert result.returncode != 0
    assert "535" in result.stdout + result.stderr


def test_smtplib(relay, provider):
    """All that Postfix offers is shown, and its own way in is not."""
    port = relay()
    with smtplib.SMTP("127.0.0.1", provider.postfix.submission, timeout=60) as direct:
        direct.ehlo()
        offered = dict(direct.esmtp_features)
    for account, user, size in (("anna", "anna", 10), ("bert", "bert", 3_000_000)):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            connection.ehlo()
            shown = dict(connection.esmtp_features)
            assert shown.pop("auth").split() == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]
            assert shown == {name: value for name, value in offered.items() if name != "starttls"}
            assert connection.docmd("MAIL", f"FROM:<{ANNA}>")[0] == 530
            assert connection.docmd("STARTTLS")[0] == 502
            connection.login(account, PASSWORD)
            (session,) = relay.daemon.status()["connections"]
            assert (session["protocol"], session["account"]) == ("relay smtp", account)
            octets = message(f"smtplib-{account}", body="x" * 70 + "\r\n" + "y\r\n" * (size // 3))
            connection.sendmail(f"{user}@{sending.DOMAIN}", [BERT], octets)
            # The same connection goes on.
            connection.sendmail(ANNA, [BERT], message(f"second-{account}"))
        assert provider.arrived("bert", f"smtplib-{account}@program.example").endswith(octets)
        provider.arrived("bert", f"second-{account}@program.example")


def test_who_is_not_served(relay):
    port = relay()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
        with pytest.raises(smtplib.SMTPAuthenticationError, match="does not serve that account"):
            connection.login("carl", PASSWORD)


def test_a_provider_that_refuses_is_named(relay):
    port = relay(password="old secret")
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
        with pytest.raises(smtplib.SMTPAuthenticationError) as failure:
            connection.login("anna", PASSWORD)
    assert failure.value.smtp_code == 454
    assert b"the provider refuses the login of" in failure.value.smtp_error
    assert "old secret" not in relay.daemon.log()


def refused(port):
    """What the greeting says."""
    with pytest.raises(smtplib.SMTPConnectError) as failure:
        smtplib.SMTP("127.0.0.1", port, timeout=60)
    assert failure.value.smtp_code == 421
    return failure.value.smtp_error.decode()


def login(username="anna"):
    return {"account": "anna", "username": username, "password": UPSTREAM_PASSWORD}


def test_a_name_that_is_not_there_is_named(relay):
    port = relay(upstream="nowhere.invalid:465", tls="implicit", login=login())
    assert "nowhere.invalid:465: " in refused(port)


def test_a_server_that_is_not_there_is_named(relay):
    gone = free_port()
    said = refused(relay(upstream=f"127.0.0.1:{gone}", tls="implicit", login=login()))
    assert f"127.0.0.1:{gone}: " in said and "refused" in said


def test_an_unknown_authority_is_named(relay):
    said = refused(relay(ca="/etc/ssl/certs/ca-certificates.crt"))
    assert "issued by" in said and "Test CA" in said
