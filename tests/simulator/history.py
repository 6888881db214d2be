"""A history of webhooks as they really arrive: twice, late and in the wrong order, with the state they end in.

    history = shuffled(shop, random.Random(7), orders=40, events=1000)
    for delivery in history.deliveries: …      # delivery.headers, delivery.body
    history.final[order_id]                    # the body of that order now

The shop (deliver='manual') is changed at random: orders placed, edited, cancelled, noted, tagged, paid and addressed. Its
clock is made to move, in steps small enough that several events share one `updated_at` second."""

from dataclasses import dataclass
from datetime import timedelta

from .crowd import PEOPLE

TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "orders/edited")
_STEPS = (0.004, 0.05, 0.4, 1.5, 7)  # seconds between two things that happen


@dataclass
class History:
    """:ivar deliveries: in the order of arrival; a duplicate is the same Delivery once more
    :ivar final: {order number: body as a webhook would carry it now}
    :ivar happened: {what: how often}
    """

    deliveries: list
    final: dict
    happened: dict


class Clock:
    """Moves a little every time it is asked."""

    def __init__(self, begin, rng):
        self.moment, self.rng = begin, rng

    def __call__(self):
        return self.moment

    def step(self):
        self.moment += timedelta(seconds=self.rng.choice(_STEPS))


def shuffled(
    shop,
    rng,
    *,
    orders=40,
    events=1000,
    duplicates=0.1,
    late=0.1,
    window=12,
    address="https://odoo.example/shopify/webhook",
    **options,
) -> History:
    """:param events: how many deliveries there are at least, duplicates included
    :param duplicates, late: shares of deliveries that come twice, or long after their time
    :param window: how far the others may be out of order
    :param options: of the random orders (crowd.random_order)
    :raises ValueError: when the shop posts webhooks by itself
    """
    if not shop.webhooks.manual:
        raise ValueError("the shop must not deliver by itself: deliver='manual'")
    subscribed = {subscription.topic for subscription in shop.subscriptions}
    for topic in TOPICS:
        if topic.upper().replace("/", "_") not in subscribed:
            shop.subscribe(topic, address)
    shop.take_deliveries()
    before, shop.clock = shop.clock, Clock(shop.now(), rng)
    try:
        sent, happened = _live(shop, rng, orders, events, duplicates, options)
    finally:
        shop.clock = before
    numbers = {delivery_order(one) for one in sent}
    final = {order.number: order.document() for order in shop.orders if order.number in numbers}
    return History(_shuffle(sent, rng, duplicates, late, window), final, happened)


def delivery_order(delivery) -> int:
    """The number of the order that a delivery is about."""
    body = delivery.json()
    return body["order_edit"]["order_id"] if "order_edit" in body else body["id"]


def _live(shop, rng, orders, events, duplicates, options):
    sent, mine, happened = [], [], {}
    wanted = events / (1 + duplicates)
    while len(mine) < orders or len(sent) < wanted:
        shop.clock.step()
        if len(mine) < orders and (not mine or rng.random() < 2 * orders / events):
            mine.append(shop.random_order(rng, **options))
            what = "created"
        else:
            what = _change(shop, rng, rng.choice(mine))
        happened[what] = happened.get(what, 0) + 1
        sent += [one for one in shop.take_deliveries() if one.topic in TOPICS]
    return sent, happened


def _change(shop, rng, order) -> str:
    """Something happens to an order. :return: what"""
    open_lines = [line for line in order.lines if line.unfulfilled_quantity]
    chance = rng.random()
    if order.cancelled_at or not open_lines or chance < 0.35:
        shop.update_order(order, note=f"Note {rng.randrange(10**6)}")
        return "noted"
    if chance < 0.5:
        shop.update_order(order, tags=", ".join(sorted(rng.sample(("vip", "gift", "b2b", "export"), rng.randrange(4)))))
        return "tagged"
    if chance < 0.6 and order.body.get("shipping_address"):
        street = rng.choice(PEOPLE)[4]
        shop.update_order(order, shipping_address={**order.body["shipping_address"], "address1": street})
        return "addressed"
    if chance < 0.65:
        shop.cancel_order(order, restock=rng.random() < 0.8)
        return "cancelled"
    shop.edit_order(order, **_edit(shop, rng, open_lines))
    return "edited"


def _edit(shop, rng, open_lines) -> dict:
    line = rng.choice(open_lines)
    kind = rng.choice(("fewer", "fewer", "more", "add", "discount"))
    if kind == "add":
        variants = [one for product in shop.products for one in product.variants]
        return {"add": [(rng.choice(variants), rng.choice((1, 1, 2)))]} if variants else {"drop_shipping": True}
    if kind == "discount":
        return {"discounts": [(line.number, {"percent": rng.choice((5, 10))})]}
    step = 1 if kind == "more" else -1
    return {"quantities": {line.number: line.current_quantity + step}, "refund": rng.random() < 0.5}


def _shuffle(sent, rng, duplicates, late, window) -> list:
    """Each delivery gets a place of arrival: near its own, or far behind; some get two."""
    arrivals = []
    for place, delivery in enumerate(sent):
        for _ in range(2 if rng.random() < duplicates else 1):
            delay = rng.uniform(0, len(sent)) if rng.random() < late else rng.uniform(0, window)
            arrivals.append((place + delay, len(arrivals), delivery))
    return [delivery for *_, delivery in sorted(arrivals, key=lambda one: one[:2])]
