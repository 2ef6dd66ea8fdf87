"""Mail out of mbox files, Maildirs and Thunderbird profiles, and back out again. Python's mailbox
module makes and reads archives that know nothing of the program."""

import collections
import imaplib
import mailbox
import os
import pathlib
import re

import generate_mail
import pytest
from support import corpus
from support import imap as ask
from support.archives import NOON, crlf, dates, digest, flags, held, python_mbox, simple, well
from support.dovecot import PASSWORD
from support.postern import pop3_source


@pytest.fixture(params=["daemon", "at rest"])
def local(request, postern):
    """An account that needs no provider; with the daemon running, or only while it is looked at."""
    daemon = postern({"anna": []})
    daemon.at_rest = request.param == "at rest"

    def do(*arguments, expect=0, **options):
        if daemon.at_rest:
            daemon.stop()
        result = daemon.command(*arguments, **options)
        if daemon.at_rest:
            daemon.start()
        assert result.returncode == expect, result.stdout + result.stderr + daemon.log()
        return result.stdout + result.stderr

    daemon.do = do
    return daemon


def test_an_mbox_comes_once_and_goes_out_as_it_was(local, folder):
    octets = list(generate_mail.messages(120, seed=81))
    source = folder / "Old Mail.mbox"
    python_mbox(source, octets)
    said = local.do("import", "anna", source)
    assert "120 messages added, 0 already here" in said
    imap = local.imap("anna")
    there = held(imap, '"Old Mail"')
    box = mailbox.mbox(source)
    # Python leaves '>' where it put it.
    expected = collections.Counter(
        digest(crlf(re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key)))) for key in box.keys()
    )
    assert there == expected
    assert set(dates(imap, "Old Mail")) == {" 8-Jul-2011 12:08:34 +0000"}
    # Repeated, and with flags that a mail program set meanwhile: nothing is added.
    assert "0 messages added, 120 already here (120 from an import" in local.do(
        "import", "anna", source
    )
    assert held(local.imap("anna"), '"Old Mail"') == there
    out = folder / "out.mbox"
    local.do("export", "anna", "--mailbox", "Old Mail", out)
    assert out.stat().st_mode & 0o777 == 0o600
    again = folder / "again.mbox"
    local.do("import", "anna", out, "--into", "Again")
    assert held(local.imap("anna"), "Again") == there
    local.do("export", "anna", "--mailbox", "Again", again)
    assert again.read_bytes() == out.read_bytes()
    refused = local.do("export", "anna", "--mailbox", "Again", again, expect=1)
    assert "is there already" in refused


def test_a_file_comes_back_octet_for_octet(local, folder):
    text = f"From a@b {NOON}\nReturn-Path: <a@b>\n" + simple(1, ">From a\n>>From b\n")
    text += f"From MAILER-DAEMON {NOON}\n" + simple(2, "x\n\n\ny", "Status: RO\nX-Status: AF\n")
    text += f"From MAILER-DAEMON {NOON} +0200\n" + simple(3, "x", "Status: O\nX-Keywords: one\n")
    source = folder / "box"
    source.write_text(text)
    local.do("import", "anna", source)
    out = folder / "out"
    local.do("export", "anna", "--mailbox", "box", out)
    assert out.read_text() == text


@pytest.mark.parametrize("form", ["mboxrd", "mboxcl", "mboxcl2", "maildir"])
def test_the_corpus_comes_back_octet_for_octet(postern, folder, form):
    """Messages as they came over IMAP: bare LF, no last line end, NUL."""
    daemon = postern({"anna": [], "other": []})
    octets = [one for one in corpus.messages() if one][:400]
    octets += [b"A: 1\r\n\r\nopen", b"A: 1\n\nbare\n", b"A: 1\r\n\r\nFrom a\r\n>From b\r\n", b"A: 2"]
    imap = daemon.imap("anna")
    for number, one in enumerate(octets):
        flag = "(\\Seen $Forwarded)" if number % 3 == 0 else None
        date = f'"{number % 28 + 1:02}-Mar-2020 10:00:00 +0{number % 10}00"'
        ask.ok(imap.append("INBOX", flag, date, one))
    well(daemon.command("export", "anna", folder / "out", "--format", form))
    well(daemon.command("import", "other", folder / "out"))
    other = daemon.imap("other")
    before, after = held(imap), held(other)
    if form == "maildir":  # a message with LF alone comes back as a text
        lone = sum(1 for one in octets if b"\n" in one and b"\r\n" not in one)
        assert (before - after).total() <= lone
    else:
        assert before == after
        assert sorted(dates(imap)) == sorted(dates(other))
    assert sorted(map(sorted, flags(imap, "INBOX").values())) == sorted(
        map(sorted, flags(other, "INBOX").values())
    )


