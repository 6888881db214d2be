import importlib.util
from pathlib import Path

from odoo.tests import tagged

from ..common import ShopifyCase

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@tagged("post_install", "-at_install")
class TestMigrations(ShopifyCase):
    def migrate(self, script):
        spec = importlib.util.spec_from_file_location("migration", MIGRATIONS / script)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        module.migrate(self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()

    def test_1_2_lines_get_the_location_of_their_order_and_the_offer_is_right_again(self):
        self.receive(self.mug, 10)
        self.drain()
        _order, sale = self.written_order([("MUG", 4)])
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET shopify_location_id = NULL")  # as of old
        self.env.invalidate_all()
        self.env["shopify.job"]._mark_stock(product_ids=self.mug.ids)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 6)  # reserved for "others": four too few are offered
        self.migrate("19.0.1.2.0/post-stock.py")
        self.assertEqual(sale.order_line.shopify_location_id, sale.shopify_location_id)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 10)

    def test_1_2_a_line_that_is_at_no_single_location_stays_so(self):
        self.receive(self.mug, 10)
        self.receive(self.tent, 10)
        _order, sale = self.written_order([("MUG", 1), ("TENT", 1)])
        mug, tent = sale.order_line
        mug.shopify_location_id = False
        self.migrate("19.0.1.2.0/post-stock.py")
        self.assertFalse(mug.shopify_location_id)
        self.assertTrue(tent.shopify_location_id)

    def test_1_2_connected_stores_go_on_as_they_did_and_others_wait_for_a_decision(self):
        self.env["shopify.store"].create(
            [
                {"name": "Off", "shop_domain": "off.myshopify.com", "connected_at": "2026-01-01", "state": "paused"},
                {"name": "New", "shop_domain": "new.myshopify.com"},
            ]
        )
        self.env.cr.execute("UPDATE shopify_store SET stock_decided = FALSE, push_stock = name <> 'Off'")  # as of old
        self.migrate("19.0.1.2.0/post-stock.py")
        found = {
            store.name: (store.push_stock, store.stock_decided)
            for store in self.env["shopify.store"].search([("name", "in", ("Demo", "Off", "New"))])
        }
        self.assertEqual(found, {"Demo": (True, True), "Off": (False, True), "New": (False, False)})
