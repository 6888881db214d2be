"""A plain Odoo process that makes and confirms orders by the bare ORM: `python -m benchmarks.plain DATABASE BATCH`.

Each line it reads is a share, the bodies of orders as JSON. It says "ready" once it runs, and "done" after each share."""

import json
import logging
import sys

import psycopg2
from prefork.database import open_here

from .orders import confirm_bare, known_ids


def main() -> None:
    logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)  # a batch that must be run again is no error
    registry, batch = open_here(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        bodies = json.loads(line)
        for start in range(0, len(bodies), batch):
            confirm(registry, bodies[start : start + batch])
        print("done", flush=True)


def confirm(registry, bodies) -> None:
    """One batch; again when the other process changed the same stock, as Odoo does with a request."""
    from odoo import SUPERUSER_ID, api

    while True:
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                confirm_bare(env, known_ids(env), bodies)
                return
        except psycopg2.extensions.TransactionRollbackError:
            continue


if __name__ == "__main__":
    main()
