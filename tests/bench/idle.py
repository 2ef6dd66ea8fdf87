"""The benchmark of a house full of devices: many IMAP sessions over TLS that wait, their memory and
processor time, and how long a new message takes to each of them. They wait with IDLE, with IDLE on
a compressed connection, and with as many groups of NOTIFY as one may have.

A message is handed in by APPEND; the time runs from the command until a device reads EXISTS. The
memory of one is that of the first round: later ones find it there.
"""

import resource
import select
import socket
import ssl
import statistics
import time
import zlib

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


GROUPS = "".join(
    f" (SUBTREE (Folder-{number}) (MessageNew MessageExpunge FlagChange MailboxName))"
    for number in range(99)
)
NOTIFY = f"NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)){GROUPS}"
# (how they wait, commands before, the last one, what says that they wait)
WAYS = (
    ("IDLE", (), "IDLE", b"+ "),
    ("IDLE, compressed", ("COMPRESS DEFLATE",), "IDLE", b"+ "),
    ("NOTIFY of 100 groups", (), NOTIFY, b"c OK"),
)


class Compressed:
    """A connection after COMPRESS DEFLATE (RFC 4978)."""

    def __init__(self, connection):
        self._connection = connection
        self._deflate = zlib.compressobj(wbits=-15)
        self._inflate = zlib.decompressobj(wbits=-15)

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def sendall(self, octets):
        self._connection.sendall(
            self._deflate.compress(octets) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        )

    def recv(self, size):
        while True:
            piece = self._connection.recv(size)
            octets = self._inflate.decompress(piece)
            if octets or not piece:
                return octets


class Device:
    """One session that waits; what it hears is read only when it is asked."""

    def __init__(self, port, trust, way):
        _, before, wait, waiting = way
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket = trust.wrap_socket(plain, server_hostname="localhost")
        self._until(b"\r\n")
        for command in (f'LOGIN {USER} "{PASSWORD}"', *before, "SELECT INBOX"):
            self.socket.sendall(f"a {command}\r\n".encode())
            self._until(b"a OK")
            if command.startswith("COMPRESS"):
                self.socket = Compressed(self.socket)
        self.socket.sendall(f"c {wait}\r\n".encode())
        self._until(waiting)
        self.socket.setblocking(False)
        self._heard = b""

    def _until(self, end):
        heard = b""
        while end not in heard or not heard.endswith(b"\r\n"):
            piece = self.socket.recv(1 << 16)
            assert piece, "the server hung up"
            heard += piece

    def hears(self, what):
        """Whether it came since it was heard last."""
        while True:
            try:
                piece = self.socket.recv(1 << 16)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            assert piece, "the server hung up"
            self._heard += piece
        found = what in self._heard
        if found:
            self._heard = b""
        return found


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
    for way in WAYS:
        if stage.only in way[0]:
            wait(stage, way)


def wait(stage, way):
    quick = stage.messages < 1000
    count, rest, messages = (20, 1, 2) if quick else (DEVICES, REST, MESSAGES)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * count)), hard))
    limits = {"connections": 2 * count, "connections_per_address": 2 * count}
    daemon = Postern(
        stage.folder / f"house-{WAYS.index(way)}",
        {USER: []},
        limits=limits,
        tls={"certificate": "auto"},
    )
    daemon.config["accounts"][USER]["imap"] = {"capabilities": {"COMPRESS": "on"}}
    port = free_port()
    daemon.config["listen"]["imaps"] = f"127.0.0.1:{port}"
    daemon.write_config()
    daemon.start()
    trust = ssl.create_default_context(cafile=str(daemon.state / "ca.pem"))
    table = Table(f"{count} devices that wait over TLS with {way[0]}")
    try:
        for number in range(stage.rounds):
            before = memory(daemon.pid)
            devices = [Device(port, trust, way) for _ in range(count)]
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
            targets.at_most(f"{way[0]}: {what}", table.median(what, "postern"), bound)
        print(targets.text(), flush=True)
