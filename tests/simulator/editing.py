"""What an edit does to an order: pieces fewer or more, lines, discounts and shipping added or removed.

Recorded, FACTS 66-71: removed pieces show in `currentQuantity` and in the current totals alone; what is added changes
the first totals too. Removed pieces make a refund record without a transaction (SHOPIFY_API 13.7). A discount's amount
is per piece (recorded). Whoever only asks what an edit would come to gets a body that nobody else sees."""

import copy
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from . import rest_parts, totals
from .checkout import Charge, Discount, Tax, converted, item_from
from .fulfillment_orders import FulfillmentOrder, Wanted, item_of
from .lines import LineItem
from .money import ZERO, Money, exact, rounded, total
from .nodes import local
from .payments import Refund, refund_body


@dataclass
class Edit:
    """What is staged. `quantities`: {line number: (wanted, restock)}; the rest by a key of its own."""

    quantities: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)  # key → line of a body
    discounts: dict = field(default_factory=dict)  # key → (line number, Discount)
    shipping: dict = field(default_factory=dict)  # key → shipping line of a body
    shipping_gone: set = field(default_factory=set)  # numbers of shipping lines


def key() -> str:
    return str(uuid.uuid4())


def rate_of(order) -> Decimal:
    """Units of the buyer's currency for one of the shop's, as the order's own prices have it."""
    prices = [totals.read(order.currencies, line.body, "price") for line in order.lines]
    shop = sum((price.shop for price in prices), Decimal(0))
    return sum((price.presentment for price in prices), Decimal(0)) / shop if shop else Decimal(1)


def taxes_of(order) -> list:
    """The kinds of tax that the order's lines bear: what is added bears them too."""
    kinds = {}
    for part in (*(order.body.get("line_items") or ()), *(order.body.get("shipping_lines") or ())):
        for row in part.get("tax_lines") or ():
            kinds.setdefault((row["title"], row.get("rate")), row)
    return [Tax(row["title"], exact(row.get("rate") or 0), bool(row.get("channel_liable"))) for row in kinds.values()]


def new_line(order, given) -> dict:
    """A line of a body. :param given: as checkout.place takes its lines"""
    return rest_parts.line(order.shop, _charge(order, item_from(order.shop, given)), order.currencies)


def new_shipping(order, title, price) -> dict:
    item = item_from(order.shop, {"title": title, "price": price})
    return {**rest_parts.parcel(order.shop, _charge(order, item), order.currencies), "source": None}


def _charge(order, item) -> Charge:
    c = order.currencies
    unit = converted(item.price, c, rate_of(order))
    whole = Money(unit.shop * item.quantity, unit.presentment * item.quantity)
    kinds = taxes_of(order) if item.taxable and not item.gift_card else []
    rates = [kind.rate for kind in kinds]
    taxes = [(kind, totals.tax_of(c, whole, kind.rate, rates, order.taxes_included)) for kind in kinds]
    return Charge(item, unit, whole, [], taxes, whole)


def outcome(order, edit) -> dict:
    """The body that the edit leads to, without ids for what it makes beside lines; the order stays as it is."""
    c, body = order.currencies, _whole(order.body)
    included = order.taxes_included
    for line in body["line_items"]:
        wanted, _restock = edit.quantities.get(line["id"], (None, None))
        more = 0 if wanted is None else wanted - line["current_quantity"]
        if more > 0:
            for name in ("quantity", "current_quantity", "fulfillable_quantity"):
                line[name] += more
            totals.tax_again(c, line, included)
    for added in edit.lines.values():
        line = copy.deepcopy(added)
        wanted, _restock = edit.quantities.get(line["id"], (line["quantity"], None))
        line.update(quantity=wanted, current_quantity=wanted, fulfillable_quantity=wanted)
        totals.tax_again(c, line, included)
        if wanted:
            body["line_items"].append(line)
    for number, discount in edit.discounts.values():
        line = next((one for one in body["line_items"] if one["id"] == number), None)
        if line:
            _take_off(order, body, line, discount)
    body["shipping_lines"] += [copy.deepcopy(one) for one in edit.shipping.values()]
    for way in body["shipping_lines"]:
        if way.get("id") in edit.shipping_gone:
            way["is_removed"] = True
            way["current_discounted_price_set"] = c.set(ZERO)
    totals.write(c, body)
    return body


