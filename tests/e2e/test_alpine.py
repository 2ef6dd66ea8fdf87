"""alpine of Debian in a terminal: reads, marks, saves to a folder, deletes and expunges; what the
screen shows, and what another session sees then."""

import pytest
from support import imap as ask
from support.terminal import THREE, Terminal, message

SETTINGS = """
personal-name=Anna Berg
user-domain=x.example
inbox-path={{{host}:{port}/imap/user={user}/tls/novalidate-cert}}INBOX
folder-collections=Mail {{{host}:{port}/imap/user={user}/tls/novalidate-cert}}[]
default-fcc=""
postponed-folder=postponed
feature-list=quit-without-confirm,
    expunge-without-confirm,
    enable-flag-cmd
mail-check-interval=0
last-version-used=9.99z
sort-key=Arrival
"""


@pytest.fixture
def alpine(served, folder):
    server = served(THREE)
    rc = folder / "pinerc"
    rc.write_text(SETTINGS.format(host=server.host, port=server.port, user=server.user))
    terminal = Terminal(folder, ["alpine", "-i", "-p", rc])
    terminal.server = server
    yield terminal
    terminal.close()


def test_alpine_reads_marks_saves_and_deletes(alpine):
    alpine.expect("USER: anna  ENTER PASSWORD")
    alpine.keys(alpine.server.password, "Enter")
    alpine.expect("Preserve password")
    alpine.keys("n")
    alpine.expect("(?s)1 of 3.*Anna Berg.*The boat leaves at seven.*Schlüsselübergabe.*To be deleted")

    alpine.keys("2", "Enter")
    alpine.expect("Message 2 of 3")
    alpine.keys("Enter")
    alpine.expect("(?s)Subject: Schlüsselübergabe.*Er liegt unter dem Blumentopf, schöne Grüße")
    alpine.keys("<")
    alpine.expect("FldrList")
    alpine.keys("*")
    alpine.expect("Important")
    alpine.keys("*")
    alpine.expect(r"(?m)^ *\* +2 Jan +2 +Anna Berg")
    other = alpine.server.imap("INBOX")
    assert list(ask.flags(other).values()) == [set(), {"\\Seen", "\\Flagged"}, set()]

    # To a mailbox that is not there yet; saved here, it is marked to be deleted.
    alpine.keys("1", "Enter")
    alpine.expect("Message 1 of 3")
    alpine.keys("S")
    alpine.expect("SAVE Msg #1")
    alpine.keys("Reisen", "Enter")
    alpine.expect("doesn't exist.  Create")
    alpine.keys("y")
    # Its words pass, what stands before the message stays.
    alpine.expect(r"(?m)^ *D +1 Jan +1 +Anna Berg")
    alpine.keys("3", "Enter")
    alpine.expect("Message 3 of 3")
    alpine.keys("D")
    alpine.expect(r"(?m)^ *D +3 Jan +3 +Anna Berg")
    ask.ok(other.select("INBOX"))
    assert ["\\Deleted" in flags for flags in ask.flags(other).values()] == [True, False, True]
    alpine.keys("X")
    alpine.expect(r"(?s)\A(?!.*(boat|To be)).*Schlüsselübergabe")
    ask.ok(other.select("INBOX"))
    assert list(ask.flags(other).values()) == [{"\\Seen", "\\Flagged"}]
    saved = alpine.server.imap("Reisen")
    assert b"Bring the rope" in ask.bodies(saved)[1]

    alpine.server.deliver(message(4, "Just arrived", "Hello."))
    alpine.keys("C-l")
    alpine.expect("(?s)of 2.*Just arrived")
    alpine.keys("L")
    alpine.expect("(?s)FOLDER LIST.*Reisen")
    alpine.keys("Q")
    alpine.expect("ENDED")
