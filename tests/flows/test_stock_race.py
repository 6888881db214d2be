"""Both sides sell the last pieces at once, while calls fail, and messages come late, twice, or in another order."""

import os
import random
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged, test_cursor

from ..common import ShopifyCase
from ..simulator import inventory

ARTICLES = ("MUG", "TENT")
SEEDS = "1 2 3 104 129 135 421"  # the later ones found something once
STEPS = 40
REQUEST_FAULTS = ("timeout_after", "timeout_before", "http_500", "http_500_after", "http_503")
ROOTS = ("inventorySetQuantities", "fulfillmentCreate", "nodes", "order")
PAUSES = ((0, 0.1, 0.2), (0, 0, 0.5, 1), (0, 0, 0, 0.7, 1, 3))  # seconds between two things that happen, at three paces
LONGEST = 50  # seconds of one race: no message is late by more than the minute that is waited for it


class Clock:
    """The time of both sides, so that a seed says what lay within the two seconds in which nobody knows what came first."""

    def __init__(self):
        self.moment = self.last = datetime.now(timezone.utc)

    def begin(self, rng):
        self.rng, self.pauses = rng, rng.choice(PAUSES)
        self.moment = (self.moment + timedelta(minutes=2)).replace(second=0, microsecond=0)
        self.last = self.moment + timedelta(seconds=LONGEST)

    def step(self):
        self.moment = min(self.last, self.moment + timedelta(seconds=self.rng.choice(self.pauses)))

    def __call__(self):
        self.moment += timedelta(milliseconds=1)  # two messages never begin in the same moment
        return self.moment

    def naive(self):
        return self.moment.replace(tzinfo=None, microsecond=0)


