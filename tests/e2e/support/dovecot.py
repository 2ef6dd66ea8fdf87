"""Dovecot of Debian as a private server: own folder, own ports, own users, never root."""

import grp
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess

from . import processes
from .waiting import free_port, wait_until

PASSWORD = "upstream secret"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S "
protocols = pop3 imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = {fsync}
mail_max_userip_connections = 1000
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_dh =
pop3_uidl_format = %08Xu%08Xv
pop3_lock_session = {lock}
pop3_logout_format = retr=%r del=%d total=%m
default_vsz_limit = 1 G
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
{mailboxes}}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 500
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  client_limit = 200
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
{extra}
"""

MAILBOXES = "".join(
    f"  mailbox {name} {{\n    auto = subscribe\n    special_use = \\{name}\n  }}\n"
    for name in ("Drafts", "Sent", "Trash", "Junk", "Archive")
)


class Dovecot:
    """One server. Order: users and mail may be added at any time; start(), ..., stop()."""

    def __init__(self, folder, certificate, lock="no", fsync="optimized", extra=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.user = processes.unprivileged_user()
        self._entry = pwd.getpwnam(self.user)
        self.log_file = self.folder / "dovecot.log"
        self.pop3, self.pop3s = free_port(), free_port()
        self.imap, self.imaps = free_port(), free_port()
        for part in ("mail", "home", "run"):
            (self.folder / part).mkdir()
        (self.folder / "users").write_text("")
        (self.folder / "dovecot.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                user=self.user,
                uid=self._entry.pw_uid,
                gid=self._entry.pw_gid,
                group=grp.getgrgid(self._entry.pw_gid).gr_name,
                certificate=certificate[0],
                key=certificate[1],
                lock=lock,
                fsync=fsync,
                extra=extra,
                mailboxes=MAILBOXES,
                imap=self.imap,
                imaps=self.imaps,
                pop3=self.pop3,
                pop3s=self.pop3s,
            )
        )
        self._give(self.folder)
        self._process = self.pid = None

    def _give(self, path):
        """Hands files that root made to the user that Dovecot runs as."""
        if os.geteuid() != 0:
            return
        uid, gid = self._entry.pw_uid, self._entry.pw_gid
        os.chown(path, uid, gid)
        for root, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(os.path.join(root, name), uid, gid)

    def start(self, prefix=()):
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": self.user, "group": self._entry.pw_gid, "extra_groups": []}
        self._process = processes.start(
            [*prefix, "/usr/sbin/dovecot", "-F", "-c", self.folder / "dovecot.conf"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "stderr", "wb"),
            **identity,
        )

        def ready():
            assert self._process.poll() is None, self._complaint()
            return self._greets(self.pop3) and self._greets(self.imap)

        wait_until(ready, lambda: f"Dovecot listens\n{self._complaint()}")
        self.pid = processes.child_of(self._process.pid) if prefix else self._process.pid
        return self

    @staticmethod
    def _greets(port):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                return bool(probe.recv(1))
        except OSError:
            return False

    def _complaint(self):
        log = self.log_file.read_text() if self.log_file.exists() else ""
        return (self.folder / "stderr").read_text() + log

    def end(self):
        """Asks it to end without waiting; it takes about a second."""
        if self._process is not None:
            os.kill(self.pid, signal.SIGTERM)

    def stop(self):
        """Ends it and waits; may be started again."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        self._process.wait(20)
        self._process = None

    def add_user(self, name, octets_of_each=()):
        """A user with a Maildir of these messages; the folder of their files."""
        with open(self.folder / "users", "a", encoding="utf-8") as users:
            users.write(f"{name}:{{PLAIN}}{PASSWORD}\n")
        (self.folder / "home" / name).mkdir()
        for part in ("cur", "new", "tmp"):
            (self.folder / "mail" / name / part).mkdir(parents=True)
        self.add_mail(name, octets_of_each)
        self._give(self.folder / "home" / name)
        self._give(self.folder / "mail" / name)
        return self.folder / "mail" / name / "cur"

    def add_mail(self, name, octets_of_each):
        """More messages, after those that are there."""
        cur = self.folder / "mail" / name / "cur"
        first = max((int(f.name.split(".")[0]) + 1 for f in cur.iterdir()), default=1600000000)
        for number, octets in enumerate(octets_of_each, start=first):
            staged = cur.parent / "tmp" / f"{number}"
            staged.write_bytes(octets)
            if os.geteuid() == 0:
                os.chown(staged, self._entry.pw_uid, self._entry.pw_gid)
            # With the sizes in the name Dovecot need not read the file for a listing.
            wire = len(octets) + octets.count(b"\n") - octets.count(b"\r\n")
            staged.rename(cur / f"{number}.P1.generated,S={len(octets)},W={wire}:2,")

    def count(self, name):
        """How many messages the user's maildrop holds now."""
        return sum(
            1 for f in (self.folder / "mail" / name / "cur").iterdir() if not f.name.startswith(".")
        )

    def sessions(self, name, at_least=0):
        """The POP3 sessions that ended, as {retr, del, total} each, in order; waits for so many."""
        pattern = re.compile(rf"pop3\({re.escape(name)}\).* retr=(\d+) del=(\d+) total=(\d+)")

        def ended():
            found = [pattern.search(line) for line in self.log_file.read_text().splitlines()]
            return [dict(zip(("retr", "del", "total"), map(int, m.groups()))) for m in found if m]

        wait_until(
            lambda: len(ended()) >= at_least,
            lambda: f"{at_least} sessions of {name} ended: {ended()}",
        )
        return ended()
