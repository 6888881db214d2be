"""Draft orders through the API (recorded, FACTS 136, 137)."""

from .drafts import DraftOrder
from .money import exact
from .roots import mutation, user_error

_LONGEST_TAG = 40
_MISSING = user_error(["id"], "Draft order not found")


def _discount_errors(given, path):
    if not given:
        return
    value = exact(given["value"])
    if given.get("valueType") == "PERCENTAGE" and value > 100:
        yield user_error([*path, "value"], "Applied discount value must be less than or equal to 100%")
    elif value != round(value, 2):
        yield user_error([*path, "value"], "Applied discount value can have at most 2 digits after decimal point")


def _errors(shop, given, path, tagged=0):
    if not given.get("lineItems"):
        yield user_error(None, "Add at least 1 product")
    for index, line in enumerate(given.get("lineItems") or ()):
        at = [*path, "lineItems", str(index)]
        if line.get("variantId"):
            if shop.find(line["variantId"], "ProductVariant") is None:
                yield user_error(
                    None, f"Product with ID {line['variantId'].rpartition('/')[2]} is no longer available."
                )
        elif not (line.get("title") or "").strip():
            yield user_error(None, "Merchandise title is empty.")
        if line["quantity"] < 1:
            yield user_error([*at, "quantity"], "Quantity must be greater than or equal to 1")
        yield from _discount_errors(line.get("appliedDiscount"), [*at, "appliedDiscount"])
    yield from _discount_errors(given.get("appliedDiscount"), [*path, "appliedDiscount"])
    # Counted behind those that are there already (recorded).
    for index, tag in enumerate(given.get("tags") or (), start=tagged):
        if len(tag) > _LONGEST_TAG:
            text = f"Title Tag exceeds the maximum length of {_LONGEST_TAG} characters"
            yield user_error([*path, "tags", str(index)], text)


@mutation("draftOrderCreate")
def create(shop, *, input):
    if errors := list(_errors(shop, input, [])):
        return {"draftOrder": None, "userErrors": errors}
    draft = DraftOrder(shop, dict(input))
    draft.tell("create")
    return {"draftOrder": draft, "userErrors": []}


@mutation("draftOrderCalculate")
def calculate(shop, *, input):
    """What a draft would come to; nothing is kept."""
    if errors := list(_errors(shop, input, [])):
        return {"calculatedDraftOrder": None, "userErrors": errors}
    draft = DraftOrder(shop, dict(input), saved=False)
    shop.nodes.pop((draft.typename, str(draft.number)))
    return {"calculatedDraftOrder": draft, "userErrors": []}


@mutation("draftOrderUpdate")
def update(shop, *, id, input):
    draft = shop.find(id, "DraftOrder")
    if draft is None:
        return {"draftOrder": None, "userErrors": [user_error(["id"], "Draft order does not exist")]}
    if draft.status == "COMPLETED":
        return {"draftOrder": None, "userErrors": [user_error(None, "This order has been paid")]}
    given = {**draft.given, **input}
    if errors := list(_errors(shop, given, ["input"], len(draft.tags))):
        return {"draftOrder": None, "userErrors": errors}
    draft.given, draft.numbers = given, {} if "lineItems" in input else draft.numbers
    draft.touch()
    draft.tell("update")
    return {"draftOrder": draft, "userErrors": []}


@mutation("draftOrderComplete")
def complete(shop, *, id, payment_gateway_id=None, payment_pending=False, source_name=None):
    draft = shop.find(id, "DraftOrder")
    if draft is None:
        return {"draftOrder": None, "userErrors": [_MISSING]}
    if draft.status == "COMPLETED":
        return {"draftOrder": None, "userErrors": [user_error(None, "This order has been paid")]}
    if payment_gateway_id:
        # The shop has no gateways of its own to choose from.
        return {"draftOrder": None, "userErrors": [user_error(None, "Invalid payment gateway")]}
    draft.complete(source_name, bool(payment_pending))
    return {"draftOrder": draft, "userErrors": []}


@mutation("draftOrderInvoiceSend")
def send_invoice(shop, *, id):
    draft = shop.find(id, "DraftOrder")
    if draft is None:
        return {"draftOrder": None, "userErrors": [user_error(None, "Draft order not found")]}
    if draft.status == "COMPLETED":
        return {
            "draftOrder": draft,
            "userErrors": [
                user_error(None, "Draft order Invoice can't be sent. This draft order is already completed.")
            ],
        }
    if not draft.email:
        return {"draftOrder": draft, "userErrors": [user_error(None, "To can't be blank")]}
    draft.status, draft.invoice_sent_at = "INVOICE_SENT", shop.now()
    draft.touch()
    draft.tell("update")
    return {"draftOrder": draft, "userErrors": []}


@mutation("draftOrderDelete")
def delete(shop, *, input):
    draft = shop.find(input["id"], "DraftOrder")
    if draft is None:
        return {"deletedId": None, "userErrors": [user_error(["id"], "Draft order does not exist")]}
    shop.drafts.remove(draft)
    shop.nodes.pop((draft.typename, str(draft.number)), None)
    shop.emit("draft_orders/delete", {"id": draft.number})
    return {"deletedId": draft.id, "userErrors": []}
