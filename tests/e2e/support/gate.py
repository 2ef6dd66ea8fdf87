"""Dovecot's submission service: programs log in to send, and it passes on to another SMTP server
what they say, with the extensions that one has."""

from .dovecot import PASSWORD, Dovecot
from .postfix import DOMAIN
from .waiting import free_port, listens, wait_until

SIZE = 100_000

# What is said here in place of what Dovecot's own fixture says.
SETTINGS = """
protocols = pop3 imap submission
hostname = gate.{domain}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_ssl_verify = no
submission_max_mail_size = {size}
protocol submission {{
  ssl = required
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
"""


# How it logs in to a Postfix.
LOGIN = f"""
submission_relay_ssl = starttls
submission_relay_user = anna
submission_relay_password = {PASSWORD}
"""


class Gate:
    """One server; everybody logs in with PASSWORD. `submission` wants STARTTLS, `submissions` TLS at
    once; `relay` is the port of the server behind it, `login` the settings for that. Order: start(),
    stop()."""

    def __init__(self, folder, certificate, relay, users, login=""):
        self.submission, self.submissions = free_port(), free_port()
        self._dovecot = Dovecot(
            folder,
            certificate,
            extra=SETTINGS.format(
                domain=DOMAIN,
                relay=relay,
                size=SIZE,
                submission=self.submission,
                submissions=self.submissions,
            )
            + login,
        )
        for user in users:
            self._dovecot.add_user(user)

    def start(self):
        self._dovecot.start()
        wait_until(lambda: listens(self.submission), lambda: f"it listens\n{self.log()}")
        return self

    def log(self):
        return self._dovecot.log_file.read_text()

    def stop(self):
        self._dovecot.stop()
