"""A submission server of a few lines: what it takes ends in a list. Python's own, so that nothing
has to be installed for it."""

import base64
import socketserver
import ssl
import threading


class SmtpServer:
    """STARTTLS with tls="starttls", TLS from the start with "implicit". Order: start(), stop()."""

    def __init__(self, certificate, tls, user="anna", password="upstream secret"):
        self.messages, self.logins, self.plain_lines = [], [], []
        self.tls, self.user, self.password = tls, user, password
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                Conversation(outer, self.request).run()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Conversation:
    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.secure = server.tls == "implicit"
        if self.secure:
            self.connection = server.context.wrap_socket(connection, server_side=True)
        self.file = self.connection.makefile("rb")

    def say(self, *lines):
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def line(self):
        line = self.file.readline().decode().rstrip("\r\n")
        if not self.secure:
            self.server.plain_lines.append(line)
        return line

    def run(self):
        self.say("220 upstream.example ESMTP")
        while line := self.line():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                more = ["250-AUTH PLAIN LOGIN"] if self.secure else ["250-STARTTLS"]
                self.say("250-upstream.example", *more, "250 SIZE 1000000")
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
                self.file = self.connection.makefile("rb")
                self.secure = True
            elif verb == "AUTH":
                self.auth(line)
            elif verb == "DATA":
                self.say("354 go on")
                self.server.messages.append(self.message())
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def auth(self, line):
        words = line.split()
        if len(words) == 2:
            self.say("334 ")
            words.append(self.line())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        right = (user, password) == (self.server.user, self.server.password)
        self.server.logins.append((user, self.secure))
        self.say("235 welcome" if right else "535 5.7.8 wrong")

    def message(self):
        octets = b""
        while (line := self.file.readline()) not in (b".\r\n", b""):
            octets += line[1:] if line.startswith(b"..") else line
        return octets
