"""A wide tour of IMAP4rev1 with python3's imaplib: what each command makes the program see."""

import imaplib
import re
import time

import generate_mail
import pytest
from support import imap as ask


def message(number, day=1):
    return (
        f"From: Anna Berg <anna{number}@x.example>\r\nTo: b@x.example\r\nCc: c@x.example\r\n"
        f"Subject: rope number {number}\r\nDate: Thu, {day} Jan 2026 12:00:00 +0000\r\n"
        f"Message-ID: <{number}@x.example>\r\n\r\nbody {number} with a knot\r\n"
    ).encode()


@pytest.fixture
def server(served):
    return served([message(n, n + 1) for n in range(6)])


def test_capabilities_of_the_release(server):
    connection = server.imap()
    ask.ok(connection.capability())
    wanted = {
        "IMAP4REV1",
        "LITERAL+",
        "SASL-IR",
        "ID",
        "NAMESPACE",
        "IDLE",
        "UIDPLUS",
        "UNSELECT",
        "MOVE",
        "ENABLE",
        "CHILDREN",
        "SPECIAL-USE",
    }
    said = " ".join(line.decode() for line in ask.ok(connection.capability())).upper().split()
    assert wanted <= set(said)
    ask.ok(connection.xatom("ID", '("name" "test" "version" NIL)'))
    assert b"/" in ask.ok(connection.namespace())[0]
    assert connection._simple_command("ENABLE", "X-NOT-KNOWN")[0] == "OK"


def test_a_wrong_password_is_refused_and_a_right_one_taken_on_the_same_connection(server):
    connection = imaplib.IMAP4(server.host, server.port, timeout=60)
    with pytest.raises(imaplib.IMAP4.error, match="(?i)auth|log"):
        connection.login(server.user, "wrong")
    with pytest.raises(imaplib.IMAP4.error):
        connection.login("nobody", server.password)
    ask.ok(connection.login(server.user, server.password))
    assert connection.logout()[0] == "BYE"


def test_authenticate_plain(server):
    connection = imaplib.IMAP4(server.host, server.port, timeout=60)
    ask.ok(
        connection.authenticate("PLAIN", lambda _: f"\0{server.user}\0{server.password}".encode())
    )
    ask.ok(connection.select("INBOX"))
    connection.logout()


def test_select_examine_status_close_unselect(server):
    connection = server.imap()
    assert ask.ok(connection.select("inbox")) == [b"6"]
    assert b"\\Deleted" in connection.response("FLAGS")[1][-1]
    assert b"\\*" in connection.response("PERMANENTFLAGS")[1][-1]
    validity = int(connection.response("UIDVALIDITY")[1][-1])
    following = int(connection.response("UIDNEXT")[1][-1])
    assert validity > 0 and following == max(ask.uids(connection)) + 1
    data = ask.ok(connection.status("INBOX", "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)"))[0]
    assert re.search(rb"MESSAGES 6\b", data) and re.search(rb"UNSEEN 6\b", data)
    assert b"UIDVALIDITY %d" % validity in data and b"UIDNEXT %d" % following in data
    ask.ok(connection.store("1", "+FLAGS", "\\Deleted"))
    ask.ok(connection.unselect())
    assert ask.ok(connection.select("INBOX", readonly=True)) == [b"6"]
    # NO, or OK with nothing done: RFC 3501 section 6.3.2 says only that nothing changes.
    connection.store("1", "-FLAGS", "\\Deleted")
    assert len(ask.uids(connection, "DELETED")) == 1
    ask.ok(connection.close())
    assert ask.ok(connection.select("INBOX")) == [b"6"]
    ask.ok(connection.close())
    assert ask.ok(connection.select("INBOX")) == [b"5"]
    assert connection.select("Nowhere")[0] == "NO"


