"""A store connected to a simulated shop, articles with stock, and Germany's tax mapped: what most runs begin with."""

import json
from dataclasses import dataclass, field

import simulator

DOMAIN = "servers.myshopify.com"
HOST = "odoo.example.com"
TAX = ("MwSt", "0.19")


def catalog(articles=3) -> dict:
    """One location, and as many articles, SKU A0, A1 …"""
    return {
        "locations": [{"name": "Berlin"}],
        "products": [
            {
                "title": f"Article {number}",
                "variants": [{"sku": f"A{number}", "price": "10.00", "tracked": True, "stock": {"Berlin": 0}}],
            }
            for number in range(articles)
        ],
    }


@dataclass
class Scene:
    """:ivar products: ids by SKU"""

    store: int
    tax: int
    location: int
    products: dict = field(default_factory=dict)


def start_shop(**options):
    """A running shop that delivers to HOST, which `options['host_map']` or `map_host` must point to a server."""
    return simulator.start(DOMAIN, **{"catalog": catalog(), "updated_echo": False, "retry_scale": 0.01, **options})


def furnish(env, articles=3, pieces=10_000):
    """Company in euros, a tax of 19 % and articles on stock: all that does not need the addon."""
    company = env.company
    euro = env.ref("base.EUR")
    euro.active = True
    company.write({"currency_id": euro.id, "country_id": env.ref("base.de").id})
    company.account_fiscal_country_id = env.ref("base.de")
    group = env["account.tax.group"].create(
        {"name": "MwSt", "company_id": company.id, "country_id": env.ref("base.de").id}
    )
    tax = env["account.tax"].create(
        {
            "name": "MwSt 19",
            "amount": 19,
            "type_tax_use": "sale",
            "tax_group_id": group.id,
            "country_id": env.ref("base.de").id,
            "price_include_override": "tax_included",
        }
    )
    products = env["product.product"].create(
        [
            {
                "name": f"Article {number}",
                "default_code": f"A{number}",
                "type": "consu",
                "is_storable": True,
                "list_price": 10,
                "taxes_id": [(6, 0, tax.ids)],
            }
            for number in range(articles)
        ]
    )
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    env["stock.quant"].with_context(inventory_mode=True).create(
        [
            {"product_id": one.id, "location_id": warehouse.lot_stock_id.id, "inventory_quantity": pieces}
            for one in products
        ]
    ).action_apply_inventory()


def connect(database, shop_url, *, articles=3) -> Scene:
    """Connect the store of a database in which the addon is installed, and furnish it unless that was done.

    :param shop_url: the simulator's address
    """
    with database.environment() as env:
        if not env["product.product"].search_count([("default_code", "=", "A0")], limit=1):
            furnish(env, articles)
        tax = env["account.tax"].search([("name", "=", "MwSt 19")])
        products = env["product.product"].search([("default_code", "=like", "A%")])
        parameters = env["ir.config_parameter"]
        parameters.set_param("shopify_sync.endpoint_override", json.dumps({DOMAIN: shop_url}))
        parameters.set_param("web.base.url", f"https://{HOST}")
        parameters.set_param("web.base.url.freeze", "True")
        store = env["shopify.store"].create(
            {
                "name": "Servers",
                "shop_domain": DOMAIN,
                "client_id": "client-id",
                "client_secret": "client-secret",
                "responsible_id": env.ref("base.user_admin").id,
                "push_stock": True,
            }
        )
        store.action_connect()
        env["shopify.tax"].create(
            {
                "store_id": store.id,
                "title": TAX[0],
                "rate": 19,
                "included": True,
                "country_code": "DE",
                "tax_id": tax.id,
            }
        )
        warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        scene = Scene(store.id, tax.id, warehouse.lot_stock_id.id, {one.default_code: one.id for one in products})
    work_off(database)
    return scene


def work_off(database):
    """Everything that waits is done, in this process."""
    from odoo import SUPERUSER_ID, api

    with database.registry.cursor() as cr:
        runner = api.Environment(cr, SUPERUSER_ID, {})["shopify.runner"]
        for lane, number in (("slow", 0), ("fast", 0), ("fast", 1)):
            runner._run_queue(lane, number)


def settle(database):
    """What a store does once, after it was connected, and once a day, is done: nothing of it comes between what is measured."""
    from odoo import fields

    with database.environment() as env:
        crons = env["ir.cron"].search([("model_id.model", "=like", "shopify.%")])
        crons -= env["ir.cron"].union(
            *(env.ref(f"shopify_sync.cron_{name}") for name in ("fast_0", "fast_1", "slow_0"))
        )
        for cron in crons:
            cron.ir_actions_server_id.run()
        crons.nextcall = fields.Datetime.add(fields.Datetime.now(), days=1)
    work_off(database)
    with database.environment() as env:
        env["shopify.job"].search([("state", "=", "pending")]).not_before = False
    work_off(database)


def buy(shop, lines=(("A0", 2), ("A1", 1)), *, buyer=1, **options):
    """A German customer orders. :param buyer: a number, the same for the same customer"""
    customer = {
        "first_name": "Anna",
        "last_name": f"Kunde {buyer}",
        "email": f"kunde{buyer}@example.com",
        "address": {
            "address1": f"Hauptstraße {buyer}",
            "zip": "10115",
            "city": "Berlin",
            "country": "Germany",
            "country_code": "DE",
        },
    }
    return shop.place_order(list(lines), customer=customer, taxes=[TAX], shipping=("Standard", "4.90"), **options)


def receive(database, scene, sku, pieces):
    """Goods arrive: the quantity on hand changes, in a transaction of its own, as in a user's request."""

    def change(env):
        place = env["stock.location"].browse(scene.location)
        product = env["product.product"].browse(scene.products[sku])
        env["stock.quant"]._update_available_quantity(product, place, pieces)

    database.request(change)
