"""The simulator over HTTP: who is let in, what a request costs, how it fails."""

import json
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from simulator_client import running


@pytest.fixture(scope="module")
def _shared():
    with running() as client:
        yield client


@pytest.fixture
def client(_shared):
    _shared.shop.reset()
    _shared.shop.bucket.give_back(2000)
    return _shared


def test_the_token_is_checked_and_every_answer_names_request_and_version(client):
    good = client.post("{ shop { name myshopifyDomain currencyCode } }")
    client.token = "shpat_wrong"
    bad = client.post("{ shop { name } }")
    client.token = "shpat_simulator"
    assert good.json()["data"]["shop"] == {
        "name": "Demo Shop",
        "myshopifyDomain": "demo.myshopify.com",
        "currencyCode": "EUR",
    }
    assert bad.status_code == 401
    assert "errors" in bad.json()
    for answer in (good, bad):
        assert answer.headers["X-Shopify-API-Version"] == "2026-10"
        assert len(answer.headers["X-Request-Id"]) > 20


def test_client_credentials_give_a_token_for_a_day():
    now = [datetime(2026, 11, 24, 12, tzinfo=timezone.utc)]
    with running(token=None, clock=lambda: now[0]) as client:
        form = {"grant_type": "client_credentials", "client_id": "client-id", "client_secret": "client-secret"}
        by_form = requests.post(f"{client.url}/admin/oauth/access_token", data=form, timeout=5)
        by_json = requests.post(f"{client.url}/admin/oauth/access_token", json=form, timeout=5)
        wrong = requests.post(f"{client.url}/admin/oauth/access_token", data={**form, "client_secret": "x"}, timeout=5)
        assert (by_form.status_code, by_json.status_code, wrong.status_code) == (200, 200, 401)
        assert by_form.json()["expires_in"] == 86399
        assert "write_inventory" in by_form.json()["scope"].split(",")
        client.token = by_form.json()["access_token"]
        assert client.post("{ shop { name } }").status_code == 200
        now[0] += timedelta(hours=24)
        assert client.post("{ shop { name } }").status_code == 401
        client.token = "shpat_simulator"
        assert client.post("{ shop { name } }").status_code == 401


def test_older_versions_fall_forward_and_later_ones_do_not_exist(client):
    old = client.post("{ shop { name } }", version="2024-01")
    assert (old.status_code, old.headers["X-Shopify-API-Version"]) == (200, "2026-10")
    assert client.post("{ shop { name } }", version="2027-01").status_code == 404


def test_a_body_that_is_no_json_is_refused(client):
    headers = {"X-Shopify-Access-Token": client.token}
    address = f"{client.url}/admin/api/2026-10/graphql.json"
    json_type = {**headers, "Content-Type": "application/json"}
    assert client.http.post(address, data=b"{", headers=json_type).status_code == 400
    assert client.http.post(address, data=b"[]", headers=json_type).status_code == 400
    assert client.http.post(address, data=b"a=1", headers=headers).status_code == 400


def test_cost_is_charged_on_what_was_asked_and_given_back_for_what_did_not_come(client):
    answer = client.ask("{ locations(first: 50) { nodes { id } } }")
    cost = answer["extensions"]["cost"]
    # 2 + floor(2 ln 50) asked for, 2 + floor(2 ln 2) came.
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (9, 3)
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 1997.0,
        "restoreRate": 100.0,
    }


