"""What an order comes to: every kind of charge, in every kind of body, to the cent."""

from decimal import Decimal

import pytest
from commerce_bodies import both, line, order, shipping, tax

from commerce.order import Unreadable, charges, parse


def charged(body, money="shop"):
    return charges(parse(body), money)


def exact(body, money="shop"):
    """The charges of a body that comes out to the cent."""
    result = charged(body, money)
    assert (result.difference, result.tax_difference) == (0, 0)
    assert sum(entry.gross for entry in result.lines) == result.total
    return result


def test_taxes_on_top_of_prices():
    result = exact(order(line("15.95", 3, off=["19.14"], taxes=[tax("2.87", 0.1), tax("1.79", 0.0625, "County")])))
    mug = result.lines[0]
    assert (mug.net, mug.gross, mug.discount) == (Decimal("28.71"), Decimal("33.37"), Decimal("19.14"))
    assert [(t.title, t.rate, t.amount) for t in mug.taxes] == [
        ("VAT", Decimal("0.1"), Decimal("2.87")),
        ("County", Decimal("0.0625"), Decimal("1.79")),
    ]
    assert (result.total, result.tax, result.taxes_included) == (Decimal("33.37"), Decimal("4.66"), False)


def test_taxes_contained_in_prices():
    result = exact(order(line("1599.00", off=["30.00"], taxes=[tax("142.64", 0.1, "GST")]), included=True))
    assert (result.lines[0].net, result.lines[0].gross) == (Decimal("1426.36"), Decimal("1569.00"))
    assert result.taxes_included


def test_a_tax_is_never_computed_again():
    # 10.00 at 19 % is 1.90; a tax app said 1.89, and 1.89 it is.
    assert exact(order(line(taxes=[tax("1.89")]))).lines[0].gross == Decimal("11.89")


def test_zero_taxes_are_kept_and_equal_ones_of_a_line_are_summed():
    result = exact(order(line(taxes=[tax("0.00", 0, "Exempt"), tax("0.60", 0.06), tax("0.40", 0.06)])))
    assert [(t.title, t.amount) for t in result.lines[0].taxes] == [("Exempt", 0), ("VAT", 1)]


def test_a_discount_across_lines_keeps_its_remainder_where_shopify_put_it():
    applications = [{"type": "discount_code", "code": "TEN", "value": "10.0", "value_type": "fixed_amount"}]
    lines = [line(id=i, off=[off]) for i, off in ((1, "3.34"), (2, "3.33"), (3, "3.33"))]
    result = exact(order(*lines, discount_applications=applications, total_discounts="10.00"))
    assert [entry.net for entry in result.lines] == [Decimal("6.66"), Decimal("6.67"), Decimal("6.67")]
    assert {entry.discount_codes for entry in result.lines} == {("TEN",)}


def test_two_discounts_on_a_line_name_both_and_a_zero_one_not():
    applications = [{"type": "automatic", "title": "Autumn"}, {"type": "discount_code", "code": "TEN"}, {"title": "No"}]
    mug = exact(order(line(off=["1.00", "2.00", "0.00"]), discount_applications=applications)).lines[0]
    assert (mug.discount, mug.discount_codes, mug.list_price) == (3, ("Autumn", "TEN"), 10)


def test_a_free_order():
    result = exact(order(line(off=["10.00"]), ship=[shipping(off=["4.99"])], payment_gateway_names=[]))
    assert (result.total, [entry.gross for entry in result.lines]) == (0, [0, 0])


def test_shipping_has_its_own_discount_and_tax():
    ship = [shipping("4.99", off=["1.00"], taxes=[tax("0.76")]), shipping("2.00", id=42, title="Express")]
    result = exact(order(line(taxes=[tax("1.90")]), ship=ship))
    assert [(e.kind, e.line_id, e.gross) for e in result.lines[1:]] == [
        ("shipping", "41", Decimal("4.75")),
        ("shipping", "42", Decimal("2.00")),
    ]


def test_old_shipping_without_allocations_takes_the_discounted_price():
    ship = shipping("9.00", discounted_price="7.00")
    body = order(line(), ship=[ship], total_price="17.00")
    del ship["discount_allocations"]
    assert exact(body).lines[1].gross == 7


@pytest.mark.parametrize("counted", [True, False])
def test_removed_shipping_is_not_charged_whether_or_not_the_total_counts_it(counted):
    ship = shipping("5.00", is_removed=True, taxes=[tax("0.95")])
    body = order(line(), ship=[ship]) if counted else order(line()) | {"shipping_lines": [ship]}
    result = exact(body)
    assert [entry.kind for entry in result.lines] == ["product"]
    assert result.total == 10


def test_removed_shipping_of_a_cancelled_order_is_as_first_charged():
    body = order(line(), ship=[shipping("5.00", is_removed=True)], cancelled_at="2026-01-01T00:00:00Z")
    assert exact(body).total == 15