def test_equal_messages_of_one_file_all_come(local, folder):
    source = folder / "twice"
    one = f"From a {NOON}\n" + simple(1)
    source.write_text(one * 3 + f"From a {NOON}\n" + simple(2))
    assert "4 messages added" in local.do("import", "anna", source, "--into", "INBOX")
    assert "0 messages added" in local.do("import", "anna", source, "--into", "INBOX")
    source.write_text(one * 5 + f"From a {NOON}\n" + simple(2))
    assert "2 messages added, 4 already" in local.do("import", "anna", source, "--into", "INBOX")
    assert sorted(held(local.imap("anna")).values()) == [1, 5]


def test_what_pop3_brought_does_not_come_again(dovecot, postern, folder):
    """Thunderbird's own fields stand before what the server sent."""
    server = dovecot()
    octets = list(generate_mail.messages(20, seed=83))
    server.add_user("anna", octets)
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    before = held(daemon.imap("anna"))
    source = folder / "Inbox"
    kept = ask.bodies(daemon.imap("anna", "INBOX"))
    text = b""
    for number, one in enumerate(kept.values()):
        text += b"From - " + NOON.encode() + b"\r\nX-Account-Key: account1\r\nX-UIDL: %d\r\n" % number
        text += b"X-Mozilla-Status: 0001\r\nX-Mozilla-Status2: 00000000\r\n"
        text += re.sub(rb"(?m)^(>*From )", rb">\1", one) + b"\r\n"
    source.write_bytes(text)
    said = well(daemon.command("import", "anna", source))
    assert "0 messages added, 20 already here (0 from an import before, 20 from elsewhere)" in said
    assert held(daemon.imap("anna")) == before
    # And with other flags by now.
    source.write_bytes(text.replace(b"X-Mozilla-Status: 0001", b"X-Mozilla-Status: 0005"))
    assert "0 messages added" in well(daemon.command("import", "anna", source))


def test_python_reads_what_was_written(local, folder):
    source = folder / "box"
    python_mbox(source, list(generate_mail.messages(30, seed=84)))
    local.do("import", "anna", source, "--into", "INBOX")
    imap = local.imap("anna", "INBOX")
    ask.ok(imap.uid("STORE", "1", "+FLAGS", "(\\Seen \\Flagged work)"))
    ask.ok(imap.uid("STORE", "2", "+FLAGS", "(\\Answered \\Draft \\Deleted)"))
    imap.logout()
    local.do("export", "anna", "--mailbox", "INBOX", folder / "out")
    box = mailbox.mbox(folder / "out")
    assert len(box) == 30
    assert set(box[0].get_flags()) == {"R", "O", "F"}
    assert box[0]["X-Keywords"] == "work"
    assert set(box[1].get_flags()) == {"O", "A", "T", "D"}
    local.do("export", "anna", "--mailbox", "INBOX", "--format", "maildir", folder / "maildir")
    there = mailbox.Maildir(folder / "maildir", create=False)
    assert len(there) == 30
    assert collections.Counter(m.get_flags() for m in there) == {"FSa": 1, "DRT": 1, "": 28}


