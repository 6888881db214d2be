"""Two things at the same instant: deliveries on parallel connections, and deliveries of goods in two workers."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from demonstration.doors import User
from prefork.scene import buy
from stage import SOON


@pytest.mark.parametrize("times", [2, 8])
def test_one_delivery_arriving_several_times_at_once_is_one_row(stage, times):
    stage.settle()
    stage.shop.faults.add("orders/create", "drop")  # the shop itself does not deliver it
    order = buy(stage.shop)
    delivery = stage.shop.webhooks.log[-1]
    together = threading.Barrier(times)

    def post(_number):
        connection = http.client.HTTPConnection("127.0.0.1", stage.server.port, timeout=SOON)
        connection.connect()
        together.wait()
        connection.request("POST", delivery.path, body=delivery.body, headers=delivery.headers)
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(times) as pool:
        assert list(pool.map(post, range(times))) == [200] * times
    stage.settle()
    assert stage.database.rows("SELECT state FROM shopify_job WHERE event_id = %s", delivery.event_id) == [("done",)]
    number = str(order.number)
    assert stage.database.one("SELECT count(*) FROM sale_order WHERE shopify_order_id = %s", number) == 1


def test_two_workers_validate_deliveries_of_one_product_at_once(stage):
    stage.settle()
    ordered = stage.imported(12, [("A0", 1)], first_buyer=100)
    stage.pack([picking for _order, picking in ordered])
    on_hand = stage.shop.on_hand("A0")
    people = [User(stage.server.url, stage.database.name, "admin") for _ in range(2)]
    together = threading.Barrier(len(people))

    def work(person, pickings):
        together.wait()
        return [
            person.call("stock.picking", "button_validate", [picking], context={"skip_backorder": True})
            for picking in pickings
        ]

    shares = [[picking for _order, picking in ordered[number :: len(people)]] for number in range(len(people))]
    with ThreadPoolExecutor(len(people)) as pool:
        assert list(pool.map(work, people, shares)) == [[True] * 6, [True] * 6]
    stage.settle()
    assert [len(order.fulfillments) for order, _picking in ordered] == [1] * 12
    assert stage.shop.on_hand("A0") == on_hand - 12
