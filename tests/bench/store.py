"""The benchmark of the store: searching, sorting and threading, the disk, the search index, and
opening a large mailbox, side by side with Dovecot without full-text search; backups beside a plain
copy.

Both sides hold the same messages on the same disk. Rounds alternate between the sides; a figure is
the median. A sort or a thread is measured where the server offers it.
"""

import email
import email.policy
import sqlite3
import time

import backups
import generate_mail
import mail_families
from client import Client
from disk import disk, forget_cached
from stage import PASSWORD as UPSTREAM_PASSWORD
from stage import USER
from support.postern import PASSWORD
from support.waiting import wait_until
from table import Table
from targets import Targets
from usage import processor_seconds

RARE = "zebrafish"
RARE_MESSAGES = 5
SAMPLE = 10_000  # messages of which the texts are counted: a few hold much of them

# What, the command, how many times as fast as Dovecot it has to be (0: nothing to reach).
CASES = (
    ("TEXT, rare word", f"SEARCH TEXT {RARE}", 50),
    ("TEXT, common word", "SEARCH TEXT rope", 50),
    ("BODY, rare word", f"SEARCH BODY {RARE}", 50),
    ("BODY, common word", "SEARCH BODY rope", 50),
    ("BODY, two characters of Chinese", 'SEARCH CHARSET UTF-8 BODY "钥匙"', 0),
    ("SUBJECT, common word", "SEARCH SUBJECT boat", 2),
    ("SUBJECT, rare word", f"SEARCH SUBJECT {RARE}", 2),
    ("FROM, common", "SEARCH FROM example", 2),
    ("FROM, rare", f"SEARCH FROM {RARE}", 2),
    ("HEADER Message-ID", "SEARCH HEADER Message-ID <7.sample@postern.example>", 0),
    ("HEADER Received", "SEARCH HEADER Received 192.0.2.77", 0),
    ("SINCE", "SEARCH SINCE 1-Jan-2026", 0),
    ("UNSEEN", "SEARCH UNSEEN", 0),
    ("OR FROM SUBJECT", f"SEARCH OR FROM {RARE} SUBJECT boat", 0),
    ("OR of texts, NOT FROM", f"SEARCH OR TEXT {RARE} BODY zeppelin NOT FROM nobody", 0),
    ("SORT DATE", "SORT (DATE) UTF-8 ALL", 1),
    ("SORT SUBJECT", "SORT (SUBJECT) UTF-8 ALL", 1),
    ("THREAD REFERENCES", "THREAD REFERENCES UTF-8 ALL", 1),
)


