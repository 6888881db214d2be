"""Orders: the webhook body and the GraphQL node are one state; reading, paging, searching, cancelling."""

import copy
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from simulator_client import MONEY, running

TAX = "taxLines { title rate ratePercentage channelLiable priceSet " + MONEY + " }"
ALLOCATIONS = "discountAllocations { allocatedAmountSet " + MONEY + " discountApplication { index } }"
ORDER = (
    """query Order($id: ID!) { order(id: $id) {
  id legacyResourceId name number createdAt updatedAt processedAt cancelledAt closedAt closed cancelReason test email note tags
  currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus displayFulfillmentStatus discountCodes
  totalPriceSet MONEY subtotalPriceSet MONEY totalTaxSet MONEY totalDiscountsSet MONEY totalShippingPriceSet MONEY
  currentTotalPriceSet MONEY currentTotalTaxSet MONEY totalTipReceivedSet MONEY totalOutstandingSet MONEY
  totalReceivedSet MONEY totalRefundedSet MONEY
  customAttributes { key value }
  customer { id firstName lastName defaultEmailAddress { emailAddress } numberOfOrders }
  purchasingEntity { ... on Customer { id } }
  shippingAddress { name address1 zip city countryCodeV2 } billingAddress { name }
  TAX
  discountApplications(first: 10) { nodes { index targetType allocationMethod targetSelection
    value { ... on PricingPercentageValue { percentage } ... on MoneyV2 { amount } }
    ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title } } }
  lineItems(first: 50) { nodes { id title sku quantity currentQuantity unfulfilledQuantity isGiftCard requiresShipping
    product { id } variant { id sku } originalUnitPriceSet MONEY priceAfterAllDiscountsBeforeTaxesSet MONEY
    customAttributes { key value } ALLOCATIONS TAX } }
  shippingLines(first: 5) { nodes { id title originalPriceSet MONEY discountedPriceSet MONEY ALLOCATIONS TAX } }
  transactions(first: 5) { id kind status gateway amountSet MONEY parentTransaction { id } }
  refunds(first: 5) { id totalRefundedSet MONEY
    refundLineItems(first: 5) { nodes { quantity restockType subtotalSet MONEY totalTaxSet MONEY lineItem { id } } } }
} }""".replace("ALLOCATIONS", ALLOCATIONS)
    .replace("TAX", TAX)
    .replace("MONEY", MONEY)
)
CANCEL = """mutation C($id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $refund: Boolean!) {
  orderCancel(orderId: $id, reason: $reason, restock: $restock, refundMethod: {originalPaymentMethodsRefund: $refund}) {
    job { id done } jobResult { id done status } orderCancelUserErrors { field message code } userErrors { field message } } }"""
BUYER = {
    "first_name": "Éléonore",
    "last_name": "d’Aubigné",
    "email": "e@example.com",
    "address": {"address1": "7 rue de l’Église", "zip": "75011", "city": "Paris", "country_code": "FR"},
}


@pytest.fixture
def client():
    with running() as one:
        yield one


def full(client, **options):
    return client.shop.place_order(
        [("MUG", 3), {"variant": "SHIRT-L", "quantity": 1, "properties": [{"name": "Gravur", "value": "Zoë 💚"}]},
         {"title": "Geschenkpapier", "price": "2.50", "requires_shipping": False}],
        customer=BUYER, discount=[{"code": "TEN", "percent": 10}, {"title": "Auto", "amount": "5"}],
        taxes=[("TVA", "0.2"), ("Eco", "0.015")], shipping=("Colissimo", "6.90"), tip="2.00", presentment=("CHF", "0.937"),
        note="merci", note_attributes=[{"name": "gift", "value": "yes"}], tags="b, a", **options,
    )  # fmt: skip


def same_money(node, body, key):
    for money, shown in (("shop_money", "shopMoney"), ("presentment_money", "presentmentMoney")):
        assert Decimal(body[f"{key}_set"][money]["amount"]) == Decimal(node[shown]["amount"])
        assert body[f"{key}_set"][money]["currency_code"] == node[shown]["currencyCode"]


