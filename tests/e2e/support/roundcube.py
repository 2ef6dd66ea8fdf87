"""Roundcube of Debian, served by PHP's own web server, with one mailbox server behind it."""

import json
import os
import shutil

from . import npm, processes
from .waiting import free_port, listens, wait_until

PROGRAM = "/var/lib/roundcube/public_html"
SETTINGS = """<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{folder}/data.sqlite?mode=0640';
$config['imap_host'] = ['{host}:{port}'];
$config['smtp_host'] = '127.0.0.1:1';
$config['des_key'] = 'twenty-four octets long.';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['log_driver'] = 'stdout';
$config['temp_dir'] = '{folder}';
$config['language'] = 'en_US';
$config['check_all_folders'] = true;
$config['enable_spellcheck'] = false;
$config['enable_installer'] = false;
"""


class Roundcube:
    """Order: start(), visit() as often as needed, stop()."""

    def __init__(self, folder, server):
        self.folder, self.port, self.server = folder, free_port(), server
        folder.mkdir()
        shutil.copy("/etc/roundcube/defaults.inc.php", folder)
        shutil.copy("/etc/roundcube/mimetypes.php", folder)
        settings = SETTINGS.format(folder=folder, host=server.host, port=server.port)
        (folder / "config.inc.php").write_text(settings)
        with open("/usr/share/roundcube/SQL/sqlite.initial.sql", encoding="ascii") as schema:
            made = processes.run(["sqlite3", folder / "data.sqlite"], input=schema.read())
        assert made.returncode == 0, made.stderr
        self._process = None

    def start(self):
        with open(self.folder / "log", "wb") as log:
            self._process = processes.start(
                ["php", "-S", f"127.0.0.1:{self.port}", "-t", PROGRAM],
                stdout=log,
                stderr=log,
                env={**os.environ, "ROUNDCUBE_CONFIG_DIR": str(self.folder)},
            )
        wait_until(lambda: listens(self.port), lambda: f"PHP listens\n{self.log()}")
        return self

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def visit(self, **wish):
        """What `tests/e2e/browser/roundcube.mjs` saw."""
        folder = npm.installed("browser", "roundcube.mjs")
        asked = {
            "address": f"http://127.0.0.1:{self.port}/",
            "user": self.server.user,
            "password": self.server.password,
            "shots": os.environ.get("POSTERN_SCREENSHOTS"),
            **wish,
        }
        result = processes.run(["node", "roundcube.mjs", json.dumps(asked)], 100, cwd=folder)
        assert result.returncode == 0, f"{result.stdout}\n{result.stderr}\n{self.log()[-3000:]}"
        return json.loads(result.stdout)

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(20)
