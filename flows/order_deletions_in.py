"""Deleted orders, Shopify → Odoo.   orders/delete → shopify.job → here → a note on the sale.order

Key: the order id. The order stays: Odoo's papers do not vanish because Shopify's did (DESIGN 2.7). Repeating it is harmless:
what is marked stays as it is.
"""

from odoo import fields, models

from ..commerce.outcome import Done


class OrderDeletionsIn(models.AbstractModel):
    _name = "shopify.flow.order_deletions_in"
    _inherit = "shopify.flow"
    _description = "Deleted Orders from Shopify"

    _direction = "in"
    _topics = ("orders/delete",)
    _priority = 10

    def _key(self, topic, body):
        return f"order:{self._required_id(body)}"

    def _run(self, store, jobs):
        by_id = {job.key.removeprefix("order:"): job for job in jobs}
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", list(by_id))]
        )
        outcomes = dict.fromkeys(jobs, Done(None, self.env._("It was never imported: nothing changed.")))
        fresh = sales.filtered(lambda sale: not sale.shopify_deleted_at)
        fresh.write({"shopify_deleted_at": fields.Datetime.now(), "shopify_difference_accepted": False})
        note = self.env._(
            "The order was deleted in Shopify. It stays here as it is: cancel it if nothing of it is to be delivered any more."
        )
        fresh._message_log_batch(bodies={sale.id: note for sale in fresh})
        for sale in sales:
            outcomes[by_id[sale.shopify_order_id]] = Done(sale)
        for sale in fresh.filtered(lambda sale: sale.state != "cancel"):
            store._alert_responsible(sale, note)
        return outcomes
