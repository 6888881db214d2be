"""Orders made and changed through the API: orderCreate, -Update, -Close, -Open, -MarkAsPaid, -Delete.

Recorded, FACTS 41, 64, 75-77, 82: an order without transactions and without a financial status has none at all;
inventory is bypassed unless the options say otherwise."""

import re

from . import customers, placing, rest
from .checkout import Charge, Item, Purchase, Tax
from .countries import COUNTRIES, PROVINCES
from .lines import NOT_MODELLED
from .money import ZERO, Currencies, Money, exact, rounded, total
from .nodes import local
from .roots import Refused, mutation, user_error

_MISSING = user_error(["id"], "Order does not exist")
_PHONE = re.compile(r"\+?[\d ().-]{7,20}")
_LATER = ("discountCode", "metafields", "fulfillment", "companyLocationId", "taxLines")


def rest_address(given: dict | None) -> dict | None:
    """A MailingAddressInput as the REST address of an order."""
    if not given:
        return None
    country, province = given.get("countryCode"), given.get("provinceCode")
    plain = ("address1", "address2", "city", "company", "phone", "zip")
    names = (given.get("firstName"), given.get("lastName"))
    return {
        **{key: given.get(key) for key in plain},
        "first_name": names[0],
        "last_name": names[1],
        "name": " ".join(filter(None, names)) or None,
        "country": given.get("country") or COUNTRIES.get(country),
        "country_code": country,
        "province": given.get("province") or PROVINCES.get(country, {}).get(province),
        "province_code": province,
        "latitude": None,
        "longitude": None,
    }


def _bag(bag) -> Money:
    shop = exact((bag.get("shopMoney") or bag["presentmentMoney"])["amount"])
    shown = bag.get("presentmentMoney")
    return Money(shop, exact(shown["amount"]) if shown else shop)


def _taxes(rows, net, currencies, included) -> list:
    """[(Tax, Money)]: the amounts that were given, else the rate's part of the line."""
    result = []
    for row in rows or ():
        rate = exact(row["rate"])
        if row.get("priceSet"):
            amount = _bag(row["priceSet"])
        else:
            part = rate / (1 + rate) if included else rate
            amount = Money(
                rounded(net.shop * part, currencies.shop), rounded(net.presentment * part, currencies.presentment)
            )
        result.append((Tax(row["title"], rate, bool(row.get("channelLiable"))), amount))
    return result


def _charge(shop, given, currencies, included) -> Charge:
    variant = shop.find(given["variantId"], "ProductVariant") if given.get("variantId") else None
    quantity = given.get("quantity", 1)
    priced = given.get("priceSet")
    unit = _bag(priced) if priced else Money(variant.price, variant.price)
    whole = Money(unit.shop * quantity, unit.presentment * quantity)
    item = Item(
        given.get("title") or variant.product.title,
        unit.shop,
        quantity,
        variant=variant,
        sku=given.get("sku") or (variant and variant.sku),
        vendor=given.get("vendor") or (variant and variant.product.vendor),
        taxable=given.get("taxable", True),
        requires_shipping=given.get("requiresShipping", variant.item.requires_shipping if variant else False),
        gift_card=bool(given.get("giftCard")),
        properties=[{"name": p["name"], "value": p["value"]} for p in given.get("properties") or ()],
    )
    return Charge(item, unit, whole, [], _taxes(given.get("taxLines"), whole, currencies, included), whole)


def _errors(order):
    if not order.get("lineItems"):
        yield user_error(["order", "lineItems"], "Line items can't be blank", "INVALID")
    for given in order.get("lineItems") or ():
        if not given.get("variantId") and not (given.get("title") or "").strip():
            for name in ("Title", "Name"):
                yield user_error(["order", "lineItems"], f"Line items {name} can't be blank", "INVALID")
            yield user_error(["order"], "Order Line items is invalid", "INVALID")
            return


