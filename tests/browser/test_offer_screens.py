"""What is offered, as a person meets it: the decision at a new store, locations with their policy, and the formula of a level."""

from odoo.tests import new_test_user, tagged

from ..common import CATALOG, ShopifyCase
from .test_screens import PRELUDE

MANAGER, USER = "shopify_sync.group_manager", "shopify_sync.group_user"
STOCK, PRODUCTS = "stock.group_stock_user", "product.group_product_manager"
STORES, LOCATIONS = (
    "/odoo/action-shopify_sync.shopify_store_action",
    "/odoo/action-shopify_sync.shopify_location_action",
)
TYPE = """
const type = (input, value) => {
    input.focus();
    input.value = value;
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.blur();
};
const gone = async (selector) => {
    for (let tries = 0; document.querySelector(selector); tries++) {
        if (tries === 200) {
            throw new Error(`${selector} does not go away`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
};
const shows = (element, ...words) => {
    for (const one of words) {
        if (!element.textContent.includes(one)) {
            throw new Error(`“${one}” must be shown in: ${element.textContent}`);
        }
    }
};
"""


class OfferScreens(ShopifyCase):
    catalog = {**CATALOG, "locations": [{"name": "Berlin"}, {"name": "Outlet"}]}

    def setUp(self):
        super().setUp()
        # An administrator's log-in would set the address to the test server's.
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        self.berlin = self.store.location_ids.filtered(lambda place: place.name == "Berlin")
        (self.store.location_ids - self.berlin).location_ids = False

    def look(self, code, login, path):
        self.browser_js(
            path,
            f"{PRELUDE}{TYPE}(async () => {{ {code} none('.o_error_dialog'); console.log('test successful'); }})()",
            ready="!!document.querySelector('.o_view_controller')",
            login=login,
            timeout=120,
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOfferScreens(OfferScreens):
    def setUp(self):
        super().setUp()
        self.berlin.location_ids = self.warehouse.lot_stock_id
        self.receive(self.mug, 10)
        self.drain()
        self.mugs = self.env["shopify.variant"].search([("sku", "=", "MUG")])

    def test_a_manager_keeps_pieces_back_at_a_location(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.look(
            """
            shows(await until(".o_field_widget[name='location_ids']"), "WH/Stock");
            type(await until(".o_field_widget[name='safety_pieces'] input"), "2");
            type(await until(".o_field_widget[name='cap'] input"), "5");
            await until(".o_form_dirty");
            (await until(".o_form_button_save")).click();
            await gone(".o_form_dirty");
            """,
            "mona",
            f"{LOCATIONS}/{self.berlin.id}",
        )
        self.assertEqual((self.berlin.safety_pieces, self.berlin.cap), (2, 5))
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 5)
        self.look(
            """
            const row = await until(".o_list_view tr.o_data_row", "Mug");
            shows(row, "10", "5");
            """,
            "mona",
            "/odoo/action-shopify_sync.shopify_level_action",
        )

    def test_a_location_is_mapped_in_the_list(self):
        new_test_user(self.env, "mona", groups=f"{MANAGER},{STOCK},stock.group_stock_multi_locations")
        shelf = self.env["stock.location"].create(
            {"name": "Outlet Shelf", "location_id": self.warehouse.view_location_id.id, "usage": "internal"}
        )
        self.receive(self.mug, 3, shelf)
        (self.store.location_ids - self.berlin).activate_levels = True
        self.look(
            """
            const row = await until(".o_list_view tr.o_data_row", "Outlet");
            row.querySelector("td[name='location_ids']").click();
            const input = await until("tr.o_selected_row td[name='location_ids'] input");
            input.focus();
            input.value = "Outlet Shelf";
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
            (await until(".o-autocomplete--dropdown-item", "Outlet Shelf")).click();
            await until("tr.o_selected_row td[name='location_ids'] .o_tag", "Outlet Shelf");
            (await until(".o_list_button_save")).click();
            await until(".o_list_button_add, .o_list_view:not(:has(.o_selected_row))");
            """,
            "mona",
            LOCATIONS,
        )
        self.assertEqual((self.store.location_ids - self.berlin).location_ids, shelf)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Outlet"), 3)

    def test_the_way_from_a_product_to_its_formula(self):
        new_test_user(self.env, "paul", groups=f"{USER},{STOCK},{PRODUCTS}")
        self.berlin.safety_pieces = 2
        self.drain()
        self.look(
            """
            const more = document.querySelector(".o_button_more");  // a narrow page folds the buttons
            more?.click();
            (await until("button[name='action_open_shopify_levels']", "Stock in Shopify")).click();
            const row = await until(".o_list_view tr.o_data_row", "Berlin");
            shows(row, "10", "2", "8");
            row.querySelector("td[name='variant_id']").click();
            await until(".alert-info", "On hand 10 − safety 2 = 8.");
            await until(".alert-info", "8 can be bought.");
            """,
            "paul",
            f"/odoo/action-stock.product_template_action_product/{self.mug.product_tmpl_id.id}",
        )

    def test_the_formula_on_the_product_itself(self):
        new_test_user(self.env, "paul", groups=f"{USER},{STOCK},{PRODUCTS}")
        code = """
            (await until(".o_notebook .nav-link", "Shopify")).click();
            shows(await until(".o_field_widget[name='shopify_level_ids'] .o_data_row", "Berlin"), "On hand 10", "10 can be bought");
            """
        for model, number in (("product.template", self.mug.product_tmpl_id.id), ("product.product", self.mug.id)):
            self.look(code, "paul", f"/odoo/{model}/{number}")

    def test_the_formula_on_the_variant_and_why_nothing_is_sent(self):
        new_test_user(self.env, "uwe", groups=USER)
        path = f"/odoo/action-shopify_sync.shopify_variant_action/{self.mugs.id}"
        row = """await until(".o_field_widget[name='level_ids'] tr.o_data_row", "Berlin")"""
        self.look(f"shows({row}, 'On hand 10 = 10', '10 can be bought');", "uwe", path)
        self.mugs.tracked = False
        self.look(
            """
            await until("p", "Shopify does not count the stock of this variant");
            """,
            "uwe",
            path,
        )
        level = self.env["shopify.level"].search([("variant_id", "=", self.mugs.id)])
        self.look(
            """
            await until(".alert-warning", "Nothing is sent.");
            await until(".alert-warning", "switch on “Track quantity” there");
            none("button[name='action_send_now']");
            """,
            "uwe",
            f"/odoo/action-shopify_sync.shopify_level_action/{level.filtered(lambda one: one.location_id == self.berlin).id}",
        )


@tagged("post_install", "-at_install")
class TestDecisionScreens(OfferScreens):
    """A shop that sold before Odoo came."""

    decided = {}

    def setUp(self):
        super().setUp()
        self.berlin.location_ids = self.warehouse.lot_stock_id
        self.shop.set_stock("MUG", 12, "Berlin")
        self.drain()
        self.path = f"{STORES}/{self.store.id}"

    def test_the_banner_leads_to_the_opening_stock_which_begins_the_sending(self):
        new_test_user(self.env, "bert", groups=f"{MANAGER},{STOCK}")
        self.look(
            """
            await until(".o_kanban_record", "Stock is not sent yet.");
            """,
            "bert",
            STORES,
        )
        self.look(
            """
            await until("div[name='banner_stock']", "Shopify goes on selling from its own quantities");
            (await until("button[name='action_take_opening_stock']")).click();
            await until(".o_field_widget[name='place_ids'] tr.o_data_row", "Berlin");
            await until(".alert-info", "Stock is not sent to this store yet.");
            (await until("button[name='action_read']", "Read Shopify")).click();
            await until(".o_statusbar_status .o_arrow_button_current", "Waiting");
            """,
            "bert",
            self.path,
        )
        self.drain()
        self.look(
            """
            (await until("button[name='action_take_opening_stock']")).click();
            await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "MUG");
            (await until("button[name='action_apply']", "Make These")).click();
            (await until(".modal .btn-primary")).click();
            await until(".o_statusbar_status .o_arrow_button_current", "Applying");
            """,
            "bert",
            self.path,
        )
        self.drain()
        self.assertEqual((self.mug.qty_available, self.shop.on_hand("MUG", "Berlin")), (12, 12))
        self.look(
            """
            await until(".o_field_widget[name='push_stock'] input:checked");
            none("div[name='banner_stock']");
            """,
            "bert",
            self.path,
        )

    def test_the_banner_sends_odoos_quantities_after_asking(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.look(
            """
            (await until("button[name='action_send_stock']", "Send Odoo")).click();
            await until(".modal", "sold out in Shopify");
            (await until(".modal .btn-primary")).click();
            await until(".o_field_widget[name='push_stock'] input:checked");
            none("div[name='banner_stock']");
            """,
            "mona",
            self.path,
        )
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 0)

    def test_comparing_first_shows_what_would_change_and_sends_nothing(self):
        new_test_user(self.env, "mona", groups=MANAGER)
        self.look(
            """
            (await until("button[name='action_check_stock']", "Compare First")).click();
            await until(".modal .o_field_widget[name='mode']", "Only show what differs");
            (await until(".modal button[name='action_start_and_open']", "Compare")).click();
            await until(".o_form_view .o_statusbar_status", "Waiting");
            """,
            "mona",
            self.path,
        )
        self.drain()
        check = self.env["shopify.stock.check"].search([])
        self.assertEqual((check.state, check.different_count), ("done", 1))
        self.look(
            """
            shows(await until(".o_field_widget[name='shown_ids'] tr.o_data_row", "MUG"), "0", "12", "Only shown");
            await until("div[name='banner_not_sent']");
            none("button[name='action_correct']");
            """,
            "mona",
            f"/odoo/action-shopify_sync.shopify_stock_check_action/{check.id}",
        )
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 12)

    def test_a_user_reads_that_stock_is_not_sent_and_decides_nothing(self):
        new_test_user(self.env, "uwe", groups=USER)
        self.look(
            """
            await until("div[name='banner_stock']", "Stock is not sent yet");
            none("button[name='action_send_stock']");
            none("button[name='action_leave_stock']");
            """,
            "uwe",
            self.path,
        )

    def test_what_is_left_of_an_opening_stock_is_shown_before_anything_is_sent(self):
        new_test_user(self.env, "bert", groups=f"{MANAGER},{STOCK}")
        self.mug.tracking = "lot"
        opening = self.env["shopify.opening.stock"].create({"store_id": self.store.id})
        opening.action_read()
        self.drain()
        self.shop.set_stock("TENT", 3, "Berlin")
        opening.action_read()
        self.drain()
        opening.action_apply()
        self.drain()
        self.look(
            """
            await until("div[name='banner_left']", "Stock is not sent to this store yet.");
            (await until("div[name='banner_left'] button[name='action_open_lines']", "Show What Is Left")).click();
            await until(".o_list_view", "Tracked by lots");
            """,
            "bert",
            f"/odoo/action-shopify_sync.shopify_opening_stock_action/{opening.id}",
        )
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 12)
