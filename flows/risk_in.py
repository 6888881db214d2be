"""Fraud risk of orders, Shopify → Odoo.   orders/risk_assessment_changed → shopify.job → here → sale.order

Key: the order's, in line with everything else about it. Repeating it is harmless: the level is computed anew from all
messages about the order, which stay in the queue for a month. One that comes before its order is found there by orders_in.
No call to Shopify: the message carries its level.
"""

from odoo import models

from ..commerce import ids
from ..commerce.outcome import Done


class RiskIn(models.AbstractModel):
    _name = "shopify.flow.risk_in"
    _inherit = ["shopify.flow", "shopify.orders.rules"]
    _description = "Fraud Risk from Shopify"

    _direction = "in"
    _topics = ("orders/risk_assessment_changed",)
    _priority = 10
    # What an order waits for (a tax, an article, its release) says nothing about its risk.
    _builds_on = False

    def _key(self, topic, body):
        number = ids.number(body.get("order_id")) or ids.number(body.get("admin_graphql_api_order_id"))
        if number is None:
            raise ValueError("the body has no order id")
        return f"order:{number}"

    def _run(self, store, jobs):
        order_ids = {job.key.removeprefix("order:") for job in jobs}
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", list(order_ids))]
        )
        by_id = {sale.shopify_order_id: sale for sale in sales}
        levels = self._risks_told(store, order_ids)
        changed = sales.filtered(lambda sale: (sale.shopify_risk or None) != levels.get(sale.shopify_order_id))
        for level, alike in changed.grouped(lambda sale: levels.get(sale.shopify_order_id)).items():
            alike.write({"shopify_risk": level or False})
        waiting = self._waiting_for_release(store, jobs)
        outcomes = {}
        for job in jobs:
            sale = by_id.get(job.key.removeprefix("order:"), sales.browse())
            if not sale:
                outcomes[job] = Done(note=self.env._("The order is not here (yet)."))
            elif sale.shopify_hold_cause == "risk_high" and job.key in waiting:
                outcomes[job] = Done(sale, self.env._("The order is held for its risk already."))
            else:
                outcomes[job] = self._hold(store, sale)
        # A rule may ask for the risk: what one left as a quotation is read again with what is known now.
        (changed.filtered("shopify_waits_because") - sales.filtered("shopify_hold_cause"))._shopify_read_again()
        return outcomes

    def _waiting_for_release(self, store, jobs):
        """The keys of orders of which another message tells already that somebody is to look at their risk."""
        return set(
            self.env["shopify.job"]
            .search(
                [
                    ("store_id", "=", store.id),
                    ("key", "in", jobs.mapped("key")),
                    ("state", "=", "attention"),
                    ("cause", "=", "risk_high"),
                    ("id", "not in", jobs.ids),
                ]
            )
            .mapped("key")
        )

    def _hold(self, store, sale):
        """Hold what is not on its way yet; what is held for its amounts keeps that reason, its risk is looked at after it."""
        why = self._why_risky(store, sale, sale.shopify_risk)
        if not why or sale.state == "cancel" or sale.shopify_hold_cause not in (False, "risk_high"):
            return Done(sale)
        open_pickings = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        if sale.state == "sale" and sale.picking_ids and not open_pickings:
            return Done(sale, self.env._("The risk is high now, but the order is shipped already."))
        sale.write({"shopify_hold_cause": why.cause, "shopify_hold_reason": why.why})
        return why
