"""What Shopify lets us do, and for how long, is on the store and told once."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ...shopify_api import VERSION
from ...shopify_api.scopes import SCOPES
from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestAccessCheck(ShopifyCase):
    def told(self, word):
        return self.store.message_ids.filtered(lambda message: word in message.body)

    def check(self):
        self.env["shopify.store"]._cron_check_access()
        self.drain()

    def test_connecting_notes_scopes_version_and_its_end(self):
        self.assertEqual((self.store.answering_version, self.store.version_ends_on), (VERSION, date(2027, 10, 1)))
        self.assertFalse(self.store.missing_scopes or self.store.lost_features or self.store.version_warning)
        self.assertIn("write_inventory", self.store.granted_scopes)

    def test_another_version_that_answers_is_an_alarm_told_once(self):
        self.patch(self.shop, "api_version", "2027-04")
        self.receive(self.mug, 1)
        self.drain()  # any call of any flow hears it …
        self.drain()  # … and the check that it asked for looks into it
        self.assertEqual(self.store.answering_version, "2027-04")
        self.assertIn("2027-04", self.store.version_warning)
        self.check()
        self.check()
        self.assertEqual(len(self.told("2027-04")), 1)
        self.patch(self.shop, "api_version", VERSION)
        self.check()
        self.assertFalse(self.store.version_warning)

    def test_the_end_of_a_version_is_told_in_advance_and_once(self):
        with freeze_time("2027-08-01 12:00:00"):
            self.check()
            self.check()
        self.assertIn("2027-10-01", self.store.version_warning)
        self.assertEqual(len(self.told("2027-10-01")), 1)

    def test_a_scope_taken_away_is_named_with_the_feature_it_costs(self):
        self.patch(self.shop, "scopes", tuple(SCOPES - {"write_inventory"}))
        self.check()
        self.assertEqual(self.store.missing_scopes, "write_inventory")
        self.assertEqual(self.store.lost_features, "Stock to Shopify: needs write_inventory")
        self.check()
        self.assertEqual(len(self.told("write_inventory")), 1)

    def test_without_a_scope_of_what_is_switched_on_nothing_is_connected(self):
        self.patch(self.shop, "scopes", tuple(SCOPES - {"write_inventory"}))
        with self.assertRaisesRegex(UserError, "Stock to Shopify: needs write_inventory"), self.cr.savepoint():
            self.store.action_connect()
        self.store.push_stock = False
        self.store.action_connect()
        self.assertEqual(self.store.state, "connected")

    def test_without_an_essential_scope_nothing_is_connected(self):
        self.patch(self.shop, "scopes", tuple(SCOPES - {"read_orders", "write_orders"}))  # writing covers reading
        with self.assertRaisesRegex(UserError, "Orders from Shopify: needs read_orders"), self.cr.savepoint():
            self.store.action_connect()
