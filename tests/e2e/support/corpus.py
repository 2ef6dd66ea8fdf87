"""The shared corpus of messages, where it is there: beside the checkout, or where POSTERN_CORPUS
says."""

import csv
import os
import pathlib

import generate_mail


def folder():
    """Its folder, or None."""
    named = os.environ.get("POSTERN_CORPUS")
    beside = pathlib.Path(__file__).resolve().parents[3].parent / "shared" / "corpus"
    path = pathlib.Path(named) if named else beside
    return path if (path / "MANIFEST.tsv").exists() else None


def messages():
    """Every message of the corpus as stored; without a corpus, as many generated ones, which is
    said."""
    path = folder()
    if path is None:
        print(
            "no shared corpus (POSTERN_CORPUS, ../shared/corpus): the tree's own messages instead"
        )
        return list(generate_mail.messages(600, seed=600))
    with open(path / "MANIFEST.tsv", encoding="utf-8", newline="") as manifest:
        rows = csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(path / row["file"]).read_bytes() for row in rows if row["role"] == "message"]