def test_an_empty_bucket_throttles_with_200_and_nothing_is_applied(client):
    client.shop.bucket.drain(3)
    answer = client.ask(
        'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.example.com"})'
        " { userErrors { message } } }"
    )
    assert answer["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    assert "data" not in answer
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 10
    assert answer["extensions"]["cost"]["actualQueryCost"] is None
    assert client.shop.subscriptions == []
    assert client.shop.call_log[-1].status == "THROTTLED"


def test_more_than_1000_points_are_refused_before_anything_runs(client):
    inner = "fulfillmentOrders(first: 250) { nodes { lineItems(first: 250) { nodes { lineItem { id } } } } }"
    answer = client.ask("{ orders(first: 250) { nodes { " + inner + " } } }")
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["maxCost"] == 1000
    assert "data" not in answer


@pytest.mark.parametrize(
    ("document", "message", "code", "path"),
    [
        ("{ shop { nope } }", "Field 'nope' doesn't exist on type 'Shop'", "undefinedField", ["query", "shop", "nope"]),
        (
            "query Q { shop }",
            "Field must have selections (field 'shop' returns Shop! but has no selections. Did you mean 'shop { ... }'?)",
            "selectionMismatch",
            ["query Q", "shop"],
        ),
        (
            "mutation M { fulfillmentCancel { fulfillment { id } } }",
            "Field 'fulfillmentCancel' is missing required arguments: id",
            "missingRequiredArguments",
            ["mutation M", "fulfillmentCancel"],
        ),
        (
            'mutation { refundCreate(input: {orderId: "gid://shopify/Order/1"}) { userErrors { code } } }',
            "Field 'code' doesn't exist on type 'UserError'",
            "undefinedField",
            ["mutation", "refundCreate", "userErrors", "code"],
        ),
    ],
)
def test_what_the_schema_does_not_have_is_an_error_without_data(client, document, message, code, path):
    answer = client.ask(document)
    [error] = answer["errors"]
    assert (error["message"], error["extensions"]["code"], error["path"]) == (message, code, path)
    assert "data" not in answer


def test_a_wrong_variable_names_every_wrong_field_in_one_message(client):
    document = """mutation M($input: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $input) @idempotent(key: "k") { userErrors { code } } }"""
    row = {"inventoryItemId": "gid://shopify/InventoryItem/1", "locationId": "x", "quantity": 1, "compareQuantity": 1}
    answer = client.ask(
        document, {"input": {"name": "on_hand", "reason": "other", "quantities": [row], "ignoreCompareQuantity": True}}
    )
    [error] = answer["errors"]
    assert error["message"] == (
        "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for quantities.0.compareQuantity "
        "(Field is not defined on InventoryQuantityInput), ignoreCompareQuantity (Field is not defined on "
        "InventorySetQuantitiesInput)"
    )
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert "data" not in answer


def test_lists_over_250_are_refused(client):
    answer = client.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["gid://shopify/Order/1"] * 251})
    assert answer["errors"][0]["message"] == ("The input array size of 251 is greater than the maximum allowed of 250.")
    assert answer["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


def test_what_is_not_modelled_says_so(client):
    field = client.ask("{ shop { accountOwner { id } } }")["errors"][0]
    root = client.ask("{ markets(first: 1) { nodes { id } } }")["errors"][0]
    assert field["message"] == "simulator does not model Shop.accountOwner"
    assert root["message"] == "simulator does not model QueryRoot.markets"


def test_ids_unknown_of_another_type_and_malformed(client):
    assert client.data('{ order(id: "gid://shopify/Order/1") { id } }') == {"order": None}
    location = client.shop.locations[0].id
    wrong = client.ask("query O($id: ID!) { order(id: $id) { id } }", {"id": location})
    assert wrong["data"] == {"order": None}
    assert wrong["errors"][0]["message"] == f"Invalid id: {location}"
    assert wrong["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_calls_are_counted_by_root_field(client):
    with client.shop.calls() as calls:
        client.data("{ shop { name } locations(first: 1) { nodes { id } } }")
        client.data("{ shop { name } }")
    assert calls == {"shop": 2, "locations": 1}
    assert [(c.root, c.cost, c.status) for c in client.shop.call_log] == [
        ("shop", 1, "ok"),
        ("locations", 3, "ok"),
        ("shop", 1, "ok"),
    ]


@pytest.mark.parametrize(
    ("kind", "status"), [("http_500", 500), ("http_503", 503), ("402", 402), ("423", 423), ("401", 401)]
)
def test_a_planned_fault_happens_once_and_applies_nothing(client, kind, status):
    client.shop.faults.add("webhookSubscriptionCreate", kind)
    document = (
        'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.example.com"})'
        " { userErrors { message } } }"
    )
    assert client.post("{ shop { name } }").status_code == 200
    assert client.post(document).status_code == status
    assert client.shop.subscriptions == []
    assert client.post(document).status_code == 200
    assert len(client.shop.subscriptions) == 1


@pytest.mark.parametrize(("kind", "applied"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_dropped_connection_leaves_open_whether_it_was_applied(client, kind, applied):
    client.shop.faults.add("*", kind)
    with pytest.raises(requests.ConnectionError):
        client.post(
            'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.b"})'
            " { userErrors { message } } }"
        )
    assert len(client.shop.subscriptions) == applied


def test_an_error_after_applying(client):
    client.shop.faults.add("*", "http_500_after")
    answer = client.post(
        'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.b"})'
        " { userErrors { message } } }"
    )
    assert (answer.status_code, len(client.shop.subscriptions)) == (500, 1)


def test_a_fault_that_does_not_exist_is_refused(client):
    with pytest.raises(ValueError, match="there is no fault 'http_418'"):
        client.shop.faults.add("*", "http_418")


def test_the_page_speaks_in_sentences_when_there_is_nothing_and_escapes_what_people_type(client):
    empty = client.http.get(client.url).text
    assert "Nobody has ordered yet" in empty
    client.shop.place_order([("MUG", 1)], customer={"first_name": "<script>", "email": "x@example.com"})
    page = client.http.get(client.url).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "#1001" in page


def test_the_control_door_places_cancels_and_reads(client):
    made = client.control("random_orders", {"count": 3, "seed": 5})["orders"]
    order = client.control("orders", {"lines": [["MUG", 2]], "shipping": ["Standard", "4.90"]})["order"]
    assert [o["name"] for o in [*made, order]] == ["#1001", "#1002", "#1003", "#1004"]
    assert order["total"] == "44.88"
    client.control("cancel", {"order": "#1004"})
    state = client.control("state")
    assert [o["cancelled_at"] is None for o in state["orders"]] == [True, True, True, False]
    assert {level["sku"] for level in state["levels"]} == {"MUG", "SHIRT-M", "SHIRT-L"}
    client.control("faults", {"on": "shop", "kind": "http_500"})
    assert client.post("{ shop { name } }").status_code == 500
    assert client.control("calls")["shop"]["statuses"] == {"500": 1}
    assert client.http.post(f"{client.url}/_control/cancel", json={"order": "#9"}).status_code == 400
    assert client.http.post(f"{client.url}/_control/orders", json={"lines": [["NO", 1]]}).status_code == 400
    client.control("reset", {})
    assert client.control("state")["orders"] == []


def test_as_a_process_it_prints_its_address_and_ends_on_sigterm(tmp_path):
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps({"products": [{"title": "X", "variants": [{"sku": "X", "price": "1"}]}]}))
    command = [sys.executable, "-m", "simulator", "--catalog", str(catalog), "--shop", "own.myshopify.com"]
    folder = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        started = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"{started['url']}/_control/state", timeout=5) as answer:
            state = json.loads(answer.read())
        process.terminate()
        assert process.wait(timeout=5) == 0
    assert state["shop"]["domain"] == "own.myshopify.com"
    assert [level["sku"] for level in state["levels"]] == ["X"]