def test_mailboxes_are_made_renamed_subscribed_and_deleted(server):
    connection = server.imap()
    names = ["Reisen", "Reisen/Ostsee", "R&AOQ-der", '"with space"', '"quo\\"te"']
    for name in names:
        ask.ok(connection.create(name))
    assert connection.create("INBOX")[0] == "NO"
    assert connection.create("Reisen")[0] == "NO"
    listed = b"\n".join(
        line if isinstance(line, bytes) else b" ".join(line) for line in ask.ok(connection.list())
    )
    assert b"R&AOQ-der" in listed and b"with space" in listed and b"Reisen/Ostsee" in listed
    (parent,) = [line for line in listed.splitlines() if re.search(rb'[ "]Reisen"?$', line)]
    assert b"\\HasChildren" in parent
    top = ask.ok(connection.list('""', "%"))
    assert not any(b"Ostsee" in line for line in top if isinstance(line, bytes))
    ask.ok(connection.rename("Reisen", "Fahrten"))
    assert (
        ask.ok(connection.list('""', "Fahrten/*"))
        and connection.select("Fahrten/Ostsee")[0] == "OK"
    )
    ask.ok(connection.unselect())
    ask.ok(connection.subscribe("Fahrten/Ostsee"))
    assert any(b"Fahrten/Ostsee" in line for line in ask.ok(connection.lsub()) if line)
    ask.ok(connection.unsubscribe("Fahrten/Ostsee"))
    assert not any(line and b"Fahrten/Ostsee" in line for line in ask.ok(connection.lsub()))
    ask.ok(connection.delete("Fahrten/Ostsee"))
    assert connection.select("Fahrten/Ostsee")[0] == "NO"
    assert connection.delete("INBOX")[0] == "NO"
    assert connection.delete("NotThere")[0] == "NO"


def test_append_gives_the_message_back_with_flags_and_date(server):
    connection = server.imap()
    whole = generate_mail.message(2, seed=5)
    when = '"03-Feb-2024 04:05:06 +0100"'
    ask.ok(connection.append("Sent", "(\\Seen $Forwarded)", when, whole))
    ask.ok(connection.select("Sent"))
    assert list(ask.bodies(connection).values()) == [whole]
    (uid,) = ask.uids(connection)
    assert ask.flags(connection)[uid] == {"\\Seen", "$Forwarded"}
    (line,) = ask.ok(connection.fetch("1", "(INTERNALDATE RFC822.SIZE)"))
    assert imaplib.Internaldate2tuple(line) == time.localtime(1706929506)
    assert b"RFC822.SIZE %d" % len(whole) in line
    assert connection.append("Nowhere", None, None, whole)[0] == "NO"


def test_flags_are_set_replaced_and_taken_back(server):
    connection = server.imap("INBOX")
    ask.ok(connection.store("1:3", "+FLAGS", "(\\Seen \\Flagged $Label1)"))
    ask.ok(connection.store("2", "-FLAGS", "(\\Flagged)"))
    ask.ok(connection.store("3", "FLAGS", "(\\Answered)"))
    ask.ok(connection.uid("STORE", str(ask.uids(connection)[3]), "+FLAGS.SILENT", "(\\Draft)"))
    assert list(ask.flags(connection).values()) == [
        {"\\Seen", "\\Flagged", "$Label1"},
        {"\\Seen", "$Label1"},
        {"\\Answered"},
        {"\\Draft"},
        set(),
        set(),
    ]
    # BODY[] marks as seen, BODY.PEEK[] does not.
    connection.fetch("5", "(BODY.PEEK[])")
    connection.fetch("6", "(BODY[])")
    assert list(ask.flags(connection).values())[4:] == [set(), {"\\Seen"}]


def test_fetch_items(server):
    connection = server.imap("INBOX")
    (line,) = ask.ok(connection.fetch("2", "(ENVELOPE)"))
    assert line == (
        b'2 (ENVELOPE ("Thu, 2 Jan 2026 12:00:00 +0000" "rope number 1" '
        b'(("Anna Berg" NIL "anna1" "x.example")) (("Anna Berg" NIL "anna1" "x.example")) '
        b'(("Anna Berg" NIL "anna1" "x.example")) ((NIL NIL "b" "x.example")) '
        b'((NIL NIL "c" "x.example")) NIL NIL "<1@x.example>"))'
    )
    (line,) = ask.ok(connection.fetch("2", "(BODYSTRUCTURE)"))
    assert line.lower().startswith(
        b'2 (bodystructure ("text" "plain" ("charset" "us-ascii") nil nil "7bit" 20 1'
    )
    data = ask.ok(connection.fetch("2", "(BODY.PEEK[HEADER.FIELDS (SUBJECT CC)])"))
    assert data[0][1] == b"Cc: c@x.example\r\nSubject: rope number 1\r\n\r\n"
    data = ask.ok(connection.fetch("2", "(BODY.PEEK[TEXT]<5.8>)"))
    assert data[0][1] == b"1 with a" and b"BODY[TEXT]<5>" in data[0][0]
    for macro in ("ALL", "FAST", "FULL"):
        assert ask.ok(connection.fetch("1:*", macro))[0]
    assert ask.ok(connection.fetch("1", "(RFC822.HEADER)"))[0][1].endswith(b"\r\n\r\n")
    assert len(ask.ok(connection.uid("FETCH", "4294967290:*", "(FLAGS)"))) == 1


