"""Makes the pictures of docs/: the page as it is in the tree, with sample data, in Debian's Chromium.

  /usr/bin/python3 -B tests/web/screenshots.py [FOLDER]

FOLDER is docs/ unless it is named. Nothing but loopback is asked, after npm has installed its package."""

import datetime
import http.server
import json
import pathlib
import random
import sys
import threading

TREE = pathlib.Path(__file__).resolve().parents[2]
PAGE = TREE / "proxy/web/page"
sys.path.insert(0, str(TREE / "tests/e2e"))
from support import npm, processes  # noqa: E402

# The same pictures each time.
NOW = datetime.datetime(2026, 11, 27, 17, 42, tzinfo=datetime.timezone.utc)
LARGEST = 150_000
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def at(**ago):
    return (NOW - datetime.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def source(account, key, state="idle", **more):
    progress = {"messages_done": 0, "messages_total": 0}
    return {
        "account": account, "source": key, "state": state, "detail": "", "last_success": at(minutes=4),
        "last_poll": at(minutes=4), "next_poll": at(minutes=-11), "postponed_until": None,
        "listed": 3120, "fetched": 14, "progress": progress, **more,
    }  # fmt: skip


def device(name, rights, minutes, address, program, sender=""):
    last = {"time": at(minutes=minutes), "address": address, "program": program}
    return {"name": name, "rights": rights, "sender": sender, "last_use": last}


STATUS = {
    "version": "0.1.0",
    "since": at(days=2, hours=3),
    "config": {"problem": None},
    "disk": {"free": 84_000_000_000},
    "connections": [
        {"protocol": "imaps", "account": "anna", "device": "laptop", "mailbox": "INBOX",
         "program": "Thunderbird 128.5", "secure": True, "peer": "192.168.1.20:50112",
         "since": at(hours=2)},
        {"protocol": "imap", "account": "bert", "device": "", "mailbox": "Archive",
         "program": "NeoMutt 2024", "secure": False, "peer": "127.0.0.1:40112",
         "since": at(minutes=8)},
    ],
    "accounts": [
        {"name": "anna", "messages": 12840, "mailboxes": 7, "disk_octets": 1_600_000_000,
         "sources": [
             source("anna", "pop3://anna@pop.example.net:995"),
             source("anna", "pop3://a.k@mail.example.org:995", "throttled",
                    next_poll=at(minutes=-25), listed=210, fetched=0,
                    detail="the server refused a login soon after a good one; the pause is "
                    "15 minutes now"),
         ],
         "outgoing": [{"server": "smtp://anna@mail.example.net:465", "sent": 3}],
         "devices": [
             device("laptop", "full", 3, "192.168.1.20", "Thunderbird 128.5"),
             device("scanner", "send-only", 1500, "192.168.1.9", "", "scanner@example.net"),
             device("tablet", "read-only", 260, "192.168.1.31", "iPad Mail 18.1"),
         ]},
        {"name": "bert", "messages": 412, "mailboxes": 6, "disk_octets": 51_000_000,
         "sources": [source("bert", "pop3://bert@pop.example.com:995", "polling", fetched=412,
                            listed=1900,
                            progress={"messages_done": 412, "messages_total": 1900})],
         "devices": []},
    ],
}  # fmt: skip


def history():
    chance = random.Random(5)
    days = [chance.choice([4, 7, 11, 16, 19, 23]) for _ in range(30)]
    polls = [
        {"time": at(minutes=15 * (40 - i)), "seconds": 6.4 if i == 17 else chance.uniform(0.6, 1.9),
         "fetched": i % 3, "state": "throttled" if i == 31 else "idle"}
        for i in range(40)
    ]  # fmt: skip
    throttled = {
        "account": "anna", "source": "pop3://a.k@mail.example.org:995", "state": "throttled",
        "detail": "the server refused a login soon after a good one", "first": at(hours=3),
        "last": at(minutes=20), "times": 2, "over": False,
    }  # fmt: skip
    gone = {**throttled, "state": "unreachable", "last": at(hours=14), "times": 3, "over": True}
    return {
        "days": [{"account": "anna", "messages": days}],
        "polls": [{"account": "anna", "source": "pop3://anna@pop.example.net:995", "polls": polls}],
        "problems": [throttled, gone],
    }


HITS = [
    ("Invoice 2026-118", "Workshop Berger <office@berger.example>"),
    ("Re: Sunday at the lake", "Jörg Müller <joerg@example.org>"),
    ("Minutes of the meeting", "Karin Holm <karin@example.net>"),
    ("Your order is on its way", "Shop <noreply@shop.example>"),
    ("Photographs from the mountains", "Olga Petrova <olga@example.org>"),
    ("<script>alert(1)</script> a subject is text", "somebody <x@stranger.example>"),
]
LETTER = {
    "subject": "Re: Sunday at the lake",
    "from": HITS[1][1], "to": "anna@example.net", "cc": "", "reply_to": "", "date": at(hours=3), "cut": False,
    "text": "Hello Anna,\n\nten o'clock at the boathouse suits us well. We bring\nthe bread and the cheese; could "
    "you think of the blanket?\n\nThe way is on the map that I enclose. If it rains we\nmeet at our place."
    "\n\nJörg\n\n> Shall we say ten? I can bring cake.\n",
    "enclosed": [{"name": "way.pdf", "type": "application/pdf", "octets": 184_320}],
}  # fmt: skip


def square(width):
    """Rows that look like a code and hold nothing: three corners, and chance between them."""
    chance = random.Random(9)
    rows = [[chance.random() < 0.5 for _ in range(width)] for _ in range(width)]
    for top, left in ((0, 0), (0, width - 7), (width - 7, 0)):
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= top + y < width and 0 <= left + x < width:
                    ring = max(abs(y - 3), abs(x - 3))
                    rows[top + y][left + x] = ring in (0, 1, 3)
    return ["".join("1" if one else "0" for one in row) for row in rows]


def server(what, port):
    return {"what": what, "host": "attic.local", "port": port, "security": "tls", "reach": "network"}


ANSWERS = {
    "enter": {"token": "0" * 32},
    "search": {
        "end": "many",
        "hits": [
            {"mailbox": "INBOX", "mailbox_id": 1, "uid": 90 - i, "subject": subject, "from": sender,
             "octets": 4000, "date": at(hours=1 + 2 * i)}
            for i, (subject, sender) in enumerate(HITS)
        ],
    },
    "letter": LETTER,
    "add_device": {
        "user": "anna/phone", "password": "k7qm-x2vd-9htn-4wpc", "sender": "",
        "servers": [server("imap", 1993), server("smtp", 1465)],
        "link": {"address": "https://attic.local:8143/device#5d0c61f2a98e47b3a1c04e7f92d8b635",
                 "reach": "network", "minutes": 15},
        "qr": {"holds": "link", "rows": square(37)},
    },
    "look": {"provider": "Example Mail", "server": "pop.example.net:995", "username": "cleo@example.net",
             "account": "cleo", "encrypted": True},
    "try": {"messages": 2310, "octets": 410_000_000, "draft": "draft"},
}  # fmt: skip


class House(http.server.BaseHTTPRequestHandler):
    """What the program would answer."""

    def log_message(self, *_):
        pass

    def answer(self, kind, octets):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def do_GET(self):
        if self.path == "/api/history":
            return self.answer("application/json", json.dumps(history()).encode())
        if self.path == "/api/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(f"event: status\ndata: {json.dumps(STATUS)}\n\n".encode())
            self.wfile.flush()
            return self.server.over.wait()
        file = PAGE / {"/": "index.html", "/device": "device.html"}.get(self.path, self.path[1:])
        return self.answer(TYPES[file.suffix], file.read_bytes())

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("application/json", json.dumps(ANSWERS[self.path.rsplit("/", 1)[-1]]).encode())


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TREE / "docs").resolve()
    house = http.server.ThreadingHTTPServer(("127.0.0.1", 0), House)
    house.over = threading.Event()
    threading.Thread(target=house.serve_forever, daemon=True).start()
    script = npm.installed("browser", "pictures.mjs")
    origin = f"http://127.0.0.1:{house.server_port}"
    result = processes.run(["node", "pictures.mjs", origin, folder, NOW.isoformat()], 150, cwd=script)
    house.over.set()
    house.shutdown()
    print(result.stdout + result.stderr, end="")
    large = [one.name for one in folder.glob("web-*.png") if one.stat().st_size > LARGEST]
    if large:
        print(f"more than {LARGEST} octets: {', '.join(large)}")
    return result.returncode or len(large)


if __name__ == "__main__":
    sys.exit(main())
