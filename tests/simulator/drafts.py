"""Draft orders: what somebody of the shop writes for a customer, until it becomes an order.

A discount on a line is per piece, one on the order is spread over its lines. Taxes are those of `Shop.draft_taxes`: the
shop's tax settings are not modelled. Completing marks it paid, or pending with payment terms (recorded, FACTS 136)."""

import hashlib

from . import checkout, customers, placing, rest, rest_parts, totals
from .checkout import Item
from .draft_parts import discount_of, price_of, rest_discount, shown_discount, shown_line, shown_tax
from .lines import mailing_address
from .money import ZERO, Currencies, exact, total
from .nodes import Node, by_id, local
from .order_changes import rest_address
from .products import clean_tags
from .roots import query


class DraftOrder(Node):
    """:param given: a DraftOrderInput, kept as it was given"""

    typename = "DraftOrder"
    ready = visible_to_customer = True
    has_timeline_comment = all_variant_prices_overridden = any_variant_prices_overridden = False
    invoice_sent_at = completed_at = order = reserve_inventory_until = deposit = None
    invoice_email_template_subject = "Complete your purchase"
    default_cursor = transformer_fingerprint = ""
    discount_codes = platform_discounts = warnings = ()

    def __init__(self, shop, given, number=None, saved=True):
        super().__init__(shop, number)
        shop.draft_number += saved
        self.name = f"#D{shop.draft_number}"
        self.given, self.status = given, "OPEN"
        self.numbers = {}
        if saved:
            shop.drafts.append(self)

    # What it comes to

    @property
    def currencies(self):
        own = self.shop.currency
        return Currencies(own, self.given.get("presentmentCurrencyCode") or own)

    def purchase(self):
        items = [self._item(one) for one in self.given.get("lineItems") or ()]
        way = self.given.get("shippingLine")
        parcels = [Item(way.get("title") or "Shipping", price_of(way, "price"), 1)] if way else []
        taxes = [] if self.tax_exempt else [checkout.tax_from(one) for one in self.shop.draft_taxes]
        discounts = []
        for index, one in enumerate(self.given.get("lineItems") or ()):
            if one.get("appliedDiscount"):
                discounts.append(discount_of(one["appliedDiscount"], [index], items[index].quantity))
        if self.given.get("appliedDiscount"):
            discounts.append(discount_of(self.given["appliedDiscount"], None, 1))
        rate = exact(self.shop.rates.get(self.currencies.presentment, 1))
        return checkout.purchased(items, parcels, discounts, taxes, self.taxes_included, self.currencies, rate)

    def _item(self, given) -> Item:
        properties = [{"name": a["key"], "value": a["value"]} for a in given.get("customAttributes") or ()]
        if given.get("variantId"):
            item = checkout.item_from(self.shop, (given["variantId"], given["quantity"]))
            if given.get("priceOverride"):
                item.price = exact(given["priceOverride"]["amount"])
        else:
            price = price_of(given, "originalUnitPrice")
            item = Item(given.get("title") or "", price, given["quantity"], sku=given.get("sku"))
            item.taxable = given.get("taxable", True)
            item.requires_shipping = given.get("requiresShipping", False)
        item.properties = properties
        return item

    def sums(self) -> dict:
        """Lines, shipping and totals as an order's body has them."""
        purchase, c = self.purchase(), self.currencies
        body = {
            "taxes_included": self.taxes_included,
            "line_items": [rest_parts.line(_Numbered(self, i), one, c) for i, one in enumerate(purchase.lines)],
            "shipping_lines": [rest_parts.parcel(_Numbered(self, -1), one, c) for one in purchase.shipping],
            "discount_applications": [rest_parts.application(one, c) for one in purchase.discounts],
        }
        totals.write(c, body)
        return body

    def _bag(self, key):
        return self.currencies.bag(self.currencies.read(self.sums(), key) or ZERO)

    def __getattr__(self, name):
        """`total_price_set`, `total_tax` …"""
        keys = {
            "subtotal_price": "subtotal_price",
            "total_price": "total_price",
            "total_tax": "total_tax",
            "total_discounts": "total_discounts",
            "total_shipping_price": "total_shipping_price",
            "total_line_items_price": "total_line_items_price",
            "line_items_subtotal_price": "total_line_items_price",
        }
        plain = name.removesuffix("_set")
        if plain not in keys:
            raise AttributeError(name)
        if name.endswith("_set") or plain == "line_items_subtotal_price":
            return self._bag(keys[plain])
        return (self.currencies.read(self.sums(), keys[plain]) or ZERO).shop

    amount_due_now_set = property(lambda self: self._bag("total_price"))
    amount_due_later_set = property(lambda self: self.currencies.bag(ZERO))
    total_weight = property(lambda self: self.sums()["total_weight"])

    @property
    def total_quantity_of_line_items(self):
        return sum(one["quantity"] for one in self.given.get("lineItems") or ())

    # What it says

    @property
    def customer(self):
        entity = self.given.get("purchasingEntity") or {}
        gid = self.given.get("customerId") or entity.get("customerId")
        contact = (entity.get("purchasingCompany") or {}).get("companyContactId")
        if contact:
            return self.shop.find(contact, "CompanyContact").customer
        if gid:
            return self.shop.find(gid, "Customer")
        return customers.known(self.shop, {"email": self.email}) if self.email else None

    @property
    def purchasing_entity(self):
        company = (self.given.get("purchasingEntity") or {}).get("purchasingCompany")
        if not company:
            return self.customer
        contact = company.get("companyContactId")
        return {
            "__typename": "PurchasingCompany",
            "company": self.shop.find(company["companyId"], "Company"),
            "location": self.place,
            "contact": self.shop.find(contact, "CompanyContact") if contact else None,
        }

    @property
    def place(self):
        company = (self.given.get("purchasingEntity") or {}).get("purchasingCompany")
        return self.shop.find(company["companyLocationId"], "CompanyLocation") if company else None

    @property
    def email(self):
        return self.given.get("email")

    @property
    def phone(self):
        return self.given.get("phone")

    @property
    def note2(self):
        return self.given.get("note")

    @property
    def po_number(self):
        return self.given.get("poNumber")

    @property
    def tags(self):
        return clean_tags(self.given.get("tags") or ())

    def take_tags(self, text):
        self.given = {**self.given, "tags": [one.strip() for one in text.split(",") if one.strip()]}
        self.touch()
        self.tell("update")

    @property
    def tax_exempt(self):
        return bool(self.given.get("taxExempt"))

    @property
    def taxes_included(self):
        return self.shop.taxes_included

    @property
    def currency_code(self):
        return self.currencies.shop

    @property
    def presentment_currency_code(self):
        return self.currencies.presentment

    market_name = "Primary"

    @property
    def market_region_country_code(self):
        return self.shop.country

    @property
    def custom_attributes(self):
        return [{"key": a["key"], "value": a["value"]} for a in self.given.get("customAttributes") or ()]

    def _address(self, key):
        given = rest_address(self.given.get(key))
        return given and mailing_address(given, f"gid://shopify/MailingAddress/{self.number}?model_name={key}")

    billing_address = property(lambda self: self._address("billingAddress"))
    shipping_address = property(lambda self: self._address("shippingAddress"))

    @property
    def billing_address_matches_shipping_address(self):
        return self.given.get("billingAddress") == self.given.get("shippingAddress")

    @property
    def invoice_url(self):
        token = hashlib.md5(str(self.number).encode(), usedforsecurity=False).hexdigest()
        return f"https://{self.shop.domain}/{self.shop.number}/invoices/{token}"

    @property
    def applied_discount(self):
        given, c, body = self.given.get("appliedDiscount"), self.currencies, self.sums()
        last = len(body["discount_applications"]) - 1
        rows = [row for line in body["line_items"] for row in line["discount_allocations"]]
        mine = [c.read(row, "amount") for row in rows if row["discount_application_index"] == last]
        return shown_discount(given, self, total(mine))

    @property
    def payment_terms(self):
        return self.shop.payment_terms.get(self.id)

    @property
    def tax_lines(self):
        return [shown_tax(self, row) for row in self.sums()["tax_lines"]]

    @property
    def shipping_line(self):
        given = next(iter(self.sums()["shipping_lines"]), None)
        if not given:
            return None
        c = self.currencies
        return {
            "id": None,
            "title": given["title"],
            "custom": True,
            "originalPriceSet": c.bag(c.read(given, "price")),
            "discountedPriceSet": c.bag(c.read(given, "discounted_price")),
            "taxLines": [shown_tax(self, row) for row in given["tax_lines"]],
        }

    @property
    def line_items(self):
        rows = zip(self.given.get("lineItems") or (), self.sums()["line_items"], strict=True)
        return [shown_line(self, given, body) for given, body in rows]

    # What happens to it

    def complete(self, source_name=None, pending=False):
        purchase, home = self.purchase(), rest_address(self.given.get("shippingAddress"))
        options = {"company": None}
        if self.place:
            options = checkout.company_options(self.place)
        if home:
            options["shipping_address"] = home
        if self.given.get("billingAddress"):
            options["billing"] = rest_address(self.given["billingAddress"])
        unpaid = pending or self.payment_terms is not None
        body = rest.order_body(
            self.shop,
            purchase,
            self.customer,
            financial_status="pending" if unpaid else "paid",
            gateway="manual",
            note=self.note2,
            note_attributes=[{"name": a["key"], "value": a["value"]} for a in self.custom_attributes],
            tags=self.tags,
            email=self.email,
            source_name=source_name or self.given.get("sourceName") or "shopify_draft_order",
            po_number=self.po_number,
            tax_exempt=self.tax_exempt,
            **options,
        )
        self.status, self.completed_at = "COMPLETED", self.shop.now()
        self.touch()
        due = self.currencies.read(body, "total_price")
        rows = [("sale", due, "manual", "pending" if unpaid else "success")] if due.presentment else []
        self.order = placing.placed(self.shop, body, transactions=rows)
        self.tell("update")
        return self.order

    def tell(self, what):
        self.shop.emit(f"draft_orders/{what}", self.document())

    def document(self) -> dict:
        shop, body, c = self.shop, self.sums(), self.currencies
        way = self.given.get("shippingLine")
        return {
            "id": self.number,
            "note": self.note2,
            "email": self.email,
            "taxes_included": self.taxes_included,
            "currency": c.shop,
            "invoice_sent_at": local(shop, self.invoice_sent_at),
            "created_at": local(shop, self.created_at),
            "updated_at": local(shop, self.updated_at),
            "tax_exempt": self.tax_exempt,
            "completed_at": local(shop, self.completed_at),
            "name": self.name,
            "status": self.status.lower(),
            "line_items": [
                {
                    **{key: value for key, value in line.items() if not key.endswith("_set")},
                    "custom": line["variant_id"] is None,
                    "applied_discount": rest_discount(given.get("appliedDiscount")),
                    "admin_graphql_api_id": f"gid://shopify/DraftOrderLineItem/{line['id']}",
                }
                for given, line in zip(self.given.get("lineItems") or (), body["line_items"], strict=True)
            ],
            "shipping_address": rest_address(self.given.get("shippingAddress")),
            "billing_address": rest_address(self.given.get("billingAddress")),
            "invoice_url": self.invoice_url,
            "applied_discount": rest_discount(self.given.get("appliedDiscount")),
            "order_id": self.order and self.order.number,
            "shipping_line": way
            and {"title": way.get("title"), "custom": True, "handle": None, "price": str(price_of(way, "price"))},
            "tax_lines": [{"rate": r["rate"], "title": r["title"], "price": r["price"]} for r in body["tax_lines"]],
            "tags": ", ".join(self.tags),
            "note_attributes": [{"name": a["key"], "value": a["value"]} for a in self.custom_attributes],
            "total_price": body["total_price"],
            "subtotal_price": body["subtotal_price"],
            "total_tax": body["total_tax"],
            "payment_terms": None,
            "admin_graphql_api_id": self.id,
            "customer": self.customer and self.customer.body(),
        }


