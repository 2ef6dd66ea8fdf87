"""Real mail programs send through Postern and a real Postfix; what arrives, what is in Sent, and
what a program is told."""

import email
import email.policy
import re

import pytest
from support import imap as ask
from support import sending
from support.sending import ANNA, BERT, CARL, PROGRAMS, message
from support.waiting import wait_until


@pytest.fixture(scope="module")
def provider(shelf, certificate):
    one = sending.Provider(shelf / "provider", certificate)
    yield one.start()
    one.stop()


@pytest.fixture
def anna(postern, provider, authority, certificate):
    """anna(port, ...) gives a Postern that sends through a port of Postfix."""

    def start(port=None, sources=(), **more):
        server = sending.outgoing(port or provider.postfix.submission, authority.ca, **more)
        return sending.Sending(postern, certificate, server, sources=sources)

    return start


def one_copy(house, octets):
    """The one message in Sent, which is this one below what was added; its UID."""
    ((uid, copy),) = house.messages("Sent").items()
    assert copy.endswith(octets), copy
    assert house.flags("Sent")[uid] == {"\\Seen"}
    return uid, copy


@pytest.mark.parametrize("implicit", [False, True], ids=["submission", "submissions"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_sends(name, implicit, anna, provider, authority, folder):
    house = anna()
    number = f"{name}{int(implicit)}"
    octets = message(number, body=".\r\n..two\r\n.. \r\n\r\n=20\r\nend\r\n")
    program = PROGRAMS[name](folder, authority.ca)
    port = house.submissions if implicit else house.submission
    outcome = program.send(octets, port, implicit, [BERT, CARL])
    assert outcome.sent, outcome.said
    for user in ("bert", "carl"):
        assert provider.arrived(user, f"{number}@program.example").endswith(octets)
    uid, copy = one_copy(house, octets)
    assert copy[: -len(octets)] == f"Bcc: {CARL}\r\n".encode()
    assert house.count("Outbox") == 0

    # The program files its own copy, which is that one.
    connection = house.daemon.imap("anna")
    status, data = connection.append("Sent", "(\\Seen)", None, octets)
    assert status == "OK"
    assert re.search(rb"APPENDUID \d+ (\d+)\]", data[0]).group(1) == str(uid).encode()
    assert house.count("Sent") == 1


def test_bcc_is_kept_in_sent_and_goes_to_nobody(anna, provider):
    house = anna()
    octets = message("bcc", header=f"Bcc: Carl <{CARL}>,\r\n hidden@far.example\r\n")
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [BERT, CARL], octets)
    for user in ("bert", "carl"):
        arrived = provider.arrived(user, "bcc@program.example")
        assert b"hidden" not in arrived and b"Bcc" not in arrived
        assert arrived.endswith(message("bcc"))
    _, copy = one_copy(house, octets)
    assert copy == octets


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_hears_why_not(name, anna, authority, folder):
    house = anna()
    program = PROGRAMS[name](folder, authority.ca)

    def send(recipients, **more):
        return program.send(message("no"), house.submission, False, recipients, **more)

    stranger = send([BERT], sender="stranger@far.example")
    assert not stranger.sent
    assert "550" in stranger.said and "does not send for that address" in stranger.said
    wrong = send([BERT], password="wrong")
    assert not wrong.sent and "535" in wrong.said
    nobody = send([f"nobody@{sending.DOMAIN}"])
    assert not nobody.sent
    assert "550" in nobody.said and "User unknown in virtual mailbox table" in nobody.said
    grumpy = send([f"grumpy@{sending.DOMAIN}"])
    assert not grumpy.sent
    assert "550" in grumpy.said and "grumpy wants no mail from you" in grumpy.said
    busy = send([f"busy@{sending.DOMAIN}"])
    assert not busy.sent
    assert "450" in busy.said and "that box is busy, come again" in busy.said
    assert house.count("Sent") == 0 and house.count("Outbox") == 0


def test_one_recipient_of_two_is_refused(anna, provider):
    house = anna()
    with house.smtp() as smtp:
        refused = smtp.sendmail(ANNA, [BERT, f"grumpy@{sending.DOMAIN}"], message("half"))
    ((address, (code, text)),) = refused.items()
    assert address == f"grumpy@{sending.DOMAIN}" and code == 550
    assert b"grumpy wants no mail from you" in text
    provider.arrived("bert", "half@program.example")
    _, copy = one_copy(house, message("half"))
    assert b"grumpy" not in copy


def test_a_message_beyond_the_providers_size(anna):
    house = anna()
    with house.smtp() as smtp:
        large = message("large", body="x" * 76 + "\r\n") + b"y" * 76 + b"\r\n"
        code, text = smtp.docmd("MAIL", f"FROM:<{ANNA}> SIZE=11000000")
        assert code == 552 and b"10000000 octets" in text
        # Without a word about its size it is refused when it is there, by Postfix or before.
        large += (b"z" * 76 + b"\r\n") * 140_000
        smtp.docmd("MAIL", f"FROM:<{ANNA}>")
        smtp.docmd("RCPT", f"TO:<{BERT}>")
        code, text = smtp.data(large)
        assert code == 552, text
        smtp.rset()
        smtp.sendmail(ANNA, [BERT], message("small"))
    one_copy(house, message("small"))


EIGHT_BIT = message(
    "eight",
    header="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n",
    body="Größe, Straße \r\n\t\r\n.=C3\r\n" + "ü" * 200 + "\r\n",
)


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def test_eight_bits_go_as_they_are_where_they_may(anna, provider):
    house = anna()
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [BERT], EIGHT_BIT, mail_options=["BODY=8BITMIME"])
    assert provider.arrived("bert", "eight@program.example").endswith(EIGHT_BIT)
    one_copy(house, EIGHT_BIT)


