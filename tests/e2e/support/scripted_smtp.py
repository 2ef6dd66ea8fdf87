"""A submission server that does what it is told: it stops at a named step, loses an answer, refuses.
Every message that came to its final dot is kept, whatever was answered."""

import contextlib
import re
import socketserver
import threading

CAPABILITIES = ("PIPELINING", "8BITMIME", "DSN", "AUTH PLAIN")


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        owner = self.server.owner
        with owner.lock:
            owner.open += 1
            owner.most_open = max(owner.most_open, owner.open)
        with contextlib.suppress(OSError):
            self.converse(owner)
        with owner.lock:
            owner.open -= 1

    def say(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def converse(self, owner):
        if not owner.reached("connect"):
            return
        self.say("220 mx.example ESMTP")
        for raw in self.rfile:
            line = raw.decode().strip()
            verb = line.partition(" ")[0].upper()
            if not owner.reached(verb):
                return
            if verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            if verb == "DATA":
                self.say("354 go on")
                if not self.take(owner):
                    return
                continue
            usual = {
                "EHLO": ["250-mx.example", *(f"250-{c}" for c in CAPABILITIES), "250 HELP"],
                "AUTH": ["235 2.7.0 welcome"],
            }.get(verb, ["250 2.0.0 good"])
            self.say(*owner.answers.get(line, owner.answers.get(verb, usual)))

    def take(self, owner):
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw[1:] if raw.startswith(b".") else raw)
            if not owner.reached("octets"):
                return False
        else:
            return False
        with owner.lock:
            owner.messages.append(b"".join(lines))
        if not owner.reached("."):
            return False
        self.say(*owner.answers.get(".", ["250 2.0.0 taken"]))
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner = None


class ScriptedSmtp:
    """One server on loopback. `answers`: lines by command or verb, "." for the end of a message.
    `at`: a step ("connect", a verb, "octets" or ".") where `then` is called, once; the connection
    ends there unless it returns True."""

    def __init__(self, port=0):
        self.answers, self.messages = {}, []
        self.at = self.then = None
        self.steps = []  # all that were reached, in order
        self.open = self.most_open = 0  # connections
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Session)
        self._server.owner = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def reached(self, step):
        with self.lock:
            self.steps.append(step)
            then = self.then if step == self.at else None
            if then:
                self.at = self.then = None
        return then() if then else True

    def message_ids(self):
        return [
            re.search(rb"(?im)^message-id: *(<[^>]*>)", octets).group(1).decode()
            for octets in self.messages
        ]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
