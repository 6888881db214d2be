"""The level that is pushed: on hand, less what is others', whole pieces, never below 0."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.stock import Policy, explain, on_hand_to_push

QUANTITY = st.decimals(-(10**6), 10**6, places=3)


def push(on_hand, reserved="0", shipped="0", fulfilled="0", **policy):
    return on_hand_to_push(Decimal(on_hand), Decimal(reserved), Decimal(shipped), Decimal(fulfilled), Policy(**policy))


def test_this_stores_own_orders_are_not_subtracted():
    # Shopify has committed them itself: subtracting here would count them twice.
    assert push("10") == 10


def test_what_is_reserved_for_others_is_not_offered():
    assert push("10", reserved="3") == 7


def test_shipped_pieces_stay_until_shopify_knows():
    assert push("8", shipped="2") == 10


def test_fulfilled_pieces_leave_before_odoo_ships():
    assert push("10", fulfilled="2") == 8


@pytest.mark.parametrize(("on_hand", "pieces"), [("2.999", 2), ("3", 3), ("-0.5", 0), ("-7", 0), ("0", 0)])
def test_pieces_are_whole_and_rounded_down(on_hand, pieces):
    assert push(on_hand) == pieces


def test_a_policy_keeps_back_and_caps():
    assert push("10", safety=3) == 7
    assert push("2", safety=3) == 0
    assert push("10", cap=5) == 5
    assert push("10", cap=0) == 0


@pytest.mark.parametrize("policy", [Policy(safety=-1), Policy(cap=-1)])
def test_a_negative_policy_is_refused(policy):
    with pytest.raises(ValueError):
        on_hand_to_push(*[Decimal(1)] * 4, policy)


@pytest.mark.parametrize(
    ("on_hand", "cap", "why"),
    [("5", None, None), ("5.5", None, "whole_pieces"), ("-1", None, "nothing_left"), ("9", 5, "cap"), ("5", 5, None)],
)
def test_the_user_is_told_why(on_hand, cap, why):
    told = explain(Decimal(on_hand), Decimal(0), Decimal(0), Decimal(0), Policy(cap=cap))
    assert told.limited_by == why
    assert told.exact == Decimal(on_hand)


@given(QUANTITY, QUANTITY, QUANTITY, QUANTITY, st.integers(0, 100), st.none() | st.integers(0, 1000))
def test_the_formula_holds_for_any_quantities(on_hand, reserved, shipped, fulfilled, safety, cap):
    told = explain(on_hand, reserved, shipped, fulfilled, Policy(safety, cap))
    assert told.exact == on_hand - reserved - safety + shipped - fulfilled
    assert 0 <= told.pieces <= max(0, told.exact)
    assert cap is None or told.pieces <= cap
    if told.limited_by is None:
        assert told.pieces == told.exact