def test_search_criteria(server):
    connection = server.imap("INBOX")
    ask.ok(connection.store("1:2", "+FLAGS", "(\\Seen)"))
    ask.ok(connection.store("3", "+FLAGS", "(\\Flagged $Work)"))
    table = {
        "ALL": [1, 2, 3, 4, 5, 6],
        "SEEN": [1, 2],
        "UNSEEN FLAGGED": [3],
        "KEYWORD $Work": [3],
        "NOT KEYWORD $Work": [1, 2, 4, 5, 6],
        'OR SUBJECT "number 3" SUBJECT "NUMBER 5"': [4, 6],
        "FROM anna2": [3],
        "TO b@x.example CC c@x.example": [1, 2, 3, 4, 5, 6],
        'BODY "5 with a KNOT"': [6],
        'TEXT "<4@x.example>"': [5],
        "HEADER Message-ID <2@x.example>": [3],
        "SENTSINCE 3-Jan-2026": [3, 4, 5, 6],
        "SENTBEFORE 3-Jan-2026": [1, 2],
        "SENTON 3-Jan-2026": [3],
        "LARGER 10 SMALLER 100000": [1, 2, 3, 4, 5, 6],
        "LARGER 100000": [],
        "2:4,6": [2, 3, 4, 6],
        "UID 1:* NOT (OR SEEN FLAGGED)": [4, 5, 6],
        "CHARSET UTF-8 SUBJECT rope": [1, 2, 3, 4, 5, 6],
    }
    for criteria, expected in table.items():
        found = [int(n) for n in (ask.ok(connection.search(None, criteria))[0] or b"").split()]
        assert found == expected, criteria
    assert connection.search("X-UNKNOWN", "SUBJECT", "a")[0] == "NO"


def test_copy_move_and_expunge(server):
    connection = server.imap("INBOX")
    first = ask.uids(connection)
    ask.ok(connection.copy("1:2", "Archive"))
    assert ask.count(connection, "Archive") == 2
    answer = connection.copy("3", "Nowhere")
    assert answer[0] == "NO" and b"TRYCREATE" in answer[1][0]
    ask.ok(connection.uid("MOVE", str(first[4]), "Trash"))
    assert ask.uids(connection) == first[:4] + first[5:]
    ask.ok(connection.store("1:2", "+FLAGS", "(\\Deleted)"))
    # UIDPLUS: only the second of the two that are marked.
    ask.ok(connection.uid("EXPUNGE", str(first[1])))
    assert ask.uids(connection) == [first[0], first[2], first[3], first[5]]
    ask.ok(connection.expunge())
    assert ask.uids(connection) == [first[2], first[3], first[5]]
    ask.ok(connection.select("Trash"))
    assert list(ask.bodies(connection).values()) == [message(4, 5)]


def test_wrong_commands_get_bad_and_leave_the_connection_usable(server):
    connection = server.imap("INBOX")
    for line in (
        b"FETCH",
        b"FETCH 0 FLAGS",
        b"FETCH 1 (NOSUCH)",
        b"FROBNICATE",
        b"STORE 1 FLAGS \\",
        b"SEARCH OR SEEN",
        b"UID FETCH x FLAGS",
        b"SELECT",
        b'LIST ""',
        b"FETCH 1 BODY[1",
    ):
        connection.send(b"W1 " + line + b"\r\n")
        while not (answer := connection.readline()).startswith(b"W1 "):
            assert answer.startswith(b"* "), (line, answer)
        assert answer.startswith(b"W1 BAD"), (line, answer)
    ask.ok(connection.noop())


def test_uids_are_not_used_again(server):
    connection = server.imap("INBOX")
    highest = max(ask.uids(connection))
    ask.ok(connection.store("6", "+FLAGS", "(\\Deleted)"))
    ask.ok(connection.expunge())
    ask.ok(connection.append("INBOX", None, None, message(50)))
    ask.ok(connection.noop())
    assert max(ask.uids(connection)) == highest + 1
