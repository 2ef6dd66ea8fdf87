"""Changing what is in mailboxes: each command is durable before its OK at Postern."""

from table import Table
from usage import Writes


def commands(stage, number):
    """(what, commands before, commands that count) of a round, in this order."""
    few = min(1000, stage.messages // 2)
    many = min(5000, stage.messages)
    copied, moved, bin_, kept = (f"{name}-{number}" for name in ("copied", "moved", "bin", "kept"))
    # In one mailbox a message is not twice: the bin gets each once.
    return (
        ("STORE +FLAGS on all", ["SELECT INBOX"], ["STORE 1:* +FLAGS (\\Flagged)"]),
        ("STORE -FLAGS on all", ["SELECT INBOX"], ["STORE 1:* -FLAGS (\\Flagged)"]),
        (f"COPY of {few:,}", [f"CREATE {copied}", "SELECT INBOX"], [f"COPY 1:{few} {copied}"]),
        (f"MOVE of {few:,}", [f"CREATE {moved}", f"SELECT {copied}"], [f"MOVE 1:* {moved}"]),
        (
            f"EXPUNGE of {many:,}",
            [f"CREATE {bin_}", "SELECT INBOX", f"COPY 1:{many} {bin_}", f"SELECT {bin_}",
             "STORE 1:* +FLAGS.SILENT (\\Deleted)"],
            ["EXPUNGE"],
        ),
        (
            "STATUS of 50 mailboxes",
            ["SELECT INBOX"]
            + [line for n in range(50) for line in (f"CREATE {kept}-{n}", f"COPY 1:20 {kept}-{n}")],
            [f"STATUS {kept}-{n} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)" for n in range(50)],
        ),
    )


def appends(stage):
    """(what, messages, clients, messages of a command)"""
    count = max(40, stage.messages // 10)
    return (
        ("APPEND, one client", count, 1, 1),
        ("APPEND, 4 clients", count, 4, 1),
        ("APPEND, 20 clients", count, 20, 1),
        ("MULTIAPPEND", count, 1, 100),
    )


def changes(stage, sides, files, targets):
    table = Table("Changing")
    for number in range(stage.rounds):
        for side in sides:
            for what, before, measured in commands(stage, number):
                seen = side.ask(stage, before, measured)
                table.add(what, "ms", side.name, 1e3 * seen["seconds"])
    for what, *_ in commands(stage, 0):
        against = ["Maildir"] if what.startswith(("STORE", "STATUS")) else None
        targets.times(what, table, 3, sides=against)
        if what.startswith("STATUS"):
            targets.times(what, table, 1, "of sdbox", sides=["sdbox"])
    for number in range(stage.rounds):
        for side in sides:
            for what, count, clients, per_command in appends(stage):
                mailbox = f"appended-{number}-{clients}-{per_command}"
                side.ask(stage, [f"CREATE {mailbox}"], ["NOOP"])
                seen = side.append(stage, mailbox, files, count, clients, per_command)
                table.add(what, "messages/s", side.name, count / seen["seconds"])

    def rate(what, least):
        best = max(table.median(what, side.name) for side in sides if side.name != "postern")
        targets.at_least(f"{what}: times Dovecot", table.median(what, "postern") / best, least)

    for what, least in (("APPEND, one client", 1), ("APPEND, 20 clients", 4), ("MULTIAPPEND", 3)):
        rate(what, least)
    return table


def writes(stage, sides, files):
    """The same once more while somebody counts."""
    waits, octets = Table("Waits for the disk"), Table("Written to files")

    def add(what, side, seen):
        waits.add(what, "calls", side.name, seen.waits)
        octets.add(what, "kB", side.name, seen.octets / 1e3)

    for side in sides:
        for what, before, measured in commands(stage, "counted"):
            if what.startswith("STATUS"):
                continue
            if len(before) > 1:
                side.ask(stage, before[:-1], before[-1:])
            with Writes(side.pid) as seen:
                side.ask(stage, [line for line in before if line.startswith("SELECT")][-1:], measured)
            add(what, side, seen)
        for what, count, clients, per_command in appends(stage):
            mailbox = f"appended-counted-{clients}-{per_command}"
            side.ask(stage, [f"CREATE {mailbox}"], ["NOOP"])
            with Writes(side.pid) as seen:
                side.append(stage, mailbox, files, count, clients, per_command)
            add(f"{what}, {count:,} messages", side, seen)
    return [waits, octets]
