"""kill -9 at random moments of the first sync: each message is there once in the end, and only
stored ones were deleted."""

import collections
import random
import subprocess

import generate_mail
import pytest
from support import imap as ask
from support.dovecot import PASSWORD
from support.postern import pop3_source

KILLS_IN_A_ROUND = 5
COUNT = 3000


def distinct_messages():
    """Messages of every family that compare as different: a doubled one must not hide behind a
    twin."""
    sample = list(generate_mail.messages(COUNT, seed=41))
    assert len(set(sample)) == COUNT
    return sample


def killed_at_random(daemon, rng, longest):
    """One start that ends by SIGKILL at a random moment, at most `longest` seconds after it
    listens."""
    daemon.start()
    try:
        daemon.process.wait(rng.uniform(0, longest))
    except subprocess.TimeoutExpired:
        daemon.kill()
        return
    raise AssertionError(f"it ended by itself\n{daemon.log()}")


@pytest.mark.parametrize("keep, rounds", [("forever", 5), ("never", 2)])
def test_each_message_exactly_once_after_kills_at_random_moments(dovecot, postern, keep, rounds):
    """Each round is one first sync, killed five times."""
    rng = random.Random(f"kill {keep}")
    server = dovecot()
    sample = distinct_messages()
    expected = None
    cut_short = []
    for number in range(rounds):
        name = f"user{number}"
        server.add_user(name, sample)
        source = pop3_source(server.pop3, name, PASSWORD, keep_on_server=keep)
        daemon = postern({name: [source]}, start=False)
        for _ in range(KILLS_IN_A_ROUND):
            killed_at_random(daemon, rng, longest=0.3)
        sessions = server.sessions(name)
        cut_short += [s["retr"] for s in sessions if 0 < s["retr"] < s["total"]]
        daemon.start()
        for _ in range(2):
            daemon.sync(name)
        arrived = list(ask.digests(daemon.imap(name)).values())
        twice = [d for d, n in collections.Counter(arrived).items() if n > 1]
        assert not twice and len(arrived) == COUNT, f"{len(arrived)} of {COUNT}, {len(twice)} twice"
        expected = expected or sorted(arrived)
        assert sorted(arrived) == expected
        assert server.count(name) == (COUNT if keep == "forever" else 0)
        daemon.stop()
    print(f"{rounds * KILLS_IN_A_ROUND} kills; RETRs of the sessions they cut short: {cut_short}")
    # The kills must bite.
    assert len(cut_short) >= rounds


def test_deletions_survive_a_kill_between_expunge_and_poll(dovecot, postern):
    server = dovecot()
    server.add_user("anna", generate_mail.messages(40, seed=42))
    daemon = postern(
        {"anna": [pop3_source(server.pop3, "anna", PASSWORD, keep_on_server="until-deleted")]}
    )
    daemon.sync("anna")
    connection = daemon.imap("anna", "INBOX")
    ask.ok(connection.uid("STORE", "1:10", "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(connection.expunge())
    daemon.kill()
    daemon.start()
    daemon.sync("anna")
    daemon.sync("anna")
    assert server.count("anna") == 30
    assert ask.uids(daemon.imap("anna", "INBOX")) == list(range(11, 41))


def test_what_was_acknowledged_is_there_after_a_kill(postern):
    daemon = postern({"anna": []})
    rng = random.Random("append")
    acknowledged = []
    for round_number in range(5):
        connection = daemon.imap("anna")
        for number in range(rng.randint(3, 20)):
            octets = generate_mail.message(1000 * round_number + number, seed=43)
            ask.ok(connection.append("INBOX", "(\\Seen)", None, octets))
            acknowledged.append(octets)
        daemon.kill()
        daemon.start()
        connection = daemon.imap("anna", "INBOX")
        assert list(ask.bodies(connection).values()) == acknowledged
        assert all(flags == {"\\Seen"} for flags in ask.flags(connection).values())
