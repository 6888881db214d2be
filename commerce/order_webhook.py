"""A webhook body of an order (orders/create, updated, cancelled; also REST answers) → Order."""

import json
from datetime import datetime
from decimal import Decimal

from . import customer, reading, text
from .money import Amounts
from .order_parts import Allocation, Discount, Duty, Fee, Line, Order, RefundedUnits, ShippingLine, TaxLine
from .reading import Unreadable

# A fulfilment in one of these states never left, or came to nothing.
NOT_SHIPPED = frozenset(("cancelled", "error", "failure"))

# Field of Order → the keys that may carry it. What is not here is named as in the body.
_KEYS = {
    "shop_currency": ("currency",),
    "email": ("email", "contact_email"),
    "locale": ("customer_locale",),
    "staff_id": ("user_id",),
    "gateways": ("payment_gateway_names",),
    "company_id": ("company",),
    "company_location_id": ("company",),
    "billing": ("billing_address",),
    "shipping": ("shipping_address",),
    "fulfilled_from": ("fulfillments",),
    "fulfilled_until": ("fulfillments",),
    "lines": ("line_items",),
    "fees": ("additional_fees",),
    "discounts": ("discount_applications",),
    "refunded": ("refunds",),
    "refunded_otherwise": ("refunds",),
    "total": ("total_price", "total_price_set"),
    "subtotal": ("subtotal_price", "subtotal_price_set"),
    "total_tax": ("total_tax", "total_tax_set"),
    "total_discounts": ("total_discounts", "total_discounts_set"),
    "total_shipping": ("total_shipping_price", "total_shipping_price_set"),
    "total_duties": ("original_total_duties", "original_total_duties_set"),
    "total_fees": ("original_total_additional_fees", "original_total_additional_fees_set"),
    "tip": ("total_tip_received", "total_tip_received_set"),
    "current_total": ("current_total_price", "current_total_price_set"),
    "current_subtotal": ("current_subtotal_price", "current_subtotal_price_set"),
    "current_total_tax": ("current_total_tax", "current_total_tax_set"),
    "current_total_discounts": ("current_total_discounts", "current_total_discounts_set"),
    "cash_rounding": ("total_cash_rounding_payment_adjustment_set",),
    "outstanding": ("total_outstanding", "total_outstanding_set"),
}
_FIELDS = tuple(name for name in Order.__dataclass_fields__ if name != "carried")
_AMOUNTS = tuple(
    name
    for name in _KEYS
    if name.startswith(("total", "current_", "subtotal")) or name in ("tip", "cash_rounding", "outstanding")
)
_TEXTS = ("name", "phone", "note", "source_name", "po_number", "landing_site")
_TIMES = ("created_at", "processed_at", "updated_at", "cancelled_at", "closed_at")


def parse(body: object) -> Order:
    """The order of a webhook body.

    :param body: the JSON object, numbers as int, float or Decimal, ids as numbers, digits or global ids
    :raise Unreadable: no object, no id, or a part whose shape leaves no safe reading; the words say which
    Source: SHOPIFY_API §13, bodies of 2014 to 2026.
    """
    try:
        return _order(body)
    except RecursionError:
        raise Unreadable("The order is nested too deeply.") from None


