"""Short forms over imaplib for what most tests ask."""

import hashlib
import imaplib
import re

imaplib._MAXLINE = 10_000_000  # long FLAGS and SEARCH answers of large mailboxes are lines too


def ok(answer):
    """The data of an answer that must be OK."""
    status, data = answer
    assert status == "OK", answer
    return data


def bodies(imap, uids="1:*"):
    """UID -> octets of BODY[] of the selected mailbox."""
    found = {}
    for item in ok(imap.uid("FETCH", uids, "(UID BODY.PEEK[])")):
        if isinstance(item, tuple):
            found[int(re.search(rb"UID (\d+)", item[0]).group(1))] = item[1]
    return found


def digests(imap, mailbox="INBOX", step=500):
    """UID -> SHA-256 of BODY[], of a whole mailbox; read in pieces so that memory stays small."""
    ok(imap.select(mailbox, readonly=True))
    every = uids(imap)
    found = {}
    for start in range(0, len(every), step):
        piece = every[start : start + step]
        for uid, octets in bodies(imap, f"{piece[0]}:{piece[-1]}").items():
            found[uid] = hashlib.sha256(octets).hexdigest()
    assert list(found) == every
    return found


def uids(imap, *criteria):
    """UIDs of the selected mailbox that match, all without criteria."""
    data = ok(imap.uid("SEARCH", *(criteria or ("ALL",))))
    return [int(uid) for uid in (data[0] or b"").split()]


def flags(imap):
    """UID -> set of flags of the selected mailbox, without \\Recent."""
    found = {}
    for item in ok(imap.uid("FETCH", "1:*", "(FLAGS)")):
        if item is None:
            continue
        text = item[0] if isinstance(item, tuple) else item
        words = re.search(rb"FLAGS \(([^)]*)\)", text).group(1).decode().split()
        found[int(re.search(rb"UID (\d+)", text).group(1))] = set(words) - {"\\Recent"}
    return found


def count(imap, mailbox="INBOX"):
    """How many messages a mailbox holds, by STATUS."""
    data = ok(imap.status(mailbox, "(MESSAGES)"))
    return int(re.search(rb"MESSAGES (\d+)", data[0]).group(1))
