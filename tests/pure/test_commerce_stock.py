"""The level that is pushed: on hand, less what is others', whole pieces, never below 0."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.stock import Policy, explain, kits, on_hand_to_push

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


@given(
    QUANTITY,
    QUANTITY,
    st.integers(0, 50),
    st.builds(
        Policy,
        safety=st.integers(0, 20),
        cap=st.none() | st.integers(0, 100),
        safety_percent=st.integers(0, 100).map(Decimal),
        share=st.integers(0, 100).map(Decimal),
        multiple=st.integers(1, 12),
        sells=st.booleans(),
    ),
)
def test_no_policy_offers_more_than_there_is(on_hand, reserved, committed, policy):
    told = explain(on_hand, reserved, Decimal(0), Decimal(0), policy, committed=Decimal(committed))
    assert 0 <= told.pieces <= max(0, on_hand - reserved)
    buyable = told.pieces - committed
    if buyable > 0:
        assert policy.sells
        assert buyable % policy.multiple == 0
        assert policy.cap is None or buyable <= policy.cap


def bought(on_hand, committed="0", shipped="0", reserved="0", **policy):
    """What customers can buy, once Shopify has subtracted what it has committed."""
    told = explain(
        Decimal(on_hand),
        Decimal(reserved),
        Decimal(shipped),
        Decimal(0),
        Policy(**policy),
        committed=Decimal(committed) + Decimal(shipped),
    )
    return told.pieces - int(committed) - int(shipped)


def test_percent_of_safety_is_rounded_up():
    assert bought("14", safety_percent=Decimal(10)) == 12
    assert bought("14", safety=1, safety_percent=Decimal(10)) == 11


def test_a_share_is_of_what_is_free_and_does_not_move_when_a_sold_piece_leaves():
    assert bought("10", share=Decimal(50)) == 5
    assert bought("10", committed="4", share=Decimal(50)) == 3
    assert bought("6", shipped="4", share=Decimal(50)) == 3  # shipped, not yet told to Shopify
    assert bought("6", share=Decimal(50)) == 3  # told


def test_a_cap_is_on_what_can_be_bought():
    assert bought("100", committed="4", cap=5) == 5
    assert bought("7", committed="4", cap=5) == 3


def test_multiples_are_of_what_can_be_bought():
    assert bought("23", committed="4", multiple=6) == 18
    assert bought("9", committed="4", multiple=6) == 0


def test_what_is_not_sold_keeps_sold_pieces_covered():
    told = explain(*map(Decimal, (10, 0, 0, 0)), Policy(sells=False), committed=Decimal(4))
    assert (told.pieces, told.limited_by) == (4, "not_sold")
    assert bought("3", committed="4", sells=False) == -1


def test_expected_goods_count_for_a_forecast():
    told = explain(*map(Decimal, (2, 5, 0, 0)), Policy(), incoming=Decimal(10))
    assert (told.exact, told.pieces) == (7, 7)


@pytest.mark.parametrize(("policy", "why"), [({"cap": 2}, "cap"), ({"multiple": 6}, "multiple"), ({"safety": 2}, None)])
def test_the_user_is_told_which_part_of_the_policy(policy, why):
    assert explain(*map(Decimal, (11, 0, 0, 0)), Policy(**policy)).limited_by == why


@pytest.mark.parametrize(
    "policy", [{"share": Decimal(101)}, {"safety_percent": Decimal(-1)}, {"multiple": 0}, {"safety": -1}, {"cap": -1}]
)
def test_a_policy_without_sense_is_refused(policy):
    with pytest.raises(ValueError):
        Policy(**policy)


def test_kits_are_as_many_as_the_scarcest_component_makes():
    assert kits([(Decimal(7), Decimal(2)), (Decimal(9), Decimal(1))]) == 3
    assert kits([(Decimal("1.5"), Decimal("0.5")), (Decimal(9), Decimal(1))]) == 3
    assert kits([(Decimal(-1), Decimal(2))]) == -1
    assert kits([]) == 0
