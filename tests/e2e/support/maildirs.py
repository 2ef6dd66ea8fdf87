"""Maildirs that a program keeps the same as an account: one folder for each mailbox."""

import re


class Maildirs:
    """What is in them, and what a person does there."""

    def __init__(self, folder):
        self.folder = folder

    def received(self, file):
        """The message in a file, without what the program adds to find it again."""
        return file.read_bytes()

    def files(self, mailbox="INBOX"):
        folder = self.folder / mailbox
        return [f for part in ("cur", "new") for f in (folder / part).iterdir()]

    def mail(self, mailbox="INBOX"):
        """Subject -> (flags, octets); the subjects of these tests are distinct."""
        found = {}
        for file in self.files(mailbox):
            octets = self.received(file)
            subject = re.search(rb"^Subject: (.*)$", octets, re.M).group(1).decode()
            found[subject] = (file.name.rpartition(":2,")[2] if ":2," in file.name else "", octets)
        return found

    def file(self, subject, mailbox="INBOX"):
        for file in self.files(mailbox):
            if f"Subject: {subject}\n".encode() in file.read_bytes():
                return file
        raise AssertionError(f"no {subject} in {mailbox}")

    def flag(self, subject, flags, mailbox="INBOX"):
        """Gives the message exactly these Maildir flags."""
        file = self.file(subject, mailbox)
        file.rename(self.folder / mailbox / "cur" / f"{file.name.partition(':')[0]}:2,{flags}")

    def delete(self, subject, mailbox="INBOX"):
        self.file(subject, mailbox).unlink()

    def add(self, octets, name, mailbox="INBOX"):
        (self.folder / mailbox / "new" / name).write_bytes(octets)

    def mailboxes(self):
        return {folder.name for folder in self.folder.iterdir() if (folder / "cur").is_dir()}

    def create(self, mailbox):
        for part in ("cur", "new", "tmp"):
            (self.folder / mailbox / part).mkdir(parents=True)


def message(number):
    return (
        f"From: a@x.example\r\nTo: b@x.example\r\nSubject: subject {number}\r\n"
        f"Message-ID: <{number}@x.example>\r\nDate: Thu, 1 Jan 2026 00:00:{number:02} +0000\r\n"
        f"\r\nbody {number}\r\n"
    ).encode()