def test_a_maildir_comes_with_folders_flags_and_dates(local, folder):
    root = mailbox.Maildir(folder / "Maildir")
    message = mailbox.MaildirMessage(simple(1).encode())
    message.set_subdir("cur")
    message.set_flags("FRS")
    message.set_date(1310126914)
    root.add(message)
    root.add(mailbox.MaildirMessage(simple(2).encode()))
    (folder / "Maildir/tmp/3.half").write_text("not whole")
    work = root.add_folder("Work.Entw&APw-rfe")
    name = pathlib.Path(work._path) / "cur" / "1310126914.4.host,S=10"
    name.with_name(name.name + ":2,PSb").write_text(simple(4))
    (pathlib.Path(work._path) / "dovecot-keywords").write_text("0 one\n1 $label1\n")
    assert "3 messages added" in local.do("import", "anna", folder / "Maildir")
    imap = local.imap("anna")
    assert sorted(map(sorted, flags(imap, "INBOX").values())) == [
        [],
        ["\\Answered", "\\Flagged", "\\Seen"],
    ]
    assert " 8-Jul-2011 12:08:34 +0000" in dates(imap)
    assert list(flags(imap, "Work/Entw&APw-rfe").values()) == [{"\\Seen", "$Forwarded", "$label1"}]
    # Flags that change there, and a file that moves from new to cur, are the same message.
    for file in (folder / "Maildir/new").iterdir():
        file.rename(folder / "Maildir/cur" / (file.name + ":2,S"))
    assert "0 messages added, 3 already" in local.do("import", "anna", folder / "Maildir")
    out = folder / "out"
    local.do("export", "anna", "--format", "maildir", out)
    assert "0 messages written" in local.do("export", "anna", "--format", "maildir", out)
    assert "0 messages added" in local.do("import", "anna", out)
    files = [p for p in (out / ".Work.Entw&APw-rfe/cur").iterdir()]
    assert len(files) == 1 and files[0].name.endswith(":2,PSa")
    assert files[0].read_text() == simple(4)
    assert (out / ".Work.Entw&APw-rfe/dovecot-keywords").read_text() == "0 $label1\n"
    assert {int(p.stat().st_mtime) for p in (out / "cur").iterdir()} >= {1310126914}


def test_a_maildir_of_dovecot_comes_and_is_read_by_dovecot(dovecot, postern, folder):
    server = dovecot()
    server.add_user("bert", list(generate_mail.messages(25, seed=85)))
    upstream = imaplib.IMAP4("127.0.0.1", server.imap, timeout=60)
    upstream.login("bert", PASSWORD)
    ask.ok(upstream.select("INBOX"))
    ask.ok(upstream.uid("STORE", "1:5", "+FLAGS", "(\\Seen $Forwarded work)"))
    ask.ok(upstream.create("Work/2024"))
    ask.ok(upstream.uid("COPY", "1:10", "Work/2024"))
    ask.ok(upstream.expunge())
    expected = {name: held(upstream, name) for name in ("INBOX", "Work/2024")}
    its_flags = {n: sorted(map(sorted, flags(upstream, n).values())) for n in expected}
    upstream.logout()
    daemon = postern({"anna": []})
    said = well(daemon.command("import", "anna", server.folder / "mail/bert"))
    assert "35 messages added" in said
    imap = daemon.imap("anna")
    for name, before in expected.items():
        assert held(imap, name) == before
        assert sorted(map(sorted, flags(imap, name).values())) == its_flags[name]


