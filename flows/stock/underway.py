"""Pieces that one side has let go and the other not yet, counted per line of an order: shipped here, fulfilled there (DESIGN 7).

For a line, S pieces left here and F are fulfilled in Shopify, whoever did either. S − F pieces are still on hand for Shopify alone,
F − S for Odoo alone. F is what the order's latest message said, or our own fulfillment since (`shopify_fulfilled_quantity`).
"""

from collections import defaultdict
from decimal import Decimal

from odoo import models

ZERO = Decimal(0)
# Why a fulfillment was not sent although the goods left, when Shopify does not keep them committed (any more).
NOT_COMMITTED = ("fulfillment_exceeds", "order_gone")
OPEN_THERE = ("unfulfilled", "partially_fulfilled", "partial")


class StockUnderway(models.AbstractModel):
    _name = "shopify.stock.underway"
    _inherit = "shopify.stock.quantities"
    _description = "Shopify Stock: Under Way"

    def _shipped_not_fulfilled(self, store, variants, parts, places):
        """{(variant, place): pieces} gone from here while Shopify still counts them as on hand, and committed."""
        moves = self.env["stock.move"].search(
            [
                ("picking_id", "in", self._pickings_untold(store, parts).ids),
                ("state", "=", "done"),
                ("product_id", "in", parts.ids),
                ("sale_line_id.shopify_line_id", "!=", False),
            ]
        )
        shipped = self._shipped(moves.sale_line_id)
        flying = self._flying(store, variants, places)
        pieces, fed = defaultdict(lambda: ZERO), self._fed(places)
        for line, group in moves.grouped("sale_line_id").items():
            place, variant = line.shopify_location_id, self._sold_as(line, variants)
            # A substitute is none of it: Shopify counts it as what was sold, and we do not.
            if not variant or not place or not self._is_sold(group, variant):
                continue
            untold = ZERO
            for picking, of_picking in group.grouped("picking_id").items():
                here = of_picking.filtered(lambda move, place=place: self._place_of(move.location_id, fed) == place)
                if here:
                    # What is fulfilled already lowered Shopify's on hand: a delivery may be fulfilled in part.
                    told = (picking.shopify_fulfilled_pieces or {}).get(line.shopify_line_id, 0)
                    untold += max(ZERO, self._gone(picking, line, here, variant) - told)
            # Somebody may have fulfilled some of them in Shopify by hand, and what was never ordered is not committed there.
            fulfilled = self._fulfilled(line)
            left = min(untold, shipped[line] - fulfilled, Decimal(str(line.product_uom_qty)) - fulfilled)
            pieces[variant, place] += max(ZERO, left - flying[line, variant, place])
        return pieces

    def _pickings_untold(self, store, parts):
        """Deliveries that Shopify has not been told of, or not wholly."""
        if store.push_fulfillments:
            waiting = self.env["shopify.job"].search(
                [
                    ("store_id", "=", store.id),
                    ("flow", "=", "fulfillments_out"),
                    ("state", "in", ("pending", "attention", "failed")),
                    ("cause", "not in", NOT_COMMITTED),
                ]
            )
            domain = [("id", "in", waiting.mapped("res_id"))]
        else:
            # Somebody else tells Shopify. Until then it keeps committed what left here, which must not be subtracted twice.
            domain = [
                ("shopify_store_id", "=", store.id),
                ("state", "=", "done"),
                ("sale_id.shopify_fulfillment_status", "in", (*OPEN_THERE, False)),
                ("move_ids.product_id", "in", parts.ids),
            ]
        untold = [("shopify_fulfilled_at", "=", False), ("sale_id.shopify_cancelled_at", "=", False)]
        return self.env["stock.picking"].search(domain + untold)

    def _fulfilled_not_shipped(self, store, variants, parts, places):
        """{(variant, place): pieces} fulfilled in Shopify by somebody else, while the goods still lie here."""
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id.order_id.shopify_store_id", "=", store.id),
                "|",
                ("sale_line_id.shopify_fulfilled_quantity", ">", 0),
                ("sale_line_id.order_id.shopify_fulfillment_status", "=", "fulfilled"),
                ("state", "not in", ("done", "cancel", "draft")),
                ("location_dest_id.usage", "=", "customer"),
                ("product_id", "in", parts.ids),
            ]
        )
        shipped = self._shipped(moves.sale_line_id)
        pieces, fed = defaultdict(lambda: ZERO), self._fed(places)
        for line, group in moves.grouped("sale_line_id").items():
            place = line.shopify_location_id or self._place_of(group[0].location_id, fed)
            variant = self._sold_as(line, variants)
            if not place or not variant or not self._is_sold(group, variant):
                continue
            if group.product_id == variant.product_id:
                still_here = self._pieces(group, "product_uom_qty")
            else:
                still_here = self._exact(line.product_uom_qty) - shipped[line]
            pieces[variant, place] += max(ZERO, min(self._fulfilled(line) - shipped[line], still_here))
        for line in self._fulfilled_of_quotations(store, variants):
            # One that names no location was imported long ago, or is committed at several: its pieces are gone all the same.
            place = line.shopify_location_id or line.order_id.shopify_location_id
            variant = self._sold_as(line, variants)
            if variant and place:
                pieces[variant, place] += self._fulfilled(line)
        return pieces

    def _fulfilled_of_quotations(self, store, variants):
        """Lines of orders that are held here, or left as quotations, and were sent out in Shopify nevertheless."""
        return self.env["sale.order.line"].search(
            [
                ("order_id.shopify_store_id", "=", store.id),
                ("order_id.shopify_is_history", "=", False),
                ("state", "in", ("draft", "sent")),
                ("shopify_fulfilled_quantity", ">", 0),
                ("product_id", "in", variants.product_id.ids),
            ]
        )

    def _fulfilled(self, line):
        """F: an order that is fulfilled as a whole counts as such, also where its lines were never told."""
        quantity = Decimal(line.shopify_fulfilled_quantity)
        if line.order_id.shopify_fulfillment_status == "fulfilled":
            return max(quantity, Decimal(str(line.product_uom_qty)))
        return quantity

    def _shipped(self, lines):
        """{line: S}. Pieces that came back are on hand again and were sent out all the same; kits count as whole ones."""
        shipped = defaultdict(lambda: ZERO)
        done = lines.move_ids.filtered(lambda move: move.state == "done" and move.location_dest_id.usage == "customer")
        for line, moves in done.grouped("sale_line_id").items():
            if moves.product_id == line.product_id:
                shipped[line] = self._pieces(moves, "quantity")
            else:
                shipped[line] = self._exact(line.qty_delivered)
        return shipped

    def _is_sold(self, moves, variant):
        """Whether these goods are the article itself, or the parts of a kit."""
        return moves.product_id == variant.product_id or ("bom_line_id" in moves._fields and bool(moves.bom_line_id))

    def _gone(self, picking, line, moves, variant):
        if moves.product_id == variant.product_id:
            return self._pieces(moves, "quantity")
        return Decimal(picking._shopify_shipped().get(line.shopify_line_id, 0))  # whole kits

    def _flying(self, store, variants, places):
        """{(line, variant, place): pieces} of fulfillments whose answer nobody has noted yet, where they may be counted already.

            fulfillments_out   call noted ──▶ Shopify takes 2 off on hand ──▶ answer noted, belief follows
            stock_out                                      reads on hand ──▶ would add the same 2 as "not yet told"

        Until it is settled such pieces are not added. A level that was not read meanwhile needs no such care: if Shopify took
        them, what we compare with is no longer true, and nothing is set.
        """
        calls = self.env["shopify.call"].search(
            [("store_id", "=", store.id), ("document", "=", "fulfillment_create"), ("state", "=", "sent")]
        )
        flying = defaultdict(lambda: ZERO)
        wanted = defaultdict(list)
        for call in calls:
            for line_id, pieces in ((call.before or {}).get("pieces") or {}).items():
                wanted[line_id].append((call.sent_at, pieces))
        if not wanted:
            return flying
        lines = self.env["sale.order.line"].search(
            [("shopify_line_id", "in", list(wanted)), ("order_id.shopify_store_id", "=", store.id)]
        )
        levels = self.env["shopify.level"].search(
            [("variant_id", "in", variants.ids), ("location_id", "in", lines.shopify_location_id.ids)]
        )
        by_key = {(level.variant_id.shopify_id, level.location_id): level for level in levels}
        for line in lines:
            level = by_key.get((line.shopify_variant_id, line.shopify_location_id))
            for since, pieces in wanted[line.shopify_line_id]:
                if level and level._may_be_read_since(since):
                    flying[line, level.variant_id, level.location_id] += pieces
        return flying
