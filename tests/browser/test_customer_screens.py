"""Customers on the screen: differences are read and settled, a contact is sent to Shopify, a request to be forgotten is decided."""

from odoo.tests import HttpCase, new_test_user, tagged

from .test_screens import MANAGER, PRELUDE, SALES, USER


@tagged("post_install", "-at_install")
class TestCustomerScreens(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.env["shopify.store"].create(
            {"name": "Berlin", "shop_domain": "berlin-people.myshopify.com", "state": "connected", "push_stock": False}
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Zoë Kern-Vogel", "email": "zoe@example.com", "phone": "030 7654321"}
        )
        cls.link = cls.env["shopify.customer"].create(
            {
                "store_id": cls.store.id,
                "shopify_id": "61",
                "partner_id": cls.partner.id,
                "name": "Zoë Kern",
                "email": "zoe@example.com",
                "phone": "+492211234567",
            }
        )

    def look(self, path, code, login, *groups):
        user = new_test_user(
            self.env, login, groups=",".join(("base.group_user", "base.group_partner_manager", *groups))
        )
        self.browser_js(
            path,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()
        return user

    def test_a_difference_is_read_and_shopifys_phone_taken(self):
        self.look(
            "/odoo/action-shopify_sync.shopify_customer_action_differs",
            """
            const row = await until(".o_data_row", "“030 7654321” in Odoo, “+492211234567” in Shopify");
            row.querySelector("button[name='action_compare']").click();
            const line = await until(".modal .o_data_row", "Phone");
            line.querySelector("td[name='take'] input").click();
            for (let tries = 0; tries < 100 && !line.querySelector("td[name='take'] input").checked; tries++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            (await until(".modal button[name='action_take']")).click();
            await until(".o_data_row td[name='differences']", "Name: “Zoë Kern-Vogel” in Odoo, “Zoë Kern” in Shopify");
            for (let tries = 0; tries < 200 && document.querySelector(".modal"); tries++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            """,
            "uwe",
            USER,
        )
        self.assertEqual((self.partner.phone, self.partner.name), ("+492211234567", "Zoë Kern-Vogel"))

    def test_a_contact_shows_its_customer_and_another_one_is_sent(self):
        other = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.com"})
        self.look(
            f"/odoo/action-base.action_partner_form/{other.id}",
            """
            none("div[name='shopify_differs']");
            (await until(".o_notebook a[name='shopify']")).click();
            (await until("button[name='action_create_in_shopify']")).click();
            (await until(".modal div[name='store_id'] input")).click();
            (await until(".o-autocomplete--dropdown-item", "Berlin")).click();
            (await until(".modal div[name='invite'] input")).click();
            (await until(".modal button[name='action_send']", "Create in Shopify")).click();
            await until(".o_notification", "On its way");
            """,
            "uwe",
            USER,
        )
        job = self.env["shopify.job"].search([("key", "=", f"partner:{other.id}")])
        self.assertEqual((job.flow, job.payload), ("customers_out", '{"create": true, "invite": true}'))

    def test_the_contact_form_warns_of_differences(self):
        self.look(
            f"/odoo/action-base.action_partner_form/{self.partner.id}",
            """
            await until("div[name='shopify_differs']", "Shopify says something else");
            (await until(".o_notebook a[name='shopify']")).click();
            await until(".o_data_row", "“030 7654321” in Odoo");
            """,
            "uwe",
            USER,
        )

    def test_without_a_shopify_right_the_contact_is_as_before(self):
        self.look(
            f"/odoo/action-base.action_partner_form/{self.partner.id}",
            """
            await until(".o_form_view .o_notebook");
            none("div[name='shopify_differs']");
            none(".o_notebook a[name='shopify']");
            """,
            "sally",
            SALES,
        )

    def test_a_manager_decides_a_request_to_be_forgotten(self):
        request = self.env["shopify.privacy.request"].create(
            {
                "store_id": self.store.id,
                "kind": "redact",
                "who": "z…@example.com",
                "customer_shopify_id": "61",
                "state": "waiting",
                "why": "Orders are still open: S00042.",
            }
        )
        self.look(
            "/odoo/action-shopify_sync.shopify_privacy_request_action",
            """
            (await until(".o_data_row", "z…@example.com")).querySelector("td[name='who']").click();
            await until("div[name='waiting']", "Orders are still open: S00042.");
            (await until("button[name='action_confirm']")).click();
            (await until(".modal-footer .btn-primary")).click();
            await until(".o_arrow_button_current", "Under way");
            """,
            "mona",
            MANAGER,
        )
        self.assertEqual((request.state, request.confirmed_by_id.login), ("running", "mona"))

    def test_the_stores_decisions_about_customers(self):
        self.look(
            f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}",
            """
            (await until(".o_notebook a[name='customers']")).click();
            await until("div[name='customer_name_wins']");
            none("div[name='default_customer_ids'] table");
            (await until("div[name='anonymous_customer'] label", "The default customer of the country")).click();
            await until("div[name='default_customer_ids'] table");
            (await until(".o_form_button_cancel")).click();
            for (let tries = 0; tries < 100 && document.querySelector("div[name='default_customer_ids'] table"); tries++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            """,
            "mona",
            MANAGER,
        )
