"""How long things take to arrive on an idle system: real workers, woken up."""

import statistics
import time

from demonstration.doors import User
from demonstration.processes import wait_for
from prefork import scene
from prefork.server import Server

from .measure import Row

ROUNDS = 15
REST = 0.4  # seconds between two things: the runners are asleep again


def run(base) -> list[Row]:
    ordered, fulfilled, stocked = [], [], []
    with base.installed.copy("bench") as database, scene.start_shop(catalog=scene.catalog(10)) as running:
        shop = running.shop
        connected = scene.connect(database, running.url)
        database.close()
        with Server(database.name) as server:
            shop.webhooks.map_host(scene.HOST, server.url)
            user = User(server.url, database.name, "admin")
            look = (
                "SELECT p.id FROM sale_order o JOIN stock_picking p ON p.sale_id = o.id WHERE o.shopify_order_id = %s"
            )
            for number in range(ROUNDS + 1):
                time.sleep(REST)
                order, started = scene.buy(shop, [("A0", 1)], buyer=number), time.perf_counter()
                picking = until(lambda order=order: database.rows(look, str(order.number)))[0][0]
                ordered.append(time.perf_counter() - started)

                time.sleep(REST)
                user.call("stock.picking", "button_validate", [picking], context={"skip_backorder": True})
                started = time.perf_counter()
                until(lambda order=order: order.fulfillments)
                fulfilled.append(time.perf_counter() - started)

                time.sleep(REST)
                target = 1_000_001 + number
                quant = {"product_id": connected.products["A5"], "location_id": connected.location}
                made = user.call(
                    "stock.quant",
                    "create",
                    {**quant, "inventory_quantity": target},
                    context={"inventory_mode": True},
                )
                user.call("stock.quant", "action_apply_inventory", [made] if isinstance(made, int) else made)
                started = time.perf_counter()
                until(lambda target=target: shop.on_hand("A5") == target)
                stocked.append(time.perf_counter() - started)
    names = {
        "webhook received → order confirmed, s": ordered,
        "delivery validated → fulfillment, s": fulfilled,
        "stock moved → level in Shopify, s": stocked,
    }
    return [
        Row(name, statistics.median(times[1:]), "< 2", {"slowest": round(max(times[1:]), 3)})
        for name, times in names.items()
    ]


def until(happened):
    return wait_for("The arrival", happened, 60, pause=0.005)
