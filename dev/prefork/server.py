"""Prefork Odoo: HTTP workers and cron workers, each a process of the system, as in production."""

import http.client
import os
import sys
from pathlib import Path

import psutil
from demonstration.processes import Process, free_port, wait_for

from .database import command_options

LOGS = Path(os.environ["STATE"]) / "servers"
# Above any run here; 0 would make prefork kill every worker at once.
NO_LIMIT = 100_000
START_SECONDS = 60


class Server:
    """Odoo on one database until `stop()`; also a context manager. `url` is its address, its words are in `log`."""

    def __init__(self, database, *, workers=2, crons=2, options=()):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"{database}.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            sys.executable,
            os.environ["ODOO_BIN"],
            *command_options(database),
            "--http-interface=127.0.0.1",
            f"--http-port={self.port}",
            f"--gevent-port={free_port()}",
            f"--workers={workers}",
            f"--max-cron-threads={crons}",
            f"--limit-time-real={NO_LIMIT}",
            f"--limit-time-cpu={NO_LIMIT}",
            f"--limit-request={NO_LIMIT * 1000}",
            "--limit-memory-soft=0",
            "--limit-memory-hard=0",
            "--log-level=warn",
            *options,
        ]
        self._start()

    def _start(self):
        self._process = Process("Odoo", self._command, self.log)
        try:
            wait_for("The start of Odoo", self._answers, START_SECONDS, meanwhile=self._process.check)
        except BaseException:
            self.stop()
            raise

    def revive(self):
        """Start it again if it has ended by itself, as a service manager does.

        Prefork's master ends when it has to replace a worker and the database is away.
        """
        if not self._process.running:
            self._start()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/web/health?db_server_status=1")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def workers(self) -> list[psutil.Process]:
        """The master's children."""
        return psutil.Process(self._process._child.pid).children()

    def stop(self):
        self._process.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