def test_a_gift_card_sold():
    assert exact(order(line(gift_card=True, requires_shipping=False))).lines[0].kind == "gift_card"


def tip_line(**fields):
    return line("4.50", id=12, title="Tip", name="Tip", variant_id=None, product_id=None, sku=None) | {
        "requires_shipping": False,
        **fields,
    }


@pytest.mark.parametrize("marked", [True, False])
def test_a_tip_that_is_a_line_counts_once(marked):
    fields = {"tip": {"payment_method": "card"}} if marked else {}
    result = exact(order(tip_line(**fields), line(), total_tip_received="4.50"))
    assert [(entry.kind, entry.gross) for entry in result.lines] == [("tip", Decimal("4.50")), ("product", 10)]


def test_a_tip_beside_the_lines_is_a_charge_of_its_own():
    result = exact(order(line(), total_tip_received="4.50", extra="4.50"))
    assert [(entry.kind, entry.line_id, entry.gross) for entry in result.lines][1:] == [("tip", None, Decimal("4.50"))]


def test_a_custom_line_of_the_tips_amount_is_no_tip_when_the_tip_is_beside():
    result = exact(order(tip_line(title="Wrapping", name="Wrapping"), total_tip_received="4.50", extra="4.50"))
    assert [entry.kind for entry in result.lines] == ["product", "tip"]


def test_duties_with_their_own_taxes():
    duty = {"id": "77", "price_set": both("3.00"), "tax_lines": [tax("0.57")]}
    body = order(line(duties=[duty]), extra="3.00", original_total_duties_set=both("3.00"))
    result = exact(body)
    assert [(e.kind, e.line_id, e.net, e.gross) for e in result.lines][1:] == [("duty", "77", 3, Decimal("3.57"))]


def test_duties_in_the_documentations_older_shape():
    duty = {"id": "77", **both("3.00"), "tax_lines": []}
    assert exact(order(line(duties=[duty]), extra="3.00")).lines[1].gross == 3


def test_duties_included_in_the_prices_are_no_charge():
    duty = {"id": "77", "price_set": both("3.00"), "tax_lines": []}
    result = exact(order(line(duties=[duty]), duties_included=True, original_total_duties_set=both("3.00")))
    assert [entry.kind for entry in result.lines] == ["product"]
    assert result.note == "Duties are included in the prices."


def test_duties_and_fees_of_which_only_the_sum_is_known():
    sums = {"original_total_duties_set": both("3.00"), "original_total_additional_fees_set": both("2.00")}
    assert [entry.kind for entry in exact(order(line(), extra="5.00", **sums)).lines] == ["product", "duty", "fee"]


def test_additional_fees_with_taxes():
    fee = {"id": 88, "name": "Import fee", "price_set": both("2.00"), "tax_lines": [tax("0.38")]}
    body = order(line(), additional_fees=[fee], extra="2.38", total_tax="0.38")
    assert [(e.kind, e.title, e.gross) for e in exact(body).lines][1:] == [("fee", "Import fee", Decimal("2.38"))]


def test_a_tax_the_channel_remits_is_in_the_total_and_marked():
    result = exact(order(line(taxes=[tax("1.90", liable=True)])))
    assert [(t.amount, t.channel_liable) for t in result.lines[0].taxes] == [(Decimal("1.90"), True)]


def test_a_tax_the_channel_remits_is_left_out_when_the_total_leaves_it_out():
    body = order(line(taxes=[tax("1.90", liable=True)]), total_price="10.00", total_tax="0.00")
    result = exact(body)
    assert result.lines[0].taxes == ()
    assert result.note == "VAT is collected by the sales channel and is not in the total."


def test_presentment_money_adds_up_on_its_own():
    def pair(shop, buyer):
        return both(shop, "AUD", buyer, "USD")

    goods = line("45.62", price_set=pair("45.62", "33.90"), taxes=[tax("4.56") | {"price_set": pair("4.56", "3.39")}])
    body = order(goods, currency="AUD", presentment_currency="USD", total_price_set=pair("50.18", "37.29"))
    body["total_tax_set"] = pair("4.56", "3.39")
    assert (exact(body).currency, exact(body).total) == ("AUD", Decimal("50.18"))
    assert (exact(body, "presentment").currency, exact(body, "presentment").total) == ("USD", Decimal("37.29"))


def test_presentment_money_that_the_body_lacks_is_refused_not_guessed():
    body = order(line(), presentment_currency="USD", total_price_set=both("10.00", "EUR", "11.00", "USD"))
    assert exact(body).total == 10
    with pytest.raises(Unreadable, match="Mug - blue: the order does not say an amount in USD"):
        charged(body, "presentment")


