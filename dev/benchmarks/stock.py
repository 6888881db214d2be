"""Stock: how many mutations many changed levels take, read from what the shop was asked."""

import math

from prefork import scene

from .measure import Row, effort

LEVELS = 1100
A_CALL = 250  # Source: Admin API limits, elements of one input array


def run(base) -> list[Row]:
    with (
        base.installed.copy("bench") as database,
        scene.start_shop(catalog=scene.catalog(LEVELS), deliver="manual", bucket=100_000) as running,
    ):
        with database.environment() as env:
            env["product.product"].create(
                [
                    {"name": f"Article {n}", "default_code": f"A{n}", "type": "consu", "is_storable": True}
                    for n in range(10, LEVELS)
                ]
            )
        connected = scene.connect(database, running.url)
        scene.work_off(database)
        with database.environment() as env:
            place = env["stock.location"].browse(connected.location)
            for product in env["product.product"].browse(connected.products.values()):
                env["stock.quant"]._update_available_quantity(product, place, 3)
        with running.shop.calls() as calls, effort() as spent:
            scene.work_off(database)
        pushed = sum(running.shop.on_hand(f"A{n}") == 3 for n in range(10, LEVELS))
        wrong = LEVELS - 10 - pushed
    needed = math.ceil(LEVELS / A_CALL)
    return [
        Row(
            f"mutations for {LEVELS} changed levels",
            calls["inventorySetQuantities"],
            f"<= {needed}",
            {"seconds": round(spent.seconds, 1), "SQL queries": spent.queries, "all calls": dict(calls)},
        ),
        Row("levels that are wrong afterwards", wrong, "= 0"),
    ]
