"""The way to Shopify's consent and back: begun by a manager, ended once, and by nobody else."""

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from odoo import fields
from odoo.tests import freeze_time, new_test_user, tagged

from ...flows import flow as flow_module
from ..common import ShopifyCase
from ..simulator import oauth


@tagged("post_install", "-at_install")
class TestOauth(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.store.write({"state": "draft", "grant": "authorization_code"})
        flow_module._lines.clear()
        self.addCleanup(flow_module._lines.clear)
        self.shop.tokens.clear()
        new_test_user(self.env, "keeper", groups="shopify_sync.group_manager", password="keeper-keeper")
        self.authenticate("keeper", "keeper-keeper")

    def begin(self):
        """What Shopify is asked."""
        answer = self.url_open(f"/shopify/oauth/start/{self.store.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 302)
        return urlsplit(answer.headers["Location"])

    def agreed(self):
        """The query with which Shopify comes back."""
        asked = dict(parse_qsl(self.begin().query))
        status, address = oauth.authorize(self.shop, asked)
        self.assertEqual(status, 302)
        return urlsplit(address).query

    def come_back(self, query):
        answer = self.url_open("/shopify/oauth/callback?" + query, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def changed(self, query, **values):
        return urlencode({**dict(parse_qsl(query)), **values})

    def resigned(self, query, **values):
        given = {**dict(parse_qsl(query)), **values}
        given.pop("hmac")
        return oauth.signed(self.shop, given)

    def assertRefused(self, query, status=403):
        with self.shop.calls() as calls:
            answer = self.come_back(query)
        self.assertEqual((answer.status_code, calls["access_token"], self.store.state), (status, 0, "draft"))
        self.assertFalse(self.store.access_ids.access_token and self.store.access_ids.refresh_token)

    def test_the_button_leads_to_shopify_and_back_to_a_connected_store(self):
        self.assertEqual(self.store.action_connect()["url"], f"/shopify/oauth/start/{self.store.id}")
        asked = self.begin()
        self.assertEqual(asked.path, "/admin/oauth/authorize")
        self.assertEqual(parse_qs(asked.query)["redirect_uri"], ["https://odoo.example.com/shopify/oauth/callback"])
        self.assertIn("write_inventory", parse_qs(asked.query)["scope"][0].split(","))
        answer = self.come_back(self.agreed())
        self.assertEqual((answer.status_code, answer.headers["Location"]), (303, f"/odoo/shopify/{self.store.id}"))
        self.assertEqual(self.store.state, "connected")
        self.assertIn(self.store.access_ids.refresh_token, self.shop.desk.refreshes)
        self.assertTrue(self.shop.subscriptions)

    def test_a_state_serves_once(self):
        query = self.agreed()
        self.come_back(query)
        self.store.state = "draft"
        self.env.flush_all()
        with self.shop.calls() as calls:
            self.assertEqual(self.come_back(query).status_code, 403)
        self.assertEqual(calls["access_token"], 0)

    def test_only_the_last_one_begun_counts(self):
        first = self.agreed()
        self.agreed()
        self.assertRefused(first)

    def test_what_shopify_did_not_sign_is_refused(self):
        self.assertRefused(self.changed(self.agreed(), code="mine"))
        self.assertRefused(self.changed(self.agreed(), more="mine"))
        self.assertRefused(self.changed(self.agreed(), hmac=""))

    def test_another_shop_or_an_old_answer_is_refused(self):
        self.assertRefused(self.resigned(self.agreed(), shop="other.myshopify.com"))
        self.assertRefused(self.resigned(self.agreed(), timestamp="1600000000"))

    def test_a_foreign_state_is_refused(self):
        for state in ("", "x", "AAAA", "\u00e9"):
            self.assertRefused(self.resigned(self.agreed(), state=state))

    def test_a_state_is_old_after_ten_minutes(self):
        query = self.agreed()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            self.assertFalse(self.env["shopify.access"]._end_oauth(dict(parse_qsl(query))["state"]))

    def test_another_user_cannot_end_it(self):
        query = self.agreed()
        new_test_user(self.env, "intruder", groups="shopify_sync.group_manager", password="intruder-intruder")
        self.authenticate("intruder", "intruder-intruder")
        self.assertRefused(query)

    def test_only_managers_begin(self):
        new_test_user(self.env, "clerk", groups="shopify_sync.group_accountant", password="clerk-clerk")
        self.authenticate("clerk", "clerk-clerk")
        answer = self.url_open(f"/shopify/oauth/start/{self.store.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 404)

    def test_a_code_that_shopify_refuses_is_said(self):
        query = self.agreed()
        self.shop.desk.codes.clear()
        answer = self.come_back(query)
        self.assertEqual((answer.status_code, self.store.state), (400, "draft"))
        self.assertIn("begin to connect once more", answer.text)

    # -- tokens of an hour ------------------------------------------------------------------------
    def due(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE shopify_access SET expires_at = now() AT TIME ZONE 'UTC' + interval '5 minutes'")
        self.env.invalidate_all()
        flow_module._lines.clear()

    def work(self):
        self.env["shopify.flow.connection"]._ask(self.store, "connection")
        self.env.invalidate_all()

    def test_a_token_near_its_end_is_refreshed_and_the_pair_is_kept(self):
        self.come_back(self.agreed())
        old = self.store.access_ids.refresh_token
        self.due()
        self.work()
        access = self.store.access_ids
        self.assertNotEqual(access.refresh_token, old)
        self.assertIn(access.refresh_token, self.shop.desk.refreshes)
        self.assertGreater(access.expires_at, fields.Datetime.now() + timedelta(minutes=50))
        self.due()
        self.work()  # the new one is used: the old one is gone
        self.assertNotIn(old, self.shop.desk.refreshes)

    def test_a_lost_answer_is_repaired_with_the_old_token(self):
        self.come_back(self.agreed())
        self.due()
        self.shop.faults.add("access_token", "timeout_after")
        with self.shop.calls() as calls:
            self.work()
        self.assertEqual(calls["access_token"], 2)
        self.assertIn(self.store.access_ids.refresh_token, self.shop.desk.refreshes)

    def test_answers_lost_for_long_are_repaired_later(self):
        self.come_back(self.agreed())
        self.due()
        self.shop.faults.add("access_token", "timeout_after", times=2)
        with self.assertLogs("odoo.addons.shopify_sync.models.shopify_access", "WARNING"):
            self.work()  # the old token still counts for five minutes
        self.due()
        self.work()
        self.assertGreater(self.store.access_ids.expires_at, fields.Datetime.now() + timedelta(minutes=50))

    def test_when_shopify_renews_no_longer_the_store_pauses_and_the_button_begins_anew(self):
        self.come_back(self.agreed())
        self.shop.tokens.clear()
        self.shop.desk.clear()
        flow_module._lines.clear()
        self.receive(self.mug, 1)
        self.drain()
        self.assertEqual(self.store.state, "paused")
        self.assertEqual(self.store.action_connect()["type"], "ir.actions.act_url")
        self.come_back(self.agreed())
        self.assertEqual(self.store.state, "connected")

    def test_a_rotated_secret_keeps_the_tokens(self):
        self.come_back(self.agreed())
        self.store.write({"client_secret": "rotated", "previous_client_secret": "client-secret"})
        self.patch(self.shop, "client_secret", "rotated")
        flow_module._lines.clear()
        with self.shop.calls() as calls:
            self.work()
        self.assertEqual(calls["access_token"], 0)

    def test_a_token_that_lives_for_ever_needs_no_renewal(self):
        self.shop.desk.expiring = False
        self.addCleanup(setattr, self.shop.desk, "expiring", True)
        self.come_back(self.agreed())
        access = self.store.access_ids
        self.assertEqual((self.store.state, access.expires_at, access.refresh_token), ("connected", False, False))
        flow_module._lines.clear()
        with self.shop.calls() as calls:
            self.work()
        self.assertEqual(calls["access_token"], 0)
