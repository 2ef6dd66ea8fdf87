"""ImapFlow, a library that many web mail programs stand on: it makes a tour, the test judges what
it saw."""

import base64
import json

from support import imap as ask
from support import npm, processes

MESSAGES = [
    b"From: =?utf-8?Q?J=C3=B6rg?= <j@x.example>\r\nSubject: =?utf-8?B?U3RyYcOfZW5mZXN0?=\r\n"
    b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n\r\nfirst\r\n",
    b"From: Anna <a@x.example>\r\nSubject: two parts\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n'
    b"Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Gr=FC=DFe</p>\r\n--b--\r\n",
    b"Subject: third\r\n\r\nno sender\r\n",
    b"Subject: =?iso-8859-1?Q?Stra=DFe?= 4\r\nFrom: x@x.example\r\n\r\nfourth\r\n",
]


def test_a_tour_with_imapflow(served):
    server = served(MESSAGES)
    folder = npm.installed("imapflow", "tour.mjs")
    result = processes.run(
        ["node", "tour.mjs", server.host, server.port, server.user, server.password], cwd=folder
    )
    assert result.returncode == 0, result.stdout + result.stderr
    seen = json.loads(result.stdout)

    uses = {box["path"]: box["use"] for box in seen["mailboxes"]}
    assert uses["INBOX"] == "\\Inbox"
    for name in ("Drafts", "Sent", "Trash", "Junk", "Archive"):
        assert uses[name] == f"\\{name}"
    assert {"IDLE", "MOVE", "UIDPLUS", "NAMESPACE"} <= {c.upper() for c in seen["capabilities"]}

    assert seen["exists"] == 4
    assert [m["subject"] for m in seen["messages"]] == [
        "Straßenfest",
        "two parts",
        "third",
        "Straße 4",
    ]
    assert [m["from"] for m in seen["messages"]] == ["Jörg", "Anna", None, ""]
    assert seen["messages"][1]["type"] == "multipart/mixed"
    assert seen["messages"][1]["parts"] == ["text/plain", "text/html"]
    assert [base64.b64decode(m["source"]) for m in seen["messages"]] == MESSAGES
    assert [m["size"] for m in seen["messages"]] == [len(m) for m in MESSAGES]
    assert seen["part"] == "<p>Grüße</p>"
    uids = [m["uid"] for m in seen["messages"]]
    assert seen["found"] == [uids[2], uids[3]]
    # Workaround: ImapFlow 1.0 and others: they send search texts in UTF-8 as quoted strings.
    assert seen["festival"] == [uids[0]]
    assert seen["greeting"] == [uids[0], uids[1], uids[3]]
    assert seen["flags"] == ["\\Seen"]
    assert seen["moved"]["destination"] == "Archive" and seen["moved"]["uidMap"] == [[uids[1], 1]]
    assert seen["copied"] == "Archive"
    assert seen["deleted"] and seen["left"] == 2

    assert seen["created"]["path"] == "Reisen/Größe" and seen["created"]["created"]
    assert seen["appended"]["uid"] == 1
    assert (seen["status"]["messages"], seen["status"]["unseen"], seen["status"]["uidNext"]) == (
        1,
        1,
        2,
    )
    assert not {"Reisen/Größe", "Reisen/Länge"} & set(seen["after"])
    assert seen["told"] == 3
    assert seen["refused"] is True

    connection = server.imap("Archive")
    assert sorted(ask.bodies(connection).values()) == sorted([MESSAGES[0], MESSAGES[1]])
