"""Importing and confirming orders in batches, against the bare ORM making the same partners and orders in plain Odoo.

Once in this process, where statements can be counted, and once by two runners against two plain processes (two_runners.py)."""

import statistics
from decimal import Decimal

from prefork import scene

from . import two_runners
from .measure import Row, effort, ratio

BATCH, ROUNDS = 50, 5
LINES = (("A0", 2), ("A1", 1))
# What the import does not do either; flows/orders_in.py says why.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}


def run(base) -> list[Row]:
    return one_process(base) + two_runners.run(base)


def one_process(base) -> list[Row]:
    ours, bare = [], []
    shop_options = {"deliver": "manual", "catalog": scene.catalog(10)}
    with (
        base.plain.copy("bench") as plain,
        base.installed.copy("bench") as synced,
        scene.start_shop(**shop_options) as running,
    ):
        connected = scene.connect(synced, running.url)
        with synced.environment() as env:
            env["ir.config_parameter"].set_param("shopify_sync.fast_runners", "1")
        for number in range(ROUNDS + 1):
            orders = [
                scene.buy(running.shop, LINES, buyer=1000 * number + buyer, shipping_address=None)
                for buyer in range(BATCH)
            ]
            bodies = [delivery.json() for delivery in running.shop.take_deliveries("orders/create")]
            spent = bare_orm(plain, bodies)
            imported = import_batch(synced, connected.store, bodies)
            done = synced.one(
                "SELECT count(*) FROM sale_order WHERE state = 'sale' AND shopify_order_id = ANY(%s)",
                [str(order.number) for order in orders],
            )
            if done != BATCH:
                raise RuntimeError(f"{done} of {BATCH} orders were imported and confirmed")
            if number:  # the first round warms caches up
                bare.append(spent)
                ours.append(imported)
    per_order = statistics.median(one.queries for one in ours) / BATCH
    more = sum((one.statements for one in ours), ours[0].statements.__class__())
    less = sum((one.statements for one in bare), ours[0].statements.__class__())
    extra = {
        f"{verb} {table}": round((more[verb, table] - less[verb, table]) / ROUNDS / BATCH, 2)
        for verb, table in more | less
        if abs(more[verb, table] - less[verb, table]) / ROUNDS > 2
    }
    return [
        Row(
            "import and confirm, time",
            ratio([one.seconds for one in ours], [one.seconds for one in bare]),
            "<= 1.15",
            {
                "ms an order": round(1000 * statistics.median(one.seconds for one in ours) / BATCH, 1),
                "bare ORM": round(1000 * statistics.median(one.seconds for one in bare) / BATCH, 1),
            },
        ),
        Row(
            "import and confirm, SQL queries",
            ratio([one.queries for one in ours], [one.queries for one in bare]),
            "<= 1.2",
            {
                "queries an order": per_order,
                "bare ORM": statistics.median(one.queries for one in bare) / BATCH,
                "more than bare, an order": dict(sorted(extra.items(), key=lambda pair: -pair[1])),
            },
        ),
    ]


def bare_orm(database, bodies):
    """Partners, orders and confirmation as a program would do them that knows all ids already."""
    with database.environment() as env:
        known = known_ids(env)
        env.invalidate_all()
        with effort() as spent:
            confirm_bare(env, known, bodies)
            env.cr.commit()
    return spent


def known_ids(env) -> dict:
    tax = env["account.tax"].search([("name", "=", "MwSt 19")])
    shipping = env["product.product"].search([("name", "=", "Shipping"), ("type", "=", "service")], limit=1)
    if not shipping:
        shipping = env["product.product"].create({"name": "Shipping", "type": "service", "taxes_id": tax.ids})
        env.cr.commit()
    articles = env["product.product"].search([("default_code", "=like", "A%")])
    return {
        "products": {one.default_code: one.id for one in articles},
        "tax": tax.id,
        "shipping": shipping.id,
        "country": env.ref("base.de").id,
    }


def confirm_bare(env, known, bodies) -> None:
    partners = env["res.partner"].with_context(**QUIET).create([_partner(body, known) for body in bodies])
    orders = (
        env["sale.order"]
        .with_context(**QUIET)
        .create([_order(body, partner, known) for body, partner in zip(bodies, partners, strict=True)])
    )
    orders.with_context(**QUIET).action_confirm()


def _partner(body, known):
    place = body["billing_address"] or body["customer"]["default_address"]
    return {
        "name": f"{body['customer']['first_name']} {body['customer']['last_name']}",
        "email": body["email"],
        "street": place["address1"],
        "zip": place["zip"],
        "city": place["city"],
        "country_id": known["country"],
        "company_type": "person",
    }


def _order(body, partner, known):
    lines = [
        {
            "product_id": known["products"][line["sku"]],
            "name": line["title"],
            "product_uom_qty": line["quantity"],
            "price_unit": float(Decimal(line["price"])),
            "tax_ids": [(6, 0, [known["tax"]])],
        }
        for line in body["line_items"]
    ] + [
        {
            "product_id": known["shipping"],
            "name": line["title"],
            "product_uom_qty": 1,
            "price_unit": float(Decimal(line["price"])),
            "tax_ids": [(6, 0, [known["tax"]])],
        }
        for line in body["shipping_lines"]
    ]
    return {
        "partner_id": partner.id,
        "client_order_ref": body["name"],
        "user_id": False,
        "order_line": [(0, 0, line) for line in lines],
    }


def import_batch(database, store_id, bodies):
    """From claimed to committed; the webhooks' rows are there already."""
    from odoo import SUPERUSER_ID, api

    with database.environment() as env:
        # Stock to be sent is another journey's work.
        env.cr.execute("DELETE FROM shopify_job WHERE state = 'pending'")
        two_runners.append(env, store_id, bodies)
    with database.registry.cursor() as cr:
        runner = api.Environment(cr, SUPERUSER_ID, {"shopify_runner": "fast 0"})["shopify.runner"]
        with effort() as spent:
            for store, flow, jobs in runner._claim("fast", 0, 1):
                if flow == "orders_in":
                    runner._process(store, flow, jobs)
    return spent
