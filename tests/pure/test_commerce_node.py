"""A GraphQL node and the webhook body of one order are one Order, as far as both carry it."""

from dataclasses import fields, is_dataclass
from datetime import datetime

import pytest
from commerce_bodies import bag, both

from commerce.order import Unreadable, charges, parse, parse_node

ADDRESS = {"company": "Kern GmbH", "address1": "Hauptstr. 1", "city": "Köln", "zip": "50667", "phone": "+49 221 1"}


def webhook():
    """A tip, a mug with code, duty and taxed shipping; one unit removed, one returned; AUD shop, USD buyer."""

    def pair(shop, buyer):
        return both(shop, "AUD", buyer, "USD")

    def vat(shop, buyer):
        return {"title": "GST", "rate": 0.1, "price": shop, "price_set": pair(shop, buyer), "channel_liable": False}

    def off(shop, buyer):
        return [{"amount": shop, "amount_set": pair(shop, buyer), "discount_application_index": 0}]

    mug = {
        "id": 11,
        "title": "Mug",
        "name": "Mug - blue",
        "variant_title": "blue",
        "sku": "MUG",
        "vendor": "Kern",
        "product_id": 31,
        "variant_id": 21,
        "quantity": 3,
        "current_quantity": 1,
        "price": "20.00",
        "price_set": pair("20.00", "14.00"),
        "discount_allocations": off("6.00", "4.20"),
        "tax_lines": [vat("5.40", "3.78")],
        "duties": [{"id": "71", "price_set": pair("2.00", "1.40"), "tax_lines": [vat("0.20", "0.14")]}],
        "gift_card": False,
        "requires_shipping": True,
        "taxable": True,
        "properties": [{"name": "Engraving", "value": "Zoë"}],
        "sales_line_item_group_id": 91,
    }
    tip = {
        "id": 12,
        "title": "Tip",
        "name": "Tip",
        "product_id": None,
        "variant_id": None,
        "quantity": 1,
        "price": "5.00",
        "price_set": pair("5.00", "3.50"),
        "discount_allocations": [],
        "tax_lines": [],
        "gift_card": False,
        "requires_shipping": False,
        "properties": [],
        "tip": {"payment_method": "card"},
    }
    parcel = {
        "id": 41,
        "title": "Parcel",
        "code": "STD",
        "source": "shopify",
        "price": "10.00",
        "price_set": pair("10.00", "7.00"),
        "discount_allocations": [],
        "tax_lines": [vat("1.00", "0.70")],
        "is_removed": False,
    }
    units = [(11, "cancel", "18.00", "12.60", "1.80", "1.26"), (11, "return", "18.00", "12.60", "1.80", "1.26")]
    name = {"first_name": "Zoë", "last_name": "Kern", "name": "Zoë Kern"}
    place = {"country": "Germany", "country_code": "DE", "province": None, "province_code": None, "address2": None}
    return {
        "id": 1001,
        "admin_graphql_api_id": "gid://shopify/Order/1001",
        "name": "#1001",
        "created_at": "2026-03-01T20:00:00-05:00",
        "processed_at": "2026-03-01T20:00:00-05:00",
        "updated_at": "2026-03-03T20:00:00-05:00",
        "cancelled_at": None,
        "closed_at": None,
        "cancel_reason": None,
        "currency": "AUD",
        "presentment_currency": "USD",
        "taxes_included": False,
        "duties_included": False,
        "test": False,
        "email": "zoe@example.com",
        "phone": None,
        "note": "Ring twice",
        "note_attributes": [{"name": "date", "value": "2026-04-01"}],
        "tags": "b2c, vip",
        "source_name": "web",
        "location_id": 51,
        "po_number": "PO-7",
        "customer_locale": "de",
        "financial_status": "partially_refunded",
        "fulfillment_status": "partial",
        "payment_gateway_names": ["manual"],
        "customer": {"id": 61, "first_name": "Zoë", "last_name": "Kern", "email": "zoe@example.com", "phone": None},
        "billing_address": {**name, **ADDRESS, **place},
        "shipping_address": {**name, **ADDRESS, **place},
        "line_items": [tip, mug],
        "shipping_lines": [parcel],
        "additional_fees": [],
        "discount_applications": [
            {
                "type": "discount_code",
                "code": "TEN",
                "value": "10.0",
                "value_type": "percentage",
                "target_type": "line_item",
            }
        ],
        "discount_codes": [{"code": "TEN", "amount": "6.00", "type": "percentage"}],
        "tax_lines": [vat("6.60", "4.62")],
        "refunds": [
            {
                "refund_line_items": [
                    {
                        "line_item_id": line,
                        "quantity": 1,
                        "restock_type": kind,
                        "subtotal": float(sub),
                        "subtotal_set": pair(sub, sub_buyer),
                        "total_tax": float(tax),
                        "total_tax_set": pair(tax, tax_buyer),
                    }
                ],
                "order_adjustments": [],
            }
            for line, kind, sub, sub_buyer, tax, tax_buyer in units
        ],
        "fulfillments": [
            {
                "status": "success",
                "created_at": "2026-04-02T11:00:00+02:00",
                "updated_at": "2026-04-03T11:00:00+02:00",
                "line_items": [{"id": 11, "quantity": 2}],
            }
        ],
        "total_price": "77.60",
        "total_price_set": pair("77.60", "54.32"),
        "total_tax": "6.60",
        "total_tax_set": pair("6.60", "4.62"),
        "total_discounts_set": pair("6.00", "4.20"),
        "total_tip_received_set": pair("5.00", "3.50"),
        "current_total_price_set": pair("38.00", "26.60"),
        "original_total_duties_set": pair("2.00", "1.40"),
        "total_cash_rounding_payment_adjustment_set": pair("0.00", "0.00"),
    }


