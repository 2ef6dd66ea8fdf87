"""What needs a compiler: formatting, each header alone, clang-tidy."""

import concurrent.futures
import json
import os
import shlex
import subprocess

import tree

BUILD = tree.TOP / "build" / "release"


def _run(command):
    done = subprocess.run(command, cwd=tree.TOP, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).strip()


def _in_parallel(check_one, paths, stamps):
    """Findings of `check_one(path) -> (status, output)`, for the paths that have no stamp."""
    waiting = [path for path in paths if not stamps.has(path)]
    print(f"  {len(waiting)} of {len(paths)} files to look at")
    findings = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (status, output) in zip(waiting, pool.map(check_one, waiting)):
            if status == 0:
                stamps.set(path)
            else:
                findings.append(f"{path}:\n{output}")
    return findings


def check_format():
    paths = tree.sources(".h", ".cpp")
    _, output = _run(["clang-format-19", "--dry-run", "-Werror", *paths])
    wrong = sorted({line.split(":")[0] for line in output.split("\n") if "error:" in line})
    return [f"{path}: run clang-format-19 -i {path}" for path in wrong]


def _commands():
    """path -> arguments of its compilation, without compiler, output and input."""
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = os.path.relpath(entry["file"], tree.TOP)
        words = shlex.split(entry["command"])
        flags = [word for word in words if word.startswith(("-I", "-D", "-std", "-W"))]
        flags += [word for i, word in enumerate(words) if "-isystem" in (word, words[i - 1])]
        commands[path] = flags
    return commands


def check_headers():
    """Each header compiles alone, with the flags of its nearest neighbour."""
    commands = _commands()

    def flags_for(header):
        def nearness(path):
            return len(os.path.commonpath([header, path]))
        return commands[max(commands, key=nearness)]

    def compile_one(header):
        # As the text of another file, since a header given as the main file warns about its #pragma once.
        return _run(["g++", "-fsyntax-only", *flags_for(header), "-I.", "-include", header, "-x", "c++", "/dev/null"])

    return _in_parallel(compile_one, tree.sources(".h"), tree.Stamps("headers", "2"))


def _changed():
    """Own paths that differ from the last commit."""
    listing = subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=tree.TOP, check=True,
                             capture_output=True, text=True)
    return {line[3:].split(" -> ")[-1] for line in listing.stdout.splitlines()}


def check_tidy(only_changed):
    # The tests are left to the compilers' own warnings: they are half of the time and none of the risk.
    paths = sorted(path for path in _commands() if path.startswith(("config/", "sync/", "proxy/")))
    if only_changed:
        changed = _changed()
        paths = [path for path in paths if changed.intersection(tree.closure(path))]

    def tidy_one(path):
        # The clang of this tool has to be told what the build tells the clang compiler.
        status, output = _run(["clang-tidy-19", "-p", str(BUILD), "--quiet", "--extra-arg=-DASIO_HAS_CO_AWAIT",
                               "--extra-arg=-DASIO_HAS_STD_COROUTINE", path])
        lines = [line for line in output.split("\n") if "warnings generated" not in line]
        return status, "\n".join(lines)

    return _in_parallel(tidy_one, paths, tree.Stamps("tidy", tree.text(".clang-tidy")))
