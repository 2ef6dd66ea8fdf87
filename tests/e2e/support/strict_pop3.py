"""A POP3 server with manners to be tested: it announces LOGIN-DELAY, counts logins, and refuses them as it is told."""

import socketserver
import threading
import time

PASSWORD = "upstream secret"


class _Session(socketserver.StreamRequestHandler):
    def say(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def handle(self):
        owner = self.server.owner
        stamp = f" <1.{owner.clock():.0f}@example.net>" if owner.clock else ""
        self.say("+OK ready" + stamp)
        for line in self.rfile:
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                self.say("+OK bye")
                return
            self.answer(owner, verb, rest)

    def answer(self, owner, verb, rest):
        if verb == "CAPA":
            delay = [f"LOGIN-DELAY {owner.login_delay}"] if owner.login_delay else []
            self.say("+OK", "USER", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", *delay, ".")
        elif verb == "PASS":
            owner.logins.append(time.monotonic())
            right = "+OK" if rest == PASSWORD else "-ERR [AUTH] no such user, or another password"
            self.say(owner.refusal or right)
        elif verb == "STAT":
            self.say("+OK 0 0")
        elif verb in ("LIST", "UIDL"):
            self.say("+OK", ".")
        else:
            self.say("+OK" if verb in ("USER", "NOOP") else "-ERR unknown")


class StrictPop3:
    """One server on loopback. `logins` are the tries, however they ended."""

    def __init__(self, login_delay=0):
        self.login_delay = login_delay
        self.refusal = ""  # of each login
        self.clock = None  # a function; with one, the greeting has a timestamp
        self.logins = []
        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), _Session, bind_and_activate=True
        )
        self._server.daemon_threads = True
        self._server.owner = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
