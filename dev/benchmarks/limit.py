"""Use of Shopify's rate limit by a backlog: two runners in prefork, one store, a bucket that is empty at the start."""

import contextlib
import time
from collections import Counter

from demonstration.processes import wait_for
from prefork import scene
from prefork.server import Server

from . import two_runners
from .measure import Row, runners_occupied

DELIVERIES = 60
RATE = 40  # points a second: so few that Shopify's limit is what one waits for, on any machine
MAXIMUM = 2000
PLENTY = 1_000_000


def run(base) -> list[Row]:
    options = {"catalog": scene.catalog(10), "deliver": "manual", "bucket": PLENTY, "restore_rate": RATE}
    with base.installed.copy("bench") as database, scene.start_shop(**options) as running:
        shop = running.shop
        connected = scene.connect(database, running.url)
        scene.settle(database)
        pickings = imported(database, shop, connected.store)
        rows = backlog(database, shop, RATE, "fulfillments", lambda: validate(database, pickings))
    done = sum(len(order.fulfillments) for order in shop.orders)
    if done != DELIVERIES:
        raise RuntimeError(f"{done} of {DELIVERIES} deliveries became fulfillments")
    return rows


def backlog(database, shop, rate, what, release) -> list[Row]:
    """Server processes work off what waits, from a bucket that is empty.

    :param what: what is sent, for people
    :param release: makes it wait, or lets it go, while the runners are occupied
    """
    database.close()
    with Server(database.name, workers=1), metered(shop.bucket) as paid:
        with runners_occupied(database.name):
            release()
            before = len(shop.call_log)
            empty(database, shop.bucket, rate)
            paid.clear()
            started = time.perf_counter()
        with database.environment() as env:
            env["shopify.runner"]._wake_all_after_commit()
        waiting = "SELECT count(*) FROM shopify_job WHERE state = 'pending' AND flow <> 'levels_in'"
        wait_for(f"The {what}", lambda: not database.one(waiting), 300, pause=0.02)
    calls = list(shop.call_log)[before:]
    points, seconds = sum(cost for _at, cost in paid), paid[-1][0] - started
    throttled = Counter(call.root for call in calls if call.status == "THROTTLED")
    details = {"calls": len(calls), "points": points, "seconds": round(seconds, 1), "points a second": rate}
    return [
        Row(f"use of the rate limit by a backlog of {what}", points / (rate * seconds), ">= 0.95", details),
        Row(f"calls of a backlog of {what} that were throttled", throttled.total(), "= 0", dict(throttled)),
    ]


def imported(database, shop, store) -> list[int]:
    """Confirmed orders with packed deliveries. :return: ids of the deliveries"""
    for number in range(DELIVERIES):
        scene.buy(shop, [("A0", 1)], buyer=number)
    bodies = [delivery.json() for delivery in shop.take_deliveries("orders/create")]
    with database.environment() as env:
        two_runners.append(env, store, bodies)
    scene.work_off(database)
    with database.environment() as env:
        pickings = env["stock.picking"].search([("shopify_store_id", "=", store)])
        for move in pickings.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        return pickings.ids


def validate(database, pickings):
    with database.environment() as env:
        env["stock.picking"].browse(pickings).with_context(skip_backorder=True).button_validate()


def empty(database, bucket, rate):
    """As after calls that took all of it, so both sides know."""
    bucket.maximum = MAXIMUM
    bucket.drain()
    database.execute(
        """UPDATE shopify_access SET available = 0, maximum = %s, restore_rate = %s,
                                     seen_at = clock_timestamp() AT TIME ZONE 'UTC'""",
        MAXIMUM,
        rate,
    )


@contextlib.contextmanager
def metered(bucket):
    """What is paid meanwhile: [(when, points)], negative for what is given back."""
    paid, take, give_back = [], bucket.take, bucket.give_back

    def taking(cost):
        if taken := take(cost):
            paid.append((time.perf_counter(), cost))
        return taken

    def giving_back(cost):
        give_back(cost)
        paid.append((time.perf_counter(), -cost))

    bucket.take, bucket.give_back = taking, giving_back
    try:
        yield paid
    finally:
        del bucket.take, bucket.give_back
