"""An order first seen after an edit, a refund or a cancellation (DESIGN §6)."""

from decimal import Decimal

import pytest
from commerce_bodies import line, order, refund, shipping, tax
from test_commerce_charges import charged, exact


def quantities(result):
    return [(entry.quantity, entry.net, sum(t.amount for t in entry.taxes)) for entry in result.lines]


def three(**fields):
    """Three pieces at 3.34 with 10.02 and 1.90 of tax."""
    return line("3.34", 3, taxes=[tax("1.90")], **fields)


def test_units_cancelled_in_a_refund_shrink_their_line_by_the_refunds_cents():
    body = order(three(), ship=[shipping("2.00")], refunds=[refund((11, 1, "cancel", "3.34", "0.64"))])
    result = exact(body)
    assert quantities(result)[0] == (2, Decimal("6.68"), Decimal("1.26"))
    assert result.total == Decimal("9.94")
    assert result.note == "Mug - blue: 1 of 3 were removed before shipping."


def test_units_removed_by_an_edit_shrink_their_line_pro_rata():
    totals = {"current_total_price": "7.95", "current_total_tax": "1.27"}
    assert quantities(exact(order(three(current_quantity=2), **totals))) == [(2, Decimal("6.68"), Decimal("1.27"))]


def test_the_last_cent_of_a_pro_rata_line_follows_the_orders_total():
    totals = {"current_total_price": "7.94", "current_total_tax": "1.26"}
    assert quantities(exact(order(three(current_quantity=2), **totals))) == [(2, Decimal("6.68"), Decimal("1.26"))]


def test_more_than_a_last_cent_is_a_difference():
    totals = {"current_total_price": "7.00", "current_total_tax": "1.27"}
    result = charged(order(three(current_quantity=2), **totals))
    assert (result.difference, result.tax_difference) == (Decimal("-0.95"), 0)


def test_several_taxes_share_what_a_refund_leaves():
    goods = line("10.00", 2, taxes=[tax("1.00", 0.05, "State"), tax("0.41", 0.02, "County")])
    result = exact(order(goods, refunds=[refund((11, 1, "cancel", "10.00", "0.70"))]))
    assert [t.amount for t in result.lines[0].taxes] == [Decimal("0.50"), Decimal("0.21")]


def test_contained_taxes_shrink_with_the_line():
    goods = line("11.90", 2, taxes=[tax("3.80")])
    result = exact(order(goods, included=True, refunds=[refund((11, 1, "cancel", "11.90", "1.90"))]))
    assert quantities(result) == [(1, 10, Decimal("1.90"))]


def test_a_line_removed_as_a_whole_stays_with_quantity_0():
    lines = [three(current_quantity=0), line(id=12, current_quantity=1)]
    result = exact(order(*lines, current_total_price="10.00", current_total_tax="0.00"))
    assert quantities(result) == [(0, 0, 0), (1, 10, 0)]


def test_a_line_added_by_an_edit_is_in_the_total():
    lines = [line(id=12, current_quantity=1), line("5.00", id=13, current_quantity=1)]
    assert exact(order(*lines, current_total_price="15.00")).total == 15


def test_duties_shrink_with_their_line():
    duty = {"id": "7", "price": "3.00", "tax_lines": []}
    body = order(line(quantity=3, duties=[duty]), extra="3.00", refunds=[refund((11, 1, "cancel", "10.00", "0.00"))])
    assert [entry.net for entry in exact(body).lines] == [20, 2]


def shipped(quantity, status="success"):
    return [{"status": status, "line_items": [{"id": 11, "quantity": quantity}]}]


@pytest.mark.parametrize("restock_type", ["return", "no_restock", "legacy_restock", None])
def test_units_returned_after_shipping_stay(restock_type):
    refunds = [refund((11, 1, restock_type, "3.34", "0.64"))]
    body = order(three(current_quantity=2), refunds=refunds, fulfillments=shipped(3), current_total_price="7.94")
    assert quantities(exact(body)) == [(3, Decimal("10.02"), Decimal("1.90"))]


@pytest.mark.parametrize("fulfillments", [[], shipped(3, "cancelled")])
def test_units_refunded_without_restock_and_never_shipped_were_removed(fulfillments):
    refunds = [refund((11, 1, "no_restock", "3.34", "0.64"))]
    assert quantities(exact(order(three(), refunds=refunds, fulfillments=fulfillments)))[0][0] == 2


def test_of_two_units_refunded_alike_the_unshipped_one_was_removed():
    refunds = [refund((11, 2, "no_restock", "6.68", "1.27"))]
    result = exact(order(three(current_quantity=1), refunds=refunds, fulfillments=shipped(2)))
    # One of the two was shipped: it stays. The refund's cents are for both, so the other goes pro rata.
    assert quantities(result) == [(3, Decimal("10.02"), Decimal("1.90"))]
    result = exact(order(three(current_quantity=1), refunds=refunds, fulfillments=shipped(1)))
    assert quantities(result) == [(2, Decimal("6.68"), Decimal("1.27"))]


def test_removed_and_returned_units_are_told_apart():
    refunds = [refund((11, 1, "cancel", "3.34", "0.64")), refund((11, 1, "return", "3.34", "0.63"))]
    body = order(three(current_quantity=1), refunds=refunds, fulfillments=shipped(2), current_total_price="3.97")
    assert quantities(exact(body)) == [(2, Decimal("6.68"), Decimal("1.26"))]


def test_a_refund_of_money_alone_changes_nothing():
    refunds = [refund(order_adjustments=[{"kind": "refund_discrepancy", "amount": "-2.00"}])]
    assert exact(order(three(), refunds=refunds, current_total_price="9.92")).total == Decimal("11.92")


def test_a_refund_of_shipping_beside_removed_units_is_left_for_the_credit_note():
    refunds = [refund((11, 1, "cancel", "3.34", "0.64"), order_adjustments=[{"kind": "shipping_refund"}])]
    body = order(three(), ship=[shipping("2.00")], refunds=refunds, current_total_price="7.94")
    assert exact(body).total == Decimal("9.94")


def test_a_refund_that_left_the_current_total_alone_removed_nothing():
    # Shopify's documentation has such orders: every unit refunded, the current total whole.
    refunds = [refund((11, 3, "no_restock", "10.02", "1.90"))]
    assert exact(order(three(), refunds=refunds, current_total_price="11.92")).total == Decimal("11.92")


def test_a_cancelled_order_keeps_its_lines_as_first_charged():
    cancelled = {"cancelled_at": "2026-01-02T00:00:00Z", "current_total_price": "0.00"}
    refunds = [refund((11, 3, "cancel", "10.02", "1.90"))]
    body = order(three(current_quantity=0), ship=[shipping("2.00")], refunds=refunds, **cancelled)
    assert quantities(exact(body)) == [(3, Decimal("10.02"), Decimal("1.90")), (1, 2, 0)]


def test_what_never_shipped_of_a_fulfilled_order_was_removed():
    # Two of three removed by an edit that restocked nothing, then the third shipped and the order was done.
    body = order(line("10.00", 3, current_quantity=1), refunds=[refund((11, 2, "no_restock", "20.00", "0.00"))])
    shipped = [{"status": "success", "line_items": [{"id": 11, "quantity": 1}]}]
    body |= {"fulfillment_status": "fulfilled", "fulfillments": shipped, "current_total_price": "10.00"}
    result = charged(body)
    assert (result.total, result.difference, result.lines[0].quantity) == (10, 0, 1)
    # While one is still to be shipped, nobody knows.
    assert charged(body | {"fulfillment_status": "partial"}).lines[0].quantity == 2