def test_the_webhook_body_and_the_graphql_node_agree(client):
    client.shop.subscribe("orders/create", "https://odoo.example.com/hook")
    order = full(client)
    [delivery] = client.shop.take_deliveries("orders/create")
    body, node = delivery.json(), client.data(ORDER, {"id": order.id})["order"]
    assert isinstance(body["id"], int)
    assert (node["legacyResourceId"], node["id"]) == (str(body["id"]), body["admin_graphql_api_id"])
    assert (node["name"], node["number"]) == (body["name"], body["order_number"]) == ("#1001", 1001)
    assert node["tags"] == ["a", "b"]
    assert node["customAttributes"] == [{"key": "gift", "value": "yes"}]
    assert node["displayFinancialStatus"] == body["financial_status"].upper() == "PAID"
    assert (body["fulfillment_status"], node["displayFulfillmentStatus"]) == (None, "UNFULFILLED")
    assert datetime.fromisoformat(body["created_at"]) == datetime.fromisoformat(
        node["createdAt"].replace("Z", "+00:00")
    )
    assert body["created_at"].endswith("+01:00")
    pairs = {
        "totalPriceSet": "total_price", "subtotalPriceSet": "subtotal_price", "totalTaxSet": "total_tax",
        "totalDiscountsSet": "total_discounts", "totalShippingPriceSet": "total_shipping_price",
        "currentTotalPriceSet": "current_total_price", "currentTotalTaxSet": "current_total_tax",
    }  # fmt: skip
    for shown, key in pairs.items():
        same_money(node[shown], body, key)
    assert node["totalTipReceivedSet"]["shopMoney"]["amount"] == "2.0"
    assert Decimal(node["totalReceivedSet"]["shopMoney"]["amount"]) == Decimal(body["total_price"])
    assert node["totalOutstandingSet"]["shopMoney"]["amount"] == "0.0"
    assert node["customer"]["id"] == body["customer"]["admin_graphql_api_id"] == node["purchasingEntity"]["id"]
    assert node["customer"]["lastName"] == body["customer"]["last_name"] == "d’Aubigné"
    assert node["shippingAddress"]["address1"] == body["shipping_address"]["address1"]
    assert "id" not in body["shipping_address"]
    assert len(node["lineItems"]["nodes"]) == len(body["line_items"]) == 4
    for shown, line in zip(node["lineItems"]["nodes"], body["line_items"], strict=True):
        assert shown["id"] == line["admin_graphql_api_id"]
        assert (shown["title"], shown["sku"], shown["quantity"]) == (line["title"], line["sku"], line["quantity"])
        assert (shown["variant"] or {}).get("id", "None").rsplit("/", 1)[-1] == str(line["variant_id"])
        same_money(shown["originalUnitPriceSet"], line, "price")
        same_charges(shown, line)
    [shown], [line] = node["shippingLines"]["nodes"], body["shipping_lines"]
    same_money(shown["discountedPriceSet"], line, "discounted_price")
    same_charges(shown, line)
    assert [(a["index"], a.get("code"), a.get("title")) for a in node["discountApplications"]["nodes"]] == [
        (0, "TEN", None),
        (1, None, "Auto"),
    ]
    assert node["discountApplications"]["nodes"][0]["value"] == {"percentage": 10.0}
    assert Decimal(node["discountApplications"]["nodes"][1]["value"]["amount"]) == 5


def same_charges(shown, line):
    assert len(shown["taxLines"]) == len(line["tax_lines"])
    for tax, given in zip(shown["taxLines"], line["tax_lines"], strict=True):
        assert (tax["title"], tax["rate"]) == (given["title"], given["rate"])
        same_money(tax["priceSet"], given, "price")
    assert len(shown["discountAllocations"]) == len(line["discount_allocations"])
    for part, given in zip(shown["discountAllocations"], line["discount_allocations"], strict=True):
        assert part["discountApplication"]["index"] == given["discount_application_index"]
        same_money(part["allocatedAmountSet"], given, "amount")


def test_net_price_after_all_discounts_leaves_out_the_contained_taxes(client):
    order = client.shop.place_order([("MUG", 2)], taxes=[("MwSt", "0.19")], discount={"code": "P", "percent": 10})
    [line] = client.data(ORDER, {"id": order.id})["order"]["lineItems"]["nodes"]
    # 39.98 - 4.00 = 35.98, which contains 5.74.
    assert line["priceAfterAllDiscountsBeforeTaxesSet"]["shopMoney"]["amount"] == "30.24"


def test_stock_is_committed_at_the_location_that_has_all_of_it(client):
    order = client.shop.place_order([("MUG", 2), ("SHIRT-M", 1)])
    assert [fo.location.name for fo in order.routed] == ["Hamburg"]
    assert (client.shop.available("MUG", "Hamburg"), client.shop.committed("MUG", "Hamburg")) == (1, 2)
    split = client.shop.place_order([("MUG", 5), ("SHIRT-M", 1)])
    assert [fo.location.name for fo in split.routed] == ["Berlin", "Hamburg"]


