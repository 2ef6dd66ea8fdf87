"""Archives of mail for the tests of import and export, and what is asked of an account that took
them."""

import collections
import hashlib
import mailbox
import re
import time

from . import imap as ask

NOON = "Fri Jul  8 12:08:34 2011"


def well(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def crlf(octets):
    """As text files are stored: every line ends with CRLF, the last one too."""
    octets = re.sub(rb"\r?\n", b"\r\n", octets)
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def held(imap, name="INBOX"):
    return collections.Counter(ask.digests(imap, name).values())


def dates(imap, name="INBOX"):
    ask.ok(imap.select(f'"{name}"', readonly=True))
    return [
        re.search(rb'INTERNALDATE "([^"]*)"', item).group(1).decode()
        for item in ask.ok(imap.uid("FETCH", "1:*", "(INTERNALDATE)"))
    ]


def flags(imap, name):
    ask.ok(imap.select(f'"{name}"', readonly=True))
    return ask.flags(imap)


def simple(number, text="x", header=""):
    return f"{header}Subject: {number}\nMessage-ID: <{number}@example>\n\n{text}\n\n"


def python_mbox(path, octets_of_each):
    box = mailbox.mbox(path)
    for octets in octets_of_each:
        message = mailbox.mboxMessage(octets.replace(b"\r\n", b"\n"))
        message.set_from("MAILER-DAEMON", time.gmtime(1310126914))
        box.add(message)
    box.close()
