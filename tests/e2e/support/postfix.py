"""Postfix of Debian as a private server: programs log in to send, and it delivers to a Dovecot by
LMTP. Its parts run as users of their own, so only root can start it."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

from . import processes
from .waiting import free_port, listens, wait_until

DOMAIN = "post.example"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.{domain}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:no way out of this test
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/recipients
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_delay_open_until_valid_rcpt = no
smtpd_client_connection_count_limit = 0
message_size_limit = {message_size}
minimal_backoff_time = 1s
queue_run_delay = 1s
"""

# Everybody's messages go to one server, from the queue.
RELAY = """
mynetworks = 127.0.0.0/8
smtpd_sasl_auth_enable = no
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{relay}
default_transport = smtp
virtual_mailbox_domains =
"""

MASTER = """
{submission} inet n - n - - smtpd
{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
{old} inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8,chunking,dsn,pipelining,size
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def settings(*texts):
    """main.cf of these texts, what is said later in place of what was said before: a name that
    stands twice makes every part of Postfix warn as it starts, and the part that writes the log
    waits for itself then."""
    lines = [line for text in texts for line in text.splitlines() if line]
    values = dict(line.split(" =", 1) for line in lines)
    return "".join(f"{name} ={value}\n" for name, value in values.items())


def dovecot_services(folder, lmtp, user):
    """What a Dovecot needs to know so that a Postfix can ask it for logins and give it mail."""
    return f"""
protocols = pop3 imap lmtp
auth_username_format = %Ln
service auth {{
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


class Postfix:
    """One server. `submission` wants STARTTLS, `submissions` TLS at once, `old` is the first without
    any extension but STARTTLS and AUTH. With `relay` it takes everything and sends it on to that port. Order: start(), ..., stop(); may be started again."""

    def __init__(self, folder, certificate, sasl, lmtp, users, message_size=10_000_000, relay=None):
        assert os.geteuid() == 0, "Postfix starts as root only"
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        for part in ("queue", "data"):
            (self.folder / part).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.submission, self.submissions, self.old = free_port(), free_port(), free_port()
        self.log_file = self.folder / "postfix.log"
        (self.folder / "boxes").write_text("".join(f"{u}@{DOMAIN} {u}\n" for u in users))
        (self.folder / "recipients").write_text(
            f"busy@{DOMAIN} 450 4.2.1 that box is busy, come again\n"
            f"grumpy@{DOMAIN} 550 5.7.1 grumpy wants no mail from you\n"
        )
        values = {
            "folder": self.folder,
            "domain": DOMAIN,
            "lmtp": lmtp,
            "sasl": sasl,
            "certificate": certificate[0],
            "key": certificate[1],
            "message_size": message_size,
            "submission": f"127.0.0.1:{self.submission}",
            "submissions": f"127.0.0.1:{self.submissions}",
            "old": f"127.0.0.1:{self.old}",
        }
        (self.folder / "main.cf").write_text(
            settings(MAIN.format(**values), RELAY.format(relay=relay) if relay else "")
        )
        (self.folder / "master.cf").write_text(MASTER.format(**values))
        self._process = None

    def start(self):
        self._process = processes.start(
            ["/usr/sbin/postfix", "-c", self.folder, "start-fg"],
            stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "stderr", "ab"),
            start_new_session=True,
        )

        def ready():
            assert self._process.poll() is None, self.log()
            return listens(self.submission)

        wait_until(ready, lambda: f"Postfix listens\n{self.log()}")
        return self

    def log(self):
        log = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return (self.folder / "stderr").read_text(errors="replace") + log

    def logged(self, pattern):
        """Waits until a line of the log matches; the match."""
        return wait_until(
            lambda: re.search(pattern, self.log()), lambda: f"{pattern!r} in\n{self.log()}"
        )

    def stop(self):
        if self._process is None:
            return
        if self._process.poll() is None:
            # What was started is a script that waits for it.
            os.kill(int((self.folder / "queue/pid/master.pid").read_text()), signal.SIGTERM)
        self._process.wait(20)
        self._process = None
