"""What each shop must have on hand when everything is shipped and told, counted from Odoo's database alone.

Plain articles: what lies in the Odoo locations that feed the shop's. Kits: as many as their scarcest component makes. Less what
the location keeps back. Both shops are fed by the same warehouses, so what one sells the other has no more."""

import math
from collections import defaultdict

VARIANTS = """SELECT s.shop_domain, v.sku, v.product_id
    FROM shopify_variant v JOIN shopify_store s ON s.id = v.store_id
    JOIN product_product p ON p.id = v.product_id JOIN product_template t ON t.id = p.product_tmpl_id
    WHERE v.tracked AND (t.is_storable
        OR EXISTS (SELECT FROM mrp_bom b WHERE b.type = 'phantom' AND b.product_tmpl_id = t.id))"""
PLACES = """SELECT s.shop_domain, p.id, p.name, COALESCE(p.safety_pieces, 0)
    FROM shopify_location p JOIN shopify_store s ON s.id = p.store_id"""
STOCK = """SELECT fed.shopify_location_id, q.product_id, SUM(q.quantity)
    FROM shopify_location_stock_location_rel fed
    JOIN stock_location above ON above.id = fed.location_id
    JOIN stock_location l ON l.parent_path LIKE above.parent_path || '%%'
    JOIN stock_quant q ON q.location_id = l.id GROUP BY 1, 2"""
KITS = """SELECT kit.id, l.product_id, l.product_qty / b.product_qty
    FROM mrp_bom b JOIN mrp_bom_line l ON l.bom_id = b.id JOIN product_product kit ON kit.product_tmpl_id = b.product_tmpl_id
    WHERE b.type = 'phantom'"""


def wanted(db) -> dict:
    """{(shop's domain, SKU, location): pieces} of every variant whose stock both sides count."""
    there = defaultdict(float)
    there.update({(place, product): float(pieces) for place, product, pieces in db.rows(STOCK)})
    kits = defaultdict(list)
    for kit, component, needed in db.rows(KITS):
        kits[kit].append((component, float(needed)))
    places = defaultdict(list)
    for domain, *place in db.rows(PLACES):
        places[domain].append(place)
    return {
        (domain, sku, name): max(0, _pieces(there, place, product, kits[product]) - kept_back)
        for domain, sku, product in db.rows(VARIANTS)
        for place, name, kept_back in places[domain]
    }


def _pieces(there, place, product, components):
    if components:
        return min(math.floor(there[place, component] / needed) for component, needed in components)
    return math.floor(there[place, product])


def differing(db, shops) -> list:
    """:return: [{'shop', 'sku', 'location', 'odoo', 'shop_has', 'committed'}] of the levels that are not what Odoo's stock makes"""
    nothing = {"on_hand": None, "committed": None}
    found = {(domain, one["sku"], one["location"]): one for domain, shop in shops.items() for one in shop.get("levels")}
    return [
        {
            "shop": domain,
            "sku": sku,
            "location": location,
            "odoo": pieces,
            "shop_has": found.get((domain, sku, location), nothing)["on_hand"],
            "committed": found.get((domain, sku, location), nothing)["committed"],
        }
        for (domain, sku, location), pieces in wanted(db).items()
        if found.get((domain, sku, location), nothing)["on_hand"] != pieces
    ]