def thunderbird(root):
    """A profile as Thunderbird lays it out."""
    mail = root / "profile.default/Mail"
    local = mail / "Local Folders"
    pop = mail / "pop.example.net"
    inner = pop / "Inbox.sbd"
    imap = root / "profile.default/ImapMail/imap.example.net"
    for path in (local, pop, inner, imap):
        path.mkdir(parents=True)
    (root / "profile.default/prefs.js").write_text("")

    def box(path, *messages):
        path.write_text("".join(messages))
        path.with_name(path.name + ".msf").write_text("// <!-- <mdb:mork:z v=\"1.4\"/> -->")

    def one(number, status="0000", keys="", line=f"From - {NOON}"):
        return f"{line}\nX-Mozilla-Status: {status}\nX-Mozilla-Status2: 00000000\n" + (
            f"X-Mozilla-Keys: {keys:80}\n" if keys else ""
        ) + simple(number)

    box(pop / "Inbox", one(1), one(2, "0001", "$label1 work"), one(3, "0009"), one(4, "1007"))
    box(pop / "Sent", one(5, "0001"))
    box(pop / "Trash")
    box(inner / "Friends", one(6, line="From "))
    box(local / "Archives", one(7))
    (local / "Archives.sbd").mkdir()
    box(local / "Archives.sbd/2011", one(8))
    box(imap / "Entw&APw-rfe", one(9))
    (pop / "popstate.dat").write_text("# POP3 State File\n")
    (pop / "msgFilterRules.dat").write_text("version=\"9\"\n")
    maildir = local / "Kept"
    (maildir / "cur").mkdir(parents=True)
    (maildir / "tmp").mkdir()
    (maildir / "cur/1.eml").write_text("X-Mozilla-Status: 0001\n" + simple(10))
    return root / "profile.default"


def test_a_thunderbird_profile_comes_as_it_is(local, folder):
    profile = thunderbird(folder / ".thunderbird")
    (folder / ".thunderbird/profiles.ini").write_text("[Profile0]\nPath=profile.default\n")
    looked = local.do("import", "anna", folder / ".thunderbird", "--dry-run")
    assert "9 messages would be added" in looked
    assert ask.count(local.imap("anna")) == 0
    said = local.do("import", "anna", profile)
    assert "9 messages added" in said and "1 message not taken" in said
    imap = local.imap("anna")
    assert list(flags(imap, "INBOX").values()) == [
        set(),
        {"\\Seen", "$label1", "work"},
        {"\\Seen", "\\Answered", "\\Flagged", "$Forwarded"},
    ]
    for name in ("Sent", "INBOX/Friends", "Archive", "Archive/2011", "Entw&APw-rfe", "Kept"):
        assert ask.count(imap, f'"{name}"') == 1, name
    assert list(flags(imap, "Kept").values()) == [{"\\Seen"}]
    assert "0 messages added, 9 already here" in local.do("import", "anna", profile)


def test_keywords_without_room_are_named(local, folder):
    source = folder / "many"
    source.write_text(
        "".join(
            f"From a {NOON}\n" + simple(number, header=f"X-Keywords: k{number:02}\n")
            for number in range(67)
        )
    )
    said = local.do("import", "anna", source)
    assert "67 messages added" in said
    lines = [line for line in said.splitlines() if "no room for" in line]
    assert len(lines) == 1 and lines[0].startswith("3 messages came without keywords")
    assert lines[0].endswith('"k64", "k65", "k66"')
    assert "keywords" not in local.do("import", "anna", source)


def test_internal_data_is_no_message(local, folder):
    source = folder / "uw"
    source.write_text(
        f"From MAILER-DAEMON {NOON}\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
        "X-IMAP: 1310126914 0000000002\nStatus: RO\n\nThis text is part of the internal format.\n\n"
        f"From a {NOON}\n" + simple(1)
    )
    assert "1 message added" in local.do("import", "anna", source)


