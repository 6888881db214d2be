"""Drafts: where their discounts and the tax of shipping stand, and that they come out to the cent."""

from decimal import Decimal

import pytest

from commerce import draft, order

TAX = {"title": "VAT", "rate": 0.2}


def body(**changes):
    line = {
        "id": 11,
        "variant_id": 5,
        "product_id": 4,
        "title": "Mug",
        "quantity": 2,
        "price": "20.00",
        "applied_discount": {"title": "Old friend", "amount": "4.00", "value": "10.0", "value_type": "percentage"},
        "tax_lines": [{**TAX, "price": "7.20"}],
    }
    return {
        "id": 7,
        "name": "#D7",
        "status": "open",
        "currency": "EUR",
        "taxes_included": False,
        "line_items": [line],
        "shipping_line": {"title": "DHL", "price": "5.00"},
        "applied_discount": None,
        "tax_lines": [{**TAX, "price": "8.20"}],
        "subtotal_price": "36.00",
        "total_tax": "8.20",
        "total_price": "49.20",
        "order_id": None,
        **changes,
    }


def test_discount_and_shippings_tax_are_found():
    charges = order.charges(draft.parse(body()), "shop")
    assert (charges.difference, charges.tax_difference) == (0, 0)
    assert [(one.kind, one.net, one.gross) for one in charges.lines] == [
        ("product", Decimal("36.00"), Decimal("43.20")),
        ("shipping", Decimal("5.00"), Decimal("6.00")),
    ]
    assert (charges.lines[0].discount, charges.lines[0].discount_codes) == (Decimal("4.00"), ("Old friend",))


def test_a_discount_of_the_whole_draft_is_spread():
    whole = body(
        shipping_line=None,
        applied_discount={"title": "Ten off", "amount": "10.00", "value": "10.0", "value_type": "fixed_amount"},
        tax_lines=[{**TAX, "price": "5.20"}],
        total_tax="5.20",
        total_price="31.20",
    )
    whole["line_items"][0]["tax_lines"] = [{**TAX, "price": "5.20"}]
    charges = order.charges(draft.parse(whole), "shop")
    assert (charges.difference, charges.total) == (0, Decimal("31.20"))
    assert charges.lines[0].discount == Decimal("14.00")


def test_the_order_it_became():
    assert draft.order_id(body()) is None
    assert draft.order_id(body(order_id=1234567890123)) == "1234567890123"


@pytest.mark.parametrize("broken", [None, [], {"id": 1, "line_items": "x"}, {"name": "#D1"}])
def test_what_is_no_draft_is_said(broken):
    with pytest.raises(order.Unreadable):
        draft.parse(broken)
