"""The webhook body of an order, written from what a checkout decided (fields: SHOPIFY_API 13.1-13.8).

The body is also how the shop keeps the order: GraphQL reads it (orders.py), so the two cannot disagree."""

import hashlib
from collections import defaultdict
from decimal import Decimal

from .money import ZERO, Money, rounded, total
from .nodes import local


def order_body(
    shop,
    purchase,
    buyer,
    *,
    financial_status,
    gateway,
    tip,
    note=None,
    note_attributes=(),
    tags="",
    test=False,
    email=None,
    phone=None,
    source_name="web",
    billing=None,
    shipping_address=None,
    location=None,
    po_number=None,
    locale="en",
):
    """:param buyer: customers.Customer or None; addresses: REST dicts, by default the customer's own"""
    c = purchase.currencies
    number, now = shop.next_id(), local(shop, shop.now())
    shop.order_number += 1
    goods = [line for line in purchase.lines if not line.item.tip]
    subtotal = total(line.net for line in goods)
    delivery = total(parcel.net for parcel in purchase.shipping)
    everything = [*purchase.lines, *purchase.shipping]
    taxes = total(amount for charge in everything for _, amount in charge.taxes)
    discounts = total(amount for charge in everything for _, amount in charge.allocations)
    tips = total(line.net for line in purchase.lines if line.item.tip)
    due = subtotal + delivery + tips + (ZERO if purchase.taxes_included else taxes)
    free = not due.presentment
    email = email or (buyer and buyer.email)
    home = buyer and buyer.address_body()
    ships = any(line.item.requires_shipping for line in goods)
    token = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    owed = due if financial_status in ("pending", "authorized") and not free else ZERO
    body = {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "app_id": 580111,
        "browser_ip": None,
        "buyer_accepts_marketing": False,
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": None,
        "checkout_id": number + 1,
        "checkout_token": token[::-1],
        "client_details": None,
        "closed_at": None,
        "company": None,
        "confirmation_number": token[:9].upper(),
        "confirmed": True,
        "contact_email": email,
        "created_at": now,
        "currency": c.shop,
        "current_shipping_price_set": c.set(delivery),
        **c.pair("current_subtotal_price", subtotal),
        "current_total_additional_fees_set": None,
        **c.pair("current_total_discounts", discounts),
        "current_total_duties_set": None,
        **c.pair("current_total_price", due),
        **c.pair("current_total_tax", taxes),
        "customer_locale": locale,
        "device_id": None,
        "discount_codes": _codes(purchase),
        "duties_included": False,
        "email": email,
        "estimated_taxes": False,
        "financial_status": "paid" if free else financial_status,
        "fulfillment_status": None,
        "landing_site": "/",
        "landing_site_ref": None,
        "location_id": location,
        "merchant_of_record_app_id": None,
        "name": f"#{shop.order_number}",
        "note": note,
        "note_attributes": list(note_attributes),
        "number": shop.order_number - 1000,
        "order_number": shop.order_number,
        "order_status_url": f"https://{shop.domain}/{shop.number}/orders/{token}/authenticate?key={token[:12]}",
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "payment_gateway_names": [] if free else [gateway],
        "phone": phone or (buyer and buyer.phone),
        "po_number": po_number,
        "presentment_currency": c.presentment,
        "processed_at": now,
        "reference": None,
        "referring_site": None,
        "source_identifier": None,
        "source_name": source_name,
        "source_url": None,
        **c.pair("subtotal_price", subtotal),
        "tags": tags if isinstance(tags, str) else ", ".join(tags),
        "tax_exempt": False,
        "tax_lines": _summed(everything, c),
        "taxes_included": purchase.taxes_included,
        "test": test,
        "token": token,
        "total_cash_rounding_payment_adjustment_set": c.set(ZERO),
        "total_cash_rounding_refund_adjustment_set": c.set(ZERO),
        **c.pair("total_discounts", discounts),
        **c.pair("total_line_items_price", total(line.total for line in goods)),
        "total_outstanding": c.text(owed),
        **c.pair("total_price", due),
        "total_shipping_price_set": c.set(total(parcel.total for parcel in purchase.shipping)),
        **c.pair("total_tax", taxes),
        "total_tip_received": c.text(Money(tip, tip)),
        "total_weight": sum(line.item.grams * line.item.quantity for line in goods),
        "updated_at": now,
        "user_id": None,
        "billing_address": billing or home,
        "customer": buyer and buyer.body(),
        "discount_applications": [_application(one, c) for one in purchase.discounts],
        "fulfillments": [],
        "line_items": [_line(shop, line, c) for line in purchase.lines],
        "payment_terms": None,
        "refunds": [],
        "shipping_address": (shipping_address or home) if ships else None,
        "shipping_lines": [_parcel(shop, parcel, c) for parcel in purchase.shipping],
        "returns": [],
    }
    return body


def _line(shop, line, c) -> dict:
    item, number = line.item, shop.next_id()
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
        **c.pair("price", line.unit),
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
        "tax_lines": [_tax(tax, amount, c) for tax, amount in line.taxes],
        "duties": [],
        "discount_allocations": [_allocation(index, amount, c) for index, amount in line.allocations],
    }
    if item.tip:
        body["tip"] = {"payment_method": "shopify_payments", "payment_gateway": "shopify_payments"}
    return body


def _parcel(shop, parcel, c) -> dict:
    return {
        "id": shop.next_id(),
        "carrier_identifier": None,
        "code": parcel.item.title,
        "current_discounted_price_set": c.set(parcel.net),
        **c.pair("discounted_price", parcel.net),
        "is_removed": False,
        "phone": None,
        **c.pair("price", parcel.unit),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": parcel.item.title,
        "tax_lines": [_tax(tax, amount, c) for tax, amount in parcel.taxes],
        "discount_allocations": [_allocation(index, amount, c) for index, amount in parcel.allocations],
    }


def _tax(tax, amount, c) -> dict:
    return {
        "channel_liable": tax.channel_liable,
        **c.pair("price", amount),
        "rate": float(tax.rate),
        "title": tax.title,
    }


def _summed(charges, c) -> list:
    """The order's tax lines: one per title and rate."""
    sums, kinds = defaultdict(lambda: ZERO), {}
    for charge in charges:
        for tax, amount in charge.taxes:
            key = (tax.title, tax.rate)
            sums[key] += amount
            kinds[key] = tax
    return [_tax(kinds[key], amount, c) for key, amount in sums.items()]


def _allocation(index, amount, c) -> dict:
    return {**c.pair("amount", amount), "discount_application_index": index}


def _application(discount, c) -> dict:
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
        "allocation_method": "each" if discount.shipping else "across",
        "target_selection": "all" if discount.only is None else "explicit",
        ("code" if discount.kind == "discount_code" else "title"): discount.label,
        **({"description": discount.label} if discount.kind == "manual" else {}),
    }


def _codes(purchase) -> list:
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
