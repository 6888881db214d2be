"""An order that went through: its statuses follow Shopify, and so do edits (edits.py) and cancellations."""

from odoo import models

from ...commerce.outcome import Done, NeedsPerson
from .values import QUIET


class OrderFollowing(models.AbstractModel):
    _name = "shopify.orders.following"
    _inherit = ["shopify.orders.edits", "shopify.orders.fulfilled", "shopify.orders.handover"]
    _description = "Shopify Orders: What Comes After"

    def _follow(self, store, followed):
        """Statuses follow Shopify; a cancellation and an edit are taken over as far as nothing has left the house.

        :param followed: {job: (sale.order, commerce Order, Charges)}
        :return: {job: Outcome}
        """
        outcomes, edited, fulfilled = {}, {}, []
        lines = {sale: sale.order_line for sale, _one, _charges in followed.values()}
        for job, (sale, one, charges) in followed.items():
            known_until = sale._shopify_fulfilled_known_until()
            sale.write(self._prepare_status(one, job))
            fulfilled += self._note_fulfilled(sale, one, known_until)
            if one.cancelled_at:
                # Also where the goods have left already: Shopify keeps nothing committed for them any more.
                self.env["shopify.job"]._mark_stock(product_ids=sale.order_line.product_id.ids)
            if sale.state == "cancel":
                outcomes[job] = Done(sale)
            elif one.cancelled_at:
                # Whatever message says so: a later one takes the place of the first. Unless a person has set it aside.
                is_settled = self._is_set_aside(job, "cancelled_after_shipping")
                outcomes[job] = Done(sale) if is_settled else self._cancel(sale)
            else:
                edited[job] = (sale, one, charges)
        outcomes.update(self._edit(store, edited))
        for sale, one, _charges in edited.values():
            fulfilled += self._note_fulfilled(sale, one, None, laid=sale.order_line - lines[sale])
        self._follow_levels(fulfilled)
        self._hand_over_late(self.env["sale.order"].union(*(sale for sale, _one, _charges in edited.values())))
        return outcomes

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

    def _cancel(self, sale):
        """Cancel the order and what of it has not left. What has, or stands on an invoice, is a person's to take back."""
        if sale.shopify_cancel_state:
            sale.write({"shopify_cancel_state": "cancelled", "shopify_cancel_message": False})
        if sale.shopify_hold_cause:
            sale.write({"shopify_hold_cause": False, "shopify_hold_reason": False})  # it waits for nobody any more
        shipped = sale.picking_ids.filtered(lambda picking: picking.state == "done")
        if shipped or sale.invoice_ids.filtered(lambda move: move.state == "posted"):
            waiting = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            if waiting:
                waiting.action_cancel()
                sale.message_post(
                    body=self.env._(
                        "Cancelled in Shopify: %(pickings)s will not be shipped any more.",
                        pickings=", ".join(waiting.mapped("name")),
                    )
                )
            sale.shopify_difference_accepted = False
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
