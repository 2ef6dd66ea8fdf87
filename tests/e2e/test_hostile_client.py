"""Clients that want to harm: cut off at the limits, in bounded memory, the others served meanwhile."""

import base64
import contextlib
import os
import random
import select
import ssl

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.postern import PASSWORD
from support.raw import Raw
from support.waiting import free_port, wait_until

MIB = 1024 * 1024


@pytest.fixture
def daemon(postern):
    """Whatever a test does to it, it lives, and within the memory of a small machine (C20)."""
    one = postern({"anna": []}, limits={"message": "8 MiB"})
    yield one
    assert one.process.poll() is None, one.log()
    assert processes.peak_memory(one.pid) < 256 * MIB


def assert_serves(daemon):
    connection = daemon.imap("anna", "INBOX")
    ask.ok(connection.noop())
    connection.logout()


def assert_cut_off(client):
    """The server says so, then reads only for a moment more, so that its words arrive."""
    client.send_as_far_as_taken(b"A" * 3 * MIB)
    assert b"TOOBIG" in client.until((b"* BYE", b"* BAD"))
    wait_until(lambda: not client.send_as_far_as_taken(b"A" * 4096), "the connection is closed")


@pytest.mark.parametrize("logged_in", [False, True], ids=["before login", "after login"])
def test_c1_an_endless_line_is_cut_off(daemon, logged_in):
    before = processes.peak_memory(daemon.pid)
    with Raw(daemon.imap_port) as client:
        if logged_in:
            client.log_in("anna", PASSWORD)
        assert_cut_off(client)
    assert processes.peak_memory(daemon.pid) - before < 4 * MIB
    assert_serves(daemon)


@pytest.mark.parametrize("size", ["4294967296", "99999999999999999999", "-1", "5 ", " 5", "", "x"])
def test_c2_impossible_literals_get_bad(daemon, size):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        client.send(b"A LOGIN {%s}\r\n" % size.encode())
        answer = client.line()
        assert answer.startswith((b"A BAD", b"A NO", b"* BYE")), answer
    assert_serves(daemon)


def test_c3_a_large_literal_before_login_is_not_read_for_ever(daemon):
    with Raw(daemon.imap_port) as client:
        client.send(b"A LOGIN {1000000000+}\r\n")
        assert_cut_off(client)
    assert_serves(daemon)


def test_c5_too_large_an_append_is_refused_before_it_is_sent(daemon):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        client.send(b"A APPEND INBOX {%d}\r\n" % (9 * MIB))
        answer = client.line()
        assert answer.startswith(b"A NO [TOOBIG]"), answer
        client.send(b"B NOOP\r\n")
        assert client.until(b"B ").startswith(b"B OK")


def test_c6_a_client_that_leaves_in_the_middle_of_an_append_leaves_nothing(daemon):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        client.send(b"A APPEND INBOX {%d+}\r\n" % (4 * MIB) + b"x" * MIB)
    connection = daemon.imap("anna", "INBOX")
    assert ask.uids(connection) == []
    ask.ok(connection.append("INBOX", None, None, b"Subject: x\r\n\r\n"))
    assert len(ask.uids(connection)) == 1


@pytest.mark.parametrize("command", [b"SEARCH ", b"FETCH 1 ", b"STORE 1 FLAGS ", b"ID ", b"LIST "])
def test_c7_deep_nesting_gets_bad(daemon, command):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        client.send(b"S SELECT INBOX\r\n")
        client.until(b"S ")
        client.send_as_far_as_taken(b"A " + command + b"(" * 50_000 + b"\r\n")
        answer = client.until(b"A ")
        assert answer == b"" or answer.startswith(b"A BAD"), answer
    assert_serves(daemon)


def test_c16_a_client_that_never_reads_holds_up_nobody(daemon):
    connection = daemon.imap("anna", "INBOX")
    message = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 13_000
    for _ in range(20):
        ask.ok(connection.append("INBOX", None, None, message))
    before = processes.peak_memory(daemon.pid)
    stuck = [Raw(daemon.imap_port).log_in("anna", PASSWORD) for _ in range(10)]
    for client in stuck:
        client.send(b"S SELECT INBOX\r\nF FETCH 1:* BODY.PEEK[]\r\n")
    assert len(ask.bodies(connection)) == 20
    assert_serves(daemon)
    assert processes.peak_memory(daemon.pid) - before < 10 * 2 * MIB
    for client in stuck:
        client.__exit__()


def test_c17_a_flood_of_commands_is_answered_in_order(daemon):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        for start in range(0, 20_000, 1000):
            client.send(b"".join(b"N%d NOOP\r\n" % n for n in range(start, start + 1000)))
            for number in range(start, start + 1000):
                assert client.line().startswith(b"N%d OK" % number)


@pytest.mark.parametrize(
    "injected", [b"A STARTTLS\r\nB NOOP\r\n", b"A STARTTLS\r\nB LOGIN u {5}\r\n"]
)
def test_a1_a2_what_is_sent_behind_starttls_is_never_answered_inside_tls(daemon, injected):
    with Raw(daemon.imap_port) as client:
        client.line()
        client.send(injected)
        answer = client.until(b"A ")
        if not answer:
            return
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            inside = context.wrap_socket(client.socket)
            inside.sendall(b"C NOOP\r\n")
            answer = inside.recv(1000)
        except (ssl.SSLError, OSError):
            return
        assert b"B " not in answer, answer
    assert_serves(daemon)


