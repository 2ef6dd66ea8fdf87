"""What no mail program sends: messages within messages, commands before TLS, addresses that are
commands."""

import base64

import pytest
from support import sending
from support.raw import Raw
from support.scripted_smtp import ScriptedSmtp
from support.sending import ANNA, BERT, PASSWORD

HEADER = (
    f"From: {ANNA}\r\nTo: {BERT}\r\nSubject: cover\r\nMessage-ID: <1@x>\r\n"
    "Date: Sat, 28 Nov 2026 12:00:00 +0000\r\n\r\n"
).encode()
SMUGGLED = (
    f"MAIL FROM:<{ANNA}>\r\nRCPT TO:<victim@far.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n"
).encode()
# Everything that some server has taken for the end of a message, and is none.
FALSE_ENDS = (
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\n\n.\n\n",
)


@pytest.fixture
def upstream():
    server = ScriptedSmtp()
    yield server
    server.stop()


@pytest.fixture
def house(postern, authority, certificate, upstream):
    server = sending.outgoing(upstream.port, authority.ca, "none")
    del server["ca"]
    return sending.Sending(postern, certificate, server)


class Talk(Raw):
    """A bare connection to the submission server that has said EHLO."""

    def __init__(self, house, login=True):
        super().__init__(house.submission)
        assert self.line().startswith(b"220 ")
        self.send(b"EHLO program.example\r\n")
        assert self.until(b"250 ")
        if login:
            response = base64.b64encode(f"\0anna\0{PASSWORD}".encode())
            assert self.ask(b"AUTH PLAIN " + response).startswith(b"235 ")

    def ask(self, command):
        self.send(command + b"\r\n")
        return self.line()

    def envelope(self):
        assert self.ask(f"MAIL FROM:<{ANNA}>".encode()).startswith(b"250 ")
        assert self.ask(f"RCPT TO:<{BERT}>".encode()).startswith(b"250 ")


def test_no_message_hides_in_another(house, upstream):
    """E13: each false end makes the message refused, and nothing behind it is a command."""
    with Talk(house) as talk:
        for end in FALSE_ENDS:
            talk.envelope()
            assert talk.ask(b"DATA").startswith(b"354 ")
            talk.send(HEADER + b"text" + end + SMUGGLED + b".\r\nNOOP\r\n")
            assert talk.line().startswith(b"554 5.6.0 "), end
            assert talk.line() == b"250 2.0.0 here\r\n", end
        assert upstream.messages == []
        # The right way to send a line of one dot, in pieces.
        talk.envelope()
        assert talk.ask(b"DATA").startswith(b"354 ")
        for octet in HEADER + b"text\r\n..\r\n" + SMUGGLED + b".\r\n":
            talk.send(bytes([octet]))
        assert talk.line().startswith(b"250 ")
    assert upstream.messages == [HEADER + b"text\r\n.\r\n" + SMUGGLED]


def test_no_message_hides_in_a_chunk(house, upstream):
    """E13: what BDAT brings does not end anything upstream either."""
    for end in (*FALSE_ENDS, b"\r\n.\r\n"):
        octets = HEADER + b"text" + end + SMUGGLED
        for body, answer in (("8BITMIME", b"554 5.6.0 "), ("BINARYMIME", b"250 ")):
            if body == "8BITMIME" and end == b"\r\n.\r\n":
                answer = b"250 "
            before = len(upstream.messages)
            with Talk(house) as talk:
                assert talk.ask(f"MAIL FROM:<{ANNA}> BODY={body}".encode()).startswith(b"250 ")
                assert talk.ask(f"RCPT TO:<{BERT}>".encode()).startswith(b"250 ")
                talk.send(f"BDAT {len(octets)} LAST\r\n".encode() + octets + b"NOOP\r\n")
                assert talk.line().startswith(answer), (body, end)
                assert talk.line() == b"250 2.0.0 here\r\n", (body, end)
            assert len(upstream.messages) - before == (answer == b"250 "), (body, end)
    assert not [step for step in upstream.steps if step.startswith("SUBJECT")]


def test_nothing_from_before_tls_counts_behind_it(house):
    """A1 and A2, on the submission face."""
    for injected in (b"NOOP\r\n", b"RSET\r\n", b"MAIL FROM:<x@y.example>\r\n", b"AUTH PLAIN =", b"x"):
        with Talk(house, login=False) as talk:
            talk.send(b"STARTTLS\r\n" + injected)
            assert talk.line().startswith(b"220 ")
            assert talk.ended() == [], injected


def test_nothing_without_a_login(house, upstream):
    with Talk(house, login=False) as talk:
        assert talk.ask(f"MAIL FROM:<{ANNA}>".encode()).startswith(b"530 5.7.0 ")
        assert talk.ask(f"RCPT TO:<{BERT}>".encode()).startswith(b"503 ")
        assert talk.ask(b"DATA").startswith(b"503 ")
        assert talk.ask(b"AUTH CRAM-MD5").startswith(b"504 ")
    assert upstream.steps == []


ADDRESSES = (
    b"<bert@post.example> X=1",
    b"<bert @post.example>",
    b"<bert@post.example>>",
    b"<<bert@post.example>",
    b"<bert@post.example\0>",
    b"<bert@post.example\rRSET>",
    b"<bert>",
    b"<@post.example>",
    b"bert@post.example",
    b"<\xfcber@post.example>",
    b"<bert@post.example> NOTIFY=NEVER,SUCCESS",
    b"<bert@post.example> ORCPT=rfc822;a+0D+0ARSET",
)


def test_an_address_is_an_address(house, upstream):
    """E12: what is no address, or a parameter that nobody offered, goes nowhere."""
    for address in ADDRESSES:
        with Talk(house) as talk:
            assert talk.ask(f"MAIL FROM:<{ANNA}>".encode()).startswith(b"250 ")
            assert talk.ask(b"RCPT TO:" + address)[:4] in (b"500 ", b"501 ", b"553 ", b"555 "), address
    assert "RCPT" not in upstream.steps


def test_lines_without_an_end(house):
    with Talk(house, login=False) as talk:
        talk.send_as_far_as_taken(b"NOOP " + b"x" * 1_000_000)
        assert talk.line().startswith(b"500 5.5.2 ")
        assert talk.ended() == []
    with Talk(house, login=False) as talk:
        for _ in range(9):
            assert talk.ask(b"WHAT").startswith(b"500 ")
        assert talk.ask(b"WHAT").startswith(b"500 ")
        assert talk.ended()[-1].startswith(b"421 4.7.0 ")
