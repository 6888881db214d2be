"""The parts of an order as GraphQL shows them, each read out of its piece of the REST body (SHOPIFY_API 13.2-13.5,
13.8)."""

import json

from .money import ZERO, Money, exact, total
from .nodes import Node

NOT_MODELLED = "simulator does not model"


class Part:
    """A piece of an order's body. Amounts end in `_set`; everything else is the body's own."""

    def __init__(self, order, body):
        self.order, self.body = order, body

    def __getattr__(self, name):
        body = self.__dict__.get("body")
        if body is None or name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("_set"):
            return self.bag(name.removesuffix("_set"))
        if name in body:
            return body[name]
        raise AttributeError(name)

    def money(self, key) -> Money:
        return self.order.currencies.read(self.body, key) or ZERO

    def bag(self, key):
        return self.order.currencies.bag(self.money(key))

    @property
    def tax_lines(self):
        return tax_lines(self.order, self.body)

    @property
    def discount_allocations(self):
        applications = self.order.discount_applications
        result = []
        for one in self.body.get("discount_allocations") or ():
            index = one.get("discount_application_index") or 0
            result.append(
                {
                    "allocatedAmountSet": self.order.currencies.bag(self.order.currencies.read(one, "amount") or ZERO),
                    "discountApplication": applications[index] if index < len(applications) else None,
                }
            )
        return result

    def discounted(self) -> Money:
        """Price of the whole line after every allocation."""
        price, quantity = self.money("price"), self.body.get("quantity") or 1
        allocated = (self.order.currencies.read(a, "amount") for a in self.body.get("discount_allocations") or ())
        return Money(price.shop * quantity, price.presentment * quantity) - total(a for a in allocated if a)


class LineItem(Part, Node):
    typename = "LineItem"
    merchant_editable = restockable = True
    non_fulfillable_quantity = 0

    def __init__(self, order, body):
        Part.__init__(self, order, body)
        Node.__init__(self, order.shop, body.get("id"))
        # What Shopify adds with time; a body of an older version has it from now on.
        body.setdefault("id", self.number)
        body.setdefault("fulfillable_quantity", body.get("quantity") or 0)

    @property
    def title(self):
        return self.body.get("title") or self.body.get("name") or ""

    @property
    def name(self):
        return self.body.get("name") or self.title

    @property
    def quantity(self):
        return self.body.get("quantity") or 0

    @property
    def current_quantity(self):
        return self.body.get("current_quantity", self.quantity)

    @property
    def shippable(self):
        """Whether it is ever fulfilled: a tip is not."""
        return not self.body.get("tip")

    @property
    def unfulfilled_quantity(self):
        return self.body.get("fulfillable_quantity") or 0

    @property
    def fulfillable_quantity(self):
        """Without what is on hold (recorded)."""
        held = [
            wanted.remaining_quantity
            for fo in self.order.routed
            if fo.status == "ON_HOLD"
            for wanted in fo.lines
            if wanted.line_item is self
        ]
        return max(0, self.unfulfilled_quantity - sum(held))

    @property
    def refundable_quantity(self):
        return self.current_quantity

    @property
    def fulfillment_status(self):
        return self.body.get("fulfillment_status") or "unfulfilled"

    @property
    def is_gift_card(self):
        return bool(self.body.get("gift_card"))

    @property
    def requires_shipping(self):
        return bool(self.body.get("requires_shipping"))

    @property
    def taxable(self):
        return bool(self.body.get("taxable"))

    @property
    def variant(self):
        return self._thing("ProductVariant", "variant_id")

    @property
    def product(self):
        return self._thing("Product", "product_id")

    def _thing(self, typename, key):
        number = self.body.get(key)
        known = self.shop.nodes.get((typename, str(number)))
        if known is None and number and self.body.get("product_exists", True):
            # A body of another shop says that its product exists: nothing more is known of it than its id.
            return {"__typename": typename, "id": f"gid://shopify/{typename}/{number}", "legacyResourceId": number}
        return known

    @property
    def selling_plan(self):
        given = self.body.get("selling_plan_allocation")
        return given and {"name": given.get("name") or "", "sellingPlanId": None}

    @property
    def custom_attributes(self):
        return attributes(self.body.get("properties"))

    @property
    def original_unit_price_set(self):
        return self.bag("price")

    @property
    def original_total_set(self):
        price = self.money("price")
        return self.order.currencies.bag(Money(price.shop * self.quantity, price.presentment * self.quantity))

    def discounted_total_set(self, *, with_code_discounts=False):
        """Line discounts only, and code discounts only where asked for (SHOPIFY_API 14): those over the order never."""
        return self.order.currencies.bag(self.discounted()) if with_code_discounts else self.original_total_set

    @property
    def discounted_unit_price_after_all_discounts_set(self):
        whole, pieces = self.discounted(), self.quantity or 1
        return self.order.currencies.bag(Money(whole.shop / pieces, whole.presentment / pieces))

    @property
    def price_after_all_discounts_before_taxes_set(self):
        whole = self.discounted()
        if self.order.taxes_included:
            read = self.order.currencies.read
            whole = whole - total(read(tax, "price") or ZERO for tax in self.body.get("tax_lines") or ())
        return self.order.currencies.bag(whole)

    @property
    def weight(self):
        return {"value": float(self.body.get("grams") or 0), "unit": "GRAMS"}

    @property
    def duties(self):
        return [
            {
                "id": f"gid://shopify/Duty/{one.get('id')}",
                "price": self.order.currencies.bag(self.order.currencies.read(one, "price") or ZERO),
                "taxLines": tax_lines(self.order, one),
                "harmonizedSystemCode": one.get("harmonized_system_code"),
                "countryCodeOfOrigin": one.get("country_code_of_origin"),
            }
            for one in self.body.get("duties") or ()
        ]


