"""What lies in Odoo's locations, and to whom it is promised: read for a whole batch in grouped queries (ODOO19 §8)."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

ZERO = Decimal(0)


class ShopifyStockQuantities(models.AbstractModel):
    _name = "shopify.stock.quantities"
    _description = "Quantities in Odoo, for Shopify"

    # -- places -----------------------------------------------------------------------------------
    def _fed(self, places):
        """{id of an Odoo location: the Shopify location it feeds}."""
        return {location.id: place for place in reversed(places) for location in place.location_ids}

    def _place_of(self, location, fed):
        """The Shopify location that a stock location feeds: itself, or by the nearest one above it."""
        above = reversed([int(part) for part in (location.parent_path or "").split("/") if part])
        return next((fed[part] for part in above if part in fed), None)

    # -- what is there ----------------------------------------------------------------------------
    def _on_hand(self, products, places):
        """{(product id, place id): pieces that may be sold}; expired ones may not, unless they are reserved for somebody."""
        on_hand, fed = defaultdict(lambda: ZERO), self._fed(places)
        domain = [
            ("product_id", "in", products.ids),
            ("location_id", "child_of", places.location_ids.ids),
            ("owner_id", "=", False),  # consigned goods are somebody else's to sell
        ]
        Quant = self.env["stock.quant"]
        for product, location, quantity in Quant._read_group(domain, ["product_id", "location_id"], ["quantity:sum"]):
            on_hand[product.id, self._place_of(location, fed).id] += self._exact(quantity)
        if "removal_date" in Quant._fields:  # product_expiry is installed
            expired = Quant._read_group(
                [*domain, ("removal_date", "<=", fields.Datetime.now())],
                ["product_id", "location_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
            for product, location, quantity, reserved in expired:
                unreserved = max(ZERO, self._exact(quantity) - self._exact(reserved))
                on_hand[product.id, self._place_of(location, fed).id] -= unreserved
        return on_hand

    def _incoming(self, products, places):
        """{(product id, place id): pieces expected there}, where the place's basis looks ahead; Odoo's own forecast domain."""
        incoming = defaultdict(lambda: ZERO)
        for place in places.filtered(lambda one: one.quantity_basis != "free"):
            domain = self._open_moves(products, place)[0]
            if place.quantity_basis == "forecast_days":
                domain.append(("date", "<=", fields.Datetime.now() + timedelta(days=place.forecast_days)))
            for product, quantity in self._read_moves(domain, ["product_id"]):
                incoming[product.id, place.id] += self._exact(quantity)
        return incoming

    def _open_moves(self, products, place):
        """(domain of the moves that come in, domain of those that go out), not done yet."""
        _quants, come_in, go_out = products.with_context(location=place.location_ids.ids)._get_domain_locations()
        todo = [
            ("product_id", "in", products.ids),
            ("state", "in", ("waiting", "confirmed", "assigned", "partially_available")),
        ]
        return [*todo, *come_in], [*todo, *go_out]

    def _read_moves(self, domain, groupby):
        return self.env["stock.move"].with_context(active_test=False)._read_group(domain, groupby, ["product_qty:sum"])

    # -- to whom it is promised -------------------------------------------------------------------
    def _promised(self, store, products, places):
        """What is promised: rows of (product id, place, id of the place where this store committed it or None, variant, pieces).

        Where the basis is what is free: what is reserved, and what other stores sold and nobody reserved yet. For a forecast:
        all that is to go out, whatever its date; a piece promised for next month is not sold once more because of it.
        """
        now = places.filtered(lambda place: place.quantity_basis == "free")
        rows = [*self._reserved(store, products, now), *self._sold_elsewhere(store, products, now)] if now else []
        for place in places - now:
            for product, line, quantity in self._read_moves(
                self._open_moves(products, place)[1], ["product_id", "sale_line_id"]
            ):
                order = line.order_id
                committed = line.shopify_location_id.id if order.shopify_store_id == store else None
                rows.append((product.id, place, committed, line.shopify_variant_id, self._exact(quantity)))
        return rows

    def _reserved(self, store, products, places):
        """What is reserved; of a line of this store, what Shopify still has to send of it counts as committed there, no more.

        Pieces that were removed from the order in Shopify (or the whole order cancelled) while they are still reserved here are
        promised to nobody there any more.

        Counted from move lines. `stock.quant.reserved_quantity` is Odoo's cache of them, and after two transactions that met at
        one quant it stays wrong until Odoo repairs it at night (`_clean_reservations`).
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT product_id, location_id, committed_at, sold_as, SUM(pieces), SUM(LEAST(pieces, excess))
                   FROM (SELECT ml.product_id, ml.location_id, l.shopify_variant_id AS sold_as,
                                CASE WHEN o.shopify_store_id = %s THEN l.shopify_location_id END AS committed_at,
                                SUM(ml.quantity_product_uom) AS pieces,
                                -- what of the line is reserved here beyond what Shopify still has to send of it
                                GREATEST(0, SUM(SUM(ml.quantity_product_uom)) OVER (PARTITION BY l.id, ml.product_id) - CASE
                                    WHEN o.shopify_cancelled_at IS NOT NULL OR o.shopify_deleted_at IS NOT NULL THEN 0
                                    ELSE GREATEST(0, l.shopify_quantity - l.qty_delivered) END) AS excess
                         FROM stock_move_line ml
                         JOIN stock_move m ON m.id = ml.move_id AND m.state NOT IN ('done', 'cancel', 'draft')
                         LEFT JOIN sale_order_line l ON l.id = m.sale_line_id
                         LEFT JOIN sale_order o ON o.id = l.order_id
                         WHERE ml.product_id = ANY(%s) AND ml.owner_id IS NULL
                         GROUP BY ml.product_id, ml.location_id, l.id, o.id) of_lines
                   GROUP BY 1, 2, 3, 4""",
                store.id,
                products.ids,
            )
        )
        parts = []
        for product_id, location_id, committed, sold_as, pieces, excess in rows:
            beyond = excess or 0 if committed else 0
            parts.append((product_id, location_id, committed, sold_as, pieces - beyond))
            if beyond:
                parts.append((product_id, location_id, None, sold_as, beyond))
        return self._at_places(parts, places)

    def _sold_elsewhere(self, store, products, places):
        """Orders of other Shopify stores that are confirmed and not reserved: the two stores do not see each other's sales."""
        rows = self.env.execute_query(
            SQL(
                """SELECT m.product_id, m.location_id, NULL, l.shopify_variant_id,
                          SUM(GREATEST(m.product_qty - COALESCE(r.quantity, 0), 0))
                   FROM stock_move m
                   JOIN sale_order_line l ON l.id = m.sale_line_id
                   JOIN sale_order o ON o.id = l.order_id AND o.shopify_store_id <> %s
                   LEFT JOIN LATERAL (SELECT SUM(ml.quantity_product_uom) AS quantity FROM stock_move_line ml
                                      WHERE ml.move_id = m.id) r ON TRUE
                   WHERE m.product_id = ANY(%s) AND m.state IN ('confirmed', 'partially_available', 'waiting')
                     AND m.procure_method = 'make_to_stock'
                   GROUP BY 1, 2, 3, 4""",
                store.id,
                products.ids,
            )
        )
        return self._at_places(rows, places)

    def _at_places(self, rows, places):
        fed = self._fed(places)
        locations = self.env["stock.location"].browse({row[1] for row in rows}).grouped("id")
        for product_id, location_id, committed, sold_as, quantity in rows:
            if place := self._place_of(locations[location_id], fed):
                yield product_id, place, committed, sold_as, self._exact(quantity)

    # -- what Shopify has committed, as far as it is known here -------------------------------------
    def _sold(self, store, variants):
        """{(Shopify's variant id, place id): pieces of confirmed orders of this store that are neither delivered nor fulfilled}."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.shopify_variant_id, l.shopify_location_id,
                          SUM((l.product_uom_qty - GREATEST(l.qty_delivered, l.shopify_fulfilled_quantity, 0))
                              * lu.factor / pu.factor)
                   FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id
                   JOIN product_product p ON p.id = l.product_id JOIN product_template t ON t.id = p.product_tmpl_id
                   JOIN uom_uom lu ON lu.id = l.product_uom_id JOIN uom_uom pu ON pu.id = t.uom_id
                   WHERE o.shopify_store_id = %s AND o.state = 'sale' AND l.shopify_variant_id = ANY(%s)
                     AND COALESCE(o.shopify_fulfillment_status, '') <> 'fulfilled'
                     AND l.product_uom_qty > GREATEST(l.qty_delivered, l.shopify_fulfilled_quantity, 0)
                   GROUP BY 1, 2""",
                store.id,
                variants.mapped("shopify_id"),
            )
        )
        sold = defaultdict(lambda: ZERO)
        sold.update({(variant, place): self._exact(quantity) for variant, place, quantity in rows})
        return sold

    # -- numbers ----------------------------------------------------------------------------------
    def _sold_as(self, line, variants):
        """The variant that the line was sold as, where it is still the product of that variant."""
        return variants.filtered(
            lambda variant: variant.shopify_id == line.shopify_variant_id and variant.product_id == line.product_id
        )

    def _pieces(self, moves, quantity):
        return sum(
            (
                self._exact(move.product_uom._compute_quantity(move[quantity], move.product_id.uom_id, round=False))
                for move in moves
            ),
            ZERO,
        )

    def _exact(self, quantity):
        """A quantity of Odoo as Decimal: its shortest spelling, so that 0.1 + 0.2 pieces do not become 0.30000000000000004."""
        return Decimal(str(round(quantity, 6)))