def test_eight_bits_are_quoted_for_a_server_of_seven(anna, provider):
    house = anna(provider.postfix.old)
    octets = EIGHT_BIT.replace(b"<eight@", b"<eight7@")
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [CARL], octets, mail_options=["BODY=8BITMIME"])
    arrived = provider.arrived("carl", "eight7@program.example")
    assert arrived.isascii() and b"Content-Transfer-Encoding: quoted-printable" in arrived
    assert max(map(len, arrived.split(b"\r\n"))) <= 78
    sent = parsed(arrived).get_payload(decode=True)
    assert sent == parsed(octets).get_payload(decode=True)
    one_copy(house, octets)


def binary(number):
    picture = bytes(range(256)) * 40 + b"\r\n.\r\n\n.\n\r.\r\0end\n"
    text = message(
        number,
        header="MIME-Version: 1.0\r\nContent-Type: image/x-test\r\n"
        "Content-Transfer-Encoding: binary\r\n",
        body="",
    )
    return text + picture, picture


@pytest.mark.parametrize("old", [False, True], ids=["postfix", "without extensions"])
def test_binary_octets_become_base64(old, anna, provider):
    """Postfix knows BDAT, and BINARYMIME neither with nor without it."""
    house = anna(provider.postfix.old if old else None)
    octets, picture = binary(f"binary{int(old)}")
    with house.smtp() as smtp:
        smtp.ehlo("program.example")
        assert smtp.has_extn("binarymime") and smtp.has_extn("chunking")
        assert smtp.docmd("MAIL", f"FROM:<{ANNA}> BODY=BINARYMIME")[0] == 250
        assert smtp.docmd("RCPT", f"TO:<{BERT}>")[0] == 250
        for start in range(0, len(octets), 3000):
            chunk = octets[start : start + 3000]
            smtp.send(f"BDAT {len(chunk)}\r\n".encode() + chunk)
            assert smtp.getreply()[0] == 250
        code, text = smtp.docmd("BDAT", "0 LAST")
        assert code == 250, text
    arrived = provider.arrived("bert", f"binary{int(old)}@program.example")
    assert arrived.isascii()
    assert parsed(arrived).get_payload(decode=True) == picture
    one_copy(house, octets)


