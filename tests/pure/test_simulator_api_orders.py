"""Orders made and changed through the API, and what can be done with their fulfillment orders (FACTS 41, 64, 75-96)."""

import pytest
from simulator_client import running

ORDER = """id name displayFinancialStatus displayFulfillmentStatus totalPriceSet { shopMoney { amount currencyCode } }
  totalOutstandingSet { shopMoney { amount } } customer { email } lineItems(first: 5) { nodes { id fulfillableQuantity } }
  fulfillmentOrders(first: 9) { nodes { id status supportedActions { action }
    lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } } } }"""
CREATE = f"""mutation M($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {{
  orderCreate(order: $order, options: $options) {{ order {{ {ORDER} }} userErrors {{ field message }} }} }}"""
READ = f"query Q($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
FO = "id status lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } }"
HOLD = f"""mutation M($id: ID!, $hold: FulfillmentOrderHoldInput!) {{ fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) {{
  fulfillmentHold {{ id displayReason heldByRequestingApp }} fulfillmentOrder {{ {FO} }}
  remainingFulfillmentOrder {{ {FO} }} userErrors {{ field code }} }} }}"""
RELEASE = f"""mutation M($id: ID!) {{ fulfillmentOrderReleaseHold(id: $id) {{
  fulfillmentOrder {{ {FO} }} userErrors {{ field }} }} }}"""
SPLIT = f"""mutation M($rows: [FulfillmentOrderSplitInput!]!) {{ fulfillmentOrderSplit(fulfillmentOrderSplits: $rows) {{
  fulfillmentOrderSplits {{ fulfillmentOrder {{ {FO} }} remainingFulfillmentOrder {{ {FO} }} }}
  userErrors {{ field message code }} }} }}"""
