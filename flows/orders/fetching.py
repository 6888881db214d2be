"""Orders read from Shopify by id: those that no webhook brought."""

from odoo import models

from ...commerce import ids


class OrderFetching(models.AbstractModel):
    _name = "shopify.orders.fetching"
    _description = "Shopify Orders: Fetching"

    def _fetch(self, store, order_ids):
        """The orders as Shopify has them now, in one query and one more for each further page of a long order.

        :param order_ids: at most as many as a batch of orders_in
        :return: {order id: node}; an order that Shopify does not have, or does not show us, is missing
        """
        if not order_ids:
            return {}
        asked = {"ids": [ids.gid("Order", number) for number in order_ids]}
        nodes = [node for node in self._ask(store, "nodes__orders", asked)["nodes"] if node]
        for node in nodes:
            self._read_further_lines(store, node)
        return {ids.number(node["id"]): node for node in nodes}

    def _read_further_lines(self, store, node):
        lines = node["lineItems"]
        while lines["pageInfo"]["hasNextPage"]:
            page = {"ids": [node["id"]], "after": lines["pageInfo"]["endCursor"]}
            (more,) = self._ask(store, "nodes__orders", page)["nodes"]
            lines["nodes"] += more["lineItems"]["nodes"]
            lines["pageInfo"] = more["lineItems"]["pageInfo"]
