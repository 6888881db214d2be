from datetime import datetime
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestOrdersCheck(ShopifyCase):
    def compare(self):
        """Compare today, as the cron compares yesterday."""
        day = fields.Date.today()
        self.env["shopify.job"]._enqueue("orders_check", [{"store_id": self.store.id, "key": f"check:{day}"}])
        self.drain()
        return self.env["shopify.order.check"].search([("store_id", "=", self.store.id), ("day", "=", day)])

    def setUp(self):
        super().setUp()
        self.store.shop_timezone = "UTC"

    def test_a_day_that_agrees(self):
        self.ordered([("MUG", 2)])
        check = self.compare()
        self.assertRecordValues(
            check,
            [{"shopify_count": 1, "odoo_count": 1, "shopify_amount": 20.0, "odoo_amount": 20.0, "difference_count": 0}],
        )

    def test_an_order_that_never_arrived_is_listed_and_fetched(self):
        order = self.shop.place_order([("MUG", 2)])
        self.shop.take_deliveries()
        check = self.compare()
        self.assertEqual((check.shopify_count, check.odoo_count), (1, 0))
        self.assertRecordValues(
            check.difference_ids,
            [{"order_name": order.name, "cause": "missing", "shopify_amount": 20.0, "odoo_amount": 0.0}],
        )
        self.drain()
        self.assertEqual(self.sale(order).state, "sale")
        again = self.compare()
        self.assertEqual(again, check)
        self.assertRecordValues(again, [{"odoo_count": 1, "odoo_amount": 20.0, "difference_count": 0}])

    def test_what_differs_is_listed_with_both_amounts(self):
        order, sale = self.ordered([("MUG", 2)])
        sale.order_line.product_uom_qty = 3
        self.assertRecordValues(
            self.compare().difference_ids,
            [{"order_name": order.name, "cause": "total", "shopify_amount": 20.0, "odoo_amount": 30.0}],
        )

    def test_cancelled_on_one_side_only(self):
        _order, sale = self.ordered([("MUG", 2)])
        sale.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(self.compare().difference_ids.cause, "cancelled")

    def test_an_order_that_shopify_no_longer_lists(self):
        _order, sale = self.ordered([("MUG", 2)])
        self.shop.orders.clear()
        check = self.compare()
        self.assertEqual((check.shopify_count, check.odoo_count), (0, 1))
        self.assertRecordValues(check.difference_ids, [{"cause": "gone", "sale_order_id": sale.id}])

    def test_a_day_without_orders_was_compared_too(self):
        self.assertRecordValues(self.compare(), [{"shopify_count": 0, "odoo_count": 0, "difference_count": 0}])

    def test_the_day_is_that_of_the_shops_clock(self):
        self.store.shop_timezone = "Pacific/Auckland"
        start, end = self.env["shopify.flow.orders_check"]._bounds(self.store, fields.Date.to_date("2026-01-15"))
        self.assertEqual((str(start), str(end)), ("2026-01-14 11:00:00", "2026-01-15 11:00:00"))

    def test_a_person_compares_today_as_the_shops_clock_has_it(self):
        self.ordered([("MUG", 2)])
        self.store.shop_timezone = "Pacific/Kiritimati"  # 14 hours ahead: for most of the day it is tomorrow there
        today = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
        user = new_test_user(self.env, "carla", groups="shopify_sync.group_user")
        checks = self.env["shopify.order.check"]
        # As the web client calls a button above a list in which nothing is selected.
        call_kw(checks.with_user(user), "action_check_today", [[]], {})
        self.drain()
        check = checks.search([("store_id", "=", self.store.id)])
        self.assertRecordValues(check, [{"day": today, "shopify_count": 1, "odoo_count": 1, "difference_count": 0}])
        check.with_user(user).action_check_again()
        self.drain()
        self.assertEqual(checks.search([("store_id", "=", self.store.id)]), check)
