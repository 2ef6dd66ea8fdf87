#!/usr/bin/python3
"""Writes sample messages, the same ones for the same seed, into a Maildir or an mbox file.

A message is octets with CRLF line ends; number N depends on the seed and N alone, so a longer run
begins with the shorter one's messages. Profiles: `mixed` has every family in turn, `bench` has the
sizes of a real mailbox (median 8 kB, mean about 40 kB), `small` has a few hundred octets each.
"""

import argparse
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mail_families  # noqa: E402

PROFILES = ("mixed", "bench", "small")


def message(index, seed=1, profile="mixed"):
    """Message number `index` (from 0): its octets."""
    rng = random.Random(f"{seed}:{profile}:{index}")
    if profile == "small":
        return mail_families.plain(rng, index)
    if profile == "bench":
        return mail_families.sized(rng, index)
    names = list(mail_families.FAMILIES)
    # Large ones are rare: one in 250.
    if index % 250 == 249:
        return mail_families.large(rng, index)
    return mail_families.FAMILIES[names[index % len(names)]](rng, index)


def messages(count, seed=1, profile="mixed"):
    return (message(index, seed, profile) for index in range(count))


def maildir_name(index, octets):
    """A Maildir file name that sorts by number and carries the size, so that no server reads the
    file for it."""
    return f"{1600000000 + index}.M{index}P1.generated,S={len(octets)},W={len(octets)}:2,"


def write_maildir(folder, octets_of_each):
    """Puts messages into a Maildir, made if it is not there; how many it put."""
    folder = pathlib.Path(folder)
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    count = 0
    for count, octets in enumerate(octets_of_each, start=1):
        (folder / "cur" / maildir_name(count - 1, octets)).write_bytes(octets)
    return count


def write_mbox(path, octets_of_each):
    with open(path, "wb") as out:
        for octets in octets_of_each:
            out.write(b"From sample@postern.example Thu Jan  1 00:00:00 2026\n")
            for line in octets.split(b"\r\n"):
                if line.lstrip(b">").startswith(b"From "):
                    line = b">" + line
                out.write(line + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", choices=PROFILES, default="mixed")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--maildir", metavar="FOLDER")
    target.add_argument("--mbox", metavar="FILE")
    arguments = parser.parse_args()
    sample = messages(arguments.count, arguments.seed, arguments.profile)
    if arguments.mbox:
        write_mbox(arguments.mbox, sample)
    else:
        write_maildir(arguments.maildir, sample)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
