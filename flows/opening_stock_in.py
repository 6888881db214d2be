"""Opening stock, Shopify → Odoo.   "Opening Stock" → shopify.job → here → a preview → inventory adjustments

Key: the opening stock. Repeating it is harmless: Shopify is read by one bulk operation, lines are written with the place where the
next chunk begins, and an adjustment is made in the transaction that marks its line as applied. Meanwhile stock is not sent to the
store, so that no number from before replaces Shopify's; afterwards both sides agree, and the pusher finds nothing to do.
"""

import time

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare

from ..commerce.outcome import Later

CHUNK = 500  # lines in one transaction
SECONDS = 20  # then other work of the lane has its turn
DIGITS = 6


class OpeningStockIn(models.AbstractModel):
    _name = "shopify.flow.opening_stock_in"
    _inherit = ["shopify.flow", "shopify.stock.listing", "shopify.stock.components"]
    _description = "Opening Stock from Shopify"

    _direction = "in"
    _lane = "slow"
    _priority = 60  # a person waits for it
    _batch = 1

    def _run(self, store, jobs):
        return {job: self._go_on(store, job) for job in jobs}

    def _go_on(self, store, job):
        body = job._body()
        opening = self.env["shopify.opening.stock"].browse(body.get("opening")).exists()
        if not opening:
            return None
        if body.get("do") == "apply":
            return self._apply(store, opening, job) if opening.state == "applying" else None
        if opening.state not in ("queued", "reading"):
            return None
        return self._read_levels(store, opening, job, opening._run_name) or self._preview(store, opening, job)

    # -- preview ----------------------------------------------------------------------------------
    def _preview(self, store, opening, job):
        """A line for each variant and location where either side has something, chunk by chunk."""
        end = time.monotonic() + SECONDS
        while True:
            body = job._body()
            rows = self._rows(store, opening, body.get("after", 0))
            if not rows:
                break
            self._make_lines(store, opening, rows)
            job._continue_at({**body, "after": rows[-1]["variant_id"]})
            self._commit()
            self.env.invalidate_all()
            if time.monotonic() > end:
                return Later(self.env._("The preview goes on."), seconds=0, counts=False)
        self.env["shopify.reading"]._forget(store, opening._run_name)
        Line = self.env["shopify.opening.line"]
        opening.write(
            {
                "state": "preview",
                "read_at": fields.Datetime.now(),
                "progress_words": False,
                "ready_count": Line.search_count([("opening_id", "=", opening.id), ("state", "=", "ready")]),
                "obstacle_count": Line.search_count([("opening_id", "=", opening.id), ("state", "=", "obstacle")]),
            }
        )
        return None

    def _rows(self, store, opening, after):
        """The levels of the next variants at the chosen locations: all of a variant's together."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT v.id AS variant_id, v.product_id, r.location_shopify_id, r.tracked, r.on_hand
                   FROM (SELECT * FROM shopify_variant WHERE store_id = %(store)s AND id > %(after)s
                           AND EXISTS (SELECT FROM shopify_reading e WHERE e.store_id = %(store)s AND e.run = %(run)s
                                       AND e.inventory_item_id = shopify_variant.inventory_item_id
                                       AND e.location_shopify_id = ANY(%(places)s))
                         ORDER BY id LIMIT %(limit)s) v
                   JOIN shopify_reading r ON r.store_id = %(store)s AND r.run = %(run)s
                                         AND r.inventory_item_id = v.inventory_item_id
                                         AND r.location_shopify_id = ANY(%(places)s)
                   ORDER BY v.id, r.location_shopify_id""",
                store=store.id,
                run=opening._run_name,
                after=after,
                places=opening.place_ids.location_id.mapped("shopify_id"),
                limit=CHUNK,
            )
        )

    def _make_lines(self, store, opening, rows):
        places = {place.location_id.shopify_id: place for place in opening.place_ids}
        products = self.env["product.product"].browse({row["product_id"] for row in rows if row["product_id"]})
        products.fetch(["tracking", "is_storable"])
        shared, kits = self._shared(store, products), self._kits(products, store.company_id)
        present = {place: self._present(place, products) for place in opening.place_ids}
        values = []
        for row in rows:
            place = places[row["location_shopify_id"]]
            product = products.browse(row["product_id"])
            total, plain = present[place]
            odoo = total.get(product.id, 0.0)
            if not row["on_hand"] and not odoo:
                continue
            difference = row["on_hand"] - odoo
            obstacle = self._obstacle(row, product, shared, kits, plain.get(product.id, 0.0) + difference)
            equal = float_compare(difference, 0, precision_digits=DIGITS) == 0
            values.append(
                {
                    "opening_id": opening.id,
                    "place_id": place.id,
                    "variant_id": row["variant_id"],
                    "product_id": product.id,
                    "odoo_quantity": odoo,
                    "shopify_quantity": row["on_hand"],
                    "difference": difference,
                    "state": "equal" if equal else "obstacle" if obstacle else "ready",
                    "obstacle": False if equal else obstacle,
                }
            )
        self.env["shopify.opening.line"].create(values)

    def _obstacle(self, row, product, shared, kits, wanted):
        """:param wanted: what the adjusted quant would hold"""
        if not product:
            return "unlinked"
        if not row["tracked"]:
            return "untracked"
        if product in kits:
            return "kit"
        if not product.is_storable:
            return "uncounted"
        if product.tracking != "none":
            return "lot"
        if product in shared:
            return "shared"
        if row["on_hand"] < 0:
            return "negative"
        if float_compare(wanted, 0, precision_digits=DIGITS) < 0:
            return "elsewhere"
        return False

    def _shared(self, store, products):
        groups = self.env["shopify.variant"]._read_group(
            [("store_id", "=", store.id), ("product_id", "in", products.ids)],
            ["product_id"],
            ["__count"],
            having=[("__count", ">", 1)],
        )
        return products.browse([product.id for product, _count in groups])

    def _present(self, place, products):
        """Of Odoo's own goods: ({product id: all that feeds the location}, {product id: what a count of loose goods would see})."""
        owned = [("product_id", "in", products.ids), ("owner_id", "=", False)]
        everywhere = [("location_id", "child_of", place.location_id.location_ids.ids)]
        loose = [
            ("location_id", "=", place.stock_location_id.id),
            ("package_id", "=", False),
            ("lot_id", "=", False),
        ]
        return tuple(
            {
                product.id: quantity
                for product, quantity in self.env["stock.quant"]._read_group(
                    owned + where, ["product_id"], ["quantity:sum"]
                )
            }
            for where in (everywhere, loose)
        )

    # -- applying ---------------------------------------------------------------------------------
    def _apply(self, store, opening, job):
        end = time.monotonic() + SECONDS
        Line = self.env["shopify.opening.line"]
        while True:
            lines = Line.search([("opening_id", "=", opening.id), ("state", "=", "ready")], order="id", limit=CHUNK)
            if not lines:
                break
            self._adjust(opening, lines)
            done = opening.applied_count + len(lines.filtered(lambda line: line.state == "applied"))
            opening.write(
                {
                    "applied_count": done,
                    "progress": min(100.0, 100.0 * done / max(opening.ready_count, 1)),
                    "progress_words": self.env._("%(done)s of %(all)s", done=done, all=opening.ready_count),
                }
            )
            self._commit()
            self.env.invalidate_all()
            if time.monotonic() > end:
                return Later(self.env._("Applying goes on."), seconds=0, counts=False)
        now = fields.Datetime.now()
        opening.write({"state": "done", "applied_at": now, "progress": 100.0, "progress_words": False})
        opening.obstacle_count = Line.search_count([("opening_id", "=", opening.id), ("state", "=", "obstacle")])
        opening.place_ids.location_id.write({"opening_stock_at": now})
        # What was not stocked there when we last asked is by now, as the list shows: it is read before anything is sent.
        places = opening.place_ids.location_id
        unknown = self.env["shopify.level"].search([("location_id", "in", places.ids), ("is_known", "=", False)])
        unknown.write({"read_at": False})
        opening._begin_sending()
        return None

    def _adjust(self, opening, lines):
        """Lines of which nothing moved since they were read; the others are listed."""
        counts = {}
        for place, group in lines.grouped("place_id").items():
            total, loose = self._present(place, group.product_id)
            changed = group.filtered(
                lambda line, total=total: float_compare(
                    total.get(line.product_id.id, 0.0), line.odoo_quantity, precision_digits=DIGITS
                )
            )
            # Whether Shopify saw what moved meanwhile, nobody knows: better not taken over than counted twice.
            changed.write({"state": "obstacle", "obstacle": "changed"})
            for line in group - changed:
                counts[line] = {
                    "product_id": line.product_id.id,
                    "location_id": place.stock_location_id.id,
                    "inventory_quantity": loose.get(line.product_id.id, 0.0) + line.difference,
                }
        if counts:
            self._count(opening, counts)

    def _count(self, opening, counts):
        """Odoo's own inventory adjustment, so that moves, valuation and history are as if somebody had counted.

        What Odoo refuses stands alone in the end, with Odoo's words; the rest passes.

        :param counts: {line: values of the counted quant}
        """
        lines = self.env["shopify.opening.line"].union(*counts)
        Quant = self.env["stock.quant"].with_context(inventory_mode=True, inventory_name=opening._inventory_name)
        try:
            with self.env.cr.savepoint():
                # Odoo answers with a dialog where somebody else counts the same goods just now.
                # (It takes values out of what it is given, so each try gets its own.)
                if Quant.create([dict(values) for values in counts.values()]).action_apply_inventory():
                    raise UserError(self.env._("These goods are being counted in Inventory just now."))
        except UserError as refused:
            if len(counts) == 1:
                lines.write({"state": "obstacle", "obstacle": "refused", "refusal": str(refused)})
                return
            pairs = list(counts.items())
            for half in (pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]):
                self._count(opening, dict(half))
        else:
            lines.write({"state": "applied"})