def test_oversold_pieces_make_available_negative(client):
    client.shop.place_order([("MUG", 12)])
    assert (client.shop.available("MUG", "Berlin"), client.shop.on_hand("MUG", "Berlin")) == (-2, 10)


def test_any_body_is_placed_and_delivered_as_it_is(client):
    client.shop.subscribe("orders/create", "https://odoo.example.com/hook")
    body = {
        "id": 866550311766439020, "currency": "USD", "total_price": "12.50", "financial_status": "paid", "junk": [1, None],
        "line_items": [{"id": 1, "title": "Old", "price": "12.50", "quantity": 1, "variant_id": 77, "product_id": 7}],
    }  # fmt: skip
    before = copy.deepcopy(body)
    order = client.shop.place_body(body)
    assert client.shop.take_deliveries()[0].json() == before == body
    node = client.data(ORDER, {"id": "gid://shopify/Order/866550311766439020"})["order"]
    assert node["totalPriceSet"]["presentmentMoney"] == {"amount": "12.5", "currencyCode": "USD"}
    assert node["currentTotalPriceSet"] == node["totalPriceSet"]
    assert node["lineItems"]["nodes"][0]["variant"]["id"] == "gid://shopify/ProductVariant/77"
    assert order.fulfillable
    with pytest.raises(ValueError, match="already in the shop"):
        client.shop.place_body(body)


def test_fulfillment_orders_can_come_later():
    now = [datetime(2026, 11, 24, 12, tzinfo=timezone.utc)]
    with running(routing=5, clock=lambda: now[0]) as client:
        order = client.shop.place_order([("MUG", 1)])
        document = "query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes { status } } } }"
        assert client.data(document, {"id": order.id})["order"]["fulfillmentOrders"]["nodes"] == []
        now[0] += timedelta(seconds=5)
        assert client.data(document, {"id": order.id})["order"]["fulfillmentOrders"]["nodes"] == [{"status": "OPEN"}]


