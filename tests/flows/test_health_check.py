"""“Check connection”: each thing that can be wrong is found, said in words with what to do, and mended by its button."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...models.shopify_finding import CHECKS
from ...shopify_api.scopes import SCOPES
from ..common import DOMAIN, ShopifyCase


@tagged("post_install", "-at_install")
class TestHealthCheck(ShopifyCase):
    def setUp(self):
        super().setUp()
        # A test database may be a day old, and nobody runs its crons.
        self.store._own_crons().write({"active": True, "nextcall": fields.Datetime.now()})
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        health = type(self.env["shopify.flow.health_check"])
        self.served = self.startPatcher(patch.object(health, "_served", return_value=[self.env.cr.dbname]))

    def check(self):
        """What the button finds: {check: finding}."""
        self.store.action_check_connection()
        return {finding.check_name: finding for finding in self.store.finding_ids}

    def check_daily(self):
        self.env["shopify.store"]._cron_check_access()
        self.drain()
        return {finding.check_name: finding for finding in self.store.finding_ids}

    def assert_found(self, finding, severity, words, repair=False):
        self.assertEqual((finding.severity, finding.repair), (severity, repair))
        self.assertIn(words, finding.what)
        self.assertTrue(finding.todo or severity == "ok")

    def told(self):
        return self.store.message_ids.filtered(lambda message: "new problem" in (message.body or ""))

    # -- all is well ------------------------------------------------------------------------------
    def test_a_good_connection_has_every_check_and_is_healthy(self):
        found = self.check()
        self.assertEqual({one.severity for one in found.values()}, {"ok"}, found)
        self.assertEqual(list(self.store.finding_ids.mapped("check_name")), [key for key, _label in CHECKS])
        self.assertEqual((self.store.health, self.store.problem_count), ("ok", 0))

    def test_the_daily_job_writes_the_same_rows(self):
        before = self.check()
        after = self.check_daily()
        self.assertEqual({one.id for one in before.values()}, {one.id for one in after.values()})
        self.assertEqual(self.store.health, "ok")
        self.assertFalse(self.told())

    # -- webhooks ---------------------------------------------------------------------------------
    def test_missing_and_misdirected_webhooks_are_named_and_mended_by_the_button(self):
        count = len(self.shop.subscriptions)
        orders = next(one for one in self.shop.subscriptions if one.topic == "ORDERS_CREATE")
        orders.uri = "https://old.example.com/shopify/webhook/abc"
        self.shop.subscriptions[:] = [one for one in self.shop.subscriptions if one.topic != "ORDERS_UPDATED"]
        found = self.check()["webhooks"]
        self.assert_found(found, "problem", "orders/updated", "action_repair_webhooks")
        self.assertIn("orders/create to another address, at old.example.com", found.what)
        self.assertNotIn("products/create", found.what)
        self.assertEqual(self.store.health, "problem")
        found.action_repair()
        self.assertEqual(len(self.shop.subscriptions), count)
        self.assertEqual({one.uri for one in self.shop.subscriptions}, {self.store.webhook_url})
        self.assertEqual((found.severity, self.store.health), ("ok", "ok"))

    def test_the_daily_repair_of_deleted_webhooks_is_told(self):
        self.shop.subscriptions[:] = [one for one in self.shop.subscriptions if one.topic != "ORDERS_UPDATED"]
        self.assertEqual(self.check_daily()["webhooks"].severity, "ok")
        told = self.store.message_ids.filtered(lambda message: "set up again" in (message.body or ""))
        self.assertIn("orders/updated", told.body)
        self.check_daily()
        self.assertEqual(self.store.message_ids.filtered(lambda one: "set up again" in (one.body or "")), told)

    # -- credentials and access -------------------------------------------------------------------
    def test_credentials_that_shopify_refuses_are_a_problem_and_the_rest_is_still_looked_at(self):
        self.shop.faults.add("shop", "401", times=10)
        found = self.check()
        self.assert_found(found["credentials"], "problem", "no longer accepts", "action_open_settings")
        self.assertNotIn("webhooks", found)
        self.assertEqual(found["address"].severity, "ok")
        self.shop.faults.clear()
        self.assertEqual(self.check()["credentials"].severity, "ok")

    def test_shopify_down_is_a_warning_for_who_asks_and_a_later_for_the_job(self):
        self.check()
        self.shop.faults.add("shop", "http_503", times=50)
        flow = "odoo.addons.shopify_sync.shopify_api.client.PATIENCE"
        with patch(flow, 0):
            self.assert_found(self.check()["credentials"], "warning", "could not be asked")
            before = self.store.finding_ids.mapped("checked_at")
            self.check_daily()
        self.assertEqual(self.jobs(flow="health_check", state="pending").cause, "later")
        self.assertEqual(self.store.finding_ids.mapped("checked_at"), before)
        self.assertFalse(self.told())
        self.shop.faults.clear()

    def test_a_missing_scope_says_which_feature_it_costs(self):
        self.patch(self.shop, "scopes", tuple(SCOPES - {"write_inventory"}))
        found = self.check()["scopes"]
        self.assert_found(found, "problem", "Stock to Shopify: needs write_inventory", "action_open_settings")
        self.store.push_stock = False
        self.assertEqual(self.check()["scopes"].severity, "warning")

    def test_another_version_that_answers_is_a_problem(self):
        self.patch(self.shop, "api_version", "2027-04")
        self.assert_found(self.check()["version"], "problem", "2027-04")

    def test_a_clock_that_is_two_minutes_off_is_a_problem(self):
        now = self.shop.now
        with patch.object(self.shop, "now", lambda: now() - timedelta(seconds=120)):
            self.assert_found(self.check()["clock"], "problem", "seconds ahead of Shopify's")
        with patch.object(self.shop, "now", lambda: now() + timedelta(seconds=120)):
            self.assert_found(self.check()["clock"], "problem", "seconds behind Shopify's")
        with patch.object(self.shop, "now", lambda: now() + timedelta(seconds=50)):
            self.assertEqual(self.check()["clock"].severity, "ok")

    # -- this server ------------------------------------------------------------------------------
    def test_an_address_that_shopify_cannot_reach_is_a_problem(self):
        parameters = self.env["ir.config_parameter"]
        for url, words in (
            ("http://localhost:8069", "inside its own network"),
            ("https://192.168.1.20", "inside its own network"),
            ("https://odoo", "inside its own network"),
            ("http://odoo.example.com", "is not https"),
        ):
            parameters.set_param("web.base.url", url)
            self.store.invalidate_recordset()
            found = self.check()
            self.assert_found(found["address"], "problem", words)
            self.assertEqual(found["webhooks"].severity, "problem")

    def test_an_address_that_a_log_in_may_change_is_kept_by_the_button(self):
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", False)
        found = self.check()["address"]
        self.assert_found(found, "warning", "changes when", "action_freeze_address")
        manager = new_test_user(self.env, "freezer", groups="shopify_sync.group_manager")
        with self.assertRaisesRegex(UserError, "administrator"):
            found.with_user(manager).action_repair()
        found.action_repair()
        self.assertEqual(self.env["ir.config_parameter"].get_param("web.base.url.freeze"), "True")
        self.assertEqual(found.severity, "ok")

    def test_several_databases_at_one_host_are_noticed_unless_messages_arrive(self):
        self.served.return_value = ["other", self.env.cr.dbname]
        self.assert_found(self.check()["databases"], "problem", "serves 2 databases")
        self.served.return_value = ["other"]
        self.assert_found(self.check()["databases"], "problem", "other databases than this one")
        self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.assert_found(self.check()["databases"], "ok", "do arrive here")

    def test_a_runner_switched_off_is_switched_on_by_the_button(self):
        cron = self.env.ref("shopify_sync.cron_fast_1")
        cron.active = False
        found = self.check()["crons"]
        self.assert_found(found, "problem", cron.name, "action_switch_on_crons")
        manager = new_test_user(self.env, "switcher", groups="shopify_sync.group_manager")
        found.with_user(manager).action_repair()
        self.assertTrue(cron.active)
        self.assertEqual(found.severity, "ok")

    def test_crons_that_do_not_run_show_without_a_check(self):
        self.check()
        self.assertFalse(self.store.is_unattended)
        self.env.ref("shopify_sync.cron_fast_0").nextcall = fields.Datetime.now() - timedelta(minutes=11)
        self.store.invalidate_recordset()
        self.assertTrue(self.store.is_unattended)
        self.assertEqual(self.store.health, "problem")
        self.assert_found(self.check()["crons"], "problem", "do not run", "action_open_late_jobs")

    def test_work_that_nobody_does_is_noticed(self):
        self.receive(self.mug, 1)
        self.env.cr.flush()
        job = self.jobs(flow="stock_out", state="pending")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE shopify_job SET write_date = write_date - interval '11 minutes' WHERE id IN %s", [tuple(job.ids)]
        )
        self.env.invalidate_all()
        self.assert_found(self.check()["crons"], "problem", "nobody does it", "action_open_late_jobs")
        self.store.pause_out = True  # then it waits because somebody wants it to
        self.assertEqual(self.check()["crons"].severity, "ok")

    # -- what people decide -----------------------------------------------------------------------
    def test_a_wrong_secret_does_not_hide_behind_nothing_written(self):
        self.store.connected_at = fields.Datetime.now() - timedelta(hours=1)
        self.shop.place_order([("MUG", 1)])
        self.store.client_secret = "mistyped-secret"
        self.assertEqual(self.deliver(), [401])
        found = self.check()["refusals"]
        self.assert_found(found, "problem", "1 messages were refused", "action_open_settings")
        self.assertIn("client secret", found.todo)
        self.store.client_secret = "client-secret"
        self.shop.place_order([("MUG", 1)])
        self.assertEqual(self.deliver(), [200])
        self.env.cr.execute("UPDATE shopify_refusal SET write_date = write_date - interval '1 minute'")
        self.env.invalidate_all()
        self.assert_found(self.check()["refusals"], "warning", "1 messages were refused", "action_open_refusals")
        self.store.connected_at = fields.Datetime.now() + timedelta(seconds=1)
        self.assertEqual(self.check()["refusals"].severity, "ok")

    def test_locations_without_stock_and_a_store_without_anybody_are_said(self):
        self.store.location_ids.location_ids = False
        self.store.responsible_id = False
        found = self.check()
        self.assert_found(found["locations"], "problem", "No location of Shopify is fed", "action_open_locations")
        self.assert_found(found["responsible"], "warning", "Nobody is responsible", "action_open_settings")
        self.store.push_stock = False
        self.store.responsible_id = new_test_user(self.env, "stranger", groups="base.group_user")
        found = self.check()
        self.assert_found(found["locations"], "warning", "Berlin", "action_open_locations")
        self.assert_found(found["responsible"], "warning", "cannot see this store", "action_open_settings")

    def test_a_pause_is_ended_by_its_button(self):
        for values, repair in (
            ({"state": "paused", "pause_reason": "Inventory."}, "action_resume"),
            ({"pause_in": True}, "action_resume_in"),
            ({"pause_out": True}, "action_resume_out"),
            ({"read_only": True}, "action_allow_writing"),
        ):
            self.store.write(values)
            found = self.check()["holds"]
            self.assertEqual((found.severity, found.repair), ("warning", repair))
            found.action_repair()
            self.assertEqual(self.check()["holds"].severity, "ok")

    # -- telling ----------------------------------------------------------------------------------
    def test_a_new_problem_is_told_once_and_again_only_after_it_was_gone(self):
        self.check_daily()
        self.store.location_ids.location_ids = False
        for _day in range(3):
            self.check_daily()
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(len(self.store.activity_ids), 1)
        self.assertIn("No location of Shopify is fed", self.told().body)
        self.store.location_ids.location_ids = self.warehouse.lot_stock_id
        self.check_daily()
        self.store.location_ids.location_ids = False
        self.check_daily()
        self.assertEqual((len(self.told()), len(self.store.activity_ids)), (2, 1))

    def test_a_copied_database_asks_shopify_nothing(self):
        self.store.bound_to = "another/database/0"
        with self.shop.calls() as calls:
            found = self.check()
        self.assertEqual(dict(calls), {})
        self.assert_found(found["holds"], "problem", "is a copy", "action_open_settings")
        self.assertNotIn("credentials", found)

    def test_only_managers_check_and_repair(self):
        self.check()
        user = new_test_user(self.env, "looker", groups="shopify_sync.group_user")
        store = self.store.with_user(user)
        self.assertEqual(store.health, "ok")
        self.assertEqual(len(store.finding_ids), len(CHECKS))
        for button in ("action_check_connection", "action_repair_webhooks", "action_switch_on_crons", "action_resume"):
            with self.assertRaises(AccessError):
                getattr(store, button)()
        with self.assertRaises(AccessError):
            store.finding_ids[0].severity = "problem"

    def test_no_finding_holds_a_secret(self):
        self.shop.faults.add("shop", "401", times=10)
        self.check()
        texts = " ".join((one.what or "") + (one.todo or "") for one in self.store.finding_ids)
        for secret in (self.store.client_secret, self.store.webhook_token):
            self.assertNotIn(secret, texts)

    def test_the_domain_is_that_of_the_store(self):
        self.patch(self.shop, "domain", "someone-else.myshopify.com")
        self.assert_found(self.check()["credentials"], "problem", "another store", "action_open_settings")
        self.assertEqual(self.store.shop_domain, DOMAIN)
