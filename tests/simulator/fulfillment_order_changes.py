"""Splitting, merging, cancelling, reporting on fulfillment orders (recorded, FACTS 91-95)."""

from .fulfillment_orders import FulfillmentOrder, divide, the_one
from .holds import absorb
from .roots import Refused, mutation, user_error


def _known(shop, gid):
    try:
        return shop.find(gid, "FulfillmentOrder")
    except Refused:
        return None


def _split_errors(shop, index, given):
    path = ["fulfillmentOrderSplits", str(index), "fulfillmentOrderLineItems"]
    rows = given["fulfillmentOrderLineItems"]
    if not rows:
        text = "There must be at least one item selected in this fulfillment to split it."
        yield user_error(path, text, "NO_LINE_ITEMS_PROVIDED_TO_SPLIT")
        return
    for number, row in enumerate(rows):
        if row["quantity"] <= 0:
            text = "You must select at least one item to split into a new fulfillment order."
            yield user_error([*path, str(number), "quantity"], text, "GREATER_THAN")
            return
    fo = _known(shop, given["fulfillmentOrderId"])
    if fo is None:
        yield user_error(None, "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
        return
    known = {wanted.id: wanted for wanted in fo.lines}
    for row in rows:
        if row["id"] not in known:
            yield user_error(None, "Fulfillment order line item does not exist.")
        elif row["quantity"] > known[row["id"]].remaining_quantity:
            yield user_error(None, "Invalid fulfillment order line item quantity requested.")


@mutation("fulfillmentOrderSplit")
def split(shop, *, fulfillment_order_splits):
    """The given quantities go to a new fulfillment order, the remaining one."""
    for index, given in enumerate(fulfillment_order_splits):
        if errors := list(_split_errors(shop, index, given)):
            return {"fulfillmentOrderSplits": None, "userErrors": errors}
    made = []
    for given in fulfillment_order_splits:
        fo = shop.find(given["fulfillmentOrderId"])
        rows = {row["id"]: row["quantity"] for row in given["fulfillmentOrderLineItems"]}
        rest = divide(fo, {wanted: rows.get(wanted.id, 0) for wanted in fo.lines})
        made.append({"fulfillmentOrder": fo, "remainingFulfillmentOrder": rest, "replacementFulfillmentOrder": None})
        shop.emit("fulfillment_orders/split", {"fulfillment_order": {"id": fo.id, "status": fo.status.lower()}})
    return {"fulfillmentOrderSplits": made, "userErrors": []}


def _merge_error(shop, intents, path):
    for number, intent in enumerate(intents):
        for row_number, row in enumerate(intent.get("fulfillmentOrderLineItems") or ()):
            if row["quantity"] <= 0:
                text = "You must select at least one item to merge into a new fulfillment order."
                own = [*path, str(number), "fulfillmentOrderLineItems", str(row_number), "quantity"]
                return user_error(own, text, "GREATER_THAN")
    for intent in intents:
        if _known(shop, intent["fulfillmentOrderId"]) is None:
            return user_error(None, "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    for intent in intents:
        fo = _known(shop, intent["fulfillmentOrderId"])
        known = {wanted.id: wanted for wanted in fo.lines}
        for row in intent.get("fulfillmentOrderLineItems") or ():
            if row["id"] not in known:
                return user_error(None, "Fulfillment order line item does not exist.")
            if row["quantity"] > known[row["id"]].remaining_quantity:
                return user_error(None, "Invalid fulfillment order line item quantity requested.")
    for intent in intents:
        fo = _known(shop, intent["fulfillmentOrderId"])
        if fo.status != "OPEN":
            return user_error(None, f"Fulfillment order: {fo.number} is currently not in a mergeable state.")
    return None


@mutation("fulfillmentOrderMerge")
def merge(shop, *, fulfillment_order_merge_inputs):
    """Everything goes to the first; the others are closed."""
    for index, given in enumerate(fulfillment_order_merge_inputs):
        path = ["fulfillmentOrderMergeInputs", str(index), "mergeIntents"]
        if error := _merge_error(shop, given["mergeIntents"], path):
            return {"fulfillmentOrderMerges": None, "userErrors": [error]}
    made = []
    for given in fulfillment_order_merge_inputs:
        first, *others = [shop.find(one["fulfillmentOrderId"]) for one in given["mergeIntents"]]
        for other in others:
            absorb(first, other)
        made.append({"fulfillmentOrder": first})
        shop.emit("fulfillment_orders/merged", {"fulfillment_order": {"id": first.id, "status": first.status.lower()}})
    return {"fulfillmentOrderMerges": made, "userErrors": []}


@mutation("fulfillmentOrderCancel")
def cancel(shop, *, id):
    """The old one is closed and empty; its lines, with their ids, stand in a new one."""
    fo = the_one(shop, id)
    if fo.progress_reported:
        text = "Cannot cancel fulfillment order that has had progress reported. Mark as unfulfilled first."
        return {"userErrors": [user_error(["id"], text)]}
    if fo.status == "CLOSED":
        text = "Fulfillment order is not in cancelable request state and can't be canceled."
        return {"userErrors": [user_error(None, text)]}
    new = FulfillmentOrder(fo.order, fo.location, fo.method)
    fo.order.routed.append(new)
    new.lines, fo.lines = fo.lines, []
    for wanted in new.lines:
        wanted.fo = new
    fo.status = "CLOSED"
    fo.touch()
    shop.emit("fulfillment_orders/cancelled", {"fulfillment_order": {"id": fo.id, "status": "closed"}})
    return {"fulfillmentOrder": fo, "replacementFulfillmentOrder": new, "userErrors": []}


@mutation("fulfillmentOrderReportProgress")
def report_progress(shop, *, id, progress_report=None):
    fo = the_one(shop, id)
    if fo.status == "CLOSED":
        return {"fulfillmentOrder": None, "userErrors": [user_error(None, "Fulfillment order is closed.")]}
    fo.progress_reported, fo.status = True, "IN_PROGRESS"
    fo.touch()
    shop.emit("fulfillment_orders/progress_reported", {"fulfillment_order": {"id": fo.id, "status": "in_progress"}})
    return {"fulfillmentOrder": fo, "userErrors": []}


@mutation("fulfillmentOrderOpen")
def reopen(shop, *, id):
    fo = the_one(shop, id)
    if fo.status == "OPEN":
        text = "Expected fulfillment order status to be valid but it was open."
        return {"fulfillmentOrder": None, "userErrors": [user_error(None, text)]}
    fo.progress_reported, fo.status = False, "OPEN"
    fo.touch()
    return {"fulfillmentOrder": fo, "userErrors": []}


@mutation("fulfillmentOrderClose")
def close(shop, *, id):
    """Only a fulfillment service may (recorded); there is none here."""
    the_one(shop, id)
    text = "The fulfillment order's assigned fulfillment service must be of api type"
    return {"fulfillmentOrder": None, "userErrors": [user_error(None, text)]}


@mutation("fulfillmentOrderReschedule")
def reschedule(shop, *, id, fulfill_at):
    fo = the_one(shop, id)
    if fo.status != "SCHEDULED":
        return {"fulfillmentOrder": None, "userErrors": [user_error(None, "Fulfillment order must be scheduled.")]}
    fo.fulfill_at = fulfill_at
    return {"fulfillmentOrder": fo, "userErrors": []}


@mutation("fulfillmentOrdersSetFulfillmentDeadline")
def set_deadline(shop, *, fulfillment_order_ids, fulfillment_deadline):
    found = [_known(shop, gid) for gid in fulfillment_order_ids]
    if None in found:
        return {"success": False, "userErrors": [user_error(None, "Fulfillment orders could not be found.")]}
    for fo in found:
        fo.fulfill_by = fulfillment_deadline
        fo.touch()
    return {"success": True, "userErrors": []}