def test_b3_the_same_answer_for_an_unknown_user_and_a_wrong_password(daemon):
    with Raw(daemon.imap_port) as client:
        client.line()
        client.send(b"A LOGIN anna wrong\r\n")
        known = client.until(b"A ")
        client.send(b"A LOGIN nobody wrong\r\n")
        unknown = client.until(b"A ")
    assert known == unknown and known.startswith(b"A NO")


def test_b7_many_wrong_logins_hold_up_nobody(daemon):
    """Checking passwords, 50 at a time, is done beside the sessions that are there."""
    connection = daemon.imap("anna", "INBOX")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Raw(daemon.imap_port)) for _ in range(49)]
        for client in clients:
            client.line()
        for number, client in enumerate(clients):
            client.send(b"A LOGIN anna wrong%d\r\n" % number)
        ask.ok(connection.noop())
        answered, _, _ = select.select([client.socket for client in clients], [], [], 0)
        assert len(answered) < len(clients), "the session waited for all of them"
        for client in clients:
            assert client.until(b"A ").startswith(b"A NO")


def test_c27_no_compression_is_offered_that_could_be_a_bomb(daemon):
    with Raw(daemon.imap_port) as client:
        client.log_in("anna", PASSWORD)
        client.send(b"A CAPABILITY\r\n")
        assert b"COMPRESS" not in client.until(b"* CAPABILITY")
        client.send(b"B COMPRESS DEFLATE\r\n")
        assert client.until(b"B ").startswith(b"B BAD")
    assert_serves(daemon)


def memory_holds(pid, needle):
    """Whether the text stands anywhere in what the process may write to."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        places = [line.split()[:2] for line in maps]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for place, rights in places:
            begin, end = (int(part, 16) for part in place.split("-"))
            if not rights.startswith("rw"):
                continue
            memory.seek(begin)
            if needle in memory.read(end - begin):
                return True
    return False


def test_g5_a_password_is_wiped_once_it_was_used(postern):
    daemon = postern({"anna": []}, start=False)
    pop3_port = free_port()
    daemon.config["listen"]["pop3"] = f"127.0.0.1:{pop3_port}"
    daemon.write_config()
    daemon.start()
    if os.geteuid() != 0:
        return  # the process lets nobody but root look into it
    secret = b"needle-for-the-haystack-%d"  # what they have in common is looked for
    plain = [base64.b64encode(b"\0anna\0" + secret % number) for number in range(6)]
    imap = [
        b'A LOGIN anna "' + secret % 0 + b'"\r\n',
        b"A LOGIN anna {%d+}\r\n" % len(secret % 1) + secret % 1 + b"\r\n",
        b"A AUTHENTICATE PLAIN " + plain[2] + b"\r\n",
        b"A AUTHENTICATE PLAIN\r\n" + plain[3] + b"\r\n",
        b"A LOGIN " + secret % 4 + b" \"no end\r\n",
    ]
    pop3 = [b"USER anna\r\nPASS " + secret % 0 + b"\r\n", b"AUTH PLAIN " + plain[1] + b"\r\n"]
    with contextlib.ExitStack() as stack:
        clients = []
        for port, dialogues in ((daemon.imap_port, imap), (pop3_port, pop3)):
            for dialogue in dialogues:
                clients.append(stack.enter_context(Raw(port)))
                clients[-1].send(dialogue)
        for client in clients:
            assert client.until((b"A ", b"-ERR")), "every login is answered"
        assert memory_holds(daemon.pid, b"anna")
        assert not memory_holds(daemon.pid, secret[:-2])
        assert not [text for text in plain if memory_holds(daemon.pid, text[12:])]


def test_c29_a_program_that_stores_and_expunges_at_once_with_others_stays_consistent(daemon):
    """Four connections do random things; afterwards all see the same, and a new one too."""
    rng = random.Random("stress")
    connections = [daemon.imap("anna", "INBOX") for _ in range(4)]
    for number in range(400):
        connection = rng.choice(connections)
        uids = ask.uids(connection)
        action = rng.choice(["append", "flag", "expunge", "noop", "move"])
        if action == "append" or not uids:
            octets = generate_mail.message(number, seed=81, profile="small")
            ask.ok(connection.append("INBOX", None, None, octets))
        elif action == "flag":
            flag = rng.choice(["\\Seen", "$a"])
            ask.ok(connection.uid("STORE", str(rng.choice(uids)), "+FLAGS", flag))
        elif action == "expunge" and len(uids) > 5:
            ask.ok(connection.uid("STORE", str(uids[0]), "+FLAGS.SILENT", "\\Deleted"))
            ask.ok(connection.expunge())
        elif action == "move" and len(uids) > 5:
            ask.ok(connection.uid("MOVE", str(uids[-1]), "Archive"))
        else:
            ask.ok(connection.noop())
    fresh = daemon.imap("anna", "INBOX")
    for connection in connections:
        ask.ok(connection.noop())
        assert ask.uids(connection) == ask.uids(fresh)
        assert ask.flags(connection) == ask.flags(fresh)
