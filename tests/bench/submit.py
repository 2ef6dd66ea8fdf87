"""The benchmark of sending: programs hand in messages as fast as they are taken, to Postern, which
sends each while the program waits or (`queue: always`) from Outbox, and to Postfix, which relays
from its queue. Both give them to the same sink.

Each round runs every side once. `handed in` ends with the last answer to a program, `sent` when the
sink has the last message. Postern keeps a copy of each in Sent.
"""

import pathlib
import smtplib
import subprocess
import sys
import threading
import time

from stage import processes
from support import sending
from support.postern import Postern
from support.postfix import Postfix
from support.waiting import wait_until
from table import Table

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = (1, 20)
BODY = "A line of a message that is of no interest to anybody.\r\n" * 80


class Sink:
    def __init__(self):
        self._process = processes.start(
            [sys.executable, HERE / "smtp_sink.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())

    def taken(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self):
        self._process.kill()
        self._process.communicate()


def hand_in(connect, share, failures):
    """One program: all its messages over one connection."""
    try:
        with connect() as smtp:
            for number in share:
                octets = sending.message(number, to="bert@far.example", body=BODY)
                smtp.sendmail(sending.ANNA, ["bert@far.example"], octets)
    except (OSError, smtplib.SMTPException) as failure:
        failures.append(failure)


def measure(connect, sink, name, clients, count):
    """Seconds until the last message was handed in, and until the sink had it."""
    before, failures = sink.taken(), []
    numbers = [f"{name}-{clients}-{n}-{time.monotonic_ns()}" for n in range(count)]
    threads = [
        threading.Thread(target=hand_in, args=(connect, numbers[part::clients], failures))
        for part in range(clients)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed_in = time.monotonic() - began
    assert not failures, failures
    wait_until(lambda: sink.taken() - before >= count, "all messages in the sink", 600, 0.01)
    sent = time.monotonic() - began
    assert sink.taken() - before == count
    return handed_in, sent


def run(stage):
    count = max(20, stage.messages // 20)
    table = Table(f"Handing in {count:,} messages of {len(BODY)} octets")
    sink = Sink()
    made = []

    def daemon(accounts, start=True):
        made.append(Postern(stage.folder / f"submit{len(made)}", accounts))
        return made[-1]

    def postern(queue):
        server = sending.outgoing(sink.port, stage.ca, "none", queue=queue)
        del server["ca"]
        return sending.Sending(daemon, stage.certificate, server)

    direct, queued = postern("when-unreachable"), postern("always")
    postfix = Postfix(
        stage.folder / "postfix", stage.certificate, "none", 0, [], relay=sink.port
    ).start()
    sides = (
        ("direct", "postern", direct.smtp),
        ("queued", "postern", queued.smtp),
        ("queued", "postfix", lambda: smtplib.SMTP("127.0.0.1", postfix.submission, "b.example", 60)),
    )
    try:
        for _ in range(stage.rounds):
            for clients in CLIENTS:
                for way, side, connect in sides:
                    handed_in, sent = measure(connect, sink, way + side, clients, count)
                    what = f"{clients} clients, {way}"
                    table.add(f"{what}, handed in", "messages/s", side, count / handed_in)
                    table.add(f"{what}, sent", "messages/s", side, count / sent)
    finally:
        postfix.stop()
        for one in made:
            one.stop()
        sink.stop()
    print(table.text())
