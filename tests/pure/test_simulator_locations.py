"""Locations added, edited, switched off and deleted (recorded, FACTS 28, 134)."""

import pytest
from simulator_client import running

ADD = """mutation M($input: LocationAddInput!) { locationAdd(input: $input) {
  location { id name fulfillsOnlineOrders address { country province formatted }
    metafield(key: "hours") { value type } } userErrors { field code } } }"""
EDIT = """mutation M($id: ID!, $input: LocationEditInput!) { locationEdit(id: $id, input: $input) {
  location { name updatedAt fulfillsOnlineOrders } userErrors { field code } } }"""
OFF = """mutation M($id: ID!, $to: ID, $key: String!) {
  locationDeactivate(locationId: $id, destinationLocationId: $to) @idempotent(key: $key) {
    location { isActive deletable } locationDeactivateUserErrors { field code } } }"""
ON = """mutation M($id: ID!) { locationActivate(locationId: $id) @idempotent(key: "on") {
  location { isActive } locationActivateUserErrors { code } } }"""
DELETE = """mutation M($id: ID!) { locationDelete(locationId: $id) {
  deletedLocationId locationDeleteUserErrors { code } } }"""


@pytest.fixture
def client():
    with running() as one:
        yield one


def add(client, name="Wien", **more):
    return client.data(ADD, {"input": {"name": name, "address": {"countryCode": "AT"}, **more}})["locationAdd"]


def test_a_location_is_added_with_its_address_in_words(client):
    address = {"address1": "1 Test St", "city": "Boston", "provinceCode": "MA", "countryCode": "US", "zip": "02110"}
    made = add(client, "Boston", address=address)["location"]
    assert made["address"] == {
        "country": "United States",
        "province": "Massachusetts",
        "formatted": ["1 Test St", "Boston MA 02110", "United States"],
    }
    assert made["fulfillsOnlineOrders"] is True


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"name": "Berlin"}, ["input", "name"], "TAKEN"),
        ({"name": "x" * 101}, ["input", "name"], "TOO_LONG"),
        ({"address": {"countryCode": "AT", "zip": "1" * 256}}, ["input", "address", "zip"], "TOO_LONG"),
        (
            {"metafields": [{"key": "a", "type": "nope", "value": "1"}]},
            ["input", "metafields", "0", "type"],
            "INVALID_TYPE",
        ),
    ],
)
def test_what_is_refused(client, given, field, code):
    assert add(client, **given) == {"location": None, "userErrors": [{"field": field, "code": code}]}
    assert len(client.shop.locations) == 2


def test_metafields_are_kept_and_a_blank_value_sets_nothing(client):
    row = {"namespace": "custom", "key": "hours", "type": "single_line_text_field", "value": "9-5"}
    assert add(client, metafields=[row])["location"]["metafield"] == {"value": "9-5", "type": row["type"]}
    assert add(client, "Graz", metafields=[{**row, "value": ""}])["location"]["metafield"] is None
    answer = client.ask(
        ADD, {"input": {"name": "Linz", "address": {"countryCode": "AT"}, "metafields": [{**row, "key": ""}]}}
    )
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


def test_the_only_location_for_online_orders_stays_one(client):
    first, second = client.shop.locations
    off = {"fulfillsOnlineOrders": False}
    assert client.data(EDIT, {"id": first.id, "input": off})["locationEdit"]["userErrors"] == []
    refused = client.data(EDIT, {"id": second.id, "input": off})["locationEdit"]["userErrors"]
    assert refused == [{"field": ["input"], "code": "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT"}]


def test_stock_goes_to_the_destination_when_a_location_is_switched_off(client):
    berlin, hamburg = client.shop.locations
    refused = client.data(OFF, {"id": berlin.id, "key": "1"})["locationDeactivate"]
    assert refused["locationDeactivateUserErrors"][0]["code"] == "HAS_ACTIVE_INVENTORY_ERROR"
    done = client.data(OFF, {"id": berlin.id, "to": hamburg.id, "key": "2"})["locationDeactivate"]
    assert done == {"location": {"isActive": False, "deletable": True}, "locationDeactivateUserErrors": []}
    assert client.shop.available("MUG", "Hamburg") == 13
    assert client.data(ON, {"id": berlin.id})["locationActivate"]["location"]["isActive"] is True


def test_everything_against_a_deletion_is_said_at_once(client):
    client.shop.place_order([("MUG", 1)])
    codes = client.data(DELETE, {"id": client.shop.location("Berlin").id})["locationDelete"]["locationDeleteUserErrors"]
    assert [one["code"] for one in codes] == [
        "LOCATION_IS_ACTIVE",
        "LOCATION_HAS_INVENTORY",
        "LOCATION_HAS_PENDING_ORDERS",
    ]
    gid = add(client)["location"]["id"]
    client.data(OFF, {"id": gid, "key": "3"})
    assert client.data(DELETE, {"id": gid})["locationDelete"]["deletedLocationId"] == gid
    assert len(client.shop.locations) == 2
