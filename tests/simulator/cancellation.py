"""Cancelling an order, and the job that tells how it went."""

import copy
import uuid

from . import fulfillment_orders
from .money import ZERO
from .nodes import Node, local
from .payments import Refund, refund_body
from .roots import Refused, mutation, query, user_error


def cancel(order, *, reason, restock, refund, note=None):
    """What a cancellation does (recorded, FACTS 74): open pieces released, amounts to zero, money back if wanted."""
    shop, c = order.shop, order.currencies
    order.staff_note = note
    now = local(shop, shop.now())
    fulfillment_orders.release(order, restock=restock)
    received = order.counted("SALE", "CAPTURE") - order.counted("REFUND")
    pieces = [(line, line.body.get("fulfillable_quantity") or 0) for line in order.lines]
    back = None
    if refund and received.presentment:
        sale = next(t for t in order.payments if t.kind in ("SALE", "CAPTURE"))
        back = order.add_transaction("refund", received, gateway=sale.gateway, parent=sale)
    if any(count for _, count in pieces):
        body = refund_body(order, pieces, back, restock=restock, note=note)
        order.returned.append(Refund(order, body))
        order.body.setdefault("refunds", []).append(body)
    for line, count in pieces:
        line.body["current_quantity"] = line.current_quantity - count
        line.body["fulfillable_quantity"] = 0
    before = order.body.get("financial_status")
    status = "refunded" if back else "voided" if before and not received.presentment else before
    order.body.update(
        cancelled_at=now,
        closed_at=now,
        cancel_reason=reason.lower(),
        financial_status=status,
        total_outstanding=c.text(ZERO),
        current_shipping_price_set=c.set(ZERO),
    )
    for key in ("total_price", "subtotal_price", "total_tax", "total_discounts"):
        order.body.update(c.pair(f"current_{key}", ZERO))
    order.touch()
    shop.emit("orders/cancelled", order.document())
    shop.emit("orders/updated", order.document())
    if order.returned:
        shop.emit("refunds/create", copy.deepcopy(order.returned[-1].body))


class CancelJob(Node):
    """`jobResult` of an order's cancellation, polled with node(id:)."""

    typename = "OrderCancelJobResult"
    done, status, errors = True, "SUCCEEDED", ()

    def __init__(self, order):
        super().__init__(order.shop)
        self.order = order


@mutation("orderCancel")
def order_cancel(shop, *, order_id, reason, restock, refund=None, refund_method=None, staff_note=None):
    """Asynchronous: the answer says STARTED and the job says how it ended (SHOPIFY_API 15)."""

    def refused(field, text, code="INVALID"):
        return {"orderCancelUserErrors": [user_error([field], text, code)], "userErrors": [user_error([field], text)]}

    order = shop.find(order_id, "Order")
    if order is None:
        return refused("orderId", "Order does not exist", "NOT_FOUND")
    if staff_note and len(staff_note) > 255:
        return refused("staffNote", "Staff note is too long. Maximum length is 255 characters.")
    if refund is not None and refund_method is not None:
        return refused("refund", "Only one of the arguments `refund` or `refund_method` is allowed.")
    if order.cancelled_at:
        return refused("orderId", "Cannot cancel an order that has already been canceled")
    money_back = bool(refund) or bool((refund_method or {}).get("originalPaymentMethodsRefund"))
    cancel(order, reason=reason, restock=restock, refund=money_back, note=staff_note)
    job = CancelJob(order)
    started = {"id": job.id, "done": False, "status": "STARTED", "errors": [], "order": None}
    number = str(uuid.UUID(int=job.number))
    return {
        "job": {"id": f"gid://shopify/Job/{number}", "done": False},
        "jobResult": started,
        "orderCancelUserErrors": [],
        "userErrors": [],
    }


@query("job")
def job(shop, *, id):
    """Jobs of this shop are done by the time anyone asks."""
    if not id.startswith("gid://shopify/Job/"):
        raise Refused(f"Invalid id: {id}", "RESOURCE_NOT_FOUND")
    return {"id": id, "done": True}
