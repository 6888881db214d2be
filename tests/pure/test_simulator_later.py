"""What Shopify does later: cancellations, bulk queries; and draft orders, which become orders."""

import pytest
from agreement import agree
from simulator_client import running

from shopify_api import bulk, transport

CANCEL = """mutation C($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true) {
  jobResult { id done status } orderCancelUserErrors { message code } } }"""
RESULT = """query R($id: ID!) { node(id: $id) { ... on OrderCancelJobResult {
  done status errors { message code } order { cancelledAt } } } }"""
RUN = """mutation R($query: String!) { bulkOperationRunQuery(query: $query) {
  bulkOperation { id status } userErrors { field message code } } }"""
POLL = "query P($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount rootObjectCount url } }"
ORDERS = """{ orders(query: "created_at:>='2020-01-01T00:00:00Z'") { edges { node { id name
  lineItems { edges { node { id quantity } } } } } } }"""
DRAFT = """mutation D($input: DraftOrderInput!) { draftOrderCreate(input: $input) {
  draftOrder { id name status totalPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } } }
  userErrors { field message } } }"""
COMPLETE = """mutation C($id: ID!, $pending: Boolean) { draftOrderComplete(id: $id, paymentPending: $pending) {
  draftOrder { status order { id displayFinancialStatus } } userErrors { message } } }"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def asked(client, document, **variables):
    (root,) = client.data(document, variables).values()
    return root


def test_an_accepted_cancellation_is_not_yet_one(client):
    client.shop.job_lag = None
    order = client.shop.place_order([("MUG", 1)])
    started = asked(client, CANCEL, id=order.id)
    assert started["orderCancelUserErrors"] == []
    assert started["jobResult"]["status"] == asked(client, RESULT, id=started["jobResult"]["id"])["status"] == "STARTED"
    assert order.cancelled_at is None
    client.shop.run_jobs()
    result = asked(client, RESULT, id=started["jobResult"]["id"])
    assert (result["status"], result["done"]) == ("SUCCEEDED", True)
    assert order.cancelled_at is not None


def test_a_cancellation_may_fail_after_it_was_accepted(client):
    order = client.shop.place_order([("MUG", 1)])
    client.shop.fail_next_job("The order has active returns.", "INVALID")
    started = asked(client, CANCEL, id=order.id)
    assert started["orderCancelUserErrors"] == []
    result = asked(client, RESULT, id=started["jobResult"]["id"])
    assert (result["status"], result["errors"][0]["code"], result["order"]["cancelledAt"]) == (
        "FAILED",
        "INVALID",
        None,
    )


def test_a_bulk_query_reads_everything_into_a_file(client):
    client.shop.subscribe("bulk_operations/finish", "https://odoo.example/hook")
    for _ in range(260):
        client.shop.place_order([("MUG", 1), ("SHIRT-L", 1)])
    begun = asked(client, RUN, query=ORDERS)["bulkOperation"]
    assert begun["status"] == "CREATED"
    found = asked(client, POLL, id=begun["id"])
    assert (found["status"], found["objectCount"], found["rootObjectCount"]) == ("COMPLETED", "780", "260")
    rows = list(bulk.rows(transport.new_session(), found["url"], override=client.url))
    parents = [row for row in rows if "__parentId" not in row]
    assert len(parents) == 260
    assert {row["__parentId"] for row in rows if "__parentId" in row} == {row["id"] for row in parents}
    (told,) = client.shop.take_deliveries("bulk_operations/finish")
    assert (told.json()["admin_graphql_api_id"], told.json()["status"]) == (begun["id"], "completed")


def test_a_bulk_query_waits_fails_or_has_no_rows(client):
    client.shop.job_lag = None
    begun = asked(client, RUN, query=ORDERS)["bulkOperation"]
    assert asked(client, POLL, id=begun["id"])["url"] is None
    client.shop.run_jobs()
    done = asked(client, POLL, id=begun["id"])
    assert (done["status"], done["url"], done["objectCount"]) == ("COMPLETED", None, "0")
    client.shop.fail_next_job()
    failed = asked(client, RUN, query=ORDERS)["bulkOperation"]
    client.shop.run_jobs()
    assert asked(client, POLL, id=failed["id"])["status"] == "FAILED"
    nodes = "{ orders { nodes { id } } }"
    assert "'edges' > 'node'" in asked(client, RUN, query=nodes)["userErrors"][0]["message"]


def test_a_draft_becomes_an_order(client):
    shop = client.shop
    shop.draft_taxes = [("MwSt", "0.19")]
    for topic in ("draft_orders/create", "draft_orders/update", "orders/create"):
        shop.subscribe(topic, "https://odoo.example/hook")
    line = {"variantId": shop.variant("MUG").id, "quantity": 3}
    given = {"lineItems": [line], "email": "zoe@example.com", "poNumber": "7"}
    discount = {"value": 10, "valueType": "PERCENTAGE", "title": "Stammkunde"}
    made = asked(client, DRAFT, input={**given, "appliedDiscount": discount})["draftOrder"]
    assert (made["status"], made["totalPriceSet"]["shopMoney"]["amount"]) == ("OPEN", "53.97")
    assert shop.orders == []
    done = asked(client, COMPLETE, id=made["id"])["draftOrder"]
    assert (done["status"], done["order"]["displayFinancialStatus"]) == ("COMPLETED", "PAID")
    (order,) = shop.orders
    assert order.body["source_name"] == "shopify_draft_order"
    assert agree(shop, order).total == order.amount("total_price").shop
    told = [(one.topic, one.json().get("order_id")) for one in shop.take_deliveries()]
    assert told == [("draft_orders/create", None), ("orders/create", None), ("draft_orders/update", order.number)]
    assert asked(client, COMPLETE, id=made["id"])["userErrors"] == [{"message": "This order has been paid"}]


def test_who_pays_later_leaves_the_order_pending(client):
    draft = client.shop.add_draft([("MUG", 1)], email="zoe@example.com")
    done = asked(client, COMPLETE, id=draft.id, pending=True)["draftOrder"]
    assert done["order"]["displayFinancialStatus"] == "PENDING"