def test_an_old_body_without_sets_is_the_same_in_both_moneys():
    body = order(line(taxes=[tax("1.90")]))
    del body["presentment_currency"]
    assert exact(body, "shop") == exact(body, "presentment")


@pytest.mark.parametrize(
    ("currency", "price", "vat", "total"),
    [("JPY", "2290", "229", "2519"), ("JPY", "2290.0", "229.0", "2519"), ("KWD", "1.250", "0.063", "1.313")],
)
def test_currencies_without_cents_and_with_mills(currency, price, vat, total):
    assert exact(order(line(price, taxes=[tax(vat, 0.1)]), currency=currency)).total == Decimal(total)


def test_an_amount_finer_than_the_currency_is_rounded_and_said():
    result = charged(order(line("10.5"), currency="JPY"))
    assert (result.lines[0].gross, result.difference) == (11, Decimal("-0.5"))
    assert result.note == "Mug - blue: 10.5 is finer than JPY has coins."


def test_cash_rounding_is_no_part_of_the_total():
    body = order(line("9.98"), total_cash_rounding_payment_adjustment_set=both("0.02"))
    assert exact(body).total == Decimal("9.98")
    assert parse(body).cash_rounding.shop == Decimal("0.02")


def test_floats_of_a_body_add_up():
    lines = [line(0.1, id=1), line(0.2, id=2)]
    body = order(line("0.30")) | {"line_items": lines}
    assert exact(body).total == Decimal("0.3")


def test_a_total_that_does_not_come_out_is_told_exactly():
    result = charged(order(line(), total_price="10.01", total_tax="0.03"))
    assert (result.total, result.difference, result.tax_difference) == (
        Decimal("10.01"),
        Decimal("0.01"),
        Decimal("0.03"),
    )


def test_a_discount_on_no_line_is_spread_only_if_it_explains_the_whole_gap():
    lines = [line("30.00", id=1), line("10.00", id=2)]
    fields = {"total_discounts": "4.00", "discount_codes": [{"code": "FOUR", "type": "fixed_amount"}]}
    result = exact(order(*lines, extra="-4.00", **fields))
    assert [(e.net, e.discount, e.discount_codes) for e in result.lines] == [(27, 3, ("FOUR",)), (9, 1, ("FOUR",))]
    assert result.note == "A discount of 4.00 EUR names no line and was spread by amount."
    other = charged(order(*lines, extra="-4.01", **fields))
    assert (other.difference, [e.discount for e in other.lines]) == (Decimal("-4.01"), [0, 0])


def test_a_shipping_code_of_an_old_body_is_taken_off_the_shipping():
    fields = {"total_discounts": "4.99", "discount_codes": [{"code": "FREE", "type": "shipping"}]}
    result = exact(order(line(), ship=[shipping()], extra="-4.99", **fields))
    assert [entry.gross for entry in result.lines] == [10, 0]


def test_an_old_lines_own_discount_counts_where_there_are_no_allocations():
    goods = line("5.00", total_discount="5.00")
    body = order(goods, total_price="0.00")
    del goods["discount_allocations"]
    assert (exact(body).lines[0].net, exact(body).lines[0].discount) == (0, 5)


def test_a_new_lines_total_discount_is_not_used():
    # Recorded orders say 0.00 or the manual part there; the allocations are the truth (SHOPIFY_API §13.2).
    assert exact(order(line(off=["4.00"], total_discount="1.00"))).total == 6


def test_a_body_that_does_not_say_whether_taxes_are_included_is_read_the_way_that_comes_out():
    body = order(line(taxes=[tax("1.60")]), included=True)
    del body["taxes_included"]
    assert exact(body).taxes_included


def test_a_missing_tax_total_is_said():
    body = order(line(taxes=[tax("1.90")]))
    del body["total_tax"]
    assert charged(body).note == "The order does not say its tax total."
    assert exact(body | {"tax_lines": [tax("1.90")]}).note is None


def test_an_order_without_lines_differs_by_its_total():
    body = order(line())
    del body["line_items"]
    assert charged(body).difference == 10


@pytest.mark.parametrize(
    ("missing", "words"),
    [(("currency", "presentment_currency"), "currency"), (("total_price",), "total in EUR")],
)
def test_an_order_without_currency_or_total_cannot_be_charged(missing, words):
    body = order(line())
    for key in missing:
        del body[key]
    with pytest.raises(Unreadable, match=words):
        charged(body)


def test_a_line_keeps_what_odoo_needs_of_it():
    mug = exact(order(line(properties=[{"name": "Engraving", "value": "Zoë"}]))).lines[0]
    assert (mug.line_id, mug.variant_id, mug.product_id, mug.sku) == ("11", "21", "31", "MUG")
    assert (mug.title, mug.requires_shipping, mug.properties) == ("Mug - blue", True, (("Engraving", "Zoë"),))
