"""A store held back in one direction, or from writing: what happens is kept, and the other direction goes on."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...shopify_api import documents, errors
from ..common import ShopifyCase

MUTATIONS = sorted(name for name in documents.names() if documents.load(name).mutation)


@tagged("post_install", "-at_install")
class TestPause(ShopifyCase):
    def test_every_flow_says_its_direction(self):
        for flow in self.env["shopify.flow"]._flows():
            with self.subTest(flow=flow._name):
                self.assertIn(flow._direction, ("in", "out", "both"))

    def test_what_goes_out_waits_and_orders_still_come_in(self):
        order, sale = self.ordered([("MUG", 2)])
        self.store.pause_out = True
        self.ship(sale)
        self.receive(self.tent, 5)
        other = self.shop.place_order([("MUG", 1)])
        self.deliver()
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(dict(calls), {})
        self.assertEqual(self.sale(other).state, "sale")
        job = self.jobs(flow="fulfillments_out")
        self.assertEqual(job.state, "pending")
        self.assertIn("paused", job.why)
        # What is held stops nothing of the other direction, not even of the same order.
        self.shop.update_order(order, note="Ring twice")
        self.deliver()
        self.drain()
        self.assertEqual(set(self.jobs(flow="orders_in").mapped("state")), {"done"})
        self.store.action_resume_out()
        self.drain()
        self.assertEqual((len(order.fulfillments), self.shop.on_hand("TENT")), (1, 15))
        self.assertFalse(self.jobs(state="pending"))

    def test_what_comes_in_is_received_and_waits_and_stock_still_goes_out(self):
        self.store.pause_in = True
        order = self.shop.place_order([("MUG", 1)])
        self.assertEqual(self.deliver(), [200])
        self.receive(self.mug, 3)
        self.drain()
        self.assertFalse(self.sale(order))
        self.assertEqual(self.shop.on_hand("MUG"), 3)
        job = self.jobs(flow="orders_in")
        self.assertEqual(job.state, "pending")
        self.assertIn("paused", job.why)
        self.store.action_resume_in()
        self.drain()
        self.assertEqual(self.sale(order).state, "sale")

    def test_resuming_wakes_the_runners(self):
        for hold in ("pause_in", "pause_out", "read_only"):
            self.store[hold] = True
            self.env.cr.flush()
            self.env.cr.postcommit.data.pop("shopify_sync.wake", None)
            self.store[hold] = False
            self.assertTrue(self.env.cr.postcommit.data.get("shopify_sync.wake"), hold)

    def test_read_only_sends_nothing_and_orders_come_in(self):
        order, sale = self.ordered([("MUG", 2)])
        self.store.read_only = True
        self.ship(sale)
        self.receive(self.mug, 5)
        self.shop.subscriptions.pop()
        count = len(self.shop.subscriptions)
        other = self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.env["shopify.store"]._cron_check_access()
        self.drain()
        self.assertEqual(self.sale(other).state, "sale")
        self.assertEqual((len(order.fulfillments), len(self.shop.subscriptions)), (0, count))
        self.assertEqual(
            self.jobs(flow="connection").mapped("error")[0], "Demo is read-only: nothing is changed in Shopify."
        )
        self.store.action_allow_writing()
        self.drain()
        self.assertEqual(len(order.fulfillments), 1)

    def test_read_only_refuses_every_mutation_before_it_is_sent(self):
        self.store.read_only = True
        self.assertTrue(MUTATIONS)
        client = self.env["shopify.flow.connection"]._client(self.store)
        with self.shop.calls() as calls:
            for name in MUTATIONS:
                if documents.load(name).changes:
                    with self.assertRaises(errors.ReadOnly):
                        client.execute(name, {})
        self.assertEqual(dict(calls), {})

    def test_connecting_a_read_only_store_says_why_its_webhooks_are_not_made(self):
        self.store.read_only = True
        self.store.action_connect()  # nothing is missing, so nothing has to be written
        self.shop.subscriptions.pop()
        for button in (self.store.action_connect, self.store.action_repair_webhooks):
            with self.assertRaisesRegex(UserError, "read-only: nothing is changed in Shopify"):
                button()

    def test_another_store_is_not_held(self):
        """One store's pause is its own; an empty value of an older row is no pause."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE shopify_store SET pause_in = NULL, pause_out = NULL, read_only = NULL")
        self.env.invalidate_all()
        self.store.copy({"shop_domain": "other-shop.myshopify.com", "pause_out": True})
        self.receive(self.mug, 4)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 4)

    def test_only_managers_hold_a_store_back(self):
        user = new_test_user(self.env, "holder", groups="shopify_sync.group_accountant")
        self.store.pause_out = True
        for button in ("action_resume_in", "action_resume_out", "action_allow_writing", "action_pause"):
            with self.assertRaises(AccessError):
                getattr(self.store.with_user(user), button)()
        with self.assertRaises(AccessError):
            self.store.with_user(user).read_only = True
        self.assertTrue(self.store.pause_out)