MERGE = f"""mutation M($rows: [FulfillmentOrderMergeInput!]!) {{
  fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $rows) {{ fulfillmentOrderMerges {{ fulfillmentOrder {{ {FO} }} }}
    userErrors {{ field message code }} }} }}"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def create(client, *, options=None, **order):
    line = {"title": "Item", "quantity": 3, "priceSet": {"shopMoney": {"amount": "10.00", "currencyCode": "EUR"}}}
    given = {"order": {"lineItems": [line], "email": "a@example.com", **order}, "options": options}
    answer = client.data(CREATE, given)["orderCreate"]
    assert answer["userErrors"] == [], answer
    return answer["order"]


def paid(amount, kind="SALE"):
    money = {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}
    return [{"kind": kind, "status": "SUCCESS", "gateway": "manual", "amountSet": money}]


@pytest.mark.parametrize(
    ("more", "status", "owed"),
    [
        ({}, None, "30.0"),
        ({"financialStatus": "PENDING"}, "PENDING", "30.0"),
        ({"transactions": paid("30")}, "PAID", "0.0"),
        ({"transactions": paid("12.5")}, "PARTIALLY_PAID", "17.5"),
        ({"transactions": paid("30", "AUTHORIZATION")}, "AUTHORIZED", "0.0"),
    ],
)
def test_the_financial_status_is_what_the_transactions_say(client, more, status, owed):
    order = create(client, **more)
    assert (order["displayFinancialStatus"], order["totalOutstandingSet"]["shopMoney"]["amount"]) == (status, owed)
    assert (order["totalPriceSet"]["shopMoney"]["amount"], order["customer"]["email"]) == ("30.0", "a@example.com")


def test_stock_is_taken_only_where_the_options_say_so(client):
    mug = client.shop.variant("MUG")
    line = {"variantId": mug.id, "quantity": 2}
    create(client, lineItems=[line])
    assert client.shop.available("MUG") == 13
    create(client, lineItems=[line], options={"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"})
    assert (client.shop.available("MUG"), client.shop.committed("MUG"), client.shop.on_hand("MUG")) == (11, 2, 13)


def test_an_order_made_by_api_is_told_of_like_any_other(client):
    client.shop.subscribe("orders/create", "https://odoo.example.com/hook")
    create(client, note="n", tags=["b", "a"], transactions=paid("30"))
    (sent,) = client.shop.take_deliveries("orders/create")
    body = sent.json()
    assert (body["note"], body["financial_status"], body["total_price"]) == ("n", "paid", "30.00")


def test_update_pay_close_and_delete(client):
    order = create(client)
    update = """mutation M($input: OrderInput!) { orderUpdate(input: $input) {
      order { note } userErrors { field message } } }"""
    empty = client.data(update, {"input": {"id": order["id"]}})["orderUpdate"]
    assert empty["userErrors"] == [{"field": None, "message": "No valid update parameters have been provided"}]
    assert client.data(update, {"input": {"id": order["id"], "note": "x"}})["orderUpdate"]["order"]["note"] == "x"
    pay = """mutation M($id: ID!) { orderMarkAsPaid(input: {id: $id}) {
      order { displayFinancialStatus } userErrors { message } } }"""
    assert client.data(pay, {"id": order["id"]})["orderMarkAsPaid"]["userErrors"] == []
    again = client.data(pay, {"id": order["id"]})["orderMarkAsPaid"]
    assert again["order"]["displayFinancialStatus"] == "PAID"
    assert again["userErrors"] == [{"message": "Order cannot be marked as paid."}]
    delete = "mutation M($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { code } } }"
    assert client.data(delete, {"id": order["id"]})["orderDelete"]["deletedId"] == order["id"]
    assert client.data(READ, {"id": order["id"]})["order"] is None
    assert client.data(delete, {"id": order["id"]})["orderDelete"]["userErrors"] == [{"code": "NOT_FOUND"}]


def quantities(fo):
    return [node["totalQuantity"] for node in fo["lineItems"]["nodes"]]


def hold(client, fo, quantity=None, handle="h"):
    given = {"reason": "OTHER", "handle": handle}
    if quantity is not None:
        given["fulfillmentOrderLineItems"] = [{"id": fo["lineItems"]["nodes"][0]["id"], "quantity": quantity}]
    return client.data(HOLD, {"id": fo["id"], "hold": given})["fulfillmentOrderHold"]


def test_the_held_part_keeps_the_id_and_a_release_makes_one_of_two(client):
    order = create(client)
    (fo,) = order["fulfillmentOrders"]["nodes"]
    assert [a["action"] for a in fo["supportedActions"]] == [
        *("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT")
    ]
    held = hold(client, fo, 2)
    assert held["fulfillmentOrder"]["id"] == fo["id"] and held["fulfillmentOrder"]["status"] == "ON_HOLD"
    assert (quantities(held["fulfillmentOrder"]), quantities(held["remainingFulfillmentOrder"])) == ([2], [1])
    assert client.data(READ, {"id": order["id"]})["order"]["lineItems"]["nodes"][0]["fulfillableQuantity"] == 1
    assert hold(client, fo)["userErrors"][0]["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
    assert hold(client, fo, 1, "other")["userErrors"][0]["code"] == "FULFILLMENT_ORDER_NOT_SPLITTABLE"
    released = client.data(RELEASE, {"id": fo["id"]})["fulfillmentOrderReleaseHold"]["fulfillmentOrder"]
    assert (released["status"], quantities(released)) == ("OPEN", [3])
    both = client.data(READ, {"id": order["id"]})["order"]["fulfillmentOrders"]["nodes"]
    assert [(one["status"], quantities(one)) for one in both] == [("OPEN", [3]), ("CLOSED", [0])]


def test_ten_holds_and_no_more(client):
    (fo,) = create(client)["fulfillmentOrders"]["nodes"]
    for number in range(10):
        assert hold(client, fo, handle=str(number))["userErrors"] == []
    assert hold(client, fo, handle="10")["userErrors"][0]["code"] == "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"
    assert client.data("{ manualHoldsFulfillmentOrders(first: 5) { nodes { id } } }")[
        "manualHoldsFulfillmentOrders"
    ] == {"nodes": [{"id": fo["id"]}]}


def test_split_and_merge(client):
    (fo,) = create(client)["fulfillmentOrders"]["nodes"]
    line = fo["lineItems"]["nodes"][0]["id"]
    rows = [{"fulfillmentOrderId": fo["id"], "fulfillmentOrderLineItems": [{"id": line, "quantity": 1}]}]
    (parts,) = client.data(SPLIT, {"rows": rows})["fulfillmentOrderSplit"]["fulfillmentOrderSplits"]
    rest = parts["remainingFulfillmentOrder"]
    assert (quantities(parts["fulfillmentOrder"]), quantities(rest)) == ([2], [1])
    too_many = [{**rows[0], "fulfillmentOrderLineItems": [{"id": line, "quantity": 9}]}]
    refused = client.data(SPLIT, {"rows": too_many})["fulfillmentOrderSplit"]["userErrors"]
    assert refused[0]["message"] == "Invalid fulfillment order line item quantity requested."
    intents = [{"mergeIntents": [{"fulfillmentOrderId": fo["id"]}, {"fulfillmentOrderId": rest["id"]}]}]
    merged = client.data(MERGE, {"rows": intents})["fulfillmentOrderMerge"]["fulfillmentOrderMerges"][0]
    assert quantities(merged["fulfillmentOrder"]) == [3]
    again = client.data(MERGE, {"rows": intents})["fulfillmentOrderMerge"]["userErrors"]
    assert "not in a mergeable state" in again[0]["message"]


def test_reported_progress_bars_moving_and_cancelling_until_it_is_open_again(client):
    order = create(client)
    gid = order["fulfillmentOrders"]["nodes"][0]["id"]

    def call(root, more=""):
        text = f"mutation M($id: ID!) {{ {root}(id: $id{more}) {{ userErrors {{ message }} }} }}"
        return client.data(text, {"id": gid})[root]["userErrors"]

    assert call("fulfillmentOrderReportProgress") == []
    assert client.data(READ, {"id": order["id"]})["order"]["displayFulfillmentStatus"] == "IN_PROGRESS"
    assert "progress reported" in call("fulfillmentOrderCancel")[0]["message"]
    target = client.shop.location("Hamburg").id
    assert "progress reported" in call("fulfillmentOrderMove", f', newLocationId: "{target}"')[0]["message"]
    assert call("fulfillmentOrderOpen") == []
    assert call("fulfillmentOrderCancel") == []
    old, new = client.data(READ, {"id": order["id"]})["order"]["fulfillmentOrders"]["nodes"]
    assert (old["status"], quantities(old), new["status"], quantities(new)) == ("CLOSED", [], "OPEN", [3])
    assert new["lineItems"]["nodes"][0]["id"] == order["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["id"]


def test_an_event_is_the_status_that_a_fulfillment_shows(client):
    (fo,) = create(client)["fulfillmentOrders"]["nodes"]
    ship = """mutation M($id: ID!) { fulfillmentCreate(fulfillment: {lineItemsByFulfillmentOrder:
      [{fulfillmentOrderId: $id}]}) { fulfillment { id displayStatus } userErrors { message } } }"""
    fulfillment = client.data(ship, {"id": fo["id"]})["fulfillmentCreate"]["fulfillment"]
    event = """mutation M($event: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $event) {
      fulfillmentEvent { status } userErrors { field message } } }"""
    given = {"fulfillmentId": fulfillment["id"], "status": "IN_TRANSIT"}
    assert client.data(event, {"event": given})["fulfillmentEventCreate"]["userErrors"] == []
    read = "query Q($id: ID!) { fulfillment(id: $id) { displayStatus inTransitAt } }"
    shown = client.data(read, {"id": fulfillment["id"]})["fulfillment"]
    assert shown["displayStatus"] == "IN_TRANSIT" and shown["inTransitAt"]
    unknown = {**given, "fulfillmentId": "gid://shopify/Fulfillment/1"}
    refused = client.data(event, {"event": unknown})["fulfillmentEventCreate"]["userErrors"]
    assert refused[0]["message"] == "Fulfillment does not exist."


def test_a_customer_needs_something_to_be_called_and_a_free_address(client):
    make = """mutation M($input: CustomerInput!) { customerCreate(input: $input) {
      customer { email displayName } userErrors { field message } } }"""
    made = client.data(make, {"input": {"email": " a b@example.com", "firstName": "Ada"}})["customerCreate"]
    assert made["customer"] == {"email": "ab@example.com", "displayName": "Ada"}
    again = client.data(make, {"input": {"email": "AB@example.com"}})["customerCreate"]
    assert again["userErrors"] == [{"field": ["email"], "message": "Email has already been taken"}]
    nobody = client.data(make, {"input": {"note": "x"}})["customerCreate"]
    assert nobody["userErrors"][0]["message"] == "A name, phone number, or email address must be present"