def test_an_export_goes_on_and_overwrites_nothing_else(postern, folder):
    daemon = postern({"anna": []})
    imap = daemon.imap("anna")
    for name in ("INBOX", "Sent", '"Projects/a.b%c"'):
        if "Projects" in name:
            ask.ok(imap.create(name))
        for number in range(3):
            ask.ok(imap.append(name, None, None, crlf(simple(number).encode())))
    out = folder / "out"
    assert "9 messages written" in well(daemon.command("export", "anna", out))
    first = (out / "INBOX.mbox").read_bytes()
    stat = (out / "Sent.mbox").stat()
    assert "0 messages written" in well(daemon.command("export", "anna", out))
    ask.ok(imap.append("INBOX", None, None, b"Subject: new\r\n\r\n"))
    assert "4 messages written" in well(daemon.command("export", "anna", out))
    assert (out / "INBOX.mbox").read_bytes().startswith(first)
    assert (out / "Sent.mbox").stat().st_mtime_ns == stat.st_mtime_ns
    # Somebody wrote to one.
    with open(out / "INBOX.mbox", "ab") as file:
        file.write(b"mine")
    ask.ok(imap.append("INBOX", None, None, b"Subject: newer\r\n\r\n"))
    refused = daemon.command("export", "anna", out)
    assert refused.returncode == 1 and "changed since" in refused.stderr
    assert (out / "INBOX.mbox").read_bytes().endswith(b"mine")
    full = folder / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    refused = daemon.command("export", "anna", full)
    assert refused.returncode == 1 and "something else" in refused.stderr
    refused = daemon.command("export", "anna", "--mailbox", "None", folder / "x")
    assert refused.returncode == 1 and "these are there" in refused.stderr
    # Names come back too.
    assert (out / "Projects/a.b%25c.mbox").exists()
    well(daemon.command("import", "anna", out, "--into", "Back"))
    assert ask.count(daemon.imap("anna"), '"Back/Projects/a.b%c"') == 3


def test_what_makes_no_sense_is_said(local, folder):
    (folder / "text").write_text("Hello\n")
    (folder / "empty").mkdir()
    for path, words in (
        (folder / "text", "neither mbox nor Maildir"),
        (folder / "empty", "neither mbox nor Maildir"),
        (folder / "nothing", "is not there"),
    ):
        assert words in local.do("import", "anna", path, expect=1)
    (folder / "box").write_text(f"From a {NOON}\n" + simple(1))
    assert "no account" in local.do("import", "nobody", folder / "box", expect=1)
    assert "no mailbox" in local.do("import", "anna", folder / "box", "--into", "a//b", expect=1)
    assert "--format" in local.do("import", "anna", folder / "box", "--format", "pst", expect=64)


def box_at(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"From a {NOON}\n" + simple(number))


def maildir_at(path, *numbers):
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for number in numbers:
        (path / "cur" / f"{number}.a.b:2,").write_text(simple(number))


def test_a_tree_is_read_whole_or_what_is_missing_is_named(local, folder):
    tree = folder / "tree"
    box_at(tree / "One", 1)
    box_at(tree / "cur/Two", 2)
    maildir_at(tree / "Md", 3)
    maildir_at(tree / "Md/.Inner.x", 4)
    box_at(tree / "a\x01b", 5)
    os.mkfifo(tree / "fifo")
    box_at(folder / "elsewhere/Far", 6)
    (tree / "link").symlink_to(folder / "elsewhere")
    (tree / "loop").symlink_to(tree)
    (tree / "Md/cur/9.a.b:2,").symlink_to(folder / "elsewhere/Far")
    (tree / "gone").symlink_to(folder / "nowhere")
    (tree / "Empty").write_text(f"From a {NOON}\n\nFrom a {NOON}\n" + simple(7))
    (tree / "Bom").write_bytes(b"\xef\xbb\xbf\nFrom a " + NOON.encode() + b"\n" + simple(8).encode())
    closed = os.geteuid() != 0
    if closed:
        box_at(tree / "Closed", 10)
        (tree / "Closed").chmod(0)
        box_at(tree / "Shut/In", 11)
        (tree / "Shut").chmod(0)
        (tree / "Md/cur/8.a.b:2,").write_text(simple(12))
        (tree / "Md/cur/8.a.b:2,").chmod(0)
    try:
        said = local.do("import", "anna", tree, expect=1)
    finally:
        if closed:
            (tree / "Shut").chmod(0o700)
    assert "6 messages added" in said and "1 message not taken: nothing is in" in said
    named = ["a\x01b", "link", "loop", "Md/cur/9.a.b:2,", "gone"]
    named += ["Closed", "Shut", "Md/cur/8.a.b:2,"] if closed else []
    for name in named:
        assert re.search(f"not taken: .*{re.escape(str(tree / name))}: ", said), name
    assert said.count("not taken: ") == len(named) + 1
    imap = local.imap("anna")
    for name in ("One", "cur/Two", "Md", "Md/Inner/x", "Empty", "Bom"):
        assert ask.count(imap, f'"{name}"') == 1, name
    # The path itself may be a link.
    assert "1 message added" in local.do("import", "anna", tree / "link")