def node():
    """The same order as a query would answer it."""

    def pair(shop, buyer):
        return bag(shop, "AUD", buyer, "USD")

    def vat(shop, buyer):
        return {
            "title": "GST",
            "rate": 0.1,
            "ratePercentage": 10,
            "priceSet": pair(shop, buyer),
            "channelLiable": False,
        }

    mug = {
        "id": "gid://shopify/LineItem/11",
        "title": "Mug",
        "name": "Mug - blue",
        "variantTitle": "blue",
        "sku": "MUG",
        "vendor": "Kern",
        "product": {"id": "gid://shopify/Product/31"},
        "variant": {"id": "gid://shopify/ProductVariant/21"},
        "quantity": 3,
        "currentQuantity": 1,
        "originalUnitPriceSet": pair("20.00", "14.00"),
        "discountAllocations": [{"allocatedAmountSet": pair("6.00", "4.20"), "discountApplication": {"index": 0}}],
        "taxLines": [vat("5.40", "3.78")],
        "duties": [{"id": "gid://shopify/Duty/71", "price": pair("2.00", "1.40"), "taxLines": [vat("0.20", "0.14")]}],
        "isGiftCard": False,
        "requiresShipping": True,
        "taxable": True,
        "customAttributes": [{"key": "Engraving", "value": "Zoë"}],
        "lineItemGroup": {"id": "gid://shopify/LineItemGroup/91"},
        "sellingPlan": None,
    }
    tip = {
        "id": "gid://shopify/LineItem/12",
        "title": "Tip",
        "name": "Tip",
        "product": None,
        "variant": None,
        "quantity": 1,
        "originalUnitPriceSet": pair("5.00", "3.50"),
        "discountAllocations": [],
        "taxLines": [],
        "isGiftCard": False,
        "requiresShipping": False,
        "customAttributes": [],
        "lineItemGroup": None,
    }
    parcel = {
        "id": "gid://shopify/ShippingLine/41",
        "title": "Parcel",
        "code": "STD",
        "source": "shopify",
        "originalPriceSet": pair("10.00", "7.00"),
        "discountAllocations": [],
        "taxLines": [vat("1.00", "0.70")],
        "isRemoved": False,
    }
    address = {
        "id": "gid://shopify/MailingAddress/99?model_name=Address",
        "firstName": "Zoë",
        "lastName": "Kern",
        "name": "Zoë Kern",
        **ADDRESS,
        "address2": None,
        "country": "Germany",
        "countryCodeV2": "DE",
        "province": None,
        "provinceCode": None,
    }
    refunds = [
        {
            "refundLineItems": {
                "edges": [
                    {
                        "node": {
                            "lineItem": {"id": "gid://shopify/LineItem/11"},
                            "quantity": 1,
                            "restockType": kind,
                            "subtotalSet": pair("18.00", "12.60"),
                            "totalTaxSet": pair("1.80", "1.26"),
                        }
                    }
                ]
            },
            "orderAdjustments": {"nodes": []},
        }
        for kind in ("CANCEL", "RETURN")
    ]
    return {
        "id": "gid://shopify/Order/1001",
        "legacyResourceId": "1001",
        "name": "#1001",
        "createdAt": "2026-03-02T01:00:00Z",
        "processedAt": "2026-03-02T01:00:00Z",
        "updatedAt": "2026-03-04T01:00:00Z",
        "cancelledAt": None,
        "closedAt": None,
        "cancelReason": None,
        "currencyCode": "AUD",
        "presentmentCurrencyCode": "USD",
        "taxesIncluded": False,
        "dutiesIncluded": False,
        "test": False,
        "email": "zoe@example.com",
        "phone": None,
        "note": "Ring twice",
        "customAttributes": [{"key": "date", "value": "2026-04-01"}],
        "tags": ["b2c", "vip"],
        "sourceName": "web",
        "retailLocation": {"id": "gid://shopify/Location/51"},
        "poNumber": "PO-7",
        "customerLocale": "de",
        "displayFinancialStatus": "PARTIALLY_REFUNDED",
        "displayFulfillmentStatus": "PARTIALLY_FULFILLED",
        "paymentGatewayNames": ["manual"],
        "customer": {
            "id": "gid://shopify/Customer/61",
            "firstName": "Zoë",
            "lastName": "Kern",
            "displayName": "Zoë Kern",
            "defaultEmailAddress": {"emailAddress": "zoe@example.com"},
            "defaultPhoneNumber": None,
        },
        "billingAddress": address,
        "shippingAddress": address,
        "lineItems": {"pageInfo": {"hasNextPage": False}, "nodes": [tip, mug]},
        "shippingLines": {"nodes": [parcel]},
        "additionalFees": [],
        "discountApplications": {
            "nodes": [
                {
                    "__typename": "DiscountCodeApplication",
                    "index": 0,
                    "targetType": "LINE_ITEM",
                    "code": "TEN",
                    "value": {"percentage": -10.0},
                }
            ]
        },
        "discountCodes": ["TEN"],
        "taxLines": [vat("6.60", "4.62")],
        "refunds": refunds,
        "fulfillments": [
            {
                "status": "SUCCESS",
                "createdAt": "2026-04-02T09:00:00Z",
                "updatedAt": "2026-04-03T09:00:00Z",
                "fulfillmentLineItems": {"nodes": [{"lineItem": {"id": "gid://shopify/LineItem/11"}, "quantity": 2}]},
            }
        ],
        "totalPriceSet": pair("77.60", "54.32"),
        "totalTaxSet": pair("6.60", "4.62"),
        "totalDiscountsSet": pair("6.00", "4.20"),
        "totalTipReceivedSet": pair("5.00", "3.50"),
        "currentTotalPriceSet": pair("38.00", "26.60"),
        "originalTotalDutiesSet": pair("2.00", "1.40"),
        "totalCashRoundingAdjustment": {"paymentSet": pair("0.00", "0.00")},
    }


