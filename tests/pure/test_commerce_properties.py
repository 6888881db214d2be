"""What holds for any order: nothing is lost, nothing but Unreadable is raised."""

from decimal import Decimal

from commerce_bodies import coin, line, order, refund, shipping, tax, tax_on
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.order import Unreadable, charges, parse, parse_node

RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.05", "0.0625", "0.07", "0.19", "0.25")])
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD"])


@st.composite
def orders(draw):
    """An order as Shopify computes one: each tax of each line rounded by itself, allocations to the coin."""
    currency, included = draw(CURRENCIES), draw(st.booleans())
    parts = []
    for place in range(draw(st.integers(1, 4))):
        price, quantity = draw(st.integers(0, 10**6)) * coin(currency), draw(st.integers(1, 9))
        coins = int(price * quantity / coin(currency))
        offs = [draw(st.integers(0, coins)) * coin(currency)] if draw(st.booleans()) else []
        amount = price * quantity - sum(offs)
        rates = draw(st.lists(RATES, max_size=1 if included else 3, unique=True))
        taxes = [tax(tax_on(amount, rate, included, currency), str(rate), f"Tax {rate}") for rate in rates]
        parts.append(line(str(price), quantity, off=map(str, offs), taxes=taxes, id=place + 1))
    ship = []
    if draw(st.booleans()):
        price = draw(st.integers(0, 10**4)) * coin(currency)
        ship.append(shipping(str(price), taxes=[tax(tax_on(price, draw(RATES), included, currency))]))
    return order(*parts, ship=ship, currency=currency, included=included)


@given(orders())
def test_every_order_that_shopify_computes_comes_out(body):
    result = charges(parse(body), "shop")
    assert (result.difference, result.tax_difference, result.note) == (0, 0, None)
    assert result.total == Decimal(body["total_price"])


@given(orders(), st.data())
def test_units_removed_with_their_refund_come_out_too(body, data):
    goods = data.draw(st.sampled_from(body["line_items"]))
    removed, left = data.draw(st.integers(1, goods["quantity"])), goods["quantity"]
    amount = Decimal(goods["price"]) * left - sum(Decimal(a["amount"]) for a in goods["discount_allocations"])
    taxes = sum((Decimal(entry["price"]) for entry in goods["tax_lines"]), Decimal(0))
    unit = coin(body["currency"])
    if removed < left:
        subtotal, off_tax = [(value * removed / left).quantize(unit) for value in (amount, taxes)]
    else:
        subtotal, off_tax = amount, taxes
    body["refunds"] = [refund((goods["id"], removed, "cancel", str(subtotal), str(off_tax)))]
    result = charges(parse(body), "shop")
    assert (result.difference, result.tax_difference) == (0, 0)
    value = subtotal if body["taxes_included"] else subtotal + off_tax
    assert result.total == Decimal(body["total_price"]) - value


AMOUNTS = st.decimals(-1000, 1000, places=3).map(str)
REFUNDS = st.lists(
    st.builds(
        lambda *entry: refund(entry),
        st.integers(1, 4),
        st.integers(0, 9),
        st.sampled_from(["cancel", "return", "no_restock", None]),
        AMOUNTS,
        AMOUNTS,
    ),
    max_size=3,
)


@given(orders(), AMOUNTS, AMOUNTS, REFUNDS, st.fixed_dictionaries({}, optional={"current_total_price": AMOUNTS}))
def test_lines_and_difference_are_always_the_total(body, total, taxes, refunds, current):
    body |= {"total_price": total, "total_tax": taxes, "refunds": refunds, "total_discounts": "3.00", **current}
    result = charges(parse(body), "shop")
    assert sum(entry.gross for entry in result.lines) + result.difference == result.total
    assert sum(t.amount for entry in result.lines for t in entry.taxes) + result.tax_difference == result.tax
    assert all(entry.net + sum(t.amount for t in entry.taxes) == entry.gross for entry in result.lines)
    assert all(entry.discount >= 0 and entry.quantity >= 0 for entry in result.lines)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "2.50", "EUR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
WEBHOOK_KEYS = (
    "admin_graphql_api_id name created_at cancelled_at currency presentment_currency taxes_included email note tags "
    "note_attributes location_id financial_status fulfillment_status payment_gateway_names customer billing_address "
    "shipping_address line_items shipping_lines additional_fees discount_applications discount_codes tax_lines refunds "
    "fulfillments total_price total_price_set total_tax total_tip_received current_total_price"
).split()
NODE_KEYS = (
    "legacyResourceId name createdAt currencyCode customAttributes displayFinancialStatus lineItems shippingLines "
    "discountApplications discountCodes customer billingAddress refunds fulfillments totalPriceSet retailLocation "
    "additionalFees totalCashRoundingAdjustment paymentGatewayNames tags"
).split()
LINE_KEYS = (
    "id quantity price price_set discount_allocations tax_lines duties properties tip nodes edges pageInfo product "
    "variant originalUnitPriceSet discountAllocations taxLines customAttributes lineItemGroup shop_money amount"
).split()


def objects(keys):
    entries = st.dictionaries(st.sampled_from(LINE_KEYS), JSON, max_size=5)
    values = JSON | st.lists(entries, max_size=2) | entries
    return st.dictionaries(st.sampled_from(keys), values, max_size=6)


@settings(max_examples=300)
@given(objects(WEBHOOK_KEYS) | JSON, st.sampled_from([None, 1, "1"]))
def test_a_webhook_body_of_any_shape_is_read_or_refused(body, identity):
    read_or_refused(parse, body, identity)


@settings(max_examples=300)
@given(objects(NODE_KEYS) | JSON, st.sampled_from([None, 1, "gid://shopify/Order/1"]))
def test_a_node_of_any_shape_is_read_or_refused(node, identity):
    read_or_refused(parse_node, node, identity)


def read_or_refused(reader, body, identity):
    if isinstance(body, dict) and identity is not None:
        body = body | {"id": identity}
    try:
        parsed = reader(body)
        for money in ("shop", "presentment"):
            charges(parsed, money)
    except Unreadable as refused:
        assert str(refused)
