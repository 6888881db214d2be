"""What a person sees and presses, in a real browser: each screen opens, says what to do next, and its button does it."""

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ...shopify_api.scopes import SCOPES

# `until` waits for what a screen shows after a click; a thrown error fails the test with the selector that never came.
PRELUDE = """
const until = async (selector, text = "") => {
    for (let tries = 0; tries < 200; tries++) {
        const found = [...document.querySelectorAll(selector)].find(
            (element) => element.getClientRects().length && element.textContent.includes(text)
        );
        if (found) {
            return found;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nothing matches ${selector} with the text "${text}"`);
};
const none = (selector) => {
    if ([...document.querySelectorAll(selector)].some((element) => element.getClientRects().length)) {
        throw new Error(`${selector} must not be shown`);
    }
};
"""
USER, ACCOUNTANT, MANAGER = (f"shopify_sync.group_{name}" for name in ("user", "accountant", "manager"))
SALES = "sales_team.group_sale_salesman_all_leads"
REASON = "Shopify charged “MwSt” 19 % and store Berlin has no tax for it."


@tagged("post_install", "-at_install")
class TestScreens(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.env["shopify.store"].create(
            {"name": "Berlin", "shop_domain": "berlin-screens.myshopify.com", "state": "connected", "push_stock": False}
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Jana Vogel"}).id,
                "shopify_store_id": cls.store.id,
                "shopify_order_id": "551042",
                "shopify_order_name": "#1042",
                "shopify_financial_status": "paid",
                "shopify_hold_cause": "tax_unknown",
                "shopify_hold_reason": REASON,
                "order_line": [
                    Command.create({"product_id": cls.env.ref("shopify_sync.product_shipping").id, "price_unit": 4.9})
                ],
            }
        )
        cls.tax = cls.env["shopify.tax"].create(
            {
                "store_id": cls.store.id,
                "title": "Screen tax",
                "rate": 13.5,
                "country_code": cls.env.company.account_fiscal_country_id.code,
                "first_order_name": "#1042",
            }
        )
        cls.job = cls.env["shopify.job"].create(
            {
                "store_id": cls.store.id,
                "company_id": cls.store.company_id.id,
                "flow": "orders_in",
                "key": "order:551042",
                "lane": "fast",
                "topic": "orders/create",
                "payload": '{"id": 551042, "name": "#1042"}',
                "state": "attention",
                "cause": "tax_unknown",
                "cause_key": f"tax:{cls.tax.id}",
                "error": REASON,
                "res_model": "sale.order",
                "res_id": cls.order.id,
                "attempts": 1,
            }
        )

    def user(self, login, *groups):
        return new_test_user(self.env, login, groups=",".join(("base.group_user", *groups)))

    def look(self, path, code, login, *, ready=".o_view_controller"):
        """Open the page as this user and run the steps."""
        self.browser_js(
            path,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready=f"!!document.querySelector({ready!r})",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()

    def test_a_new_store_says_the_three_steps_and_offers_connect(self):
        self.store.state = "draft"
        self.user("mona", MANAGER)
        self.look(
            f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}",
            """
            await until("div[name='steps'] li:nth-child(1)", "Dev Dashboard");
            await until("div[name='steps'] li:nth-child(2)", "client ID and secret");
            await until("div[name='steps'] li:nth-child(3)", "Connect");
            await until("button[name='action_connect'].btn-primary");
            const secret = await until("div[name='client_secret'] input");
            if (secret.type !== "password") {
                throw new Error("the secret is readable on the screen");
            }
            """,
            "mona",
        )

    def test_the_steps_name_exactly_the_scopes_that_are_asked_for(self):
        steps = self.env.ref("shopify_sync.shopify_store_view_form").arch_db.split('name="steps"')[1].split("<group")[0]
        for way in steps.split("</ol>")[:3]:
            named = {part.split("</code>")[0] for part in way.split("<code>")[1:]}
            self.assertEqual(named, set(SCOPES))

    def test_a_user_without_the_managers_right_sees_the_store_but_no_credentials(self):
        self.store.client_id = "screen-client-id"
        self.user("uwe", USER)
        self.look(
            f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}",
            """
            await until(".o_field_widget[name='shop_domain']", "berlin-screens.myshopify.com");
            none("[name='client_id']");
            none("[name='client_secret']");
            none("button[name='action_pause']");
            """,
            "uwe",
        )

    def test_the_dashboard_leads_to_what_waits_for_a_person(self):
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_store_action",
            """
            const card = await until(".o_kanban_record", "Berlin");
            card.querySelector("button[name='action_open_attention_jobs']").click();
            await until(".o_list_view .o_data_row", "Needs a person");
            await until(".o_searchview_facet", "Needs a Person");
            """,
            "uwe",
        )

    def test_a_user_reads_why_a_job_waits_and_retries_it(self):
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_job_action_attention",
            """
            (await until(".o_data_row", "order:551042")).querySelector("td[name='key']").click();
            await until("div[name='reason']", "has no tax for it");
            await until("div[name='payload_pretty']", '"name": "#1042"');
            (await until("button[name='action_retry']")).click();
            await until(".o_arrow_button_current", "Waiting");
            """,
            "uwe",
        )
        self.assertEqual((self.job.state, self.job.attempts), ("pending", 0))

    def test_a_user_sets_selected_jobs_aside(self):
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_job_action_attention",
            """
            (await until(".o_data_row", "order:551042")).querySelector(".o_list_record_selector input").click();
            (await until(".o_control_panel button[name='action_skip']")).click();
            (await until(".modal-footer .btn-primary")).click();
            await until(".o_view_nocontent", "Nothing waits for you");
            """,
            "uwe",
        )
        self.assertEqual(self.job.state, "skipped")

    def test_a_user_retries_all_that_a_filter_shows(self):
        done = self.job.copy({"key": "order:551043", "state": "skipped"})
        more = self.job.copy({"key": "order:551044", "state": "attention"})
        self.user("uwe", USER)
        self.look(
            "/odoo/action-shopify_sync.shopify_job_action_attention",
            """
            await until(".o_data_row", "order:551044");
            (await until(".o_control_panel button[name='action_retry_filter']", "Retry All")).click();
            (await until(".modal-footer .btn-primary")).click();
            await until(".o_notification", "2 will be tried again");
            await until(".o_view_nocontent", "Nothing waits for you");
            """,
            "uwe",
        )
        self.assertEqual((self.job | more | done).mapped("state"), ["pending", "pending", "skipped"])

    def test_a_user_retries_all_that_wait_for_the_same_reason(self):
        more = self.job.copy({"key": "order:551044", "state": "attention"})
        other = self.job.copy(
            {"key": "order:551045", "state": "attention", "cause": "total_differs", "cause_key": False}
        )
        self.user("uwe", USER)
        self.look(
            f"/odoo/action-shopify_sync.shopify_job_action/{self.job.id}",
            """
            await until("button[name='action_open_alike']", "2");
            (await until("button[name='action_retry_alike']")).click();
            await until(".o_arrow_button_current", "Waiting");
            none("button[name='action_retry_alike']");
            """,
            "uwe",
        )
        self.assertEqual((self.job | more | other).mapped("state"), ["pending", "pending", "attention"])

    def test_the_orders_that_wait_for_a_tax_are_one_click_away(self):
        self.user("anna", ACCOUNTANT)
        self.look(
            "/odoo/action-shopify_sync.shopify_tax_action",
            """
            (await until(".o_data_row", "Screen tax")).querySelector("button[name='action_open_waiting']").click();
            await until(".o_breadcrumb", "Orders Waiting");
            await until(".o_data_row", "order:551042");
            """,
            "anna",
        )

    def test_accepting_a_suggestion_maps_the_tax_and_lets_its_orders_go_on(self):
        odoo_tax = self.env["account.tax"].create({"name": "Screen 13.5 %", "amount": 13.5, "type_tax_use": "sale"})
        self.user("anna", ACCOUNTANT, "account.group_account_invoice")
        self.look(
            "/odoo/action-shopify_sync.shopify_tax_action",
            """
            const row = await until(".o_data_row", "Screen tax");
            if (row.querySelector("td[name='order_count']").textContent !== "1") {
                throw new Error("the list must say that one order waits");
            }
            row.querySelector("button[name='action_accept_suggestion']").click();
            await until(".o_data_row td[name='tax_id']", "Screen 13.5 %");
            """,
            "anna",
        )
        self.assertEqual(self.tax.tax_id, odoo_tax)
        self.assertEqual(self.job.state, "pending")

    def test_a_held_order_shows_its_reason_and_the_ways_out(self):
        self.user("olga", ACCOUNTANT, SALES)
        self.look(
            f"/odoo/action-shopify_sync.sale_order_action/{self.order.id}",
            """
            const banner = await until("div[name='shopify_held']", "Unknown tax");
            await until("div[name='shopify_held']", "has no tax for it");
            for (const label of ["Choose Tax", "Check Again", "Release"]) {
                if (![...banner.querySelectorAll("button")].some((button) => button.textContent.includes(label))) {
                    throw new Error(`the banner has no button ${label}`);
                }
            }
            (await until(".o_notebook a[name='shopify']")).click();
            await until(".o_field_widget[name='shopify_store_id']", "Berlin");
            (await until("button[name='action_shopify_recheck']")).click();
            await until("button[name='action_shopify_recheck']:not([disabled])");
            """,
            "olga",
        )
        self.assertEqual(self.job.state, "pending")

    def test_held_orders_have_a_list_that_says_why(self):
        self.user("olga", USER, SALES)
        self.look(
            "/odoo/action-shopify_sync.sale_order_action_held",
            """
            const row = await until(".o_data_row", "#1042");
            if (!row.querySelector("td[name='shopify_hold_cause']").textContent.includes("Unknown tax")) {
                throw new Error("the list does not say why the order is held");
            }
            """,
            "olga",
        )

    def test_a_salesperson_without_any_shopify_right_opens_the_order(self):
        self.user("sally", SALES)
        self.look(
            f"/odoo/action-sale.action_quotations_with_onboarding/{self.order.id}",
            """
            await until("div[name='shopify_held']", "has no tax for it");
            none("button[name='action_shopify_release']");
            (await until(".o_notebook a[name='shopify']")).click();
            await until(".o_field_widget[name='shopify_financial_words']", "Paid");
            none("[name='shopify_store_id']");
            none("button[name='action_open_in_shopify']");
            """,
            "sally",
        )

    def test_an_order_of_odoo_shows_nothing_of_shopify(self):
        order = self.env["sale.order"].create({"partner_id": self.order.partner_id.id})
        self.user("olga", MANAGER, SALES)
        self.look(
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            """
            await until(".o_form_view .o_notebook");
            none("div[name='shopify_held']");
            none("div[name='shopify_placeholder']");
            none(".o_notebook a[name='shopify']");
            """,
            "olga",
        )
