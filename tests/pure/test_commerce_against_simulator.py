"""Orders of the simulated shop, computed by its own rules, come out from the webhook body and from the node."""

import random

import pytest
from agreement import agree

from commerce.order import parse
from simulator import Shop

PRICES = {"EUR": ("12.95", "7.01", "100.00"), "JPY": ("1295", "701", "10000"), "KWD": ("4.125", "2.333", "31.999")}


def shop(currency="EUR", **options):
    variants = [
        {"sku": f"S{place}", "price": price, "options": [str(place)], "stock": {"Berlin": 10_000}}
        for place, price in enumerate(PRICES[currency])
    ]
    catalog = {
        "locations": [{"name": "Berlin"}],
        "products": [{"title": "Mug", "vendor": "Kern", "options": ["Size"], "variants": variants}],
    }
    # The bucket is not what is tried here.
    return Shop(currency=currency, catalog=catalog, deliver="manual", bucket=10**9, **options)


@pytest.mark.parametrize(
    ("currency", "seen"), [("EUR", ("JPY", "163.7")), ("JPY", ("EUR", "0.0061")), ("KWD", ("EUR", "3"))]
)
def test_random_orders_come_out_in_both_moneys(currency, seen):
    store = shop(currency)
    generator = random.Random(19)
    for _ in range(40):
        agree(store, store.random_order(generator, presentment=[seen], presentment_share=0.5))


@pytest.mark.parametrize("included", [True, False])
def test_a_discount_across_lines_two_taxes_and_free_shipping(included):
    store = shop()
    order = store.place_order(
        [("S0", 3), ("S1", 7), {"title": "Engraving", "price": "3.33", "quantity": 1}],
        discount=[{"code": "TEN", "percent": 10}, {"code": "FREE", "shipping": True}],
        taxes=[("State", "0.0625"), ("County", "0.0175")],
        taxes_included=included,
        shipping=("Parcel", "4.99"),
        presentment=("CHF", "0.9371"),
    )
    result = agree(store, order)
    assert result.lines[0].discount_codes == ("TEN",)
    assert result.lines[-1].gross == 0


def test_tips_gift_cards_and_taxes_of_the_channel():
    store = shop()
    card = {"title": "Card", "price": "25.00", "gift_card": True, "requires_shipping": False}
    tax = {"title": "VAT", "rate": "0.19", "channel_liable": True}
    result = agree(store, store.place_order([("S0", 1), card], tip="2.50", taxes=[tax], taxes_included=False))
    assert sorted(entry.kind for entry in result.lines) == ["gift_card", "product", "tip"]
    assert [t.channel_liable for entry in result.lines for t in entry.taxes] == [True]


def test_a_free_order():
    store = shop()
    assert agree(store, store.place_order([("S0", 2)], discount={"code": "ALL", "percent": 100})).total == 0


def test_a_cancelled_order_is_as_first_charged():
    store = shop()
    order = store.place_order([("S0", 2)], taxes=[("VAT", "0.19")], shipping=("Parcel", "4.99"))
    first = agree(store, order)
    store.cancel_order(order)
    assert agree(store, order) == first
    assert parse(order.document()).cancelled_at is not None


def test_a_shipped_order_is_charged_as_before():
    store = shop()
    order = store.place_order([("S0", 2)], shipping=("Parcel", "4.99"))
    first = agree(store, order)
    store.fulfill(order)
    assert agree(store, order) == first
    assert parse(order.document()).lines[0].shipped == 2
