"""The program as a process: its libraries, readiness for systemd, reload, and an end in order."""

import os
import re
import signal
import socket
import subprocess
import threading

import generate_mail
import pytest
from support import imap as ask
from support import processes
from support.dovecot import PASSWORD
from support.idle import Idler
from support.postern import TREE, pop3_source, program
from support.waiting import free_port, listens, wait_until


def test_boringssl_and_no_openssl_in_the_process(postern):
    """`ldd` shows BoringSSL and no OpenSSL; the running process agrees."""
    needed = processes.run(["ldd", program()]).stdout
    libraries = re.findall(r"^\s*(lib(?:ssl|crypto)\S*) => (\S+)", needed, re.M)
    assert {name.split(".")[0] for name, _ in libraries} == {"libssl", "libcrypto"}, needed
    assert "not found" not in needed
    for name, path in libraries:
        assert path.endswith(f"/android/{name}"), f"{name} is {path}"
    if os.geteuid() != 0:
        return  # the process lets nobody but root look into it
    daemon = postern({"anna": []})
    with open(f"/proc/{daemon.pid}/maps", encoding="ascii") as maps:
        mapped = {line.split()[-1] for line in maps if re.search(r"lib(ssl|crypto)", line)}
    assert mapped and all("/android/" in path for path in mapped), mapped


class Notifications:
    """A fake of systemd's socket: every datagram with what listened when it came."""

    def __init__(self, path, port):
        self.path, self.seen, self._port = path, [], port
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while datagram := self._socket.recv(4096):
            for word in datagram.decode().split("\n"):
                self.seen.append((word, listens(self._port) if word == "READY=1" else None))

    def wait_for(self, word, times=1):
        wait_until(
            lambda: [w for w, _ in self.seen].count(word) >= times, lambda: f"{word}: {self.seen}"
        )


def test_systemd_is_told_when_it_listens_reloads_and_stops(postern, folder):
    daemon = postern({"anna": []}, start=False)
    heard = Notifications(folder / "notify", daemon.imap_port)
    daemon.start(environment={"NOTIFY_SOCKET": str(heard.path)})
    heard.wait_for("READY=1")
    assert dict(heard.seen)["READY=1"] is True, "told before it listened"
    daemon.reload()
    heard.wait_for("READY=1", times=2)
    words = [word for word, _ in heard.seen]
    assert "RELOADING=1" in words and any(w.startswith("MONOTONIC_USEC=") for w in words)
    daemon.stop()
    heard.wait_for("STOPPING=1")


def test_sighup_takes_over_a_new_account_and_keeps_sessions(postern):
    daemon = postern({"anna": []})
    connection = daemon.imap("anna", "INBOX")
    daemon.config["accounts"]["bert"] = {"password": "of bert"}
    daemon.write_config()
    daemon.reload()
    wait_until(
        lambda: {a["name"] for a in daemon.status()["accounts"]} == {"anna", "bert"}, daemon.log
    )
    ask.ok(connection.noop())
    with pytest.raises(Exception, match="(?i)auth|log"):
        daemon.imap("bert")  # its password is another one


def test_sighup_with_an_invalid_file_keeps_the_old_configuration_and_says_so(dovecot, postern):
    """H2."""
    server = dovecot()
    server.add_user("anna", generate_mail.messages(3))
    daemon = postern({"anna": [pop3_source(server.pop3, "anna", PASSWORD)]})
    daemon.sync("anna")
    connection = daemon.imap("anna", "INBOX")
    valid = daemon.config_file.read_text()
    daemon.config_file.write_text(valid + "surprise: 1\n")
    daemon.reload()
    wait_until(lambda: "surprise" in daemon.log(), daemon.log)
    place = valid.count("\n") + 1
    assert f"postern.yaml:{place}:1: surprise" in daemon.log()
    ask.ok(connection.noop())
    assert len(ask.digests(daemon.imap("anna"))) == 3


def test_sighup_moves_a_listener(postern):
    """H3."""
    daemon = postern({"anna": []})
    old, new = daemon.imap_port, free_port()
    daemon.config["listen"]["imap"] = f"127.0.0.1:{new}"
    daemon.write_config()
    daemon.reload()
    wait_until(lambda: listens(new) and not listens(old), daemon.log)
    daemon.imap_port = new
    assert ask.count(daemon.imap("anna")) == 0


