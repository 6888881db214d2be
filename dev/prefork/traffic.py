"""Events at random gaps: customers order, the merchant edits and cancels, goods arrive."""

import random
import time
from dataclasses import dataclass, field

from .scene import buy, receive

CREATED, UPDATED, CANCELLED = 0.2, 0.7, 0.75  # shares of what happens, added up; the rest are goods that arrive


@dataclass
class Traffic:
    """:ivar gap: the longest pause between two events in seconds; every other one follows at once
    :ivar before: called before each event of the shop with nothing, to plan what goes wrong with it
    """

    database: object
    shop: object
    scene: object
    seed: int = 19
    gap: float = 0.04
    goods: bool = True
    before: object = lambda: None
    orders: list = field(default_factory=list)
    open: list = field(default_factory=list)
    happened: int = 0
    received: int = 0

    def __post_init__(self):
        self.rng = random.Random(self.seed)
        self._delivered = len(self.shop.webhooks.log)

    def run(self, events):
        for _number in range(events):
            self._next()
            if self.gap and self.rng.random() < 0.5:
                time.sleep(self.rng.uniform(0, self.gap))

    def _next(self):
        kind = self.rng.random()
        self.happened += 1
        if kind >= CANCELLED and self.goods:
            receive(self.database, self.scene, "A1", 1)
            self.received += 1
            return
        self.before()
        if kind < CREATED or not self.open:
            order = buy(self.shop, [("A0", 1)], buyer=self.rng.randrange(10))
            self.orders.append(order)
            self.open.append(order)
        elif UPDATED <= kind < CANCELLED:
            self.shop.cancel_order(self.open.pop(self.rng.randrange(len(self.open))))
        else:
            self.shop.update_order(self.rng.choice(self.open), note=f"Note {self.happened}")

    def deliveries(self) -> list:
        """What the shop sent, or would have sent, since the traffic was made."""
        return self.shop.webhooks.log[self._delivered :]

    def wrong_at_the_end(self) -> list:
        """Numbers of orders that are not in Odoo exactly once and as the shop has them."""
        last = {}
        for delivery in self.deliveries():
            if delivery.topic.startswith("orders/"):
                last[str(delivery.json()["id"])] = delivery
        found = {}
        for number, state, triggered_at in self.database.rows(
            "SELECT shopify_order_id, state, shopify_triggered_at FROM sale_order WHERE shopify_order_id = ANY(%s)",
            list(last),
        ):
            found.setdefault(number, []).append((state, triggered_at))
        return [number for number, delivery in last.items() if found.get(number) != [self._expected(delivery)]]

    @staticmethod
    def _expected(delivery):
        state = "cancel" if delivery.json()["cancelled_at"] else "sale"
        return state, delivery.at.replace(tzinfo=None)

    def stock_is_right(self) -> bool:
        on_hand = self.database.one(
            "SELECT sum(quantity)::int FROM stock_quant WHERE product_id = %s AND location_id = %s",
            self.scene.products["A1"],
            self.scene.location,
        )
        return self.shop.on_hand("A1") == on_hand
