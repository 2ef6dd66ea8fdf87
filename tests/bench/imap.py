"""The benchmark of the IMAP face: a first sync over POP3, then what mail programs ask, side by side
with Dovecot.

Both sides hold the same messages on the same disk. Rounds alternate between the sides; a figure is
the median.
"""

import time

import generate_mail
from stage import PASSWORD as UPSTREAM_PASSWORD
from stage import USER, measured, processes, traced_calls, tracing
from support.postern import PASSWORD
from table import Table

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

FETCHES = {
    "FETCH 1:* (UID FLAGS)": "(UID FLAGS)",
    "FETCH 1:* (ENVELOPE BODYSTRUCTURE)": "(ENVELOPE BODYSTRUCTURE)",
    "FETCH 1:* (BODY.PEEK[])": "(BODY.PEEK[])",
}


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

    for number in range(stage.rounds):
        record(sink, stage.measure("pop3-fetch", stage.dovecot.pop3, UPSTREAM_PASSWORD)["seconds"])

        near = stage.folder / f"mbsync{number}"
        near.mkdir()
        rc = stage.folder / f"mbsync{number}.rc"
        rc.write_text(
            MBSYNC.format(
                port=stage.dovecot.imap, user=USER, password=UPSTREAM_PASSWORD, folder=near
            )
        )
        record(mbsync, *measured(["mbsync", "-q", "-c", rc, "inbox"]))
        table.add(
            "poll, nothing new",
            "ms",
            mbsync,
            1e3 * measured(["mbsync", "-q", "-c", rc, "inbox"])[0],
        )

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

    traced = stage.postern("traced")
    summary = stage.folder / "first-sync.strace"
    traced.start(prefix=tracing(summary))
    traced.sync(USER, seconds=1800)
    traced.stop(seconds=120)
    table.add("first sync, waits for the disk", "calls", "postern", traced_calls(summary))
    return daemon, table


def reading(stage, daemon):
    table = Table("Reading over IMAP")
    sides = {
        "postern": (daemon.imap_port, PASSWORD),
        "Dovecot": (stage.dovecot.imap, UPSTREAM_PASSWORD),
    }
    for what, items in FETCHES.items():
        for number in range(stage.rounds + 1):
            for side, (port, password) in sides.items():
                seen = stage.measure("imap-fetch", port, password, "INBOX", items)
                assert seen["messages"] == stage.messages, (side, what, seen)
                if number == 0:
                    table.add(f"{what}, first time", "ms", side, 1e3 * seen["seconds"])
                    continue
                table.add(what, "messages/s", side, seen["messages"] / seen["seconds"])
                table.add(what, "MB/s", side, seen["octets"] / 1e6 / seen["seconds"])
    table.add("peak memory after that", "MB", "postern", processes.peak_memory(daemon.pid) / 1e6)
    return table


def appending(stage, box, count):
    """APPEND on servers of their own, untraced for the time and traced for the waits for the
    disk."""
    table = Table(f"APPEND of {count} messages, each acknowledged when it is on the disk")
    files = box.sample(500)
    ours, theirs = (
        stage.postern("append", sources=False).start(),
        stage.second_dovecot("append-d").start(),
    )
    sides = {"postern": (ours.imap_port, PASSWORD), "Dovecot": (theirs.imap, UPSTREAM_PASSWORD)}
    for clients in (1, 20):
        for _ in range(stage.rounds):
            for side, (port, password) in sides.items():
                seen = stage.measure("imap-append", port, password, "INBOX", clients, count, *files)
                what = f"APPEND by {clients} client{'s' if clients > 1 else ''}"
                table.add(what, "messages/s", side, count / seen["seconds"])
                table.add(what, "MB/s", side, seen["octets"] / 1e6 / seen["seconds"])
    table.add("peak memory", "MB", "postern", processes.peak_memory(ours.pid) / 1e6)

    for clients in (1, 20):
        what = f"waits for the disk, {clients} client{'s' if clients > 1 else ''}"
        summary = stage.folder / f"append{clients}.strace"
        traced = stage.postern(f"append-traced{clients}", sources=False)
        traced.start(prefix=tracing(summary))
        stage.measure("imap-append", traced.imap_port, PASSWORD, "INBOX", clients, count, *files)
        traced.stop(seconds=120)
        table.add(what, "calls", "postern", traced_calls(summary))
        other = stage.second_dovecot(f"append-d{clients}")
        summary = other.folder / "strace"  # where Dovecot's user may write
        other.start(prefix=tracing(summary))
        stage.measure("imap-append", other.imap, UPSTREAM_PASSWORD, "INBOX", clients, count, *files)
        other.stop()
        table.add(what, "calls", "Dovecot", traced_calls(summary))
    return table


def run(stage):
    box = stage.box(USER, generate_mail.messages(stage.messages, profile="bench"))
    daemon, table = first_sync(stage, box)
    print("\n" + table.text(), flush=True)
    print(reading(stage, daemon).text(), flush=True)
    daemon.stop()
    print(appending(stage, box, count=max(40, stage.messages // 10)).text(), flush=True)
