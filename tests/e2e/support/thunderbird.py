"""Thunderbird itself, in a window on a screen that nobody sees, with a profile of its own."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

from . import namespaces, processes
from .marionette import Marionette
from .waiting import wait_until

PROGRAM = "/usr/lib/thunderbird/thunderbird"
HELPERS = pathlib.Path(__file__).resolve().parents[1] / "thunderbird" / "helpers.js"

# It asks nobody but the mail server: what it fetches over the web by itself is off or, where there is
# no switch, ends at a proxy that is not there.
PREFERENCES = {
    "marionette.port": 0,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.trr.mode": 5,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.auto": False,
    "app.donation.eoy.version.viewed": 999,
    "toolkit.telemetry.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "mailnews.auto_config_url": "",
    "mailnews.mx_service_url": "",
    "mail.inappnotifications.enabled": False,
    "mail.provider.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.biff.show_alert": False,
    "mail.warn_on_delete_from_trash": False,
    "mail.biff.play_sound": False,
    "mail.chat.enabled": False,
    # What costs time at the start and is of no use here.
    "dom.ipc.processPrelaunch.enabled": False,
    "extensions.webextensions.remote": False,
    "media.rdd-process.enabled": False,
    "mailnews.database.global.indexer.enabled": False,
    # Rows with columns.
    "mail.threadpane.listview": 1,
    "ui.prefersReducedMotion": 1,
}


class Screen:
    """A screen in memory. Order: start(), `display`, stop()."""

    def start(self):
        reading, writing = os.pipe()
        self._process = processes.start(
            ["Xvfb", "-displayfd", writing, "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            number = pipe.readline().decode().strip()
        assert number, "Xvfb ended by itself"
        self.display = f":{number}"
        return self

    def stop(self):
        self._process.terminate()
        self._process.wait(20)


class Thunderbird:
    """One program. Order: start(), connect(), trust() and add_account(), then what is needed of the
    rest, stop()."""

    REFUSAL = re.compile(r"CreateNewLineFromSocket: \d+ (NO|BAD) ")

    def __init__(self, folder, display, prefix=(), **preferences):
        self.folder = pathlib.Path(folder)
        self.profile = self.folder / "profile"
        self.profile.mkdir(parents=True)
        self._log = self.folder / "thunderbird.log"
        self._display, self._prefix = display, prefix
        settings = {**PREFERENCES, **preferences}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in settings.items()]
        (self.profile / "user.js").write_text("".join(lines))
        self._helpers = HELPERS.read_text()
        self._process = self._remote = None

    def start(self):
        self._port = self.profile / "MarionetteActivePort"
        self._process = processes.start(
            [
                *(*self._prefix, PROGRAM, "--no-remote", "--profile", self.profile),
                *("--marionette", "--remote-allow-system-access"),
            ],
            stdout=open(self._log, "ab"),
            stderr=subprocess.STDOUT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "DISPLAY": self._display,
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
                "MOZ_CRASHREPORTER_DISABLE": "1",
                "NO_AT_BRIDGE": "1",
                "MOZ_LOG": "sync,IMAP:4",
                "MOZ_LOG_FILE": str(self.folder / "imap"),
            },
        )
        return self

    def connect(self):
        def port():
            assert self._process.poll() is None, self.log()
            return self._port.exists() and self._port.read_text()

        number = int(wait_until(port, self.log, 60))
        with namespaces.network_of(self._process.pid) if self._prefix else contextlib.nullcontext():
            self._remote = Marionette(number)
        self.shows("return pane()?.document.readyState == 'complete'")
        return self

    def log(self):
        return self._log.read_text(errors="replace")

    def heard(self):
        """The dialogue of all connections by IMAP so far, a line each, but for passwords."""
        file = self.folder / "imap.moz_log"
        return file.read_text(errors="replace").splitlines() if file.exists() else []

    def idles(self):
        """Whether it has INBOX open, with nothing else to say there than IDLE."""
        said = [line for line in self.heard() if ":S-INBOX:SendData: " in line]
        return bool(said) and said[-1].rstrip().endswith(" IDLE")

    def run(self, body, *arguments):
        """What this body of an asynchronous function returns; thunderbird/helpers.js says what it
        finds there, `args` are the arguments."""
        return self._remote.run(self._helpers + body, *arguments)

    def shows(self, body, *arguments, seconds=60):
        """Until what the body returns is true; what it returned."""
        return wait_until(
            lambda: self.run(body, *arguments),
            lambda: "\n".join([body, str(arguments), *self.heard()[-40:], self.log()]),
            seconds,
            0.05,
        )

    def trust(self, ca):
        """Takes this authority (a PEM file) for one that vouches for servers."""
        text = "".join(pathlib.Path(ca).read_text().splitlines()[1:-1])
        self.run("trust(args[0])", text)

    def add_account(self, login, password, mail, imap, smtp):
        """An account as the set-up makes it, for servers on localhost that speak TLS from the first
        octet; returns when INBOX is open."""
        self.run("await addAccount(...args)", login, password, mail, imap, smtp)
        self.open("INBOX")

    def open(self, name):
        """Shows a mailbox in the thread pane."""
        self.shows("return !!folder(args[0])", name)
        self.run("pane().displayFolder(folder(args[0]))", name)
        self.shows("return view()?.viewFolder == folder(args[0])", name)

    def row(self, subject, *marks, without=()):
        """Until the thread pane has a row with this subject, with these marks and without those; the
        row."""
        return self.shows(
            "return rows().find(row => row.subject == args[0]"
            " && args[1].every(mark => row.marks.includes(mark))"
            " && !args[2].some(mark => row.marks.includes(mark)))",
            subject,
            marks,
            without,
        )

    def gone(self, subject):
        """Until the thread pane has no such row."""
        self.shows("return !rows().some(row => row.subject == args[0])", subject)

    def select(self, subject):
        """Selects a message; what the message pane shows of it."""
        self.shows("return select(args[0])", subject)
        return self.shows(
            "const one = shown(); return one?.subject.includes(args[0]) && one.text.trim() && one",
            subject,
        )

    def send(self):
        """Sends what is being written, and waits until its window is closed: it is sent, and filed."""
        self.shows("return !!composing()")
        self.run("composing().goDoCommand('cmd_sendNow')")
        self.shows("return !Services.wm.getMostRecentWindow('msgcompose')")

    def stop(self):
        if self._remote:
            self._remote.close()
            self._remote = None
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None
