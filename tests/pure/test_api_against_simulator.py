"""The client and every document against the simulator: real HTTP, Shopify's schema, a shop with state."""

import base64
import re
from decimal import Decimal
from pathlib import Path

import pytest

import simulator
from commerce import charges, order
from shopify_api import auth, bulk, documents, errors, scopes, transport, webhook
from shopify_api.client import Client


def placed(shop, **options):
    options = {
        "taxes": [("MwSt", "0.19")],
        "shipping": ("DHL", "4.99"),
        "customer": {"email": "anna@example.com"},
        **options,
    }
    return shop.place_order([("MUG-R", 2), ("MUG-B", 1)], **options)


def test_a_grant_opens_the_shop_and_covers_what_we_ask_for(running, shop):
    session = transport.new_session()
    grant = auth.client_credentials(session, shop.domain, "client-id", "client-secret", endpoint=running.url)
    assert not scopes.missing(grant.scopes)
    assert grant.expires_at is not None
    tokens = ["expired", grant.token]
    made = Client(shop.domain, token=lambda renew: tokens[renew], endpoint=running.url, session=session)
    assert made.execute("connection").data["shop"]["myshopifyDomain"] == shop.domain
    made.close()
    with pytest.raises(errors.Unauthorized) as caught:
        auth.client_credentials(session, shop.domain, "client-id", "wrong-secret", endpoint=running.url)
    assert (caught.value.status, caught.value.code) == (401, "invalid_client")


def test_the_connection_tells_shop_scopes_and_versions(client, shop):
    data = client.execute("connection").data
    assert data["shop"]["currencyCode"] == "EUR"
    handles = [scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"]]
    assert handles == list(shop.scopes)
    assert {"handle": "2026-10", "supported": True} in data["publicApiVersions"]


def test_locations_and_variants_are_listed(client, shop):
    locations = client.execute("locations").data["locations"]
    assert [node["name"] for node in locations["nodes"]] == ["Berlin", "Hamburg"]
    assert locations["pageInfo"]["hasNextPage"] is False
    variants = client.execute("product_variants").data["productVariants"]["nodes"]
    assert [(node["sku"], node["product"]["title"], node["inventoryItem"]["tracked"]) for node in variants] == [
        ("MUG-R", "Mug", True),
        ("MUG-B", "Mug", True),
    ]


def test_a_changed_order_is_found_by_a_quoted_time(client, shop):
    sold = placed(shop)
    since = shop.now().replace(year=shop.now().year - 1).strftime("%Y-%m-%dT%H:%M:%SZ")
    orders = client.execute("orders", {"query": f"updated_at:>='{since}'"}).data["orders"]
    assert [node["name"] for node in orders["nodes"]] == [sold.name]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"taxes_included": True},
        {"discount": [{"code": "TEN", "percent": "10"}, {"title": "Free shipping", "shipping": True}]},
        {"tip": "3.00", "presentment": ("USD", "1.1")},
        {"customer": None, "shipping": None, "taxes": []},
    ],
    ids=["plain", "taxes included", "discounts", "tip and two currencies", "bare"],
)
@pytest.mark.parametrize("money", ["shop", "presentment"])
def test_an_order_read_by_graphql_means_the_same_money_as_its_webhook(client, shop, options, money):
    sold = placed(shop, **options)
    node = client.execute("nodes__orders", {"ids": [sold.id]}).data["nodes"][0]
    told, read = order.parse(sold.document()), order.parse_node(node)
    assert read.id == told.id and read.updated_at == told.updated_at
    assert charges.charges(read, money) == charges.charges(told, money)
    assert charges.charges(read, money).difference == Decimal(0)


def test_a_bulk_operation_writes_a_list_of_orders(client, running, shop):
    sold = [placed(shop), placed(shop)]
    query = "{ orders { edges { node { id updatedAt } } } }"
    started = client.execute("bulk_operation_run_query", {"query": query}).data["bulkOperationRunQuery"]
    assert not started["userErrors"]
    for _look in range(5):
        operation = client.execute("bulk_operation", {"id": started["bulkOperation"]["id"]}).data["bulkOperation"]
        if operation["status"] == "COMPLETED":
            break
    assert operation["status"] == "COMPLETED"
    with transport.new_session() as session:
        rows = list(bulk.rows(session, operation["url"], override=running.url))
    assert {row["id"] for row in rows} == {one.id for one in sold}
    assert all(set(row) == {"id", "updatedAt"} for row in rows)