def _order(value: object) -> Order:
    if not isinstance(value, dict):
        raise Unreadable("An order should be an object.")
    body = value
    identity = reading.number(body.get("id"), "The order's id") or reading.number(
        body.get("admin_graphql_api_id"), "The order's id"
    )
    if identity is None:
        raise Unreadable("The order has no id.")
    reader = _Reader(body)
    labels = [discount.label for discount in reader.discounts]
    refunds = reading.mappings(body.get("refunds"), "refunds")
    shipped = _shipped(body)
    company = reading.mapping(body.get("company"), "company")
    return Order(
        id=identity,
        **{name: text.clean(body.get(name)) for name in _TEXTS},
        **{name: reading.moment(body.get(name), name) for name in _TIMES},
        **{name: reader.amounts(body, _KEYS[name][0]) for name in _AMOUNTS},
        **_fulfilled_between(body),
        cancel_reason=_word(body.get("cancel_reason")),
        shop_currency=reader.shop,
        presentment_currency=reader.presentment,
        taxes_included=reading.flag(body.get("taxes_included")),
        duties_included=reading.flag(body.get("duties_included")),
        test=reading.flag(body.get("test")),
        email=text.clean(body.get("email")) or text.clean(body.get("contact_email")),
        note_attributes=_pairs(body.get("note_attributes"), "note_attributes"),
        tags=_tags(body.get("tags")),
        location_id=reading.number(body.get("location_id"), "location_id"),
        payment_terms=text.clean(reading.mapping(body.get("payment_terms"), "payment_terms").get("payment_terms_name")),
        staff_id=reading.number(body.get("user_id"), "user_id"),
        locale=text.clean(body.get("customer_locale")),
        financial_status=_status(body, "financial_status", "pending"),
        fulfillment_status=_status(body, "fulfillment_status", "unfulfilled"),
        gateways=_texts(body.get("payment_gateway_names"), "payment_gateway_names"),
        customer=customer.parse(body.get("customer")),
        company_id=reading.number(company.get("id"), "The company's id"),
        company_location_id=reading.number(company.get("location_id"), "The company location's id"),
        billing=customer.address(body.get("billing_address"), "The billing address"),
        shipping=customer.address(body.get("shipping_address"), "The shipping address"),
        lines=tuple(
            reader.line(line, labels, shipped) for line in reading.mappings(body.get("line_items"), "line_items")
        ),
        shipping_lines=tuple(
            reader.shipping_line(line, labels)
            for line in reading.mappings(body.get("shipping_lines"), "shipping_lines")
        ),
        fees=tuple(reader.fee(fee) for fee in reading.mappings(body.get("additional_fees"), "additional_fees")),
        discounts=reader.discounts,
        discount_codes=tuple(
            (code, text.clean(entry.get("type")))
            for entry in reading.mappings(body.get("discount_codes"), "discount_codes")
            if (code := text.clean(entry.get("code")))
        ),
        tax_lines=reader.taxes(body),
        refunded=tuple(unit for refund in refunds for unit in reader.refunded(refund)),
        refunded_otherwise=any(_refunded_otherwise(refund) for refund in refunds),
        carried=frozenset(name for name in _FIELDS if any(key in body for key in _KEYS.get(name, (name,)))),
    )


