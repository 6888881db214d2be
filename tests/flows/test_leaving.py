"""The addon is uninstalled: its webhooks are removed in Shopify where that is possible, and nothing there can stop it."""

import time
from unittest.mock import patch

from odoo.tests import tagged

from ..common import ShopifyCase
from ..simulator.subscriptions import Subscription

LOGGER = "odoo.addons.shopify_sync.flows.connection"


@tagged("post_install", "-at_install")
class TestLeaving(ShopifyCase):
    def leave(self):
        self.env["shopify.flow.connection"]._leave_all()

    def test_our_subscriptions_are_removed_and_nobody_elses(self):
        another = "https://odoo.example.com/shopify/webhook/of-another-database"
        self.shop.subscriptions.append(Subscription(self.shop, "ORDERS_CREATE", another, {"uri": another}))
        # This database's too, from before its address changed.
        self.shop.subscriptions[0].uri = f"https://old.example.com/shopify/webhook/{self.store.webhook_token}"
        self.leave()
        self.assertEqual([one.uri for one in self.shop.subscriptions], [another])

    def test_a_paused_and_an_archived_store_leave_too(self):
        self.store.action_pause()
        self.store.active = False
        self.leave()
        self.assertFalse(self.shop.subscriptions)

    def assert_untouched(self):
        count = len(self.shop.subscriptions)
        with self.shop.calls() as calls:
            self.leave()
        self.assertEqual((len(self.shop.subscriptions), dict(calls)), (count, {}))

    def test_a_copied_database_touches_nothing(self):
        self.store.bound_to = "another/database/0"
        self.assert_untouched()

    def test_a_neutralized_or_never_connected_database_touches_nothing(self):
        self.store.write({"state": "draft", "bound_to": False})
        self.assert_untouched()

    def test_a_read_only_store_keeps_its_webhooks_and_is_logged(self):
        self.store.read_only = True
        count = len(self.shop.subscriptions)
        with self.assertLogs(LOGGER, "WARNING"):
            self.leave()
        self.assertEqual(len(self.shop.subscriptions), count)

    def test_a_shop_that_refuses_or_fails_is_only_logged(self):
        for fault in ("401", "http_503"):
            self.shop.faults.add("webhookSubscriptions", fault, times=20)
            with self.assertLogs(LOGGER, "WARNING") as logs:
                self.leave()
            self.assertIn(self.store.shop_domain, logs.output[0])
            self.assertNotIn(self.store.client_secret, str(logs.output))
            self.shop.faults.clear()

    def test_a_shop_that_never_answers_is_given_up_soon(self):
        self.shop.faults.add("webhookSubscriptions", "timeout_before", times=20, seconds=30)
        started = time.monotonic()
        with patch("odoo.addons.shopify_sync.flows.connection.LEAVING", (1, 1)), self.assertLogs(LOGGER, "WARNING"):
            self.leave()
        self.assertLess(time.monotonic() - started, 20)
        self.shop.faults.clear()
