"""Any order that the simulated shop can take comes out to the cent, from the webhook's body and from the node.

The shop's checkout is the generator, independent of commerce/. 200 orders here, 5 000 in dev/bench orders-to-the-cent."""

from agreement import agree, charged
from hypothesis import HealthCheck, given, settings

from simulator.carts import carts, ordered

SOME = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@SOME
@given(carts())
def test_any_order_as_it_was_placed(cart):
    shop, order = ordered(cart)
    agree(shop, order)


@SOME
@given(carts(edited=True))
def test_any_order_after_edits_and_cancellation(cart):
    def check(shop, order):
        agree(shop, order, charged(order))

    ordered(cart, check)
