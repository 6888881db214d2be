"""Edits that nobody thought of, and events in any order: the order ends as Shopify has it, to the cent."""

import random

from odoo.tests import tagged

from .editing import EditCase


@tagged("post_install", "-at_install")
class TestRandomEdits(EditCase):
    def test_any_edit_comes_out_to_the_cent(self):
        """Orders and edits of all kinds by one seed: none differs, and each delivery is what Shopify still has to send."""
        rng = random.Random(7)
        included = [("MwSt", "0.19")]
        for turn in range(12):
            lines = rng.sample(
                [
                    ("MUG", rng.randint(1, 5)),
                    ("TENT", rng.randint(1, 3)),
                    {"title": "Wrap", "price": "2.33", "requires_shipping": False},
                ],
                k=2,
            )
            options = {"shipping": ("DHL", "4.99")} if turn % 2 else {}
            if turn % 3:
                options["discount"] = {"code": "X", "percent": str(rng.choice((5, 7, 12.5)))}
            order, sale = self.bought(lines, taxes=included, **options)
            for _again in range(rng.randint(1, 3)):
                self.edit(order, **self.change(rng, order))
            with self.subTest(turn=turn, reason=sale.shopify_difference_reason):
                self.assertAsInShopify(sale, order)
                left = {line.sku: line.current_quantity for line in order.lines if line.sku and line.current_quantity}
                wanted = {"MUG": self.demand(sale, self.mug), "TENT": self.demand(sale, self.tent)}
                self.assertEqual({sku: pieces for sku, pieces in wanted.items() if pieces}, left)

    def change(self, rng, order):
        open_lines = [place for place, line in enumerate(order.lines) if line.current_quantity]
        change = {"quantities": {}, "add": []}
        if open_lines:
            place = rng.choice(open_lines)
            change["quantities"][place] = max(0, order.lines[place].current_quantity + rng.choice((-2, -1, 1)))
        skus = {line.sku for line in order.lines}
        if rng.random() < 0.5 and "MUG" not in skus:
            change["add"].append(("MUG", rng.randint(1, 2)))
        if rng.random() < 0.5 and len(open_lines) > 1 and place != open_lines[0]:
            change["discounts"] = [(open_lines[0], {"percent": "3.3"})]
        if rng.random() < 0.3:
            change["shipping"] = ("Express", "9.99")
        return change


@tagged("post_install", "-at_install")
class TestEventsInAnyOrder(EditCase):
    def test_duplicated_and_shuffled_events_end_as_the_last_one_says(self):
        rng = random.Random(11)
        self.receive(self.mug, 500)
        self.drain()
        orders = []
        for number in range(12):
            order = self.shop.place_order([("MUG", 5), ("TENT", 1)])
            for pieces in rng.sample((1, 2, 3, 4, 6, 7), k=3):
                self.shop.edit_order(order, quantities={"MUG": pieces})
            if number % 4 == 0:
                self.shop.cancel_order(order)
            orders.append(order)
        events = self.shop.take_deliveries()
        events += rng.sample(events, k=len(events) // 3)
        rng.shuffle(events)
        while events:
            pieces = rng.randint(1, 15)
            self.deliver(events[:pieces])
            del events[:pieces]
            self.drain()
        for order in orders:
            sale = self.sale(order)
            with self.subTest(order=order.name):
                if order.cancelled_at:
                    self.assertEqual(
                        (sale.state, set(sale.picking_ids.mapped("state")) - {"cancel"}), ("cancel", set())
                    )
                else:
                    self.assertAsInShopify(sale, order)
                    self.assertEqual(self.demand(sale, self.mug), order.lines[0].current_quantity)
        self.assertFalse(self.env["shopify.job"].search([("state", "in", ("pending", "attention", "failed"))]))
