"""Cases that a hostile reading of the flows found: each failed once."""

from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestReviewOfOrders(ShopifyCase):
    def imported(self, lines=(("MUG", 2),), **options):
        self.receive(self.mug, 10)
        self.receive(self.tent, 10)
        self.drain()
        order = self.shop.place_order(list(lines), **options)
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def update(self, order, **changed):
        """Shopify tells of the order once more, a moment later."""
        self.shop.take_deliveries()
        self.shop.emit("orders/updated", {**order.document(), **changed})
        self.deliver()
        self.drain()

    def test_a_cancellation_after_shipping_is_not_forgotten_with_the_next_message(self):
        order, sale = self.imported()
        self.ship(sale)
        self.drain()
        cancelled = {"cancelled_at": "2030-01-01T00:00:00Z", "updated_at": "2030-01-01T00:00:00Z"}
        self.update(order, **cancelled)
        waiting = self.jobs(flow="orders_in", state="attention")
        self.assertEqual(waiting.cause, "cancelled_after_shipping")
        self.update(order, **cancelled, note="a refund")
        waiting = self.jobs(flow="orders_in", state="attention")
        self.assertEqual(waiting.cause, "cancelled_after_shipping")
        waiting.action_skip()
        self.update(order, **cancelled, note="one more refund")
        self.assertFalse(self.jobs(flow="orders_in", state="attention"))

    def test_a_held_quotation_that_was_sent_is_still_confirmed_when_its_tax_is_chosen(self):
        _order, sale = self.imported(taxes=[("MwSt", "0.19")])
        sale.state = "sent"
        self.map_taxes()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("sale", False))

    def test_a_note_is_the_customers_words_and_no_markup(self):
        _order, sale = self.imported(note="Ring <twice>,\n5 < 6 & more")
        self.assertIn("&lt;twice&gt;,<br>5 &lt; 6 &amp; more", str(sale.note).replace("<br/>", "<br>"))

    def test_a_held_order_keeps_the_money_it_was_read_in(self):
        _order, sale = self.imported(taxes=[("MwSt", "0.19")])
        self.store.order_money = "presentment"
        self.map_taxes()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_money), ("sale", "shop"))

    def test_a_partner_who_is_no_user_is_found_by_email(self):
        partner = self.env["res.partner"].create({"name": "Zoë", "email": "zoe@example.com"})
        _order, sale = self.imported(customer={"email": "Zoe@example.com", "first_name": "Zoë", "last_name": "N"})
        self.assertEqual(sale.partner_id, partner)


@tagged("post_install", "-at_install")
class TestReviewOfStock(ShopifyCase):
    def test_pieces_fulfilled_although_others_of_the_delivery_are_not_are_not_offered_again(self):
        order, sale = self.ordered([("MUG", 3)])
        line = order.routed[0].lines[0]
        line.remaining_quantity = 2  # one was removed from the order there
        self.ship(sale)
        self.drain()
        self.assertEqual(self.jobs(flow="fulfillments_out").cause, "fulfillment_exceeds")
        self.env["shopify.job"]._mark_stock(product_ids=self.mug.ids)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 7)

    def test_goods_on_hold_in_shopify_are_still_counted_there(self):
        order, sale = self.ordered([("MUG", 3)])
        order.routed[0].status = "ON_HOLD"
        self.ship(sale)
        self.drain()
        self.env["shopify.job"]._mark_stock(product_ids=self.mug.ids)
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (10, 7))

    def test_parts_that_leave_within_a_kit_are_reserved_for_others(self):
        if "mrp.bom" not in self.env:
            self.skipTest("kits need Manufacturing")
        kit = self.env["product.product"].create({"name": "Camp", "default_code": "POSTER", "type": "consu"})
        self.env["shopify.variant"].search([("sku", "=", "POSTER")]).action_match()
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [(0, 0, {"product_id": self.mug.id, "product_qty": 2})],
            }
        )
        self.ordered([("POSTER", 2)])
        self.assertEqual(self.shop.available("MUG"), 6)

    def test_two_variants_of_one_product_do_not_offer_the_same_pieces(self):
        poster = self.env["shopify.variant"].search([("sku", "=", "POSTER")])
        poster.product_id = self.mug
        self.ordered([("MUG", 4)])
        self.assertEqual((self.shop.available("MUG"), self.shop.available("POSTER")), (6, 6))

    def test_a_variant_that_shopify_counts_again_is_pushed(self):
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG")])
        variant.tracked = False
        self.receive(self.mug, 5)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 0)
        variant.tracked = True
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 5)

    def test_a_product_message_that_does_not_say_it_leaves_tracking_and_item_alone(self):
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG")])
        item = variant.inventory_item_id
        nodes = self.env["shopify.flow.products_in"]._variants_of(
            {"id": 1, "title": "Mug", "variants": [{"id": int(variant.shopify_id), "title": "Default Title"}]}
        )
        self.env["shopify.flow.products_in"]._save(self.store, nodes)
        self.assertEqual((variant.tracked, variant.inventory_item_id, variant.sku), (True, item, "MUG"))

    def test_a_product_without_options_is_called_by_its_title_alone(self):
        [there] = [one for product in self.shop.products for one in product.variants if one.sku == "MUG"]
        self.assertTrue(there.display_name.endswith(" - Default Title"))
        self.store.action_match_catalog()
        self.drain()
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG")])
        self.assertEqual(f"{variant.title} - Default Title", there.display_name)


@tagged("post_install", "-at_install")
class TestReviewOfFulfillments(ShopifyCase):
    def ordered(self):
        self.receive(self.mug, 20)
        self.drain()
        order = self.shop.place_order([("MUG", 2)])
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def test_a_delivery_that_failed_burns_no_attempt_of_another(self):
        deliveries = [self.ordered() for _ in range(8)]
        self.shop.faults.add("fulfillmentCreate", "http_503", times=1)
        for _order, sale in deliveries:
            self.ship(sale)
        self.drain()
        jobs = self.jobs(flow="fulfillments_out")
        self.assertEqual(sorted(jobs.mapped("state")), ["done"] * 7 + ["pending"])
        self.drain(due_only=False)
        self.assertEqual([len(order.fulfillments) for order, _sale in deliveries], [1] * 8)

    def test_the_same_tracking_number_is_not_sent_and_mailed_twice(self):
        _order, sale = self.ordered()
        picking = self.ship(sale, tracking="1Z")
        self.drain()
        picking.carrier_tracking_ref = "1Z"
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(calls["fulfillmentTrackingInfoUpdate"], 0)

    def test_a_number_written_while_the_fulfillment_is_on_its_way_is_sent_after_it(self):
        order, sale = self.ordered()
        picking = self.ship(sale)
        self.env.cr.flush()
        picking.carrier_tracking_ref = "LATE"  # the runner has read the delivery already, and does not see this
        self.env.cr.flush()
        self.assertEqual(len(self.jobs(flow="fulfillments_out", state="pending")), 2)
        self.drain()
        self.assertEqual([one["number"] for one in order.fulfillments[0].tracking_info], ["LATE"])

    def test_a_call_that_was_not_sent_is_not_looked_for(self):
        order, sale = self.ordered()
        self.ship(sale)
        self.shop.faults.add("fulfillmentCreate", "throttle", times=20)
        self.drain()
        self.shop.faults.clear()
        self.assertFalse(self.env["shopify.call"].search([("state", "=", "sent")]))
        self.drain(due_only=False)
        self.assertEqual(len(order.fulfillments), 1)