@tagged("post_install", "-at_install")
class TestStockRace(ShopifyCase):
    """The promise, looked at whenever a call of ours *raises* what Shopify offers:

        available in Shopify afterwards  ≤  max(0, pieces on hand in Odoo
                                                 − pieces reserved in Odoo for anybody but this shop's customers
                                                 − pieces that this shop's customers bought and Odoo has not shipped)

    The right side is what is true at that moment, also what neither side has told the other yet: orders whose message is on its
    way, pieces fulfilled by hand. What customers, the merchant or a cancellation do to the quantity is not ours; neither is a piece
    that Odoo's own shop counter sells between two of our calls, nor the goods of an order that left while its cancellation in
    Shopify was still unheard of (Shopify sells those again at once, and only the message can say so). At the end, when every
    message has arrived, both sides are equal.

    Seeds can be given: SHOPIFY_RACE_SEEDS="17 4711", or a number of them drawn: SHOPIFY_RACE_SEEDS="random 30".
    """

    level_echo = True

    @classmethod
    def open_shop(cls, domain, **options):
        # Before there is a store: with the same id its jobs go to the same runners, whenever a seed is tried.
        cls.env.cr.execute("SELECT setval('shopify_store_id_seq', 1000000)")
        return super().open_shop(domain, **options)

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Walk-in"})
        self.products = {"MUG": self.mug, "TENT": self.tent}
        self.raised = []
        self.clock = Clock()
        self.startPatcher(patch.object(self.shop, "clock", self.clock))
        self.startPatcher(patch.object(fields.Datetime, "now", self.clock.naive))
        self.startPatcher(patch.object(test_cursor.TestCursor, "now", lambda _cursor: self.clock.naive()))

    def test_at_no_moment_is_more_offered_than_exists(self):
        given = (os.environ.get("SHOPIFY_RACE_SEEDS") or SEEDS).split()
        seeds = [random.randrange(10**6) for _one in range(int(given[1]))] if given[0] == "random" else map(int, given)
        for seed in seeds:
            self.race(random.Random(seed), seed)  # each goes on where the one before it ended, with both sides equal

    def race(self, rng, seed):
        self.rng, self.history, self.late = rng, [f"seed {seed}"], []
        self.clock.begin(rng)
        self.bought_meanwhile = True
        self.merchant_raises = [sku for sku in ARTICLES if rng.random() < 0.4]
        for sku, product in self.products.items():
            self.receive(product, 4)
            self.history.append(f"4 {sku} to begin with")
        self.work()
        moves = [
            (6, self.buy),
            (5, self.work),
            (5, self.hear),
            (3, self.ship_some),
            (3, self.sell_over_the_counter),
            (3, self.receive_some),
            (1, self.lose_some),
            (2, self.fulfill_by_hand),
            (1, self.cancel),
            (1, self.change_by_hand),
            (1, self.unreserve),
            (3, self.break_something),
        ]
        for _step in range(STEPS):
            self.clock.step()
            rng.choices([one for _weight, one in moves], [weight for weight, _one in moves])[0]()
        self.settle()

    # -- what happens -----------------------------------------------------------------------------
    def note(self, *words):
        self.history.append(" ".join([f"{self.clock.moment:%S.%f}"[:4], *map(str, words)]))

    def buy(self):
        sku = self.rng.choice(ARTICLES)
        offered = self.shop.available(sku)
        if offered > 0:
            pieces = self.rng.randint(1, min(3, offered))
            order = self.shop.place_order([(sku, pieces)])
            self.note("bought in Shopify:", pieces, sku, order.name)

    def work(self):
        """The queue runs; a customer, or somebody in Shopify's admin, is quicker than some of its calls."""
        self.env.flush_all()
        here = {sku: self.here(sku) for sku in ARTICLES}
        take, change = self.shop.faults.take, inventory.Level.change

        def meanwhile(names, *kinds):
            if "timeout_after" in kinds:
                self.clock.step()
            if self.bought_meanwhile and "timeout_after" in kinds and self.rng.random() < 0.15:
                self.rng.choice([self.buy, self.buy, self.fulfill_by_hand])()
            return take(names, *kinds)

        def changed(level, why, **deltas):
            change(level, why, **deltas)
            if why == "api" and deltas.get("available", 0) > 0:
                sku = level.item.sku
                self.note("we raised", sku, "by", deltas["available"], "to", level.available, "available")
                bound = max(0, here[sku] - self.promised(sku))
                self.raised.append((sku, level.available, bound))

        with patch.object(self.shop.faults, "take", meanwhile), patch.object(inventory.Level, "change", changed):
            self.drain(due_only=self.rng.random() < 0.5)
        self.note("worked:", {sku: (here[sku], self.shop.on_hand(sku), self.shop.committed(sku)) for sku in ARTICLES})
        for sku, available, bound in self.raised:
            self.assertLessEqual(available, bound, f"{sku} oversold by us:\n{self.story()}")
        self.raised.clear()

    def hear(self):
        """Some of the messages arrive, in any order, some of them twice; others stay on their way."""
        waiting = self.late + self.shop.take_deliveries()
        self.rng.shuffle(waiting)
        cut = self.rng.randint(0, len(waiting))
        now, self.late = waiting[:cut], waiting[cut:]
        self.note("heard", [delivery.topic for delivery in now])
        self.deliver(now + [one for one in now if self.rng.random() < 0.1])

    def ship_some(self):
        pickings = self.pickings().filtered(lambda one: any(move.quantity for move in one.move_ids))
        if pickings:
            picking = self.rng.choice(pickings)
            for move in picking.move_ids:
                move.quantity = self.rng.randint(0, int(move.quantity)) if self.rng.random() < 0.4 else move.quantity
                move.picked = True
            if any(move.quantity for move in picking.move_ids):
                self.note("shipped", picking.origin, picking.move_ids.mapped("quantity"))
                picking.with_context(skip_backorder=True).button_validate()

    def sell_over_the_counter(self):
        sku = self.rng.choice(ARTICLES)
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "date_order": self.clock.naive(),
                "order_line": [
                    (0, 0, {"product_id": self.products[sku].id, "product_uom_qty": self.rng.randint(1, 3)})
                ],
            }
        )
        sale.action_confirm()
        self.note("sold in Odoo:", sale.order_line.product_uom_qty, sku)

    def receive_some(self):
        sku, pieces = self.rng.choice(ARTICLES), self.rng.randint(1, 4)
        self.note("received", pieces, sku)
        self.receive(self.products[sku], pieces)

    def lose_some(self):
        sku = self.rng.choice(ARTICLES)
        if self.products[sku].free_qty >= 1:
            self.note("lost 1", sku)
            self.receive(self.products[sku], -1)

    def fulfill_by_hand(self):
        orders = [one for one in self.open_orders() if any(wanted.is_open for wanted in one.routed)]
        if orders:
            order = self.rng.choice(orders)
            lines = None if self.rng.random() < 0.5 else {line.sku: 1 for line in order.lines}
            made = self.shop.fulfill(order, lines)
            self.note("fulfilled by hand:", order.name, [one.total_quantity for one in made])

    def cancel(self):
        orders = [one for one in self.open_orders() if not one.fulfillments]
        if orders:
            order = self.rng.choice(orders)
            self.shop.cancel_order(order)
            self.note("cancelled", order.name)

    def change_by_hand(self):
        """Ever lower, or ever far higher: a rise of as many pieces as were shipped unheard leaves Shopify's number as it was, and
        nobody can tell.
        """
        sku = self.rng.choice(ARTICLES)
        offered = self.shop.available(sku)
        pieces = max(0, offered) + 20 if sku in self.merchant_raises else self.rng.randint(0, max(0, offered))
        if pieces < offered or sku in self.merchant_raises:
            self.shop.set_stock(sku, pieces)
            self.note("merchant set", sku, "to", pieces, "available")

    def unreserve(self):
        pickings = self.pickings().filtered(lambda one: one.state == "assigned")
        if pickings:
            picking = self.rng.choice(pickings)
            self.note("unreserved", picking.origin)
            picking.do_unreserve()

    def break_something(self):
        root, kind = self.rng.choice(ROOTS), self.rng.choice(REQUEST_FAULTS)
        self.note("fault:", root, kind)
        self.shop.faults.add(root, kind)

    # -- what is true -----------------------------------------------------------------------------
    def pickings(self):
        return self.env["stock.picking"].search(
            [("picking_type_code", "=", "outgoing"), ("state", "not in", ("done", "cancel", "draft"))], order="id"
        )

    def open_orders(self):
        return [one for one in self.shop.orders if not one.body.get("cancelled_at")]

    def here(self, sku):
        """Pieces on hand, less those reserved for others, plus those of this shop's orders that left: {order: pieces shipped}."""
        product = self.products[sku]
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "child_of", self.warehouse.lot_stock_id.id)]
        )
        others = self.env["stock.move.line"].search(
            [
                ("product_id", "=", product.id),
                ("state", "not in", ("done", "cancel", "draft")),
                ("move_id.sale_line_id.order_id.shopify_store_id", "=", False),
            ]
        )
        left = self.env["stock.move"].search(
            [
                ("product_id", "=", product.id),
                ("state", "=", "done"),
                ("sale_line_id.order_id.shopify_store_id", "!=", False),
                ("sale_line_id.order_id.shopify_cancelled_at", "=", False),
            ]
        )
        return int(sum(quants.mapped("quantity")) - sum(others.mapped("quantity")) + sum(left.mapped("quantity")))

    def promised(self, sku):
        return sum(line.quantity for one in self.open_orders() for line in one.lines if line.sku == sku)

    # -- the end ----------------------------------------------------------------------------------
    def settle(self):
        self.note("-- settling")
        self.shop.faults.clear()
        self.bought_meanwhile = False
        for turn in range(6):
            self.shop.webhooks.release_held()
            self.deliver(self.late + self.shop.take_deliveries())
            self.late = []
            if turn:  # every message was heard: nothing more will explain a fall
                self.let_minutes_pass()
            self.env.flush_all()
            self.work()
            self.drain(due_only=False)
        for_a_person = self.jobs(state="attention").filtered("blocking").mapped("key")
        self.assertFalse(self.jobs(state="pending").filtered(lambda job: job.key not in for_a_person), self.story())
        for sku in ARTICLES:
            true = self.here(sku) - self.promised(sku)
            if true >= 0:
                self.assertEqual(self.shop.available(sku), true, f"{sku}:\n{self.story()}")
            else:
                self.assertLessEqual(self.shop.available(sku), 0, f"{sku}:\n{self.story()}")

    def story(self):
        """What happened, and what Odoo believes now."""
        told = [*self.history, *filter(None, self.env["shopify.level"].search([]).mapped("explanation"))]
        for line in self.env["sale.order.line"].search([("shopify_line_id", "!=", False)]):
            done = sum(move.quantity for move in line.move_ids if move.state == "done")
            pieces = [line.product_uom_qty, done, line.shopify_fulfilled_quantity]
            if len(set(pieces)) > 1:
                order = line.order_id
                told.append(
                    f"{order.shopify_order_name} {line.shopify_sku}: ordered, shipped, fulfilled {pieces} {order.state}"
                )
        for job in self.env["shopify.job"].search([("state", "in", ("pending", "attention", "failed"))]):
            told.append(f"{job.flow} {job.key} {job.state} {job.cause}: {job.error}")
        return "\n".join(told)
