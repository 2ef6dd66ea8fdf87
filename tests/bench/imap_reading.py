"""Opening a mailbox and reading what is in it."""

import time

from client import Client
from stage import USER
from table import Table
from usage import memory

HEADER_LIST = (
    "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID "
    "Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])"
)
EVERYTHING = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"

# (what, items, over TLS, times as fast as the better Dovecot, the same for the first time)
FETCHES = (
    ("FETCH 1:* (UID FLAGS)", "(UID FLAGS)", False, 3, None),
    ("FETCH 1:* of envelopes and structures", EVERYTHING, False, 3, 20),
    ("FETCH 1:* of Thunderbird's header list", HEADER_LIST, False, 3, None),
    ("FETCH 1:* of all bodies", "(BODY.PEEK[])", False, 1, None),
    ("FETCH 1:* of all bodies, TLS", "(BODY.PEEK[])", True, 1.5, None),
)
OPENING = "connection, LOGIN, SELECT"


def fetches(stage, sides, targets):
    table, first = Table("Reading, warm"), Table("Reading, the first time")
    for number in range(stage.rounds + 1):
        for side in sides:
            seen = side.ask(stage, ["SELECT INBOX"], ["NOOP"])
            (table if number else first).add(OPENING, "ms", side.name, 1e3 * seen["opening"])
    targets.times(OPENING, table, 3)
    for what, items, tls, times, times_first in FETCHES:
        for number in range(stage.rounds + 1):
            for side in sides:
                seen = side.ask(stage, ["EXAMINE INBOX"], [f"FETCH 1:* {items}"], tls)
                assert seen["messages"] == stage.messages, (side, what, seen)
                shown = table if number else first
                shown.add(what, "ms", side.name, 1e3 * seen["seconds"])
                if number and "bodies" in what:
                    rate = seen["octets"] / 1e6 / seen["seconds"]
                    table.add(f"{what}, rate", "MB/s", side.name, rate)
        targets.times(what, table, times)
        if times_first:
            targets.times(f"{what}", first, times_first, "the first time")
    return [table, first]


def growth(stage, side, targets):
    """What grows with what is asked for, and what does not: of Postern alone."""
    table = Table("How cost grows")
    half, one = stage.messages // 2, stage.messages - 1
    cases = (
        ("FETCH of half", ["EXAMINE INBOX"], [f"FETCH 1:{half} {EVERYTHING}"]),
        ("FETCH of all", ["EXAMINE INBOX"], [f"FETCH 1:* {EVERYTHING}"]),
        ("FETCH of one, 100 times, of many", ["EXAMINE INBOX"], [f"FETCH {one} {EVERYTHING}"] * 100),
        ("FETCH of one, 100 times, of few", ["EXAMINE few"], [f"FETCH 9 {EVERYTHING}"] * 100),
    )
    side.ask(stage, ["CREATE few", "SELECT INBOX", "COPY 1:10 few"], ["NOOP"])
    for _ in range(stage.rounds + 2):
        for what, before, measured in cases:
            seen = side.ask(stage, before, measured)
            table.add(what, "ms", side.name, 1e3 * seen["seconds"])
    half, whole, many, few = (table.median(what, side.name) for what, *_ in cases)
    targets.at_most("all, times half of them", whole / half, 2.5)
    targets.at_most("one of many, times one of few", many / few, 1.5)
    return table


def shared_mailbox(stage, side, sessions=20):
    """The memory that a mailbox takes while sessions have it open."""
    table = Table(f"Memory of a mailbox of {stage.messages:,}")
    clients = [Client(side.port, USER, side.password) for _ in range(sessions)]
    closed = memory(side.pid)
    for number, client in enumerate(clients):
        client.ask("SELECT INBOX")
        if number == 0:
            one = memory(side.pid)
    table.add("by the first session that selects it", "KiB", side.name, (one - closed) / 1024)
    more = (memory(side.pid) - one) / (sessions - 1)
    table.add("by each further one", "KiB", side.name, more / 1024)
    for client in clients:
        client.close()
    return table


def reopening(stage, sides, targets):
    """What a program does that knows the mailbox, after 100 changes by another one."""
    table = Table("Knowing the mailbox already, and hearing of it")
    what = "connection, LOGIN, SELECT with QRESYNC after 100 changes"
    for number in range(stage.rounds):
        for side in sides:
            other = Client(side.port, USER, side.password)
            _, lines = other.ask("SELECT INBOX (CONDSTORE)")
            text = b" ".join(lines).decode()
            validity, known = (
                text.split(f"[{word} ")[1].split("]")[0] for word in ("UIDVALIDITY", "HIGHESTMODSEQ")
            )
            sign = "-+"[number % 2]
            for message in range(1, 101):
                other.ask(f"STORE {min(message, stage.messages)} {sign}FLAGS.SILENT ($seen-{number})")
            other.close()
            reopen = ["ENABLE QRESYNC", f"SELECT INBOX (QRESYNC ({validity} {known}))"]
            seen = side.ask(stage, reopen, ["NOOP"])
            table.add(what, "ms", side.name, 1e3 * seen["opening"])
    targets.times(what, table, 3)
    hears = "from APPEND to EXISTS at another session"
    for side in sides:
        for _ in range(4 * stage.rounds):
            table.add(hears, "ms", side.name, 1e3 * push_time(side))
    targets.at_most(f"{hears}, ms", table.median(hears, "postern"), 5)
    return table


def push_time(side):
    idle, other = (Client(side.port, USER, side.password) for _ in range(2))
    for client in (idle, other):
        client.ask("SELECT few")
    idle.begin("IDLE")
    # What a session is told at first may come a moment later than what it is told then.
    text = "Subject: news\r\n\r\nA line.\r\n"
    for _ in range(2):
        began = time.perf_counter()
        other.ask(f"APPEND few {{{len(text)}+}}\r\n{text}")
        idle.hear(b" EXISTS")
        took = time.perf_counter() - began
    idle.close()
    other.close()
    return took


def crowd(stage, sides, targets):
    clients = min(200, stage.messages)
    what = f"{clients} at once: LOGIN, SELECT, 50 headers"
    table = Table("Many sessions")
    for _ in range(stage.rounds):
        for side in sides:
            seen = side.crowd(stage, clients, ["SELECT INBOX", f"FETCH 1:50 {HEADER_LIST}"])
            assert seen["messages"] == 50 * clients, seen
            table.add(what, "sessions/s", side.name, clients / seen["seconds"])
    best = max(table.median(what, side.name) for side in sides if side.name != "postern")
    targets.at_least(f"{what}: times Dovecot", table.median(what, "postern") / best, 5)
    return table