# A webhook says how a code was given and marks the tip's line; GraphQL says neither.
ONLY_IN_WEBHOOKS = {"discount_codes", "lines[0].tip"}


def differences(one, other, path=""):
    """Paths at which two values are not equal."""
    if is_dataclass(one) and type(one) is type(other):
        for entry in fields(one):
            name = f"{path}.{entry.name}".lstrip(".")
            yield from differences(getattr(one, entry.name), getattr(other, entry.name), name)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other) and any(map(is_dataclass, one)):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}[{place}]")
    elif one != other:
        yield path


def test_a_customer_without_a_name_is_not_named_by_the_email():
    unnamed = {"displayName": "z@example.com", "firstName": None, "lastName": None, "email": "z@example.com"}
    assert parse_node({**node(), "customer": {**node()["customer"], **unnamed}}).customer.name is None


def test_when_pieces_were_fulfilled_is_known_as_far_as_each_fulfillment_says_it():
    one = parse(webhook())
    assert (one.fulfilled_from, one.fulfilled_until) == (datetime(2026, 4, 2, 9), datetime(2026, 4, 3, 9))
    later = {"created_at": "2026-04-05T09:00:00Z", "line_items": []}
    one = parse(webhook() | {"fulfillments": [*webhook()["fulfillments"], later]})
    assert (one.fulfilled_from, one.fulfilled_until) == (datetime(2026, 4, 2, 9), datetime(2026, 4, 5, 9))
    one = parse(webhook() | {"fulfillments": [*webhook()["fulfillments"], {"line_items": []}]})
    assert (one.fulfilled_from, one.fulfilled_until) == (None, None)


