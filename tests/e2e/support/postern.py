"""The program under test as a process: configuration, start, questions to it, end."""

import imaplib
import json
import os
import pathlib
import signal
import subprocess

from . import processes
from .waiting import free_port, listens, wait_until

TREE = pathlib.Path(__file__).resolve().parents[3]
PASSWORD = "local secret"


def program():
    """Where the program stands; the build tells it through POSTERN_PROGRAM."""
    path = pathlib.Path(os.environ.get("POSTERN_PROGRAM", TREE / "build/release/postern"))
    assert path.exists(), f"{path} is not there; build it, or say where it is in POSTERN_PROGRAM"
    return path


def yaml(value, indent=0):
    """Plain data as YAML text of the block style that people write."""
    pad = " " * indent
    if isinstance(value, dict):
        lines = []
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and inner:
                lines.append(f"{pad}{key}:\n{yaml(inner, indent + 2)}")
            else:
                lines.append(f"{pad}{key}: {yaml(inner)}\n")
        return "".join(lines)
    if isinstance(value, list):
        parts = []
        for inner in value:
            text = yaml(inner, indent + 2)
            parts.append(
                f"{pad}- {text[indent + 2 :]}" if isinstance(inner, dict) else f"{pad}- {text}\n"
            )
        return "".join(parts)
    return json.dumps(str(value) if isinstance(value, pathlib.Path) else value)


def pop3_source(port, username, password, **more):
    """A source on loopback without TLS; `more` overrides any key."""
    return {
        "pop3": f"127.0.0.1:{port}",
        "tls": "none",
        "username": username,
        "password": password,
        "poll": "1 hour",
        **more,
    }


class Postern:
    """One daemon. Order: start(), questions, stop() or kill(); may be started again on the same
    state."""

    def __init__(self, folder, accounts, **settings):
        """`accounts` is name -> list of sources; each account's local password is PASSWORD."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file = self.folder / "postern.yaml"
        self.state = self.folder / "state"
        self.log_file = self.folder / "postern.log"
        self.imap_port = free_port()
        self.process = None
        self.config = {
            "state": self.state,
            "listen": {"imap": f"127.0.0.1:{self.imap_port}"},
            "accounts": {
                name: {"password": PASSWORD, **({"sources": sources} if sources else {})}
                for name, sources in accounts.items()
            },
            **settings,
        }
        if not accounts:
            del self.config["accounts"]
        self.write_config()

    def write_config(self):
        self.config_file.write_text(yaml(self.config))
        self.config_file.chmod(0o600)

    def start(self, prefix=(), environment=None, **options):
        with open(self.log_file, "ab") as log:
            self.process = processes.start(
                [*prefix, program(), "run", "--config", self.config_file],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                **options,
            )

        def ready():
            assert self.process.poll() is None, f"it ended by itself\n{self.log()}"
            return listens(self.imap_port) and self.command("status", "--json").returncode == 0

        wait_until(ready, lambda: f"postern listens\n{self.log()}")
        self.pid = processes.child_of(self.process.pid) if prefix else self.process.pid
        return self

    def stop(self, seconds=20):
        """Asks it to end and asserts that it does in order."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {seconds} s after SIGTERM\n{self.log()}") from None
        self.process = None
        assert code == 0, f"exit status {code}\n{self.log()}"

    def reload(self):
        """Tells it to read its configuration again."""
        os.kill(self.pid, signal.SIGHUP)

    def kill(self):
        """Ends it with no chance to do anything."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def command(self, *arguments, seconds=120, **options):
        """Runs another `postern` command on the same configuration."""
        return processes.run(
            [program(), *arguments, "--config", self.config_file], seconds=seconds, **options
        )

    def status(self):
        result = self.command("status", "--json")
        assert result.returncode == 0, result.stderr + self.log()
        return json.loads(result.stdout)

    def sources(self, account):
        """What status says of the sources of an account, in the order of the file."""
        (found,) = [a for a in self.status()["accounts"] if a["name"] == account]
        return found["sources"]

    def source(self, account):
        return self.sources(account)[0]

    def sync(self, account=None, expect=0, seconds=300):
        """Polls now and waits; the output."""
        result = self.command("sync", *([account] if account else []), seconds=seconds)
        assert result.returncode == expect or expect is None, (
            result.stdout + result.stderr + self.log()
        )
        return result.stdout + result.stderr

    def wait_for_state(self, account, state, seconds=30):
        """Until the account's first source is in this state; its status."""
        seen = {}

        def asks():
            seen.update(self.source(account))
            return dict(seen) if seen["state"] == state else None

        return wait_until(
            asks, lambda: f"{account} is {state}, but {seen}\n{self.log()}", seconds, 0.1
        )

    def imap(self, account, mailbox=None):
        """A logged-in connection; with a mailbox selected if one is named."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=60)
        connection.login(account, PASSWORD)
        if mailbox:
            status, data = connection.select(mailbox)
            assert status == "OK", data
        return connection
