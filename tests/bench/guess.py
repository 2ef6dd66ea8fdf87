"""The benchmark of wrong logins: how long the refusal takes for a user who is there and for one who is
not, and whether the times tell them apart.

Each try is the first one from its address of loopback, so all are held back for the same pause. They
are sent one after another and answered side by side, the users in turns of changing order.
"""

import collections
import itertools
import random
import select
import socket
import statistics
import time

from stage import USER
from support.postern import Postern
from table import Table

TRIES = 200  # of each user
PAUSE = 2.0  # seconds for which the first refusal is held back
USERS = {
    USER: "an account, wrong password",
    "nobody": "no such account",
    f"{USER}/phone": "a device, wrong password",
    f"{USER}/nothing": "no such device",
    "nobody/phone": "a device of no such account",
}
# Who is not there, beside whom an attacker knows to be there.
PAIRS = (
    ("nobody", USER),
    (f"{USER}/nothing", f"{USER}/phone"),
    ("nobody/phone", f"{USER}/phone"),
)


# The tries of this process, from all of them another address.
fresh = itertools.count()


class Try:
    """One connection from an address of its own, greeted, that has not tried yet."""

    def __init__(self, user, number, port):
        self.user = user
        source = (f"127.10.{number // 250}.{1 + number % 250}", 0)
        self.socket = socket.create_connection(("127.0.0.1", port), 60, source)
        assert self.socket.recv(4096).startswith(b"* OK")

    def send(self):
        self.began = time.perf_counter()
        self.socket.sendall(f'a LOGIN {self.user} "k7qm-x2vd-9htn-4wpc"\r\n'.encode())

    def answer(self):
        self.seconds = time.perf_counter() - self.began
        answer = self.socket.recv(4096)
        self.socket.close()
        return answer


def guesses(port, users, pause):
    """User -> seconds of each try; and the answers, each with how often it came. After each try it waits
    so long: hashes are to be done one by one. What the server puts off since it has too many of them
    counts among the answers alone."""
    took, answers = {user: [] for user in USERS}, collections.Counter()
    watch, waiting = select.poll(), {}

    def hear(milliseconds):
        for number, _ in watch.poll(milliseconds):
            one = waiting.pop(number)
            watch.unregister(number)
            answer = one.answer()
            answers[answer] += 1
            if b"[UNAVAILABLE]" not in answer:
                took[one.user].append(one.seconds)

    for number, user in enumerate(users):
        one = Try(user, next(fresh), port)
        one.send()
        waiting[one.socket.fileno()] = one
        watch.register(one.socket, select.POLLIN)
        until = time.perf_counter() + pause
        while (left := until - time.perf_counter()) > 0:
            hear(1e3 * left)
    while waiting:
        hear(60_000)
    return took, answers


def told_apart(some, others):
    """How often whoever hears one of each tells by the longer time which is which, if in doubt by a
    coin: half of the time is nothing learned."""
    longer = sum((a > b) + (a == b) / 2 for a, b in itertools.product(some, others))
    share = longer / (len(some) * len(others))
    return max(share, 1 - share)


def run(stage):
    quick = stage.messages < 1000
    limits = {"connections": 1000, "connections_per_address": 100}
    daemon = Postern(stage.folder / "guess", {USER: []}, limits=limits).start()
    try:
        added = daemon.command("device", "add", USER, "phone")
        assert added.returncode == 0, added.stderr
        shuffler, order = random.Random(1), []
        for _ in range(4 if quick else TRIES):
            order += shuffler.sample(list(USERS), len(USERS))
        first, _ = guesses(daemon.imap_port, [f"{USER}/phone"] * 3, PAUSE)
        hash_seconds = max(first[f"{USER}/phone"]) - PAUSE
        took, answers = guesses(daemon.imap_port, order, 2 * hash_seconds)
    finally:
        daemon.stop()
    put_off = sum(count for answer, count in answers.items() if b"[UNAVAILABLE]" in answer)
    words = [answer for answer in answers if b"[UNAVAILABLE]" not in answer]
    assert len(words) == 1, f"the words tell them apart: {answers}"
    print(f"\n{len(order)} wrong logins, {put_off} put off, else {words[0].decode().strip()!r}", flush=True)
    table = Table(f"Refused, less the pause of {PAUSE:.0f} s, {len(took[USER])} times each")
    for user, what in USERS.items():
        seconds = sorted(took[user])
        for share, name in ((0.5, "half of them"), (0.9, "9 of 10")):
            below = seconds[int(len(seconds) * share)] - PAUSE
            table.add(f"{what}: {name} within", "ms", "postern", 1e3 * below)
    print(table.text(), flush=True)
    for absent, present in PAIRS:
        here, there = statistics.median(took[present]), statistics.median(took[absent])
        apart = 100 * abs(there - here) / here
        print(
            f"{USERS[absent]} / {USERS[present]}: {apart:.3f} % apart, to be below 10: "
            f"{'reached' if apart < 10 else 'NOT reached'}; told apart "
            f"{100 * told_apart(took[absent], took[present]):.0f} times of 100 (50: by chance)",
            flush=True,
        )
