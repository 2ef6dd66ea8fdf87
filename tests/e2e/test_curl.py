"""curl of Debian as an IMAP program: list, fetch, search, append, flags."""

import pytest

from support import imap as ask
from support import processes


@pytest.fixture
def curl(served, folder):
    """curl(path, ...) runs it against an account with five messages; what it printed, as octets."""
    server = served([message(n) for n in range(5)])
    netrc = folder / "netrc"
    netrc.write_text(f'machine {server.host} login {server.user} password "{server.password}"\n')

    def run(path, *more):
        result = processes.run(
            [
                "curl",
                "-sS",
                "--netrc-file",
                netrc,
                *more,
                f"imap://{server.host}:{server.port}/{path}",
            ],
            text=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    run.server = server
    return run


def message(number):
    return (
        f"From: a@x.example\r\nTo: b@x.example\r\nSubject: rope number {number}\r\n"
        f"Message-ID: <{number}@x.example>\r\n\r\n.body {number}\r\n\r\n"
    ).encode()


def test_curl_lists_the_mailboxes(curl):
    listed = curl("").decode()
    for name, use in [
        ("Drafts", "\\Drafts"),
        ("Sent", "\\Sent"),
        ("Trash", "\\Trash"),
        ("Junk", "\\Junk"),
        ("Archive", "\\Archive"),
    ]:
        (line,) = [line for line in listed.splitlines() if name in line.rsplit("/", 1)[-1]]
        assert use in line
    assert "INBOX" in listed


@pytest.mark.parametrize("mechanism", ["AUTH=*", "AUTH=PLAIN"])
def test_curl_fetches_a_message_octet_for_octet(curl, mechanism):
    assert curl("INBOX;UID=2", "--login-options", mechanism) == message(1)
    assert curl("INBOX;MAILINDEX=5", "--login-options", mechanism) == message(4)


def test_curl_fetches_a_section(curl):
    assert curl("INBOX;UID=1;SECTION=TEXT") == b".body 0\r\n\r\n"
    assert (
        curl("INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)") == b"Subject: rope number 0\r\n\r\n"
    )


def test_curl_searches(curl):
    assert curl("INBOX?SUBJECT%20%22number%203%22").split() == [b"*", b"SEARCH", b"4"]
    assert curl("INBOX?SUBJECT%20nothing").split() == [b"*", b"SEARCH"]


def test_curl_appends(curl, folder):
    letter = folder / "letter"
    letter.write_bytes(message(9) * 2000)
    curl("Drafts", "-T", letter)
    connection = curl.server.imap("Drafts")
    assert list(ask.bodies(connection).values()) == [letter.read_bytes()]


def test_curl_sets_flags_and_expunges(curl):
    curl("INBOX", "-X", "STORE 2 +FLAGS (\\Deleted \\Seen)")
    assert b"\\Deleted" in curl("INBOX", "-X", "FETCH 2 FLAGS")
    curl("INBOX", "-X", "EXPUNGE")
    connection = curl.server.imap("INBOX")
    assert ask.uids(connection) == [1, 3, 4, 5]