PAGE = """query P($first: Int, $after: String, $query: String, $last: Int, $before: String) {
  orders(first: $first, after: $after, last: $last, before: $before, query: $query, sortKey: UPDATED_AT) {
    nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


def names(connection):
    return [node["name"] for node in connection["nodes"]]


def test_pages_follow_each_other_and_an_empty_one_has_no_cursors(client):
    assert client.data(PAGE, {"first": 2})["orders"]["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
    }  # fmt: skip
    for _ in range(5):
        client.shop.place_order([("MUG", 1)])
    seen, after, sizes = [], None, []
    while True:
        page = client.data(PAGE, {"first": 2, "after": after})["orders"]
        seen += names(page)
        sizes.append(len(page["nodes"]))
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == ["#1001", "#1002", "#1003", "#1004", "#1005"]
    assert sizes == [2, 2, 1]
    back = client.data(PAGE, {"last": 2, "before": page["pageInfo"]["startCursor"]})["orders"]
    assert names(back) == ["#1003", "#1004"]
    assert (back["pageInfo"]["hasPreviousPage"], back["pageInfo"]["hasNextPage"]) == (True, True)


def test_a_page_needs_a_size_of_at_most_250(client):
    assert client.ask("{ orders { nodes { id } } }")["errors"][0]["message"] == "you must provide one of first or last"
    assert client.ask("{ orders(first: 251) { nodes { id } } }")["errors"][0]["message"] == "first cannot exceed 250"
    assert client.ask('{ orders(first: 1, after: "nonsense") { nodes { id } } }')["errors"][0]["message"].startswith(
        "Invalid cursor"
    )


def test_search_by_time_name_status_and_what_is_not_understood():
    now = [datetime(2026, 11, 24, 12, tzinfo=timezone.utc)]
    with running(clock=lambda: now[0]) as client:
        for _ in range(3):
            client.shop.place_order([("MUG", 1)])
            now[0] += timedelta(minutes=1)
        client.shop.cancel_order("#1002")

        def find(text):
            answer = client.ask(PAGE, {"first": 9, "query": text})
            return names(answer["data"]["orders"]), answer["extensions"].get("search")

        assert find("updated_at:>='2026-11-24T12:02:00Z'") == (["#1003", "#1002"], None)
        assert find("name:#1003") == (["#1003"], None)
        assert find("name:1001 OR name:1003") == (["#1001", "#1003"], None)
        assert find("-name:1001 status:open") == (["#1003"], None)
        assert find(f"id:{client.shop.order('#1001').number}") == (["#1001"], None)
        found, warnings = find("color:red name:#1001")
        assert found == ["#1001"]
        assert warnings[0]["warnings"] == [
            {"field": "color", "message": "Invalid search field for this query.", "code": "invalid_field"}
        ]
        # Recorded: an unquoted time ends at its first colon and is taken as the shop's midnight.
        found, warnings = find("updated_at:>=2026-11-24T12:02:00Z")
        assert found == ["#1001", "#1003", "#1002"]
        assert warnings[0]["warnings"][0]["field"] == "12"


def test_variants_are_found_by_sku(client):
    document = (
        "query V($q: String) { productVariants(first: 9, query: $q) { nodes { sku title product { title } price } } }"
    )
    assert client.data(document, {"q": "sku:'SHIRT-M'"})["productVariants"]["nodes"] == [
        {"sku": "SHIRT-M", "title": "M", "product": {"title": "Hemd"}, "price": "49.95"}
    ]
    assert len(client.data(document, {"q": "sku:SHIRT*"})["productVariants"]["nodes"]) == 2


def test_a_cancellation_releases_the_stock_zeroes_the_amounts_and_gives_the_money_back(client):
    client.shop.subscribe("orders/cancelled", "https://odoo.example.com/hook")
    order = client.shop.place_order([("MUG", 2)], taxes=[("MwSt", "0.19")], shipping=("Post", "4.90"))
    answer = client.data(CANCEL, {"id": order.id, "reason": "CUSTOMER", "restock": True, "refund": True})["orderCancel"]
    assert answer["orderCancelUserErrors"] == []
    assert (answer["job"]["done"], answer["jobResult"]["status"]) == (False, "STARTED")
    outcome = client.data(
        "query J($id: ID!) { node(id: $id) { ... on OrderCancelJobResult { done status order { cancelledAt } } } }",
        {"id": answer["jobResult"]["id"]},
    )["node"]
    node = client.data(ORDER, {"id": order.id})["order"]
    assert outcome == {"done": True, "status": "SUCCEEDED", "order": {"cancelledAt": node["cancelledAt"]}}
    assert (node["closed"], node["cancelReason"]) == (True, "CUSTOMER")
    assert (node["displayFinancialStatus"], node["displayFulfillmentStatus"]) == ("REFUNDED", "UNFULFILLED")
    assert node["currentTotalPriceSet"]["shopMoney"]["amount"] == "0.0"
    assert node["totalPriceSet"]["shopMoney"]["amount"] == "44.88"
    assert node["totalRefundedSet"]["shopMoney"]["amount"] == "44.88"
    assert [t["kind"] for t in node["transactions"]] == ["SALE", "REFUND"]
    [refund] = node["refunds"]
    [piece] = refund["refundLineItems"]["nodes"]
    assert (piece["quantity"], piece["restockType"]) == (2, "CANCEL")
    assert piece["subtotalSet"]["shopMoney"]["amount"] == "39.98"
    assert [fo.status for fo in order.routed] == ["CLOSED"]
    assert (client.shop.available("MUG", "Berlin"), client.shop.committed("MUG", "Berlin")) == (10, 0)
    body = client.shop.take_deliveries()[-1].json()
    assert (body["cancel_reason"], body["financial_status"]) == ("customer", "refunded")
    assert (body["current_total_price"], body["total_price"]) == ("0.00", "44.88")
    assert [(line["quantity"], line["current_quantity"]) for line in body["line_items"]] == [(2, 0)]


def test_a_second_cancellation_is_refused_and_changes_nothing(client):
    order = client.shop.place_order([("MUG", 2)])
    client.shop.cancel_order(order, restock=False)
    assert (client.shop.available("MUG", "Berlin"), client.shop.on_hand("MUG", "Berlin")) == (8, 8)
    updated = order.updated_at
    answer = client.data(CANCEL, {"id": order.id, "reason": "OTHER", "restock": True, "refund": False})["orderCancel"]
    text = "Cannot cancel an order that has already been canceled"
    assert answer["orderCancelUserErrors"] == [{"field": ["orderId"], "message": text, "code": "INVALID"}]
    assert answer["userErrors"] == [{"field": ["orderId"], "message": text}]
    assert answer["job"] is None
    assert (client.shop.available("MUG", "Berlin"), order.updated_at) == (8, updated)
