"""The benchmark of relays: a program without TLS through Postern and through stunnel (client mode) to
the same TLS server, with the certificate verified.

Each round runs both sides, one after the other. A figure is the median of the rounds.
"""

import json
import os
import pathlib
import resource
import subprocess

from stage import processes
from support.postern import Postern
from support.waiting import free_port, listens, wait_until
from table import Table

MIB = 1024 * 1024


class Bench:
    def __init__(self, stage):
        self.stage = stage
        self.quick = stage.rounds == 1
        self.table = Table("A relay beside stunnel")
        certificate, key = stage.certificate
        self.children = []
        upstream = self.start([stage.client, "relay-upstream", certificate, key])
        self.upstream = int(upstream.stdout.readline())
        self.ports = {"postern": free_port(), "stunnel": free_port()}
        self.processes = {"postern": self.postern(), "stunnel": self.stunnel()}

    def start(self, arguments, **options):
        child = processes.start(arguments, stdout=subprocess.PIPE, text=True, **options)
        self.children.append(child)
        return child

    def postern(self):
        self.daemon = Postern(
            self.stage.folder / "relay",
            {},
            relays=[
                {
                    "listen": f"127.0.0.1:{self.ports['postern']}",
                    "protocol": "pop3",
                    "upstream": f"127.0.0.1:{self.upstream}",
                    "ca": self.stage.ca,
                }
            ],
            limits={"connections": 5000, "connections_per_address": 5000},
        )
        self.daemon.start()
        return self.daemon.pid

    def stunnel(self):
        file = self.stage.folder / "stunnel.conf"
        file.write_text(
            f"foreground = yes\npid =\ndebug = 3\nTIMEOUTclose = 0\n"
            f"[relay]\nclient = yes\naccept = 127.0.0.1:{self.ports['stunnel']}\n"
            f"connect = 127.0.0.1:{self.upstream}\nverifyChain = yes\nCAfile = {self.stage.ca}\n"
            f"checkIP = 127.0.0.1\n"
        )
        child = self.start(["stunnel", file], stderr=subprocess.DEVNULL)
        wait_until(lambda: listens(self.ports["stunnel"]), "stunnel listens")
        return child.pid

    def client(self, command, side, *more):
        result = processes.run(
            [self.stage.client, command, self.ports[side], *more], seconds=1800
        )
        assert result.returncode == 0, f"{side}: {result.stderr}"
        return json.loads(result.stdout)

    def resident(self, side):
        status = pathlib.Path(f"/proc/{self.processes[side]}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def processor(self, side):
        """Seconds of all its threads up to now."""
        fields = pathlib.Path(f"/proc/{self.processes[side]}/stat").read_text().rsplit(")", 1)[1]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def throughput(self, side):
        for clients, mib in ((1, 1024), (100, 8)):
            octets = mib * MIB // (16 if self.quick else 1)
            before = self.processor(side)
            figures = self.client("relay-fetch", side, clients, octets)
            spent = self.processor(side) - before
            what = f"{clients} connection{'s' if clients > 1 else ''}"
            self.table.add(what, "MB/s", side, figures["octets"] / 1e6 / figures["seconds"])
            self.table.add(f"{what}, processor", "s/GB", side, spent / figures["octets"] * 1e9)

    def connections(self, side):
        count = 200 if self.quick else 4000
        before = self.processor(side)
        figures = self.client("relay-connect", side, 8, count)
        spent = self.processor(side) - before
        self.table.add("new connections", "1/s", side, count / figures["seconds"])
        self.table.add("new connections, processor", "ms", side, spent / count * 1e3)

    def idle(self, side):
        count = 20 if self.quick else 400
        before = self.resident(side)
        child = self.start(
            [self.stage.client, "relay-idle", self.ports[side], count], stdin=subprocess.PIPE
        )
        assert child.stdout.readline() == "ready\n"
        self.table.add(
            "memory of an idle connection", "KiB", side, (self.resident(side) - before) / count / 1024
        )
        child.communicate("")

    def run(self):
        sides = ("postern", "stunnel")
        # The memory first: afterwards both sides have some in hand that nobody uses.
        for side in sides:
            self.idle(side)
        for _ in range(self.stage.rounds):
            for side in sides:
                self.throughput(side)
                self.connections(side)
        print(self.table.text())
        if not self.quick:
            self.judge()

    def judge(self):
        for what, least in (
            ("1 connection", 1),
            ("100 connections", 1),
            ("new connections", 1.5),
            ("memory of an idle connection", -0.5),
        ):
            ratio = self.table.median(what, "postern") / self.table.median(what, "stunnel")
            reached = ratio <= -least if least < 0 else ratio >= least
            print(
                f"{what}: {ratio:.2f}, to be at {'most' if least < 0 else 'least'} {abs(least)}: "
                f"{'reached' if reached else 'MISSED'}"
            )

    def end(self):
        for child in self.children:
            child.kill()
            child.communicate()
        self.daemon.stop()


def run(stage):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    bench = Bench(stage)
    try:
        bench.run()
    finally:
        bench.end()
