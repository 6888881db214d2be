"""Fulfillment orders, Shopify → Odoo.   fulfillment_orders/moved|split|… → shopify.job → here → sale.order.line, stock_out

Where Shopify has the pieces of each line committed, when that changes after the order was imported. Key: the fulfillment order.
Repeating it is harmless: a body says only that something happened, and the orders are read as they are now, in one query a batch.
A store with one mapped location asks nothing.
"""

from odoo import models

from ..commerce import ids
from ..commerce.outcome import Done

CHANGED = ("moved", "split", "merged", "order_routing_complete")


class RoutingIn(models.AbstractModel):
    _name = "shopify.flow.routing_in"
    _inherit = ["shopify.flow", "shopify.orders.lookups"]
    _description = "Where Shopify Fulfills Orders"

    _direction = "in"
    _topics = tuple(f"fulfillment_orders/{change}" for change in CHANGED)
    _feature = "deliveries"
    _priority = 30  # before stock, after the orders themselves
    _batch = 50
    _coalesces = True

    def _key(self, topic, body):
        number = ids.number(self._fulfillment_order(body).get("id"))
        if number is None:
            raise ValueError("the body names no fulfillment order")
        return f"fulfillment_order:{number}"

    def _fulfillment_order(self, body):
        """Each topic names it otherwise; a moved one is what is left where it was, or the whole."""
        for name in ("fulfillment_order", "moved_fulfillment_order", "original_fulfillment_order"):
            if isinstance(body.get(name), dict):
                return body[name]
        return {}

    def _run(self, store, jobs):
        places = store.location_ids._pushable()
        if len(places) <= 1:
            return dict.fromkeys(jobs, Done(None, self.env._("The store has one mapped location: nothing to follow.")))
        gids = [ids.gid("FulfillmentOrder", job.key.split(":")[1]) for job in jobs]
        wishes = {}
        for node in filter(None, self._ask(store, "nodes__fulfillment_orders_of_orders", {"ids": gids})["nodes"]):
            order = node["order"]
            wishes[ids.number(order["id"])] = order["fulfillmentOrders"]["nodes"]
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", list(wishes))]
        )
        moved = self.env["sale.order.line"]
        for sale in sales:
            by_line = self._places_of_lines(places, wishes[sale.shopify_order_id])
            for line in sale.order_line.filtered(lambda line, by_line=by_line: line.shopify_line_id in by_line):
                if line.shopify_location_id != by_line[line.shopify_line_id]:
                    line.shopify_location_id = by_line[line.shopify_line_id]
                    moved |= line
        if moved:
            self.env["shopify.job"]._mark_stock(product_ids=moved.product_id.ids)
        return None
