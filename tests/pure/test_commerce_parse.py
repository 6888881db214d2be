"""Reading a webhook body: what is taken, what is unknown, what is refused."""

import json
from datetime import datetime
from decimal import Decimal

import pytest
from commerce_bodies import both, line, order, refund

from commerce.order import Unreadable, charges, parse


def test_times_are_naive_utc():
    body = order(created_at="2026-03-01T20:00:00-05:00", updated_at="2026-03-02T01:00:00Z", processed_at=None)
    parsed = parse(body)
    assert parsed.created_at == parsed.updated_at == datetime(2026, 3, 2, 1)
    assert parsed.processed_at is None


@pytest.mark.parametrize("identity", [1001, "1001", "gid://shopify/Order/1001"])
def test_ids_may_be_numbers_text_or_global(identity):
    assert parse(order(id=identity)).id == "1001"


def test_the_global_id_stands_in_for_a_missing_one():
    body = order(admin_graphql_api_id="gid://shopify/Order/1001")
    del body["id"]
    assert parse(body).id == "1001"


@pytest.mark.parametrize("identity", [None, True, 1001.0, "", "x", []])
def test_an_order_without_a_usable_id_is_refused(identity):
    with pytest.raises(Unreadable, match="id"):
        parse(order(id=identity))


@pytest.mark.parametrize("key", ["id", "variant_id", "product_id"])
def test_a_lines_id_that_is_true_or_a_float_is_refused(key):
    for wrong in (True, 1.5):
        with pytest.raises(Unreadable, match="A line's"):
            parse(order(line(**{key: wrong})))


def test_the_smallest_order_is_its_id():
    parsed = parse({"id": 1})
    assert parsed.carried == {"id"}
    assert (parsed.lines, parsed.customer, parsed.email, parsed.total, parsed.financial_status) == (
        (),
        None,
    ) + (None,) * 3


def test_what_a_body_speaks_of_is_carried_also_when_it_is_null():
    parsed = parse({"id": 1, "customer": None, "shipping_address": None, "note": None, "contact_email": "a@b.c"})
    assert parsed.carried == {"id", "customer", "shipping", "note", "email"}
    assert parsed.email == "a@b.c"


def test_statuses_have_one_vocabulary():
    pairs = [(None, "unfulfilled"), ("partial", "partially_fulfilled"), ("FULFILLED", "fulfilled")]
    for given, known in pairs:
        assert parse(order(fulfillment_status=given)).fulfillment_status == known
    assert parse(order(financial_status=None)).financial_status == "pending"


def test_text_is_cleaned_everywhere():
    body = order(
        line(name="Mug\x00 \ud83d", title="x", properties=[{"name": "For\x00", "value": "Zoë \U0001f381"}]),
        note="a\x00b",
        tags="vip, \x00, Größe",
        note_attributes=[{"name": "Gift\u200b", "value": "\udfff"}],
    )
    parsed = parse(body)
    assert (parsed.note, parsed.tags) == ("ab", ("vip", "Größe"))
    assert parsed.lines[0].name == "Mug \ufffd"
    assert parsed.lines[0].properties == (("For", "Zoë \U0001f381"),)
    assert parsed.note_attributes == (("Gift\u200b", "\ufffd"),)


def test_properties_of_any_json_are_kept_as_text():
    values = ["x", 3, 0.5, Decimal("0.50"), True, None, ["a", 1], {"b": "é"}]
    shown = ("x", "3", "0.5", "0.50", "true", "", '["a", 1]', '{"b": "é"}')
    properties = [{"name": "p", "value": value} for value in values]
    assert tuple(value for _, value in parse(order(line(properties=properties))).lines[0].properties) == shown
    assert parse(order(line(properties={"a": "b"}))).lines[0].properties == (("a", "b"),)


def test_a_custom_line_has_neither_product_nor_variant():
    custom = parse(order(line(variant_id=None, product_id=None, sku=""))).lines[0]
    assert (custom.variant_id, custom.product_id, custom.sku) == (None, None, None)


def test_an_amount_in_another_currency_than_the_orders_is_refused():
    with pytest.raises(Unreadable, match="the order is in EUR, but this amount is in USD"):
        parse(order(line(price_set=both("10.00", "USD"))))


def test_the_currency_may_be_known_from_the_amounts_alone():
    parsed = parse({"id": 1, "total_price_set": both("1.00", "CAD", "0.70", "USD")})
    assert (parsed.shop_currency, parsed.presentment_currency) == ("CAD", "USD")


def test_a_bare_amount_says_nothing_of_the_other_currency_unless_it_is_zero():
    parsed = parse(order(presentment_currency="USD", total_discounts="0.00", total_tip_received="4.50"))
    assert (parsed.total_discounts.presentment, parsed.tip.presentment, parsed.tip.shop) == (0, None, Decimal("4.5"))


def test_shipped_units_count_only_fulfilments_that_stand():
    entries = [("success", 2), ("cancelled", 1), ("failure", 1), (None, 1)]
    fulfillments = [{"status": s, "line_items": [{"id": 11, "quantity": q}]} for s, q in entries]
    assert parse(order(line(quantity=5), fulfillments=fulfillments)).lines[0].shipped == 3
    assert parse(order(line(), fulfillments=None)).lines[0].shipped is None
    assert parse(order(line(), fulfillments=[{"status": "success"}])).lines[0].shipped is None


def test_refunds_give_units_and_tell_whether_other_money_went_back():
    parsed = parse(order(line(), refunds=[refund((11, 1, "Cancel", 10.0, 0))]))
    assert (parsed.refunded[0].restock_type, parsed.refunded[0].subtotal.shop) == ("cancel", 10)
    assert not parsed.refunded_otherwise
    assert parse(order(refunds=[refund(refund_shipping_lines=[{"id": 1}])])).refunded_otherwise


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "order",
        None,
        order(line_items={}),
        order(line_items=["x"]),
        order(line_items=[{"id": 11, "price": "1.00"}]),
        order(line_items=[line() | {"quantity": -1}]),
        order(line_items=[line() | {"quantity": 1.5}]),
        order(line_items=[line() | {"quantity": True}]),
        order(line_items=[line() | {"price": "ten"}]),
        {"id": 1, "total_price": "ten"},
        {"id": 1, "total_price": "NaN"},
        {"id": 1, "created_at": "yesterday"},
        {"id": 1, "created_at": "0001-01-01T00:00:00+14:00"},
        {"id": 1, "created_at": 5},
        {"id": 1, "currency": "Euro"},
        {"id": 1, "customer": "x"},
        {"id": 1, "billing_address": []},
        {"id": 1, "payment_gateway_names": "x"},
        {"id": 1, "total_price_set": "x"},
    ],
)
def test_what_has_no_safe_reading_is_refused_in_words(wrong):
    with pytest.raises(Unreadable) as refused:
        parse(wrong)
    assert str(refused.value).endswith(".")


def test_a_body_nested_without_end_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Unreadable, match="nested"):
        parse(order(line(properties=[{"name": "x", "value": deep}])))


def test_a_body_read_with_floats_or_decimals_is_the_same():
    goods = line("0.10", 3, taxes=[{"title": "VAT", "rate": 0.19, "price": 0.06}])
    body = order(goods, total_price=0.36, total_tax=0.06)
    text = json.dumps(body)
    exact = parse(json.loads(text, parse_float=Decimal))
    assert parse(json.loads(text)) == exact
    assert charges(exact, "shop").difference == 0
