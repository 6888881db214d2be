"""One delivery on parallel connections at the same instant."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from prefork.scene import buy


@pytest.mark.parametrize("times", [2, 8])
def test_one_delivery_arriving_several_times_at_once_is_one_row(stage, times):
    stage.settle()
    stage.shop.faults.add("orders/create", "drop")  # the shop itself does not deliver it
    order = buy(stage.shop)
    delivery = stage.shop.webhooks.log[-1]
    together = threading.Barrier(times)

    def post(_number):
        return stage.post(delivery, first=together.wait)

    with ThreadPoolExecutor(times) as pool:
        assert list(pool.map(post, range(times))) == [200] * times
    stage.settle()
    assert stage.database.rows("SELECT state FROM shopify_job WHERE event_id = %s", delivery.event_id) == [("done",)]
    number = str(order.number)
    assert stage.database.one("SELECT count(*) FROM sale_order WHERE shopify_order_id = %s", number) == 1
