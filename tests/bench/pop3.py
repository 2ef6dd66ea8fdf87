"""The benchmark of fetching: first syncs over POP3 side by side with other programs and with a
sink that pipelines RETR and throws everything away, and polls with nothing new.

Each round runs every side once, on the same Dovecot; a figure is the median of the rounds. Postern
stores durably, parsed, hashed and compressed; the others write a Maildir.
"""

import time
from dataclasses import dataclass

import corpus
from fetchers import Failed, Fetchmail, Getmail, Mpop
from stage import PASSWORD, USER, processes
from table import Table
from targets import Targets

SINK = "sink"
ROUND_TRIP = 40  # ms
MIB = 1024 * 1024
SLOW = 1 / 50  # the share of the messages that the programs without pipelining get


@dataclass
class Case:
    """One first sync: which box over which way, and what Postern has to reach."""

    name: str
    sizes: tuple  # (median, mean) octets
    share: float = 1  # of --messages
    tls: bool = False
    round_trip: int = 0  # ms
    of_sink: float = 0.5
    of_mpop: float = 0  # nothing to reach


CASES = (
    Case("large plain", (8000, 48000), of_mpop=2),
    Case("large TLS", (8000, 48000), tls=True, of_sink=0.7, of_mpop=2),
    Case("far", (8000, 48000), share=0.1, round_trip=ROUND_TRIP, of_sink=0.7),
    Case("small plain", (4500, 7000), share=10, of_mpop=4),
    Case("small TLS", (4500, 7000), share=10, tls=True, of_sink=0.7, of_mpop=4),
)


class Bench:
    def __init__(self, stage):
        self.stage = stage
        self.table = Table("First sync and a poll with nothing new")
        self.targets = Targets()
        self.peaks = []  # MiB
        self.boxes = {}
        self.number = 0
        self.mail = stage.dovecot.folder / "mail"
        stage.dovecot.add_user(USER)
        (self.mail / USER).rename(self.mail / "nothing")
        self.show("nothing")

    def show(self, name):
        """What the maildrop of USER holds from now on; a maildrop's index comes along."""
        fresh = self.mail / "next"
        fresh.symlink_to(name)
        fresh.replace(self.mail / USER)

    def box(self, case, share):
        """The messages of a case, or the first ones of them."""
        count = max(3, int(self.stage.messages * case.share * share))
        name = f"m{case.sizes[0]}x{count}"
        if name not in self.boxes:
            self.boxes[name] = self.stage.box(name, corpus.messages(count, *case.sizes))
            self.show(name)
            for command in ("pop3-list", "pop3-fetch"):  # Dovecot makes its index, files get cached
                self.stage.measure(command, self.stage.dovecot.pop3, PASSWORD)
        return self.boxes[name]

    def port(self, case):
        dovecot = self.stage.dovecot
        port = dovecot.pop3s if case.tls else dovecot.pop3
        return self.stage.delay_proxy(port, case.round_trip) if case.round_trip else port

    def record(self, what, side, box, seconds):
        self.table.add(what, "messages/s", side, box.count / seconds)
        self.table.add(f"{what}, octets", "MB/s", side, box.octets / 1e6 / seconds)

    def fetcher(self, kind, case, port, box, what):
        self.number += 1
        folder = self.stage.folder / f"{kind.name}{self.number}"
        self.show(box.user)
        side = kind(folder, self.stage.client, port, self.stage.ca if case.tls else None)
        began = time.monotonic()
        try:
            side.fetch(box.count)
            seconds = time.monotonic() - began
            side.check(box.count)
        except Failed as failed:
            print(f"{what}: {failed}; this round is left out for it", flush=True)
        else:
            self.record(what, kind.name, box, seconds)

    def sink(self, case, command, port):
        more = ["tls"] if case.tls else []
        return self.stage.measure(command, port, PASSWORD, *more)["seconds"]

    def postern(self, case, port, box, what):
        """A new daemon that has seen the source empty; then the messages are there."""
        self.number += 1
        more = {"tls": "implicit", "ca": self.stage.ca} if case.tls else {}
        more["pop3"] = f"localhost:{port}"
        self.show("nothing")
        daemon = self.stage.postern(f"postern{self.number}", **more).start()
        daemon.sync(USER)
        self.show(box.user)
        began = time.monotonic()
        daemon.sync(USER, seconds=1800)
        self.record(what, "postern", box, time.monotonic() - began)
        assert daemon.source(USER)["listed"] == box.count, daemon.log()
        peak = processes.peak_memory(daemon.pid) / MIB
        self.table.add(f"{what}, peak memory", "MiB", "postern", peak)
        return daemon

    def polls(self, case, port, daemon, what):
        for _ in range(3):
            self.table.add(what, "ms", SINK, 1e3 * self.sink(case, "pop3-list", port))
            began = time.monotonic()
            daemon.sync(USER)
            self.table.add(what, "ms", "postern", 1e3 * (time.monotonic() - began))

    def run(self, case):
        box, few = self.box(case, 1), self.box(case, SLOW)
        way = f", {case.round_trip} ms" if case.round_trip else ", TLS" if case.tls else ""
        what = f"{box.count:,} of {box.octets / box.count / 1000:.0f} kB{way}"
        poll = f"poll, nothing new among {box.count:,}{way}"
        port = self.port(case)
        for _ in range(self.stage.rounds):
            self.show(box.user)
            self.record(what, SINK, box, self.sink(case, "pop3-fetch", port))
            daemon = self.postern(case, port, box, what)
            self.polls(case, port, daemon, poll)
            daemon.stop(seconds=120)
            self.fetcher(Mpop, case, port, box, what)
            for kind in (Getmail, Fetchmail):
                self.fetcher(kind, case, port, few, what)
        print(f"{what}: getmail6 and fetchmail with {few.count} of them", flush=True)
        self.judge(case, what, poll)

    def judge(self, case, what, poll):
        def ratio(row, side):
            return self.table.median(row, "postern") / self.table.median(row, side)

        self.targets.at_least(f"{what}: of the sink", ratio(what, SINK), case.of_sink)
        if case.of_mpop:
            self.targets.at_least(f"{what}: of mpop", ratio(what, Mpop.name), case.of_mpop)
        self.peaks.append(self.table.median(f"{what}, peak memory", "postern"))
        self.targets.at_most(f"{what}: peak memory, MiB", self.peaks[-1], 64)
        if case.share == 10:
            self.targets.at_most(f"{poll}: of the sink", ratio(poll, SINK), 1.3)

    def text(self):
        peaks = f"Peak memory over all of them: {min(self.peaks):.1f} to {max(self.peaks):.1f} MiB"
        return f"\n{self.table.text()}\n{self.targets.text()}{peaks}"


def run(stage):
    bench = Bench(stage)
    for case in CASES:
        if stage.only in case.name:
            bench.run(case)
    print(bench.text(), flush=True)
