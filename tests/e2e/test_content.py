"""What stands in a message is never taken for anything but a message."""

import os
import re
import socket

import pytest
from support import corpus
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.postern import pop3_source

TRACED = "trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,"
TRACED += "symlink,symlinkat,unlink,unlinkat,truncate,connect,prctl"
# Outside of its state the program writes to nothing that lasts.
HARMLESS = re.compile(r"/dev/(null|shm/.*)|/proc/self/.*")


def traps(port):
    """Messages that name files and addresses wherever a program might believe them."""
    url = f"http://127.0.0.1:{port}/fetched"
    names = ["../../x", "/tmp/postern-was-here", "a\0b", "a\u202ecod.exe", "x\r\n y", "~/.ssh/id", "."]
    for name in names:
        quoted = name.encode()
        yield (
            b'Subject: a file\r\nContent-Type: application/x; name="%s"\r\n'
            b'Content-Disposition: attachment; filename="%s"\r\nMessage-ID: <%s>\r\n\r\nx\r\n'
            % (quoted, quoted, quoted)
        )
    page = f'<!DOCTYPE a SYSTEM "{url}"><img src="{url}"><link rel="stylesheet" href="{url}">'
    yield (
        f"Subject: addresses\r\nContent-Type: text/html\r\nList-Unsubscribe: <{url}>\r\n"
        f"X-Image-Url: {url}\r\n\r\n{page}\r\n"
    ).encode()
    yield (
        f"Subject: elsewhere\r\nContent-Type: message/external-body; access-type=URL; "
        f'URL="{url}"\r\n\r\nContent-Type: text/plain\r\n\r\n'
    ).encode()
    yield (
        f'Subject: xml\r\nContent-Type: text/xml\r\n\r\n<!DOCTYPE a [<!ENTITY b SYSTEM "{url}">]>'
        "<a>&b;</a>\r\n"
    ).encode()


def written(trace):
    """The paths that were opened for writing or changed, of calls that went well."""
    for line in trace.splitlines():
        call = re.match(r"(\w+)\((.*)\) += (-?\d+)", line)
        if not call or call[1] in ("connect", "prctl") or int(call[3]) < 0:
            continue
        opens = call[1].startswith("open")
        if opens and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", call[2]):
            continue
        yield from (path for path in re.findall(r'"([^"]*)"', call[2]))


