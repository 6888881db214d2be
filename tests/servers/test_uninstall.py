"""Uninstalling the addon in a running Odoo: its webhooks are gone from Shopify, Odoo's documents stay, and Odoo works."""

import os

import psycopg2
import pytest
import requests
from demonstration.doors import User
from demonstration.processes import Failed, wait_for
from prefork import scene
from prefork.database import Database
from prefork.server import Server
from stage import SOON, Stage

from simulator.subscriptions import Subscription

ANOTHER = f"https://{scene.HOST}/shopify/webhook/token-of-another-database"
OURS = """SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'shopify\\_%%')
               + (SELECT count(*) FROM information_schema.columns WHERE column_name LIKE 'shopify\\_%%')
               + (SELECT count(*) FROM ir_model WHERE model LIKE 'shopify.%%')
               + (SELECT count(*) FROM ir_cron c JOIN ir_act_server s ON s.id = c.ir_actions_server_id
                  WHERE s.code LIKE '%%\\_run\\_queue%%')"""
KEPT = """SELECT (SELECT count(*) FROM sale_order WHERE state = 'sale'), (SELECT sum(amount_total) FROM sale_order),
                 (SELECT count(*) FROM sale_order_line), (SELECT count(*) FROM stock_picking WHERE state = 'done'),
                 (SELECT count(*) FROM res_partner WHERE email LIKE 'kunde%%'), (SELECT sum(quantity) FROM stock_quant),
                 (SELECT count(*) FROM account_tax), (SELECT count(*) FROM product_product WHERE default_code LIKE 'A%%')"""


@pytest.fixture
def sold():
    """A database of its own, with two orders of which one is delivered, and its server."""
    with Database(os.environ["TEST_DB"], "uninstall") as database, scene.start_shop() as running:
        connected = scene.connect(database, running.url)
        database.execute("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'")
        database.close()
        with Server(database.name) as server:
            running.shop.webhooks.map_host(scene.HOST, server.url)
            stage = Stage(database, server, running.shop, connected, watch=None)
            (_first, delivery), _second = stage.imported(2)
            stage.validate([delivery])
            stage.settle()
            database.close()  # this process has the addon's models loaded, and must not hold them open
            yield stage


def uninstalled(admin, module):
    """Whether Odoo did it; while a cron runs it refuses and asks to be tried again, as a person would."""
    try:
        admin.call("ir.module.module", "button_immediate_uninstall", [module])
    except Failed as refusal:
        if "scheduled action" not in str(refusal):
            raise
        return False
    return True


def test_uninstalling_leaves_nothing_in_shopify_and_everything_in_odoo(sold):
    shop, database = sold.shop, sold.database
    assert shop.subscriptions
    shop.subscriptions.append(Subscription(shop, "ORDERS_CREATE", ANOTHER, {"uri": ANOTHER}))
    address = next(one.uri for one in shop.subscriptions if one.uri != ANOTHER)
    kept = database.rows(KEPT)
    admin = User(sold.server.url, database.name, "admin")
    (module,) = admin.call("ir.module.module", "search", [["name", "=", "shopify_sync"]])
    wait_for("A moment without a scheduled action", lambda: uninstalled(admin, module), SOON)

    assert database.one("SELECT state FROM ir_module_module WHERE name = 'shopify_sync'") == "uninstalled"
    assert [one.uri for one in shop.subscriptions] == [ANOTHER]
    assert database.rows(KEPT) == kept
    assert database.one(OURS) == 0

    # Odoo works: what was Shopify's is read and delivered, and something new is sold.
    admin = User(sold.server.url, database.name, "admin")
    orders = admin.call("sale.order", "search_read", [["state", "=", "sale"]], ["name", "amount_total", "picking_ids"])
    assert len(orders) == kept[0][0]
    waiting = admin.call(
        "stock.picking", "search", [["state", "=", "assigned"], ["picking_type_code", "=", "outgoing"]]
    )
    assert waiting
    for move in admin.call("stock.move", "search_read", [["picking_id", "in", waiting]], ["product_uom_qty"]):
        admin.call("stock.move", "write", [move["id"]], {"quantity": move["product_uom_qty"], "picked": True})
    admin.call("stock.picking", "button_validate", waiting, context={"skip_backorder": True})
    assert {one["state"] for one in admin.call("stock.picking", "read", waiting, ["state"])} == {"done"}
    order = admin.call(
        "sale.order",
        "create",
        {
            "partner_id": admin.call("res.partner", "create", {"name": "Walk-in"}),
            "order_line": [[0, 0, {"product_id": sold.scene.products["A1"], "product_uom_qty": 1}]],
        },
    )
    admin.call("sale.order", "action_confirm", [order])
    assert admin.call("sale.order", "read", [order], ["state"])[0]["state"] == "sale"
    refused = requests.post(sold.server.url + address.split(scene.HOST)[1], data=b"{}", timeout=30)
    assert refused.status_code == 404
    with pytest.raises(psycopg2.errors.UndefinedTable):
        database.rows("SELECT 1 FROM shopify_store")
