"""One prefork Odoo (2 HTTP, 2 cron workers), one copied database and one simulated shop for all tests of a run."""

import os

import pytest
from prefork import scene
from prefork.database import Database
from prefork.server import Server
from stage import Stage


@pytest.fixture(scope="session")
def stage():
    template = os.environ.get("TEST_DB")
    if not template:
        raise pytest.UsageError("TEST_DB must name a database with the addon installed: run dev/test")
    with Database(template, "servers") as database, scene.start_shop() as running:
        connected = scene.connect(database, running.url)
        watch(database)
        database.close()
        with Server(database.name) as server:
            running.shop.webhooks.map_host(scene.HOST, server.url)
            yield Stage(database, server, running.shop, connected)


def watch(database):
    """Note every committed change of a job's state, and let nothing but a wake-up start a cron for hours."""
    database.execute(
        """CREATE TABLE servers_log (id serial, job int, key text, state text,
                                     at timestamp DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'));
           CREATE FUNCTION servers_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO servers_log (job, key, state) VALUES (NEW.id, NEW.key, NEW.state); RETURN NULL; END $$;
           CREATE TRIGGER servers_log AFTER INSERT OR UPDATE OF state ON shopify_job
               FOR EACH ROW EXECUTE FUNCTION servers_log();
           DELETE FROM ir_cron_trigger;
           UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"""
    )