def test_only_thunderbird_deletes_with_a_field(local, folder):
    text = f"From a {NOON}\nX-Mozilla-Status: 0008\n" + simple(1)
    pseudo = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nx\n\n"
    (folder / "box").write_text(text + f"From a {NOON}\n" + pseudo)
    assert "2 messages added" in local.do("import", "anna", folder / "box")
    (folder / "uw").write_text(f"From a {NOON}\n" + pseudo + text)
    said = local.do("import", "anna", folder / "uw")
    assert "1 message added" in said and "1 message not taken: in which a mail server" in said


def test_names_of_an_export_come_back(postern, folder):
    daemon = postern({"anna": []})
    imap = daemon.imap("anna")
    names = ["A.sbd/x", "B.mbox/y", "C.mbox", "cur/a", "new/b", "D/cur/c", "D/tmp/d"]
    # Where one could be the folder of the other.
    names += ["B", "C.mbox/z", "C.mbox.mbox/z", "C%2Embox/z"]
    for number, name in enumerate(names):
        ask.ok(imap.create(f'"{name}"'))
        ask.ok(imap.append(f'"{name}"', None, None, crlf(simple(number).encode())))
    ask.ok(imap.create("Bare/Inner"))
    well(daemon.command("export", "anna", folder / "out"))
    well(daemon.command("import", "anna", folder / "out", "--into", "Back"))
    imap = daemon.imap("anna")
    for name in names:
        assert ask.count(imap, f'"Back/{name}"') == 1, name
    # Also of mailboxes without a message; an empty file of another origin is none.
    for name in ("Bare", "Bare/Inner"):
        assert ask.count(imap, f'"Back/{name}"') == 0
    (folder / "plain").mkdir()
    (folder / "plain/Bare.mbox").write_text("")
    refused = daemon.command("import", "anna", folder / "plain")
    assert refused.returncode == 1 and "neither mbox nor Maildir" in refused.stderr


def test_a_maildir_export_leaves_what_others_changed(postern, folder):
    daemon = postern({"anna": []})
    imap = daemon.imap("anna")
    for number in (1, 1, 2, 3):
        date = '"08-Jul-2011 12:08:34 +0000"'
        ask.ok(imap.append("INBOX", None, date, crlf(simple(number).encode())))
    long = "/".join(["l" * 200] * 2)
    ask.ok(imap.create(f'"{long}"'))
    ask.ok(imap.append(f'"{long}"', None, None, b"A: 1\r\n\r\n"))
    out = folder / "out"
    first = daemon.command("export", "anna", "--format", "maildir", out)
    assert first.returncode == 1 and f"not written: {long}: " in first.stderr
    files = sorted((out / "cur").iterdir())
    assert len(files) == 4
    mine = next(f for f in files if f.read_text() == simple(3))
    mine.write_text(simple(3).upper())
    short = next(f for f in files if f.read_text() == simple(2))
    short.write_text(simple(2)[:9])
    again = daemon.command("export", "anna", "--format", "maildir", out)
    assert f"not written: {mine} was changed since" in again.stderr and again.returncode == 1
    assert mine.read_text() == simple(3).upper() and short.read_text() == simple(2)
    # The numbers of messages are others by now, and nothing comes twice.
    ask.ok(imap.create("Other"))
    ask.ok(imap.select("INBOX"))
    ask.ok(imap.uid("COPY", "1:3", "Other"))
    ask.ok(imap.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)"))
    ask.ok(imap.expunge())
    ask.ok(imap.select("Other"))
    ask.ok(imap.uid("COPY", "1:*", "INBOX"))
    well(daemon.command("export", "anna", "--mailbox", "INBOX", "--format", "maildir", out))
    assert len(list((out / "cur").iterdir())) == 4
