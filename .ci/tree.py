"""The files of the tree and what they include."""

import functools
import hashlib
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
STAMPS = TOP / "build" / "lint"

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


@functools.cache
def files():
    """Everything that is, or is about to be, under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, check=True, capture_output=True, text=True)
    return sorted(path for path in set(listing.stdout.split("\n")) if path and (TOP / path).is_file())


def sources(*suffixes, below=("config/", "sync/", "proxy/", "tests/")):
    return [path for path in files() if path.endswith(suffixes) and path.startswith(below)]


@functools.cache
def text(path):
    return (TOP / path).read_text(encoding="utf-8", errors="replace")


@functools.cache
def includes(path):
    """(own headers, system headers) that a file names itself."""
    own, system = [], []
    for quoted, angled in INCLUDE.findall(text(path)):
        (own if quoted else system).append(quoted or angled)
    return own, system


def closure(path):
    """A file and every own header it reads."""
    seen, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current in seen or not (TOP / current).is_file():
            continue
        seen.add(current)
        waiting += includes(current)[0]
    return sorted(seen)


class Stamps:
    """Remembers which files passed a check, and forgets them when anything they read has changed."""

    def __init__(self, name, salt):
        self.folder = STAMPS / name
        self.salt = salt.encode()
        self.folder.mkdir(parents=True, exist_ok=True)

    def _stamp(self, path):
        digest = hashlib.sha256(self.salt)
        for part in closure(path):
            digest.update(part.encode() + b"\0" + text(part).encode())
        return self.folder / digest.hexdigest()

    def has(self, path):
        return self._stamp(path).exists()

    def set(self, path):
        self._stamp(path).touch()
