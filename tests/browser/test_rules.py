"""Workflow rules, fraud holds, shipping methods and the creation of taxes, as a person meets them in a browser."""

from odoo.tests import HttpCase, new_test_user, tagged

from .test_screens import ACCOUNTANT, MANAGER, PRELUDE, SALES, USER


@tagged("post_install", "-at_install")
class TestRuleScreens(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.env["shopify.store"].create(
            {"name": "Bonn", "shop_domain": "bonn-screens.myshopify.com", "state": "connected", "push_stock": False}
        )
        cls.partner = cls.env["res.partner"].create({"name": "Jana Vogel"})

    def user(self, login, *groups):
        return new_test_user(self.env, login, groups=",".join(("base.group_user", *groups)))

    def look(self, path, code, login):
        self.browser_js(
            path,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()

    def order(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "shopify_store_id": self.store.id,
                "shopify_order_id": "77",
                "shopify_order_name": "#77",
                **values,
            }
        )

    def test_a_manager_changes_a_rule_in_the_list_of_the_store(self):
        self.user("mona", MANAGER)
        self.look(
            f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}",
            """
            (await until("a[name='workflow']")).click();
            const cell = await until("div[name='rule_ids'] tr.o_data_row td[name='name']", "Not paid yet");
            await until("div[name='rule_ids'] .o_handle_cell, div[name='rule_ids'] .o_row_handle");
            cell.click();
            const input = await until("div[name='rule_ids'] td[name='name'] input");
            input.value = "Waits for the transfer";
            input.dispatchEvent(new Event("input", {bubbles: true}));
            input.dispatchEvent(new Event("change", {bubbles: true}));
            (await until(".o_form_button_save")).click();
            await until("div[name='rule_ids'] tr.o_data_row td[name='name']", "Waits for the transfer");
            await until(".o_form_saved, .o_form_status_indicator:not(:has(.o_form_button_save:not(.invisible)))");
            """,
            "mona",
        )
        self.assertIn("Waits for the transfer", self.store.rule_ids.mapped("name"))

    def test_a_user_reads_the_rules_and_changes_none(self):
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_workflow_rule_action",
            """
            await until(".o_group_name, .o_data_row", "Bonn");
            none(".o_list_button_add");
            """,
            "uwe",
        )

    def test_an_accountant_creates_a_tax_with_one_click(self):
        row = self.env["shopify.tax"].create(
            {"store_id": self.store.id, "title": "Screen GST", "rate": 12.25, "country_code": "NZ"}
        )
        self.user("olga", ACCOUNTANT, "account.group_account_manager")
        self.look(
            "/odoo/action-shopify_sync.shopify_tax_action",
            """
            const line = (await until("tr.o_data_row td[name='title']", "Screen GST")).closest("tr");
            line.querySelector("button[name='action_create_tax']").click();
            await until("tr.o_data_row td[name='tax_id']", "Screen GST 12.25 %");
            """,
            "olga",
        )
        self.assertEqual((row.tax_id.amount, row.tax_id.country_id.code), (12.25, "NZ"))

    def test_an_order_left_as_a_quotation_says_why(self):
        order = self.order(shopify_waits_because="Workflow rule “Not paid yet” leaves it as a quotation.")
        self.user("sally", SALES)
        self.look(
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            """
            await until("div[name='shopify_waits']", "Not paid yet");
            none("div[name='shopify_held']");
            none("div[name='shopify_waits'] button[name='action_shopify_recheck']");
            """,
            "sally",
        )

    def test_a_risky_order_is_released_by_an_accountant(self):
        order = self.order(shopify_hold_cause="risk_high", shopify_hold_reason="Its fraud risk is high.")
        self.user("olga", ACCOUNTANT, SALES)
        self.look(
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            """
            await until("div[name='shopify_held']", "High fraud risk");
            (await until("div[name='shopify_held'] button[name='action_shopify_release']")).click();
            await until(".modal-body", "although Shopify considers its fraud risk high");
            (await until(".modal-footer .btn-primary")).click();
            for (let tries = 0; tries < 100 && document.querySelector("div[name='shopify_held']"); tries++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            """,
            "olga",
        )
        self.assertEqual((order.shopify_hold_cause, order.shopify_risk_released), (False, True))

    def test_shipping_methods_open_with_what_is_to_choose(self):
        self.env["shopify.shipping.method"].create({"store_id": self.store.id, "title": "Screen express"})
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_shipping_method_action",
            """
            await until("tr.o_data_row.text-warning td[name='title']", "Screen express");
            none(".o_list_button_add");
            """,
            "uwe",
        )

    def test_rules_are_tried_before_an_order_comes(self):
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_workflow_rule_action",
            """
            (await until(".o_control_panel button", "Try Rules")).click();
            await until(".modal div[name='outcome']", "“Paid or authorized” confirms it");
            const status = await until(".modal div[name='status_id'] input");
            status.click();
            (await until(".o-autocomplete--dropdown-item", "Pending")).click();
            await until(".modal table[name='rules'] tr", "needs payment Authorized or Partially paid");
            await until(".modal table[name='rules'] tr.table-success", "Not paid yet");
            await until(".modal div[name='outcome']", "leaves it as a quotation");
            (await until(".modal button", "Open the Rule")).click();
            await until(".o_control_panel .o_breadcrumb", "Not paid yet");
            none(".modal");
            """,
            "uwe",
        )

    def test_the_rules_are_tried_with_an_order(self):
        order = self.order(shopify_financial_status="voided", shopify_channel="pos")
        self.user("uwe", USER, SALES)
        self.look(
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            """
            (await until(".o_notebook a[name='shopify']")).click();
            (await until("button", "Try Rules")).click();
            await until(".modal div[name='remark']", "choose “Paid With”");
            await until(".modal table[name='rules'] tr.table-success", "Voided, expired or refunded");
            """,
            "uwe",
        )
        self.assertFalse(order.shopify_rule_id)
