"""Roundcube of Debian in a real browser: logs in, lists, reads, stars, deletes and searches; no words
of a message become part of its page."""

import pytest
from support import imap as ask
from support.roundcube import Roundcube
from test_alpine import message

HOSTILE = "<script>window.xss=1</script><img src=x onerror='window.xss=1'> \"{5}\\) hostile"


@pytest.fixture
def roundcube(served, folder):
    server = served(
        [
            message(1, "The boat leaves at seven", "Bring the rope."),
            message(
                2,
                "=?utf-8?B?U2NobMO8c3NlbMO8YmVyZ2FiZQ==?=",
                "Er liegt unter dem Blumentopf, schöne Grüße.",
            ),
            message(3, HOSTILE, "Nothing to see."),
            message(4, "To be deleted", "Nobody needs this."),
        ]
    )
    one = Roundcube(folder / "roundcube", server).start()
    yield one
    one.stop()


def test_roundcube_lists_reads_stars_deletes_and_finds(roundcube):
    seen = roundcube.visit(
        messages=4,
        hostile="hostile",
        read="Schlüsselübergabe",
        text="Er liegt unter dem Blumentopf, schöne Grüße",
        removed="To be deleted",
        last="Nobody needs this",
        words="boat",
    )
    assert seen["subjects"] == [
        "To be deleted",
        HOSTILE,
        "Schlüsselübergabe",
        "The boat leaves at seven",
    ]
    named = [shown.partition("\n")[0] for shown in seen["mailboxes"]]
    assert named == ["Inbox", "Drafts", "Sent", "Junk", "Trash", "Archive"]
    assert seen["hostile"].rstrip() == HOSTILE
    assert set(seen["attacks"]) == {0} and seen["dialogs"] == 0 and seen["errors"] == []
    assert seen["left"] == seen["subjects"][1:]
    assert seen["found"] == ["The boat leaves at seven"]

    inbox = roundcube.server.imap("INBOX")
    assert list(ask.flags(inbox).values()) == [set(), {"\\Seen", "\\Flagged"}, {"\\Seen"}]
    assert ask.count(inbox, "Trash") == 1
