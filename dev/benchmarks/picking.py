"""Validating a delivery in a database with the addon, of an order of Shopify's, against the same one without it."""

import statistics

from prefork import scene

from .measure import Row, effort, ratio

WARM, PAIRS = 5, 40


def run(base) -> list[Row]:
    ours, theirs = [], []
    with base.plain.copy("bench") as plain, scene.start_shop(catalog=scene.catalog(10), deliver="manual") as running:
        pickings = prepare(plain)
        with plain.copy("bench") as synced:
            synced.install("shopify_sync")
            connected = scene.connect(synced, running.url)
            with synced.environment() as env:
                for order in env["stock.picking"].browse(pickings).sale_id:
                    order.write({"shopify_store_id": connected.store, "shopify_order_id": str(10_000 + order.id)})
            for number, picking in enumerate(pickings):
                # Alternating who is first: the second finds PostgreSQL and the processor warm.
                for database, spent in sorted(
                    [(plain, theirs), (synced, ours)], key=lambda pair: (pair[0] is plain) == bool(number % 2)
                ):
                    spent.append(validate(database, picking))
    ours, theirs = ours[WARM:], theirs[WARM:]
    inserts = [a.inserts - b.inserts for (a, _), (b, _) in zip(ours, theirs, strict=True)]
    return [
        Row(
            "validate a delivery, time until committed",
            ratio([one.seconds for one, _ in ours], [one.seconds for one, _ in theirs]),
            "<= 1.05",
            {
                "ms": round(1000 * statistics.median(one.seconds for one, _ in ours), 1),
                "without": round(1000 * statistics.median(one.seconds for one, _ in theirs), 1),
                "ms of wake-up after the commit": round(
                    1000 * statistics.median(after.seconds for _, after in ours), 1
                ),
                "queries": statistics.median(one.queries for one, _ in ours),
                "queries without": statistics.median(one.queries for one, _ in theirs),
            },
        ),
        Row("validate a delivery, INSERTs before commit", max(inserts), "<= 2"),
    ]


def prepare(database) -> list[int]:
    """Confirmed orders of three lines, their deliveries packed."""
    with database.environment() as env:
        partner = env["res.partner"].create({"name": "Anna Kunde"})
        products = env["product.product"].search([("default_code", "in", ["A0", "A1", "A2"])])
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [(0, 0, {"product_id": one.id, "product_uom_qty": 2}) for one in products],
                }
                for _number in range(WARM + PAIRS)
            ]
        )
        orders.action_confirm()
        for move in orders.picking_ids.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        return orders.picking_ids.ids


def validate(database, picking):
    """:return: (until committed, the hooks after the commit)"""
    from odoo import SUPERUSER_ID, api

    with database.registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        hooks = []
        with effort() as spent:
            env["stock.picking"].browse(picking).with_context(skip_backorder=True).button_validate()
            cr.flush()
            cr.postcommit, hooks = type(cr.postcommit)(), cr.postcommit
            cr.commit()
        with effort() as after:
            hooks.run()
    return spent, after
