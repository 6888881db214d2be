"""How many pieces of each line Shopify counts as shipped: said by each order body, whoever fulfilled them there."""

from odoo import models


class OrderFulfilled(models.AbstractModel):
    _name = "shopify.orders.fulfilled"
    _description = "Shopify Orders: Fulfilled There"

    def _shipped_in_shopify(self, one):
        """{Shopify's line id: pieces in fulfillments that stand}; lines of which the body says nothing are missing."""
        return {line.id: line.shipped for line in one.lines if line.shipped is not None}

    def _fulfilled_between(self, one, known_until):
        """(not before, not after), by our clock, for pieces fulfilled that were not known: after what we knew, and by what the
        body says of its fulfillments. They may be cancelled ones.
        """
        since = max(filter(None, (known_until, one.fulfilled_from)), default=None)
        return self.env["shopify.level"]._by_our_clock(since, one.fulfilled_until or one.updated_at)

    def _note_fulfilled(self, sale, one, known_until, laid=None):
        """Follow the body: how many pieces of each line Shopify counts as shipped.

        A body from before a fulfillment of ours does not know of it yet; `updated_at` has whole seconds, so within one the
        larger number is the newer.

        :param known_until: what was fulfilled until then was known before, on each line
        :param laid: the lines that an edit has just laid, if it is about them: nothing of them was fulfilled by us
        :return: what became known by it, for `shopify.level._follow_fulfilled`
        """
        ours = sale.shopify_fulfillments_at
        if ours and one.updated_at and one.updated_at < ours and laid is None:
            return []
        shipped = self._shipped_in_shopify(one)
        between, more = self._fulfilled_between(one, known_until), []
        for line in (sale.order_line if laid is None else laid).filtered(lambda line: line.shopify_line_id in shipped):
            known, told = line.shopify_fulfilled_quantity, shipped[line.shopify_line_id]
            if ours and ours == one.updated_at:
                told = max(told, known)
            if told != known:
                line.shopify_fulfilled_quantity = told
                more.append((line, told - known, *between))
        return more

    def _follow_levels(self, fulfilled):
        """Shopify took the pieces off its `on_hand` (DESIGN 7): what we believe of it follows, and is compared anew.

        :param fulfilled: [(sale.order.line, pieces more, not before, not after)]
        """
        if fulfilled:
            self.env["shopify.level"]._follow_fulfilled(fulfilled)
            lines = self.env["sale.order.line"].union(*(line for line, *_rest in fulfilled))
            self.env["shopify.job"]._mark_stock(product_ids=lines.product_id.ids)

    def _believe_fulfilled(self, sales, known):
        """Orders that were fulfilled, in whole or in part, when we first heard of them: sold at a till, or by another app.

        :param sales: {sale.order: commerce Order}
        :param known: {sale.order: {Shopify's line id: pieces known before}} of those whose lines were laid anew
        """
        fulfilled = []
        for sale, one in sales.items():
            before, between = known.get(sale, {}), self._fulfilled_between(one, one.created_at)
            for line in sale.order_line:
                more = line.shopify_fulfilled_quantity - before.get(line.shopify_line_id, 0)
                if more:
                    fulfilled.append((line, more, *between))
        if fulfilled:
            self.env["shopify.level"]._follow_fulfilled(fulfilled)
