import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...flows import stock_check
from ...flows.stock import listing
from ..common import CATALOG, ShopifyCase

TWO_PLACES = {**CATALOG, "locations": [{"name": "Berlin"}, {"name": "Outlet"}]}


@tagged("post_install", "-at_install")
class TestStockCheck(ShopifyCase):
    catalog = TWO_PLACES

    def setUp(self):
        super().setUp()
        self.berlin = self.store.location_ids.filtered(lambda place: place.name == "Berlin")
        self.outlet = self.store.location_ids - self.berlin
        self.berlin.location_ids = self.warehouse.lot_stock_id
        self.outlet.location_ids = False
        self.receive(self.mug, 10)
        self.receive(self.tent, 4)
        self.drain()
        self.settle()

    def settle(self):
        """What was sent so far, was sent long before the next comparison asks for the list."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE shopify_level SET write_date = write_date - interval '1 hour', pushed_at = pushed_at - interval '1 hour'"
        )
        self.env.invalidate_all()

    def by_hand(self, sku, quantity, place="Berlin"):
        """Somebody types a quantity in Shopify's admin."""
        self.shop.set_stock(sku, quantity, place)
        self.shop.take_deliveries()

    def check(self, mode="report", **values):
        check = self.env["shopify.stock.check"].create({"store_id": self.store.id, "mode": mode, **values})
        check.action_start()
        self.drain()
        return check

    def found(self, check):
        return {
            (line.variant_id.sku, line.location_id.name): (
                line.odoo_quantity,
                line.shopify_quantity,
                line.cause,
                line.action,
            )
            for line in check.difference_ids
        }

    def test_a_shop_that_agrees_has_no_difference_and_is_asked_once(self):
        with self.shop.calls() as calls:
            check = self.check()
        self.assertEqual((check.state, check.compared_count, check.different_count), ("done", 2, 0))
        self.assertFalse(check.difference_ids)
        self.assertEqual(calls, {"bulkOperationRunQuery": 1, "bulkOperation": 1})
        self.assertTrue(check.ended_at >= check.started_at)
        self.assertFalse(self.env["shopify.reading"].search([]))

    def test_a_dry_run_shows_what_somebody_changed_in_shopify_and_sends_nothing(self):
        self.by_hand("MUG", 7)
        with self.shop.calls() as calls:
            check = self.check("report")
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (10, 7, "by_hand", "reported")})
        self.assertEqual((check.different_count, check.corrected_count, check.left_count), (1, 0, 1))
        self.assertNotIn("inventorySetQuantities", calls)
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.assertEqual(self.env["shopify.level"].search([("variant_id.sku", "=", "MUG")]).on_hand, 10)

    def test_a_correction_is_set_by_the_pusher(self):
        self.by_hand("MUG", 7)
        self.by_hand("TENT", 9)
        with self.shop.calls() as calls:
            check = self.check("correct")
            # What Shopify has too many of falls at once; the other may have been shipped there a moment ago.
            self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (7, 4))
            self.assertEqual(check.difference_ids.filtered("sent_at").variant_id.sku, "TENT")
            self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (10, 4))
        self.assertEqual((check.different_count, check.corrected_count, check.left_count), (2, 2, 0))
        self.assertEqual(calls["inventorySetQuantities"], 2)
        self.assertEqual(check.difference_ids.filtered("sent_at").variant_id.sku, "MUG")
        self.settle()
        self.assertEqual(self.check().different_count, 0)

    def test_pieces_shipped_there_a_moment_ago_are_not_offered_again_by_a_correction(self):
        self.map_taxes()
        order = self.shop.place_order([("MUG", 3)])
        self.deliver()
        self.drain()
        self.shop.fulfill(order)
        check = self.check("correct")  # before its message arrives
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (10, 7, "by_hand", "corrected")})
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.deliver()
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.assertFalse(self.env["shopify.level.change"].search([]))

    def test_a_change_by_hand_is_left_to_what_the_store_says_of_those(self):
        self.store.foreign_stock_change = "adopt"
        self.by_hand("MUG", 7)
        check = self.check("correct")
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (10, 7, "by_hand", "reported")})
        self.assertIn("as the store says", check.difference_ids.reason)
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.mug.qty_available), (7, 7))

    def test_what_changes_while_it_is_corrected_is_not_overwritten_with_an_old_number(self):
        self.by_hand("MUG", 7)
        flow = type(self.env["shopify.flow.stock_check"])
        ended = flow._end

        def end(flow, store, check, places):
            self.receive(self.mug, 5)  # after the comparison, before the push
            self.env.cr.flush()
            return ended(flow, store, check, places)

        self.patch(flow, "_end", end)
        check = self.check("correct")
        self.assertEqual(check.difference_ids.odoo_quantity, 10)
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 15)

    def test_committed_pieces_are_no_difference(self):
        self.map_taxes()
        self.shop.place_order([("MUG", 3)])
        check = self.check()  # before the order arrives in Odoo
        self.assertEqual(check.different_count, 0)
        self.deliver()
        self.drain()
        self.settle()
        self.assertEqual(self.check().different_count, 0)

    def test_a_push_that_failed_is_the_cause_with_its_words(self):
        self.by_hand("MUG", 7)
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG")])
        self.env["shopify.job"]._mark_stock(variants=variant)
        self.env.cr.flush()
        job = self.jobs(key=f"variant:{variant.id}", state="pending")
        job.write({"state": "failed", "error": "Shopify refused it.", "cause": "x"})
        check = self.check()
        self.assertEqual(self.found(check)["MUG", "Berlin"][2:], ("failed", "reported"))
        self.assertEqual(check.difference_ids.reason, "Shopify refused it.")

    def test_a_push_that_waits_is_the_cause(self):
        self.store.pause_out = True
        self.receive(self.mug, 2)
        check = self.check()
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (12, 10, "pending", "reported")})

    def test_a_change_that_nobody_noticed_is_found_and_corrected(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_quant SET quantity = 6 WHERE product_id = %s AND quantity = 10", [self.mug.id]
        )
        self.env.invalidate_all()
        check = self.check("correct")
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (6, 10, "unnoticed", "corrected")})
        self.assertEqual(self.shop.on_hand("MUG"), 6)

    def test_an_untracked_variant_is_left_with_what_to_do(self):
        item = self.shop.variant("MUG").inventory_item
        item.tracked = False
        self.by_hand("MUG", 7)
        with self.shop.calls() as calls:
            check = self.check("correct")
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (10, 7, "untracked", "left")})
        self.assertEqual((check.corrected_count, check.left_count), (0, 1))
        self.assertIn("Track quantity", check.difference_ids.reason)
        self.assertNotIn("inventorySetQuantities", calls)

    def test_stock_that_nobody_compares_is_listed_too(self):
        self.by_hand("MUG", 3, "Outlet")
        self.by_hand("POSTER", 8)
        check = self.check("correct")
        self.assertEqual(
            self.found(check),
            {("MUG", "Outlet"): (0, 3, "unmapped", "left"), ("POSTER", "Berlin"): (0, 8, "unlinked", "left")},
        )
        self.assertEqual((check.different_count, check.outside_count), (0, 2))
        self.assertEqual(self.shop.on_hand("POSTER"), 8)

    def test_a_variant_that_shopify_no_longer_has(self):
        self.env["shopify.variant"].search([("sku", "=", "MUG")]).inventory_item_id = "999999"
        check = self.check("correct")
        self.assertEqual(self.found(check)["MUG", "Berlin"], (10, 0, "gone", "left"))

    def test_where_stock_is_not_sent_nothing_is_corrected(self):
        self.store.push_stock = False
        self.by_hand("MUG", 7)
        check = self.check("correct")
        self.assertEqual(self.found(check), {("MUG", "Berlin"): (10, 7, "by_hand", "reported")})
        self.assertIn("switch it on", check.difference_ids.reason)
        self.assertEqual(self.shop.on_hand("MUG"), 7)

    def test_chunks_come_to_the_same_and_memory_does_not_hold_them_all(self):
        self.by_hand("MUG", 7)
        self.by_hand("TENT", 9)
        self.patch(stock_check, "CHUNK", 1)
        self.patch(stock_check, "SECONDS", 0)
        self.patch(listing, "ROWS", 1)
        check = self.check("correct")
        self.assertEqual((check.state, check.compared_count, check.different_count), ("done", 2, 2))
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (10, 4))

    def test_it_waits_for_shopify_and_says_so(self):
        self.shop.bulk_looks = 1
        self.addCleanup(setattr, self.shop, "bulk_looks", 0)
        check = self.check()
        self.assertEqual(check.state, "reading")
        self.assertIn("writing the list", check.progress_words)
        self.drain(due_only=False)
        self.assertEqual(check.state, "done")

    def test_a_list_that_shopify_cannot_write_stops_the_run_which_can_be_started_again(self):
        self.by_hand("MUG", 7)
        self.shop.bulk_looks = 1
        self.addCleanup(setattr, self.shop, "bulk_looks", 0)
        check = self.check()
        self.shop.bulk[-1]._fail()
        self.drain(due_only=False)
        self.assertEqual(check.state, "failed")
        self.assertIn("could not list its stock", check.reason)
        self.shop.bulk_looks = 0
        check.action_start()
        self.drain()
        self.assertEqual((check.state, check.different_count, check.reason), ("done", 1, False))

    def test_a_store_that_is_read_only_is_compared_like_any_other(self):
        self.store.read_only = True
        self.assertEqual(self.check().state, "done")

    def test_a_store_whose_messages_are_paused_says_why_it_waits(self):
        self.store.pause_in = True
        check = self.check()
        self.assertEqual(check.state, "queued")
        self.assertIn("paused", check.waiting_reason.lower())
        self.store.pause_in = False
        self.drain(due_only=False)
        self.assertEqual((check.state, check.waiting_reason), ("done", False))

    def test_the_daily_run_does_as_the_store_says_and_overtakes_none(self):
        self.by_hand("MUG", 7)
        self.store.check_stock = "off"
        self.store._cron_check_stock()
        self.assertFalse(self.env["shopify.stock.check"].search([]))
        self.store.check_stock = "correct"
        self.store._cron_check_stock()
        self.store._cron_check_stock()
        check = self.env["shopify.stock.check"].search([])
        self.assertEqual((len(check), check.mode, check.user_id.id), (1, "correct", False))
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 10)
        self.assertEqual(self.store.stock_difference_count, 1)
        self.assertEqual([one["y"] for one in json.loads(self.store.stock_check_trend)[0]["values"]], [1])

    def test_lines_go_after_ninety_days_and_the_run_stays(self):
        self.by_hand("MUG", 7)
        check = self.check()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE shopify_stock_difference SET create_date = %s", [fields.Datetime.now() - timedelta(days=91)]
        )
        self.env["shopify.stock.difference"]._gc_differences()
        self.assertFalse(check.difference_ids)
        self.assertEqual(check.different_count, 1)

    def test_who_may_ask_for_what(self):
        user = new_test_user(self.env, "uwe", groups="shopify_sync.group_user")
        Check = self.env["shopify.stock.check"].with_user(user)
        self.by_hand("MUG", 7)
        check = Check.create({"store_id": self.store.id, "state": "done", "different_count": 99})
        self.assertEqual((check.state, check.different_count, check.user_id), ("queued", 0, user))
        check.action_start()
        self.drain()
        self.assertEqual((check.state, check.different_count), ("done", 1))
        self.assertEqual(check.difference_ids.variant_id.sku, "MUG")
        with self.assertRaises(AccessError):
            Check.create({"store_id": self.store.id, "mode": "correct"}).action_start()
        with self.assertRaises(AccessError):
            check.write({"different_count": 0})
        other = new_test_user(
            self.env,
            "olga",
            groups="shopify_sync.group_user",
            company_id=(company := self.env["res.company"].create({"name": "Other"})).id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(Check.with_user(other).search([]))
        self.assertFalse(self.env["shopify.stock.difference"].with_user(other).search([]))