def test_sigterm_says_bye_and_ends_in_order_with_many_sessions(dovecot, postern):
    """G11: a clean end within 5 s, also with idle sessions and an upstream that hangs."""
    hanging = socket.create_server(("127.0.0.1", 0))
    daemon = postern({"anna": [pop3_source(hanging.getsockname()[1], "anna", "x")]})
    connections = [daemon.imap("anna", "INBOX") for _ in range(40)]
    for connection in connections[:20]:
        Idler(connection).__enter__()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0, daemon.log()
    daemon.process = None
    for connection in connections:
        connection.socket().settimeout(5)
        rest = connection.readline()
        assert rest.startswith(b"* BYE"), rest
    hanging.close()


def test_sigterm_does_not_wait_for_a_password_command(postern, folder):
    asked = folder / "asked"
    os.mkfifo(asked)
    daemon = postern({"anna": [], "bert": []}, start=False)
    for account in daemon.config["accounts"].values():
        account["password"] = {"command": f"echo asked > {asked}; exec tail -f /dev/null"}
    daemon.write_config()
    with open(daemon.log_file, "wb") as log:
        process = processes.start(
            [program(), "run", "--config", daemon.config_file], stdout=log, stderr=log
        )
    lines = []
    while len(lines) < 2:  # both are asked although none has answered
        with open(asked, encoding="ascii") as pipe:
            lines += pipe.readlines()
    process.terminate()
    assert process.wait(10) == 0, daemon.log()


def test_sigterm_while_somebody_watches_a_sync(postern):
    """A server that never says a word holds up neither the end nor the one who watches."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon = postern({"anna": [pop3_source(silent.getsockname()[1], "anna", "x")]})
        watching = processes.start(
            [program(), "sync", "--config", daemon.config_file],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert watching.stdout.readline()  # it is being shown what happens
        daemon.stop(seconds=10)
        said = watching.communicate(timeout=20)[0]
        assert watching.returncode == 1, said
        assert "the daemon ended before the poll did" in said


def test_a_sync_waits_for_the_end_of_a_daemon_that_is_stopping(postern):
    """It answers no questions any more, and still holds the mail."""
    daemon = postern({"anna": []})
    connection = daemon.imap("anna")
    connection.send(b"x APPEND INBOX {100}\r\n")  # in the middle of a command: it is given 5 s
    assert connection.readline().startswith(b"+")
    process = daemon.process
    process.terminate()
    wait_until(lambda: "stopping" in daemon.log(), daemon.log)
    result = daemon.command("sync")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "another postern" not in result.stdout + result.stderr
    assert process.wait(10) == 0


def test_a_second_daemon_on_the_same_state_is_refused(postern):
    """G7, G8: and after kill -9 nothing stale stands in the way."""
    daemon = postern({"anna": []})
    twin = postern({"anna": []}, start=False, state=daemon.state)
    result = processes.run([program(), "run", "--config", twin.config_file], seconds=20)
    assert result.returncode not in (0, -signal.SIGKILL)
    assert str(daemon.state) in result.stderr + result.stdout
    ask.ok(daemon.imap("anna").noop())
    daemon.kill()
    daemon.start()
    assert ask.count(daemon.imap("anna")) == 0


def test_the_service_may_do_next_to_nothing():
    """G10: systemd's own judgement, where 10 is unprotected."""
    unit = TREE / "systemd" / "postern.service"
    result = processes.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", unit]
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_of_the_program_is_open_to_others_whatever_the_umask(postern):
    """G1."""
    daemon = postern({"anna": []}, start=False)

    def open_umask():
        processes.ends_with_the_test()
        os.umask(0)

    daemon.start(preexec_fn=open_umask)
    ask.ok(daemon.imap("anna").append("INBOX", None, None, b"Subject: x\r\n\r\n"))
    loose = [
        path
        for path in [daemon.state, *daemon.state.rglob("*")]
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]
    # What devices are to trust is for everybody.
    assert loose == [daemon.state / "ca.pem"]
    assert loose[0].stat().st_mode & 0o777 == 0o644
