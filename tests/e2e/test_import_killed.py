"""Imports and exports while other things happen: mail programs look on, messages are large,
processes are killed."""

import collections
import contextlib
import fcntl
import os
import re
import signal
import subprocess
import threading

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.archives import NOON, crlf, digest, held, python_mbox, simple, well
from support.postern import program


def wait_for(process, seconds):
    """Until a process has ended, or for so long."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def test_a_large_message_needs_little_memory(postern, folder):
    daemon = postern({"anna": []})
    source = folder / "large"
    with open(source, "wb") as file:
        file.write(f"From a {NOON}\nSubject: large\n\n".encode())
        for _ in range(120):
            file.write(os.urandom(375_000).hex().encode() + b"\n")
        file.write(b"\n" + f"From a {NOON}\n".encode() + simple(2).encode())
    before = processes.peak_memory(daemon.pid)
    said = well(daemon.command("import", "anna", source))
    assert "2 messages added" in said
    assert processes.peak_memory(daemon.pid) - before < 40_000_000
    out = folder / "out"
    well(daemon.command("export", "anna", "--mailbox", "large", out))
    assert digest(out.read_bytes().replace(b"From MAILER-DAEMON", b"From a")) == digest(
        source.read_bytes()
    )


def test_mail_arrives_in_programs_at_once(postern, folder):
    daemon = postern({"anna": []})
    source = folder / "box"
    python_mbox(source, list(generate_mail.messages(1500, seed=86)))
    watching = daemon.imap("anna", "INBOX")
    seen = []
    ended = threading.Event()

    def look():
        while not ended.is_set():
            watching.noop()
            seen.append(len(ask.uids(watching)))

    thread = threading.Thread(target=look)
    thread.start()
    well(daemon.command("import", "anna", source, "--into", "INBOX"))
    ended.set()
    thread.join()
    between = {count for count in seen if 0 < count < 1500}
    assert len(between) > 2, "it came all at once, or nobody was answered meanwhile"
    watching.noop()
    assert len(ask.uids(watching)) == 1500


@pytest.mark.parametrize("victim", ["import", "daemon", "at rest"])
def test_killed_anywhere_it_goes_on_and_adds_each_once(postern, folder, victim):
    """Each round ends something at another moment; the last one runs to its end."""
    daemon = postern({"anna": []})
    octets = list(generate_mail.messages(2000, seed=87))
    octets += octets[:100]
    source = folder / "box"
    generate_mail.write_mbox(source, octets)
    if victim == "at rest":
        daemon.stop()
    interrupted = 0
    for round_ in range(8):
        begun = processes.start(
            [program(), "import", "anna", source, "--into", "INBOX", "--config", daemon.config_file],
            stdout=open(folder / "said", "wb"),
            stderr=open(folder / "said", "ab"),
        )
        wait_for(begun, 0.05 + 0.12 * round_)
        if victim == "daemon":
            daemon.kill()
            begun.wait(60)
            interrupted += begun.returncode != 0
            daemon.start()
        else:
            interrupted += begun.poll() is None
            begun.send_signal(signal.SIGKILL)
            begun.wait()
    assert interrupted >= 2
    said = well(daemon.command("import", "anna", source, "--into", "INBOX"))
    assert re.search(r"(\d+) messages? added", said)
    if victim == "at rest":
        daemon.start()
    expected = collections.Counter(digest(crlf(one)) for one in octets)
    assert held(daemon.imap("anna")) == expected
    assert "0 messages added" in well(daemon.command("import", "anna", source, "--into", "INBOX"))
    assert "all is well" in well(daemon.command("verify", "anna"))


def test_what_may_be_incomplete_does_not_end_well(postern, folder):
    """A mail program delivers into the file while it is read."""
    daemon = postern({"anna": []})
    source = folder / "box"
    generate_mail.write_mbox(source, list(generate_mail.messages(1500, seed=89)))
    ended = threading.Event()

    def deliver():
        number = 0
        while not ended.wait(0.005):
            number += 1
            with open(source, "a") as file:
                file.write(f"From a {NOON}\n" + simple(number))

    thread = threading.Thread(target=deliver)
    thread.start()
    result = daemon.command("import", "anna", source, "--into", "INBOX")
    ended.set()
    thread.join()
    assert result.returncode == 1, result.stdout + result.stderr
    assert "box was written to meanwhile" in result.stderr
    assert "run the same command again" in result.stderr
    well(daemon.command("import", "anna", source, "--into", "INBOX"))


def test_a_second_export_into_the_same_place_is_refused(postern, folder):
    daemon = postern({"anna": []})
    ask.ok(daemon.imap("anna").append("INBOX", None, None, crlf(simple(1).encode())))
    (folder / "out").mkdir()
    for name, arguments in (
        ("out/.postern-export.lock", [folder / "out"]),
        ("out/.postern-export.lock", [folder / "out", "--format", "mboxo"]),
        (".box.lock", ["--mailbox", "INBOX", folder / "box"]),
    ):
        with open(folder / name, "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            refused = daemon.command("export", "anna", *arguments)
            assert refused.returncode == 1 and "another export writes to" in refused.stderr
    # The files are still there, as after a kill.
    for arguments in ([folder / "out"], ["--mailbox", "INBOX", folder / "box"]):
        assert "1 message written" in well(daemon.command("export", "anna", *arguments))
    assert not [*folder.glob("**/*.lock")]


def test_a_killed_export_goes_on(postern, folder):
    daemon = postern({"anna": []})
    source = folder / "box"
    generate_mail.write_mbox(source, list(generate_mail.messages(800, seed=88)))
    for name in ("INBOX", "A", "B"):
        well(daemon.command("import", "anna", source, "--into", name))
    for form in ("mboxrd", "maildir"):
        out = folder / form
        # What is left where the very first step is cut off.
        out.mkdir()
        (out / "..postern-export.part").write_text("{")
        arguments = ["export", "anna", out, "--format", form]
        for round_ in range(4):
            begun = processes.start([program(), *arguments, "--config", daemon.config_file])
            wait_for(begun, 0.05 + 0.1 * round_)
            begun.send_signal(signal.SIGKILL)
            begun.wait()
        well(daemon.command(*arguments))
        assert "0 messages written" in well(daemon.command(*arguments))
        if form == "maildir":
            assert len(list((out / "cur").iterdir())) == 800
        well(daemon.command("import", "anna", out, "--into", form))
        before = held(daemon.imap("anna"))
        for name in (form, f"{form}/A", f"{form}/B"):
            assert held(daemon.imap("anna"), name) == before
