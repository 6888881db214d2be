"""One prefork Odoo (2 HTTP, 2 cron workers), one copied database and one simulated shop for all tests of a run."""

import os

import pytest
from prefork import scene
from prefork.database import Database
from prefork.server import Server
from prefork.watch import Watch
from stage import Stage


@pytest.fixture(scope="session")
def stage():
    template = os.environ.get("TEST_DB")
    if not template:
        raise pytest.UsageError("TEST_DB must name a database with the addon installed: run dev/test")
    with Database(template, "servers") as database, scene.start_shop() as running:
        connected = scene.connect(database, running.url)
        watch = Watch(database)
        database.close()
        with Server(database.name) as server:
            running.shop.webhooks.map_host(scene.HOST, server.url)
            yield Stage(database, server, running.shop, connected, watch)


@pytest.fixture(autouse=True)
def left_idle(stage):
    """A test that failed leaves nothing behind that the next one would wait for."""
    yield
    stage.shop.faults.clear()
    stage.abandon()
