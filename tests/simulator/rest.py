"""The webhook body of an order, written from what a checkout decided (fields: SHOPIFY_API 13.1-13.8).

The body is also how the shop keeps the order: GraphQL reads it (orders.py), so the two cannot disagree."""

import hashlib

from . import rest_parts as parts
from . import totals
from .money import ZERO
from .nodes import local


def order_body(
    shop,
    purchase,
    buyer,
    *,
    financial_status,
    gateway,
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
    company=None,
    staff=None,
    fees=(),
    duties_included=False,
    tax_exempt=False,
    landing_site="/",
    referring_site=None,
    source_identifier=None,
    app_id=580111,
    payment_terms=None,
    accepts_marketing=False,
):
    """:param buyer: customers.Customer or None; addresses: REST dicts, by default the customer's own
    :param company: {id, location_id} of a company's order; staff: number of the staff member who took it
    :param fees: [(name, Money, [(Tax, Money)])]; landing_site: path with utm_… parameters
    """
    c = purchase.currencies
    number, now = shop.next_id(), local(shop, shop.now())
    shop.order_number += 1
    goods = [line for line in purchase.lines if not line.item.tip]
    email = email or (buyer and buyer.email)
    home = buyer and buyer.address_body()
    ships = any(line.item.requires_shipping for line in goods)
    token = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    body = {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "app_id": app_id,
        "browser_ip": None,
        "buyer_accepts_marketing": accepts_marketing,
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": None,
        "checkout_id": number + 1,
        "checkout_token": token[::-1],
        "client_details": None,
        "closed_at": None,
        "company": company,
        "confirmation_number": token[:9].upper(),
        "confirmed": True,
        "contact_email": email,
        "created_at": now,
        "currency": c.shop,
        "customer_locale": locale,
        "device_id": None,
        "discount_codes": parts.codes(purchase),
        "duties_included": duties_included,
        "email": email,
        "estimated_taxes": False,
        "financial_status": financial_status,
        "fulfillment_status": None,
        "landing_site": landing_site,
        "landing_site_ref": None,
        "location_id": location,
        "merchant_of_record_app_id": None,
        "name": f"#{shop.order_number}",
        "note": note,
        "note_attributes": list(note_attributes),
        "number": shop.order_number - 1000,
        "order_number": shop.order_number,
        "order_status_url": f"https://{shop.domain}/{shop.number}/orders/{token}/authenticate?key={token[:12]}",
        "payment_gateway_names": [gateway],
        "phone": phone or (buyer and buyer.phone),
        "po_number": po_number,
        "presentment_currency": c.presentment,
        "processed_at": now,
        "reference": None,
        "referring_site": referring_site,
        "source_identifier": source_identifier,
        "source_name": source_name,
        "source_url": None,
        "tags": tags if isinstance(tags, str) else ", ".join(tags),
        "tax_exempt": tax_exempt,
        "taxes_included": purchase.taxes_included,
        "test": test,
        "token": token,
        "total_cash_rounding_payment_adjustment_set": c.set(ZERO),
        "total_cash_rounding_refund_adjustment_set": c.set(ZERO),
        "updated_at": now,
        "user_id": staff,
        "billing_address": billing or home,
        "customer": buyer and buyer.body(),
        "discount_applications": [parts.application(one, c) for one in purchase.discounts],
        "fulfillments": [],
        "line_items": [parts.line(shop, line, c) for line in purchase.lines],
        "payment_terms": payment_terms,
        "refunds": [],
        "shipping_address": (shipping_address or home) if ships else None,
        "shipping_lines": [parts.parcel(shop, parcel, c) for parcel in purchase.shipping],
        "returns": [],
    }
    if fees:
        body["additional_fees"] = [parts.fee(shop, name, amount, taxes, c) for name, amount, taxes in fees]
    totals.write(c, body)
    due = c.read(body, "total_price")
    if not due.presentment:
        # Nothing to pay is paid, by nobody (SHOPIFY_API 14).
        body.update(financial_status="paid", payment_gateway_names=[])
    # Nothing is outstanding of what was authorized (recorded, FACTS 79).
    body["total_outstanding"] = c.text(due if body["financial_status"] == "pending" else ZERO)
    return body
