"""Stock, Odoo → Shopify.   any change of a quant → shopify.job → here → inventorySetQuantities, 250 levels a call

Key: the variant. Repeating it is harmless: each level is computed anew from what is in Odoo now, and set by compare-and-set against
what we last set or read, so that nothing that happened in Shopify meanwhile is overwritten blindly.
"""

from collections import defaultdict
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..commerce import ids, stock
from ..commerce.outcome import Done, Later, NeedsPerson

CALL = 250  # Source: Admin API limits, elements of one input array
ROUNDS = 3
STALE = "CHANGE_FROM_QUANTITY_STALE"
ZERO = Decimal(0)


class StockOut(models.AbstractModel):
    _name = "shopify.flow.stock_out"
    _inherit = ["shopify.flow", "shopify.stock.reading", "shopify.stock.underway"]
    _description = "Stock to Shopify"

    _direction = "out"
    _priority = 40
    _batch = 250
    _coalesces = True

    def _run(self, store, jobs):
        places = store.location_ids._pushable()
        if not store.push_stock or not places:
            return dict.fromkeys(
                jobs, Done(None, self.env._("Stock is not sent: it is switched off, or no location is mapped."))
            )
        self._repeat_unanswered(store, jobs)
        outcomes, by_variant = {}, {}
        variants = self.env["shopify.variant"].browse(jobs.mapped("res_id")).exists().grouped("id")
        for job in jobs:
            variant = variants.get(job.res_id, self.env["shopify.variant"])
            if note := self._why_not(variant):
                outcomes[job] = Done(None, note)
            else:
                by_variant[variant] = job
        if by_variant:
            outcomes.update(self._push(store, by_variant, places))
        return outcomes

    def _why_not(self, variant):
        if not variant.product_id or not variant.inventory_item_id:
            return self.env._("The variant is not linked to a product any more.")
        if not variant.product_id.is_storable:
            return self.env._("Odoo does not count the stock of this product, so none is sent.")
        if not variant.tracked:
            return self.env._("Shopify does not count the stock of this variant: switch on “Track quantity” there.")
        return None

    # -- pushing ----------------------------------------------------------------------------------
    def _push(self, store, by_variant, places):
        variants = self.env["shopify.variant"].union(*by_variant)
        levels = self.env["shopify.level"]._ensure(variants, places)
        self._read(store, [level for level in levels.values() if not level.is_known])
        computed = self._compute(store, variants, places)
        outcomes, targets = {}, {level: computed[key] for key, level in levels.items()}
        for turn in range(ROUNDS + 1):
            left = self._settle_foreign(store, targets)
            outcomes.update({by_variant[level.variant_id]: outcome for level, outcome in left.items() if outcome})
            waiting = {
                level: target
                for level, target in targets.items()
                if level not in left and (not level.is_known or level.on_hand != target.pieces)
            }
            if not waiting or turn == ROUNDS:
                break
            again = {}
            pairs = self._most_urgent_first(waiting)
            for start in range(0, len(pairs), CALL):
                stale, refused = self._set(store, by_variant, dict(pairs[start : start + CALL]))
                again.update(stale)
                outcomes.update(refused)
            # What changed in Shopify behind our back is read before it is decided anew, never overwritten blindly. What is to be
            # offered changed too: a piece fulfilled meanwhile is not to be offered once more.
            self._read(store, list(again))
            if again:
                self._commit()  # a snapshot that is not older than what was read
                computed = self._compute(store, variants, places)
                # A fulfillment that was noted meanwhile may have made one doubtful.
                self._read(store, [level for level in again if not level.is_known])
            targets = {level: computed[level.variant_id, level.location_id] for level in again}
        late = {level.variant_id for level in waiting}
        why = self.env._("Shopify's quantity kept changing while it was being set.")
        outcomes.update({by_variant[variant]: Later(why) for variant in late})
        return outcomes

    def _most_urgent_first(self, targets):
        """[(level, target)]: what has to fall goes before what may rise, and the nearest to nothing first: that is where Shopify
        sells what is not there.
        """
        return sorted(
            targets.items(),
            key=lambda pair: (pair[1].pieces >= pair[0].on_hand, pair[1].pieces - pair[0].committed, pair[0].id),
        )

    def _set(self, store, by_variant, targets):
        """Set up to 250 levels in one call.

        :param targets: {shopify.level: commerce.stock.OnHand}
        :return: ({level: target} to be tried again, {job: outcome} of what Shopify refused)
        """
        jobs = self.env["shopify.job"].union(*{by_variant[level.variant_id] for level in targets})
        rows = list(targets)
        quantities = [
            {
                "inventoryItemId": ids.gid("InventoryItem", level.variant_id.inventory_item_id),
                "locationId": ids.gid("Location", level.location_id.shopify_id),
                "quantity": targets[level].pieces,
                "changeFromQuantity": level.on_hand if level.is_known else None,
            }
            for level in rows
        ]
        _payload, user_errors = self._send(
            store,
            jobs,
            "inventory_set_quantities",
            "inventorySetQuantities",
            {"input": {"name": "on_hand", "reason": "correction", "quantities": quantities}},
            keyed=True,
        )
        if not user_errors:
            sent = zip(rows, quantities, strict=True)
            self._believe(
                {level: (row["quantity"], row["changeFromQuantity"]) for level, row in sent},
                {level: self._explain(target) for level, target in targets.items()},
            )
            return {}, {}
        stale, refused = {}, {}
        for error in user_errors:
            level = self._level_of(error, rows)
            if error.code == STALE and level is not None:
                stale[level] = targets[level]
            else:
                blamed = [level] if level is not None else rows
                refused.update({by_variant[one.variant_id]: self._refusal(one, error) for one in blamed})
        # All or nothing: the good rows were not applied either, and go again under a new key.
        bad = set(refused)
        rest = {level: target for level, target in targets.items() if by_variant[level.variant_id] not in bad}
        return rest, refused

    def _level_of(self, error, rows):
        """`["input", "quantities", "3", "quantity"]` → the fourth row."""
        if len(error.field) >= 3 and error.field[1] == "quantities" and error.field[2].isdigit():
            position = int(error.field[2])
            return rows[position] if position < len(rows) else None
        return None

    def _refusal(self, level, error):
        return NeedsPerson(
            "stock_refused",
            self.env._(
                "Shopify refused the stock of %(variant)s at %(place)s: “%(reason)s”",
                variant=level.variant_id.display_name,
                place=level.location_id.name,
                reason=error.message,
            ),
            record=level.variant_id,
        )

    def _believe(self, set_to, explanations=None):
        """Shopify has set these levels. What it changed is added to what is believed *now*: since the call was prepared the
        other runner may have noted a fulfillment, which a plain write would forget.

        :param set_to: {level: (the quantity it was set to, the quantity the call was compared with or None)}
        :param explanations: {level: how the quantity came about, in words}
        """
        levels = self.env["shopify.level"].union(*set_to)
        levels.invalidate_recordset(["on_hand", "available", "is_known"])
        now = fields.Datetime.now()
        for level, (quantity, compared) in set_to.items():
            known = level.is_known and compared is not None
            vals = {
                "on_hand": level.on_hand + quantity - compared if known else quantity,
                "available": level.available + quantity - compared if known else quantity - level.committed,
                "is_known": True,
                "pushed_at": now,
            }
            if explanations:
                vals["explanation"] = explanations[level]
            level.write(vals)
        self._commit()

    def _repeat_unanswered(self, store, jobs):
        """A worker died, or Shopify's answer was lost: the same call with the same key finds out, and changes nothing twice."""
        for call in jobs.call_id.filtered(
            lambda one: one.state == "sent" and one.document == "inventory_set_quantities"
        ):
            _payload, user_errors = self._perform(store, call, "inventorySetQuantities")
            if not user_errors:
                self._believe_call(store, call)

    def _believe_call(self, store, call):
        """As `_believe`, of a call that was prepared by a run that is gone."""
        rows = {
            (ids.number(row["inventoryItemId"]), ids.number(row["locationId"])): (
                row["quantity"],
                row["changeFromQuantity"],
            )
            for row in call.variables["input"]["quantities"]
        }
        levels = self.env["shopify.level"].search(
            [
                ("store_id", "=", store.id),
                ("variant_id.inventory_item_id", "in", [item for item, _place in rows]),
                ("location_id.shopify_id", "in", [place for _item, place in rows]),
            ]
        )
        named = {level: (level.variant_id.inventory_item_id, level.location_id.shopify_id) for level in levels}
        self._believe({level: rows[pair] for level, pair in named.items() if pair in rows})

    # -- what is to be offered --------------------------------------------------------------------
    def _compute(self, store, variants, places):
        """{(variant, place): commerce.stock.OnHand}, with a fixed number of queries for the whole batch (DESIGN 7)."""
        products = variants.product_id
        on_hand = self._on_hand(products, places)
        reserved = self._reserved_for_others(store, variants, places)
        shipped = self._shipped_not_fulfilled(store, variants, places)
        fulfilled = self._fulfilled_not_shipped(store, variants, places)
        policy = stock.Policy()
        result = {}
        for variant in variants:
            for place in places:
                key = (variant, place)
                result[key] = stock.explain(
                    on_hand[variant.product_id.id, place.id], reserved[key], shipped[key], fulfilled[key], policy
                )
        return result

    def _place_of(self, location, places):
        """The Shopify location that a stock location feeds, itself or by one above it."""
        above = {int(part) for part in (location.parent_path or "").split("/") if part}
        return next((place for place in places if above & set(place.location_ids.ids)), None)

    def _on_hand(self, products, places):
        on_hand = defaultdict(lambda: ZERO)
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("location_id", "child_of", places.location_ids.ids),
                ("owner_id", "=", False),  # consigned goods are somebody else's to sell
            ],
            ["product_id", "location_id"],
            ["quantity:sum"],
        )
        for product, location, quantity in groups:
            place = self._place_of(location, places)
            on_hand[product.id, place.id] += self._exact(quantity)
        return on_hand

    def _reserved_for_others(self, store, variants, places):
        """{(variant, place): pieces reserved for anything but orders of this very variant that Shopify committed here too}.

        Those Shopify subtracts itself. Pieces that go out within a kit, or as another variant of the same product, it does not.

        Counted from move lines. `stock.quant.reserved_quantity` is Odoo's cache of them, and after two transactions that met at
        one quant it stays wrong until Odoo repairs it at night (`_clean_reservations`).
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT ml.product_id, ml.location_id, CASE WHEN o.shopify_store_id = %s THEN o.shopify_location_id END,
                          l.shopify_variant_id, SUM(ml.quantity_product_uom)
                   FROM stock_move_line ml
                   JOIN stock_move m ON m.id = ml.move_id AND m.state NOT IN ('done', 'cancel', 'draft')
                   LEFT JOIN sale_order_line l ON l.id = m.sale_line_id
                   LEFT JOIN sale_order o ON o.id = l.order_id
                   WHERE ml.product_id IN %s AND ml.owner_id IS NULL
                   GROUP BY 1, 2, 3, 4""",
                store.id,
                tuple(variants.product_id.ids),
            )
        )
        reserved = defaultdict(lambda: ZERO)
        by_product = variants.grouped("product_id")
        locations = self.env["stock.location"].browse({row[1] for row in rows}).grouped("id")
        for product_id, location_id, committed_at, sold_as, quantity in rows:
            place = self._place_of(locations[location_id], places)
            for variant in by_product[self.env["product.product"].browse(product_id)] if place else ():
                if place.id != committed_at or variant.shopify_id != sold_as:
                    reserved[variant, place] += self._exact(quantity)
        return reserved

    def _sold_as(self, line, product, variants):
        """The variant that the line was sold as, where these goods are its product: not a kit's parts, nor a substitute."""
        return variants.filtered(
            lambda variant: variant.shopify_id == line.shopify_variant_id and variant.product_id == product
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

    def _explain(self, target):
        parts = [self.env._("On hand %(pieces)s", pieces=f"{target.on_hand:g}")]
        for words, quantity in (
            (self.env._("− reserved for others %(pieces)s"), target.reserved_for_others),
            (self.env._("+ shipped, not yet told to Shopify %(pieces)s"), target.shipped_not_fulfilled),
            (self.env._("− fulfilled in Shopify, not yet shipped %(pieces)s"), target.fulfilled_not_shipped),
        ):
            if quantity:
                parts.append(words % {"pieces": f"{quantity:g}"})
        return " ".join(parts) + f" = {target.pieces}"
