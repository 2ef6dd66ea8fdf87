"""Backups of an account of large messages: how fast they are beside a plain copy of its file, and
what a mail program notices of them.
"""

import base64
import os
import random
import statistics
import subprocess
import time

import mail_families
from client import Client
from disk import forget_cached
from stage import USER
from support import processes
from support.postern import PASSWORD, program
from table import Table

RATE = "copying the account"
IDLE = "FETCH, idle"
BESIDE = "FETCH beside a backup"

ATTACHMENT_OCTETS = 105_000  # that nothing makes smaller: 10,000 messages are about 1 GB
MOST = 10_000
PIECE_OCTETS = 1 << 20
IDLE_FETCHES = 500


def write_mbox(path, count):
    rng = random.Random(11)
    with open(path, "wb") as file:
        for index in range(count):
            head = (
                f"From a Thu Jan  1 00:00:00 2026\n"
                f"From: a@postern.example\nSubject: Attachment {index}\n"
                f"Message-ID: {mail_families.message_id(index)}\n"
                f"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
            )
            file.write(head.encode())
            file.write(base64.encodebytes(rng.randbytes(ATTACHMENT_OCTETS)) + b"\n")


def copy(source, target):
    """As cp does, and on the disk at the end."""
    with open(source, "rb") as octets, open(target, "wb") as out:
        while piece := octets.read(PIECE_OCTETS):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())


class Backups:
    def __init__(self, stage, table):
        self._table = table
        self._rng = random.Random(12)
        self._daemon = stage.postern("backups", sources=False)
        self._daemon.start()
        box = stage.folder / "box"
        self._count = count(stage)
        write_mbox(box, self._count)
        imported = self._daemon.command("import", USER, box, "--into", "INBOX", seconds=3600)
        assert imported.returncode == 0, imported.stdout + imported.stderr
        box.unlink()
        # What stands in the log goes into the file.
        self._daemon.stop(seconds=120)
        self._daemon.start()
        self._file = self._daemon.state / "accounts" / USER / "mail.db"
        self._target = stage.folder / "backup"
        self._client = Client(self._daemon.imap_port, USER, PASSWORD)
        self._client.ask("EXAMINE INBOX")

    def _start(self):
        command = [program(), "backup", "--account", USER, self._target]
        command += ["--config", self._daemon.config_file]
        return processes.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def _end(self, backup):
        _, said = backup.communicate()
        assert backup.returncode == 0, said
        self._target.unlink()

    def _fetch(self):
        """What is asked to show a message."""
        number = self._rng.randint(1, self._count)
        items = "FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[]<0.2048>"
        return self._client.ask(f"FETCH {number} ({items})")[0]

    def rate(self, side, work):
        os.sync()
        forget_cached(self._file.parent)
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        self._table.add(RATE, "MB/s", side, self._file.stat().st_size / 1e6 / seconds)
        self._target.unlink(missing_ok=True)

    def round(self):
        self.rate("cp, fsync", lambda: copy(self._file, self._target))
        self.rate("postern", lambda: self._end(self._start()))
        # Both with the file at hand.
        idle = [self._fetch() for _ in range(IDLE_FETCHES)]
        backup = self._start()
        beside = []
        while backup.poll() is None:
            beside.append(self._fetch())
        self._end(backup)
        for what, seconds in ((IDLE, idle), (BESIDE, beside)):
            self._table.add(what, "ms", "postern", 1e3 * statistics.median(seconds))
            self._table.add(what + ", slowest of a hundred", "ms", "postern", 1e3 * _slow(seconds))

    def close(self):
        self._client.close()
        self._daemon.stop(seconds=120)


def _slow(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100]


def count(stage):
    return min(stage.messages, MOST)


def measure(stage):
    table = Table(f"Backups of {count(stage):,} large messages")
    backups = Backups(stage, table)
    for _ in range(stage.rounds):
        backups.round()
    backups.close()
    return table