def test_mail_names_no_files_and_no_addresses(dovecot, postern, folder):
    """F4, F7, G12: everything is written below the state folder, nobody is asked for anything."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        port = trap.getsockname()[1]
        server = dovecot()
        # Courier's and Dovecot's Maildirs hold no NUL; APPEND takes what they do not.
        crafted = list(traps(port))
        server.add_user("anna", [*corpus.messages(), *(m for m in crafted if b"\0" not in m)])
        # A file for each thread: no call is cut apart by another's.
        traces = folder / "traces"
        traces.mkdir()
        daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]}, start=False)
        daemon.start(prefix=["strace", "-ff", "-qq", "-s", "4096", "-o", traces / "t", "-e", TRACED])
        daemon.sync("anna")
        connection = daemon.imap("anna", "INBOX")
        for message in crafted:
            if b"\0" not in message:
                ask.ok(connection.append("Archive", None, None, message))
        ask.ok(connection.fetch("1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[1])"))
        ask.ok(connection.search(None, "TEXT", '"fetched"'))
        with pytest.raises(BlockingIOError):
            trap.accept()
        daemon.stop()
    text = "".join(one.read_text(errors="replace") for one in traces.iterdir())
    state = str(daemon.state)
    outside = {p for p in written(text) if not p.startswith(state) and not HARMLESS.fullmatch(p)}
    assert not outside
    assert any(path.startswith(state) for path in written(text))
    asked = set(re.findall(r"connect\(\d+, \{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)", text))
    assert asked == {str(server.pop3)}
    # G5: no other process of this user may look into it.
    assert re.search(r"prctl\(PR_SET_DUMPABLE, (SUID_DUMP_DISABLE|0)", text)


def test_g5_no_secret_stands_where_other_processes_look(dovecot, postern):
    server = dovecot()
    server.add_user("anna", [b"Subject: x\r\n\r\nx\r\n"])
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    place = f"/proc/{daemon.pid}"
    with open(f"{place}/limits", encoding="ascii") as limits:
        assert re.search(r"^Max core file size +0 +0 ", limits.read(), re.MULTILINE)
    with open(f"{place}/cmdline", "rb") as arguments:
        assert PASSWORD.encode() not in arguments.read()
    if os.geteuid() == 0:  # nobody else may look
        with open(f"{place}/environ", "rb") as environment:
            assert PASSWORD.encode() not in environment.read()


def test_fields_of_other_programs_change_nothing_here(dovecot, postern):
    """F5: such fields stand in mail that was a mailbox file once, or that somebody made up."""
    foreign = (
        b"X-UIDL: 1\r\nX-UID: 99\r\nUID: 7\r\nStatus: RO\r\nX-Status: ADF\r\nX-Keywords: $Junk x\r\n"
        b"X-Mozilla-Status: 0009\r\nX-Evolution: 0001-0010\r\nContent-Length: 3\r\n"
        b"X-IMAP: 1500000000 0000000100\r\nX-IMAPbase: 1500000000 100\r\nLines: 1\r\n"
    )
    messages = [
        foreign + b"Subject: number %d\r\n\r\nFrom here on it is text.\r\n.\r\n" % n for n in range(3)
    ]
    server = dovecot()
    server.add_user("anna", messages)
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    connection = daemon.imap("anna", "INBOX")
    for message in messages:
        ask.ok(connection.append("INBOX", None, None, message))
    assert list(ask.bodies(connection).values()) == messages * 2
    assert ask.uids(connection) == [1, 2, 3, 4, 5, 6]
    assert set(map(frozenset, ask.flags(connection).values())) == {frozenset()}
    daemon.sync("anna")
    assert ask.count(daemon.imap("anna")) == 6


CHARSETS = [
    b"x-no-such-charset",
    b"utf-7",
    b"unicode-1-1-utf-7",
    b"utf-16",
    b"utf-16le",
    b"iso-2022-jp",
    b"gb18030",
    b"hz-gb-2312",
    b"\xff",
    b"us-ascii",
    b"utf-8",
]


def test_no_charset_stops_a_search(postern):
    """F6: octets that mean nothing are replaced; only the charset of the question may be refused."""
    daemon = postern({"anna": []})
    connection = daemon.imap("anna", "INBOX")
    texts = [b"+AGE-", b"\xd8\x00\xdc", b"\x1b$B", b"\x81", b"\xe3\x81", b"~{", b"\xf0\x9f\x98"]
    for charset in CHARSETS:
        for text in texts:
            message = (
                b"Subject: =?%s?Q?=81=E3?= findme\r\nContent-Type: text/plain; charset=%s\r\n"
                b"Content-Transfer-Encoding: 8bit\r\n\r\nneedle %s\r\n" % (charset, charset, text)
            )
            ask.ok(connection.append("INBOX", None, None, message))
    ask.ok(connection.noop())
    every = ask.uids(connection)
    assert ask.uids(connection, "SUBJECT", "findme") == every
    for words in ("needle", "\ufffd", "nothing of it"):
        ask.ok(connection.uid("SEARCH", "CHARSET", "UTF-8", "TEXT", f'"{words}"'.encode()))
    assert len(ask.uids(connection, "BODY", "needle")) >= len(every) * 9 // 11
    status, data = connection.uid("SEARCH", "CHARSET", "X-NO-SUCH", "TEXT", "x")
    assert status == "NO" and b"BADCHARSET" in data[0], data


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    "what, seconds, message",
    [
        ("25 MB", 2, b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 320_000),
        ("a header of 1 MB", 0.2, b"X: " + b"y\r\n " * 250_000 + b"\r\nSubject: x\r\n\r\nx\r\n"),
    ],
    ids=["25 MB", "a header of 1 MB"],
)
def test_f8_taking_a_message_in_is_quick(postern, what, seconds, message):
    daemon = postern({"anna": []})
    connection = daemon.imap("anna", "INBOX")
    before = cpu_seconds(daemon.pid)
    ask.ok(connection.append("INBOX", None, None, message))
    ask.ok(connection.fetch("1", "(ENVELOPE BODYSTRUCTURE)"))
    spent = cpu_seconds(daemon.pid) - before
    print(f"{what}: {spent:.2f} s of processor time")
    assert spent < seconds
