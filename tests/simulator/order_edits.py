"""Order edits through the API: staged in a calculated order, nothing happens before the commit (recorded, FACTS 68-71).

Error texts are recorded where there were some: of an unknown calculated order, line or discount there were none, and
the words here are the simulator's."""

import inspect

from . import editing
from .calculated import Calculated, CalculatedOrder
from .checkout import Discount
from .money import exact
from .roots import mutation, user_error

_UNCHANGED = "There must be at least one change to be made."


class Wrong(Exception):
    """What is answered as a user error."""

    def __init__(self, field, message, code=None):
        super().__init__(message)
        self.error = user_error(field, message, code)


def _edit(name):
    """A mutation of an edit: gets the calculated order; a wrong one answers with null and the error."""

    def register(function):
        def answer(shop, *, id, **arguments):
            try:
                calculated = _open(shop, id)
                made = function(calculated, **arguments) or {}
            except Wrong as wrong:
                return {"userErrors": [wrong.error]}
            return {"calculatedOrder": calculated, "orderEditSession": _session(calculated), "userErrors": [], **made}

        # The executor hands over the arguments that a function names.
        own = inspect.signature(function).parameters.values()
        first = inspect.Parameter("id", inspect.Parameter.KEYWORD_ONLY)
        answer.__signature__ = inspect.Signature([first, *list(own)[1:]])
        mutation(name)(answer)
        return function

    return register


def _open(shop, gid) -> CalculatedOrder:
    calculated = shop.find(gid, "CalculatedOrder")
    if calculated is None or calculated.committed:
        raise Wrong(["id"], "The calculated order does not exist.", "INVALID")
    return calculated


def _session(calculated):
    return {"id": f"gid://shopify/OrderEditSession/{calculated.number}"}


def _line(calculated, gid) -> Calculated:
    found = next((line for line in calculated.every_line() if line.id == gid), None)
    if found is None:
        raise Wrong(["lineItemId"], "The line item does not exist.", "INVALID")
    return found


def _price(calculated, given, path):
    currency = calculated.original_order.currencies.shop
    if given["currencyCode"] != currency:
        raise Wrong(path, f"The price must be in {currency}.", "INVALID")
    return exact(given["amount"])


@mutation("orderEditBegin")
def begin(shop, *, id):
    order = shop.find(id, "Order")
    if order is None:
        return {"calculatedOrder": None, "userErrors": [user_error(["id"], "The order does not exist.", "INVALID")]}
    if order.cancelled_at:
        error = user_error(["id"], "The order cannot be edited.", "INVALID")
        return {"calculatedOrder": None, "userErrors": [error]}
    calculated = CalculatedOrder(order)
    return {"calculatedOrder": calculated, "orderEditSession": _session(calculated), "userErrors": []}


@_edit("orderEditSetQuantity")
def set_quantity(calculated, *, line_item_id, quantity, restock=False):
    line = _line(calculated, line_item_id)
    shipped = line.quantity - line.editable_quantity
    if quantity < 0 or quantity < shipped:
        raise Wrong(["quantity"], "The quantity cannot be less than what was fulfilled.", "INVALID")
    calculated.edit.quantities[line.number] = (quantity, bool(restock))
    return {"calculatedLineItem": _line(calculated, line_item_id)}


def _add(calculated, given) -> dict:
    key = editing.key()
    calculated.edit.lines[key] = editing.new_line(calculated.original_order, given)
    return {"calculatedLineItem": _line(calculated, f"gid://shopify/CalculatedLineItem/{key}")}


@_edit("orderEditAddVariant")
def add_variant(calculated, *, variant_id, quantity, allow_duplicates=False):
    variant = calculated.shop.find(variant_id, "ProductVariant")
    if variant is None:
        raise Wrong(["variantId"], "The variant does not exist.", "INVALID")
    if not allow_duplicates and any(line.variant is variant for line in calculated.every_line()):
        raise Wrong(["variantId"], "The variant is already in the order.", "INVALID")
    if quantity < 1:
        raise Wrong(["quantity"], "The quantity must be greater than 0.", "INVALID")
    return _add(calculated, (variant, quantity))


@_edit("orderEditAddCustomItem")
def add_custom_item(calculated, *, title, price, quantity, requires_shipping=False, taxable=False):
    given = {"title": title, "price": _price(calculated, price, ["price"]), "quantity": quantity}
    return _add(calculated, {**given, "requires_shipping": bool(requires_shipping), "taxable": bool(taxable)})


def _discount(calculated, given) -> Discount:
    amount, percent = given.get("fixedValue"), given.get("percentValue")
    if (amount is None) == (percent is None):
        raise Wrong(["discount"], "The discount needs either a fixed value or a percentage.", "INVALID")
    if amount is not None:
        amount = _price(calculated, amount, ["discount", "fixedValue"])
    return Discount(
        "manual",
        given.get("description") or "Discount",
        percent=None if percent is None else exact(percent),
        amount=amount,
        only=[0],
    )


