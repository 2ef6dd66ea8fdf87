"""OfflineIMAP of Debian: two sets of Maildirs on one account, kept the same in both directions."""

import re

from support import imap as ask
from support import processes
from support.maildirs import Maildirs, message

SETTINGS = """
[general]
accounts = anna
metadata = {folder}.status
ui = basic
socktimeout = 60

[Account anna]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}

[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
auth_mechanisms = {mechanism}
expunge = yes
"""


class Program(Maildirs):
    """One OfflineIMAP with its own Maildirs."""

    def __init__(self, folder, server, mechanism="PLAIN"):
        super().__init__(folder)
        self.settings = folder.with_suffix(".rc")
        self.settings.write_text(
            SETTINGS.format(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                folder=folder,
                mechanism=mechanism,
            )
        )
        self.settings.chmod(0o600)

    def sync(self):
        result = processes.run(["offlineimap", "-c", self.settings, "-o"])
        said = result.stdout + result.stderr
        assert result.returncode == 0, said
        assert "error" not in said.lower() and "warning" not in said.lower(), said
        return said


def marked(mail):
    return {subject: flags for subject, (flags, _) in mail.items() if flags}


def test_two_sets_stay_the_same_as_the_account_in_both_directions(served, folder):
    server = served([message(n) for n in range(12)])
    one, two = Program(folder / "one", server), Program(folder / "two", server, "LOGIN")
    one.sync()
    two.sync()
    assert one.mail() == two.mail()
    assert {s: o for s, (_, o) in one.mail().items()} == {
        f"subject {n}": message(n).replace(b"\r\n", b"\n") for n in range(12)
    }
    assert one.mailboxes() == {"INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive"}

    one.flag("subject 1", "S")
    one.flag("subject 2", "FS")
    one.flag("subject 3", "RS")
    one.delete("subject 4")
    one.add(message(40).replace(b"\r\n", b"\n"), "1.new")
    one.create("Reisen")
    one.add(message(41).replace(b"\r\n", b"\n"), "2.new", "Reisen")
    one.sync()
    two.sync()
    assert marked(two.mail()) == {"subject 1": "S", "subject 2": "FS", "subject 3": "RS"}
    assert "subject 4" not in two.mail()
    assert two.mail()["subject 40"][1].endswith(b"\n\nbody 40\n")
    assert set(two.mail("Reisen")) == {"subject 41"}

    # The other way round, taking back what the first one said.
    two.flag("subject 1", "")
    two.flag("subject 2", "S")
    two.flag("subject 5", "D")
    two.delete("subject 6")
    two.delete("subject 41", "Reisen")
    two.sync()
    one.sync()
    assert marked(one.mail()) == {"subject 2": "S", "subject 3": "RS", "subject 5": "D"}
    assert set(one.mail()) == set(two.mail()) == {f"subject {n}" for n in {*range(12), 40} - {4, 6}}
    assert one.files("Reisen") == []

    with server.imap("INBOX") as connection:
        assert len(ask.uids(connection)) == 11
        (uid,) = ask.uids(connection, "SUBJECT", '"subject 3"')
        assert ask.flags(connection)[uid] == {"\\Answered", "\\Seen"}
        assert ask.uids(connection, "DRAFT") == ask.uids(connection, "SUBJECT", '"subject 5"')

    # Once more changes nothing, here or there.
    def state():
        status = server.imap().status("INBOX", "(MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ)")
        return status, {file.name for file in one.files()}

    before = state()
    said = one.sync()
    assert not re.search(r"Copy|Adding|Deleting|Removing|Creating", said), said
    assert state() == before
