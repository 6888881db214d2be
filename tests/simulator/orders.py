"""Orders as they are read.

An order is kept as its REST body, the one webhooks carry; what GraphQL shows is read out of it."""

import copy

from . import companies, totals
from .lines import DiscountApplication, LineItem, ShippingLine, address, attributes, tax_lines
from .money import ZERO, Currencies, Money
from .nodes import Node, local
from .order_money import Paid
from .payments import Refund
from .schema import utc

# What an older body does not carry is what it was at the beginning.
_INSTEAD = {
    "current_total_price": "total_price",
    "current_subtotal_price": "subtotal_price",
    "current_total_tax": "total_tax",
    "current_total_discounts": "total_discounts",
    "current_shipping_price": "total_shipping_price",
    "original_total_price": "total_price",
}
_OPTIONAL = ("duties", "additional_fees")


class Order(Paid, Node):
    typename = "Order"
    merchant_editable = True
    merchant_editable_errors = ()
    edited = has_timeline_comment = product_network = False
    can_notify_customer = True
    return_status = "NO_RETURN"
    risk_level = "LOW"
    risk_provider = None
    staff_note = None

    def __init__(self, shop, body, number):
        super().__init__(shop, number)
        self.body = body
        self.placed_at = self.changed_at = shop.now()
        self.created_at = utc(body.get("created_at")) or self.placed_at
        self.updated_at = utc(body.get("updated_at")) or self.created_at
        own = body.get("currency") or shop.currency
        self.currencies = Currencies(own, body.get("presentment_currency") or own)
        self.lines = [LineItem(self, one) for one in body.get("line_items") or ()]
        self.routed, self.routed_at = [], None
        self.fulfillments = []
        self.payments, self.returned = [], [Refund(self, one) for one in body.get("refunds") or ()]
        shop.orders.append(self)

    def __getattr__(self, name):
        """A field GraphQL asks for that stands in the body under the same name, or an amount."""
        body = self.__dict__.get("body")
        if body is None or name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("_set"):
            return self._bag(name.removesuffix("_set"))
        if name in body:
            return body[name]
        raise AttributeError(name)

    def _bag(self, key):
        amount = self.amount(key)
        if amount is None and key.endswith(_OPTIONAL):
            return None
        return self.currencies.bag(amount or ZERO)

    def amount(self, key) -> Money | None:
        """`total_price`, `current_total_tax` …; None if the body does not know it."""
        found = self.currencies.read(self.body, key)
        return self.amount(_INSTEAD[key]) if found is None and key in _INSTEAD else found

    # What changes

    def touch(self):
        super().touch()
        self.changed_at = self.shop.now()
        self.body["updated_at"] = local(self.shop, self.updated_at)

    def document(self) -> dict:
        """The body as a webhook carries it now."""
        return copy.deepcopy(self.body)

    def update(self, changes: dict):
        self.body.update(changes)
        self.touch()
        self.shop.emit("orders/updated", self.document())

    def settle(self):
        """After something was fulfilled or cancelled: the statuses that follow from it, and a new `updated_at`."""
        wanted = [line for line in self.lines if line.shippable]
        open_pieces = sum(line.body.get("fulfillable_quantity") or 0 for line in wanted)
        done = any(one.status == "SUCCESS" for one in self.fulfillments)
        status = None if not done else "partial" if open_pieces else "fulfilled"
        self.body["fulfillment_status"] = status
        self.body["fulfillments"] = [one.body for one in self.fulfillments]
        finished = status == "fulfilled" and self.body.get("financial_status") == "paid"
        if not self.body.get("cancelled_at"):
            # Fulfilled and paid closes by itself, and a cancelled fulfillment opens it again (recorded, FACTS 65).
            self.body["closed_at"] = local(self.shop, self.shop.now()) if finished else None
        self.touch()

    # What GraphQL shows

    @property
    def name(self):
        return self.body.get("name") or f"#{self.number}"

    def _time(self, key):
        return utc(self.body.get(key))

    @property
    def processed_at(self):
        return self._time("processed_at") or self.created_at

    @property
    def closed_at(self):
        return self._time("closed_at")

    @property
    def cancelled_at(self):
        return self._time("cancelled_at")

    @property
    def closed(self):
        return self.closed_at is not None

    @property
    def cancel_reason(self):
        return (self.body.get("cancel_reason") or "").upper() or None

    @property
    def cancellation(self):
        return {"staffNote": self.staff_note} if self.cancelled_at else None

    @property
    def currency_code(self):
        return self.currencies.shop

    @property
    def presentment_currency_code(self):
        return self.currencies.presentment

    @property
    def display_financial_status(self):
        return (self.body.get("financial_status") or "").upper() or None

    @property
    def display_fulfillment_status(self):
        status = self.body.get("fulfillment_status")
        if status in ("partial", "fulfilled", "restocked"):
            return {"partial": "PARTIALLY_FULFILLED"}.get(status, status.upper())
        if not any(line.shippable for line in self.lines):
            return "FULFILLMENT_NOT_REQUIRED"
        if any(fo.progress_reported for fo in self.routed if fo.is_open):
            return "IN_PROGRESS"
        states = {fo.status for fo in self.routed if fo.status != "CLOSED"}
        return states.pop() if states in ({"ON_HOLD"}, {"SCHEDULED"}) else "UNFULFILLED"

    @property
    def fulfillable(self):
        return any(fo.is_open for fo in self.routed)

    @property
    def fully_paid(self):
        return self.body.get("financial_status") == "paid"

    @property
    def unpaid(self):
        return self.body.get("financial_status") in ("pending", "authorized")

    can_mark_as_paid = unpaid

    @property
    def confirmed(self):
        return self.body.get("confirmed", True)

    @property
    def number_(self):
        """GraphQL's `number`: the one in the name (`number` is the id's)."""
        return self.body.get("order_number") or self.body.get("number") or 0

    @property
    def tags(self):
        return sorted(t.strip() for t in (self.body.get("tags") or "").split(",") if t.strip())

    @property
    def taxes_included(self):
        return bool(self.body.get("taxes_included"))

    @property
    def tax_exempt(self):
        return bool(self.body.get("tax_exempt"))

    @property
    def duties_included(self):
        return bool(self.body.get("duties_included"))

    @property
    def estimated_taxes(self):
        return bool(self.body.get("estimated_taxes"))

    @property
    def test(self):
        return bool(self.body.get("test"))

    @property
    def customer_accepts_marketing(self):
        return bool(self.body.get("buyer_accepts_marketing"))

    @property
    def requires_shipping(self):
        return any(line.requires_shipping for line in self.lines)

    @property
    def custom_attributes(self):
        return attributes(self.body.get("note_attributes"))

    @property
    def discount_codes(self):
        return [one.get("code") for one in self.body.get("discount_codes") or ()]

    @property
    def discount_code(self):
        return next(iter(self.discount_codes), None)

    @property
    def status_page_url(self):
        return self.body.get("order_status_url") or f"https://{self.shop.domain}/orders/{self.number}"

    @property
    def customer(self):
        given = self.body.get("customer") or {}
        return self.shop.nodes.get(("Customer", str(given.get("id"))))

    @property
    def purchasing_entity(self):
        return companies.purchasing(self) or self.customer

    @property
    def staff_member(self):
        return next((one for one in self.shop.staff if one["number"] == self.body.get("user_id")), None)

    @property
    def billing_address(self):
        return address(self, "billing_address")

    @property
    def shipping_address(self):
        return address(self, "shipping_address")

    display_address = shipping_address

    @property
    def billing_address_matches_shipping_address(self):
        return self.body.get("billing_address") == self.body.get("shipping_address")

    @property
    def retail_location(self):
        return self.shop.nodes.get(("Location", str(self.body.get("location_id"))))

    @property
    def tax_lines(self):
        return tax_lines(self, self.body)

    @property
    def current_tax_lines(self):
        return tax_lines(self, {"tax_lines": totals.current_taxes(self.currencies, self.body)})

    @property
    def additional_fees(self):
        return [
            {
                "id": f"gid://shopify/AdditionalFee/{one.get('id')}",
                "name": one.get("name") or "",
                "price": self.currencies.bag(self.currencies.read(one, "price") or ZERO),
                "taxLines": tax_lines(self, one),
            }
            for one in self.body.get("additional_fees") or ()
        ]

    @property
    def discount_applications(self):
        return [DiscountApplication(self, i, one) for i, one in enumerate(self.body.get("discount_applications") or ())]

    @property
    def line_items(self):
        return self.lines

    @property
    def non_fulfillable_line_items(self):
        return [line for line in self.lines if not line.body.get("fulfillable_quantity")]

    def shipping_lines(self, *, include_removals=False):
        lines = [ShippingLine(self, one) for one in self.body.get("shipping_lines") or ()]
        return [line for line in lines if include_removals or not line.is_removed]

    @property
    def shipping_line(self):
        return next(iter(self.shipping_lines()), None)

    @property
    def subtotal_line_items_quantity(self):
        return sum(line.quantity for line in self.lines)

    @property
    def current_subtotal_line_items_quantity(self):
        return sum(line.current_quantity for line in self.lines)

    @property
    def total_weight(self):
        return self.body.get("total_weight") or 0

    current_total_weight = total_weight

    def fulfillment_orders(self):
        """Routing takes a moment: until then there are none to be read (SHOPIFY_API 20)."""
        visible = self.routed_at is not None and self.shop.now() >= self.routed_at
        return list(self.routed) if visible else []

    @property
    def risk(self):
        """Fraud: not in the webhook's body (SHOPIFY_API 12)."""
        if self.risk_provider is None:
            return {"recommendation": "ACCEPT", "assessments": []}
        wanted = {"HIGH": "CANCEL", "MEDIUM": "INVESTIGATE"}.get(self.risk_level, "ACCEPT")
        provider = {"id": f"gid://shopify/App/{self.shop.app_number}", "title": self.risk_provider}
        assessment = {"riskLevel": self.risk_level, "provider": provider, "facts": []}
        return {"recommendation": wanted, "assessments": [assessment]}

    def assess(self, level, provider="Shopify"):
        """Somebody says how risky it is. :param level: LOW, MEDIUM, HIGH, PENDING or NONE"""
        self.risk_level, self.risk_provider = level, provider
        self.touch()
        body = {
            "provider_id": self.shop.app_number,
            "provider_title": provider,
            "risk_level": level.lower(),
            "created_at": local(self.shop, self.updated_at),
            "order_id": self.number,
            "admin_graphql_api_order_id": self.id,
        }
        self.shop.emit("orders/risk_assessment_changed", body)

    @property
    def merchant_business_entity(self):
        return {"id": f"gid://shopify/BusinessEntity/{self.shop.number}", "primary": True}

    @property
    def attribution(self):
        name = self.body.get("source_name") or "web"
        return {"handle": name, "displayName": "Online Store" if name == "web" else name}