def _whole(body) -> dict:
    """A copy that has every list an edit may add to; bodies of older versions lack some."""
    body = copy.deepcopy(body)
    for name in ("line_items", "shipping_lines", "discount_applications", "refunds"):
        body[name] = body.get(name) or []
    for line in body["line_items"]:
        line.setdefault("current_quantity", line.get("quantity") or 0)
        line["discount_allocations"] = line.get("discount_allocations") or []
    return body


def _take_off(order, body, line, discount):
    c, quantity = order.currencies, line["current_quantity"]
    gone = [
        totals.read(c, one, "subtotal")
        for refund in body["refunds"]
        for one in refund.get("refund_line_items") or ()
        if one.get("line_item_id") == line["id"]
    ]
    # Only what is left can become cheaper.
    left = totals.net(c, line) - total(gone)
    if not quantity or left.presentment <= 0:
        return
    if discount.percent is not None:
        part = discount.percent / 100
        off = Money(rounded(left.shop * part, c.shop), rounded(left.presentment * part, c.presentment))
    else:
        each = converted(discount.amount, c, rate_of(order))
        off = Money(min(each.shop * quantity, left.shop), min(each.presentment * quantity, left.presentment))
    body["discount_applications"].append(rest_parts.application(discount, c))
    line["discount_allocations"].append(rest_parts.allocation(len(body["discount_applications"]) - 1, off, c))
    totals.tax_again(c, line, order.taxes_included)


def removed(order, edit) -> list:
    """[(LineItem, pieces, whether they go back to stock)]"""
    result = []
    for line in order.lines:
        wanted, restock = edit.quantities.get(line.number, (line.current_quantity, True))
        if wanted < line.current_quantity:
            result.append((line, line.current_quantity - wanted, restock))
    return result


def commit(order, edit, *, staff_note=None, notify=False, refund=False):
    """Make it so: amounts, fulfillment orders, stock, a refund record for removed pieces, webhooks.

    :param refund: whether what the order then costs less is paid back
    """
    shop, before = order.shop, {line.number: line.quantity for line in order.lines}
    gone = removed(order, edit)
    order.body = outcome(order, edit)
    _take_lines(order)
    for restock in (True, False):
        pieces = [(line, count) for line, count, back in gone if back is restock]
        if pieces:
            _remove(order, pieces, restock, staff_note)
    additions = [(line, line.quantity - before.get(line.number, 0)) for line in order.lines]
    additions = [(line, count) for line, count in additions if count > 0]
    _route(order, [(line, count) for line, count in additions if line.shippable])
    totals.write(order.currencies, order.body)
    if refund and order.owed().presentment < 0:
        _pay_back(order)
    order.body["refunds"] = [one.body for one in order.returned]
    order.body["closed_at"] = None
    _pay_status(order)
    order.edited = True
    order.settle()
    shop.emit("orders/edited", _told(order, edit, additions, gone, staff_note, notify))
    shop.emit("orders/updated", order.document())
    for made in order.returned[len(order.returned) - len({back for _, _, back in gone}) :] if gone else ():
        shop.emit("refunds/create", copy.deepcopy(made.body))


def _take_lines(order):
    """The objects of lines that were there stay; those of new ones are made."""
    known = {line.number: line for line in order.lines}
    for body in order.body["line_items"]:
        if body["id"] in known:
            known[body["id"]].body = body
        else:
            order.lines.append(LineItem(order, body))


def _remove(order, pieces, restock, note):
    body = refund_body(order, pieces, None, restock=restock, note=note)
    for line, count in pieces:
        line.body["current_quantity"] -= count
        line.body["fulfillable_quantity"] = max(0, line.unfulfilled_quantity - count)
        _shrink(order, line, count, restock)
    order.body.setdefault("refunds", []).append(body)
    order.returned.append(Refund(order, body))


def _shrink(order, line, count, restock):
    """The open fulfillment orders shrink where they are (recorded, FACTS 70)."""
    for fo in order.routed:
        for wanted in fo.lines if fo.status != "CLOSED" else ():
            if wanted.line_item is not line or not count:
                continue
            pieces = min(count, wanted.remaining_quantity)
            count -= pieces
            if level := wanted.level:
                level.change(order.name, committed=-pieces, available=pieces if restock else 0)
            wanted.total_quantity -= pieces
            wanted.remaining_quantity -= pieces
        fo.lines = [wanted for wanted in fo.lines if wanted.total_quantity or fo.status == "CLOSED"]
        if fo.status != "CLOSED" and not any(wanted.remaining_quantity for wanted in fo.lines):
            fo.status = "CLOSED"


