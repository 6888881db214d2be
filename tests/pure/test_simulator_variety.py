"""A crowd as a real shop has it: every order still comes out, and who thinks again does so before anything ships."""

import random

from agreement import agree
from simulator_client import CATALOG, running

from simulator import Shop


def crowd(seed, count=120, currency="EUR"):
    shop = Shop(catalog=CATALOG, currency=currency, deliver="manual", bucket=10**9)
    for sku in ("MUG", "SHIRT-M", "SHIRT-L"):
        shop.set_stock(sku, 10_000)
    rng = random.Random(seed)
    given = {"lively": True, "presentment": [("USD", "1.08")], "presentment_share": 0.2}
    return shop, rng, [shop.random_order(rng, **given) for _ in range(count)]


def test_guests_companies_discounts_and_two_currencies():
    shop, _rng, orders = crowd(5)
    assert any(order.customer is None and order.body["email"] for order in orders)
    assert any(order.body["company"] for order in orders)
    assert {order.currencies.presentment for order in orders} == {"EUR", "USD"}
    kinds = {one["type"] for order in orders for one in order.body["discount_applications"]}
    assert kinds == {"discount_code", "automatic", "manual", "script"}
    for order in orders:
        agree(shop, order)


def test_second_thoughts_come_out_too():
    from simulator import variety

    shop, rng, orders = crowd(6)
    told = variety.second_thoughts(shop, rng, orders)
    assert {"cancelled", "fewer"} <= set(told.values())
    for order in orders:
        agree(shop, order, "total" if order.cancelled_at or not order.edited else "current_total")


def test_the_control_door_switches_it_on():
    with running() as client:
        answer = client.control("random_orders", {"count": 60, "seed": 4, "lively": True})
        assert len(answer["orders"]) == 60
        assert answer["changed"]
        state = {one["name"]: one for one in client.control("state")["orders"]}
        assert all(state[name]["charged"]["total"] for name in answer["changed"])
