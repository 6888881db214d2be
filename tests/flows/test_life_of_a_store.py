"""What happens to a store over the years: its app is removed, its webhooks are deleted, its customers ask for their data."""

from odoo import fields
from odoo.tests import tagged

from ..common import DOMAIN, ShopifyCase


@tagged("post_install", "-at_install")
class TestLifeOfAStore(ShopifyCase):
    def test_a_removed_app_pauses_the_store_and_connecting_again_goes_on(self):
        self.tell("app/uninstalled", {"id": 1}, "2099-01-01T00:00:00Z")
        self.assertEqual(self.store.state, "paused")
        self.assertIn("removed", self.store.pause_reason)
        self.assertEqual(len(self.store.activity_ids), 1)
        self.receive(self.mug, 4)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 0)
        self.connect()
        self.assertEqual((self.store.state, self.shop.on_hand("MUG")), ("connected", 4))

    def test_a_message_from_before_the_last_connecting_changes_nothing(self):
        self.store.connected_at = fields.Datetime.now()
        self.tell("app/uninstalled", {"id": 1}, "2020-01-01T00:00:00Z")
        self.assertEqual(self.store.state, "connected")

    def test_webhooks_that_shopify_deleted_come_back_daily(self):
        before = len(self.shop.subscriptions)
        del self.shop.subscriptions[:2]
        self.env.ref("shopify_sync.cron_check_access")  # the daily cron
        self.env["shopify.store"]._cron_check_access()
        self.drain()
        self.assertEqual(len(self.shop.subscriptions), before)

    def test_requests_about_personal_data_are_done_and_on_record(self):
        body = {"shop_domain": DOMAIN, "customer": {"id": 7, "email": "zoe@example.com"}, "orders_to_redact": [1]}
        for topic in ("customers/data_request", "customers/redact"):
            self.tell(topic, body)
            job = self.jobs(topic=topic)
            self.assertEqual((job.state, job.key, job.res_model), ("done", "customer:7", "shopify.privacy.request"))
        self.tell("shop/redact", {"shop_id": 1, "shop_domain": DOMAIN})
        self.assertEqual(self.jobs(topic="shop/redact").state, "attention")

    def test_topics_of_the_app_are_not_subscribed_to(self):
        topics = {one.topic for one in self.shop.subscriptions}
        self.assertIn("APP_UNINSTALLED", topics)
        self.assertNotIn("CUSTOMERS_REDACT", topics)
