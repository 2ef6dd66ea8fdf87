"""Courier's POP3 server of Debian on loopback: its program that serves a Maildir, behind a login of
our own, because Courier's asks a daemon at a fixed place of the system. The package takes Dovecot's
place where it is installed, so `./dev` only unpacks it."""

import os
import pathlib
import pwd
import re
import socketserver
import subprocess
import threading

from . import processes
from .waiting import wait_until

PASSWORD = "upstream secret"
PROGRAM = pathlib.Path(os.environ["POSTERN_UNPACKED"]) / "usr/lib/courier/courier/courierpop3d"
CAPABILITIES = b"+OK\r\nUSER\r\nUTF8 USER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n"


def read_line(connection):
    """One line, octet by octet: what stands behind it is Courier's."""
    line = b""
    while not line.endswith(b"\n"):
        octet = connection.recv(1)
        if not octet:
            raise ConnectionError
        line += octet
    return line.strip().decode()


class Login(socketserver.BaseRequestHandler):
    """The AUTHORIZATION state; then Courier has the connection."""

    def handle(self):
        try:
            user = self._log_in()
        except ConnectionError:
            return
        if user is not None:
            self.server.courier.serve(user, self.request)

    def _log_in(self):
        connection, user = self.request, None
        connection.sendall(b"+OK Hello there.\r\n")
        while True:
            verb, _, rest = read_line(connection).partition(" ")
            verb = verb.upper()
            if verb == "CAPA":
                connection.sendall(CAPABILITIES)
            elif verb in ("USER", "UTF8"):
                user = rest if verb == "USER" else user
                connection.sendall(b"+OK\r\n")
            elif verb == "PASS" and rest == PASSWORD and self.server.courier.knows(user):
                return user
            elif verb == "QUIT":
                connection.sendall(b"+OK\r\n")
                return None
            else:
                connection.sendall(b"-ERR no\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    courier = None


class Courier:
    """One server. Users and mail may be added at any time; stop() ends it."""

    def __init__(self, folder):
        assert PROGRAM.exists(), f"{PROGRAM} is missing: ./dev test unpacks it"
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self.user = processes.unprivileged_user()
        self._entry = pwd.getpwnam(self.user)
        self._server = Server(("127.0.0.1", 0), Login)
        self._server.courier = self
        self.port = self._server.server_address[1]
        self.log_file = self.folder / "courier.log"
        self.log_file.touch()
        self._sessions = []
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def knows(self, user):
        return user is not None and (self.folder / user / "Maildir").is_dir()

    def serve(self, user, connection):
        """Gives the connection to Courier and waits for its end."""
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": self.user, "group": self._entry.pw_gid, "extra_groups": []}
        with open(self.log_file, "ab") as log:
            process = subprocess.Popen(
                [PROGRAM, "Maildir"],
                cwd=self.folder / user,
                stdin=connection,
                stdout=connection,
                stderr=log,
                env={
                    "AUTHENTICATED": user,
                    "AUTHADDR": user,
                    "HOME": str(self.folder / user),
                    "TCPREMOTEIP": "127.0.0.1",
                },
                **identity,
            )
        self._sessions.append(process)
        process.wait()

    def add_user(self, name, octets_of_each):
        for part in ("cur", "new", "tmp"):
            (self.folder / name / "Maildir" / part).mkdir(parents=True)
        for number, octets in enumerate(octets_of_each, start=1600000000):
            # Courier's files have lone line feeds.
            file = self.folder / name / "Maildir" / "cur" / f"{number}.P1.generated:2,"
            file.write_bytes(octets.replace(b"\r\n", b"\n"))
        if os.geteuid() == 0:
            for root, folders, files in os.walk(self.folder / name):
                for part in [root, *(os.path.join(root, n) for n in folders + files)]:
                    os.chown(part, self._entry.pw_uid, self._entry.pw_gid)

    def count(self, name):
        return sum(1 for _ in (self.folder / name / "Maildir" / "cur").iterdir())

    def fetched(self, name, sessions):
        """The octets that each session fetched, of those that ended; waits for so many."""
        pattern = re.compile(
            rf"(?:LOGOUT|DISCONNECTED|TIMEOUT), user={re.escape(name)},.* retr=(\d+)"
        )

        def ended():
            return [int(n) for n in pattern.findall(self.log_file.read_text(errors="replace"))]

        wait_until(
            lambda: len(ended()) >= sessions,
            lambda: f"{sessions} sessions of {name} ended\n{self.log_file.read_text()}",
        )
        return ended()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for process in self._sessions:
            if process.poll() is None:
                process.terminate()
            process.wait()
