"""Ten thousand events at random gaps: none waits for the poll of the crons, none is done twice, subjects keep their order.

BENCH_EVENTS says another number. `tests/servers/test_wake_up.py` does the same with a thousand."""

import os
import time

from demonstration.processes import wait_for
from prefork import scene
from prefork.server import Server
from prefork.traffic import Traffic
from prefork.watch import Watch

from .measure import Row

EVENTS = int(os.environ.get("BENCH_EVENTS", "10000"))
POLL = 60  # seconds; what waits for it has stood still for as long, or nearly
PATIENCE = 600


def run(base) -> list[Row]:
    with base.installed.copy("bench") as database, scene.start_shop(catalog=scene.catalog(3)) as running:
        connected, shop = scene.connect(database, running.url), running.shop
        watch = Watch(database)
        database.close()
        with Server(database.name) as server:
            shop.webhooks.map_host(scene.HOST, server.url)
            started = time.monotonic()
            traffic = Traffic(database, shop, connected)
            traffic.run(EVENTS)
            happened = time.monotonic() - started
            wait_for("The end of all work", lambda: is_idle(database, shop), PATIENCE)
            ended = time.monotonic() - started
        told = watch.told()
        jobs = told.jobs()
        unfinished = [job for job, states in jobs.items() if states[-1] not in ("done", "superseded")]
        refused = [one for one in traffic.deliveries() if one.status != 200]
        return [
            Row(
                "events: longest wait for a runner that did nothing, s",
                round(told.longest_stillness(), 2),
                f"<= {POLL / 2:.0f}",
                {
                    "events": EVENTS,
                    "jobs": len(jobs),
                    "events a second": round(EVENTS / happened, 1),
                    "seconds after the last": round(ended - happened, 1),
                },
            ),
            Row("events: done twice", len(told.twice()), "= 0"),
            Row("events: subjects out of order", len(told.out_of_order()), "= 0"),
            Row("events: not done, or not accepted", len(unfinished) + len(refused), "= 0"),
            Row(
                "events: orders and stock that differ at the end",
                len(traffic.wrong_at_the_end()) + (not traffic.stock_is_right()),
                "= 0",
            ),
        ]


def is_idle(database, shop) -> bool:
    return shop.webhooks.idle(0.05) and not database.one("SELECT count(*) FROM shopify_job WHERE state = 'pending'")
