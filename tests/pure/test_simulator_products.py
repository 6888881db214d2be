"""Products, variants and locations changed through the API, and quantities adjusted (recorded, FACTS 31-57, 134)."""

import pytest
from simulator_client import running

PRODUCT = """product { id title handle status vendor tags options { id name values }
  variants(first: 10) { nodes { id title price sku inventoryQuantity inventoryItem { id tracked } } } }
  userErrors { field message }"""
CREATE = f"mutation M($product: ProductCreateInput!) {{ productCreate(product: $product) {{ {PRODUCT} }} }}"
SET = f"""mutation M($input: ProductSetInput!, $identifier: ProductSetIdentifiers, $synchronous: Boolean) {{
  productSet(input: $input, identifier: $identifier, synchronous: $synchronous) {{
    productSetOperation {{ id status }} {PRODUCT} }} }}"""
UPDATE = """mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $id, variants: $variants, allowPartialUpdates: $partial) {
    productVariants { id price } userErrors { field code } } }"""
BULK_CREATE = """mutation M($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkCreate(productId: $id, variants: $variants) {
    product { variants(first: 5) { nodes { title } } } userErrors { field message code } } }"""
ADJUST = """mutation M($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta } } userErrors { field code } } }"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def create(client, **product):
    return client.data(CREATE, {"product": product})["productCreate"]


def test_a_new_product_has_one_untracked_variant_for_nothing(client):
    made = create(client, title="Vase Größe 1", tags=["b", "A", "a"])
    product = made["product"]
    assert (product["handle"], product["status"], product["vendor"]) == ("vase-größe-1", "ACTIVE", "Demo Shop")
    assert product["tags"] == ["A", "b"]
    (variant,) = product["variants"]["nodes"]
    assert (variant["title"], variant["price"], variant["inventoryItem"]["tracked"]) == ("Default Title", "0.00", False)


def test_a_taken_handle_gets_the_next_number_unless_it_was_asked_for(client):
    assert [create(client, title="Vase 9")["product"]["handle"] for _ in range(2)] == ["vase-9", "vase-10"]
    refused = create(client, title="Other", handle=" Vase 9 ")["userErrors"]
    assert refused == [
        {"field": ["input", "handle"], "message": "Handle ' Vase 9 ' already in use. Please provide a new handle."}
    ]
    assert create(client, title=" ")["userErrors"] == [{"field": ["title"], "message": "Title can't be blank"}]


def test_variants_given_replace_the_only_default_one(client):
    product = create(client, title="Vase")["product"]
    rows = [{"optionValues": [{"optionName": "Title", "name": name}]} for name in ("Red", "Blue")]
    made = client.data(BULK_CREATE, {"id": product["id"], "variants": rows})["productVariantsBulkCreate"]
    assert [v["title"] for v in made["product"]["variants"]["nodes"]] == ["Red", "Blue"]
    again = client.data(BULK_CREATE, {"id": product["id"], "variants": rows[:1]})["productVariantsBulkCreate"]
    assert again["userErrors"][0]["code"] == "VARIANT_ALREADY_EXISTS"


def test_a_bad_row_refuses_the_call_unless_partial_updates_are_allowed(client):
    product = client.shop.variant("SHIRT-M").product
    good, bad = (v.id for v in product.variants)
    rows = {"id": product.id, "variants": [{"id": good, "price": "1.00"}, {"id": bad, "price": "-1"}]}
    refused = client.data(UPDATE, rows)["productVariantsBulkUpdate"]
    assert refused["userErrors"] == [{"field": ["variants", "1", "price"], "code": "GREATER_THAN_OR_EQUAL_TO"}]
    assert str(product.variants[0].price) == "49.95"
    client.data(UPDATE, {**rows, "partial": True})
    assert [str(v.price) for v in product.variants] == ["1.00", "49.95"]


def test_product_set_replaces_lists_only_where_they_are_given(client):
    product = client.shop.variant("SHIRT-M").product
    answer = client.data(SET, {"identifier": {"id": product.id}, "input": {"title": "Bluse"}})["productSet"]
    assert (answer["product"]["title"], len(answer["product"]["variants"]["nodes"])) == ("Bluse", 2)
    row = {"optionValues": [{"optionName": "Größe", "name": "M"}], "price": "10"}
    answer = client.data(SET, {"identifier": {"id": product.id}, "input": {"variants": [row]}})["productSet"]
    assert [v["price"] for v in answer["product"]["variants"]["nodes"]] == ["10.00"]
    assert client.shop.variant("SHIRT-M").product is product
    with pytest.raises(LookupError):
        client.shop.variant("SHIRT-L")


def test_product_set_refuses_and_can_be_asynchronous(client):
    product = client.shop.variant("MUG").product
    both = {"identifier": {"id": product.id}, "input": {"id": product.id, "title": "X"}}
    assert client.data(SET, both)["productSet"]["userErrors"][0]["field"] == ["input"]
    options = {"identifier": {"id": product.id}, "input": {"productOptions": [{"name": "Farbe"}]}}
    assert client.data(SET, options)["productSet"]["userErrors"][0]["field"] == ["input", "variants"]
    answer = client.data(SET, {"input": {"title": "Später"}, "synchronous": False})["productSet"]
    assert (answer["product"], answer["productSetOperation"]["status"]) == (None, "CREATED")
    poll = "query Q($id: ID!) { productOperation(id: $id) { status product { title } } }"
    done = client.data(poll, {"id": answer["productSetOperation"]["id"]})["productOperation"]
    assert done == {"status": "COMPLETE", "product": {"title": "Später"}}


def test_an_asynchronous_deletion_leaves_the_product_readable_for_a_while(client):
    gid = client.shop.variant("MUG").product.id
    delete = """mutation M($id: ID!) { productDelete(input: {id: $id}, synchronous: false) {
      productDeleteOperation { id status } userErrors { message } } }"""
    operation = client.data(delete, {"id": gid})["productDelete"]["productDeleteOperation"]
    assert operation["status"] == "CREATED"
    assert "in progress" in client.data(delete, {"id": gid})["productDelete"]["userErrors"][0]["message"]
    poll = "query Q($id: ID!, $product: ID!) { productOperation(id: $id) { status } product(id: $product) { id } }"
    seen = [client.data(poll, {"id": operation["id"], "product": gid}) for _ in range(5)]
    assert [one["productOperation"]["status"] for one in seen] == ["ACTIVE"] * 3 + ["COMPLETE"] * 2
    assert seen[0]["product"] and seen[-1]["product"] is None


def test_product_webhooks_follow_the_changes(client):
    for topic in ("products/create", "products/update", "products/delete"):
        client.shop.subscribe(topic, "https://odoo.example.com/hook")
    gid = create(client, title="Vase")["product"]["id"]
    client.data(
        'mutation M($id: ID!) { productUpdate(product: {id: $id, title: "Krug"}) { product { id } } }', {"id": gid}
    )
    client.data("mutation M($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }", {"id": gid})
    sent = client.shop.take_deliveries()
    assert [one.topic for one in sent] == ["products/create", "products/update", "products/delete"]
    assert sent[1].json()["title"] == "Krug" and sent[1].json()["variants"][0]["price"] == "0.00"


def adjust(client, name, *rows, key):
    place = client.shop.location("Berlin").id
    changes = [
        {"inventoryItemId": client.shop.variant(sku).item.id, "locationId": place, "changeFromQuantity": None, **row}
        for sku, row in rows
    ]
    value = {"name": name, "reason": "correction", "changes": changes}
    return client.data(ADJUST, {"input": value, "key": key})["inventoryAdjustQuantities"]


def test_adjusting_moves_what_is_on_hand_too_except_for_incoming(client):
    done = adjust(client, "available", ("MUG", {"delta": -3}), ("SHIRT-L", {"delta": 0}), key="a")
    assert done["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "available", "delta": -3},
        {"name": "on_hand", "delta": -3},
    ]
    adjust(client, "damaged", ("MUG", {"delta": 2, "ledgerDocumentUri": "x://1"}), key="b")
    incoming = adjust(client, "incoming", ("MUG", {"delta": 4, "ledgerDocumentUri": "x://1"}), key="c")
    assert incoming["inventoryAdjustmentGroup"]["changes"] == [{"name": "incoming", "delta": 4}]
    assert (client.shop.available("MUG", "Berlin"), client.shop.on_hand("MUG", "Berlin")) == (7, 9)
    assert adjust(client, "available", ("MUG", {"delta": 0}), key="d") == {
        "inventoryAdjustmentGroup": None,
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("name", "ledger", "code"),
    [
        ("damaged", None, "INVALID_QUANTITY_DOCUMENT"),
        ("available", "x://1", "INVALID_AVAILABLE_DOCUMENT"),
        ("reserved", "gid://shopify/Order/1", "INTERNAL_LEDGER_DOCUMENT"),
        ("on_hand", None, "INVALID_QUANTITY_NAME"),
    ],
)
def test_ledgers_and_names_that_are_refused(client, name, ledger, code):
    row = {"delta": 1, **({"ledgerDocumentUri": ledger} if ledger else {})}
    assert adjust(client, name, ("MUG", row), key="k")["userErrors"][0]["code"] == code
    assert client.shop.on_hand("MUG", "Berlin") == 10


def test_pieces_moved_at_one_location_stay_on_hand(client):
    move = """mutation M($input: InventoryMoveQuantitiesInput!) { inventoryMoveQuantities(input: $input)
      @idempotent(key: "m") { inventoryAdjustmentGroup { changes { name delta } } userErrors { field code } } }"""
    place = client.shop.location("Berlin").id
    ends = {"from": {"name": "available"}, "to": {"name": "damaged", "ledgerDocumentUri": "x://1"}}
    ends = {end: {"locationId": place, "changeFromQuantity": None, **row} for end, row in ends.items()}
    row = {"inventoryItemId": client.shop.variant("MUG").item.id, "quantity": 2, **ends}
    done = client.data(move, {"input": {"reason": "damaged", "referenceDocumentUri": "x://r", "changes": [row]}})[
        "inventoryMoveQuantities"
    ]
    assert done["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "available", "delta": -2},
        {"name": "damaged", "delta": 2},
    ]
    assert (client.shop.available("MUG", "Berlin"), client.shop.on_hand("MUG", "Berlin")) == (8, 10)


def test_the_index_of_products_may_lag():
    with running(index_lag=3600) as client:
        create(client, title="Vase")
        read = """{ found: products(first: 5, query: "title:Vase") { nodes { title } }
          all: products(first: 5) { nodes { title totalInventory } } }"""
        answer = client.data(read)
        assert answer["found"]["nodes"] == []
        assert {node["title"] for node in answer["all"]["nodes"]} == {"Becher", "Hemd", "Vase"}
        assert all(node["totalInventory"] == 0 for node in answer["all"]["nodes"])
