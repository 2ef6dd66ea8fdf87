"""neomutt of Debian in a terminal: what a person sees who reads, answers to nobody, and deletes."""

import pytest
from support import imap as ask
from support.terminal import THREE, Terminal, message

SETTINGS = """
set imap_user = "{user}"
set imap_pass = "{password}"
set folder = "imap://{host}:{port}/"
set spoolfile = "+INBOX"
set ssl_starttls = no
set ssl_force_tls = no
set imap_authenticators = "plain:login"
set imap_check_subscribed = no
set mail_check = 1
set timeout = 1
set imap_poll_timeout = 5
set imap_keepalive = 5
set delete = yes
set confirmappend = no
set move = no
set mark_old = no
set wait_key = no
set sort = mailbox-order
set beep = no
set help = no
set markers = no
set pager_index_lines = 0
set trash = "+Trash"
set record = "+Sent"
"""


@pytest.fixture
def neomutt(served, folder):
    server = served(THREE)
    rc = folder / "neomuttrc"
    rc.write_text(
        SETTINGS.format(
            host=server.host, port=server.port, user=server.user, password=server.password
        )
    )
    terminal = Terminal(folder, ["neomutt", "-n", "-F", rc])
    terminal.server = server
    yield terminal
    terminal.close()


def test_neomutt_shows_reads_and_deletes(neomutt):
    screen = neomutt.expect("To be deleted")
    assert "The boat leaves at seven" in screen and "Schlüsselübergabe" in screen
    assert "Anna Berg" in screen

    neomutt.keys("2", "Enter")
    neomutt.keys("Enter")
    screen = neomutt.expect("Er liegt unter dem Blumentopf, schöne Grüße")
    assert "Subject: Schlüsselübergabe" in screen
    neomutt.keys("q")
    neomutt.expect("To be deleted")

    neomutt.keys("3", "Enter")
    neomutt.keys("d")
    neomutt.keys("$")
    screen = neomutt.expect(r"(?s)\A(?!.*To be deleted)(?=.*The boat)")
    connection = neomutt.server.imap("INBOX")
    assert len(ask.uids(connection)) == 2
    assert list(ask.flags(connection).values())[1] == {"\\Seen"}
    assert ask.count(connection, "Trash") == 1

    # Mail that arrives while the index is open appears by itself.
    neomutt.server.deliver(message(4, "Just arrived", "Hello."))
    neomutt.expect("Just arrived", seconds=30)

    neomutt.keys("F")
    neomutt.keys("q")
    neomutt.expect("ENDED")
    assert any("\\Flagged" in flags for flags in ask.flags(neomutt.server.imap("INBOX")).values())
