"""Levels: compare-and-set, all or nothing, idempotency keys, activation."""

import pytest
from simulator_client import running

SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } location { name } } }
    userErrors { field message code } } }"""
ACTIVATE = """mutation A($item: ID!, $location: ID!, $available: Int, $onHand: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available, onHand: $onHand)
    @idempotent(key: $key) {
    inventoryLevel { id isActive quantities(names: ["available", "on_hand"]) { name quantity } }
    userErrors { field message } } }"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def row(client, sku, quantity, expected, location="Berlin"):
    return {
        "inventoryItemId": client.shop.variant(sku).item.id,
        "locationId": client.shop.location(location).id,
        "quantity": quantity,
        "changeFromQuantity": expected,
    }


def put(client, *rows, key="k1", name="on_hand", reason="correction"):
    payload = {"input": {"name": name, "reason": reason, "quantities": list(rows)}, "key": key}
    return client.data(SET, payload)["inventorySetQuantities"]


def test_setting_on_hand_moves_available_by_the_same_number_and_leaves_committed(client):
    client.shop.place_order([("MUG", 2)])
    assert [client.shop.quantity(n, "MUG", "Berlin") for n in ("available", "committed", "on_hand")] == [8, 2, 10]
    answer = put(client, row(client, "MUG", 15, 10))
    changes = answer["inventoryAdjustmentGroup"]["changes"]
    assert [(c["name"], c["delta"], c["quantityAfterChange"]) for c in changes] == [
        ("available", 5, None),
        ("on_hand", 5, None),
    ]
    assert answer["userErrors"] == []
    assert [client.shop.quantity(n, "MUG", "Berlin") for n in ("available", "committed", "on_hand")] == [13, 2, 15]


def test_one_stale_row_refuses_the_whole_call(client):
    answer = put(client, row(client, "SHIRT-L", 9, 7), row(client, "MUG", 15, 11))
    assert answer["inventoryAdjustmentGroup"] is None
    [error] = answer["userErrors"]
    assert error["field"] == ["input", "quantities", "1", "changeFromQuantity"]
    assert error["code"] == "CHANGE_FROM_QUANTITY_STALE"
    assert (client.shop.on_hand("SHIRT-L"), client.shop.on_hand("MUG", "Berlin")) == (7, 10)
    assert client.shop.level_changes == []


def test_null_skips_the_check_and_absence_is_an_error(client):
    assert put(client, row(client, "MUG", 1, None))["userErrors"] == []
    without = row(client, "MUG", 2, None)
    del without["changeFromQuantity"]
    answer = client.ask(SET, {"input": {"name": "on_hand", "reason": "other", "quantities": [without]}, "key": "k2"})
    assert answer["data"] == {"inventorySetQuantities": None}
    assert answer["errors"][0]["message"] == (
        "InventoryQuantityInput must include the following argument: changeFromQuantity."
    )
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert client.shop.on_hand("MUG", "Berlin") == 1


def test_without_the_directive_it_does_not_run(client):
    answer = client.ask(
        SET.replace("@idempotent(key: $key)", "@include(if: true)").replace(", $key: String!", ""),
        {
            "input": {"name": "on_hand", "reason": "other", "quantities": [row(client, "MUG", 1, 10)]},
        },
    )
    assert answer["data"] == {"inventorySetQuantities": None}
    assert answer["errors"][0]["message"] == (
        "The @idempotent directive is required for this mutation but was not provided."
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert client.shop.on_hand("MUG", "Berlin") == 10


def test_the_same_key_gives_the_first_result_and_runs_once(client):
    first = put(client, row(client, "MUG", 15, 10))
    client.shop.set_stock("MUG", 3, "Berlin")
    again = put(client, row(client, "MUG", 15, 10))
    assert again == first
    assert client.shop.on_hand("MUG", "Berlin") == 3


def test_the_same_key_with_other_variables_is_a_mismatch(client):
    put(client, row(client, "MUG", 15, 10))
    answer = put(client, row(client, "MUG", 16, 15))
    assert [e["code"] for e in answer["userErrors"]] == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert client.shop.on_hand("MUG", "Berlin") == 15


def test_nothing_changed_is_a_null_group_without_errors(client):
    answer = put(client, row(client, "MUG", 10, 10))
    assert answer == {"inventoryAdjustmentGroup": None, "userErrors": []}


@pytest.mark.parametrize(
    ("change", "name", "reason", "field", "code", "message"),
    [
        ({}, "damaged", "other", ["input", "name"], "INVALID_NAME",
         "The quantity name must be either 'available' or 'on_hand'."),
        ({"quantity": -1}, "on_hand", "other", ["input", "quantities", "0", "quantity"], "INVALID_QUANTITY_NEGATIVE",
         "The quantity can't be negative."),
        ({"quantity": 1_000_000_001}, "available", "other", ["input", "quantities", "0", "quantity"],
         "INVALID_QUANTITY_TOO_HIGH", "The quantity can't be higher than 1,000,000,000."),
        ({"quantity": -1_000_000_001}, "available", "other", ["input", "quantities", "0", "quantity"],
         "INVALID_QUANTITY_TOO_LOW", "The quantity can't be lower than -1,000,000,000."),
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "on_hand", "other",
         ["input", "quantities", "0", "inventoryItemId"], "INVALID_INVENTORY_ITEM",
         "The specified inventory item could not be found."),
        ({"locationId": "gid://shopify/Location/1"}, "on_hand", "other", ["input", "quantities", "0", "locationId"],
         "INVALID_LOCATION", "The specified location could not be found."),
        ({}, "on_hand", "because", ["input", "reason"], "INVALID_REASON",
         "The specified reason is invalid. Valid values are: correction, cycle_count_available, damaged, "
         "movement_canceled, movement_created, movement_received, movement_updated, other, promotion, quality_control, "
         "received, reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, shrinkage."),
    ],
)  # fmt: skip
def test_refusals_have_the_recorded_words_and_change_nothing(client, change, name, reason, field, code, message):
    wrong = {**row(client, "MUG", 5, None), **change}
    answer = put(client, wrong, row(client, "SHIRT-L", 1, None), name=name, reason=reason)
    assert answer["userErrors"] == [{"field": field, "message": message, "code": code}]
    assert answer["inventoryAdjustmentGroup"] is None
    assert (client.shop.on_hand("MUG", "Berlin"), client.shop.on_hand("SHIRT-L")) == (10, 7)