class _Reader:
    """Reads amounts with the order's two currencies in mind.

    Bare fields are shop money; each `…_set` has both. Bodies from before 2019 have no sets: where there is one currency
    only, or the amount is 0, both moneys are the bare one; else presentment money is unknown.
    """

    def __init__(self, body: dict):
        total = reading.mapping(body.get("total_price_set") or body.get("current_total_price_set"), "total_price_set")
        self.shop = reading.currency(body.get("currency"), "currency") or _currency(total, "shop_money")
        self.presentment = (
            reading.currency(body.get("presentment_currency"), "presentment_currency")
            or _currency(total, "presentment_money")
            or self.shop
        )
        self.discounts = tuple(
            _discount(entry) for entry in reading.mappings(body.get("discount_applications"), "discount_applications")
        )

    def amounts(self, body: dict, key: str) -> Amounts | None:
        """The amount under `key` and `key_set`; None when neither says anything."""
        bare, pair = body.get(key), body.get(f"{key}_set")
        if isinstance(bare, dict):
            bare, pair = None, pair or bare
        pair = reading.mapping(pair, f"{key}_set")
        shop = self._money(pair, "shop_money", key, self.shop)
        presentment = self._money(pair, "presentment_money", key, self.presentment)
        if shop is None:
            shop = reading.decimal(bare, key)
        same = self.shop == self.presentment
        if presentment is None and shop is not None and (same or not shop):
            presentment = shop
        if shop is None and presentment is not None and (same or not presentment):
            shop = presentment
        return None if shop is None and presentment is None else Amounts(shop, presentment)

    def amount(self, body: dict, key: str) -> Amounts:
        return self.amounts(body, key) or Amounts(None, None)

    def taxes(self, body: dict) -> tuple[TaxLine, ...]:
        return tuple(
            TaxLine(
                title=text.clean(tax.get("title")) or "",
                rate=reading.decimal(tax.get("rate"), "A tax rate"),
                amount=self.amount(tax, "price"),
                channel_liable=tax.get("channel_liable") is True,
            )
            for tax in reading.mappings(body.get("tax_lines"), "tax_lines")
        )

    def allocations(self, body: dict, labels: list[str | None]) -> tuple[Allocation, ...] | None:
        if body.get("discount_allocations") is None:
            return None
        found = []
        for entry in reading.mappings(body["discount_allocations"], "discount_allocations"):
            index = reading.count(entry.get("discount_application_index"), "discount_application_index")
            label = labels[index] if index is not None and index < len(labels) else text.clean(entry.get("label"))
            found.append(Allocation(self.amount(entry, "amount"), label))
        return tuple(found)

    def line(self, body: dict, labels: list[str | None], shipped: dict[str | None, int] | None) -> Line:
        identity = reading.number(body.get("id"), "A line's id")
        quantity = reading.count(body.get("quantity"), "A line's quantity")
        if quantity is None:
            raise Unreadable("A line has no quantity.")
        allocations = self.allocations(body, labels)
        return Line(
            id=identity,
            **{name: text.clean(body.get(name)) for name in ("title", "variant_title", "name", "sku", "vendor")},
            product_id=reading.number(body.get("product_id"), "A line's product id"),
            variant_id=reading.number(body.get("variant_id"), "A line's variant id"),
            quantity=quantity,
            current_quantity=reading.count(body.get("current_quantity"), "A line's current quantity"),
            price=self.amount(body, "price"),
            allocations=allocations,
            line_discount=self.amounts(body, "total_discount") if allocations is None else None,
            taxes=self.taxes(body),
            duties=tuple(self.duty(duty) for duty in reading.mappings(body.get("duties"), "duties")),
            gift_card=body.get("gift_card") is True,
            tip=bool(body.get("tip") or body.get("tip_payment_gateway") or body.get("tip_payment_method")),
            requires_shipping=reading.flag(body.get("requires_shipping")),
            taxable=reading.flag(body.get("taxable")),
            properties=_pairs(body.get("properties"), "properties"),
            group_id=reading.number(body.get("sales_line_item_group_id"), "A line's group"),
            selling_plan=_selling_plan(body.get("selling_plan_allocation")),
            shipped=None if shipped is None else shipped.get(identity, 0),
        )

    def duty(self, body: dict) -> Duty:
        # The two moneys stand in price_set in newer bodies and in the duty itself in the documentation's.
        amount = self.amounts(body, "price") or self.amounts({"price_set": body}, "price") or Amounts(None, None)
        return Duty(reading.number(body.get("id"), "A duty's id"), amount, self.taxes(body))

    def fee(self, body: dict) -> Fee:
        identity = reading.number(body.get("id"), "A fee's id")
        return Fee(identity, text.clean(body.get("name")), self.amount(body, "price"), self.taxes(body))

    def shipping_line(self, body: dict, labels: list[str | None]) -> ShippingLine:
        allocations = self.allocations(body, labels)
        return ShippingLine(
            id=reading.number(body.get("id"), "A shipping line's id"),
            **{name: text.clean(body.get(name)) for name in ("title", "code", "source")},
            price=self.amount(body, "price"),
            allocations=allocations,
            discounted_price=self.amounts(body, "discounted_price") if allocations is None else None,
            taxes=self.taxes(body),
            removed=body.get("is_removed") is True,
        )

    def refunded(self, refund: dict) -> list[RefundedUnits]:
        return [
            RefundedUnits(
                line_id=reading.number(entry.get("line_item_id"), "A refunded line's id"),
                quantity=reading.count(entry.get("quantity"), "A refunded quantity") or 0,
                restock_type=_word(entry.get("restock_type")),
                subtotal=self.amounts(entry, "subtotal"),
                tax=self.amounts(entry, "total_tax"),
            )
            for entry in reading.mappings(refund.get("refund_line_items"), "refund_line_items")
        ]

    def _money(self, pair: dict, side: str, key: str, currency: str | None) -> Decimal | None:
        money = reading.mapping(pair.get(side), side)
        stated = _currency(pair, side)
        if stated and currency and stated != currency:
            raise Unreadable(f"{key}: the order is in {currency}, but this amount is in {stated}.")
        return reading.decimal(money.get("amount"), key)