def test_international_addresses(anna, provider):
    """E12: a parameter goes out only where it is offered, and an address that needs it with it."""
    house = anna()
    octets = EIGHT_BIT.replace(b"<eight@", b"<utf8@").replace(b"number", "Größe".encode())
    with house.smtp() as smtp:
        smtp.ehlo("program.example")
        smtp.sendmail(ANNA, [BERT], octets, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    # Dovecot's LMTP has no SMTPUTF8, so this is where the message's way ends.
    provider.postfix.logged(r"to=<bert@.*SMTPUTF8 is required, but was not offered by host")
    one_copy(house, octets)


def test_international_addresses_and_a_server_without_them(anna, provider):
    house = anna(provider.postfix.old)
    with house.smtp() as smtp:
        smtp.command_encoding = "utf-8"
        smtp.ehlo("program.example")
        smtp.docmd("MAIL", f"FROM:<{ANNA}> SMTPUTF8")
        code, text = smtp.docmd("RCPT", "TO:<größe@far.example>")
        assert code == 553 and text.startswith(b"5.6.7"), text


def test_a_raw_header_and_a_server_of_seven_bits(anna, provider):
    house = anna(provider.postfix.old)
    octets = message("raw").replace(b"number", "Größe".encode())
    with house.smtp() as smtp:
        smtp.docmd("MAIL", f"FROM:<{ANNA}>")
        smtp.docmd("RCPT", f"TO:<{BERT}>")
        code, text = smtp.data(octets)
        assert code == 554 and text.startswith(b"5.6.7"), text
    assert house.count("Sent") == 0 and house.count("Outbox") == 0


def test_delivery_reports_are_asked_for_further_on(anna, provider):
    house = anna()
    with house.smtp() as smtp:
        smtp.sendmail(
            ANNA,
            [BERT],
            message("dsn"),
            mail_options=["RET=HDRS", "ENVID=letter+2B7"],
            rcpt_options=["NOTIFY=SUCCESS", f"ORCPT=rfc822;{BERT}"],
        )
    provider.arrived("bert", "dsn@program.example")

    def reports():
        return [octets for octets in provider.held("anna") if b"letter+7" in octets]

    wait_until(reports, lambda: f"a report\n{provider.postfix.log()}")
    (report,) = reports()
    assert f"Original-Recipient: rfc822;{BERT}\r\n".encode() in report
    assert b"Original-Envelope-Id: letter+7\r\n" in report


def test_the_whole_round(anna, provider, postern):
    """A program, Postern, Postfix, Dovecot, POP3, a second Postern, a second program; and the answer
    back to the first."""
    house = anna(sources=[sending.pulled(provider)])
    octets = message("round", to=CARL)
    with house.smtp() as smtp:
        smtp.sendmail(ANNA, [CARL], octets)
    one_copy(house, octets)
    provider.arrived("carl", "round@program.example")

    other = postern({"carl": [sending.pulled(provider, "carl")]})
    for _ in range(2):
        other.sync("carl")
    connection = other.imap("carl", "INBOX")
    read = [o for o in ask.bodies(connection).values() if b"<round@program.example>" in o]
    assert len(read) == 1 and read[0].endswith(octets)
    assert house.count("Sent") == 1


def test_an_answer_marks_what_it_answers(anna):
    house = anna()
    connection = house.daemon.imap("anna")
    for number in ("question", "news", "other"):
        ask.ok(connection.append("INBOX", "", None, message(number, to=ANNA)))
    with house.smtp() as smtp:
        header = "In-Reply-To: <question@program.example>\r\n"
        smtp.sendmail(ANNA, [BERT], message("answer", header=header))
        header = "X-Forwarded-Message-Id: <news@program.example>\r\n"
        smtp.sendmail(ANNA, [BERT], message("passed-on", header=header))
    assert house.flags("INBOX") == {1: {"\\Answered"}, 2: {"$Forwarded"}, 3: set()}
    assert house.count("Sent") == 2
