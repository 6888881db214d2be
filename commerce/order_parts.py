"""An order as Shopify took it, whichever way it reached us.

What a body does not carry is None, or empty and missing from `Order.carried`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .customer import Address, Customer
from .money import Amounts


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one whole line, after discounts, before returns (SHOPIFY_API §13.3). Zero ones say which applied."""

    title: str
    rate: Decimal | None  # 0.19 is 19 %
    amount: Amounts
    channel_liable: bool  # a marketplace remits it: never our tax payable


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one discount took off one whole line, and the code or title of that discount."""

    amount: Amounts
    label: str | None


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of the order; `value` is positive, percent or an amount by `value_type`."""

    kind: str | None  # discount_code, automatic, manual, script
    code: str | None
    title: str | None
    value: Decimal | None
    value_type: str | None  # percentage, fixed_amount
    target: str | None  # line_item, shipping_line

    @property
    def label(self) -> str | None:
        """The code, else the title: what the customer knows it by."""
        return self.code or self.title


@dataclass(frozen=True, slots=True)
class Duty:
    """Import duty on a line, with taxes of its own."""

    id: str | None
    amount: Amounts
    taxes: tuple[TaxLine, ...]


@dataclass(frozen=True, slots=True)
class Fee:
    """An additional fee of the order, with taxes of its own."""

    id: str | None
    name: str | None
    amount: Amounts
    taxes: tuple[TaxLine, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as ordered. `quantity` never shrinks: removed and returned units show in `current_quantity` (FACTS 66)."""

    id: str | None
    title: str | None
    variant_title: str | None
    name: str | None
    sku: str | None
    vendor: str | None
    product_id: str | None  # None: custom line, or the product was deleted
    variant_id: str | None
    quantity: int
    current_quantity: int | None
    price: Amounts  # one unit before every discount; with tax if the order's taxes are included
    allocations: tuple[Allocation, ...] | None  # None: a body from before 2018, or not asked for
    line_discount: Amounts | None  # read only where there are no allocations: else it is a part of them
    taxes: tuple[TaxLine, ...]
    duties: tuple[Duty, ...]
    gift_card: bool
    tip: bool  # marked as a tip by Shopify
    requires_shipping: bool | None
    taxable: bool | None
    properties: tuple[tuple[str, str], ...]
    group_id: str | None  # the bundle it belongs to
    selling_plan: str | None
    shipped: int | None  # units in fulfilments that stand; None: not carried


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """Shipping as charged. A removed one stays in the list with `removed`."""

    id: str | None
    title: str | None
    code: str | None
    source: str | None
    price: Amounts
    allocations: tuple[Allocation, ...] | None
    discounted_price: Amounts | None  # read only where there are no allocations
    taxes: tuple[TaxLine, ...]
    removed: bool


@dataclass(frozen=True, slots=True)
class RefundedUnits:
    """Units of a line in a refund. `restock_type`: cancel, return, no_restock, legacy_restock; None in old bodies.

    `subtotal` is after discounts, and with tax if the order's taxes are included (SHOPIFY_API §13.7).
    """

    line_id: str | None
    quantity: int
    restock_type: str | None
    subtotal: Amounts | None
    tax: Amounts | None


@dataclass(frozen=True, slots=True)
class Order:
    """One order. Times are naive UTC.

    `carried` names the fields that the body spoke of, so that what is unknown never overwrites. Statuses are lower case
    in GraphQL's words: `fulfillment_status` is unfulfilled (a webhook's null), partially_fulfilled (its "partial"),
    fulfilled, restocked, and from GraphQL alone on_hold, scheduled, fulfillment_not_required …; null `financial_status`
    is an order without payment (FACTS 64), so pending.
    """

    id: str
    name: str | None
    created_at: datetime | None
    processed_at: datetime | None
    updated_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    cancel_reason: str | None
    shop_currency: str | None
    presentment_currency: str | None
    taxes_included: bool | None
    duties_included: bool | None
    test: bool | None
    email: str | None
    phone: str | None
    note: str | None
    note_attributes: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    source_name: str | None
    location_id: str | None
    po_number: str | None
    payment_terms: str | None  # their name
    landing_site: str | None  # the page the customer came in by, with its query; webhooks alone have it
    staff_id: str | None  # who sold it, at a till or in the admin
    locale: str | None
    financial_status: str | None
    fulfillment_status: str | None
    gateways: tuple[str, ...]
    customer: Customer | None
    company_id: str | None  # B2B: the company that buys, and at which of its locations
    company_location_id: str | None
    billing: Address | None
    shipping: Address | None
    fulfilled_from: datetime | None  # when the first of its fulfillments was made, and when one of them changed last
    fulfilled_until: datetime | None
    lines: tuple[Line, ...]
    shipping_lines: tuple[ShippingLine, ...]
    fees: tuple[Fee, ...]
    discounts: tuple[Discount, ...]
    discount_codes: tuple[tuple[str, str | None], ...]  # (code, percentage | fixed_amount | shipping | None)
    tax_lines: tuple[TaxLine, ...]  # sums of the order: never added to those of the lines
    refunded: tuple[RefundedUnits, ...]
    refunded_otherwise: bool  # shipping, a discrepancy, a duty: money that belongs to no unit
    total: Amounts | None  # as ordered, with lines added by edits, before anything was removed or returned
    subtotal: Amounts | None
    total_tax: Amounts | None
    total_discounts: Amounts | None
    total_shipping: Amounts | None
    total_duties: Amounts | None
    total_fees: Amounts | None
    tip: Amounts | None
    current_total: Amounts | None  # after edits, returns and refunds
    current_subtotal: Amounts | None
    current_total_tax: Amounts | None
    current_total_discounts: Amounts | None
    cash_rounding: Amounts | None  # not in the total: booked with the payment
    outstanding: Amounts | None
    carried: frozenset[str]

    def currency(self, money: str) -> str | None:
        """The currency of 'shop' or 'presentment' money."""
        return Amounts(self.shop_currency, self.presentment_currency).of(money)
