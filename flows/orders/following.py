"""An order that is confirmed already: its statuses follow Shopify, its amounts never change silently."""

from odoo import models

from ...commerce.outcome import Done, NeedsPerson
from .values import QUIET


class OrderFollowing(models.AbstractModel):
    _name = "shopify.orders.following"
    _inherit = ["shopify.orders.amounts", "shopify.orders.fulfilled"]
    _description = "Shopify Orders: What Comes After"

    def _follow(self, sale, one, charges, job):
        """Statuses follow Shopify; amounts of a confirmed order are never changed silently."""
        values = self._prepare_status(one, job)
        sale.write(values)
        self._note_fulfilled(sale, one)
        if one.cancelled_at:
            # Also where the goods have left already: Shopify keeps nothing committed for them any more.
            self.env["shopify.job"]._mark_stock(product_ids=sale.order_line.product_id.ids)
        if sale.state == "cancel":
            return Done(sale)
        if one.cancelled_at:
            # Whatever message says so: a later one takes the place of the first. Unless a person has set it aside.
            return Done(sale) if self._is_set_aside(job, "cancelled_after_shipping") else self._cancel(sale)
        if self._quantities(sale) == self._charged_quantities(charges):
            if self._same(sale.currency_id, sale.shopify_total, charges.total):
                return Done(sale)
            if self._same(sale.currency_id, sale.amount_total, charges.total):  # a person followed the edit
                sale.write({"shopify_total": charges.total, "shopify_total_tax": charges.tax})
                return Done(sale)
        return NeedsPerson(
            "order_edited",
            self.env._(
                "%(order)s was edited in Shopify after it was confirmed here: its total was %(before)s and is %(after)s now. "
                "Change the order here by hand, then set this aside.",
                order=sale.shopify_order_name,
                before=self._amount(sale.shopify_total, sale.currency_id),
                after=self._amount(charges.total, sale.currency_id),
            ),
            record=sale,
        )

    def _is_set_aside(self, job, cause):
        return bool(
            job.search_count(
                [
                    ("store_id", "=", job.store_id.id),
                    ("key", "=", job.key),
                    ("state", "=", "skipped"),
                    ("cause", "=", cause),
                ],
                limit=1,
            )
        )

    def _quantities(self, sale):
        return sorted(
            (line.shopify_line_id, int(line.product_uom_qty))
            for line in sale.order_line
            if line.shopify_kind in ("product", "gift_card") and line.shopify_line_id
        )

    def _charged_quantities(self, charges):
        return sorted(
            (line.line_id, line.quantity)
            for line in charges.lines
            if line.kind in ("product", "gift_card") and line.line_id
        )

    def _cancel(self, sale):
        if sale.picking_ids.filtered(lambda picking: picking.state == "done") or sale.invoice_ids.filtered(
            lambda move: move.state == "posted"
        ):
            return NeedsPerson(
                "cancelled_after_shipping",
                self.env._(
                    "%(order)s was cancelled in Shopify, but here it is shipped or invoiced already. Take the goods back or "
                    "make a credit note, then set this aside.",
                    order=sale.shopify_order_name,
                ),
                record=sale,
            )
        if sale.locked:
            sale.action_unlock()
        sale.with_context(**QUIET, disable_cancel_warning=True).action_cancel()
        sale.message_post(body=self.env._("Cancelled in Shopify."))
        return Done(sale)
