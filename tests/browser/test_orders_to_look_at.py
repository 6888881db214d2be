"""Orders that differ, wait for an article or are to be cancelled, in a real browser."""

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .test_screens import ACCOUNTANT, MANAGER, PRELUDE, SALES


@tagged("post_install", "-at_install")
class TestOrdersToLookAt(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.env["shopify.store"].create(
            {"name": "Köln", "shop_domain": "koeln-screens.myshopify.com", "state": "connected", "push_stock": False}
        )
        cls.mug = cls.env["product.product"].create({"name": "Screen mug", "is_storable": True, "list_price": 10})
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Jana Vogel"}).id,
                "shopify_store_id": cls.store.id,
                "shopify_order_id": "551042",
                "shopify_order_name": "#1042",
                "shopify_financial_status": "paid",
                "order_line": [cls.line(cls.mug, 3, 10)],
            }
        )
        cls.order.action_confirm()

    @classmethod
    def line(cls, product, quantity, price, **values):
        return Command.create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "price_unit": price,
                "tax_ids": [Command.clear()],
                "shopify_kind": "product",
                "shopify_quantity": quantity,
                "shopify_gross": quantity * price,
                **values,
            }
        )

    def look(self, path, code, login, *groups):
        """Open the page as a new user with these rights and run the steps."""
        new_test_user(self.env, login, groups=",".join(("base.group_user", SALES, *groups)))
        self.browser_js(
            path,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()

    def path(self):
        return f"/odoo/action-shopify_sync.sale_order_action_to_look_at/{self.order.id}"

    def test_the_wizard_asks_shopify_to_cancel(self):
        self.look(
            self.path(),
            """
            (await until(".o_notebook_headers a[name='shopify']")).click();
            (await until("button", "Cancel in Shopify")).click();
            await until(".modal", "cannot be undone");
            (await until(".modal div[name='restock'] input")).click();
            const note = await until(".modal div[name='staff_note'] input");
            note.value = "sold out";
            note.dispatchEvent(new Event("input", {bubbles: true}));
            note.dispatchEvent(new Event("change", {bubbles: true}));
            (await until(".modal button[name='action_cancel_in_shopify']", "Cancel in Shopify")).click();
            await until("div[name='shopify_cancelling']", "The request is on its way");
            """,
            "anke",
            ACCOUNTANT,
        )
        self.assertEqual((self.order.state, self.order.shopify_cancel_state), ("sale", "requested"))
        job = self.env["shopify.job"].search([("store_id", "=", self.store.id), ("flow", "=", "cancellations_out")])
        request = job._body()
        self.assertEqual((request["restock"], request["staffNote"], request["refund"]), (False, "sold out", True))

    def test_an_edit_that_was_not_applied_is_shown_line_by_line_and_set_aside(self):
        self.order.order_line.write({"shopify_quantity": 2, "shopify_gross": 20, "shopify_pending": True})
        self.look(
            self.path(),
            """
            await until("div[name='shopify_difference'] tbody tr", "Screen mug");
            await until("div[name='shopify_difference'] tbody tr", "Edited in Shopify");
            await until("div[name='shopify_difference'] button[name='action_shopify_apply_edit']");
            (await until("div[name='shopify_difference'] button[name='action_shopify_set_aside']")).click();
            for (let tries = 0; tries < 100 && document.querySelector("div[name='shopify_difference']"); tries++) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            none("div[name='shopify_difference']");
            """,
            "anke",
            ACCOUNTANT,
        )
        self.assertFalse(self.order.shopify_to_look_at)

    def test_the_list_shows_what_is_to_be_looked_at_and_why(self):
        self.order.order_line.product_uom_qty = 5
        self.look(
            "/odoo/action-shopify_sync.sale_order_action_to_look_at",
            """
            await until(".o_data_row", "#1042");
            await until(".o_data_row", "Changed in Odoo");
            """,
            "anke",
            ACCOUNTANT,
        )

    def test_one_click_asks_for_the_product_of_an_unknown_article(self):
        variant = self.env["shopify.variant"].create(
            {"store_id": self.store.id, "title": "Poster", "shopify_id": "901"}
        )
        placeholder = self.env.ref("shopify_sync.product_placeholder")
        self.order.order_line = [self.line(placeholder, 1, 7.5, name="Poster", shopify_variant_id="901")]
        self.look(
            self.path(),
            """
            (await until("div[name='shopify_placeholder'] button[name='action_shopify_create_products']")).click();
            await until(".o_notification", "being created");
            """,
            "mona",
            MANAGER,
        )
        job = self.env["shopify.job"].search([("store_id", "=", self.store.id), ("flow", "=", "new_products_in")])
        self.assertEqual(job.res_id, variant.id)
