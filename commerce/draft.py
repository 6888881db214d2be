"""A draft order, read as the order it would become: what differs is where discounts and the tax of shipping stand."""

from decimal import Decimal

from . import ids, money, order, reading

ZERO = Decimal(0)


def parse(body: object) -> order.Order:
    """The order of a draft's webhook body; its `id` is the draft's.

    :raise order.Unreadable: as order.parse
    Source: SHOPIFY_API §10.4, bodies of draft_orders/create and update of 2024 to 2026. A line's discount is `amount` for the
    whole line; the draft's own discount names no line; the sums of taxes hold what shipping is taxed with.
    """
    if not isinstance(body, dict):
        raise order.Unreadable("A draft order should be an object.")
    lines = [dict(line) for line in reading.mappings(body.get("line_items"), "line_items")]
    whole = reading.mapping(body.get("applied_discount"), "applied_discount")
    off, applications = _amount(whole.get("amount")), [_application(whole)] if whole else []
    for line in lines:
        discount = reading.mapping(line.pop("applied_discount", None), "applied_discount")
        amount = _amount(discount.get("amount"))
        line["discount_allocations"] = []
        if amount:
            line["discount_allocations"] = [{"amount": str(amount), "discount_application_index": len(applications)}]
            applications.append(_application(discount))
            off += amount
    shipping = reading.mapping(body.get("shipping_line"), "shipping_line")
    parcel = {**shipping, "tax_lines": _rest(body, lines)} if shipping else None
    return order.parse(
        {
            **body,
            "line_items": lines,
            "shipping_lines": [parcel] if parcel else [],
            "discount_applications": applications,
            "total_discounts": str(off),
            "total_discounts_set": None,
            "financial_status": "pending",
            "fulfillment_status": None,
            "source_name": "shopify_draft_order",
        }
    )


def order_id(body: dict) -> str | None:
    """The order that the draft became, once it is completed."""
    return ids.number(body.get("order_id"))


def _application(discount: dict) -> dict:
    return {"type": "manual", "title": discount.get("title") or discount.get("description")}


def _amount(value: object) -> Decimal:
    return ZERO if value in (None, "") else money.decimal(value)


def _rest(body: dict, lines: list[dict]) -> list[dict]:
    """The taxes of the draft that are on none of its lines."""
    left: dict[tuple, Decimal] = {}
    for owner, sign in [(body, 1), *((line, -1) for line in lines)]:
        for tax in reading.mappings(owner.get("tax_lines"), "tax_lines"):
            key = (tax.get("title"), str(tax.get("rate")))
            left[key] = left.get(key, ZERO) + sign * _amount(tax.get("price"))
    return [
        {"title": title, "rate": rate, "price": str(amount)} for (title, rate), amount in left.items() if amount > 0
    ]
