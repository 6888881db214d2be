"""The pieces of a draft order: lines, discounts and taxes as GraphQL and webhooks show them."""

from .checkout import Discount
from .lines import attributes
from .money import Money, exact, total


def price_of(given, key):
    priced = given.get(f"{key}WithCurrency") or {"amount": given.get(key) or 0}
    return exact(priced["amount"])


def discount_of(given, only, quantity) -> Discount:
    percent = given.get("valueType") == "PERCENTAGE"
    value = exact(given["value"])
    label = given.get("title") or given.get("description") or "Discount"
    amount = None if percent else value * quantity
    return Discount("manual", label, percent=value if percent else None, amount=amount, only=only)


def shown_discount(given, draft, off):
    """:param off: what it takes off, whatever amount was given with it (recorded)"""
    if not given:
        return None
    return {
        "title": given.get("title"),
        "description": given.get("description") or "",
        "value": given["value"],
        "valueType": given["valueType"],
        "amountSet": draft.currencies.bag(off),
        "amountV2": {"amount": off.shop, "currencyCode": draft.currencies.shop},
    }


def rest_discount(given):
    if not given:
        return None
    names = {"title": given.get("title"), "description": given.get("description")}
    kind = "percentage" if given["valueType"] == "PERCENTAGE" else "fixed_amount"
    return {**names, "value": str(given["value"]), "value_type": kind, "amount": str(given.get("amount") or 0)}


def shown_tax(draft, row):
    return {
        "title": row["title"],
        "rate": row["rate"],
        "ratePercentage": float(exact(row["rate"]) * 100),
        "channelLiable": row["channel_liable"],
        "source": "Shopify",
        "priceSet": draft.currencies.bag(draft.currencies.read(row, "price")),
    }


def shown_line(draft, given, body) -> dict:
    c = draft.currencies
    unit, pieces = c.read(body, "price"), body["quantity"]
    original = Money(unit.shop * pieces, unit.presentment * pieces)
    # The line's own discount stands first; the rest is its part of the order's.
    rows = body["discount_allocations"][:1] if given.get("appliedDiscount") else []
    whole = original - total(c.read(row, "amount") for row in rows)
    each = Money(whole.shop / pieces, whole.presentment / pieces)
    return {
        "__typename": "DraftOrderLineItem",
        "id": f"gid://shopify/DraftOrderLineItem/{body['id']}",
        **{key: body[key] for key in ("title", "name", "sku", "vendor", "quantity", "taxable", "grams")},
        "uuid": given.get("uuid") or str(body["id"]),
        "variantTitle": body["variant_title"],
        "variant": draft.shop.nodes.get(("ProductVariant", str(body["variant_id"]))),
        "product": draft.shop.nodes.get(("Product", str(body["product_id"]))),
        "custom": body["variant_id"] is None,
        "isGiftCard": body["gift_card"],
        "requiresShipping": body["requires_shipping"],
        "customAttributes": attributes(body["properties"]),
        "appliedDiscount": shown_discount(given.get("appliedDiscount"), draft, original - whole),
        "originalUnitPrice": unit.shop,
        "originalUnitPriceSet": c.bag(unit),
        "originalTotal": original.shop,
        "originalTotalSet": c.bag(original),
        "discountedTotal": whole.shop,
        "discountedTotalSet": c.bag(whole),
        "discountedUnitPrice": each.shop,
        "discountedUnitPriceSet": c.bag(each),
        "approximateDiscountedUnitPriceSet": c.bag(each),
        "totalDiscount": (original - whole).shop,
        "totalDiscountSet": c.bag(original - whole),
        "priceOverride": given.get("priceOverride"),
        "taxLines": [shown_tax(draft, row) for row in body["tax_lines"]],
        "weight": {"value": float(body["grams"] or 0), "unit": "GRAMS"},
        "components": [],
        "bundleComponents": [],
    }
