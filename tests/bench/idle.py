"""The benchmark of a house full of devices: many IMAP sessions over TLS that wait with IDLE, their
memory and processor time, and how long a new message takes to each of them.

A message is handed in by APPEND; the time runs from the command until a device reads EXISTS. The
memory of one is that of the first round: later ones find it there.
"""

import resource
import select
import socket
import ssl
import statistics
import time

from client import Client
from stage import USER
from support.postern import PASSWORD, Postern
from support.waiting import free_port
from table import Table
from targets import Targets
from usage import memory, processor_seconds

DEVICES = 500
MESSAGES = 20  # of a round
REST = 10  # seconds in which nothing happens
MESSAGE = "Subject: news\r\n\r\nA line.\r\n"


class Device:
    """One session that idles; what it hears is read only when it is asked."""

    def __init__(self, port, trust):
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket = trust.wrap_socket(plain, server_hostname="localhost")
        self._until(b"\r\n")
        for tag, command in (("a", f'LOGIN {USER} "{PASSWORD}"'), ("b", "SELECT INBOX")):
            self.socket.sendall(f"{tag} {command}\r\n".encode())
            self._until(f"\n{tag} OK".encode() if tag == "b" else b"a OK")
        self.socket.sendall(b"c IDLE\r\n")
        self._until(b"+ ")
        self.socket.setblocking(False)

    def _until(self, end):
        heard = b""
        while end not in heard or not heard.endswith(b"\r\n"):
            piece = self.socket.recv(1 << 16)
            assert piece, "the server hung up"
            heard += piece

    def hears(self, what):
        """Whether it is in what came since the last time."""
        heard = b""
        while True:
            try:
                piece = self.socket.recv(1 << 16)
            except (BlockingIOError, ssl.SSLWantReadError):
                return what in heard
            assert piece, "the server hung up"
            heard += piece


def push_times(devices, port):
    """Seconds, of each device."""
    waiting = {device.socket.fileno(): device for device in devices}
    watch = select.poll()
    for number in waiting:
        watch.register(number, select.POLLIN)
    client = Client(port, USER, PASSWORD)
    began = time.perf_counter()
    client.ask(f"APPEND INBOX {{{len(MESSAGE)}+}}\r\n{MESSAGE}")
    took = []
    while waiting:
        ready = watch.poll(60_000)
        now = time.perf_counter()
        assert ready, f"{len(waiting)} devices were not told"
        for number, _ in ready:
            if waiting[number].hears(b" EXISTS\r\n"):
                took.append(now - began)
                watch.unregister(number)
                del waiting[number]
    client.close()
    return took


def run(stage):
    quick = stage.messages < 1000
    count, rest, messages = (20, 1, 2) if quick else (DEVICES, REST, MESSAGES)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * count)), hard))
    limits = {"connections": 2 * count, "connections_per_address": 2 * count}
    daemon = Postern(stage.folder / "house", {USER: []}, limits=limits, tls={"certificate": "auto"})
    port = free_port()
    daemon.config["listen"]["imaps"] = f"127.0.0.1:{port}"
    daemon.write_config()
    daemon.start()
    trust = ssl.create_default_context(cafile=str(daemon.state / "ca.pem"))
    table = Table(f"{count} devices that idle over TLS")
    try:
        for number in range(stage.rounds):
            before = memory(daemon.pid)
            devices = [Device(port, trust) for _ in range(count)]
            after = memory(daemon.pid)
            table.add("memory in all", "MB", "postern", after / 1e6)
            if number == 0:
                table.add("memory of one", "KiB", "postern", (after - before) / count / 1024)
            began, spent = time.monotonic(), processor_seconds(daemon.pid)
            select.select([], [], [], rest)
            spent = processor_seconds(daemon.pid) - spent
            table.add("processor, nothing new", "% of a core", "postern",
                      100 * spent / (time.monotonic() - began))
            took = []
            for _ in range(messages):
                took += push_times(devices, daemon.imap_port)
            table.add("a new message, median", "ms", "postern", 1e3 * statistics.median(took))
            table.add("a new message, 99 of 100", "ms", "postern",
                      1e3 * sorted(took)[int(len(took) * 0.99)])
            for device in devices:
                device.socket.close()
    finally:
        daemon.stop()
    print("\n" + table.text(), flush=True)
    if not quick:
        targets = Targets()
        for what, bound in (("memory in all", 80), ("processor, nothing new", 1),
                            ("a new message, 99 of 100", 100)):
            targets.at_most(what, table.median(what, "postern"), bound)
        print(targets.text(), flush=True)