def _buyer(shop, order):
    if order.get("customerId"):
        return shop.find(order["customerId"], "Customer")
    given = order.get("customer") or {}
    if given.get("toAssociate"):
        return shop.find(given["toAssociate"]["id"], "Customer")
    wanted = given.get("toUpsert") or {}
    named = {"first_name": wanted.get("firstName"), "last_name": wanted.get("lastName"), "phone": wanted.get("phone")}
    email = wanted.get("email") or order.get("email")
    return customers.known(shop, {"email": email, **named}) if email or any(named.values()) else None


def _status(order, paid: Money, authorized: Money, due: Money) -> str | None:
    if order.get("financialStatus"):
        return order["financialStatus"].lower()
    if paid.presentment:
        return "paid" if paid.presentment >= due.presentment else "partially_paid"
    return "authorized" if authorized.presentment else None


@mutation("orderCreate")
def order_create(shop, *, order, options=None):
    if later := [key for key in _LATER if order.get(key)]:
        raise Refused(f"{NOT_MODELLED} OrderCreateOrderInput.{later[0]}", "SIMULATOR")
    if errors := list(_errors(order)):
        return {"order": None, "userErrors": errors}
    priced = next((one["priceSet"] for one in order["lineItems"] if one.get("priceSet")), {})
    own = order.get("currency") or (priced.get("shopMoney") or {}).get("currencyCode") or shop.currency
    currencies = Currencies(own, order.get("presentmentCurrency") or own)
    included = bool(order.get("taxesIncluded"))
    lines = [_charge(shop, given, currencies, included) for given in order["lineItems"]]
    shipping = [
        _charge(shop, {**given, "requiresShipping": False}, currencies, included)
        for given in order.get("shippingLines") or ()
    ]
    rows = [
        (t["kind"].lower(), _bag(t["amountSet"]), t.get("gateway") or "manual", (t.get("status") or "SUCCESS").lower())
        for t in order.get("transactions") or ()
    ]
    taxes = total(amount for charge in [*lines, *shipping] for _, amount in charge.taxes)
    due = total(charge.net for charge in [*lines, *shipping]) + (ZERO if included else taxes)
    paid = total(m for kind, m, _, status in rows if kind in ("sale", "capture") and status == "success")
    held = total(m for kind, m, _, status in rows if kind == "authorization" and status == "success")
    attributes = [{"name": a["key"], "value": a["value"]} for a in order.get("customAttributes") or ()]
    body = rest.order_body(
        shop,
        Purchase(currencies, included, lines, shipping, []),
        _buyer(shop, order),
        financial_status=_status(order, paid, held, due),
        gateway=rows[0][2] if rows else "manual",
        note=order.get("note"),
        note_attributes=attributes,
        tags=order.get("tags") or [],
        test=bool(order.get("test")),
        email=order.get("email"),
        phone=order.get("phone"),
        source_name=order.get("sourceName") or str(shop.app_number),
        billing=rest_address(order.get("billingAddress")),
        shipping_address=rest_address(order.get("shippingAddress")),
        po_number=order.get("poNumber"),
    )
    body["payment_gateway_names"] = list(dict.fromkeys(gateway for _, _, gateway, _ in rows))
    if due.presentment:
        body["financial_status"] = _status(order, paid, held, due)
    if not order.get("billingAddress") and not order.get("shippingAddress"):
        body["billing_address"] = body["shipping_address"] = None
    if order.get("processedAt"):
        body["processed_at"] = local(shop, order["processedAt"])
    behaviour = (options or {}).get("inventoryBehaviour") or "BYPASS"
    made = placing.placed(shop, body, transactions=rows, claim=behaviour != "BYPASS")
    return {"order": made, "userErrors": []}


# Changing


