"""Webhooks: subscriptions, signatures and headers, retries, and what may go wrong on the way."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
from simulator_client import running

CREATE = """mutation C($topic: WebhookSubscriptionTopic!, $given: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $given) {
    webhookSubscription { id topic uri name filter format apiVersion { handle } } userErrors { field message } } }"""
HOOK = "https://odoo.example.com/shopify/webhook/abc"


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.got, server.statuses = [], []
        server.base = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def client():
    with running() as one:
        yield one


def create(client, uri=HOOK, topic="ORDERS_CREATE", **more):
    return client.data(CREATE, {"topic": topic, "given": {"uri": uri, **more}})["webhookSubscriptionCreate"]


def until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_delivery_is_signed_and_carries_every_header(client):
    made = create(client, name="orders")["webhookSubscription"]
    assert (made["topic"], made["uri"], made["format"]) == ("ORDERS_CREATE", HOOK, "JSON")
    assert made["apiVersion"] == {"handle": "2026-10"}
    order = client.shop.place_order([("MUG", 1)], customer={"first_name": "Zoë 💚", "email": "z@example.com"})
    [delivery] = client.shop.take_deliveries()
    expected = base64.b64encode(hmac.new(b"client-secret", delivery.body, hashlib.sha256).digest()).decode()
    headers = delivery.headers
    assert headers["X-Shopify-Hmac-Sha256"] == expected
    assert headers["X-Shopify-Topic"] == "orders/create"
    assert headers["X-Shopify-Shop-Domain"] == "demo.myshopify.com"
    assert headers["X-Shopify-API-Version"] == "2026-10"
    assert headers["X-Shopify-Name"] == "orders"
    assert len(headers["X-Shopify-Webhook-Id"]) == len(headers["X-Shopify-Event-Id"]) == 36
    assert "." in headers["X-Shopify-Triggered-At"]
    assert (delivery.path, delivery.address, delivery.url) == ("/shopify/webhook/abc", HOOK, None)
    assert delivery.json()["id"] == order.number
    assert delivery.json()["customer"]["first_name"] == "Zoë 💚"
    assert client.shop.take_deliveries() == []


def test_one_event_reaches_two_subscriptions_under_one_event_id(client):
    create(client)
    create(client, uri="https://other.example.com/x")
    client.shop.place_order([("MUG", 1)])
    first, second = client.shop.take_deliveries()
    assert first.event_id == second.event_id
    assert first.headers["X-Shopify-Webhook-Id"] != second.headers["X-Shopify-Webhook-Id"]


def test_each_change_sends_its_topics_in_order(client):
    for topic in ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_PAID", "ORDERS_CANCELLED", "FULFILLMENTS_CREATE",
                  "FULFILLMENTS_UPDATE", "INVENTORY_LEVELS_UPDATE", "ORDERS_FULFILLED"):  # fmt: skip
        create(client, topic=topic)

    def topics():
        return [d.topic for d in client.shop.take_deliveries()]

    order = client.shop.place_order([("MUG", 1)])
    assert topics() == ["inventory_levels/update", "orders/create", "orders/paid", "orders/updated"]
    client.shop.update_order(order, note="x")
    assert topics() == ["orders/updated"]
    client.shop.fulfill(order)
    assert topics() == ["fulfillments/create", "orders/updated", "orders/fulfilled"]
    other = client.shop.place_order([("MUG", 1)], financial_status="pending")
    assert topics() == ["inventory_levels/update", "orders/create", "orders/updated"]
    client.shop.cancel_order(other)
    assert topics() == ["inventory_levels/update", "orders/cancelled", "orders/updated"]
    client.shop.set_stock("MUG", 4, "Hamburg")
    [delivery] = client.shop.take_deliveries()
    level = client.shop.level("MUG", "Hamburg")
    body = delivery.json()
    assert body.pop("updated_at").endswith("+01:00")
    assert body == {
        "inventory_item_id": level.item.number, "location_id": level.location.number, "available": 4,
        "admin_graphql_api_id": level.id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://odoo.example.com/x", "Address protocol http:// is not supported"),
        ("ftp://odoo.example.com/x", "Address protocol ftp:// is not supported"),
        ("nonsense", "Address is invalid"),
        ("", "Address can't be blank"),
    ],
)
def test_only_https_addresses_are_taken(client, uri, message):
    answer = create(client, uri=uri)
    assert answer["webhookSubscription"] is None
    assert answer["userErrors"] == [{"field": ["webhookSubscription", "callbackUrl"], "message": message}]
    assert client.shop.subscriptions == []


def test_the_same_topic_and_address_twice_is_refused(client):
    create(client)
    answer = create(client)
    text = "Address for this topic has already been taken"
    assert answer["userErrors"] == [{"field": ["webhookSubscription", "callbackUrl"], "message": text}]
    assert create(client, topic="ORDERS_UPDATED")["userErrors"] == []
    assert len(client.shop.subscriptions) == 2


def test_subscriptions_are_listed_changed_and_deleted(client):
    gid = create(client)["webhookSubscription"]["id"]
    document = "{ webhookSubscriptions(first: 5) { nodes { id topic uri } } }"
    assert client.data(document)["webhookSubscriptions"]["nodes"] == [
        {"id": gid, "topic": "ORDERS_CREATE", "uri": HOOK}
    ]
    update = """mutation U($id: ID!, $uri: String!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: {uri: $uri}) {
      webhookSubscription { uri } userErrors { field message } } }"""
    changed = client.data(update, {"id": gid, "uri": HOOK + "2"})["webhookSubscriptionUpdate"]
    assert changed == {"webhookSubscription": {"uri": HOOK + "2"}, "userErrors": []}
    delete = """mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) {
      deletedWebhookSubscriptionId userErrors { field message } } }"""
    assert client.data(delete, {"id": gid})["webhookSubscriptionDelete"]["deletedWebhookSubscriptionId"] == gid
    assert client.data(delete, {"id": gid})["webhookSubscriptionDelete"]["userErrors"] == [
        {"field": ["id"], "message": "Webhook subscription does not exist"}
    ]
    client.shop.place_order([("MUG", 1)])
    assert client.shop.take_deliveries() == []


def test_duplicate_drop_and_reorder(client):
    create(client)
    faults = client.shop.faults
    faults.add("orders/create", "duplicate")
    client.shop.place_order([("MUG", 1)])
    first, second = client.shop.take_deliveries()
    assert first is second
    faults.add("orders/create", "drop")
    client.shop.place_order([("MUG", 1)])
    assert client.shop.take_deliveries() == []
    faults.add("*", "reorder")
    client.shop.place_order([("MUG", 1)])
    client.shop.place_order([("MUG", 1)])
    assert [d.json()["name"] for d in client.shop.take_deliveries()] == ["#1004", "#1003"]


def test_the_thread_posts_to_the_loopback_server_behind_the_https_address(receiver):
    with running(deliver="background", host_map={"odoo.example.com": receiver.base}) as client:
        create(client)
        order = client.shop.place_order([("MUG", 1)])
        until(lambda: receiver.got)
        assert client.shop.webhooks.idle()
    path, headers, body = receiver.got[0]
    assert path == "/shopify/webhook/abc"
    assert headers["X-Shopify-Topic"] == "orders/create"
    assert json.loads(body)["id"] == order.number
    [delivery] = client.shop.webhooks.log
    assert (delivery.status, delivery.tries, delivery.delivered) == (200, 1, True)


def test_a_failed_delivery_is_repeated_with_the_same_ids_and_the_same_body(receiver):
    receiver.statuses[:] = [500, 302]
    with running(deliver="background", host_map={"odoo.example.com": receiver.base}, retry_scale=0.0001) as client:
        create(client)
        client.shop.place_order([("MUG", 1)])
        until(lambda: len(receiver.got) == 3)
        until(lambda: client.shop.webhooks.log[0].delivered)
    assert len({(h["X-Shopify-Webhook-Id"], h["X-Shopify-Event-Id"], body) for _, h, body in receiver.got}) == 1
    assert client.shop.subscriptions[0].failures == 0


def test_eight_failures_in_a_row_delete_the_subscription(receiver):
    receiver.statuses[:] = [503] * 20
    with running(deliver="background", host_map={"odoo.example.com": receiver.base}, retry_scale=0.000001) as client:
        create(client)
        client.shop.place_order([("MUG", 1)])
        until(lambda: not client.shop.subscriptions)
        assert client.shop.webhooks.idle()
    assert len(receiver.got) == 8


def test_nothing_is_ever_sent_to_another_machine():
    with running(deliver="background", retry_scale=0.0) as client:
        create(client)
        client.shop.place_order([("MUG", 1)])
        until(lambda: client.shop.webhooks.log[0].status == "unreachable")
        with pytest.raises(ValueError, match="not an http address of this machine"):
            client.shop.webhooks.map_host("odoo.example.com", "http://192.0.2.1")
