"""Outbox: what a program hands in while the provider cannot take it is on disk, seen by IMAP, sent
later, cancelled by deleting it; and no kill at any step loses it or sends it twice."""

import contextlib
import email
import email.policy
import sqlite3

import pytest
from support import imap as ask
from support import sending
from support.scripted_smtp import ScriptedSmtp
from support.sending import ANNA, BERT, CARL, message
from support.waiting import free_port, wait_until


@pytest.fixture
def scripted():
    """scripted(port) starts a ScriptedSmtp; all end with the test."""
    started = []

    def start(port=0):
        started.append(ScriptedSmtp(port))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def anna(postern, authority, certificate):
    """anna(port, ...) gives a Postern that sends through a plain server on this port."""

    def start(port, **more):
        server = sending.outgoing(port, authority.ca, "none", **more)
        del server["ca"]
        return sending.Sending(postern, certificate, server)

    return start


def hand_in(house, octets, recipients=(BERT,)):
    with house.smtp() as smtp:
        return smtp.sendmail(ANNA, list(recipients), octets)


def flush(house, sent, seconds=20):
    """`postern sync` until so many are in Sent."""
    house.daemon.sync("anna", expect=None)
    wait_until(
        lambda: house.count("Sent") == sent,
        lambda: f"{sent} in Sent, not {house.count('Sent')}\n{house.daemon.log()}",
        seconds,
        0.1,
    )


def test_what_waits_for_the_provider(anna, scripted):
    port = free_port()
    house = anna(port)
    octets = [message(f"wait{n}") for n in range(5)]
    for one in octets:
        hand_in(house, one)
    assert list(house.wait_for("Outbox", 5).values()) == octets
    assert house.count("Sent") == 0

    house.daemon.kill()
    house.daemon.start()
    assert list(house.messages("Outbox").values()) == octets
    server = scripted(port)
    flush(house, 5)
    assert sorted(server.messages) == sorted(octets)
    assert house.count("Outbox") == 0
    assert all(flags == {"\\Seen"} for flags in house.flags("Sent").values())
    assert house.count("INBOX") == 0


def test_many_go_over_several_connections(anna, scripted):
    port = free_port()
    house = anna(port)
    octets = [message(f"many{n}") for n in range(40)]
    for one in octets:
        hand_in(house, one)
    house.wait_for("Outbox", 40)
    server = scripted(port)
    flush(house, 40, 60)
    assert sorted(server.messages) == sorted(octets)
    assert 2 <= server.most_open <= 4
    assert house.count("Outbox") == 0


def test_deleting_from_outbox_cancels(anna, scripted):
    port = free_port()
    house = anna(port)
    for number in ("kept", "gone"):
        hand_in(house, message(number))
    connection = house.daemon.imap("anna", "Outbox")
    ask.ok(connection.uid("STORE", "2", "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(connection.expunge())
    server = scripted(port)
    flush(house, 1)
    assert server.messages == [message("kept")]
    assert house.count("Outbox") == 0


def test_always_queued(anna, scripted):
    server = scripted()
    server.at, server.then = "connect", lambda: False
    house = anna(server.port, queue="always")
    hand_in(house, message("printed"))
    wait_until(lambda: server.steps, "the first attempt")
    assert house.count("Outbox") == 1
    flush(house, 1)
    assert server.messages == [message("printed")]


def test_a_final_refusal_of_one_recipient(anna, scripted):
    server = scripted()
    server.answers[f"RCPT TO:<{CARL}>"] = ["550-5.1.1 no such", "550 5.1.1 person"]
    house = anna(server.port, queue="always")
    octets = message("half", header="X-Whole: yes\r\n")
    hand_in(house, octets, [BERT, CARL])
    (report,) = house.wait_for("INBOX", 1).values()
    assert server.messages == [octets]
    assert house.count("Outbox") == 0 and house.count("Sent") == 1
    parsed = email.message_from_bytes(report, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/report"
    text, status, original = parsed.iter_parts()
    assert CARL in text.get_content() and "5.1.1 no such person" in text.get_content()
    assert BERT not in text.get_content()
    fields = status.get_payload()[1]
    assert fields["Final-Recipient"] == f"rfc822;{CARL}"
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert octets in report and original.get_content_type() == "message/rfc822"


def test_the_answer_to_the_final_dot_is_lost(anna, scripted):
    """E15: tried again after an hour and no sooner, with the same Message-ID."""
    server = scripted()
    server.at, server.then = ".", lambda: False
    house = anna(server.port)
    hand_in(house, message("doubt"))
    assert server.messages == [message("doubt")]
    assert house.count("Outbox") == 1 and house.count("Sent") == 0
    for _ in range(3):
        house.daemon.sync("anna", expect=None)
    hand_in(house, message("sure"))  # an attempt for the first would have come before
    assert server.message_ids() == ["<doubt@program.example>", "<sure@program.example>"]
    assert house.count("Outbox") == 1


def letter(step):
    """A message that cannot be on its way, dot and all, when the server stops within its octets."""
    body = "x" * 900 + "\r\n"
    return message("once", body=body * (10_000 if step == "octets" else 1))


STEPS = ("connect", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "octets", ".")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_a_queued_send(step, anna, scripted):
    server = scripted()
    house = anna(server.port, queue="always")
    daemon = house.daemon

    def kill():
        daemon.process.kill()
        return False

    server.at, server.then = step, kill
    hand_in(house, letter(step))
    daemon.process.wait(20)
    daemon.process = None
    daemon.start()
    daemon.sync("anna", expect=None)
    if step == ".":
        # Nobody knows whether it was sent, so it waits for its hour.
        hand_in(house, message("other"))
        flush(house, 1)
        assert server.message_ids() == ["<once@program.example>", "<other@program.example>"]
        assert house.count("Outbox") == 1
        return
    flush(house, 1)
    assert server.messages == [letter(step)]
    assert house.count("Outbox") == 0 and house.count("INBOX") == 0


@pytest.mark.parametrize("step", STEPS)
def test_the_connection_is_lost_while_the_program_waits(step, anna, scripted):
    """The program is told "accepted" each time; the message goes out once."""
    server = scripted()
    house = anna(server.port)
    server.at, server.then = step, lambda: False
    hand_in(house, letter(step))
    if step == ".":
        assert house.count("Outbox") == 1
    else:
        flush(house, 1)
    assert server.messages == [letter(step)]


def certain(daemon):
    """How many wait of which it is known that they were not sent."""
    with contextlib.closing(sqlite3.connect(daemon.state / "accounts/anna/mail.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM submission WHERE certainty = 0").fetchone()
        return count


def test_killed_at_random_moments(anna, scripted):
    """Messages are handed in while the daemon is killed: whatever was accepted is sent once."""
    server = scripted()
    house = anna(server.port, queue="always")
    accepted = []
    for round_number in range(4):
        with house.smtp() as smtp:
            for number in range(6):
                octets = message(f"{round_number}-{number}")
                smtp.sendmail(ANNA, [BERT], octets)
                accepted.append(octets)
        house.daemon.kill()
        house.daemon.start()
    daemon = house.daemon
    daemon.sync("anna", expect=None)
    # What was at its final dot when a kill came waits for its hour; the others are sent.
    wait_until(lambda: certain(daemon) == 0, lambda: daemon.log(), 60, 0.2)
    assert house.count("Outbox") <= 4 * 4  # kills, and connections at most
    daemon.sync("anna", expect=None)
    assert len(server.messages) == len(set(server.messages))
    assert set(server.messages) | set(house.messages("Outbox").values()) == set(accepted)
