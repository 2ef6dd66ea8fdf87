"""Debian's Chromium at the page of a daemon."""

import json
import os

from . import npm, processes


def visit(do, daemon, **wish):
    """What `tests/e2e/browser/page.mjs` saw. With POSTERN_SCREENSHOTS=FOLDER it also leaves pictures
    there; those of docs/ are made so."""
    link = daemon.command("web", "--print").stdout.strip()
    assert link.startswith("http://127.0.0.1:"), link
    folder = npm.installed("browser", "page.mjs")
    shots = os.environ.get("POSTERN_SCREENSHOTS")
    question = {"do": do, "link": link, "account": "anna", "shots": shots, **wish}
    result = processes.run(["node", "page.mjs", json.dumps(question)], 150, cwd=folder)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}\n{daemon.log()}"
    seen = json.loads(result.stdout)
    assert seen["foreign"] == [] and seen["dialogs"] == 0
    # A refusal is logged by the browser itself.
    assert [one for one in seen["errors"] if "the server responded with" not in one] == []
    return seen
