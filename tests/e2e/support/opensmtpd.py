"""OpenSMTPD of Debian as a private server that delivers by LMTP. What Debian 12 has makes no TLS with
its OpenSSL, and without TLS it knows no AUTH: programs log in at a Dovecot in front of it
(support/gate.py). Its places and users are fixed within it, so it runs with mounts of its own, which
only root can make. The package takes the place of Postfix where it is installed, so `./dev` only
unpacks it."""

import os
import pathlib
import shlex
import subprocess

from . import processes
from .postfix import DOMAIN
from .waiting import free_port, listens, wait_until

PROGRAM = pathlib.Path(os.environ["POSTERN_UNPACKED"]) / "usr/sbin/smtpd"
SIZE = 100_000
GRUMPY = f"grumpy@{DOMAIN}"

# Of smtpd.conf.
SETTINGS = """
smtp max-message-size {size}
listen on 127.0.0.1 port {port} hostname mx.{domain}
action "boxes" relay host "lmtp://127.0.0.1:{lmtp}"
match for rcpt-to "{grumpy}" reject
match for domain "{domain}" action "boxes"
"""

# What its users are called and where it keeps its queue is written in the program.
USERS = (("opensmtpd", 64001), ("opensmtpq", 64002))
PRIVATE = ("etc/passwd", "etc/group", "run", "var/spool", "var/lib")


class OpenSmtpd:
    """One server: it takes what comes to `port` from this machine, but nothing for GRUMPY. Order:
    start(), stop()."""

    def __init__(self, folder, lmtp):
        assert os.geteuid() == 0, "OpenSMTPD starts as root only"
        assert PROGRAM.exists(), f"{PROGRAM} is missing: ./dev test unpacks it"
        self.folder = pathlib.Path(folder)
        for part in ("etc", "run", "var/spool", "var/lib/opensmtpd/empty"):
            (self.folder / part).mkdir(parents=True)
        self.folder.chmod(0o755)
        self.port = free_port()
        self.log_file = self.folder / "smtpd.log"
        self._write_users()
        self._settings = self.folder / "smtpd.conf"
        self._settings.write_text(
            SETTINGS.format(
                domain=DOMAIN, size=SIZE, grumpy=GRUMPY, lmtp=lmtp, port=self.port
            )
        )
        self._process = None

    def _write_users(self):
        passwd = pathlib.Path("/etc/passwd").read_text()
        group = pathlib.Path("/etc/group").read_text()
        for name, number in USERS:
            passwd += f"{name}:x:{number}:{number}::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n"
            group += f"{name}:x:{number}:\n"
        (self.folder / "etc/passwd").write_text(passwd)
        (self.folder / "etc/group").write_text(group)

    def start(self):
        mounts = [f"mount --bind {self.folder}/{place} /{place}" for place in PRIVATE]
        run = shlex.join([str(PROGRAM), "-d", "-f", str(self._settings)])
        self._process = processes.start(
            ["unshare", "--mount", "sh", "-c", " && ".join([*mounts, f"exec {run}"])],
            stdout=subprocess.DEVNULL,
            stderr=open(self.log_file, "wb"),
        )

        def ready():
            assert self._process.poll() is None, self.log()
            return listens(self.port)

        wait_until(ready, lambda: f"OpenSMTPD listens\n{self.log()}")
        return self

    def log(self):
        return self.log_file.read_text(errors="replace")

    def stop(self):
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(20)
        self._process = None
