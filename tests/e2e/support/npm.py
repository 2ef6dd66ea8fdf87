"""Programs of npm, in the exact versions of their lock files."""

import os
import pathlib
import shutil

from . import processes

HERE = pathlib.Path(__file__).resolve().parents[1]


def installed(name, script):
    """The folder where the packages of `tests/e2e/NAME` are installed, with this script of it."""
    source = HERE / name
    folder = pathlib.Path(os.environ.get("POSTERN_BUILD", HERE.parents[1] / "build")) / name
    folder.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_bytes()
    mark = folder / "installed"
    if not mark.exists() or mark.read_bytes() != lock:
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder)
        result = processes.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], 180, cwd=folder
        )
        assert result.returncode == 0, result.stdout + result.stderr
        mark.write_bytes(lock)
    shutil.copy(source / script, folder)
    return folder
