"""Orders sold over the counter, test orders, risky ones: what their bodies say."""

from agreement import agree
from simulator_client import running


def test_an_order_over_the_counter_is_fulfilled_at_once_and_has_no_address():
    with running() as client:
        shop = client.shop
        shop.subscribe("orders/create", "https://odoo.example/hook")
        shop.subscribe("fulfillments/create", "https://odoo.example/hook")
        seller = shop.add_staff("Ada", "Kern", "ada@example.com")
        order = shop.place_order([("MUG", 1)], pos="Hamburg", gateway="cash", staff=seller)
        (told,) = shop.take_deliveries()
        body = told.json()
        assert (body["source_name"], body["fulfillment_status"], body["user_id"]) == ("pos", "fulfilled", seller)
        assert body["location_id"] == shop.location("Hamburg").number
        assert (body["billing_address"], body["shipping_address"], body["customer"]) == (None, None, None)
        assert [one["location_id"] for one in body["fulfillments"]] == [body["location_id"]]
        assert (shop.on_hand("MUG", "Hamburg"), shop.on_hand("MUG", "Berlin")) == (2, 10)
        agree(shop, order)
        document = "query o($id: ID!) { order(id: $id) { retailLocation { name } staffMember { name email } } }"
        read = client.data(document, {"id": order.id})["order"]
        assert read == {
            "retailLocation": {"name": "Hamburg"},
            "staffMember": {"name": "Ada Kern", "email": "ada@example.com"},
        }


def test_somebody_finds_an_order_risky():
    with running() as client:
        client.shop.subscribe("orders/risk_assessment_changed", "https://odoo.example/hook")
        order = client.shop.place_order([("MUG", 1)], test=True)
        client.control("risk", {"order": order.name, "level": "HIGH"})
        (told,) = client.shop.take_deliveries()
        assert (told.json()["risk_level"], told.json()["order_id"]) == ("high", order.number)
        document = "query o($id: ID!) { order(id: $id) { test risk { recommendation assessments { riskLevel } } } }"
        read = client.data(document, {"id": order.id})["order"]
        assert read == {"test": True, "risk": {"recommendation": "CANCEL", "assessments": [{"riskLevel": "HIGH"}]}}
