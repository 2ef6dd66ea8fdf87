"""The benchmark of the IMAP face: a first sync over POP3, then what mail programs ask, side by side
with Dovecot.

All sides hold the same messages on the same disk. Rounds alternate between the sides; a figure is
the median.
"""

import time

import generate_mail
import imap_changing
import imap_reading
import imap_sides
from stage import PASSWORD as UPSTREAM_PASSWORD
from stage import USER, measured, processes
from support.waiting import free_port
from table import Table
from targets import Targets
from usage import Writes

MBSYNC = """
IMAPStore far
Host 127.0.0.1
Port {port}
User {user}
Pass "{password}"
SSLType None
AuthMechs PLAIN

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel inbox
Far :far:INBOX
Near :near:INBOX
Create Near
Expunge None
Sync Pull
SyncState *
"""

def mbsync_sync(stage, record, table, name):
    """Once is enough for what takes minutes: it waits for the disk for each message."""
    near = stage.folder / "mbsync"
    near.mkdir()
    rc = stage.folder / "mbsync.rc"
    rc.write_text(
        MBSYNC.format(
            port=stage.dovecot.imap, user=USER, password=UPSTREAM_PASSWORD, folder=near
        )
    )
    record(name, *measured(["mbsync", "-q", "-c", rc, "inbox"]))
    again, _ = measured(["mbsync", "-q", "-c", rc, "inbox"])
    table.add("poll, nothing new", "ms", name, 1e3 * again)


def first_sync(stage, box):
    """A daemon that holds everything, and the table of how it got there."""
    table = Table("First sync, and a poll with nothing new")
    sink, mbsync = "raw RETR, thrown away", "mbsync into a Maildir"
    stage.measure("pop3-fetch", stage.dovecot.pop3, UPSTREAM_PASSWORD)  # Dovecot makes its index

    def record(side, seconds, peak=None):
        table.add("first sync", "messages/s", side, box.count / seconds)
        table.add("first sync", "MB/s", side, box.octets / 1e6 / seconds)
        if peak:
            table.add("first sync, peak memory", "MB", side, peak / 1e6)

    mbsync_sync(stage, record, table, mbsync)
    for number in range(stage.rounds):
        record(sink, stage.measure("pop3-fetch", stage.dovecot.pop3, UPSTREAM_PASSWORD)["seconds"])

        daemon = stage.postern(f"sync{number}")
        began = time.monotonic()
        daemon.start()
        daemon.sync(USER, seconds=1800)
        record("postern", time.monotonic() - began, processes.peak_memory(daemon.pid))
        listed = stage.measure("pop3-list", stage.dovecot.pop3, UPSTREAM_PASSWORD)["seconds"]
        table.add("poll, nothing new", "ms", sink, 1e3 * listed)
        began = time.monotonic()
        daemon.sync(USER)
        table.add("poll, nothing new", "ms", "postern", 1e3 * (time.monotonic() - began))
        if number + 1 < stage.rounds:
            daemon.stop()

    counted = stage.postern("counted").start()
    with Writes(counted.pid) as seen:
        counted.sync(USER, seconds=1800)
    counted.stop(seconds=120)
    table.add("first sync, waits for the disk", "calls", "postern", seen.waits)
    table.add("first sync, written to files", "MB", "postern", seen.octets / 1e6)
    return daemon, table


class Compared(Targets):
    """Targets that are ratios to Dovecot."""

    def times(self, what, table, least, when="", sides=None):
        """How often faster Postern is than the fastest of `sides`, or of all."""
        others = sides or [side for side in table.sides(what) if side != "postern"]
        best = min(table.median(what, side) for side in others)
        named = f"{what}{', ' if when else ''}{when}: times as fast as {' and '.join(others)}"
        self.at_least(named, best / table.median(what, "postern"), least)


def run(stage):
    box = stage.box(USER, generate_mail.messages(stage.messages, profile="bench"))
    daemon, table = first_sync(stage, box)
    print("\n" + table.text(), flush=True)
    daemon.stop(seconds=120)
    daemon.config["listen"]["imaps"] = f"127.0.0.1:{free_port()}"
    daemon.config["tls"] = {"certificate": "auto"}
    daemon.config["limits"] = {"connections": 1000, "connections_per_address": 1000}
    daemon.write_config()
    daemon.start()
    postern = imap_sides.of_postern(daemon)
    sides = [
        postern,
        imap_sides.of_dovecot("Maildir", stage.dovecot),
        imap_sides.sdbox(stage, box.files),
    ]
    targets = Compared()
    files = box.sample(500, stage.folder / "sample")
    print(imap_reading.shared_mailbox(stage, postern).text(), flush=True)
    for table in imap_reading.fetches(stage, sides, targets):
        print(table.text(), flush=True)
    print(imap_reading.growth(stage, postern, targets).text(), flush=True)
    for side in sides[1:]:
        side.ask(stage, ["CREATE few"], ["NOOP"])
    print(imap_reading.reopening(stage, sides, targets).text(), flush=True)
    print(imap_reading.crowd(stage, sides, targets).text(), flush=True)
    print(imap_changing.changes(stage, sides, files, targets).text(), flush=True)
    for table in imap_changing.writes(stage, sides, files):
        print(table.text(), flush=True)
    print(targets.text(), flush=True)
