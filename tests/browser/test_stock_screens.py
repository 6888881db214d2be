"""Comparing stock and taking over an opening stock as a person meets them: buttons, what is shown, and what comes of it."""

from odoo.tests import new_test_user, tagged

from ..common import CATALOG, ShopifyCase
from .test_screens import PRELUDE

MANAGER, USER, STOCK = "shopify_sync.group_manager", "shopify_sync.group_user", "stock.group_stock_user"


@tagged("post_install", "-at_install")
class TestStockScreens(ShopifyCase):
    catalog = {**CATALOG, "locations": [{"name": "Berlin"}, {"name": "Outlet"}]}

    def setUp(self):
        super().setUp()
        # An administrator's log-in would set the address to the test server's.
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        self.berlin = self.store.location_ids.filtered(lambda place: place.name == "Berlin")
        self.berlin.location_ids = self.warehouse.lot_stock_id
        (self.store.location_ids - self.berlin).location_ids = False
        self.receive(self.mug, 10)
        self.receive(self.tent, 4)
        self.drain()

    def look(self, code, login, path):
        self.browser_js(
            path,
            f"{PRELUDE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()

    def settle(self):
        """What was sent so far, was sent long before the comparison."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE shopify_level SET write_date = write_date - interval '1 hour'")
        self.env.invalidate_all()

    def test_a_manager_compares_looks_and_sends(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.settle()
        self.shop.set_stock("MUG", 7, "Berlin")
        self.shop.set_stock("POSTER", 2, "Berlin")
        self.look(
            """
            (await until("button", "New Comparison")).click();
            await until(".modal .o_field_widget[name='mode']", "Only show what differs");
            const store = document.querySelector(".modal .o_field_widget[name='store_id'] input");
            store.click();
            (await until(".o-autocomplete--dropdown-item", "Demo")).click();
            await new Promise((resolve) => setTimeout(resolve, 300));
            (await until(".modal button[name='action_start_and_open']", "Compare")).click();
            await until(".o_form_view .o_statusbar_status", "Waiting");
            """,
            "mona",
            "/odoo/action-shopify_sync.shopify_stock_check_action",
        )
        self.drain()
        check = self.env["shopify.stock.check"].search([])
        self.assertEqual((check.state, check.different_count, check.outside_count), ("done", 1, 1))
        self.look(
            """
            const row = await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "MUG");
            for (const words of ["10", "7", "Changed in Shopify", "Only shown"]) {
                if (!row.textContent.includes(words)) {
                    throw new Error(`the row must show ${words}: ${row.textContent}`);
                }
            }
            await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "Not linked");
            (await until("button[name='action_correct']", "Send Odoo's Quantities")).click();
            (await until(".modal .btn-primary")).click();
            await until(".o_form_view .o_field_widget[name='mode']", "Send Odoo's quantities");
            """,
            "mona",
            f"/odoo/action-shopify_sync.shopify_stock_check_action/{check.id}",
        )
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 10)
        self.look(
            """
            (await until("a.nav-link[name='stock_check']", "Stock Comparison")).click();
            await until(".o_field_widget[name='stock_check_trend'] canvas");
            await until("button[name='action_check_stock']", "Compare Stock");
            """,
            "mona",
            f"/odoo/action-shopify_sync.shopify_store_action/{self.store.id}",
        )

    def test_a_user_looks_and_does_not_send(self):
        new_test_user(self.env, "uwe", groups=USER)
        self.settle()
        self.shop.set_stock("MUG", 7, "Berlin")
        check = self.env["shopify.stock.check"].create({"store_id": self.store.id})
        check.action_start()
        self.drain()
        self.look(
            """
            await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "MUG");
            none("button[name='action_correct']");
            """,
            "uwe",
            f"/odoo/action-shopify_sync.shopify_stock_check_action/{check.id}",
        )

    def test_an_opening_stock_is_read_looked_at_and_applied(self):
        new_test_user(self.env, "bert", groups=f"{MANAGER},{STOCK}")
        self.shop.set_stock("MUG", 25, "Berlin")
        self.shop.set_stock("POSTER", 2, "Berlin")
        self.look(
            """
            (await until(".o_list_button_add, .o-kanban-button-new", "New")).click();
            const store = await until(".o_field_widget[name='store_id'] input");
            store.click();
            (await until(".o-autocomplete--dropdown-item", "Demo")).click();
            await until(".o_field_widget[name='place_ids'] tr.o_data_row", "Berlin");
            (await until("button[name='action_read']", "Read Shopify")).click();
            await until(".alert-info", "Stock is not sent to this store");
            """,
            "bert",
            "/odoo/action-shopify_sync.shopify_opening_stock_action",
        )
        self.drain()
        opening = self.env["shopify.opening.stock"].search([])
        self.assertEqual(opening.state, "preview")
        self.look(
            """
            await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "MUG");
            await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "Not linked to a product");
            (await until("button[name='action_apply']", "Make These")).click();
            (await until(".modal .btn-primary")).click();
            await until(".o_statusbar_status .o_arrow_button_current", "Applying");
            """,
            "bert",
            f"/odoo/action-shopify_sync.shopify_opening_stock_action/{opening.id}",
        )
        self.drain()
        self.assertEqual((opening.state, self.mug.qty_available), ("done", 25))
        self.look(
            """
            await until(".o_statusbar_status .o_arrow_button_current", "Applied");
            (await until("button[name='action_open_moves']", "Adjusted")).click();
            await until(".o_list_view tr.o_data_row", "Opening stock from Demo");
            """,
            "bert",
            f"/odoo/action-shopify_sync.shopify_opening_stock_action/{opening.id}",
        )
