"""What somebody changes in Shopify's admin, and the echoes of what we set ourselves."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestLevelsIn(ShopifyCase):
    level_echo = True

    def setUp(self):
        super().setUp()
        self.receive(self.mug, 5)
        self.receive(self.tent, 7)
        self.drain()
        self.deliver()
        self.drain()
        self.shop.take_deliveries()

    def level(self, sku="MUG"):
        return self.env["shopify.level"].search([("variant_id.sku", "=", sku)])

    def changes(self):
        return self.env["shopify.level.change"].search([], order="id")

    def hear(self):
        self.deliver()
        self.drain()

    def line_of_mugs(self):
        line = self.written_order()[1].order_line.filtered("shopify_line_id")[:1]
        level = self.level()
        line.write({"shopify_variant_id": level.variant_id.shopify_id, "shopify_location_id": level.location_id.id})
        return line

    def read_long_ago(self):
        """What is believed until now was true before anything happened that happens now."""
        self.level().write(dict.fromkeys(("asked_at", "read_at", "pushed_at"), "2026-01-01"))

    def fulfilled_unheard(self):
        """Somebody else fulfilled an order of two mugs: the messages that are still on their way."""
        order = self.shop.place_order([("MUG", 2)])
        self.hear()
        self.shop.fulfill(order)
        return self.shop.take_deliveries()

    def test_echoes_of_what_we_set_cost_no_call(self):
        self.receive(self.mug, 1)
        self.receive(self.tent, 1)
        self.drain()
        self.receive(self.mug, 2)
        self.drain()
        with self.shop.calls() as calls:
            self.assertEqual(set(self.deliver()), {200})
            self.drain()
        self.assertEqual(dict(calls), {})
        self.assertEqual(set(self.jobs(flow="levels_in").mapped("state")), {"done", "superseded"})
        self.assertFalse(self.changes())

    def test_an_order_is_no_change_by_hand(self):
        self.shop.place_order([("MUG", 2)])
        with self.shop.calls() as calls:
            self.hear()
        self.assertEqual(dict(calls), {"nodes": 1})  # what it was is read once
        self.assertEqual((self.level().on_hand, self.level().committed, self.level().available), (5, 2, 3))
        self.assertFalse(self.changes())

    def after_reading(self, *numbers, wanted=5):
        """These were read, one after the other: what may be set of the pieces that Odoo has."""
        level, flow = self.level(), self.env["shopify.flow.stock_out"]._in_store(self.store)
        for number in numbers:
            quantities = [{"name": name, "quantity": number} for name in ("on_hand", "committed", "available")]
            node = {"tracked": True, "inventoryLevel": {"isActive": True, "quantities": quantities}}
            flow._take(level, node, fields.Datetime.now(), fields.Datetime.now())
        target = flow._targets(self.store, level.variant_id)[level.variant_id, level.location_id]
        self.assertEqual(target.pieces, wanted)
        instead, outcomes = flow._settle_foreign(self.store, {level: target})
        if instead.get(level, wanted) < wanted:
            self.assertIn(level, outcomes)
        return instead.get(level, wanted)

    def test_a_fall_in_doubt_is_waited_for_however_often_it_is_read(self):
        """Two pieces fulfilled by others, one of which was heard of: raising again would offer the other."""
        self.level().write({"is_to_be_read": True, "doubt": 1})
        self.assertEqual(self.after_reading(3), 3)
        self.assertEqual(self.after_reading(3), 3)
        self.assertEqual((self.level().doubt, self.level().on_hand), (1, 3))

    def test_what_may_explain_one_fall_explains_no_second(self):
        """Seed 1 of the race, some days: pieces fulfilled in the second in which the level was read, and then others."""
        self.level().write({"is_to_be_read": True, "doubt": 2})
        self.assertEqual(self.after_reading(3), 3)
        self.level().on_hand = 4  # one more was set meanwhile
        self.assertEqual(self.after_reading(3), 3)
        self.assertIn("went from 5 to 2", self.level().waits_for)

    def test_after_a_rise_nothing_is_raised_however_far_it_fell_again(self):
        self.assertEqual(self.after_reading(25, 7), 5)  # lowered at once
        self.level().on_hand = 3
        self.assertEqual(self.after_reading(1), 1)
        self.assertIn("went up and down again", self.level().waits_for)

    def test_what_was_fulfilled_in_the_moment_of_the_reading_may_be_counted_or_not(self):
        """The higher of the two is believed, so what is found below it is waited for; and after its minute nobody changed it."""
        line, level, now = self.line_of_mugs(), self.level(), fields.Datetime.now()
        level.write({"asked_at": now, "read_at": now})
        level._follow_fulfilled([(line, 2, now, now)])
        self.assertEqual((level.on_hand, level.is_to_be_read, level.doubt), (5, True, 2))
        self.assertEqual(self.after_reading(3), 3)
        self.assertIn("counts 2 pieces", level.waits_for)
        self.let_minutes_pass()
        self.assertEqual(self.after_reading(3), 5)
        self.assertFalse(level.foreign_at or level.doubt or self.changes())
        level._follow_fulfilled([(line, -2, now, now)])  # and so with one that was cancelled
        self.assertEqual((level.on_hand, level.doubt), (5, 2))

    def test_a_doubt_that_is_over_takes_nothing_from_the_minute_of_the_next_fall(self):
        line, level, now = self.line_of_mugs(), self.level(), fields.Datetime.now()
        level.write({"asked_at": now, "read_at": now})
        level._follow_fulfilled([(line, 2, now, now)])
        self.receive(self.mug, -2)
        self.assertEqual(self.after_reading(3, wanted=3), 3)  # nothing is to be raised, so nothing waits
        self.let_minutes_pass()
        self.assertFalse(level.waits_for)
        self.receive(self.mug, 2)
        self.assertEqual(self.after_reading(1), 3)
        self.assertIn("went from 3 to 1", level.waits_for)

    def test_a_doubt_that_nobody_waited_for_hides_no_later_fall(self):
        """Two fulfillments by others, much later: one heard of, and one that is still to be explained has its minute."""
        line, level, now = self.line_of_mugs(), self.level(), fields.Datetime.now()
        level.write({"asked_at": now, "read_at": now})
        level._follow_fulfilled([(line, 1, now, now)])
        self.receive(self.mug, -1)
        self.assertEqual(self.after_reading(4, wanted=4), 4)
        self.let_minutes_pass()
        later = now + timedelta(seconds=9)
        level._follow_fulfilled([(line, 1, later, later)])
        self.assertFalse(level.foreign_at)
        self.receive(self.mug, 1)
        self.assertEqual(self.after_reading(1), 3)
        self.assertIn("went from 3 to 1", level.waits_for)

    def test_a_doubt_stays_while_a_message_is_to_be_taken_in(self):
        self.level().doubt = 2
        self.assertEqual(self.after_reading(3), 3)
        self.store.pause_in = True
        self.let_minutes_pass()
        self.assertEqual(self.after_reading(3), 3)
        self.assertIn("counts 2 pieces", self.level().waits_for)
        self.assertEqual(self.after_reading(2), 2)
        self.store.pause_in = False
        self.assertEqual(self.after_reading(2), 2)  # the last one has a minute of its own
        self.let_minutes_pass()
        self.assertEqual(self.after_reading(2), 5)
        self.assertEqual((self.changes().before, self.changes().after), (5, 2))

    def test_what_was_fulfilled_surely_before_or_after_is_followed(self):
        line, level, now = self.line_of_mugs(), self.level(), fields.Datetime.now()
        earlier, later = now - timedelta(seconds=9), now + timedelta(seconds=9)
        level.write({"asked_at": now, "read_at": now, "pushed_at": False})
        level._follow_fulfilled([(line, 2, earlier, earlier)])
        self.assertEqual((level.on_hand, level.is_to_be_read, level.doubt), (5, False, 0))
        level._follow_fulfilled([(line, 2, later, later)])
        self.assertEqual((level.on_hand, level.is_to_be_read, level.doubt), (3, False, 0))
        level.write({"on_hand": 5, "pushed_at": later})  # it would not have let our call through
        level._follow_fulfilled([(line, 2, earlier, now)])
        self.assertEqual((level.on_hand, level.is_to_be_read, level.doubt), (5, False, 0))

    def test_a_change_of_the_same_moment_as_a_fulfillment_is_not_adopted(self):
        self.store.foreign_stock_change = "adopt"
        self.level().doubt = 2
        self.assertEqual(self.after_reading(25), 25)
        self.let_minutes_pass()
        self.after_reading(25)
        self.assertEqual((self.changes().handling, self.mug.qty_available), ("report", 5))
        self.assertIn("nobody knows by how much", self.changes().note)

    def test_only_the_pieces_in_question_wait(self):
        """A busy shop: others fulfill all the time, and what was received is offered nevertheless."""
        late = self.fulfilled_unheard()
        self.receive(self.mug, 10)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 13)
        self.deliver(late)
        self.drain(due_only=False)
        self.assertEqual(self.shop.on_hand("MUG"), 13)
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 13)
        self.assertFalse(self.changes() or self.jobs(state="pending"))

    def test_all_fulfillments_of_a_wave_explain_its_fall(self):
        """One delivery an order, of a level that was read a moment ago: the first makes it doubtful, and the others count too."""
        orders = [self.shop.place_order([("MUG", 1)]) for _number in range(3)]
        self.hear()
        for order in orders:
            self.ship(self.sale(order))
        self.receive(self.mug, -1)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 1)
        self.receive(self.mug, 4)
        self.drain()
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.mug.qty_available), (5, 5))
        self.assertFalse(self.changes())

    def test_each_fall_is_waited_for_also_after_one_that_was_explained(self):
        first, second = (self.shop.place_order([("MUG", 2)]) for _number in range(2))
        self.hear()
        self.shop.fulfill(first)
        messages = self.shop.take_deliveries()
        self.deliver([one for one in messages if one.topic == "inventory_levels/update"])
        self.drain()
        self.deliver([one for one in messages if one.topic != "inventory_levels/update"])
        self.drain()
        self.let_minutes_pass()
        self.shop.fulfill(second)
        late = self.shop.take_deliveries()
        self.deliver([one for one in late if one.topic == "inventory_levels/update"])
        self.drain(due_only=False)
        self.assertEqual((self.shop.on_hand("MUG"), len(self.changes())), (1, 0))
        self.deliver(late)
        self.drain()
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), len(self.changes())), (1, 0))

    def test_an_order_of_long_ago_explains_no_fall(self):
        self.shop.set_stock("MUG", 3)
        self.hear()
        level = self.level()
        self.assertEqual((level.foreign_from, level.foreign_to), (5, 3))
        line = self.line_of_mugs()
        long_ago = fields.Datetime.from_string("2025-01-01")
        level._follow_fulfilled([(line, 2, long_ago, long_ago)])
        self.assertEqual((level.foreign_from, level.foreign_to, level.doubt), (5, 3, 0))

    def test_nothing_is_decided_while_orders_messages_are_paused(self):
        order = self.shop.place_order([("MUG", 2)])
        self.hear()
        self.store.pause_in = True
        self.shop.fulfill(order)
        self.receive(self.mug, 1)
        self.drain()
        self.deliver()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 4)
        self.store.pause_in = False
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 4)
        self.assertFalse(self.changes())

    def test_nothing_is_decided_while_a_message_could_not_be_taken_in(self):
        """For a quarter of an hour, however often it was tried: it may say what it was."""
        self.assertEqual(self.after_reading(3), 3)
        level, (waiting, *_rest) = self.level(), self.fulfilled_unheard()
        self.deliver([waiting])
        job = self.jobs(flow="orders_in", state="pending")
        job.attempts = 3
        level.foreign_until = fields.Datetime.now() - timedelta(seconds=5)
        for minutes, pieces in ((1, 3), (16, 5)):
            job.flush_recordset()
            moment = fields.Datetime.now() - timedelta(minutes=minutes)
            self.env.cr.execute("UPDATE shopify_job SET create_date = %s WHERE id = %s", [moment, job.id])
            self.assertEqual(self.after_reading(3), pieces)

    def test_many_unknown_ones_are_read_in_one_query(self):
        self.shop.set_stock("MUG", 9)
        self.shop.set_stock("TENT", 9)
        with self.shop.calls() as calls:
            self.hear()
        self.assertEqual(dict(calls), {"nodes": 1, "inventorySetQuantities": 1})
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (5, 7))

    def test_a_quantity_raised_in_shopify_is_listed_and_corrected(self):
        self.shop.set_stock("MUG", 50)
        self.hear()
        self.assertEqual(self.shop.on_hand("MUG"), 5)  # at once; for a moment a message may still say what it was
        self.assertFalse(self.changes())
        self.grace_is_over()
        change = self.changes()
        self.assertEqual((change.before, change.after, change.wanted, change.handling), (5, 50, 5, "correct"))
        self.assertEqual(self.level().note, "Changed in Shopify from 5 to 50; Odoo's 5 was sent again.")
        self.hear()  # the echo of the correction
        self.grace_is_over()
        self.assertEqual(self.changes(), change)

    def test_a_fall_waits_a_moment_for_the_message_that_may_explain_it(self):
        self.shop.set_stock("MUG", 2)
        self.hear()
        self.assertEqual(self.shop.on_hand("MUG"), 2)
        self.assertFalse(self.changes())
        self.assertIn("went from 5 to 2 at Berlin", self.level().waits_for)
        self.assertEqual(self.jobs(flow="stock_out", state="pending").error, self.level().waits_for)
        self.grace_is_over()
        self.assertFalse(self.level().waits_for)
        self.assertEqual(self.shop.on_hand("MUG"), 5)
        self.assertEqual((self.changes().before, self.changes().after, self.changes().handling), (5, 2, "correct"))

    def test_pieces_fulfilled_by_somebody_else_are_not_offered_again_before_their_message(self):
        late = self.fulfilled_unheard()
        self.receive(self.mug, 1)  # a reason to send: 6 here, of which 2 are gone for Shopify
        self.drain()
        self.assertLessEqual(self.shop.on_hand("MUG"), 4)
        self.deliver(late)
        self.drain(due_only=False)
        self.assertEqual(self.shop.on_hand("MUG"), 4)
        self.assertFalse(self.changes())

    def test_a_change_is_only_listed_where_the_store_says_so(self):
        self.store.foreign_stock_change = "report"
        self.shop.set_stock("MUG", 50)
        self.hear()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 50)
        self.assertEqual(self.changes().handling, "report")
        self.receive(self.mug, 1)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 6)  # Odoo's own change goes out

    def test_a_change_found_while_sending_odoos_own_is_sent_over_where_it_is_only_listed(self):
        self.store.foreign_stock_change = "report"
        self.shop.set_stock("MUG", 50)
        self.receive(self.mug, 1)
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 6)
        self.assertEqual(self.changes().handling, "report")

    def test_a_change_is_adopted_where_the_store_says_so(self):
        self.store.foreign_stock_change = "adopt"
        self.shop.set_stock("MUG", 50)
        self.hear()
        self.assertEqual((self.shop.on_hand("MUG"), self.mug.qty_available), (50, 5))
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.mug.qty_available), (50, 50))
        self.assertEqual(self.changes().handling, "adopt")
        move = self.env["stock.move"].search([("product_id", "=", self.mug.id), ("is_inventory", "=", True)])
        self.assertEqual((move.quantity, move.reference), (45, "Changed in Shopify"))
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 50)

    def test_what_odoo_received_meanwhile_is_adopted_on_top(self):
        self.store.foreign_stock_change = "adopt"
        self.shop.set_stock("MUG", 50)
        self.receive(self.mug, 3)
        self.drain()
        self.grace_is_over()
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.mug.qty_available), (53, 53))

    def test_pieces_fulfilled_by_somebody_else_are_never_adopted_as_lost(self):
        """Sold here and fulfilled there at once: what has to fall falls, and the message still explains the rest."""
        self.store.foreign_stock_change = "adopt"
        late = self.fulfilled_unheard()
        self.receive(self.mug, -3)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 2)
        self.deliver(late)
        self.drain()
        self.grace_is_over()
        self.assertEqual((self.mug.qty_available, self.shop.on_hand("MUG")), (2, 0))
        self.assertFalse(self.changes())

    def test_a_fall_stays_unexplained_when_odoo_lowers_the_level_too(self):
        """Seed 135 of the race: lowered for a sale of Odoo's, the fall was forgotten, and the next receipt offered it again."""
        late = self.fulfilled_unheard()
        self.receive(self.mug, -3)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 2)
        self.receive(self.mug, 4)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 4)  # 6 here, of which 2 may be gone
        self.deliver(late)
        self.drain(due_only=False)
        self.assertEqual(self.shop.on_hand("MUG"), 4)
        self.assertFalse(self.changes())

    def test_a_rise_may_hide_a_fall(self):
        order = self.shop.place_order([("MUG", 2)])
        self.hear()
        self.read_long_ago()
        self.shop.set_stock("MUG", 10)
        self.shop.fulfill(order)
        late = self.shop.take_deliveries()
        self.receive(self.mug, 1)
        self.drain()
        self.receive(self.mug, 1)
        self.drain()
        self.assertLessEqual(self.shop.on_hand("MUG"), 6)
        self.deliver(late)
        self.drain(due_only=False)
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 5)
        self.assertEqual(self.changes().after - self.changes().before, 7)

    def test_articles_with_lots_are_not_adopted_but_listed_with_the_reason(self):
        self.store.foreign_stock_change = "adopt"
        self.mug.tracking = "lot"
        self.shop.set_stock("MUG", 50)
        self.hear()
        self.grace_is_over()
        self.assertEqual((self.changes().handling, self.mug.qty_available), ("report", 5))
        self.assertEqual(self.changes().note, "[MUG] Mug is tracked by lots: count it in Odoo.")

    def test_the_message_of_our_own_lost_call_waits_until_it_is_settled(self):
        self.receive(self.mug, 1)
        self.shop.faults.add("inventorySetQuantities", "timeout_after")
        self.drain()
        self.hear()
        self.assertFalse(self.changes())
        self.drain(due_only=False)
        self.assertEqual(self.shop.on_hand("MUG"), 6)
        self.assertFalse(self.changes())
        self.assertFalse(self.jobs(state="pending"))

    def test_an_old_message_that_comes_late_changes_nothing(self):
        self.receive(self.mug, 1)
        self.drain()
        old = self.shop.take_deliveries()
        self.receive(self.mug, 1)
        self.drain()
        self.hear()
        self.deliver(old)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.assertFalse(self.changes())

    def test_a_disconnected_level_is_read_before_it_is_set(self):
        body = {"inventory_item_id": int(self.level().variant_id.inventory_item_id)}
        body["location_id"] = int(self.level().location_id.shopify_id)
        self.shop.fulfill(self.shop.place_order([("MUG", 2)]))
        self.shop.take_deliveries()
        self.shop.emit("inventory_levels/disconnect", body)
        self.hear()
        self.assertTrue(self.level().is_to_be_read)
        self.receive(self.mug, 1)
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(calls["nodes"], 1)
        self.assertEqual(self.shop.on_hand("MUG"), 4)

    def test_levels_of_articles_that_odoo_does_not_know_are_passed_over(self):
        self.shop.set_stock("POSTER", 9)
        with self.shop.calls() as calls:
            self.hear()
        self.assertEqual(dict(calls), {})
        self.assertEqual(self.shop.on_hand("POSTER"), 9)
