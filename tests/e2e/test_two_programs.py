"""Several programs on one account see each other's changes, and new mail reaches an idling one at
once."""

import time

from support import imap as ask
from support.idle import Idler

# Generous: a commit and a line on loopback take milliseconds, a loaded machine tenths of a second.
AT_ONCE = 2.0


def message(number):
    return f"From: a@x.example\r\nSubject: subject {number}\r\n\r\nbody {number}\r\n".encode()


def test_a_message_that_another_program_appends_reaches_an_idling_one_at_once(served):
    server = served([message(n) for n in range(3)])
    waiting, writing = server.imap("INBOX"), server.imap()
    delays = []
    with Idler(waiting) as idler:
        for number in range(10):
            began = time.monotonic()
            ask.ok(writing.append("INBOX", None, None, message(10 + number)))
            _, came = idler.wait_for(b"* %d EXISTS" % (4 + number))
            delays.append(came - began)
    print(
        f"APPEND to EXISTS in IDLE: median {sorted(delays)[5] * 1000:.1f} ms, most {max(delays) * 1000:.1f} ms"
    )
    assert max(delays) < AT_ONCE


def test_new_mail_from_upstream_reaches_an_idling_program(served):
    server = served([message(1)])
    with Idler(server.imap("INBOX")) as idler:
        server.deliver(message(2))
        arrived = time.monotonic()
        _, came = idler.wait_for(b"* 2 EXISTS", seconds=30)
    assert came - arrived < AT_ONCE


def test_flags_and_deletions_of_one_program_are_told_to_the_idling_other(served):
    server = served([message(n) for n in range(5)])
    waiting, acting = server.imap("INBOX"), server.imap("INBOX")
    with Idler(waiting) as idler:
        ask.ok(acting.store("2", "+FLAGS", "(\\Flagged $Work)"))
        line, _ = idler.wait_for(b"* 2 FETCH")
        assert b"\\Flagged" in line and b"$Work" in line
        ask.ok(acting.store("4", "+FLAGS.SILENT", "(\\Deleted)"))
        ask.ok(acting.expunge())
        idler.wait_for(b"* 4 EXPUNGE")
    assert ask.uids(waiting) == ask.uids(acting)
    assert ask.flags(waiting) == ask.flags(acting)


def test_changes_are_told_at_the_next_command_without_idle(served):
    server = served([message(n) for n in range(5)])
    one, two = server.imap("INBOX"), server.imap("INBOX")
    ask.ok(two.store("1", "+FLAGS", "(\\Seen \\Deleted)"))
    ask.ok(two.append("INBOX", "(\\Draft)", None, message(9)))
    ask.ok(one.noop())
    assert one.response("EXISTS")[1][-1] == b"6"
    fetched = [line for line in one.response("FETCH")[1] if line]
    assert any(line.startswith(b"1 (") and b"\\Deleted" in line for line in fetched), fetched
    ask.ok(two.expunge())
    # RFC 3501 section 7.4.1: no EXPUNGE while a FETCH by sequence number is answered.
    before = ask.ok(one.fetch("1:3", "(UID)"))
    assert len(before) == 3 and one.response("EXPUNGE")[1] == [None]
    ask.ok(one.noop())
    assert one.response("EXPUNGE")[1] == [b"1"]
    assert ask.uids(one) == ask.uids(two)


def test_two_programs_expunge_the_same_mail(served):
    server = served([message(n) for n in range(20)])
    one, two = server.imap("INBOX"), server.imap("INBOX")
    ask.ok(one.store("1:10", "+FLAGS", "(\\Deleted)"))
    ask.ok(two.noop())
    ask.ok(one.expunge())
    told = [line for line in ask.ok(two.expunge()) if line]
    # From the top down or from the bottom up, each number being that of the moment.
    assert told in ([b"1"] * 10, [b"%d" % n for n in range(10, 0, -1)])
    assert ask.uids(one) == ask.uids(two) and len(ask.uids(one)) == 10


def test_a_mailbox_of_one_program_is_there_for_the_other(served):
    server = served([message(n) for n in range(3)])
    one, two = server.imap("INBOX"), server.imap("INBOX")
    ask.ok(one.create("Reisen/2026"))
    ask.ok(one.uid("MOVE", "1:*", "Reisen/2026"))
    ask.ok(two.noop())
    assert ask.count(two, "Reisen/2026") == 3 and ask.uids(two) == []
    names = b"".join(ask.ok(two.list()))
    assert b"Reisen/2026" in names
    ask.ok(one.rename("Reisen", "Fahrten"))
    assert ask.count(two, "Fahrten/2026") == 3


def test_b12_another_account_is_not_there(postern):
    """Nor does an answer tell what its mailboxes are called."""
    daemon = postern({"anna": [], "bert": []})
    anna, bert = daemon.imap("anna"), daemon.imap("bert", "INBOX")
    ask.ok(anna.create("Diary"))
    ask.ok(anna.append("Diary", None, None, b"Subject: mine\r\n\r\n"))
    assert b"Diary" not in b" ".join(ask.ok(bert.list('""', '"*"')))
    ask.ok(bert.append("INBOX", None, None, b"Subject: x\r\n\r\n"))
    ask.ok(bert.noop())
    for command in (
        lambda name: bert.status(name, "(MESSAGES)"),
        lambda name: bert.copy("1", name),
        lambda name: bert.delete(name),
        lambda name: bert.rename(name, "Other"),
        lambda name: bert.append(name, None, None, b"Subject: x\r\n\r\n"),
        lambda name: bert.select(name),
    ):
        for path in ("{}", "anna/{}", "~anna/{}", "../anna/{}"):
            answers = [command(path.format(name)) for name in ("Diary", "Dairy")]
            assert answers[0] == answers[1] and answers[0][0] == "NO", (path, answers)
    assert ask.count(daemon.imap("anna"), "Diary") == 1