def test_negative_available_is_legal(client):
    assert put(client, row(client, "MUG", -4, 10), name="available")["userErrors"] == []
    assert client.shop.available("MUG", "Berlin") == -4


def test_the_same_item_and_location_twice_is_an_error_per_row(client):
    answer = put(client, row(client, "MUG", 1, None), row(client, "MUG", 2, None))
    assert [(e["field"], e["code"]) for e in answer["userErrors"]] == [
        (["input", "quantities", "0", "locationId"], "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"),
        (["input", "quantities", "1", "locationId"], "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"),
    ]
    assert client.shop.on_hand("MUG", "Berlin") == 10


def test_a_quantity_set_where_nothing_was_stocked_does_not_sell_there_until_it_is_activated(client):
    shirt, hamburg = client.shop.variant("SHIRT-L"), client.shop.location("Hamburg")
    put(client, row(client, "SHIRT-L", 4, 0, "Hamburg"))
    assert shirt.inventory_quantity == 7
    given = {"item": shirt.item.id, "location": hamburg.id}
    level = client.data(ACTIVATE, {**given, "key": "a"})["inventoryActivate"]["inventoryLevel"]
    assert level["isActive"] is True
    assert level["quantities"] == [{"name": "available", "quantity": 4}, {"name": "on_hand", "quantity": 4}]
    assert level["id"] == f"gid://shopify/InventoryLevel/{hamburg.level_number}?inventory_item_id={shirt.item.number}"
    assert shirt.inventory_quantity == 11


def test_activating_an_active_level_with_a_quantity_returns_the_level_and_an_error(client):
    given = {"item": client.shop.variant("MUG").item.id, "location": client.shop.location("Berlin").id}
    answer = client.data(ACTIVATE, {**given, "available": 99, "key": "a"})["inventoryActivate"]
    assert answer["inventoryLevel"]["quantities"][0] == {"name": "available", "quantity": 10}
    assert answer["userErrors"] == [
        {
            "field": ["available"],
            "message": "Not allowed to set available quantity when the item is already active at the location.",
        }
    ]
    both = client.data(ACTIVATE, {**given, "available": 1, "onHand": 1, "key": "b"})["inventoryActivate"]
    assert [e["field"] for e in both["userErrors"]] == [["available"], ["onHand"]]
    assert client.shop.available("MUG", "Berlin") == 10


def test_levels_are_read_by_item_and_location_with_the_time_of_the_available_quantity_only(client):
    document = """query L($ids: [ID!]!, $location: ID!) { nodes(ids: $ids) { ... on InventoryItem { sku tracked
      inventoryLevel(locationId: $location, includeInactive: true) {
        quantities(names: ["available", "on_hand", "committed"]) { name quantity updatedAt } } } } }"""
    client.shop.place_order([("MUG", 2)])
    ids = [client.shop.variant("MUG").item.id, "gid://shopify/InventoryItem/1"]
    known, unknown = client.data(document, {"ids": ids, "location": client.shop.location().id})["nodes"]
    quantities = {q["name"]: q for q in known["inventoryLevel"]["quantities"]}
    assert {name: q["quantity"] for name, q in quantities.items()} == {"available": 8, "on_hand": 10, "committed": 2}
    assert quantities["on_hand"]["updatedAt"] is None
    assert quantities["available"]["updatedAt"].endswith("Z")
    assert unknown is None
