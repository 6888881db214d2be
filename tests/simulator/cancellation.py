"""Cancelling an order, and the job that tells how it went."""

import copy

from . import fulfillment_orders, jobs
from .money import ZERO
from .nodes import Node, local
from .payments import Refund, refund_body
from .roots import mutation, user_error


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
    if order.authorized().presentment:
        # With or without money back (SHOPIFY_API 15; a void has the amount 0: recorded, FACTS 79).
        held = next(one for one in order.payments if one.kind == "AUTHORIZATION")
        order.add_transaction("void", ZERO, gateway=held.gateway, parent=held)
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

    def __init__(self, order, work):
        super().__init__(order.shop)
        self.order, self.job = order, jobs.Job(order.shop, work)

    @property
    def done(self):
        return self.job.done

    @property
    def status(self):
        return "FAILED" if self.job.error else "SUCCEEDED" if self.job.done else "STARTED"

    @property
    def errors(self):
        return [user_error(None, *self.job.error)] if self.job.error else []


def _refusal(order, staff_note, refund, refund_method):
    if order is None:
        return "orderId", "Order does not exist", "NOT_FOUND"
    if staff_note and len(staff_note) > 255:
        return "staffNote", "Staff note is too long. Maximum length is 255 characters.", "INVALID"
    if refund is not None and refund_method is not None:
        return "refund", "Only one of the arguments `refund` or `refund_method` is allowed.", "INVALID"
    if order.cancelled_at:
        return "orderId", "Cannot cancel an order that has already been canceled", "INVALID"
    return None


@mutation("orderCancel")
def order_cancel(
    shop, *, order_id, reason, restock, refund=None, refund_method=None, notify_customer=False, staff_note=None
):
    """Asynchronous: the answer says STARTED and the job says how it ended (SHOPIFY_API 15)."""
    order = shop.find(order_id, "Order")
    if refused := _refusal(order, staff_note, refund, refund_method):
        field, text, code = refused
        return {"orderCancelUserErrors": [user_error([field], text, code)], "userErrors": [user_error([field], text)]}
    money_back = bool(refund) or bool((refund_method or {}).get("originalPaymentMethodsRefund"))
    order.customer_was_told = bool(notify_customer)

    def work():
        # Somebody else may have cancelled it meanwhile.
        if not order.cancelled_at:
            cancel(order, reason=reason, restock=restock, refund=money_back, note=staff_note)

    result = CancelJob(order, work)
    return {
        "job": jobs.started(result.job),
        "jobResult": {"id": result.id, "done": False, "status": "STARTED", "errors": [], "order": None},
        "orderCancelUserErrors": [],
        "userErrors": [],
    }
