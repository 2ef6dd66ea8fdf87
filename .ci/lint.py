#!/usr/bin/python3
"""Everything ./dev lint looks at. Prints what is wrong, file by file; the exit status is 1 then."""

import argparse
import sys
import time

sys.dont_write_bytecode = True

import checks  # noqa: E402
import compile  # noqa: E402
import layers  # noqa: E402
import leftovers  # noqa: E402
import rfc_coverage  # noqa: E402
import sizes  # noqa: E402


def main():
    options = argparse.ArgumentParser(prog="./dev lint")
    options.add_argument("--changed", action="store_true", help="clang-tidy only on what differs from the last commit")
    options.add_argument("--only", help="one check alone")
    arguments = options.parse_args()

    # The quick ones first.
    looks = {
        "sizes": sizes.check,
        "layers": layers.check,
        "leftovers": leftovers.check,
        "rfc-coverage": rfc_coverage.check,
        "checks": checks.check,
        "format": compile.check_format,
        "headers": compile.check_headers,
        "tidy": lambda: compile.check_tidy(arguments.changed),
    }
    if arguments.only and arguments.only not in looks:
        options.error(f"no check {arguments.only}; there are {', '.join(looks)}")
    wrong = 0
    for name, check in looks.items():
        if arguments.only not in (None, name):
            continue
        print(f"{name}:", flush=True)
        start = time.monotonic()
        findings = check()
        for finding in findings:
            print(f"  {finding}")
        wrong += len(findings)
        print(f"  {len(findings) or 'nothing'} to mend ({time.monotonic() - start:.0f} s)", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
