"""What folders take on the disk, and reading them from there."""

import os
import pathlib


def disk(folder):
    return 512 * sum(file.stat().st_blocks for file in pathlib.Path(folder).rglob("*"))


def forget_cached(folder):
    """The system reads the files of a folder from the disk again."""
    os.sync()
    for file in pathlib.Path(folder).rglob("*"):
        if file.is_file():
            opened = os.open(file, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)
