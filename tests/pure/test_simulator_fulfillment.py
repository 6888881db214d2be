"""Fulfilling: quantities, statuses, stock, the recorded refusals, tracking, taking back, moving."""

import pytest
from simulator_client import running

ERRORS = "userErrors { field message }"
FULFILL = """mutation F($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) {
  fulfillment { id name status displayStatus totalQuantity location { name } trackingInfo(first: 5) { company number url }
    fulfillmentLineItems(first: 9) { nodes { quantity lineItem { id sku } } } } ERRORS } }""".replace("ERRORS", ERRORS)
STATE = """query S($id: ID!) { order(id: $id) { displayFulfillmentStatus closed fulfillable
  fulfillments(first: 9) { id status displayStatus }
  fulfillmentOrders(first: 9) { nodes { id status supportedActions { action } assignedLocation { location { name } }
    lineItems(first: 9) { nodes { id totalQuantity remainingQuantity sku lineItem { id } } } } } } }"""
TRACK = """mutation T($id: ID!, $info: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $info) {
    fulfillment { trackingInfo { company number url } } ERRORS } }""".replace("ERRORS", ERRORS)
CANCEL = (
    "mutation C($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id status displayStatus } ERRORS } }".replace(
        "ERRORS", ERRORS
    )
)
MOVE = """mutation M($id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]) {
  fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines) {
    movedFulfillmentOrder { id assignedLocation { location { name } } lineItems(first: 5) { nodes { remainingQuantity } } }
    originalFulfillmentOrder { id } remainingFulfillmentOrder { id } userErrors { field message code } } }"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def ship(client, fo, lines=None, tracking=None):
    rows = [{"id": wanted.id, "quantity": count} for wanted, count in (lines or {}).items()]
    group = {"fulfillmentOrderId": fo if isinstance(fo, str) else fo.id, "fulfillmentOrderLineItems": rows}
    given = {"lineItemsByFulfillmentOrder": [group], **({"trackingInfo": tracking} if tracking else {})}
    return client.data(FULFILL, {"fulfillment": given})["fulfillmentCreate"]


def state(client, order):
    return client.data(STATE, {"id": order.id})["order"]


def stock(client, sku="MUG", location="Berlin"):
    return [client.shop.quantity(name, sku, location) for name in ("available", "committed", "on_hand")]


def test_a_part_leaves_the_rest_in_the_same_fulfillment_order(client):
    order = client.shop.place_order([("MUG", 3), ("SHIRT-L", 1)])
    [fo] = order.routed
    answer = ship(
        client, fo, {fo.lines[0]: 2}, {"number": "00340434", "company": "DHL", "url": "https://dhl.example/1"}
    )
    assert answer["userErrors"] == []
    made = answer["fulfillment"]
    assert (made["name"], made["status"], made["displayStatus"], made["totalQuantity"]) == (
        "#1001.1", "SUCCESS", "FULFILLED", 2,
    )  # fmt: skip
    assert made["trackingInfo"] == [{"company": "DHL", "number": "00340434", "url": "https://dhl.example/1"}]
    assert made["fulfillmentLineItems"]["nodes"] == [
        {"quantity": 2, "lineItem": {"id": order.lines[0].id, "sku": "MUG"}}
    ]
    now = state(client, order)
    assert now["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    [node] = now["fulfillmentOrders"]["nodes"]
    assert (node["id"], node["status"]) == (fo.id, "IN_PROGRESS")
    assert [(w["totalQuantity"], w["remainingQuantity"]) for w in node["lineItems"]["nodes"]] == [(3, 1), (1, 1)]
    assert stock(client) == [7, 1, 8]
    assert order.body["fulfillment_status"] == "partial"
    assert [line["fulfillable_quantity"] for line in order.body["line_items"]] == [1, 1]


def test_an_empty_list_ships_what_remains_and_a_paid_order_closes(client):
    order = client.shop.place_order([("MUG", 3)])
    [fo] = order.routed
    ship(client, fo, {fo.lines[0]: 1})
    assert ship(client, fo)["fulfillment"]["totalQuantity"] == 2
    now = state(client, order)
    assert (now["displayFulfillmentStatus"], now["closed"], now["fulfillable"]) == ("FULFILLED", True, False)
    assert now["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    assert now["fulfillmentOrders"]["nodes"][0]["supportedActions"] == []
    assert stock(client) == [7, 0, 7]
    assert order.body["fulfillment_status"] == "fulfilled"
    assert [f["line_items"][0]["quantity"] for f in order.body["fulfillments"]] == [1, 2]


def test_refusals_have_the_recorded_words_and_ship_nothing(client):
    order, other = client.shop.place_order([("MUG", 3)]), client.shop.place_order([("MUG", 1)])
    far = client.shop.place_order([("SHIRT-M", 1), ("SHIRT-L", 1)])
    [fo], [foreign] = order.routed, other.routed

    def refused(*groups):
        rows = [
            {"fulfillmentOrderId": one, "fulfillmentOrderLineItems": [{"id": w, "quantity": n} for w, n in lines]}
            for one, lines in groups
        ]
        answer = client.data(FULFILL, {"fulfillment": {"lineItemsByFulfillmentOrder": rows}})["fulfillmentCreate"]
        assert answer["fulfillment"] is None
        [error] = answer["userErrors"]
        return error["field"], error["message"]

    own = fo.lines[0].id
    at = ["fulfillment"]
    assert refused((fo.id, [(own, 4)])) == (at, "Invalid fulfillment order line item quantity requested.")
    assert refused((fo.id, [(own, 2), (own, 2)])) == (at, "Invalid fulfillment order line item quantity requested.")
    assert refused((fo.id, [(foreign.lines[0].id, 1)])) == (at, "Fulfillment order line item does not exist.")
    assert refused(("gid://shopify/FulfillmentOrder/1", [])) == (at, "Fulfillment order does not exist.")
    assert refused((fo.id, [(own, 0)])) == (
        ["fulfillment", "lineItemsByFulfillmentOrder", "0", "fulfillmentOrderLineItems", "0", "quantity"],
        "Quantity must be greater than 0",
    )
    assert refused((fo.id, []), (foreign.id, [])) == (
        at,
        "All fulfillment orders must belong to the same order. Multiple orders with ids "
        f"[{order.number}, {other.number}] were found.",
    )
    places = sorted(one.location.number for one in far.routed)
    assert refused(*((one.id, []) for one in far.routed)) == (
        at,
        f"All fulfillment orders must be assigned to a single location. Multiple locations with ids {places} were found.",
    )
    client.shop.cancel_order(other)
    assert refused((foreign.id, [])) == (at, f"Fulfillment order {foreign.number} has an unfulfillable status= closed.")
    assert order.fulfillments == other.fulfillments == far.fulfillments == []
    assert stock(client) == [7, 3, 10]
    wrong = client.ask(FULFILL, {"fulfillment": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "x"}]}})
    assert wrong["data"] == {"fulfillmentCreate": None}
    assert (wrong["errors"][0]["message"], wrong["errors"][0]["extensions"]["code"]) == (
        "invalid id", "RESOURCE_NOT_FOUND",
    )  # fmt: skip


def test_a_cancelled_fulfillment_gives_back_to_a_new_fulfillment_order_and_reopens(client):
    order = client.shop.place_order([("MUG", 2)])
    [fo] = order.routed
    made = ship(client, fo)["fulfillment"]
    for _ in range(2):  # recorded: cancelling again succeeds
        answer = client.data(CANCEL, {"id": made["id"]})["fulfillmentCancel"]
        assert answer["userErrors"] == []
        assert (answer["fulfillment"]["status"], answer["fulfillment"]["displayStatus"]) == ("CANCELLED", "CANCELED")
    now = state(client, order)
    assert (now["displayFulfillmentStatus"], now["closed"]) == ("UNFULFILLED", False)
    old, new = now["fulfillmentOrders"]["nodes"]
    assert (old["id"], old["status"], new["status"]) == (fo.id, "CLOSED", "OPEN")
    assert [(w["totalQuantity"], w["remainingQuantity"]) for w in new["lineItems"]["nodes"]] == [(2, 2)]
    assert stock(client) == [8, 2, 10]
    assert order.body["line_items"][0]["fulfillment_status"] is None


def test_a_cancelled_part_goes_back_into_the_open_fulfillment_order(client):
    order = client.shop.place_order([("MUG", 2)])
    [fo] = order.routed
    made = ship(client, fo, {fo.lines[0]: 1})["fulfillment"]
    client.data(CANCEL, {"id": made["id"]})
    assert [(one.status, one.lines[0].remaining_quantity) for one in order.routed] == [("OPEN", 2)]
    assert stock(client) == [8, 2, 10]


def test_tracking_is_replaced_as_a_whole(client):
    order = client.shop.place_order([("MUG", 2)])
    made = ship(client, order.routed[0], tracking={"numbers": ["1", "2"], "company": "UPS"})["fulfillment"]
    assert [t["number"] for t in made["trackingInfo"]] == ["1", "2"]
    answer = client.data(TRACK, {"id": made["id"], "info": {"number": "3", "company": "DPD Germany"}})
    assert answer["fulfillmentTrackingInfoUpdate"]["fulfillment"]["trackingInfo"] == [
        {"company": "DPD Germany", "number": "3", "url": None}
    ]
    unknown = {"id": "gid://shopify/Fulfillment/1"}
    assert client.data(TRACK, {**unknown, "info": {}})["fulfillmentTrackingInfoUpdate"]["userErrors"] == [
        {"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}
    ]
    assert client.data(CANCEL, unknown)["fulfillmentCancel"]["userErrors"] == [
        {"field": ["id"], "message": "Fulfillment not found."}
    ]


def test_a_whole_move_keeps_the_id_and_takes_the_committed_pieces_along(client):
    order = client.shop.place_order([("MUG", 2)])
    [fo] = order.routed
    hamburg = client.shop.location("Hamburg").id
    answer = client.data(MOVE, {"id": fo.id, "to": hamburg})["fulfillmentOrderMove"]
    assert answer["userErrors"] == []
    assert answer["movedFulfillmentOrder"]["id"] == answer["originalFulfillmentOrder"]["id"] == fo.id
    assert answer["remainingFulfillmentOrder"] is None
    assert (stock(client), stock(client, location="Hamburg")) == ([10, 0, 10], [1, 2, 3])


def test_of_a_partial_move_the_moved_part_gets_the_new_id(client):
    order = client.shop.place_order([("MUG", 3)])
    [fo] = order.routed
    rows = [{"id": fo.lines[0].id, "quantity": 1}]
    answer = client.data(MOVE, {"id": fo.id, "to": client.shop.location("Hamburg").id, "lines": rows})
    moved = answer["fulfillmentOrderMove"]["movedFulfillmentOrder"]
    assert moved["id"] != fo.id
    assert moved["lineItems"]["nodes"] == [{"remainingQuantity": 1}]
    assert (stock(client), stock(client, location="Hamburg")) == ([8, 2, 10], [2, 1, 3])
    [error] = client.data(MOVE, {"id": fo.id, "to": client.shop.location("Berlin").id})["fulfillmentOrderMove"][
        "userErrors"
    ]
    assert error == {"field": None, "message": "Cannot change location.", "code": None}


def test_the_merchant_fulfills_by_hand(client):
    order = client.shop.place_order([("MUG", 2), ("SHIRT-L", 1)])
    [made] = client.shop.fulfill(order, {"MUG": 1}, tracking={"number": "9"})
    assert (made.total_quantity, made.body["tracking_number"]) == (1, "9")
    assert stock(client) == [8, 1, 9]
