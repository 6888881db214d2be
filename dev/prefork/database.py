"""A database of its own: a copy of another one with its filestore and a new uuid, gone at the end."""

import contextlib
import functools
import os
import shutil
import uuid
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql

ATTEMPTS = 10
FILES = Path(os.environ["STATE"]) / "filestore" / "filestore"


def _options() -> list[str]:
    """Where things are, as Odoo's command line has it; it takes the password from PGPASSWORD."""
    return [
        f"--data-dir={FILES.parent}",
        f"--addons-path={os.environ['ODOO_ADDONS']},{os.environ.get('ADDONS') or os.environ['STATE'] + '/addons'}",
        f"--db_host={os.environ['PGHOST']}",
        f"--db_port={os.environ['PGPORT']}",
        f"--db_user={os.environ['PGUSER']}",
        "--without-demo=True",
    ]


def connect(name):
    """A connection that commits each statement. Where PostgreSQL is, libpq takes from PG*."""
    connection = psycopg2.connect(dbname=name, application_name="shopify_sync servers")
    connection.autocommit = True
    return connection


class Database:
    """:ivar name: unique; several runs may go on at once"""

    def __init__(self, template, purpose):
        self.name = f"shopify_sync_{purpose}_{uuid.uuid4().hex[:8]}"
        with contextlib.closing(connect("postgres")) as admin, admin.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(self.name), sql.Identifier(template)
                )
            )
        if (FILES / template).is_dir():
            # Hard links: Odoo never writes into a file of its store again.
            shutil.copytree(FILES / template, FILES / self.name, copy_function=os.link)
        self._connection = connect(self.name)
        self._registry = None
        self.rows(
            "UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key = 'database.uuid' RETURNING 1"
        )

    def rows(self, query, *values) -> list[tuple]:
        """What is committed now. Every statement must return rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def one(self, query, *values):
        return self.rows(query, *values)[0][0]

    def execute(self, query, *values):
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)

    @staticmethod
    def connection(name):
        return connect(name)

    @property
    def registry(self):
        """Odoo itself, opened in this process on the database, as it is installed."""
        if self._registry is None:
            _load_odoo()
            from odoo.modules.registry import Registry

            self._registry = Registry(self.name)
        return self._registry

    @contextlib.contextmanager
    def environment(self):
        """An environment of the superuser; committed at the end, and made known to running servers."""
        from odoo import SUPERUSER_ID, api

        with contextlib.closing(self.registry.cursor()) as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
            cr.commit()
        # A commit alone leaves the servers' caches as they were.
        self.registry.signal_changes()

    def request(self, work):
        """`work(environment)` in a transaction of its own, repeated as Odoo repeats a user's request that lost a race."""
        left = ATTEMPTS
        while True:
            try:
                with self.environment() as env:
                    return work(env)
            except errors.SerializationFailure:
                left -= 1
                if not left:
                    raise

    def install(self, *modules):
        """Install addons; the registry of this process is made anew."""
        _load_odoo()
        from odoo.modules.registry import Registry

        self._registry = Registry.new(self.name, update_module=True, install_modules=list(modules))

    def close(self):
        """No connection to it stays open in this process, so that it can be copied."""
        if self._registry is not None:
            from odoo import sql_db
            from odoo.modules.registry import Registry

            Registry.delete(self.name)
            sql_db.close_db(self.name)
            self._registry = None

    def copy(self, purpose) -> "Database":
        self.close()
        self._connection.close()
        try:
            return Database(self.name, purpose)
        finally:
            self._connection = connect(self.name)

    def drop(self):
        self.close()
        self._connection.close()
        with contextlib.closing(connect("postgres")) as admin, admin.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))
        shutil.rmtree(FILES / self.name, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()


@functools.cache
def _load_odoo():
    """Tell Odoo, once in this process, where things are."""
    from odoo.tools import config

    config.parse_config([*_options(), "--log-level=error", "--no-http"], setup_logging=True)


def open_here(name):
    """The registry of an existing database, in a process that is its own end."""
    _load_odoo()
    from odoo.modules.registry import Registry

    return Registry(name)


def command_options(name) -> list[str]:
    return [*_options(), f"--database={name}", "--no-database-list"]
