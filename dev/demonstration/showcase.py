"""What a person finds on coming: orders of every kind that a shop has, some of which wait for somebody to decide."""

from . import fill, making
from .processes import Failed, wait_for
from .staff import Worker

# (seed, orders, countries): with these seeds there are guests, companies, edits and cancellations among them.
CROWD = ((23, 16, ["DE"]), (24, 6, ["FR", "NL"]), (25, 2, ["US"]))
MUG, SOCKS, MAT, JACKET = "MUG-CAMP-WHT", "SOCK-WALD-3740", "MAT-KIESEL", "JKT-FJORD-NVY-M"
TO_MAKE = 25  # hammocks that wait to be produced
GERMAN = {"taxes": [["MwSt", "0.19"]], "taxes_included": True}
PRESENTMENT = [[currency, str(rate)] for currency, rate in fill.RATES.items()]
AT_HOME = {
    "first_name": "Marlene",
    "last_name": "Voß",
    "address1": "Lindenstraße 7",
    "zip": "20099",
    "city": "Hamburg",
    "country": "Germany",
    "country_code": "DE",
}


def prepare(stage):
    """Place the orders, and let happen what somebody may have to look at. Settled when it returns."""
    shop = stage.shop
    worker = Worker(stage)
    late = _order(shop, [[JACKET, 1], [SOCKS, 2]], shipping=["Standard", "4.90"])
    _wait_for_delivery(stage, late)
    worker.ship(1)
    stage.wait_until_settled(60)
    # Shipped, and only then given a discount: Odoo shows both sides, line by line.
    shop.post("edit", order=int(late["id"]), discounts=[[_line(late, JACKET), {"percent": 10}]])
    for seed, count, countries in CROWD:
        shop.buy(count, seed=seed, countries=countries, lively=True, presentment=PRESENTMENT, presentment_share=0.2)
    _order(shop, [["CMP-PFAD", 1], [MUG, 2]], shipping=["Standard", "4.90"], note="Für den Geburtstag am Samstag")
    _order(shop, [[MAT, 1]], financial_status="pending", gateway="Bank Deposit")
    risky = _order(shop, [[JACKET, 2]], shipping=["Express", "12.50"])
    # Heard of together with its order, the assessment would wait behind the order that it holds.
    stage.wait_until_settled(60)
    shop.post("risk", order=int(risky["id"]), level="HIGH")
    _order(shop, [[MUG, 1], [SOCKS, 1]], buyer=False, pos="Berlin")
    engraved = {"variant": MUG, "quantity": 1, "properties": [{"name": "Engraving", "value": "Für Oma 🎁"}]}
    _order(shop, [engraved], note_attributes=[{"name": "delivery_date", "value": "2027-01-15"}])
    _order(shop, [[making.KIT, 1]])
    _order(stage.outlet, [[making.MADE, 1], [MUG, 1]])
    making.Workshop(stage).plan(TO_MAKE)
    cancelled = _order(shop, [[MAT, 2]])
    shop.post("cancel", order=int(cancelled["id"]), reason="inventory")
    stage.wait_until_settled(90)


def _order(shop, lines, *, buyer=True, **options):
    home = {**AT_HOME, "name": "Marlene Voß"}
    who = {
        "customer": {"first_name": "Marlene", "last_name": "Voß", "email": "marlene.voss@example.com", "address": home}
    }
    return shop.post("orders", lines=lines, **GERMAN, **(who if buyer else {}), **options)["order"]


def _line(order, sku) -> int:
    return next(int(line["id"]) for line in order["lines"] if line["sku"] == sku)


def _wait_for_delivery(stage, order):
    ready = """SELECT p.id FROM stock_picking p JOIN sale_order o ON o.id = p.sale_id
        WHERE o.shopify_order_id = %s AND p.state = 'assigned'"""
    wait_for("The delivery of the first order", lambda: stage.db.rows(ready, order["id"]), 60, meanwhile=stage.check)
    if stage.db.one("SELECT shopify_hold_cause FROM sale_order WHERE shopify_order_id = %s", order["id"]):
        raise Failed("The first order is held")
