"""Stock: what many changed levels cost, in mutations, points and seconds; with an empty bucket; and the echoes of it all."""

import json
import math

from prefork import scene

from .limit import backlog
from .measure import Row, effort

LEVELS = 10_000
FIRST = 10  # the base database has so many articles already, with stock of their own
A_CALL = 250  # Source: Admin API limits, elements of one input array
RATE = 100  # points a second, of a shop on the Basic plan
PLENTY = 1_000_000


def run(base) -> list[Row]:
    catalog = scene.catalog(LEVELS)
    with (
        base.installed.copy("bench") as database,
        scene.start_shop(catalog=catalog, deliver="manual", bucket=PLENTY, restore_rate=RATE) as running,
    ):
        shop = running.shop
        with database.environment() as env:
            env["product.product"].create(
                [
                    {"name": f"Article {n}", "default_code": f"A{n}", "type": "consu", "is_storable": True}
                    for n in range(FIRST, LEVELS)
                ]
            )
        connected = scene.connect(database, running.url)
        work_off_all(database)
        shop.take_deliveries()
        receive_each(database, connected, 3)
        before = len(shop.call_log)
        with shop.calls() as calls, effort() as spent:
            work_off_all(database)
        points = sum(call.cost for call in list(shop.call_log)[before:])
        wrong = sum(shop.on_hand(f"A{n}") != 3 for n in range(FIRST, LEVELS))
        rows = [
            Row(
                f"mutations for {LEVELS} changed levels",
                calls["inventorySetQuantities"],
                f"<= {math.ceil(LEVELS / A_CALL)}",
                {"points": points, "SQL queries": spent.queries, "all calls": dict(calls)},
            ),
            Row("seconds for them, of which most is ours", round(spent.seconds, 1)),
            Row("levels that are wrong afterwards", wrong, "= 0"),
        ]
        rows += echoes(database, shop, connected.store)
        return rows + from_empty_bucket(database, shop, connected)


def work_off_all(database):
    """A run of the queue is cut after some seconds."""
    waiting = "SELECT count(*) FROM shopify_job WHERE state = 'pending'"
    while True:
        scene.work_off(database)
        if not database.one(waiting):
            return


def receive_each(database, connected, pieces):
    """So many pieces of every article, in one transaction: 10,000 moves, and one statement that marks them."""
    with database.environment() as env:
        place = env["stock.location"].browse(connected.location)
        for product in env["product.product"].browse(connected.products.values()):
            env["stock.quant"]._update_available_quantity(product, place, pieces)


def echoes(database, shop, store) -> list[Row]:
    """Shopify tells us each level that we set."""
    told = shop.take_deliveries("inventory_levels/update")
    with database.environment() as env:
        env["shopify.job"]._enqueue(
            "levels_in",
            [
                {
                    "store_id": store,
                    "topic": delivery.topic,
                    "key": f"level:{body['inventory_item_id']}:{body['location_id']}",
                    "payload": json.dumps(body),
                    "event_id": delivery.event_id,
                    "triggered_at": delivery.at.replace(tzinfo=None),
                }
                for delivery in told
                for body in [delivery.json()]
            ],
        )
    with shop.calls() as calls, effort() as spent:
        work_off_all(database)
    details = {"echoes": len(told), "seconds": round(spent.seconds, 1), "SQL queries": spent.queries}
    return [Row("calls for the echoes of what we set", calls.total(), "= 0", details)]


def from_empty_bucket(database, shop, connected) -> list[Row]:
    """All levels change once more while Shopify allows nothing but what flows in; sent by a server, in processes of its own."""
    scene.settle(database)

    def pause(on):
        with database.environment() as env:
            env["shopify.store"].browse(connected.store).pause_out = on

    pause(True)
    receive_each(database, connected, 1)
    rows = backlog(database, shop, RATE, "stock", lambda: pause(False))
    wrong = sum(shop.on_hand(f"A{n}") != 4 for n in range(FIRST, LEVELS))
    return [*rows, Row("levels that are wrong after that", wrong, "= 0")]
