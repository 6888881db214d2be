"""The generator's arithmetic, to the smallest unit, in currencies of 0, 2 and 3 decimals."""

import random
from decimal import Decimal

import pytest
from simulator_client import CATALOG

import simulator
from simulator.money import rounded, share


def shop(**options):
    return simulator.Shop(deliver="manual", catalog=CATALOG, **options)


def thing(price, quantity=1, **more):
    return {"title": "Thing", "price": price, "quantity": quantity, **more}


def taxes(charge):
    return [(tax["title"], tax["price"]) for tax in charge["tax_lines"]]


def allocated(order):
    return [[(a["discount_application_index"], a["amount"]) for a in line["discount_allocations"]]
            for line in order.body["line_items"]]  # fmt: skip


def test_excluded_taxes_are_rounded_line_by_line_and_tax_by_tax():
    # Recorded: 15.95 x 3 - 19.14 = 28.71; 10 % is 2.87, 6.25 % is 1.79; with 4.99 shipping 38.36.
    order = shop().place_order(
        [thing("15.95", 3)], discount={"code": "A", "amount": "19.14"}, shipping=("Post", "4.99"), shipping_taxed=False,
        taxes=[("State", "0.1"), ("City", "0.0625")], taxes_included=False,
    )  # fmt: skip
    body = order.body
    assert taxes(body["line_items"][0]) == [("State", "2.87"), ("City", "1.79")]
    assert (body["total_line_items_price"], body["subtotal_price"]) == ("47.85", "28.71")
    assert (body["total_tax"], body["total_price"]) == ("4.66", "38.36")


def test_an_included_tax_is_contained_in_what_is_left_after_the_discount():
    # Recorded: 1 599.00 - 30.00 = 1 569.00; GST 10 % contained is 142.64.
    order = shop(currency="AUD").place_order(
        [thing("1599.00")], discount={"code": "A", "amount": "30"}, taxes=[("GST", "0.1")], taxes_included=True
    )
    assert taxes(order.body["line_items"][0]) == [("GST", "142.64")]
    assert (order.body["total_tax"], order.body["total_price"]) == ("142.64", "1569.00")


def test_several_included_taxes_share_one_net_base():
    order = shop().place_order([thing("107.75")], taxes=[("A", "0.05"), ("B", "0.0275")], taxes_included=True)
    assert taxes(order.body["line_items"][0]) == [("A", "5.00"), ("B", "2.75")]


def test_a_half_is_rounded_up():
    order = shop().place_order([thing("0.50")], taxes=[("A", "0.05")], taxes_included=False)
    assert taxes(order.body["line_items"][0]) == [("A", "0.03")]


def test_a_discount_over_lines_sums_to_itself_and_its_remainder_goes_to_the_largest_fraction():
    # Recorded in an order of 94.00, 100.00 and 100.00 with 10.00 off.
    order = shop(currency="HKD").place_order(
        [thing("94.00"), thing("100.00"), thing("100.00")], discount={"code": "TEN", "amount": "10.00"}
    )
    assert allocated(order) == [[(0, "3.20")], [(0, "3.40")], [(0, "3.40")]]
    assert order.body["discount_codes"] == [{"code": "TEN", "amount": "10.00", "type": "fixed_amount"}]
    assert order.body["total_price"] == "284.00"


def test_a_percentage_of_three_equal_lines_gives_the_odd_cent_to_the_first():
    order = shop().place_order([thing("3.33")] * 3, discount={"code": "P", "percent": 10})
    assert allocated(order) == [[(0, "0.34")], [(0, "0.33")], [(0, "0.33")]]
    application = order.body["discount_applications"][0]
    assert (application["value"], application["value_type"], application["code"]) == ("10.0", "percentage", "P")


def test_discounts_follow_each_other_and_never_take_more_than_there_is():
    order = shop().place_order(
        [thing("10.00"), thing("20.00", gift_card=True, taxable=False)],
        discount=[{"title": "Half", "percent": 50}, {"code": "BIG", "amount": "100"}],
        taxes=[("VAT", "0.2")],
    )
    assert allocated(order) == [[(0, "5.00"), (1, "5.00")], []]
    assert [a["type"] for a in order.body["discount_applications"]] == ["automatic", "discount_code"]
    assert (order.body["total_price"], order.body["total_tax"]) == ("20.00", "0.00")


def test_free_shipping_is_an_allocation_of_the_shipping_line():
    order = shop().place_order(
        [thing("10.00")], shipping=("Post", "4.99"), discount={"code": "FREE", "shipping": True}, taxes=[("V", "0.19")]
    )
    [line] = order.body["shipping_lines"]
    assert (line["price"], line["discounted_price"]) == ("4.99", "0.00")
    assert [a["amount"] for a in line["discount_allocations"]] == ["4.99"]
    assert taxes(line) == [("V", "0.00")]
    assert order.body["total_shipping_price_set"]["shop_money"]["amount"] == "4.99"
    assert (order.body["total_price"], order.body["total_discounts"]) == ("10.00", "4.99")


def test_shipping_is_taxed_and_the_order_sums_taxes_by_title_and_rate():
    order = shop().place_order(
        [thing("19.99", 2), thing("5.00", taxes=[("MwSt", "0.07")])],
        taxes=[("MwSt", "0.19")],
        shipping=("Post", "4.90"),
    )
    # 39.98 contains 6.38, 4.90 contains 0.78; 5.00 contains 0.33 of the lower rate.
    assert [(t["title"], t["rate"], t["price"]) for t in order.body["tax_lines"]] == [
        ("MwSt", 0.19, "7.16"),
        ("MwSt", 0.07, "0.33"),
    ]
    assert (order.body["total_tax"], order.body["total_price"]) == ("7.49", "49.88")


