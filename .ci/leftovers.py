"""What does not stay in the tree. The patterns are spelled so that they do not find themselves."""

import re

import tree

CODE = (".h", ".cpp", ".py", ".mjs", ".js", ".sh", ".cmake", "CMakeLists.txt", "/dev", ".ci/fuzz", ".ci/run")
TEXT = (".txt", ".inc", ".md")

# (pattern, where it is looked for, where it may stand, what to do instead)
RULES = [
    (r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b", "", (), "do it, or open an issue"),
    (r"asio::detache[d]", "", ("sync/net/",), "spawn it in a TaskGroup"),
    (r"\b(sleep_fo[r]|sleep_unti[l]|uslee[p])\b", "", (), "wait for the event itself"),
    (r"\btime\.slee[p]\(", "tests/", ("tests/e2e/support/waiting.py",), "use support/waiting.py"),
    (r"GTEST_SKI[P]|\bDISABLE[D]_|pytest\.(mark\.)?ski[p]", "tests/", (), "a test that does not run is none"),
    (r"using namespace st[d];", "", (), "name what is used"),
    (r"<asi[o]\.hpp>", "", (), "include the narrow headers"),
    (r"\bst[d]::(cout|cerr)\b", "sync/", (), "use sync/base/log.h"),
    (
        r"//.*\b[A-KR]([1-9]|[12]\d|3[0-3])\b",
        ("config/", "sync/", "proxy/"),
        ("sync/engine/plan.h",),
        "say it in words; ids of tests/checks.md are for tests",
    ),
    (r"(?<!tests/)\bchecks\.m[d]\b", "", (), "it is tests/checks.md, or the id alone"),
]


def check():
    findings = []
    below = ("config/", "sync/", "proxy/", "tests/", ".ci/", ".cmake/", "CMakeLists.txt", "dev")
    for path in sorted({*tree.sources(*CODE, below=below), *tree.sources(*TEXT, below=("",))}):
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            for pattern, where, allowed, advice in RULES:
                if path.startswith(where) and not path.startswith(tuple(allowed)) and re.search(pattern, line):
                    findings.append(f"{path}:{number}: {line.strip()[:80]}: {advice}")
    return findings