def _currency(pair: dict, side: str) -> str | None:
    return reading.currency(reading.mapping(pair.get(side), side).get("currency_code"), f"The currency of {side}")


def _discount(body: dict) -> Discount:
    value = reading.decimal(body.get("value"), "A discount's value")
    return Discount(
        kind=_word(body.get("type")),
        code=text.clean(body.get("code")),
        title=text.clean(body.get("title")) or text.clean(body.get("description")),
        # A percentage is positive in webhooks and negative by GraphQL's schema (SHOPIFY_API §13.4).
        value=None if value is None else abs(value),
        value_type=_word(body.get("value_type")),
        target=_word(body.get("target_type")),
    )


def _shipped(body: dict) -> dict[str | None, int] | None:
    """Units by line in the fulfilments that stand; None when the body does not speak of them."""
    if body.get("fulfillments") is None:
        return None
    units: dict[str | None, int] = {}
    for fulfillment in reading.mappings(body["fulfillments"], "fulfillments"):
        if fulfillment.get("line_items") is None:
            return None
        if _word(fulfillment.get("status")) in NOT_SHIPPED:
            continue
        for entry in reading.mappings(fulfillment["line_items"], "A fulfilment's lines"):
            line = reading.number(entry.get("id"), "A shipped line's id")
            units[line] = units.get(line, 0) + (reading.count(entry.get("quantity"), "A shipped quantity") or 0)
    return units


def _fulfilled_between(body: dict) -> dict[str, datetime | None]:
    """When the first of its fulfillments was made, and when one of them was changed last."""
    made, changed = [], []
    for fulfillment in reading.mappings(body.get("fulfillments"), "fulfillments"):
        began = reading.moment(fulfillment.get("created_at"), "A fulfilment's created_at")
        made.append(began)
        changed.append(reading.moment(fulfillment.get("updated_at"), "A fulfilment's updated_at") or began)
    # One that says nothing of its time may have been any time.
    return {
        "fulfilled_from": min(made) if made and None not in made else None,
        "fulfilled_until": max(changed) if changed and None not in changed else None,
    }


def _refunded_otherwise(refund: dict) -> bool:
    return any(
        reading.mappings(refund.get(key), key)
        for key in ("order_adjustments", "refund_shipping_lines", "duties", "additional_fees")
    )


def _status(body: dict, key: str, without: str) -> str | None:
    if key not in body:
        return None
    word = _word(body[key]) or without
    return "partially_fulfilled" if word == "partial" else word


def _selling_plan(value: object) -> str | None:
    """The plan's name: the allocation of a webhook holds the plan, a GraphQL line names the plan itself."""
    allocation = reading.mapping(value, "selling_plan_allocation")
    plan = reading.mapping(allocation.get("selling_plan"), "selling_plan")
    return text.clean(plan.get("name")) or text.clean(allocation.get("name"))


def _word(value: object) -> str | None:
    return word.lower() if (word := text.clean(value)) else None


def _texts(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unreadable(f"{name} should be a list.")
    return tuple(filter(None, map(text.clean, value)))


def _tags(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else ()
    return tuple(filter(None, map(text.clean, parts)))


def _pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    """Attributes as (name, text); a value that is no text is kept as JSON. Old bodies have one object for the list."""
    if isinstance(value, dict):
        value = [{"name": key, "value": item} for key, item in value.items()]
    pairs = []
    for entry in reading.mappings(value, name):
        pairs.append((text.clean(entry.get("name")) or "", text.clean(_shown(entry.get("value"))) or ""))
    return tuple(pairs)


def _shown(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
