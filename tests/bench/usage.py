"""What a process uses, and what it asks of the disk."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e")]

from support import processes  # noqa: E402
from support.waiting import wait_until  # noqa: E402


def memory(pid):
    """Octets, shared ones by their share."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)[1]) * 1024


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Writes:
    """What a running process and those that it starts write to files meanwhile: `waits` for the disk
    and `octets` handed to files. Makes it slow: not for what is timed."""

    WAITING = ("fsync", "fdatasync", "sync_file_range", "syncfs")
    WRITING = ("write", "writev", "pwrite64", "pwritev", "pwritev2")

    def __init__(self, pid):
        self._pid = pid

    def __enter__(self):
        self._log = tempfile.NamedTemporaryFile("r")
        calls = ",".join(self.WAITING + self.WRITING)
        self._tracer = processes.start(
            ["strace", "-f", "-q", "-y", "-s", "0", "-e", f"trace={calls}"]
            + ["-o", self._log.name, "-p", str(self._pid)],
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._attached, lambda: "strace looks on")
        return self

    def _attached(self):
        tasks = pathlib.Path(f"/proc/{self._pid}/task").iterdir()
        return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)

    def __exit__(self, *_):
        self._tracer.send_signal(signal.SIGINT)
        self._tracer.wait(60)
        text = self._log.read()
        self._log.close()
        waiting, writing = "|".join(self.WAITING), "|".join(self.WRITING)
        self.waits = len(re.findall(rf"^\d+ +(?:{waiting})\(", text, re.M))
        # A call during which another one begins stands in two lines; the second has the result.
        begun = {}
        self.octets = 0
        for line in text.splitlines():
            task, _, call = line.partition(" ")
            call = call.strip()
            if found := re.match(rf"(?:{writing})\(\d+<(/[^>]*)>", call):
                begun[task] = not found[1].startswith("/dev/")
            elif not call.startswith("<... "):
                begun[task] = False
            result = re.search(r"\) += (\d+)$", call)
            if result and begun.pop(task, False):
                self.octets += int(result[1])
