"""The harness itself, against Dovecot alone: what the other tests rest on."""

import hashlib
import imaplib

import generate_mail
from support import imap as ask
from support.dovecot import PASSWORD
from support.pop3 import Pop3
from support.postern import yaml


def test_generated_messages_are_the_same_for_the_same_seed():
    once = list(generate_mail.messages(400, seed=7))
    assert once == list(generate_mail.messages(400, seed=7))
    assert once[:100] == list(generate_mail.messages(100, seed=7))
    assert once != list(generate_mail.messages(400, seed=8))
    assert len(set(once)) == len(once)
    # Only CRLF line ends: anything else would be changed by POP3, and compare as a fault.
    assert all(b"\n" not in m.replace(b"\r\n", b"") for m in once)


def test_bench_messages_have_the_sizes_of_a_mailbox():
    sizes = sorted(len(m) for m in generate_mail.messages(2000, profile="bench"))
    assert 7000 < sizes[1000] < 9000
    assert 30_000 < sum(sizes) / len(sizes) < 50_000


def test_dovecot_gives_over_pop3_what_was_put_there(dovecot):
    sample = list(generate_mail.messages(60, seed=3))
    server = dovecot()
    server.add_user("anna", sample)
    with Pop3(server.pop3, "anna", PASSWORD) as session:
        digests = session.digests()
    expected = [m if m.endswith(b"\r\n") else m + b"\r\n" for m in sample]
    assert digests == [hashlib.sha256(m).hexdigest() for m in expected]
    with imaplib.IMAP4("127.0.0.1", server.imap) as connection:
        connection.login("anna", PASSWORD)
        assert len(ask.digests(connection)) == 60
    assert server.sessions("anna", at_least=1) == [{"retr": 60, "del": 0, "total": 60}]
    assert server.count("anna") == 60


def test_yaml_of_the_configuration():
    value = {"a": [{"b": 1, "c": ["x"]}], "d": {"e": "f: g"}, "h": True}
    assert yaml(value) == 'a:\n  - b: 1\n    c:\n      - "x"\nd:\n  e: "f: g"\nh: true\n'