def test_a_tip_is_a_line_without_variant_that_is_neither_taxed_nor_in_the_subtotal():
    # Recorded: 2 x 15.00 + 14.90 shipping + 4.50 tip = 49.40, subtotal 30.00.
    order = shop(currency="CAD").place_order([thing("15.00", 2)], shipping=("Standard", "14.90"), tip="4.50")
    tip = order.body["line_items"][0]
    assert (tip["title"], tip["variant_id"], tip["fulfillable_quantity"], tip["tax_lines"]) == ("Tip", None, 0, [])
    assert (order.body["total_tip_received"], order.body["subtotal_price"]) == ("4.50", "30.00")
    assert order.body["total_price"] == "49.40"
    assert [w.line_item.title for fo in order.routed for w in fo.lines] == ["Thing"]


def test_yen_have_no_decimals():
    order = shop(currency="JPY").place_order(
        [thing("5900", 2), thing("2290")],
        taxes=[("CT", "0.1")],
        taxes_included=False,
        discount={"code": "X", "percent": 7.5},
    )
    # 7.5 % of 14 090 is 1 056.75, so 1 057: 885 and 172.
    assert allocated(order) == [[(0, "885")], [(0, "172")]]
    assert [taxes(line) for line in order.body["line_items"]] == [[("CT", "1092")], [("CT", "212")]]
    assert order.body["total_price"] == "14337"


def test_dinars_have_three_decimals():
    order = shop(currency="KWD").place_order([thing("1.5", 3)], taxes=[("VAT", "0.05")], taxes_included=True)
    assert order.body["line_items"][0]["price"] == "1.500"
    assert taxes(order.body["line_items"][0]) == [("VAT", "0.214")]
    assert order.body["total_price"] == "4.500"


def test_each_currency_adds_up_on_its_own():
    # Recorded: 45.62 AUD seen as 34.67 USD with 10 % GST: 4.56 and 3.47; shipping 10.15 as 7.71.
    order = shop(currency="AUD").place_order(
        [thing("45.62")], taxes=[("GST", "0.1")], taxes_included=False, shipping=("Standard", "10.15"),
        shipping_taxed=False, presentment=("USD", "0.76"),
    )  # fmt: skip
    body = order.body
    assert body["line_items"][0]["price_set"]["presentment_money"] == {"amount": "34.67", "currency_code": "USD"}
    assert body["line_items"][0]["tax_lines"][0]["price_set"]["presentment_money"]["amount"] == "3.47"
    assert body["total_price_set"] == {
        "shop_money": {"amount": "60.33", "currency_code": "AUD"},
        "presentment_money": {"amount": "45.85", "currency_code": "USD"},
    }
    assert (body["total_price"], body["currency"], body["presentment_currency"]) == ("60.33", "AUD", "USD")


def test_a_wholly_discounted_order_is_paid_without_gateway_and_transaction():
    order = shop().place_order([thing("10.00")], discount={"code": "ALL", "percent": 100})
    assert (order.body["financial_status"], order.body["payment_gateway_names"]) == ("paid", [])
    assert (order.body["total_price"], order.transactions()) == ("0.00", [])


def test_share_gives_whole_units_that_sum_to_the_total():
    rng = random.Random(3)
    for currency in ("JPY", "EUR", "KWD"):
        for _ in range(200):
            weights = [Decimal(rng.randrange(0, 9999)) for _ in range(rng.randrange(1, 6))]
            total = rounded(Decimal(rng.randrange(0, 99999)) / 1000, currency)
            parts = share(total, weights, currency)
            assert sum(parts) == (total if sum(weights) else 0)
            assert all(part == rounded(part, currency) >= 0 for part in parts)


@pytest.mark.parametrize(("currency", "included"), [("EUR", True), ("EUR", False), ("JPY", True), ("KWD", False)])
def test_every_random_order_adds_up(currency, included):
    one = shop(currency=currency, taxes_included=included)
    for seed in range(60):
        rng = random.Random(seed)
        body = one.random_order(rng, presentment=[("CHF", "0.937")], presentment_share=0.3).body
        for money in ("shop_money", "presentment_money"):

            def amount(holder, key, money=money):
                return Decimal(holder[f"{key}_set"][money]["amount"])

            charges = [*body["line_items"], *body["shipping_lines"]]
            gross = sum(amount(c, "price") * c.get("quantity", 1) for c in charges)
            off = sum(amount(a, "amount") for c in charges for a in c["discount_allocations"])
            tax = sum(amount(t, "price") for c in charges for t in c["tax_lines"])
            assert amount(body, "total_tax") == tax == sum(amount(t, "price") for t in body["tax_lines"])
            assert amount(body, "total_discounts") == off
            assert amount(body, "total_price") == gross - off + (0 if body["taxes_included"] else tax)


def test_the_same_seed_gives_the_same_orders():
    bodies = [[s.random_order(random.Random(n)).body for n in range(8)] for s in (shop(), shop())]
    for first, second in zip(*bodies, strict=True):
        for body in (first, second):
            for key in ("created_at", "processed_at", "updated_at", "customer"):
                body.pop(key)
        assert first == second
    names = {line["sku"] for body in bodies[0] for line in body["line_items"]}
    assert names >= {"MUG", "SHIRT-M", "SHIRT-L"}
