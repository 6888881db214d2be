"""The scratch Odoo: a server process with cron threads, and this process's own view of the same database."""

import contextlib
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config as odoo_config

START_SECONDS = 60


class Scratch:
    """One database of Odoo's, opened here as well as by `server`."""

    def __init__(self, config: Path, database: str):
        self.config = config
        odoo_config.parse_config(["-c", str(config), "--log-level=error", "--no-http"], setup_logging=True)
        self.registry = Registry(database)

    @contextlib.contextmanager
    def environment(self, *, keep: bool = True) -> Iterator[api.Environment]:
        """An environment of the superuser; committed and made known to the server, or with keep=False undone."""
        with contextlib.closing(self.registry.cursor()) as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
            if keep:
                cr.commit()
                # A commit alone leaves the server's caches as they were.
                self.registry.signal_changes()

    @contextlib.contextmanager
    def server(self, log: Path) -> Iterator[int]:
        """Odoo itself, threaded, with two cron threads as is its default. Gives its port; RuntimeError if it dies."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            os.environ.get("PYTHON") or str(Path(os.environ["STATE"]) / "venv/bin/python"),
            os.environ["ODOO_BIN"],
            f"--config={self.config}",
            "--http-interface=127.0.0.1",
            f"--http-port={port}",
            "--workers=0",
            "--max-cron-threads=2",
            "--log-level=warn",
        ]
        with open(log, "wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
            try:
                self._await(process, port, log)
                yield port
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _await(self, process: subprocess.Popen, port: int, log: Path) -> None:
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            try:
                connection.request("GET", "/web/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise RuntimeError(f"Odoo did not start: read {log}")