def test_where_the_lines_of_an_order_are_committed_is_found_from_a_fulfillment_order(client, shop):
    sold = placed(shop)
    (wish,) = client.execute("nodes__fulfillment_orders", {"ids": [sold.id]}).data["nodes"][0]["fulfillmentOrders"][
        "nodes"
    ]
    (node,) = client.execute("nodes__fulfillment_orders_of_orders", {"ids": [wish["id"]]}).data["nodes"]
    assert node["order"]["id"] == sold.id
    assert node["order"]["fulfillmentOrders"]["nodes"] == [wish]
    assert wish["assignedLocation"]["location"]["id"] == shop.location("Berlin").id


def test_the_risk_of_an_order_is_read(client, shop):
    sold = placed(shop)
    sold.assess("HIGH")
    (assessed,) = client.execute("nodes__risk", {"ids": [sold.id]}).data["nodes"]
    assert assessed["risk"] == {"recommendation": "CANCEL", "assessments": [{"riskLevel": "HIGH"}]}


def test_an_order_is_shipped_and_its_tracking_replaced(client, shop):
    sold = placed(shop)
    (routed,) = client.execute("nodes__fulfillment_orders", {"ids": [sold.id]}).data["nodes"]
    (wish,) = routed["fulfillmentOrders"]["nodes"]
    assert wish["assignedLocation"]["location"]["id"] == shop.location("Berlin").id
    (full,) = client.execute("order__fulfillment_orders", {"id": sold.id}).data["order"]["fulfillmentOrders"]["nodes"]
    assert sorted(line["remainingQuantity"] for line in full["lineItems"]["nodes"]) == [1, 2]
    assert {"action": "CREATE_FULFILLMENT"} in full["supportedActions"]
    fulfillment = {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": full["id"]}],
        "notifyCustomer": False,
        "trackingInfo": {"company": "DHL", "numbers": ["1"]},
    }
    got = client.execute("fulfillment_create", {"fulfillment": fulfillment})
    assert got.user_errors("fulfillmentCreate") == ()
    made = got.data["fulfillmentCreate"]["fulfillment"]
    got = client.execute(
        "fulfillment_tracking_info_update",
        {
            "fulfillmentId": made["id"],
            "trackingInfoInput": {"company": "DHL", "numbers": ["2", "3"]},
            "notifyCustomer": False,
        },
    )
    assert got.user_errors("fulfillmentTrackingInfoUpdate") == ()
    after = client.execute("order__fulfillment_orders", {"id": sold.id}).data["order"]
    assert after["displayFulfillmentStatus"] == "FULFILLED"
    assert [parcel["number"] for parcel in after["fulfillments"][0]["trackingInfo"]] == ["2", "3"]
    assert sum(line["quantity"] for line in after["fulfillments"][0]["fulfillmentLineItems"]["nodes"]) == 3
    (refused,) = client.execute("fulfillment_create", {"fulfillment": fulfillment}).user_errors("fulfillmentCreate")
    assert refused.field == ("fulfillment",) and refused.code is None


def test_subscriptions_are_made_changed_found_and_deleted_and_their_deliveries_hold(client, shop):
    address = "https://odoo.example.com/shopify/webhook/x"
    variables = {"topic": "ORDERS_CREATE", "webhookSubscription": {"uri": address, "format": "JSON"}}
    got = client.execute("webhook_subscription_create", variables)
    assert got.user_errors("webhookSubscriptionCreate") == ()
    (taken,) = client.execute("webhook_subscription_create", variables).user_errors("webhookSubscriptionCreate")
    assert "already been taken" in taken.message
    identity = got.data["webhookSubscriptionCreate"]["webhookSubscription"]["id"]
    got = client.execute(
        "webhook_subscription_update", {"id": identity, "webhookSubscription": {"uri": address + "y", "name": "odoo"}}
    )
    assert got.user_errors("webhookSubscriptionUpdate") == ()
    (found,) = client.execute("webhook_subscriptions").data["webhookSubscriptions"]["nodes"]
    assert (found["id"], found["topic"], found["uri"]) == (identity, "ORDERS_CREATE", address + "y")

    sold = placed(shop)
    (delivery,) = shop.take_deliveries("orders/create")
    event = webhook.read(delivery.headers, delivery.body, ["client-secret"], shop.domain)
    assert (event.topic, event.body["name"]) == ("orders/create", sold.name)
    assert event.event_id and event.webhook_id and event.triggered_at and event.api_version == "2026-10"

    got = client.execute("webhook_subscription_delete", {"id": identity})
    assert got.data["webhookSubscriptionDelete"]["deletedWebhookSubscriptionId"] == identity
    assert client.execute("webhook_subscriptions").data["webhookSubscriptions"]["nodes"] == []


