"""Avahi of Debian on one host: it says what lies in its folder of services, and hears what other
hosts say. Root only."""

import signal
import subprocess
import threading

from . import processes
from .waiting import wait_until

CONFIGURATION = """
[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
allow-interfaces={interface}
[publish]
publish-workstation=no
publish-hinfo=no
publish-aaaa-on-ipv4=no
"""

# A message bus and Avahi of their own, in folders that nobody else sees; both end with the shell.
TOGETHER = """
mount --bind "$1/run" /run
mount --bind "$1/services" /etc/avahi/services
dbus-daemon --system --nofork --nopidfile &
bus=$!
trap 'kill $bus' EXIT
until [ -S /run/dbus/system_bus_socket ]; do kill -0 $bus || exit 1; sleep 0.05; done
avahi-daemon --file "$1/avahi.conf" --no-drop-root --no-chroot --no-rlimits &
trap 'kill $! $bus; wait' EXIT
trap 'exit 0' TERM
wait $!
"""


class Avahi:
    """One daemon. Order: start(), browse() and changes of `services`, stop()."""

    def __init__(self, folder, name, address, prefix=()):
        """On the host where `prefix` runs commands, on the wire that has the address there."""
        self.folder, self.services = folder, folder / "services"
        self._prefix, self._process, self._browsers = list(prefix), None, []
        for part in ("run/dbus", "run/avahi-daemon", "services"):
            (folder / part).mkdir(parents=True)
        wire = processes.run([*prefix, "ip", "-brief", "address", "show", "to", address]).stdout
        interface = wire.split()[0].partition("@")[0]
        text = CONFIGURATION.format(name=name, interface=interface)
        (folder / "avahi.conf").write_text(text)

    def start(self):
        with open(self.folder / "log", "wb") as log:
            self._process = processes.start(
                [*self._prefix, "unshare", "--mount", "sh", "-c", TOGETHER, "sh", self.folder],
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: "startup complete" in self.log(), lambda: f"Avahi is up\n{self.log()}")
        return self

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def withdraw(self):
        """Nothing of Postern's is said any more."""
        (self.services / "postern.service").unlink()

    def browse(self, kind):
        """What is heard of a kind of service from now on."""
        shell = 'mount --bind "$1/run" /run && exec avahi-browse --resolve --parsable "$2"'
        browser = Browser(
            [*self._prefix, "unshare", "--mount", "sh", "-c", shell, "sh", self.folder, kind]
        )
        self._browsers.append(browser)
        return browser

    def stop(self):
        for browser in self._browsers:
            browser.stop()
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)


class Browser:
    """avahi-browse, line by line."""

    def __init__(self, command):
        self._process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines, self._past = [], []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n").split(";"))

    def _next(self, sign):
        """The fields of the next line of this sign; what came before it is past."""

        def seen():
            while self._lines:
                line = self._lines.pop(0)
                self._past.append(line)
                if line[0] == sign:
                    return line
            return None

        return wait_until(seen, lambda: f"{sign!r} after {self._past}")

    def found(self):
        """Host, address and port of the one service of this kind, once it is heard of."""
        _, _, _, _, _, _, host, address, port, _ = self._next("=")
        return host, address, int(port)

    def gone(self):
        """Returns when the service is taken back."""
        self._next("-")

    def more(self):
        """What came that nobody has asked for."""
        return list(self._lines)

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
