"""Transactions and refunds of an order (SHOPIFY_API 13.6, 13.7)."""

from . import totals
from .lines import Part
from .money import ZERO, Money, exact, rounded, total
from .nodes import Node, local
from .schema import utc


def transaction_body(order, kind, amount, *, gateway, parent, status) -> dict:
    """:param amount: Money; the body carries it in the buyer's currency"""
    shop, c = order.shop, order.currencies
    number, now = shop.next_id(), local(shop, shop.now())
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/OrderTransaction/{number}",
        "order_id": order.number,
        "kind": kind,
        "gateway": gateway,
        "status": status,
        "amount": format(rounded(amount.presentment, c.presentment), "f"),
        "currency": c.presentment,
        "amount_set": c.set(amount),
        "parent_id": parent.number if parent else None,
        "created_at": now,
        "processed_at": now,
        "test": bool(order.body.get("test")),
        "source_name": order.body.get("source_name") or "web",
        "payment_id": f"{order.name}.1",
        "error_code": None,
        "message": None,
    }


class Transaction(Part, Node):
    typename = "OrderTransaction"
    manually_capturable = multi_capturable = False
    fees = ()

    def __init__(self, order, body):
        Part.__init__(self, order, body)
        Node.__init__(self, order.shop, body["id"])

    @property
    def kind(self):
        return self.body["kind"].upper()

    @property
    def status(self):
        return self.body["status"].upper()

    @property
    def amount(self) -> Money:
        return self.money("amount")

    @property
    def amount_set(self):
        return self.bag("amount")

    @property
    def amount_rounding_set(self):
        return None

    total_unsettled_set = shopify_payments_set = amount_rounding_set
    currency_exchange_adjustment = payment_details = None

    @property
    def gateway(self):
        return self.body["gateway"]

    @property
    def formatted_gateway(self):
        return (self.gateway or "").replace("_", " ").capitalize()

    @property
    def manual_payment_gateway(self):
        return self.gateway == "manual"

    @property
    def processed_at(self):
        return utc(self.body["processed_at"])

    @property
    def parent_transaction(self):
        return self.shop.nodes.get((self.typename, str(self.body["parent_id"])))


def _refunded(order, line, count, restock) -> dict:
    """Pieces of a line taken back: pro rata, each tax by itself; the last ones get what is left of the line."""
    c, quantity = order.currencies, line.quantity or 1
    before = [
        one
        for refund in order.body.get("refunds") or ()
        for one in refund.get("refund_line_items") or ()
        if one.get("line_item_id") == line.number
    ]
    own, taxes = totals.net(c, line.body), totals.taxed(c, line.body)
    if sum(one["quantity"] for one in before) + count >= quantity:
        subtotal = own - total(totals.read(c, one, "subtotal") for one in before)
        tax = taxes - total(totals.read(c, one, "total_tax") for one in before)
    else:
        rows = line.body.get("tax_lines") or ()
        subtotal = totals.part(c, own, count, quantity)
        tax = total(totals.part(c, totals.read(c, row, "price"), count, quantity) for row in rows)
    return {
        "id": order.shop.next_id(),
        "line_item_id": line.number,
        "location_id": None,
        "quantity": count,
        "restock_type": "cancel" if restock else "no_restock",
        "subtotal": float(subtotal.shop),
        "subtotal_set": c.set(subtotal),
        "total_tax": float(tax.shop),
        "total_tax_set": c.set(tax),
        "line_item": dict(line.body),
    }


def refund_body(order, pieces, transaction, *, restock, note) -> dict:
    """:param pieces: [(LineItem, quantity taken back)]; transaction: the money given back, or None"""
    shop = order.shop
    number, now = shop.next_id(), local(shop, shop.now())
    lines = [_refunded(order, line, count, restock) for line, count in pieces if count]
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Refund/{number}",
        "order_id": order.number,
        "created_at": now,
        "processed_at": now,
        "note": note,
        "restock": restock,
        "user_id": None,
        "return": None,
        "duties": [],
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "refund_line_items": lines,
        "transactions": [transaction.body] if transaction else [],
    }


class Refund(Part, Node):
    typename = "Refund"

    def __init__(self, order, body):
        Part.__init__(self, order, body)
        Node.__init__(self, order.shop, body.get("id"))
        self.created_at = utc(body.get("created_at")) or self.created_at
        self.updated_at = self.processed_at = utc(body.get("processed_at")) or self.created_at

    def _lines(self):
        return self.body.get("refund_line_items") or ()

    @property
    def refund_line_items(self):
        by_number = {line.number: line for line in self.order.lines}
        return [
            {
                "id": f"gid://shopify/RefundLineItem/{one.get('id')}",
                "lineItem": by_number.get(one.get("line_item_id")),
                "quantity": one.get("quantity") or 0,
                "restockType": (one.get("restock_type") or "no_restock").upper(),
                "restocked": one.get("restock_type") not in (None, "no_restock"),
                "priceSet": by_number[one["line_item_id"]].bag("price")
                if one.get("line_item_id") in by_number
                else None,
                "subtotalSet": self.order.currencies.bag(self.order.currencies.read(one, "subtotal") or ZERO),
                "totalTaxSet": self.order.currencies.bag(self.order.currencies.read(one, "total_tax") or ZERO),
                "location": self.shop.nodes.get(("Location", str(one.get("location_id")))),
            }
            for one in self._lines()
        ]

    @property
    def transactions(self):
        known = (
            self.shop.nodes.get(("OrderTransaction", str(t.get("id")))) for t in self.body.get("transactions") or ()
        )
        return [t for t in known if t is not None]

    @property
    def total_refunded_set(self):
        amounts = []
        for one in self.body.get("transactions") or ():
            if one.get("kind") == "refund" and one.get("status") == "success":
                value = exact(one.get("amount") or 0)
                amounts.append(self.order.currencies.read(one, "amount") or Money(value, value))
        return self.order.currencies.bag(total(amounts))

    return_ = None
    order_adjustments = refund_shipping_lines = ()
