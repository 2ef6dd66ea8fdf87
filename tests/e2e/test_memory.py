"""Peak memory does not grow with the size of a mailbox or of a message: buffers are bounded."""

import base64
import random

from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source

MIB = 1024 * 1024


def peak_of_first_sync(dovecot, postern, name, octets_of_each, look=False):
    server = dovecot()
    server.add_user(name, octets_of_each)
    daemon = postern({name: [pop3_source(server.pop3, name, PASSWORD)]})
    daemon.sync(name)
    if look:
        connection = daemon.imap(name, "INBOX")
        ask.ok(connection.fetch("1:*", "(FLAGS ENVELOPE BODYSTRUCTURE)"))
        whole = ask.bodies(connection)
        assert list(whole.values()) == list(octets_of_each)
    peak = processes.peak_memory(daemon.process.pid)
    daemon.stop()
    return peak


def noise(number, octets):
    """A message that no compression makes small, so that every cache and buffer is full early."""
    body = base64.encodebytes(random.Random(number).randbytes(octets * 3 // 4))
    return b"Subject: number %d\r\n\r\n" % number + body.replace(b"\n", b"\r\n")


def test_a_first_sync_of_four_times_the_mail_needs_no_more_memory(dovecot, postern):
    peaks = {}
    for count in (1000, 4000):
        sample = (noise(number, 40_000) for number in range(count))
        peaks[count] = peak_of_first_sync(dovecot, postern, f"n{count}", sample)
    told = ", ".join(f"{count} messages {peak / MIB:.1f} MiB" for count, peak in peaks.items())
    print(f"peak memory of a first sync: {told}")
    # What may grow with the number is the listing and the snapshot: some hundred octets a message.
    assert peaks[4000] - peaks[1000] < 12 * MIB
    assert peaks[4000] < 128 * MIB


def test_a_message_of_60_mb_passes_in_bounded_memory(dovecot, postern):
    line = b"0123456789abcdef" * 4 + b"\r\n"
    small = b"Subject: small\r\n\r\nsmall\r\n"
    head = b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
    body = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    large = head + body + line * (60_000_000 // len(line)) + b"--b--\r\n"
    base = peak_of_first_sync(dovecot, postern, "small", [small], look=True)
    peak = peak_of_first_sync(dovecot, postern, "large", [small, large], look=True)
    print(
        f"peak memory: one small message {base / MIB:.1f} MiB, and one of 60 MB {peak / MIB:.1f} MiB"
    )
    assert peak - base < 24 * MIB


def test_an_append_of_60_mb_passes_in_bounded_memory(postern):
    """C6."""
    daemon = postern({"anna": []})
    connection = daemon.imap("anna")
    ask.ok(connection.append("INBOX", None, None, b"Subject: small\r\n\r\nsmall\r\n"))
    base = processes.peak_memory(daemon.process.pid)
    large = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 770_000
    ask.ok(connection.append("INBOX", None, None, large))
    peak = processes.peak_memory(daemon.process.pid)
    print(
        f"peak memory: before {base / MIB:.1f} MiB, after an APPEND of 60 MB {peak / MIB:.1f} MiB"
    )
    assert peak - base < 24 * MIB
