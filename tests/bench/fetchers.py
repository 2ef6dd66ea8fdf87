"""Programs of others that fetch mail over POP3 into a Maildir, set up to leave it on the server."""

import os
import pwd
import shutil
import subprocess

from stage import PASSWORD, USER, processes

MPOP = """
account default
host localhost
port {port}
user {user}
password {password}
auth user
tls {tls}
tls_starttls off
tls_trust_file {ca}
pipelining on
keep on
delivery maildir {folder}/mail
uidls_file {folder}/uidls
"""

GETMAIL = """
[retriever]
type = {kind}
server = localhost
port = {port}
username = {user}
password = {password}

[destination]
type = Maildir
path = {folder}/mail/

[options]
read_all = false
delete = false
verbose = 0
delivered_to = false
received = false
"""

FETCHMAIL = """
set no bouncemail
poll localhost protocol pop3 port {port} user "{user}" password "{password}"
  keep fetchall {tls} mda "{client} deliver {folder}/mail"
"""


class Failed(Exception):
    """A fetcher did not do its work; it does not end the benchmark."""


class Fetcher:
    """One program with a new Maildir. `port` and `ca` of the server; `ca` is None without TLS."""

    def __init__(self, folder, client, port, ca, user=USER):
        self.folder, self.client, self.port, self.ca, self.user = folder, client, port, ca, user
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / part).mkdir(parents=True)

    def write(self, name, text, **more):
        file = self.folder / name
        file.write_text(
            text.format(
                folder=self.folder, port=self.port, user=self.user, password=PASSWORD, **more
            )
        )
        file.chmod(0o600)
        return file

    def run(self, command, seconds=1800, identity=None, **environment):
        child = processes.start(
            command,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
            **(identity or {}),
        )
        try:
            code = child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {seconds} s") from None
        finally:
            child.kill()
            child.wait()
        if code != 0:
            raise Failed(f"{self.name} ended with {code}")

    def check(self, count):
        here = sum(len(os.listdir(self.folder / "mail" / part)) for part in ("cur", "new"))
        if here != count:
            raise Failed(f"{self.name} fetched {here} of {count}")


class Mpop(Fetcher):
    name = "mpop"

    def fetch(self, count):
        tls = "on" if self.ca else "off"
        self.run(["mpop", "-q", "-C", self.write("rc", MPOP, tls=tls, ca=self.ca or "system")])


class Getmail(Fetcher):
    name = "getmail6"

    def fetch(self, count):
        kind = "SimplePOP3SSLRetriever" if self.ca else "SimplePOP3Retriever"
        rc = self.write("rc", GETMAIL, kind=kind)
        identity = {}
        if os.geteuid() == 0:  # it does not deliver as root
            user = pwd.getpwnam(processes.unprivileged_user())
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, identity["user"])
        # It forks for each message, and now and then waits for a child that has ended already.
        command = ["getmail", "--getmaildir", self.folder, "--rcfile", rc, "--quiet"]
        self.run(command, 20 + count, identity)


class Fetchmail(Fetcher):
    name = "fetchmail"

    def fetch(self, count):
        tls = f'ssl sslcertck sslcertfile "{self.ca}"' if self.ca else "sslproto ''"
        rc = self.write("rc", FETCHMAIL, tls=tls, client=self.client)
        self.run(
            ["fetchmail", "-s", "--nosyslog", "-f", rc, "--pidfile", self.folder / "pid"],
            FETCHMAILHOME=str(self.folder),
        )