def test_a_cancellation_is_accepted_first_done_later_and_refused_the_second_time(client, shop):
    sold = placed(shop)
    shop.job_lag = None
    variables = {"orderId": sold.id, "reason": "CUSTOMER", "restock": True, "refund": False, "notifyCustomer": False}
    started = client.execute("order_cancel", variables)
    assert started.user_errors("orderCancel") == ()
    outcome = {"id": started.data["orderCancel"]["jobResult"]["id"]}
    assert client.execute("node__cancellation", outcome).data["node"]["status"] == "STARTED"
    assert client.execute("order__cancellation", {"id": sold.id}).data["order"]["cancelledAt"] is None
    shop.run_jobs()
    done = client.execute("node__cancellation", outcome).data["node"]
    assert (done["status"], done["errors"], bool(done["order"]["cancelledAt"])) == ("SUCCEEDED", [], True)
    (refused,) = client.execute("order_cancel", variables).user_errors("orderCancel")
    assert (refused.code, "already been canceled" in refused.message) == ("INVALID", True)


def test_what_a_product_is_made_from_is_read(client, shop):
    variant = shop.variant("MUG-R")
    known, gone = client.execute("nodes__variants", {"ids": [variant.id, "gid://shopify/ProductVariant/1"]}).data[
        "nodes"
    ]
    assert (known["id"], known["sku"], gone) == (variant.id, "MUG-R", None)
    assert known["inventoryItem"]["requiresShipping"] is True


def test_a_customer_is_made_found_changed_tagged_and_invited(client):
    def done(root, document, **variables):
        got = client.execute(document, variables)
        assert got.user_errors(root) == ()
        return got.data[root]

    made = client.execute(
        "customer_create", {"input": {"email": "zoe@example.com", "firstName": "Zoë", "lastName": "Kern"}}
    )
    assert made.user_errors("customerCreate") == ()
    identity = made.data["customerCreate"]["customer"]["id"]
    (twice,) = client.execute("customer_create", {"input": {"email": "zoe@example.com"}}).user_errors("customerCreate")
    assert "taken" in twice.message
    done("customerUpdate", "customer_update", input={"id": identity, "firstName": "Zoe"})
    place = {"address1": "Hauptstraße 1", "city": "Köln", "zip": "50667", "countryCode": "DE"}
    added = done(
        "customerAddressCreate", "customer_address_create", customerId=identity, address=place, setAsDefault=True
    )
    change = {"customerId": identity, "addressId": added["address"]["id"], "address": {"zip": "50668"}}
    done("customerAddressUpdate", "customer_address_update", **change)
    done("tagsAdd", "tags_add", id=identity, tags=["b2b", "vip"])
    done("tagsRemove", "tags_remove", id=identity, tags=["vip"])
    invited = done("customerSendAccountInviteEmail", "customer_send_account_invite_email", customerId=identity)
    assert invited["customer"]["state"] == "INVITED"

    found = client.execute("customer_by_identifier", {"identifier": {"emailAddress": "zoe@example.com"}})
    known = found.data["customerByIdentifier"]
    assert (known["id"], known["firstName"], known["tags"]) == (identity, "Zoe", ["b2b"])
    assert (known["defaultAddress"]["city"], known["defaultAddress"]["zip"]) == ("Köln", "50668")
    nobody = client.execute("customer_by_identifier", {"identifier": {"emailAddress": "nobody@example.com"}})
    assert nobody.data["customerByIdentifier"] is None
    read = client.execute("nodes__customers", {"ids": [identity, "gid://shopify/Customer/1"]})
    assert read.data["nodes"] == [known, None]


def test_a_company_and_its_locations_are_read(client, shop):
    company = shop.add_company("Kern GmbH")
    (node,) = client.execute("nodes__companies", {"ids": [company.id]}).data["nodes"]
    assert node["name"] == "Kern GmbH"
    assert [place["id"] for place in node["locations"]["nodes"]] == [place.id for place in company.locations]


def test_a_signature_is_computed_alike_on_both_sides():
    body = '{"name": "Größe 😀"}'.encode()
    assert base64.b64decode(webhook.signature("s", body)) == base64.b64decode(simulator.signature("s", body))


@pytest.mark.parametrize("name", documents.names())
def test_every_document_is_tried_here(name):
    files = sorted(Path(__file__).parent.glob("test_api_*against_simulator.py"))
    tried = re.sub(r"\(\s+", "(", "\n".join(file.read_text(encoding="utf-8") for file in files))
    ways = (rf'client\.execute\("{name}"', rf'done\("\w+", "{name}"', rf'documents\.load\("{name}"\)\.text')
    assert any(re.search(way, tried) for way in ways)
