"""Stock, through the client and its documents, against the simulator; and what a failure leaves of a change of stock."""

import pytest

from shopify_api import bulk, documents, errors, transport


def set_on_hand(client, shop, item, quantity, change_from, key="key-of-a-job"):
    row = {"inventoryItemId": item, "locationId": shop.location("Berlin").id}
    row |= {"quantity": quantity, "changeFromQuantity": change_from}
    return client.execute(
        "inventory_set_quantities",
        {"input": {"name": "on_hand", "reason": "correction", "quantities": [row]}, "key": key},
    )


def test_every_level_is_listed_by_a_bulk_operation(client, running, shop):
    text = documents.load("inventory_items__inventory_levels").text
    started = client.execute("bulk_operation_run_query", {"query": text}).data["bulkOperationRunQuery"]
    assert not started["userErrors"]
    for _look in range(5):
        operation = client.execute("bulk_operation", {"id": started["bulkOperation"]["id"]}).data["bulkOperation"]
        if operation["status"] == "COMPLETED":
            break
    with transport.new_session() as session:
        rows = [row for row in bulk.rows(session, operation["url"], override=running.url) if "item" in row]
    known = {
        (row["item"]["id"], row["location"]["id"]): {one["name"]: one["quantity"] for one in row["quantities"]}
        for row in rows
    }
    red = shop.variant("MUG-R").item.id
    assert known[red, shop.location("Berlin").id] == {"on_hand": 5, "available": 5, "committed": 0}
    assert len(known) == 3


def test_stock_is_read_set_compared_and_repeated(client, shop, item):
    shop.place_order([("MUG-R", 2), ("MUG-B", 1)])
    variables = {"ids": [item, "gid://shopify/InventoryItem/1"], "locationId": shop.location("Berlin").id}
    known, unknown = client.execute("nodes__inventory_levels", variables).data["nodes"]
    assert unknown is None
    level = known["inventoryLevel"]
    assert level["isActive"] is True
    assert {row["name"]: row["quantity"] for row in level["quantities"]} == {
        "available": 3,
        "on_hand": 5,
        "committed": 2,
    }
    assert set_on_hand(client, shop, item, 9, 5).user_errors("inventorySetQuantities") == ()
    assert set_on_hand(client, shop, item, 9, 5).user_errors("inventorySetQuantities") == ()  # the same key: once
    (stale,) = set_on_hand(client, shop, item, 4, 5, key="another").user_errors("inventorySetQuantities")
    assert (stale.code, stale.field[:3]) == ("CHANGE_FROM_QUANTITY_STALE", ("input", "quantities", "0"))
    assert shop.on_hand("MUG-R", "Berlin") == 9


def test_an_item_is_activated_at_a_second_location(client, shop, item):
    variables = {"inventoryItemId": item, "locationId": shop.location("Hamburg").id, "key": "k"}
    got = client.execute("inventory_activate", variables)
    assert got.user_errors("inventoryActivate") == ()
    assert got.data["inventoryActivate"]["inventoryLevel"]["isActive"] is True
    assert shop.level("MUG-R", "Hamburg").is_active


def test_an_item_is_tracked_and_sold_beyond_its_stock(client, shop, item):
    got = client.execute("inventory_item_update", {"id": item, "input": {"tracked": False}})
    assert got.data["inventoryItemUpdate"]["inventoryItem"]["tracked"] is False
    variant = shop.variant("MUG-R")
    wanted = {"productId": variant.product.id, "variants": [{"id": variant.id, "inventoryPolicy": "CONTINUE"}]}
    got = client.execute("product_variants_bulk_update", wanted)
    assert got.user_errors("productVariantsBulkUpdate") == ()
    assert variant.inventory_policy == "CONTINUE"


# ---- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["http_500", "http_503", "timeout_before", "timeout_after"])
def test_a_query_survives_a_failure(client, shop, time, kind):
    shop.faults.add("locations", kind, times=2)
    assert len(client.execute("locations").data["locations"]["nodes"]) == 2
    assert len(time.slept) == 2


@pytest.mark.parametrize("kind", ["http_500_after", "timeout_after"])
def test_a_mutation_that_was_applied_without_an_answer_is_unknown_and_its_key_repeats_it_once(client, shop, item, kind):
    shop.faults.add("inventorySetQuantities", kind)
    with pytest.raises(errors.OutcomeUnknown):
        set_on_hand(client, shop, item, 9, 5)
    assert shop.on_hand("MUG-R", "Berlin") == 9
    assert set_on_hand(client, shop, item, 9, 5).user_errors("inventorySetQuantities") == ()
    assert shop.on_hand("MUG-R", "Berlin") == 9


def test_a_throttled_mutation_is_applied_once(client, shop, item, time):
    shop.faults.add("inventorySetQuantities", "throttle")
    assert set_on_hand(client, shop, item, 9, 5).user_errors("inventorySetQuantities") == ()
    assert shop.on_hand("MUG-R", "Berlin") == 9
    assert time.slept


def test_a_missing_key_is_our_mistake(client, shop, item):
    with pytest.raises(errors.InvalidDocument):
        client.execute("inventory_activate", {"inventoryItemId": item, "locationId": shop.location().id})