def messages(count):
    """Those of the other benchmarks, and a few with a word that is nowhere else."""
    every = max(1, count // RARE_MESSAGES)
    for index, octets in enumerate(generate_mail.messages(count, profile="bench")):
        if index % every == every // 2:
            head = f"From: {RARE}@postern.example\r\nSubject: The {RARE}\r\n"
            octets = (
                f"{head}Message-ID: {mail_families.message_id(index)}\r\n\r\nA {RARE}.\r\n".encode()
            )
        yield octets


def count_hits(answer):
    """Of a SEARCH or SORT; Dovecot also tells how far it is."""
    return sum(len(line.split()) - 2 for line in answer if line.startswith((b"* SEARCH", b"* SORT")))


def text_octets(box):
    """Octets of the texts of all messages, decoded; from a sample."""
    files = sorted(box.files.iterdir())
    sample = files[:: max(1, len(files) // SAMPLE)]
    total = 0
    for file in sample:
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.compat32)
        for part in message.walk():
            if part.get_content_maintype() == "text":
                total += len(part.get_payload(decode=True) or b"")
    return total * len(files) / len(sample)


def indexed(daemon):
    (account,) = daemon.status()["accounts"]
    return account["search_index"]["indexed"] == account["search_index"]["total"]


def await_index(daemon):
    wait_until(lambda: indexed(daemon), lambda: "all is indexed", 1800, 0.5)


class Bench:
    def __init__(self, stage):
        self.stage = stage
        self.targets = Targets()
        self.daemon = stage.postern("store")

    def client(self, side):
        if side == "postern":
            return Client(self.daemon.imap_port, USER, PASSWORD)
        return Client(self.stage.dovecot.imap, USER, UPSTREAM_PASSWORD)

    def fill(self):
        self.box = self.stage.box(USER, messages(self.stage.messages))
        self.daemon.start()
        self.daemon.sync(USER, seconds=3600)
        await_index(self.daemon)
        self.daemon.stop(seconds=120)
        table = Table("Disk")
        maildir = disk(self.box.files)
        ours = disk(self.daemon.state / "accounts")
        table.add("messages", "MB", "postern", ours / 1e6)
        table.add("messages", "MB", "Maildir", maildir / 1e6)
        self.targets.at_most("disk, of the Maildir", ours / maildir, 0.75)
        return table

    def indexing(self):
        """From nothing, on a daemon that does nothing else."""
        table = Table("The search index, made anew")
        texts = text_octets(self.box) / 1e6
        (file,) = (self.daemon.state / "accounts").rglob("mail.db")
        for _ in range(self.stage.rounds):
            with sqlite3.connect(file) as database:
                database.execute("UPDATE search_index SET version = 'none'")
            database.close()
            self.daemon.start()
            began = time.monotonic()
            await_index(self.daemon)
            table.add("texts, as time goes", "MB/s", "postern", texts / (time.monotonic() - began))
            spent = processor_seconds(self.daemon.pid)
            table.add("texts, one core", "MB/s", "postern", texts / spent)
            self.daemon.stop(seconds=120)
        rate = table.median("texts, one core", "postern")
        self.targets.at_least("indexing, MB of text a second of one core", rate, 20)
        return table

    def opening(self):
        table = Table("Opening")
        places = {
            "postern": self.daemon.state / "accounts",
            "Dovecot": self.stage.dovecot.folder / "mail" / USER,
        }
        for _ in range(self.stage.rounds):
            self.daemon.start()
            for what, cold in (("LOGIN and SELECT, cold", True), ("LOGIN and SELECT, warm", False)):
                for side, place in places.items():
                    if cold:
                        forget_cached(place)
                    began = time.perf_counter()
                    client = self.client(side)
                    client.ask("SELECT INBOX")
                    table.add(what, "ms", side, 1e3 * (time.perf_counter() - began))
                    client.close()
            self.daemon.stop()
        return table

    def searching(self):
        table, first = Table("Asking, warm"), Table("Asking, the first time")
        hits = []
        self.daemon.start()
        await_index(self.daemon)
        clients = {side: self.client(side) for side in ("postern", "Dovecot")}
        for client in clients.values():
            client.ask("SELECT INBOX")
            client.ask("STORE 1:* +FLAGS.SILENT (\\Seen)")
            client.ask("STORE 1:5 -FLAGS.SILENT (\\Seen)")
        for what, command, times in CASES:
            if not all(client.can(command) for client in clients.values()):
                continue
            found = {}
            for number in range(self.stage.rounds + 1):
                for side, client in clients.items():
                    seconds, answer = client.ask(command)
                    found[side] = count_hits(answer)
                    (first if number == 0 else table).add(what, "ms", side, 1e3 * seconds)
            if command.startswith("SEARCH"):
                hits.append(f"{what}: {found['postern']} and {found['Dovecot']} hits")
            if times:
                ratio = table.median(what, "Dovecot") / table.median(what, "postern")
                self.targets.at_least(f"{what}: times as fast as Dovecot", ratio, times)
        self.daemon.stop()
        return [table, first], hits

    def backing_up(self):
        table = backups.measure(self.stage)
        rate = table.median(backups.RATE, "postern") / table.median(backups.RATE, "cp, fsync")
        self.targets.at_least("backup, of the rate of a plain copy", rate, 0.8)
        beside, idle = (table.median(what, "postern") for what in (backups.BESIDE, backups.IDLE))
        self.targets.at_most("FETCH beside a backup, times the idle one", beside / idle, 2)
        return table


def run(stage):
    bench = Bench(stage)
    if stage.only != "backups":
        print("\n" + bench.fill().text(), flush=True)
        print(bench.indexing().text(), flush=True)
        print(bench.opening().text(), flush=True)
        tables, hits = bench.searching()
        for table in tables:
            print(table.text(), flush=True)
        print("Hits of Postern and of Dovecot\n" + "\n".join(hits) + "\n", flush=True)
    print(bench.backing_up().text(), flush=True)
    print(bench.targets.text(), flush=True)
