#!/usr/bin/python3
"""Runs a benchmark of Postern side by side with Dovecot and prints its tables."""

import argparse
import importlib
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from stage import Stage  # noqa: E402

# Each is a module of this folder with run(stage).
BENCHMARKS = ("guess", "idle", "imap", "pop3", "relay", "store", "submit")
# What of one is shown with --quick where not all is.
QUICK = {"pop3": "plain"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", nargs="?", choices=BENCHMARKS, default="imap")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only",
        default="",
        help="pop3, idle: the cases whose name has this in it; store: backups, without all else",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few messages, one round: only that it works"
    )
    parser.add_argument(
        "--program", type=pathlib.Path, help="default: $POSTERN_PROGRAM, build/release/postern"
    )
    parser.add_argument(
        "--client", type=pathlib.Path, help="default: bench_client beside the program"
    )
    arguments = parser.parse_args()
    if arguments.program:
        os.environ["POSTERN_PROGRAM"] = str(arguments.program.resolve())
    if arguments.quick:
        arguments.messages, arguments.rounds = 100, 1
        arguments.only = arguments.only or QUICK.get(arguments.benchmark, "")
    with Stage(arguments.client, arguments.messages, arguments.rounds, arguments.only) as stage:
        importlib.import_module(arguments.benchmark).run(stage)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
