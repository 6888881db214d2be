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
READ = 100
ROUNDS = 3
STALE = "CHANGE_FROM_QUANTITY_STALE"
ZERO = Decimal(0)
# Why a fulfillment was not sent although the goods left, when Shopify does not keep them committed (any more).
NOT_COMMITTED = ("fulfillment_exceeds", "order_gone")


class StockOut(models.AbstractModel):
    _name = "shopify.flow.stock_out"
    _inherit = "shopify.flow"
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
        outcomes = {}
        waiting = {
            level: computed[key]
            for key, level in levels.items()
            if not level.is_known or level.on_hand != computed[key].pieces
        }
        for _round in range(ROUNDS):
            if not waiting:
                return outcomes
            again = {}
            pairs = list(waiting.items())
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
            targets = {level: computed[level.variant_id, level.location_id] for level in again}
            waiting = {level: target for level, target in targets.items() if level.on_hand != target.pieces}
        late = {level.variant_id for level in waiting}
        why = self.env._("Shopify's quantity kept changing while it was being set.")
        outcomes.update({by_variant[variant]: Later(why) for variant in late})
        return outcomes

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
        levels.invalidate_recordset(["on_hand", "is_known"])
        now = fields.Datetime.now()
        for level, (quantity, compared) in set_to.items():
            known = level.is_known and compared is not None
            vals = {
                "on_hand": level.on_hand + quantity - compared if known else quantity,
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

    # -- reading ----------------------------------------------------------------------------------
    def _read(self, store, levels):
        """What Shopify has of these levels now: on hand, and committed."""
        for place, group in self.env["shopify.level"].union(*levels).grouped("location_id").items():
            by_item = {level.variant_id.inventory_item_id: level for level in group}
            gids = [ids.gid("InventoryItem", item) for item in by_item]
            for start in range(0, len(gids), READ):
                data = self._ask(
                    store,
                    "nodes__inventory_levels",
                    {"ids": gids[start : start + READ], "locationId": ids.gid("Location", place.shopify_id)},
                )
                for node in data["nodes"]:
                    if node and (level := by_item[ids.number(node["id"])]).variant_id.tracked != node["tracked"]:
                        level.variant_id.tracked = node["tracked"]
                    if node and node["inventoryLevel"]:
                        quantities = {q["name"]: q["quantity"] for q in node["inventoryLevel"]["quantities"]}
                        by_item[ids.number(node["id"])].write(
                            {"on_hand": quantities["on_hand"], "committed": quantities["committed"], "is_known": True}
                        )

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

        Those Shopify subtracts itself. Pieces that go out within a kit, or as another variant of the same product, it does not, nor
        those that were removed from the order there (or the whole order cancelled) while they are still reserved here.

        Counted from move lines. `stock.quant.reserved_quantity` is Odoo's cache of them, and after two transactions that met at
        one quant it stays wrong until Odoo repairs it at night (`_clean_reservations`).
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT product_id, location_id, committed_at, sold_as, SUM(pieces), SUM(LEAST(pieces, excess))
                   FROM (SELECT ml.product_id, ml.location_id, l.shopify_variant_id AS sold_as,
                                CASE WHEN o.shopify_store_id = %s THEN o.shopify_location_id END AS committed_at,
                                SUM(ml.quantity_product_uom) AS pieces,
                                -- what of the line is reserved here beyond what Shopify still has to send of it
                                GREATEST(0, SUM(SUM(ml.quantity_product_uom)) OVER (PARTITION BY l.id, ml.product_id) - CASE
                                    WHEN o.shopify_cancelled_at IS NOT NULL OR o.shopify_deleted_at IS NOT NULL THEN 0
                                    ELSE GREATEST(0, l.shopify_quantity - l.qty_delivered) END) AS excess
                         FROM stock_move_line ml
                         JOIN stock_move m ON m.id = ml.move_id AND m.state NOT IN ('done', 'cancel', 'draft')
                         LEFT JOIN sale_order_line l ON l.id = m.sale_line_id
                         LEFT JOIN sale_order o ON o.id = l.order_id
                         WHERE ml.product_id IN %s AND ml.owner_id IS NULL
                         GROUP BY ml.product_id, ml.location_id, l.id, o.id) of_lines
                   GROUP BY 1, 2, 3, 4""",
                store.id,
                tuple(variants.product_id.ids),
            )
        )
        reserved = defaultdict(lambda: ZERO)
        by_product = variants.grouped("product_id")
        locations = self.env["stock.location"].browse({row[1] for row in rows}).grouped("id")
        for product_id, location_id, committed_at, sold_as, quantity, excess in rows:
            place = self._place_of(locations[location_id], places)
            for variant in by_product[self.env["product.product"].browse(product_id)] if place else ():
                is_committed = place.id == committed_at and variant.shopify_id == sold_as
                reserved[variant, place] += self._exact(excess or 0) if is_committed else self._exact(quantity)
        return reserved

    def _shipped_not_fulfilled(self, store, variants, places):
        """Gone from here, while Shopify still counts them as on hand: their fulfillment is on its way, or waits for a person."""
        waiting = self.env["shopify.job"].search(
            [
                ("store_id", "=", store.id),
                ("flow", "=", "fulfillments_out"),
                ("state", "in", ("pending", "attention", "failed")),
                ("cause", "not in", NOT_COMMITTED),
            ]
        )
        moves = self.env["stock.move"].search(
            [
                ("picking_id", "in", waiting.mapped("res_id")),
                ("picking_id.shopify_fulfilled_at", "=", False),
                ("state", "=", "done"),
                ("product_id", "in", variants.product_id.ids),
                ("sale_line_id.shopify_line_id", "!=", False),
                ("sale_line_id.order_id.shopify_fulfillment_status", "!=", "fulfilled"),
            ]
        )
        pieces = defaultdict(lambda: ZERO)
        for (picking, line), group in moves.grouped(lambda move: (move.picking_id, move.sale_line_id)).items():
            place = line.order_id.shopify_location_id
            here = group.filtered(lambda move, place=place: self._place_of(move.location_id, places) == place)
            if variant := self._sold_as(line, here.product_id, variants):
                # What is fulfilled already lowered Shopify's on hand: a delivery may be fulfilled in part.
                told = (picking.shopify_fulfilled_pieces or {}).get(line.shopify_line_id, 0)
                pieces[variant, place] += max(ZERO, self._pieces(here, "quantity") - told)
        return pieces

    def _fulfilled_not_shipped(self, store, variants, places):
        """Fulfilled in Shopify by somebody else, while the goods still lie here."""
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id.order_id.shopify_store_id", "=", store.id),
                ("sale_line_id.order_id.shopify_fulfillment_status", "=", "fulfilled"),
                ("state", "not in", ("done", "cancel", "draft")),
                ("location_dest_id.usage", "=", "customer"),
                ("product_id", "in", variants.product_id.ids),
            ]
        )
        pieces = defaultdict(lambda: ZERO)
        for move in moves:
            place = move.sale_line_id.order_id.shopify_location_id or self._place_of(move.location_id, places)
            variant = self._sold_as(move.sale_line_id, move.product_id, variants)
            if place and variant:
                pieces[variant, place] += self._pieces(move, "product_uom_qty")
        return pieces

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
        parts = [self.env._("On hand %(pieces)s", pieces=f"{target.on_hand.normalize():f}")]
        for words, quantity in (
            (self.env._("− reserved for others %(pieces)s"), target.reserved_for_others),
            (self.env._("+ shipped, not yet told to Shopify %(pieces)s"), target.shipped_not_fulfilled),
            (self.env._("− fulfilled in Shopify, not yet shipped %(pieces)s"), target.fulfilled_not_shipped),
        ):
            if quantity:
                parts.append(words % {"pieces": f"{quantity.normalize():f}"})
        return " ".join(parts) + f" = {target.pieces}"
