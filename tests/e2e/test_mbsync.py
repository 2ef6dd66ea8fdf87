"""mbsync of Debian: two Maildirs on one account, kept the same in both directions."""

import re

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.maildirs import Maildirs, message

CHANNEL = """
IMAPStore far
Host {host}
Port {port}
User {user}
Pass "{password}"
SSLType None
AuthMechs {mechanism}

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
CopyArrivalDate yes
SyncState *
"""


class Program(Maildirs):
    """One mbsync with its own Maildirs."""

    def __init__(self, folder, server, mechanism="LOGIN"):
        super().__init__(folder)
        folder.mkdir()
        self.rc = folder.with_suffix(".rc")
        self.rc.write_text(
            CHANNEL.format(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                folder=folder,
                mechanism=mechanism,
            )
        )
        self.rc.chmod(0o600)

    def received(self, file):
        return re.sub(rb"^X-TUID: [A-Za-z0-9+/]{12}\n", b"", file.read_bytes(), count=1, flags=re.M)

    def sync(self):
        result = processes.run(["mbsync", "-V", "-c", self.rc, "-a"])
        assert result.returncode == 0, result.stdout + result.stderr
        assert "error" not in (result.stdout + result.stderr).lower()


def test_two_maildirs_stay_the_same_as_the_account_in_both_directions(served, folder):
    server = served([message(n) for n in range(30)])
    one, two = Program(folder / "one", server), Program(folder / "two", server, "PLAIN")
    one.sync()
    two.sync()
    assert one.mail() == two.mail()
    assert {s: o for s, (_, o) in one.mail().items()} == {
        f"subject {n}": message(n).replace(b"\r\n", b"\n") for n in range(30)
    }
    for special in ("Drafts", "Sent", "Trash", "Junk", "Archive"):
        assert one.files(special) == []

    one.flag("subject 1", "S")
    one.flag("subject 2", "FS")
    one.flag("subject 3", "RS")
    one.flag("subject 4", "T")
    one.add(message(40).replace(b"\r\n", b"\n"), "1.new")
    one.sync()
    two.sync()
    there = two.mail()
    assert {s: f for s, (f, _) in there.items() if f} == {
        "subject 1": "S",
        "subject 2": "FS",
        "subject 3": "RS",
    }
    assert "subject 4" not in there
    assert there["subject 40"][1].endswith(b"\n\nbody 40\n")

    # The other way round, taking back what the first one said.
    two.flag("subject 1", "")
    two.flag("subject 2", "S")
    two.flag("subject 5", "D")
    two.flag("subject 6", "ST")
    two.sync()
    one.sync()
    here = one.mail()
    assert {s: f for s, (f, _) in here.items() if f} == {
        "subject 2": "S",
        "subject 3": "RS",
        "subject 5": "D",
    }
    assert "subject 6" not in here
    assert set(here) == set(two.mail())

    with server.imap("INBOX") as connection:
        assert len(ask.uids(connection)) == 29
        (uid,) = ask.uids(connection, "SUBJECT", '"subject 3"', "NOT", "SUBJECT", '"subject 30"')
        assert ask.flags(connection)[uid] == {"\\Answered", "\\Seen"}
        assert ask.uids(connection, "DRAFT") == ask.uids(connection, "SUBJECT", '"subject 5"')


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_it_logs_in_without_saying_the_password(served, folder, mechanism):
    program = Program(folder / "one", served([message(1)]), mechanism)
    program.sync()
    assert len(program.mail()) == 1


def test_both_change_the_same_messages_before_they_sync(served, folder):
    server = served([message(n) for n in range(5)])
    one, two = Program(folder / "one", server), Program(folder / "two", server)
    one.sync()
    two.sync()
    one.flag("subject 1", "S")
    two.flag("subject 1", "F")
    one.flag("subject 2", "T")
    two.flag("subject 2", "S")
    for program in (one, two, one):
        program.sync()
    assert one.mail() == two.mail()
    assert one.mail()["subject 1"][0] == "FS"
    assert "subject 2" not in one.mail()


def test_a_folder_and_its_mail_travel_through_the_account(served, folder):
    server = served([])
    one, two = Program(folder / "one", server), Program(folder / "two", server)
    one.sync()
    one.create("Reisen")
    one.add(message(1).replace(b"\r\n", b"\n"), "1.new", "Reisen")
    one.sync()
    two.sync()
    assert set(two.mail("Reisen")) == {"subject 1"}


def test_every_family_of_messages_is_the_same_in_the_maildir(served, folder):
    sample = list(generate_mail.messages(160, seed=11))
    server = served(sample)
    program = Program(folder / "one", server)
    program.sync()
    connection = server.imap("INBOX")
    whole = {o.replace(b"\r\n", b"\n") for o in ask.bodies(connection).values()}
    assert len(whole) == len(sample)
    # mbsync leaves out a message whose header does not end in an empty line.
    assert {program.received(f) for f in program.files()} == {o for o in whole if b"\n\n" in b"\n" + o}
