"""How many pieces of each line Shopify counts as shipped: said by each order body, whoever fulfilled them there."""

from odoo import models


class OrderFulfilled(models.AbstractModel):
    _name = "shopify.orders.fulfilled"
    _description = "Shopify Orders: Fulfilled There"

    def _shipped_in_shopify(self, one):
        """{Shopify's line id: pieces in fulfillments that stand}; lines of which the body says nothing are missing."""
        return {line.id: line.shipped for line in one.lines if line.shipped is not None}

    def _note_fulfilled(self, sale, one):
        """Follow the body, and what we believe of Shopify's levels with it: Shopify took the pieces off `on_hand` (DESIGN 7).

        A body from before a fulfillment of ours does not know of it yet; `updated_at` has whole seconds, so within one the
        larger number is the newer.
        """
        ours = sale.shopify_fulfillments_at
        if ours and one.updated_at and one.updated_at < ours:
            return
        shipped = self._shipped_in_shopify(one)
        more, changed = {}, sale.order_line.browse()
        for line in sale.order_line.filtered(lambda line: line.shopify_line_id in shipped):
            known, told = line.shopify_fulfilled_quantity, shipped[line.shopify_line_id]
            if ours and ours == one.updated_at:
                told = max(told, known)
            if told != known:
                line.shopify_fulfilled_quantity = told
                more[line] = told - known
                changed |= line
        if changed:
            self.env["shopify.level"]._follow_fulfilled(more, one.updated_at, one.updated_at)
            self.env["shopify.job"]._mark_stock(product_ids=changed.product_id.ids)

    def _believe_fulfilled(self, sales, known):
        """Orders that were fulfilled, in whole or in part, when we first heard of them: sold at a till, or by another app.

        :param known: {sale.order: {Shopify's line id: pieces known before}} of those whose lines were laid anew
        """
        for sale in sales:
            before = known.get(sale, {})
            shipped = {
                line: line.shopify_fulfilled_quantity - before.get(line.shopify_line_id, 0) for line in sale.order_line
            }
            if shipped := {line: pieces for line, pieces in shipped.items() if pieces}:
                self.env["shopify.level"]._follow_fulfilled(shipped, sale.shopify_updated_at, sale.shopify_updated_at)
