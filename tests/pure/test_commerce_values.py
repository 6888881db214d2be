"""Ids, text and money: the smallest pieces of commerce."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import ids, money, text


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (None, None),
        ("", None),
        (123, "123"),
        ("123", "123"),
        (" 123 ", "123"),
        ("00123", "123"),
        (820982911946154508, "820982911946154508"),
        ("gid://shopify/Order/123", "123"),
        ("gid://shopify/InventoryLevel/5?inventory_item_id=7", "5"),
    ],
)
def test_an_id_is_its_digits(value, digits):
    assert ids.number(value) == digits


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        1.0,
        1e18,
        Decimal(1),
        b"1",
        [],
        {},
        0,
        -1,
        "0",
        "-1",
        "1.0",
        "abc",
        "١٢٣",
        pytest.param(10**5000, id="enormous"),
        "9" * 21,
    ]
    + ["gid://shopify/Order/", "gid://shopify/Job/0a1b-2c", "gid://other/Order/1", "https://x/Order/1", "1\x00"],
)
def test_what_is_no_id_is_refused(value):
    with pytest.raises(ValueError, match="id"):
        ids.number(value)


def test_a_global_id_is_built_by_type():
    assert ids.gid("Order", "123") == "gid://shopify/Order/123"
    assert ids.gid("Order", "gid://shopify/Order/123") == "gid://shopify/Order/123"
    for kind, value in (("Order", None), ("Order", 1.5), ("order/../x", 1)):
        with pytest.raises(ValueError):
            ids.gid(kind, value)


@given(st.integers(1, 2**63))
def test_a_global_id_gives_its_number_back(value):
    assert ids.number(ids.gid("LineItem", value)) == str(value)


def test_text_becomes_what_postgresql_can_store():
    assert text.clean(" a\x00b\ud83dc ") == "ab\ufffdc"
    assert text.clean("Zoë 東京 \U0001f381") == "Zoë 東京 \U0001f381"
    assert [text.clean(value) for value in (None, "", "\x00", " \n", True, [], {}, 10**5000)] == [None] * 8
    assert text.clean(10115) == "10115"


def test_json_keeps_its_shape_and_its_blanks():
    assert text.clean_json({"a\x00": [" x\udc00 ", 1, None, True, Decimal("0.1")]}) == {
        "a": [" x\ufffd ", 1, None, True, Decimal("0.1")]
    }


@given(st.text())
def test_cleaned_text_is_always_encodable(value):
    cleaned = text.clean(value) or ""
    assert "\x00" not in cleaned.encode().decode()


@pytest.mark.parametrize(
    ("value", "exact"),
    [("19.99", "19.99"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e-05, "0.00001"), ("1e2", "100")]
    + [(5, "5"), ("-0.00", "0"), (Decimal("1.500"), "1.5"), (0.021670262153820695, "0.021670262153820695")],
)
def test_a_number_is_taken_exactly_as_written(value, exact):
    assert money.decimal(value) == Decimal(exact)


def test_a_tenth_and_two_tenths_are_three_tenths():
    assert money.decimal(0.1) + money.decimal(0.2) == money.decimal("0.3")


@pytest.mark.parametrize(
    "value",
    [None, True, "", "abc", "1,5", "1_000", "NaN", "Infinity", float("nan"), float("inf"), "1e999", "1" * 70, 10**15]
    + ["1e-31", Decimal("NaN"), [], "٣"],
)
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(ValueError):
        money.decimal(value)


def test_currencies_have_their_decimals():
    assert [money.decimals(code) for code in ("EUR", "JPY", "KWD", "KRW", "XYZ")] == [2, 0, 3, 0, 2]
    assert money.rounded(Decimal("2.5"), "JPY") == 3
    assert money.rounded(Decimal("-2.345"), "EUR") == Decimal("-2.35")
    assert str(money.rounded(Decimal("1.5"), "KWD")) == "1.500"


def test_an_amount_is_of_one_of_two_moneys():
    amounts = money.Amounts(Decimal(1), None)
    assert (amounts.of("shop"), amounts.of("presentment")) == (Decimal(1), None)
    with pytest.raises(ValueError):
        amounts.of("euro")


def test_the_last_cent_goes_to_the_largest_weight():
    shares = money.spread(Decimal("10.00"), [Decimal(1), Decimal(2), Decimal(1)], "EUR")
    assert shares == [Decimal("2.50"), Decimal("5.00"), Decimal("2.50")]
    assert money.spread(Decimal("0.02"), [Decimal(1)] * 3, "EUR") == [Decimal("0.00"), Decimal("0.01"), Decimal("0.01")]
    assert money.spread(Decimal(1), [Decimal(0)] * 2, "JPY") == [Decimal(0), Decimal(1)]
    for amount, weights in ((Decimal("0.001"), [Decimal(1)]), (Decimal(1), []), (Decimal(1), [Decimal(-1)])):
        with pytest.raises(ValueError):
            money.spread(amount, weights, "EUR")


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**6).map(Decimal), min_size=1, max_size=9),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_shares_always_add_up(coins, weights, currency):
    amount = coins * money.unit(currency)
    shares = money.spread(amount, weights, currency)
    assert sum(shares) == amount
    assert all(share == money.rounded(share, currency) for share in shares)
