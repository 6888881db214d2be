"""The store: connecting, walls between companies and users, and what a copy may do."""

from pathlib import Path

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestStore(ShopifyCase):
    def test_connecting_reads_the_shop_maps_its_location_and_subscribes(self):
        self.assertEqual((self.store.state, self.store.currency_id.name), ("connected", "EUR"))
        self.assertEqual(self.store.location_ids.location_ids, self.warehouse.lot_stock_id)
        topics = {subscription.topic for subscription in self.shop.subscriptions}
        self.assertLessEqual({"ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED"}, topics)
        self.assertEqual({one.callback_url for one in self.shop.subscriptions}, {self.store.webhook_url})

    def test_connecting_again_adds_no_subscription(self):
        before = len(self.shop.subscriptions)
        with self.shop.calls() as calls:
            self.store.action_connect()
        self.assertEqual(len(self.shop.subscriptions), before)
        self.assertEqual(calls["webhookSubscriptionCreate"], 0)

    def test_a_subscription_at_an_old_address_is_moved(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://new.example.com")
        self.store.invalidate_recordset()
        before = len(self.shop.subscriptions)
        self.store.action_connect()
        self.assertEqual(len(self.shop.subscriptions), before)
        self.assertTrue(all(one.callback_url.startswith("https://new.example.com/") for one in self.shop.subscriptions))

    def test_wrong_credentials_are_said_and_nothing_is_connected(self):
        store = self.env["shopify.store"].create(
            {"name": "Wrong", "shop_domain": "wrong.myshopify.com", "client_id": "client-id", "client_secret": "no"}
        )
        self.env["ir.config_parameter"].set_param(
            "shopify_sync.endpoint_override", f'{{"wrong.myshopify.com": "{self.running.url}"}}'
        )
        with self.assertRaisesRegex(UserError, "could not be connected"):
            store.action_connect()
        self.assertEqual(store.state, "draft")

    def test_without_a_public_address_connecting_says_what_to_set(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "http://localhost:8069")
        self.store.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "https"):
            self.store.action_connect()

    def test_variants_are_linked_by_sku_and_the_rest_says_why_not(self):
        variants = self.env["shopify.variant"].search([("store_id", "=", self.store.id)])
        by_sku = variants.grouped("sku")
        self.assertEqual((by_sku["MUG"].product_id, by_sku["TENT"].product_id), (self.mug, self.tent))
        self.assertFalse(by_sku["POSTER"].product_id)
        self.assertIn("POSTER", by_sku["POSTER"].match_note)

    def test_an_sku_that_two_products_share_is_not_guessed(self):
        self.env["product.product"].create(
            [{"name": "A", "default_code": "POSTER"}, {"name": "B", "default_code": "POSTER"}]
        )
        poster = self.env["shopify.variant"].search([("sku", "=", "POSTER")])
        poster.action_match()
        self.assertFalse(poster.product_id)
        self.assertIn("2 products", poster.match_note)

    def test_a_domain_is_cleaned_and_others_are_refused(self):
        store = self.env["shopify.store"].create({"name": "X", "shop_domain": "https://My-Shop.myshopify.com/admin"})
        self.assertEqual(store.shop_domain, "my-shop.myshopify.com")
        for wrong in ("my-shop.com", "a.b.myshopify.com", "evil.com/x.myshopify.com", ""):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                store.shop_domain = wrong
                self.env.flush_all()

    def test_a_token_goes_nowhere_but_to_shopify_or_a_loopback_address(self):
        self.env["ir.config_parameter"].set_param(
            "shopify_sync.endpoint_override", '{"demo.myshopify.com": "https://evil.example.com"}'
        )
        with self.assertRaises(ValueError), self.shop.calls() as calls:
            self.env["shopify.flow.connection"]._client(self.store)
        self.assertEqual(dict(calls), {})

    def test_only_managers_read_secrets(self):
        user = new_test_user(self.env, "shopuser", groups="shopify_sync.group_accountant")
        store = self.store.with_user(user)
        self.assertEqual(store.name, "Demo")
        for name in ("client_secret", "access_token", "previous_client_secret", "client_id", "webhook_token"):
            with self.assertRaises(AccessError):
                store.read([name])
        manager = new_test_user(self.env, "shopmanager", groups="shopify_sync.group_manager")
        self.assertEqual(self.store.with_user(manager).client_secret, "client-secret")

    def test_secrets_are_not_copied_nor_tracked(self):
        copied = self.store.copy({"shop_domain": "copy.myshopify.com"})
        self.assertFalse(copied.client_secret or copied.access_token or copied.client_id)
        self.assertNotEqual(copied.webhook_token, self.store.webhook_token)
        self.store.client_secret = "another-secret-value"
        self.env.flush_all()
        self.assertNotIn("another-secret-value", str(self.store.message_ids.mapped("body")))

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "elsewhere",
            groups="shopify_sync.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.receive(self.mug, 1)
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        for model in ("store", "location", "variant", "job", "tax", "call"):
            self.assertTrue(self.env[f"shopify.{model}"].search_count([]), model)
            self.assertFalse(self.env[f"shopify.{model}"].with_user(user).search_count([]), model)

    def test_a_user_may_retry_but_not_write(self):
        user = new_test_user(self.env, "queueuser", groups="shopify_sync.group_user")
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        job = self.jobs(flow="orders_in").with_user(user)
        with self.assertRaises(AccessError):
            job.write({"payload": "{}"})
        job.action_retry()
        self.assertEqual(job.state, "pending")

    def test_only_an_accountant_releases_a_held_order(self):
        order = self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        sale = self.sale(order)
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_manager,shopify_sync.group_user")
        with self.assertRaisesRegex(UserError, "accountant"):
            sale.with_user(seller).action_shopify_release()
        accountant = new_test_user(
            self.env, "book", groups="sales_team.group_sale_manager,shopify_sync.group_accountant"
        )
        sale.with_user(accountant).action_shopify_release()
        sale.with_user(accountant).action_confirm()
        self.assertEqual((sale.state, self.jobs(flow="orders_in").state), ("sale", "skipped"))

    def test_a_neutralized_copy_is_disconnected(self):
        self.receive(self.mug, 1)
        self.env.cr.flush()
        self.env.flush_all()
        self.env.cr.execute((Path(__file__).parents[2] / "data" / "neutralize.sql").read_text(encoding="utf-8"))
        self.env.invalidate_all()
        self.assertEqual(self.store.state, "draft")
        self.assertFalse(self.store.client_secret or self.store.access_token or self.store.webhook_token)
        self.assertFalse(self.jobs(state="pending"))
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(dict(calls), {})

    def test_a_store_with_orders_is_archived_not_deleted(self):
        self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.drain()
        with self.assertRaisesRegex(UserError, "Archive"):
            self.store.unlink()
