"""Orders cancelled: in Shopify, in Odoo on request, and deleted."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


class CancelCase(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.accountant = new_test_user(
            self.env,
            "anke",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads,shopify_sync.group_accountant",
        )

    def ask(self, sale, **values):
        """An accountant cancels the order in Shopify by the wizard."""
        wizard = (
            self.env["shopify.order.cancel"]
            .with_user(self.accountant)
            .create({"order_id": sale.id, "refund": "later", **values})
        )
        wizard.action_cancel_in_shopify()


@tagged("post_install", "-at_install")
class TestCancelledInShopify(CancelCase):
    def test_an_order_of_which_nothing_left_is_cancelled_with_its_delivery(self):
        order, sale = self.ordered()
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.assertEqual((sale.state, sale.picking_ids.mapped("state")), ("cancel", ["cancel"]))
        self.assertFalse(sale.shopify_to_look_at)

    def test_after_a_part_has_shipped_the_rest_stays_here_and_a_person_is_told(self):
        order, sale = self.ordered([("MUG", 2), ("TENT", 1)])
        self.ship(sale, MUG=1)
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.assertEqual(sorted(sale.picking_ids.mapped("state")), ["cancel", "done"])
        self.assertEqual(
            (sale.state, sale.shopify_difference, sale.shopify_to_look_at), ("sale", "cancelled_there", True)
        )
        self.assertEqual(self.jobs(flow="orders_in", state="attention").cause, "cancelled_after_shipping")
        self.assertTrue(sale.activity_ids)

    def test_set_aside_it_stays_so_with_the_next_message(self):
        order, sale = self.ordered([("MUG", 2), ("TENT", 1)])
        self.ship(sale, MUG=1)
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        sale.action_shopify_set_aside()
        self.shop.update_order(order, note="refunded")
        self.deliver()
        self.drain()
        self.assertFalse(sale.shopify_to_look_at)
        self.assertFalse(self.jobs(flow="orders_in", state="attention"))

    def test_invoiced_and_not_shipped_nothing_is_shipped_any_more(self):
        order, sale = self.ordered()
        self.mug.invoice_policy = "order"
        sale._create_invoices().action_post()
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.assertEqual(
            (sale.state, sale.picking_ids.state, sale.shopify_difference), ("sale", "cancel", "cancelled_there")
        )

    def test_a_deleted_order_stays_and_says_so(self):
        order, sale = self.ordered()
        self.shop.emit("orders/delete", {"id": order.number})
        self.deliver()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_difference), ("sale", "deleted"))
        self.assertIn("deleted in Shopify", sale.message_ids[0].body)
        self.assertEqual(len(sale.activity_ids), 1)

    def test_an_order_deleted_before_it_was_imported_changes_nothing(self):
        self.shop.emit("orders/delete", {"id": 4711})
        self.assertEqual(self.deliver(), [200])
        self.drain()
        self.assertEqual(self.jobs(flow="order_deletions_in").state, "done")


@tagged("post_install", "-at_install")
class TestCancellationsOut(CancelCase):
    def test_asked_for_in_odoo_it_is_cancelled_on_both_sides(self):
        order, sale = self.ordered()
        self.ask(sale, reason="INVENTORY", staff_note="sold out", notify_customer=False)
        self.assertEqual(sale.shopify_cancel_state, "requested")
        with self.shop.calls() as calls:
            self.drain()
            self.drain(due_only=False)
        self.assertEqual(calls["orderCancel"], 1)
        self.assertEqual((order.cancel_reason.lower(), order.staff_note), ("inventory", "sold out"))
        self.assertEqual(
            (sale.state, sale.shopify_cancel_state, sale.picking_ids.state), ("cancel", "cancelled", "cancel")
        )
        self.assertTrue(sale.shopify_cancelled_at)
        self.deliver()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_to_look_at), ("cancel", False))

    def test_accepted_is_not_yet_cancelled(self):
        _order, sale = self.ordered()
        self.shop.job_lag = None
        self.addCleanup(setattr, self.shop, "job_lag", 0)
        self.ask(sale)
        self.drain()
        self.drain(due_only=False)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("sale", "accepted"))
        with self.assertRaisesRegex(UserError, "already"):
            self.ask(sale)
        self.shop.run_jobs()
        self.drain(due_only=False)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("cancel", "cancelled"))

    def test_the_webhook_that_says_the_same_changes_nothing_more(self):
        _order, sale = self.ordered()
        self.shop.job_lag = None
        self.addCleanup(setattr, self.shop, "job_lag", 0)
        self.ask(sale)
        self.drain()
        self.shop.run_jobs()
        self.deliver()
        with self.shop.calls() as calls:
            self.drain(due_only=False)
        self.assertEqual(calls["orderCancel"], 0)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("cancel", "cancelled"))
        self.assertFalse(self.env["shopify.job"].search([("state", "in", ("pending", "attention", "failed"))]))

    def test_a_job_that_failed_in_shopify_cancels_nothing_here(self):
        _order, sale = self.ordered()
        self.shop.fail_next_job("The location is deactivated.")
        self.ask(sale)
        self.drain()
        self.drain(due_only=False)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("sale", "refused"))
        self.assertEqual(sale.shopify_cancel_message, "The location is deactivated.")
        self.assertTrue(sale.shopify_to_look_at)
        self.assertIn("The location is deactivated.", self.jobs(flow="cancellations_out").error)
        self.ask(sale)
        self.drain()
        self.drain(due_only=False)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("cancel", "cancelled"))

    def test_what_shopify_cancelled_already_is_not_asked_for_again(self):
        order, sale = self.ordered()
        self.shop.cancel_order(order)
        self.shop.take_deliveries()
        self.ask(sale)
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual((calls["orderCancel"], sale.state, sale.shopify_cancel_state), (0, "cancel", "cancelled"))

    def test_after_a_lost_answer_it_looks_first_and_never_asks_twice(self):
        _order, sale = self.ordered()
        self.shop.faults.add("orderCancel", "timeout_after", times=1)
        self.ask(sale)
        with self.shop.calls() as calls:
            self.drain()
            self.drain(due_only=False)
        self.assertEqual(calls["orderCancel"], 1)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("cancel", "cancelled"))

    def test_a_request_that_never_arrived_is_sent_again_after_a_while(self):
        order, sale = self.ordered()
        self.shop.faults.add("orderCancel", "timeout_before", times=1)
        self.ask(sale)
        self.drain()
        self.drain(due_only=False)
        self.assertFalse(order.cancelled_at)
        call = self.jobs(flow="cancellations_out").call_id
        self.assertEqual(call.state, "sent")
        self.env.cr.execute("UPDATE shopify_call SET create_date = create_date - interval '1 hour'")
        self.env.invalidate_all()
        self.drain(due_only=False)
        self.drain(due_only=False)
        self.assertEqual((sale.state, sale.shopify_cancel_state), ("cancel", "cancelled"))

    def test_an_order_cancelled_in_odoo_alone_says_so(self):
        _order, sale = self.ordered()
        sale.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual((sale.shopify_difference, sale.shopify_to_look_at), ("cancelled_here", True))

    def test_who_may_only_look_cannot_cancel(self):
        _order, sale = self.ordered()
        user = new_test_user(
            self.env, "uwe", groups="base.group_user,sales_team.group_sale_salesman_all_leads,shopify_sync.group_user"
        )
        with self.assertRaisesRegex(Exception, "not allowed"):
            self.env["shopify.order.cancel"].with_user(user).create({"order_id": sale.id})