class _Numbered:
    """Gives a line the same id each time it is computed."""

    def __init__(self, draft, place):
        self.draft, self.place = draft, place

    def next_id(self):
        return self.draft.numbers.setdefault(self.place, None) or self._new()

    def _new(self):
        self.draft.numbers[self.place] = self.draft.shop.next_id()
        return self.draft.numbers[self.place]


_FIELDS = {
    "": lambda d: [d.name, d.email or "", d.note2 or "", *(line["title"] for line in d.sums()["line_items"])],
    "id": lambda d: d.number,
    "status": lambda d: d.status.lower(),
    "tag": lambda d: d.tags,
    "created_at": lambda d: d.created_at,
    "updated_at": lambda d: d.updated_at,
    "customer_id": lambda d: d.customer and d.customer.number,
}
_SORT = {
    "NUMBER": lambda d: int(d.name[2:]),
    "STATUS": lambda d: d.status,
    "TOTAL_PRICE": lambda d: d.total_price,
    "CUSTOMER_NAME": lambda d: d.customer.display_name if d.customer else "",
}


@query("draftOrders")
def draft_orders(shop, request, *, query=None, sort_key="ID"):
    return shop.sort(shop.search(shop.drafts, query, _FIELDS, "draftOrders", request), sort_key, _SORT)


@query("draftOrdersCount")
def draft_orders_count(shop, request, *, query=None, limit=10000):
    return shop.count(shop.search(shop.drafts, query, _FIELDS, "draftOrdersCount", request), limit)


by_id("draftOrder", "DraftOrder")
