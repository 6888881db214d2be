"""Stock that is not simply what lies there: a shelf two shops sell from, an article that is made, a kit."""

from datetime import datetime, timezone

from . import fill, making
from .processes import wait_for
from .showcase import AT_HOME, GERMAN

BUYER = {"email": "ida.wald@example.com", "first_name": "Ida", "last_name": "Wald", "address": AT_HOME}
MAKES, MAIN_SELLS, OUTLET_SELLS, KITS = 25, 3, 2, 4
SOON = 30
# Of the lines of kits in orders: how many of each component left for how many kits.
COMPONENTS = """SELECT p.default_code, SUM(m.quantity), (SELECT SUM(l.qty_delivered) FROM sale_order_line l
            JOIN product_product kit ON kit.id = l.product_id WHERE kit.default_code = %s)
    FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id JOIN product_product kit ON kit.id = l.product_id
    JOIN product_product p ON p.id = m.product_id
    WHERE kit.default_code = %s AND m.state = 'done' GROUP BY p.default_code"""


class Pool:
    """:ivar placed: how many orders, in both shops"""

    def __init__(self, stage):
        self._stage, self.placed = stage, 0

    def run(self, figures):
        """One thing after the other, with everything at rest. What was bought is left to be shipped."""
        self._make(figures)
        self._stage.wait_until_settled(60)
        self._sell_from_one_shelf(figures)
        self._stage.wait_until_settled(60)
        self._sell_kits(figures)

    def _available(self, shop, sku, place):
        return self._pieces(shop, sku, place, "available")

    def _pieces(self, shop, sku, place, quantity):
        return next(
            one[quantity] for one in shop.get("levels") if (one["sku"], one["location"]) == (sku, place)
        )  # each pair is there: the catalogs name the location

    def _buy(self, shop, sku, pieces):
        self.placed += 1
        return shop.post("orders", lines=[[sku, pieces]], customer=BUYER, **GERMAN)["order"]

    def _make(self, figures):
        """Jonas finishes a manufacturing order; nobody touches the shops."""
        workshop, shops = making.Workshop(self._stage), self._stage.shops.values()
        before = [self._pieces(shop, making.MADE, making.MADE_IN, "on_hand") for shop in shops]
        order = workshop.plan(MAKES)
        self._stage.wait_until_settled(60)
        # What is planned only is not offered.
        figures.equal("planned_pieces_offered", self._risen(before), [0, 0])
        started = datetime.now(timezone.utc)
        workshop.finish(order)
        wait_for("The rise of what was made", lambda: self._risen(before) == [MAKES, MAKES], SOON)
        figures.tell("made_to_both_shops_seconds", round((datetime.now(timezone.utc) - started).total_seconds(), 2))
        figures.equal("made_pieces_in_both_shops", self._risen(before), [MAKES, MAKES])

    def _risen(self, before):
        now = (self._pieces(shop, making.MADE, making.MADE_IN, "on_hand") for shop in self._stage.shops.values())
        return [pieces - earlier for pieces, earlier in zip(now, before, strict=True)]

    def _sell_from_one_shelf(self, figures):
        """What one shop sold is not offered by the other, before anything is shipped."""
        for name, seller, other, pieces in (
            ("main", self._stage.shop, self._stage.outlet, MAIN_SELLS),
            ("outlet", self._stage.outlet, self._stage.shop, OUTLET_SELLS),
        ):
            before = self._available(other, making.MADE, making.MADE_IN)
            self._buy(seller, making.MADE, pieces)
            wait_for(
                f"The fall in the other shop of what the {name} shop sold",
                lambda shop=other, left=before - pieces: self._available(shop, making.MADE, making.MADE_IN) == left,
                SOON,
            )
            figures.equal(
                f"sold_by_{name}_and_not_offered_by_the_other",
                before - self._available(other, making.MADE, making.MADE_IN),
                pieces,
            )

    def _sell_kits(self, figures):
        """A kit that is sold is fewer components, which are sold alone too; and the other way round."""
        shop, (part, needed) = self._stage.shop, max(making.PARTS.items(), key=lambda one: one[1])
        order = self._buy(shop, making.KIT, KITS)
        place = order["fulfillment_orders"][0]["location"]
        wait_for("The reservation of kits", lambda: self._reserved(order) == KITS * sum(making.PARTS.values()), SOON)
        self._stage.wait_until_settled(60)
        # Shopify has the kits committed, not what they are made of: that is Odoo's to take off.
        off = self._pieces(shop, part, place, "on_hand")
        figures.equal("components_of_sold_kits_not_offered_alone", self._in_odoo(part, place) - off, KITS * needed)

    def _reserved(self, order):
        query = """SELECT COALESCE(SUM(m.quantity), 0) FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id
            JOIN sale_order o ON o.id = l.order_id WHERE o.shopify_order_id = %s AND m.state = 'assigned'"""
        return int(float(self._stage.db.one(query, order["id"])))

    def _in_odoo(self, sku, warehouse):
        query = """SELECT COALESCE(SUM(q.quantity), 0) FROM stock_quant q JOIN product_product p ON p.id = q.product_id
            JOIN stock_warehouse w ON w.lot_stock_id = q.location_id WHERE p.default_code = %s AND w.name = %s"""
        return int(float(self._stage.db.one(query, sku, warehouse)))

    def judge(self, figures):
        """When all is shipped: each kit left as all its components."""
        rows = self._stage.db.rows(COMPONENTS, making.KIT, making.KIT)
        kits = int(float(rows[0][2])) if rows else 0
        figures.tell("kits_shipped", kits)
        figures.equal(
            "components_shipped_in_kits",
            {sku: int(float(pieces)) for sku, pieces, _kits in sorted(rows)},
            {sku: needed * kits for sku, needed in sorted(making.PARTS.items())},
        )
        in_shops = sum(
            line["quantity"]
            for order in self._stage.orders()
            for one in order["fulfillments"]
            for line in one["lines"]
            if line["sku"] == making.KIT
        )
        figures.equal("kits_fulfilled_in_shops", in_shops, kits)
        figures.tell("orders_of_outlet", sum(1 for _order in self._stage.shops[fill.OUTLET].get("state")["orders"]))