def _route(order, additions):
    """What is added is wanted by a new fulfillment order (recorded, FACTS 70), where the order ships from."""
    if not additions:
        return
    place = order.routed[0].location if order.routed else order.shop.locations[0]
    made = {}
    for line, count in additions:
        method = "SHIPPING" if line.requires_shipping else "NONE"
        fo = made.setdefault(method, None) or FulfillmentOrder(order, place, method)
        made[method] = fo
        fo.lines.append(Wanted(fo, line, count))
        item = item_of(line)
        if item is not None and item.tracked:
            level = item.levels.get(place) or item.stocked(place)
            level.change(order.name, available=-count, committed=count)
    order.routed += made.values()


def _pay_status(order):
    """More than was paid is owed: partly paid (recorded, FACTS 71). What was paid too much stays to be given back."""
    owed, paid = order.owed(), order.counted("SALE", "CAPTURE")
    status = order.body.get("financial_status")
    if status in ("paid", "partially_paid", "partially_refunded") and paid.presentment:
        back = order.counted("REFUND").presentment
        status = "partially_paid" if owed.presentment > 0 else "partially_refunded" if back else "paid"
    elif status == "paid" and owed.presentment > 0:
        status = "pending"
    order.body["financial_status"] = status
    order.body["total_outstanding"] = order.currencies.text(owed - order.authorized())


def _pay_back(order):
    sale = next(one for one in order.payments if one.kind in ("SALE", "CAPTURE"))
    back = order.add_transaction("refund", ZERO - order.owed(), gateway=sale.gateway, parent=sale)
    if not order.returned:
        body = refund_body(order, [], back, restock=False, note=None)
        order.returned.append(Refund(order, body))
        return
    order.returned[-1].body["transactions"].append(back.body)


def _told(order, edit, additions, gone, note, notify) -> dict:
    """The body of orders/edited: only what became more and less."""
    now, number = local(order.shop, order.shop.now()), order.shop.next_id()
    return {
        "order_edit": {
            "id": number,
            "app_id": order.shop.app_number,
            "created_at": now,
            "committed_at": now,
            "notify_customer": notify,
            "order_id": order.number,
            "staff_note": note or "",
            "user_id": None,
            "line_items": {
                "additions": [{"id": line.number, "delta": count} for line, count in additions],
                "removals": [{"id": line.number, "delta": count} for line, count, _ in gone],
            },
            "discounts": {
                "line_item": {
                    "additions": [{"id": line, "title": d.label} for line, d in edit.discounts.values()],
                    "removals": [],
                }
            },
            "shipping_lines": {
                "additions": [{"id": one["id"]} for one in edit.shipping.values()],
                "removals": [{"id": one} for one in edit.shipping_gone],
            },
        }
    }


def by_hand(
    order, *, quantities=None, add=(), discounts=(), shipping=None, drop_shipping=False, restock=True, refund=False
):
    """The merchant edits the order in the admin.

    :param quantities: {SKU, line number or place in the list: pieces wanted}; add: lines as checkout.place takes them
    :param discounts: [(SKU, number or place, {percent} or {amount, of one piece})]
    :param shipping: (title, price) of a shipping line to add; drop_shipping: those there are are removed
    :param refund: pay back what the order then costs less
    :raises ValueError: when the order is cancelled, or pieces that were shipped would be removed
    """
    if order.cancelled_at:
        raise ValueError(f"{order.name} is cancelled")
    edit = Edit()
    for which, wanted in (quantities or {}).items():
        line = line_of(order, which)
        if wanted < line.current_quantity - line.unfulfilled_quantity:
            raise ValueError(f"{line.name}: pieces that were shipped cannot be removed")
        edit.quantities[line.number] = (wanted, restock)
    for given in add:
        edit.lines[key()] = new_line(order, given)
    for which, given in discounts:
        percent, amount = (exact(given[name]) if name in given else None for name in ("percent", "amount"))
        kind = Discount("manual", given.get("title") or "Discount", percent=percent, amount=amount, only=[0])
        edit.discounts[key()] = (line_of(order, which).number, kind)
    if drop_shipping:
        edit.shipping_gone = {one["id"] for one in order.body.get("shipping_lines") or () if not one.get("is_removed")}
    if shipping:
        edit.shipping[key()] = new_shipping(order, *shipping)
    commit(order, edit, refund=refund)


def line_of(order, which) -> LineItem:
    for place, line in enumerate(order.lines):
        if which in (line.number, str(line.number), line.sku) or (isinstance(which, int) and which == place):
            return line
    raise LookupError(f"{order.name} has no line {which!r}")
