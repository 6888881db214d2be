"""The connection check and the pauses as a person meets them: the button, the page of findings, its repairs, the banners."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase
from .test_screens import PRELUDE

MANAGER, USER = "shopify_sync.group_manager", "shopify_sync.group_user"


@tagged("post_install", "-at_install")
class TestHealthScreens(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.store._own_crons().write({"active": True, "nextcall": fields.Datetime.now()})
        # An administrator's log-in would set the address to the test server's.
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        health = type(self.env["shopify.flow.health_check"])
        self.startPatcher(patch.object(health, "_served", return_value=[self.env.cr.dbname]))
        self.form = f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}"

    def look(self, code, login, path=None):
        self.browser_js(
            path or self.form,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()

    def test_a_manager_checks_the_connection_and_repairs_the_webhooks(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        count = len(self.shop.subscriptions)
        self.shop.subscriptions[:] = [one for one in self.shop.subscriptions if one.topic != "ORDERS_CREATE"]
        self.look(
            """
            (await until("button[name='action_check_connection']", "Check Connection")).click();
            const card = await until(".o_shopify_findings .o_kanban_record", "orders/create");
            if (!card.querySelector(".text-danger")) {
                throw new Error("a problem must look like one");
            }
            await until(".o_field_widget[name='health']", "Has a problem");
            [...card.querySelectorAll("button")].find((one) => one.textContent.includes("Repair Webhooks")).click();
            await until(".o_field_widget[name='health']", "Healthy");
            await until(".o_shopify_findings .o_kanban_record", "All webhooks are set up");
            await until(".o_shopify_findings .o_kanban_record", "clock agrees");
            none(".o_shopify_findings button");
            """,
            "mona",
        )
        self.assertEqual(len(self.shop.subscriptions), count)
        self.assertEqual(self.store.health, "ok")

    def test_each_pause_has_a_banner_whose_button_ends_it(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.store.write({"pause_in": True, "pause_out": True, "read_only": True})
        self.look(
            """
            await until("div[name='banner_pause_out']", "What goes out is paused");
            await until("div[name='banner_read_only']", "nothing at all is changed");
            for (const name of ["pause_in", "pause_out", "read_only"]) {
                const shown = () => document.querySelector(`div[name='banner_${name}']`)?.getClientRects().length;
                (await until(`div[name='banner_${name}'] button`)).click();
                for (let tries = 0; tries < 200 && shown(); tries++) {
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
                none(`div[name='banner_${name}']`);
            }
            none("div[name='unattended']");
            """,
            "mona",
        )
        self.assertFalse(self.store.pause_in or self.store.pause_out or self.store.read_only)

    def test_the_dashboard_shows_health_and_leads_to_what_was_found(self):
        new_test_user(self.env, "uwe", groups=USER)
        self.store.responsible_id = False
        self.store.action_check_connection()
        self.look(
            """
            const card = await until(".o_kanban_record", "Demo");
            const badge = card.querySelector("a[name='action_open_health']") || await until("a.small", "Worth a look");
            badge.click();
            await until(".o_shopify_findings .o_kanban_record", "Nobody is responsible");
            none(".o_shopify_findings button");
            none("button[name='action_check_connection']");
            """,
            "uwe",
            "/odoo/action-shopify_sync.shopify_store_action",
        )

    def test_crons_that_do_not_run_have_a_banner(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.env.ref("shopify_sync.cron_fast_0").nextcall = fields.Datetime.subtract(fields.Datetime.now(), minutes=30)
        self.look(
            """
            (await until("div[name='unattended'] button", "What to Do")).click();
            await until(".o_shopify_findings .o_kanban_record", "max_cron_threads");
            """,
            "mona",
        )

    def test_a_manager_finds_the_token_and_the_call_limits(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.look(
            """
            (await until(".o_notebook a[name='webhooks']")).click();
            (await until("button[name='action_open_access']")).click();
            await until(".o_field_widget[name='restore_rate']");
            """,
            "mona",
        )
