"""Order edits: staged in a calculated order, made real by the commit; amounts, stock, fulfillment orders, webhooks."""

import pytest
from agreement import agree
from simulator_client import MONEY, running

BEGIN = """mutation B($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id totalPriceSet MONEY
  lineItems(first: 9) { nodes { id quantity editableQuantity sku } } } userErrors { field message } } }"""
QUANTITY = """mutation Q($id: ID!, $line: ID!, $quantity: Int!, $restock: Boolean) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity, restock: $restock) {
    calculatedOrder { totalPriceSet MONEY } userErrors { field message } } }"""
VARIANT = """mutation V($id: ID!, $variant: ID!) { orderEditAddVariant(id: $id, variantId: $variant, quantity: 2) {
    calculatedLineItem { id } calculatedOrder { totalPriceSet MONEY } userErrors { message } } }"""
DISCOUNT = """mutation D($id: ID!, $line: ID!) {
  orderEditAddLineItemDiscount(id: $id, lineItemId: $line, discount: {fixedValue: {amount: 1, currencyCode: EUR}}) {
    calculatedLineItem { calculatedDiscountAllocations { allocatedAmountSet MONEY discountApplication { id } } }
    userErrors { message } } }"""
COMMIT = """mutation C($id: ID!) { orderEditCommit(id: $id) { order { id displayFinancialStatus totalPriceSet MONEY
  currentTotalPriceSet MONEY totalOutstandingSet MONEY } successMessages userErrors { field message } } }"""
TOPICS = ("orders/edited", "orders/updated", "refunds/create")


def amount(bag):
    return bag["shopMoney"]["amount"]


@pytest.fixture
def client():
    with running() as one:
        for topic in TOPICS:
            one.shop.subscribe(topic, "https://odoo.example/hook")
        yield one


def asked(client, document, **variables):
    (root,) = client.data(document.replace("MONEY", MONEY), variables).values()
    return root


def begun(client, order):
    calculated = asked(client, BEGIN, id=order.id)["calculatedOrder"]
    return calculated["id"], {line["sku"]: line["id"] for line in calculated["lineItems"]["nodes"]}


def test_nothing_happens_before_the_commit(client):
    order = client.shop.place_order([("MUG", 3), ("SHIRT-L", 1)], taxes=[("MwSt", "0.19")])
    client.shop.take_deliveries()
    edit, lines = begun(client, order)
    staged = asked(client, QUANTITY, id=edit, line=lines["MUG"], quantity=1, restock=True)
    assert amount(staged["calculatedOrder"]["totalPriceSet"]) == "69.94"
    assert order.body["current_total_price"] == "109.92"
    assert not client.shop.outbox
    made = asked(client, COMMIT, id=edit)
    assert made["successMessages"] == ["Order updated"]
    assert amount(made["order"]["totalPriceSet"]) == "109.92"
    assert amount(made["order"]["currentTotalPriceSet"]) == "69.94"
    assert amount(made["order"]["totalOutstandingSet"]) == "-39.98"
    assert agree(client.shop, order, "current_total").total == order.amount("current_total_price").shop
    assert asked(client, COMMIT, id=edit)["userErrors"]


def test_removed_pieces_are_free_again_and_told_by_a_refund_record(client):
    shop = client.shop
    order = shop.place_order([("MUG", 3)])
    shop.take_deliveries()
    shop.edit_order(order, quantities={"MUG": 1})
    assert (shop.committed("MUG", "Berlin"), shop.available("MUG", "Berlin")) == (1, 9)
    assert [[(one.sku, one.total_quantity) for one in fo.lines] for fo in order.routed] == [[("MUG", 1)]]
    told = {one.topic: one.json() for one in shop.take_deliveries()}
    assert set(told) == set(TOPICS)
    line = order.lines[0].number
    assert told["orders/edited"]["order_edit"]["line_items"]["removals"] == [{"id": line, "delta": 2}]
    (refunded,) = told["refunds/create"]["refund_line_items"]
    assert (refunded["quantity"], refunded["restock_type"], told["refunds/create"]["transactions"]) == (2, "cancel", [])
    body = told["orders/updated"]["line_items"][0]
    assert [body[name] for name in ("quantity", "current_quantity", "fulfillable_quantity")] == [3, 1, 1]
    shop.edit_order(order, quantities={"MUG": 0}, restock=False)
    assert (shop.committed("MUG", "Berlin"), shop.on_hand("MUG", "Berlin")) == (0, 9)
    assert order.body["current_total_price"] == "0.00"


def test_what_is_added_costs_more_and_ships_from_a_new_fulfillment_order(client):
    shop = client.shop
    order = shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
    edit, lines = begun(client, order)
    asked(client, VARIANT, id=edit, variant=shop.variant("SHIRT-L").id)
    given = asked(client, DISCOUNT, id=edit, line=lines["MUG"])["calculatedLineItem"]["calculatedDiscountAllocations"]
    assert amount(given[0]["allocatedAmountSet"]) == "1.0"
    made = asked(client, COMMIT, id=edit)["order"]
    assert amount(made["totalPriceSet"]) == amount(made["currentTotalPriceSet"]) == "118.89"
    assert made["displayFinancialStatus"] == "PARTIALLY_PAID"
    assert len(order.routed) == 2
    assert order.lines[1].body["tax_lines"][0]["price"] == "15.95"
    agree(shop, order)


def test_what_shipped_cannot_be_removed(client):
    order = client.shop.place_order([("MUG", 2)])
    client.shop.fulfill(order, {"MUG": 1})
    edit, lines = begun(client, order)
    assert asked(client, QUANTITY, id=edit, line=lines["MUG"], quantity=0)["userErrors"]
    assert not asked(client, QUANTITY, id=edit, line=lines["MUG"], quantity=1)["userErrors"]
    with pytest.raises(ValueError, match="shipped"):
        client.shop.edit_order(order, quantities={"MUG": 0})


def test_money_goes_back_where_it_is_wanted(client):
    order = client.shop.place_order([("MUG", 2)], shipping=("DHL", "4.90"))
    client.shop.edit_order(order, quantities={"MUG": 1}, drop_shipping=True, refund=True)
    assert order.display_financial_status == "PARTIALLY_REFUNDED"
    assert order.body["total_outstanding"] == "0.00"
    assert order.body["shipping_lines"][0]["is_removed"]


def test_a_cancelled_order_and_an_edit_without_a_change_are_refused(client):
    order = client.shop.place_order([("MUG", 2)])
    edit, _lines = begun(client, order)
    assert asked(client, COMMIT, id=edit)["userErrors"][0]["message"] == "There must be at least one change to be made."
    client.shop.cancel_order(order)
    assert asked(client, BEGIN, id=order.id)["userErrors"]


def test_the_control_door_edits(client):
    order = client.shop.place_order([("MUG", 2)])
    answer = client.control(
        "edit", {"order": order.name, "quantities": {"MUG": 1}, "add": [{"title": "Wrap", "price": "2"}]}
    )
    assert [line["current_quantity"] for line in answer["order"]["lines"]] == [1, 1]
