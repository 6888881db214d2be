"""The pieces of an order's webhook body: lines, shipping, taxes, duties, fees, discounts (SHOPIFY_API 13.2-13.5)."""

from decimal import Decimal

from .money import ZERO, rounded, total


def line(shop, charge, c) -> dict:
    item, number = charge.item, shop.next_id()
    variant = item.variant
    shown = variant.shown_title if variant else None
    body = {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "attributed_staffs": [],
        "current_quantity": item.quantity,
        "fulfillable_quantity": 0 if item.tip else item.quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": item.gift_card,
        "grams": item.grams,
        "name": f"{item.title} - {shown}" if shown else item.title,
        **c.pair("price", charge.unit),
        "product_exists": variant is not None,
        "product_id": variant.product.number if variant else None,
        "properties": list(item.properties),
        "quantity": item.quantity,
        "requires_shipping": item.requires_shipping,
        "sales_line_item_group_id": None,
        "sku": item.sku,
        "taxable": item.taxable,
        "title": item.title,
        # Only manual line discounts stand here; sum the allocations (SHOPIFY_API 13.2).
        **c.pair("total_discount", ZERO),
        "variant_id": variant.number if variant else None,
        "variant_inventory_management": "shopify" if variant and variant.item.tracked else None,
        "variant_title": shown,
        "vendor": item.vendor,
        "tax_lines": [tax(kind, amount, c) for kind, amount in charge.taxes],
        "duties": [_duty(shop, one, c) for one in item.duties],
        "discount_allocations": [allocation(index, amount, c) for index, amount in charge.allocations],
    }
    if item.selling_plan:
        body["selling_plan_allocation"] = {"name": item.selling_plan}
    if item.tip:
        body["tip"] = {"payment_method": "shopify_payments", "payment_gateway": "shopify_payments"}
    return body


def parcel(shop, charge, c) -> dict:
    return {
        "id": shop.next_id(),
        "carrier_identifier": None,
        "code": charge.item.title,
        "current_discounted_price_set": c.set(charge.net),
        **c.pair("discounted_price", charge.net),
        "is_removed": False,
        "phone": None,
        **c.pair("price", charge.unit),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": charge.item.title,
        "tax_lines": [tax(kind, amount, c) for kind, amount in charge.taxes],
        "discount_allocations": [allocation(index, amount, c) for index, amount in charge.allocations],
    }


def tax(kind, amount, c) -> dict:
    return {
        "channel_liable": kind.channel_liable,
        **c.pair("price", amount),
        "rate": float(kind.rate),
        "title": kind.title,
    }


def allocation(index, amount, c) -> dict:
    return {**c.pair("amount", amount), "discount_application_index": index}


def application(discount, c) -> dict:
    if discount.percent is not None or discount.amount is None:
        value, kind = discount.percent if discount.percent is not None else Decimal(100), "percentage"
        text = f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    else:
        text, kind = format(rounded(discount.amount, c.shop), "f"), "fixed_amount"
    return {
        "target_type": "shipping_line" if discount.shipping else "line_item",
        "type": discount.kind,
        "value": text,
        "value_type": kind,
        "allocation_method": "each" if discount.shipping or discount.each else "across",
        "target_selection": "all" if discount.only is None else "explicit",
        ("code" if discount.kind == "discount_code" else "title"): discount.label,
        **({"description": discount.label} if discount.kind == "manual" else {}),
    }


def codes(purchase) -> list:
    result = []
    for index, discount in enumerate(purchase.discounts):
        if discount.kind != "discount_code":
            continue
        parts = [
            amount for charge in [*purchase.lines, *purchase.shipping] for i, amount in charge.allocations if i == index
        ]
        kind = "shipping" if discount.shipping else "percentage" if discount.percent is not None else "fixed_amount"
        result.append({"code": discount.label, "amount": purchase.currencies.text(total(parts)), "type": kind})
    return result


def _duty(shop, given, c) -> dict:
    """:param given: {amount: Money, code, country, taxes: [(Tax, Money)]}"""
    return {
        "id": shop.next_id(),
        "harmonized_system_code": given.get("code"),
        "country_code_of_origin": given.get("country"),
        **c.pair("price", given["amount"]),
        "tax_lines": [tax(kind, amount, c) for kind, amount in given.get("taxes") or ()],
    }


def fee(shop, name, amount, taxes, c) -> dict:
    return {
        "id": shop.next_id(),
        "name": name,
        **c.pair("price", amount),
        "tax_lines": [tax(kind, part, c) for kind, part in taxes],
    }