def test_both_give_the_same_order():
    assert set(differences(parse(webhook()), parse_node(node()))) == ONLY_IN_WEBHOOKS


@pytest.mark.parametrize("money", ["shop", "presentment"])
def test_both_give_the_same_charges(money):
    ours, theirs = charges(parse(webhook()), money), charges(parse_node(node()), money)
    assert (ours.difference, ours.tax_difference) == (0, 0)
    assert ours == theirs


def test_the_order_of_the_pair_is_what_it_should_be():
    result = charges(parse_node(node()), "shop")
    # Of three mugs one was removed and one returned: two are charged, with two thirds of the duty.
    assert [(entry.kind, entry.quantity, f"{entry.net:.2f}") for entry in result.lines] == [
        ("tip", 1, "5.00"),
        ("product", 2, "36.00"),
        ("duty", 1, "1.33"),
        ("shipping", 1, "10.00"),
    ]
    assert result.lines[1].discount_codes == ("TEN",)


def test_a_node_that_asked_for_little_knows_little():
    parsed = parse_node({"id": "gid://shopify/Order/1", "updatedAt": "2026-03-02T01:00:00Z"})
    assert parsed.carried == {"id", "updated_at"}


def test_allocations_not_asked_for_are_unknown_not_none():
    lines = [{"quantity": 1, "originalUnitPriceSet": bag("30.00")}]
    totals = {"totalPriceSet": bag("25.00"), "totalTaxSet": bag("0.00"), "totalDiscountsSet": bag("5.00")}
    parsed = parse_node({"id": "gid://shopify/Order/1", "lineItems": {"nodes": lines}, **totals})
    assert parsed.lines[0].allocations is None
    result = charges(parsed, "shop")
    assert (result.difference, result.lines[0].discount) == (0, 5)


def test_shipping_not_asked_for_is_charged_by_its_sum():
    totals = {"totalPriceSet": bag("34.00"), "totalShippingPriceSet": bag("4.00")}
    lines = [{"quantity": 1, "originalUnitPriceSet": bag("30.00")}]
    result = charges(parse_node({"id": "1", "lineItems": {"nodes": lines}, **totals}), "shop")
    assert [(entry.kind, entry.gross) for entry in result.lines] == [("product", 30), ("shipping", 4)]
    assert result.note.startswith("Shipping: the order states the sum only.")


@pytest.mark.parametrize("key", ["lineItems", "shippingLines", "discountApplications"])
def test_half_an_order_is_refused(key):
    with pytest.raises(Unreadable, match="next page"):
        parse_node({"id": "1", key: {"nodes": [], "pageInfo": {"hasNextPage": True}}})


@pytest.mark.parametrize(
    "wrong", [None, [], "x", {}, {"nodes": []}, {"id": "gid://shopify/Order/x"}, {"id": 1, "lineItems": 3}]
)
def test_a_node_without_a_safe_reading_is_refused(wrong):
    with pytest.raises(Unreadable):
        parse_node(wrong)
