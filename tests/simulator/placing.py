"""Placing an order: the payment, the fulfillment orders with their stock, and the webhooks that tell of it."""

import copy
from datetime import timedelta

from . import customers, fulfillment, fulfillment_orders
from .orders import Order


def placed(shop, body, transactions=None, claim=True, sold_at=None) -> Order:
    """An order of this shop begins: stock is committed, fulfillment orders are made, webhooks go out.

    :param transactions: [(kind, Money, gateway, status)]; None: what the financial status says
    :param claim: False: the pieces are not taken from what is available
    :param sold_at: a Location: the buyer took everything along there
    """
    return _begin(shop, body, body["id"], shop.now(), transactions, claim, sold_at)


def from_body(shop, body: dict) -> Order:
    """:raises ValueError: when an order with this id is already in the shop"""
    given = body.get("id")
    number = given if isinstance(given, int) and not isinstance(given, bool) else shop.next_id()
    if ("Order", str(number)) in shop.nodes:
        raise ValueError(f"order {number} is already in the shop")
    return _begin(shop, copy.deepcopy(body), number, shop.now())


def _begin(shop, body, number, now, transactions=None, claim=True, sold_at=None) -> Order:
    first = copy.deepcopy(body)
    order = Order(shop, body, number)
    given = body.get("customer")
    if isinstance(given, dict) and given.get("id") and ("Customer", str(given["id"])) not in shop.nodes:
        customers.Customer(shop, {**given, "default_address": given.get("default_address")}, number=given["id"])
    if transactions is None:
        _pay(order)
    for kind, amount, gateway, status in transactions or ():
        order.add_transaction(kind, amount, gateway=gateway, status=status)
    fulfillment_orders.route(order, claim, sold_at)
    if sold_at is not None:
        fulfillment.by_hand(order, told=False)
        first = order.document()
    if shop.routing is not None:
        order.routed_at = now + timedelta(seconds=shop.routing)
    shop.emit("orders/create", first)
    if body.get("financial_status") == "paid":
        shop.emit("orders/paid", first)
    if shop.updated_echo:
        shop.emit("orders/updated", first)
    return order


def _pay(order):
    paid, due = order.body.get("financial_status"), order.amount("total_price")
    names = order.payment_gateway_names
    if not due or not due.presentment or paid not in ("paid", "partially_refunded", "refunded", "authorized"):
        return
    kind = "authorization" if paid == "authorized" else "sale"
    order.add_transaction(kind, due, gateway=names[0] if names else "manual")
