#!/usr/bin/python3
"""docs/rfc-coverage.md from the references in code and tests ("RFC 9051 section 6.4.8").

rfc_coverage.py --write writes the file; ./dev lint checks that it is current.
"""

import collections
import re
import sys

sys.dont_write_bytecode = True

import tree  # noqa: E402

FILE = "docs/rfc-coverage.md"

TITLES = {
    1321: "MD5", 1734: "POP3 AUTH", 1939: "POP3", 2045: "MIME: bodies", 2046: "MIME: media types",
    2047: "MIME: encoded words", 2087: "IMAP QUOTA", 2104: "HMAC", 2152: "UTF-7", 2177: "IMAP IDLE",
    2183: "Content-Disposition", 2195: "CRAM-MD5", 2231: "MIME: parameters", 2342: "IMAP NAMESPACE",
    2449: "POP3 extensions (CAPA)", 2595: "TLS with IMAP and POP3", 2822: "Internet messages (2001)",
    2971: "IMAP ID", 3348: "IMAP CHILDREN", 3501: "IMAP4rev1", 3502: "IMAP MULTIAPPEND", 4467: "IMAP URLAUTH", 4469: "IMAP CATENATE", 5092: "IMAP URLs", 5550: "Lemonade profile", 3629: "UTF-8",
    3691: "IMAP UNSELECT", 4314: "IMAP ACL", 4315: "IMAP UIDPLUS", 4422: "SASL", 4616: "SASL PLAIN",
    3282: "Content-Language", 3516: "IMAP BINARY", 3676: "format=flowed",
    4648: "Base64", 4731: "IMAP ESEARCH", 4959: "IMAP SASL-IR", 5034: "POP3 SASL", 5161: "IMAP ENABLE",
    5051: "i;unicode-casemap", 5256: "IMAP SORT and THREAD", 5957: "IMAP SORT=DISPLAY",
    5032: "IMAP WITHIN", 5182: "IMAP SEARCHRES", 5267: "IMAP ESORT and CONTEXT",
    6203: "IMAP SEARCH=FUZZY", 8514: "IMAP SAVEDATE", 9394: "IMAP PARTIAL",
    8970: "IMAP PREVIEW", 5258: "IMAP LIST extensions", 5280: "Certificates (PKIX)",
    5321: "SMTP", 5322: "Internet messages", 5530: "IMAP response codes", 5819: "IMAP LIST-STATUS",
    6125: "Host names in certificates", 6154: "IMAP SPECIAL-USE", 6532: "Internationalised headers",
    6851: "IMAP MOVE", 6855: "IMAP UTF8", 7162: "IMAP CONDSTORE and QRESYNC", 7377: "IMAP MULTISEARCH", 7628: "SASL OAUTHBEARER",
    7677: "SCRAM-SHA-256", 5802: "SCRAM", 7817: "TLS server identity for mail", 7888: "IMAP LITERAL+",
    8305: "Happy Eyeballs", 8314: "Cleartext is obsolete", 8446: "TLS 1.3", 8474: "IMAP OBJECTID",
    1870: "SMTP SIZE", 2034: "SMTP enhanced status codes", 2920: "SMTP PIPELINING", 3030: "SMTP CHUNKING and BINARYMIME",
    3207: "SMTP STARTTLS", 3461: "SMTP DSN", 3463: "Enhanced status codes", 3464: "Delivery reports", 4954: "SMTP AUTH",
    6152: "SMTP 8BITMIME", 6409: "Submission", 6531: "SMTP SMTPUTF8", 6533: "Internationalised delivery reports",
    6856: "POP3 UTF8", 1428: "From SMTP to MIME", 5652: "CMS", 6186: "SRV records for mail",
    6763: "DNS-SD", 9562: "UUIDs", 4647: "Matching of language tags", 5255: "IMAP LANGUAGE and I18NLEVEL",
    8437: "IMAP UNAUTHENTICATE", 8438: "IMAP STATUS=SIZE", 8440: "IMAP LIST-MYRIGHTS", 8508: "IMAP REPLACE",
    9208: "IMAP QUOTA", 9585: "IMAP INPROGRESS", 9755: "IMAP UTF8",
    5464: "IMAP METADATA", 5465: "IMAP NOTIFY", 5466: "IMAP FILTERS", 9586: "IMAP UIDONLY", 9590: "IMAP LIST-METADATA",
    9738: "IMAP MESSAGELIMIT", 10022: "IMAP UIDBATCHES",
    9051: "IMAP4rev2", 9525: "Service identity in TLS", 822: "Internet messages (1982)",
}

# Comments may be broken anywhere, with the comment sign in between.
GAP = r"(?:\s|\n\s*(?:///?<?|#|//))+"
NUMBER = r"(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\b"
REFERENCE = re.compile(
    rf"\bRFC{GAP}(\d{{3,5}})(?:,?{GAP}(?:sections?|appendix|s\.){GAP}({NUMBER}(?:(?:,|{GAP}and){GAP}{NUMBER})*))?", re.MULTILINE)


def references(path):
    """(rfc, section or "") for each reference in a file."""
    found = set()
    for rfc, sections in REFERENCE.findall(tree.text(path)):
        numbers = re.findall(NUMBER, sections or "")
        found.update((int(rfc), number) for number in numbers or [""])
    return found


def _order(section):
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in section.split(".") if part]


def _shown(paths):
    # One folder with many files reads better as a folder.
    folders = collections.defaultdict(list)
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        folders[folder].append(name)
    return "; ".join(f"{folder}/: {', '.join(names)}" for folder, names in sorted(folders.items()))


def document():
    code, tests = collections.defaultdict(set), collections.defaultdict(set)
    for path in tree.sources(".h", ".cpp", ".py", ".mjs"):
        for reference in references(path):
            (tests if path.startswith("tests/") else code)[reference].add(path)
    lines = [
        "# RFC coverage",
        "",
        "Made by `.ci/rfc_coverage.py --write` from the references in code and tests; do not edit. `todo` marks what",
        "code names and no test does, or the other way round. A line says that somebody read the section, not that",
        "every word of it is done.",
    ]
    for rfc in sorted({rfc for rfc, _ in [*code, *tests]}):
        title = TITLES.get(rfc)
        lines += ["", f"## RFC {rfc}" + (f": {title}" if title else ""), "", "| section | code | tests |", "|---|---|---|"]
        sections = {section for number, section in [*code, *tests] if number == rfc}
        for section in sorted(sections, key=_order):
            reference = (rfc, section)
            lines.append(f"| {section or 'as a whole'} | {_shown(code[reference]) or 'todo'} "
                         f"| {_shown(tests[reference]) or 'todo'} |")
    return "\n".join(lines) + "\n"


def check():
    current = tree.text(FILE) if FILE in tree.files() else ""
    return [] if current == document() else [f"{FILE}: is not current; run .ci/rfc_coverage.py --write"]


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        (tree.TOP / FILE).write_text(document(), encoding="utf-8")
    else:
        print(document(), end="")
