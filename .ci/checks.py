#!/usr/bin/python3
"""tests/checks.md and the tests that name its ids; ./dev lint checks that they name no others.

checks.py prints for each section how many of its ids a test names, and which no test does.
"""

import collections
import re
import sys

sys.dont_write_bytecode = True

import tree  # noqa: E402

FILE = "tests/checks.md"
ROW = re.compile(r"^\| ([A-Z]\d{1,2}) \| (.+) \|$", re.MULTILINE)

ID = r"[A-KR]\d{1,2}"
LISTED = rf"({ID}(?:, {ID})*)"
NAMED = [
    # At the start of a comment, a docstring or a row's name; alone, or with a word about it behind a colon.
    re.compile(rf"(?://+<?|#) *{LISTED}(?=[:.,;)]|$)"),
    re.compile(rf'"{LISTED}[:.]'),
    # Within a sentence.
    re.compile(rf"\({LISTED}[:)]"),
    # In the name itself.
    re.compile(rf'"({ID})_\w'),
    re.compile(rf"\bTEST(?:_[FP])?\(\w+, ({ID})(?=[A-Z_])"),
    re.compile(r"\bdef test_((?:[a-kr]\d{1,2}_)+)"),
]


def known():
    """{id: what it says}"""
    return dict(ROW.findall(tree.text(FILE)))


def named(path):
    """(line, id) for each id that a test names."""
    found = set()
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        # In a transcript "C2:" is the second client.
        if path.endswith((".txt", ".inc")) and not line.startswith("#"):
            continue
        for pattern in NAMED:
            for ids in pattern.findall(line):
                found.update((number, name.upper()) for name in re.findall(r"[A-Za-z]\d+", ids))
    return sorted(found)


def check():
    checks = known()
    findings, covered = [], set()
    for path in tree.sources(".h", ".cpp", ".py", ".mjs", ".txt", ".inc", below=("tests/",)):
        for number, name in named(path):
            covered.add(name)
            if name not in checks:
                findings.append(f"{path}:{number}: {name} is not in {FILE}")
    counts = collections.Counter(name for name, _ in ROW.findall(tree.text(FILE)))
    findings += [f"{FILE}: {name} stands there twice" for name, count in counts.items() if count > 1]
    for section in sorted({name[0] for name in checks}):
        names = [name for name in checks if name[0] == section]
        missing = [name for name in names if name not in covered]
        now = [name for name in missing if not checks[name].startswith("later:")]
        line = f"  {section}: {len(names) - len(missing)} of {len(names)}"
        line += f", {len(missing) - len(now)} for later" if len(now) < len(missing) else ""
        print(line + (f", no test names {' '.join(now)}" if now else ""))
    return findings


if __name__ == "__main__":
    for finding in check():
        print(finding)