@_edit("orderEditAddLineItemDiscount")
def add_line_item_discount(calculated, *, line_item_id, discount):
    line, key = _line(calculated, line_item_id), editing.key()
    calculated.edit.discounts[key] = (line.number, _discount(calculated, discount))
    staged = {
        "id": f"gid://shopify/OrderStagedChangeAddLineItemDiscount/{calculated.shop.next_id()}",
        "description": discount.get("description"),
    }
    return {"addedDiscountStagedChange": staged, "calculatedLineItem": _line(calculated, line_item_id)}


def _discount_key(calculated, gid):
    key = gid.rpartition("/")[2]
    if key not in calculated.edit.discounts:
        raise Wrong(["discountApplicationId"], "The discount does not exist.", "INVALID")
    return key


@_edit("orderEditUpdateDiscount")
def update_discount(calculated, *, discount, discount_application_id):
    key = _discount_key(calculated, discount_application_id)
    number, _before = calculated.edit.discounts[key]
    calculated.edit.discounts[key] = (number, _discount(calculated, discount))


@_edit("orderEditRemoveDiscount")
def remove_discount(calculated, *, discount_application_id):
    del calculated.edit.discounts[_discount_key(calculated, discount_application_id)]


@_edit("orderEditRemoveLineItemDiscount")
def remove_line_item_discount(calculated, *, discount_application_id):
    key = _discount_key(calculated, discount_application_id)
    number, _gone = calculated.edit.discounts.pop(key)
    return {"calculatedLineItem": next(line for line in calculated.every_line() if line.number == number)}


@_edit("orderEditAddShippingLine")
def add_shipping_line(calculated, *, shipping_line):
    price, key = _price(calculated, shipping_line["price"], ["shippingLine", "price"]), editing.key()
    calculated.edit.shipping[key] = editing.new_shipping(calculated.original_order, shipping_line["title"], price)
    return {"calculatedShippingLine": _staged_shipping(calculated, key)}


def _staged_shipping(calculated, key):
    gid = f"gid://shopify/CalculatedShippingLine/{key}"
    return next(one for one in calculated.shipping_lines if one["id"] == gid)


@_edit("orderEditUpdateShippingLine")
def update_shipping_line(calculated, *, shipping_line, shipping_line_id):
    key = shipping_line_id.rpartition("/")[2]
    if key not in calculated.edit.shipping:
        text = "The shipping line can't be updated because it doesn't exist or wasn't added during this edit."
        raise Wrong(["shippingLineId"], text, "INVALID")
    before, price = calculated.edit.shipping[key], shipping_line.get("price")
    amount = _price(calculated, price, ["shippingLine", "price"]) if price else exact(before["price"])
    title = shipping_line.get("title") or before["title"]
    calculated.edit.shipping[key] = editing.new_shipping(calculated.original_order, title, amount)


@_edit("orderEditRemoveShippingLine")
def remove_shipping_line(calculated, *, shipping_line_id):
    key = shipping_line_id.rpartition("/")[2]
    if key in calculated.edit.shipping:
        del calculated.edit.shipping[key]
        return
    there = {
        str(one["id"])
        for one in (calculated.original_order.body.get("shipping_lines") or ())
        if not one.get("is_removed")
    }
    if key not in there - {str(one) for one in calculated.edit.shipping_gone}:
        text = "The shipping line can't be removed because it doesn't exist or has already been removed."
        raise Wrong(["shippingLineId"], text, "INVALID")
    calculated.edit.shipping_gone.add(int(key))


@mutation("orderEditCommit")
def commit(shop, *, id, notify_customer=False, staff_note=None):
    """Its messages as recorded: what was done, and what the customer was sent."""
    try:
        calculated = _open(shop, id)
    except Wrong as wrong:
        return {"order": None, "userErrors": [wrong.error]}
    edit, order = calculated.edit, calculated.original_order
    if not (edit.lines or edit.discounts or edit.shipping or edit.shipping_gone or _other(order, edit)):
        return {"order": None, "userErrors": [user_error(["id"], _UNCHANGED)]}
    calculated.committed, archived = True, order.closed
    editing.commit(order, edit, staff_note=staff_note, notify=bool(notify_customer))
    told = "Invoice sent" if order.owed().presentment > 0 else "Notification sent"
    messages = ["Order updated", *(["Order unarchived"] if archived else []), *([told] if notify_customer else [])]
    return {"order": order, "successMessages": messages, "userErrors": []}


def _other(order, edit) -> bool:
    known = {line.number: line.current_quantity for line in order.lines}
    return any(known.get(number) != wanted for number, (wanted, _) in edit.quantities.items())
