"""Sending through Dovecot's submission service, with OpenSMTPD or Postfix behind it."""

import email
import email.policy
import re

import pytest
from support import sending
from support.gate import LOGIN, SIZE, Gate
from support.opensmtpd import GRUMPY, OpenSmtpd
from support.sending import ANNA, BERT, CARL, message

LOGGED_IN = r"submission-login: Info: Login: user=<anna>, .*TLS"
PRINTER = f"printer@{sending.DOMAIN}"


@pytest.fixture(scope="module")
def provider(shelf, certificate):
    one = sending.Provider(shelf / "provider", certificate)
    yield one.start()
    one.stop()


@pytest.fixture(scope="module")
def smtpd(shelf, certificate, provider):
    """OpenSMTPD, with Dovecot in front of it."""
    behind = OpenSmtpd(shelf / "o", provider.lmtp).start()
    one = Gate(shelf / "go", certificate, behind.port, ["anna"])
    one.refusal = b"Invalid recipient"
    yield one.start()
    one.stop()
    behind.stop()


@pytest.fixture(scope="module")
def gate(shelf, certificate, provider):
    """Dovecot, with Postfix behind it."""
    one = Gate(shelf / "gp", certificate, provider.postfix.submission, ["anna"], LOGIN)
    one.refusal = b"grumpy wants no mail from you"
    yield one.start()
    one.stop()


@pytest.fixture(params=["smtpd", "gate"], ids=["opensmtpd", "postfix"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def anna(postern, authority, certificate):
    """anna(server, tls) gives a Postern that sends through it: at once what is of anna's, and out of
    Outbox what is of the printer's."""

    def start(server, tls="starttls"):
        port = server.submissions if tls == "implicit" else server.submission
        entries = [
            sending.outgoing(port, authority.ca, tls),
            sending.outgoing(port, authority.ca, tls, queue="always", **{"from": [PRINTER]}),
        ]
        return sending.Sending(postern, certificate, *entries)

    return start


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_at_once_and_out_of_outbox(tls, server, anna, provider):
    house = anna(server, tls)
    logins = len(re.findall(LOGGED_IN, server.log()))
    now, later = (message(f"{server.submission}-{tls}-{n}") for n in ("now", "later"))
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [BERT], now)
        assert house.count("Sent") == 1
        smtp.sendmail(PRINTER, [CARL], later)
    house.wait_for("Sent", 2)
    for user, octets in (("bert", now), ("carl", later)):
        (number,) = re.findall(rb"Message-ID: <(\S+)>", octets)
        assert provider.arrived(user, number.decode()).endswith(octets)
    assert house.count("Outbox") == 0 and house.count("INBOX") == 0
    assert len(re.findall(LOGGED_IN, server.log())) > logins


def test_one_recipient_of_two_is_refused(server, anna, provider):
    house = anna(server)
    number = f"half{server.submission}"
    with house.smtp() as smtp:
        refused = smtp.sendmail(ANNA, [BERT, GRUMPY], message(number))
        ((address, (code, text)),) = refused.items()
        assert (address, code) == (GRUMPY, 550) and server.refusal in text
        # From Outbox it is told by a report.
        smtp.sendmail(PRINTER, [CARL, GRUMPY], message(f"{number}-queued"))
    provider.arrived("bert", f"{number}@program.example")
    provider.arrived("carl", f"{number}-queued@program.example")
    (report,) = house.wait_for("INBOX", 1).values()
    assert server.refusal in report and f"Final-Recipient: rfc822;{GRUMPY}".encode() in report
    assert CARL.encode() not in report.split(b"message/rfc822")[0]
    assert house.count("Sent") == 2 and house.count("Outbox") == 0


def test_a_message_beyond_the_providers_size(server, anna, provider):
    house = anna(server)
    small, large = message(f"small{server.submission}"), message("large", body="x" * 70 + "\r\n")
    large += (b"y" * 70 + b"\r\n") * 3000
    with house.smtp() as smtp:
        code, text = smtp.docmd("MAIL", f"FROM:<{ANNA}> SIZE={len(large)}")
        # Dovecot keeps some room for the field that it adds.
        (most,) = re.findall(rb"takes (\d+) octets at most", text)
        assert code == 552 and SIZE - 2000 < int(most) <= SIZE, text
        # A program that does not tell its size is refused when it has handed the message in.
        smtp.docmd("MAIL", f"FROM:<{ANNA}>")
        smtp.docmd("RCPT", f"TO:<{BERT}>")
        code, text = smtp.data(large)
        assert code == 552, text
        smtp.rset()
        smtp.sendmail(ANNA, [BERT], small)
    provider.arrived("bert", f"small{server.submission}@program.example")
    assert not provider.with_id("bert", "large@program.example")
    assert list(house.messages("Sent").values()) == [small]


def test_a_password_that_is_refused_is_named(server, postern, authority, certificate):
    entry = sending.outgoing(server.submission, authority.ca, password="old secret")
    house = sending.Sending(postern, certificate, entry)
    with house.smtp() as smtp:
        code, text = smtp.docmd("MAIL", f"FROM:<{ANNA}>")
    assert code == 451 and b'refused the login of anna with "535 ' in text, text
    assert "old secret" not in house.daemon.log()


TEXT = "Größe, Straße\r\n.=C3\r\n" + "ü" * 200 + "\r\n"


def eight_bit(number):
    return message(
        number,
        header="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n",
        body=TEXT,
    )


def content(octets):
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    return parsed.get_payload(decode=True).replace(b"\r\n", b"\n").decode()


def test_eight_bits_go_as_they_are_where_they_may(server, anna, provider):
    house = anna(server)
    number = f"eight{server.submission}"
    octets = eight_bit(number)
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [BERT], octets, mail_options=["BODY=8BITMIME"])
    assert provider.arrived("bert", f"{number}@program.example").endswith(octets)


def test_eight_bits_are_quoted_for_a_server_of_seven(folder, certificate, anna, provider):
    """Dovecot offers 8BITMIME only if the server behind it does."""
    gate = Gate(folder / "old", certificate, provider.postfix.old, ["anna"], LOGIN).start()
    try:
        house = anna(gate)
        octets = eight_bit("seven")
        with house.smtp() as smtp:
            smtp.sendmail(ANNA, [BERT], octets, mail_options=["BODY=8BITMIME"])
        arrived = provider.arrived("bert", "seven@program.example")
        assert arrived.isascii() and b"Content-Transfer-Encoding: quoted-printable" in arrived
        assert content(arrived) == TEXT.replace("\r\n", "\n")
        assert list(house.messages("Sent").values()) == [octets]
    finally:
        gate.stop()
