from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...flows import orders_backfill
from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestOrdersBackfill(ShopifyCase):
    def setUp(self):
        super().setUp()
        # What happens, happened five minutes ago: long enough for the search to believe that no webhook is on its way.
        now = self.shop.clock
        self.patch(self.shop, "clock", lambda: now() - timedelta(minutes=5))

    def lost(self, lines=(("MUG", 1),), **options):
        """An order whose webhook never arrives."""
        order = self.shop.place_order(list(lines), **options)
        self.shop.take_deliveries()
        return order

    def search(self):
        """What the cron does."""
        self.store._cron_fetch_missed_orders()
        self.drain()

    def test_an_order_that_no_webhook_brought_is_found(self):
        order = self.lost([("MUG", 2)], shipping=("DHL", "4.99"))
        self.search()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 24.99))
        self.assertEqual(self.jobs(topic="backfill/missed").state, "done")

    def test_searching_again_adds_nothing(self):
        order = self.lost()
        self.search()
        self.search()
        self.assertEqual(len(self.sale(order)), 1)
        self.assertEqual(len(self.jobs(topic="backfill/missed")), 1)

    def test_what_is_here_as_it_is_there_is_not_fetched(self):
        self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.drain()
        self.search()
        self.assertFalse(self.jobs(topic="backfill/missed"))

    def test_a_change_that_no_webhook_brought_is_followed(self):
        order, sale = self.ordered()
        earlier = self.shop.clock
        self.patch(self.shop, "clock", lambda: earlier() + timedelta(minutes=1))  # `updated_at` has whole seconds
        self.shop.cancel_order(order)
        self.shop.take_deliveries()
        self.search()
        self.assertEqual(sale.state, "cancel")

    def test_missed_orders_are_read_in_one_query_for_the_batch(self):
        for _number in range(12):
            self.lost()
        with self.shop.calls() as calls:
            self.search()
        self.assertEqual(self.env["sale.order"].search_count([("shopify_store_id", "=", self.store.id)]), 12)
        self.assertEqual(calls["orders"], 1)
        self.assertLessEqual(calls["nodes"], 2)  # one for each of the two runners

    def test_a_long_order_is_read_to_its_last_line(self):
        order = self.lost([("MUG", 1)] * 130)
        self.search()
        self.assertEqual(len(self.sale(order).order_line), 130)
        self.assertEqual(self.sale(order).amount_total, 1300.0)

    # -- going live -------------------------------------------------------------------------------
    def test_connecting_for_the_first_time_is_going_live(self):
        self.store.write({"go_live_at": False, "connected_at": False, "state": "draft"})
        self.store.action_connect()
        self.assertAlmostEqual(self.store.go_live_at, fields.Datetime.now(), delta=timedelta(minutes=1))
        self.store.go_live_at = False
        self.store.action_connect()
        self.assertFalse(self.store.go_live_at)

    def test_an_order_from_before_going_live_is_not_imported_by_itself(self):
        self.store.go_live_at = fields.Datetime.now() + timedelta(days=1)
        order = self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.drain()
        self.assertFalse(self.sale(order))
        job = self.jobs(flow="orders_in")
        self.assertEqual(job.state, "done")
        self.assertIn("went live", job.error)
        self.search()
        self.assertFalse(self.sale(order))
        self.ask(wanted=order.name)
        self.assertEqual(self.sale(order).state, "sale")

    def test_what_was_over_before_going_live_is_kept_for_reference_and_not_delivered(self):
        order = self.lost([("MUG", 3)])
        self.shop.fulfill(order)
        self.shop.take_deliveries()
        self.store.go_live_at = fields.Datetime.now() + timedelta(days=1)
        self.ask(wanted=order.name)
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_is_history, sale.amount_total), ("sale", True, 30.0))
        self.assertFalse(sale.picking_ids)

    # -- asked for --------------------------------------------------------------------------------
    def ask(self, **values):
        record = self.env["shopify.backfill"].create({"store_id": self.store.id, **values})
        record.action_start()
        self.drain()
        return record

    def test_one_order_by_name_number_and_address(self):
        for wanted in (
            lambda order: order.name,
            lambda order: order.name.lstrip("#"),
            lambda order: f"https://admin.shopify.com/store/demo/orders/{order.number}?orders=x",
            lambda order: f"gid://shopify/Order/{order.number}",
        ):
            order = self.lost()
            record = self.ask(wanted=wanted(order))
            self.assertEqual(self.sale(order).state, "sale")
            self.assertEqual((record.state, record.done_count, record.progress), ("listed", 1, 100.0))

    def test_an_order_that_is_not_there_is_said_so(self):
        record = self.ask(wanted="#999999")
        self.assertEqual(record.state, "failed")
        self.assertIn("#999999", record.reason)
        with self.assertRaisesRegex(UserError, "names no order"):
            self.env["shopify.backfill"].create(
                {"store_id": self.store.id, "wanted": "https://example.com/cart"}
            ).action_start()

    def test_quotes_in_a_name_do_not_change_the_search(self):
        self.lost()
        record = self.ask(wanted="x' OR name:'#1")
        self.assertEqual(record.state, "failed")

    def test_all_orders_of_a_time(self):
        orders = [self.lost() for _number in range(3)]
        now = fields.Datetime.now()
        record = self.ask(kind="range", since=now - timedelta(days=2), until=now + timedelta(days=2))
        self.assertTrue(all(self.sale(order) for order in orders))
        self.assertEqual((record.found_count, record.new_count, record.done_count), (3, 3, 3))
        again = self.ask(kind="range", since=now - timedelta(days=2), until=now + timedelta(days=2))
        self.assertEqual((again.found_count, again.present_count, again.new_count), (3, 3, 0))

    def test_years_are_listed_by_one_bulk_operation_and_come_in_portions(self):
        orders = [self.lost() for _number in range(5)]
        self.patch(orders_backfill, "MOST_WAITING", 2)
        with self.shop.calls() as calls:
            record = self.ask(kind="range")
            for _run in range(5):  # a run may end before its work does, on a busy machine
                self.drain()
        self.assertEqual((calls["bulkOperationRunQuery"], calls["orders"]), (1, 0))
        self.assertEqual((record.state, record.found_count, record.done_count), ("reading", 2, 2))
        for _portion in range(8):
            self.drain(due_only=False)
        self.assertTrue(all(self.sale(order).state == "sale" for order in orders))
        self.assertEqual((record.state, record.found_count, record.progress), ("listed", 5, 100.0))
        self.assertEqual(len(self.env["sale.order"].search([("shopify_store_id", "=", self.store.id)])), 5)

    def test_a_bulk_operation_that_failed_is_said(self):
        self.lost()
        self.patch(self.shop, "bulk_looks", 3)  # not for the tests that follow
        record = self.ask(kind="range")
        self.shop.bulk[-1].cancelled = True
        for _look in range(3):
            self.drain(due_only=False)
        self.assertEqual(record.state, "failed")
        self.assertIn("CANCEL", record.reason)

    def test_orders_hidden_from_the_app_are_explained(self):
        self.store.granted_scopes = "read_orders"
        now = fields.Datetime.now()
        record = self.env["shopify.backfill"].create(
            {"store_id": self.store.id, "kind": "range", "since": now - timedelta(days=90), "until": now}
        )
        record.action_start()
        self.assertIn("read_all_orders", record.reason)