class ShippingLine(Part):
    typename = "ShippingLine"

    @property
    def id(self):
        number = self.body.get("id")
        return number and f"gid://shopify/ShippingLine/{number}"

    @property
    def title(self):
        return self.body.get("title") or ""

    @property
    def is_removed(self):
        return bool(self.body.get("is_removed"))

    @property
    def custom(self):
        return self.body.get("source") is None

    @property
    def original_price_set(self):
        return self.bag("price")

    @property
    def discounted_price_set(self):
        known = self.order.currencies.read(self.body, "discounted_price")
        return self.order.currencies.bag(known if known is not None else self.discounted())

    @property
    def current_discounted_price_set(self):
        known = self.order.currencies.read(self.body, "current_discounted_price")
        return self.order.currencies.bag(known) if known is not None else self.discounted_price_set


class DiscountApplication:
    """`index` is its place in the list, which allocations refer to."""

    _TYPES = {
        "discount_code": "DiscountCodeApplication",
        "automatic": "AutomaticDiscountApplication",
        "manual": "ManualDiscountApplication",
        "script": "ScriptDiscountApplication",
    }

    def __init__(self, order, index, body):
        self.order, self.index, self.body = order, index, body
        self.code, self.title = body.get("code"), body.get("title") or body.get("description") or ""
        self.description = body.get("description")

    @property
    def typename(self):
        return self._TYPES.get(self.body.get("type"), "ManualDiscountApplication")

    @property
    def target_type(self):
        return (self.body.get("target_type") or "line_item").upper()

    @property
    def target_selection(self):
        return (self.body.get("target_selection") or "all").upper()

    @property
    def allocation_method(self):
        return (self.body.get("allocation_method") or "across").upper()

    @property
    def value(self):
        amount = exact(self.body.get("value") or 0)
        if self.body.get("value_type") == "percentage":
            return {"__typename": "PricingPercentageValue", "percentage": float(amount)}
        return {"__typename": "MoneyV2", "amount": amount, "currencyCode": self.order.currencies.shop}


def tax_lines(order, body) -> list:
    result = []
    for one in body.get("tax_lines") or ():
        rate = one.get("rate")
        result.append(
            {
                "title": one.get("title") or "",
                "rate": rate,
                "ratePercentage": None if rate is None else float(exact(rate) * 100),
                "channelLiable": one.get("channel_liable"),
                "source": one.get("source") or "Shopify",
                "priceSet": order.currencies.bag(order.currencies.read(one, "price") or ZERO),
            }
        )
    return result


def attributes(pairs) -> list:
    """`[{name, value}]` → `[{key, value}]`; a value may be any JSON."""
    return [
        {"key": str(one.get("name")), "value": v if isinstance(v := one.get("value"), str | None) else json.dumps(v)}
        for one in pairs or ()
        if isinstance(one, dict)
    ]


def address(order, key) -> dict | None:
    """An order's address. It has no id in the body; GraphQL gives it one of the order's own."""
    given = order.body.get(key)
    if not given:
        return None
    return mailing_address(given, f"gid://shopify/MailingAddress/{order.number}?model_name={key}")


def mailing_address(given: dict, gid: str) -> dict:
    plain = "address1 address2 city company country latitude longitude name phone province zip".split()
    return {
        "__typename": "MailingAddress",
        "id": gid,
        **{name: given.get(name) for name in plain},
        "firstName": given.get("first_name"),
        "lastName": given.get("last_name"),
        "provinceCode": given.get("province_code"),
        "countryCodeV2": given.get("country_code"),
        "formatted": [v for v in (given.get("address1"), given.get("zip"), given.get("city")) if v],
        "coordinatesValidated": False,
    }
