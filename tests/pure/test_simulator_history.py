"""A random history of webhooks: what arrives out of order still tells the final state."""

import random

import pytest
from simulator_client import CATALOG

from simulator import Shop
from simulator.history import delivery_order, shuffled


def history(seed=7, **options):
    shop = Shop(catalog=CATALOG, deliver="manual")
    return shop, shuffled(shop, random.Random(seed), **{"orders": 25, "events": 1000, **options})


def test_a_thousand_events_twice_late_and_out_of_order():
    _shop, made = history()
    assert len(made.deliveries) >= 1000
    assert len(made.final) == 25
    assert {"created", "edited", "cancelled", "noted"} <= set(made.happened)
    moments = [one.headers["X-Shopify-Triggered-At"] for one in made.deliveries]
    assert moments != sorted(moments)
    ids = [(one.topic, one.event_id) for one in made.deliveries]
    assert len(ids) > len(set(ids))


def test_the_newest_full_body_of_each_order_is_its_final_state():
    _shop, made = history()
    newest = {}
    for one in made.deliveries:
        key = (one.json().get("updated_at") or "", one.headers["X-Shopify-Triggered-At"])
        if one.topic != "orders/edited" and key >= newest.get(delivery_order(one), (("", ""), None))[0]:
            newest[delivery_order(one)] = (key, one.json())
    assert {number: body for number, (_, body) in newest.items()} == made.final


def test_the_same_seed_gives_the_same_history():
    bodies = [[one.body for one in history(3, events=200)[1].deliveries] for _ in range(2)]
    # Times differ: the shop begins now.
    assert [len(body) for body in bodies[0]] == [len(body) for body in bodies[1]]


def test_a_shop_that_posts_by_itself_has_no_history():
    with pytest.raises(ValueError, match="manual"):
        shuffled(Shop(catalog=CATALOG), random.Random(1))
