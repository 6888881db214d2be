"""Holding fulfillment orders and releasing them (recorded, FACTS 89, 96)."""

from .fulfillment_orders import FulfillmentOrder, Wanted, divide, the_one
from .nodes import Node
from .roots import Refused, mutation, query, user_error

_MOST = 10
_REASONS = {
    "AWAITING_PAYMENT": "Awaiting payment",
    "AWAITING_RETURN_ITEMS": "Exchange items awaiting return delivery",
    "HIGH_RISK_OF_FRAUD": "High risk of fraud",
    "INCORRECT_ADDRESS": "Incorrect address",
    "INVENTORY_OUT_OF_STOCK": "Inventory out of stock",
    "UNKNOWN_DELIVERY_DATE": "Unknown delivery date",
    "ONLINE_STORE_POST_PURCHASE_CROSS_SELL": "Upsell offer",
    "OTHER": "Other",
}


class Hold(Node):
    typename = "FulfillmentHold"
    held_by_requesting_app = True

    def __init__(self, fo, given):
        super().__init__(fo.shop)
        self.fo, self.reason = fo, given["reason"]
        self.reason_notes, self.handle = given.get("reasonNotes"), given.get("handle") or ""

    @property
    def display_reason(self):
        return _REASONS.get(self.reason, self.reason.replace("_", " ").capitalize())

    @property
    def held_by_app(self):
        if "read_apps" not in self.shop.scopes:
            text = "Access denied for heldByApp field. Required access: `read_apps` access scope."
            raise Refused(text, "ACCESS_DENIED", requiredAccess="`read_apps` access scope.")
        return {"id": f"gid://shopify/App/{self.shop.app_number}", "title": "Odoo"}


def _errors(fo, given):
    rows = given.get("fulfillmentOrderLineItems") or ()
    path = ["fulfillmentHold", "fulfillmentOrderLineItems"]
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        yield user_error(path, "must contain unique line item ids", "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS")
        return
    for index, row in enumerate(rows):
        if row["quantity"] <= 0:
            text = "You must select at least one item to place on partial hold."
            yield user_error([*path, str(index), "quantity"], text, "GREATER_THAN_ZERO")
            return
    if any(hold.handle == (given.get("handle") or "") for hold in fo.fulfillment_holds):
        text = "The handle provided for the fulfillment hold is already in use by this app for another hold on this "
        yield user_error(
            ["fulfillmentHold", "handle"], f"{text}fulfillment order.", "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
        )
        return
    if len(fo.fulfillment_holds) >= _MOST:
        text = (
            "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. An app "
        )
        text += "can only have up to 10 holds on a single fulfillment order at any one time."
        yield user_error(["id"], text, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
        return
    if rows and fo.status != "OPEN":
        text = "The fulfillment order is not in a splittable state."
        yield user_error(path, text, "FULFILLMENT_ORDER_NOT_SPLITTABLE")
    known = {wanted.id: wanted for wanted in fo.lines}
    for index, row in enumerate(rows):
        wanted = known.get(row["id"])
        if wanted is None or row["quantity"] > wanted.remaining_quantity:
            text = "The line item quantity is invalid."
            yield user_error([*path, str(index), "quantity"], text, "INVALID_LINE_ITEM_QUANTITY")


@mutation("fulfillmentOrderHold")
def hold(shop, *, id, fulfillment_hold):
    """Of a part: the held part keeps the id, the rest gets a new one."""
    fo = the_one(shop, id)
    if errors := list(_errors(fo, fulfillment_hold)):
        return {
            "fulfillmentHold": None,
            "fulfillmentOrder": None,
            "remainingFulfillmentOrder": None,
            "userErrors": errors,
        }
    rows = {row["id"]: row["quantity"] for row in fulfillment_hold.get("fulfillmentOrderLineItems") or ()}
    rest = None
    if rows:
        left = {wanted: wanted.remaining_quantity - rows.get(wanted.id, 0) for wanted in fo.lines}
        if any(left.values()):
            rest = divide(fo, left)
            fo.divided_by_hold = rest
    made = Hold(fo, fulfillment_hold)
    fo.fulfillment_holds.append(made)
    fo.status = "ON_HOLD"
    fo.touch()
    body = {"fulfillment_order": {"id": fo.id, "status": "on_hold"}, "fulfillment_hold": {"id": made.id}}
    shop.emit("fulfillment_orders/placed_on_hold", body)
    return {"fulfillmentHold": made, "fulfillmentOrder": fo, "remainingFulfillmentOrder": rest, "userErrors": []}


@mutation("fulfillmentOrderReleaseHold")
def release(shop, *, id, hold_ids=None, external_id=None):
    """When the last hold is gone, what a partial hold divided becomes one again."""
    fo = the_one(shop, id)
    kept = [one for one in fo.fulfillment_holds if hold_ids and one.id not in hold_ids]
    fo.fulfillment_holds[:] = kept
    if not kept and fo.status == "ON_HOLD":
        fo.status = "OPEN"
        other, fo.divided_by_hold = fo.divided_by_hold, None
        if other is not None and other.status == "OPEN" and other.location is fo.location:
            absorb(fo, other)
        shop.emit("fulfillment_orders/hold_released", {"fulfillment_order": {"id": fo.id, "status": "open"}})
    fo.touch()
    return {"fulfillmentOrder": fo, "userErrors": []}


def absorb(fo: FulfillmentOrder, other: FulfillmentOrder):
    """Take all of `other`, which stays, closed and with quantities 0."""
    for wanted in other.lines:
        mine = next((w for w in fo.lines if w.line_item is wanted.line_item), None)
        if mine is None:
            mine = Wanted(fo, wanted.line_item, 0, claims=wanted.claims)
            fo.lines.append(mine)
        mine.total_quantity += wanted.total_quantity
        mine.remaining_quantity += wanted.remaining_quantity
        wanted.total_quantity = wanted.remaining_quantity = 0
    other.status = "CLOSED"
    other.touch()
    fo.touch()


@query("manualHoldsFulfillmentOrders")
def manual_holds(shop, *, query=None):
    return [fo for order in shop.orders for fo in order.fulfillment_orders() if fo.status == "ON_HOLD"]