def _address_errors(given):
    """In the country's words, and at `province` although the input said `provinceCode` (recorded, FACTS 76)."""
    country, province = given.get("countryCode"), given.get("provinceCode")
    if not given.get("lastName"):
        yield user_error(["shippingAddress", "lastName"], "Enter a last name")
    if not given.get("zip") and country in ("US", "CA"):
        text = "Enter a ZIP code" if country == "US" else "Enter a postal code"
        yield user_error(["shippingAddress", "zip"], text)
    if province and country in PROVINCES and province not in PROVINCES[country]:
        kind = "State" if country == "US" else "Province"
        text = f"{kind} is not a valid {kind.lower()} in {COUNTRIES[country]}"
        yield user_error(["shippingAddress", "province"], text)


def _update_errors(input):
    if set(input) == {"id"}:
        yield user_error(None, "No valid update parameters have been provided")
    if input.get("phone") and not _PHONE.fullmatch(input["phone"]):
        yield user_error(["phone"], "Phone is invalid")
    if input.get("shippingAddress"):
        yield from _address_errors(input["shippingAddress"])


@mutation("orderUpdate")
def order_update(shop, *, input):
    order = shop.find(input["id"], "Order")
    if order is None:
        return {"order": None, "userErrors": [_MISSING]}
    if input.get("metafields"):
        raise Refused(f"{NOT_MODELLED} OrderInput.metafields", "SIMULATOR")
    if errors := list(_update_errors(input)):
        return {"order": order, "userErrors": errors}
    changes = {
        name: input[key] for key, name in (("note", "note"), ("email", "email"), ("phone", "phone")) if key in input
    }
    if "poNumber" in input:
        changes["po_number"] = input["poNumber"]
    if "tags" in input:
        changes["tags"] = ", ".join(input["tags"] or ())
    if "customAttributes" in input:
        changes["note_attributes"] = [{"name": a["key"], "value": a["value"]} for a in input["customAttributes"] or ()]
    if input.get("shippingAddress"):
        changes["shipping_address"] = rest_address(input["shippingAddress"])
    order.update(changes)
    return {"order": order, "userErrors": []}


@mutation("orderClose")
def order_close(shop, *, input):
    order = shop.find(input["id"], "Order")
    if order is None:
        return {"order": None, "userErrors": [_MISSING]}
    if not order.closed:
        order.update({"closed_at": local(shop, shop.now())})
    return {"order": order, "userErrors": []}


@mutation("orderOpen")
def order_open(shop, *, input):
    order = shop.find(input["id"], "Order")
    if order is None:
        return {"order": None, "userErrors": [_MISSING]}
    if order.closed:
        order.update({"closed_at": None})
    return {"order": order, "userErrors": []}


@mutation("orderMarkAsPaid")
def order_mark_as_paid(shop, *, input):
    """A sale by gateway "manual" over what is owed; a paid order comes back with an error (recorded, FACTS 77)."""
    order = shop.find(input["id"], "Order")
    if order is None:
        return {"order": None, "userErrors": [_MISSING]}
    owed = order.owed()
    if order.fully_paid or order.cancelled_at or owed.presentment <= 0:
        return {"order": order, "userErrors": [user_error(["id"], "Order cannot be marked as paid.")]}
    order.add_transaction("sale", owed, gateway="manual")
    names = list(dict.fromkeys([*order.payment_gateway_names, "manual"]))
    changes = {
        "financial_status": "paid",
        "payment_gateway_names": names,
        "total_outstanding": order.currencies.text(ZERO),
    }
    order.update(changes)
    shop.emit("orders/paid", order.document())
    return {"order": order, "userErrors": []}


@mutation("orderDelete")
def order_delete(shop, *, order_id):
    """Afterwards it is nowhere any more (recorded, FACTS 82)."""
    order = shop.find(order_id, "Order")
    if order is None:
        error = user_error(["orderId"], "Order does not exist", "NOT_FOUND")
        return {"deletedId": None, "userErrors": [error]}
    shop.orders.remove(order)
    gone = [order, *order.routed, *order.fulfillments, *(wanted for fo in order.routed for wanted in fo.lines)]
    for thing in gone:
        shop.nodes.pop((thing.typename, str(thing.number)), None)
    shop.emit("orders/delete", {"id": order.number})
    return {"deletedId": order_id, "userErrors": []}
