from odoo.tests import Form, tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestFulfillmentsOut(ShopifyCase):
    def test_a_worker_without_any_right_validates_and_shopify_has_the_fulfillment(self):
        order, sale = self.ordered()
        picking = sale.picking_ids
        worker = self.worker()
        picking.with_user(worker).move_ids.write({"quantity": 2, "picked": True})
        picking.with_user(worker).carrier_tracking_ref = "1Z999"
        with self.shop.calls() as calls:
            self.assertIs(picking.with_user(worker).button_validate(), True)
            self.assertEqual(dict(calls), {})  # nothing is sent inside the worker's transaction
            self.drain()
        self.assertEqual(calls["fulfillmentCreate"], 1)
        self.assertEqual(len(order.fulfillments), 1)
        self.assertEqual([parcel["number"] for parcel in order.fulfillments[0].tracking_info], ["1Z999"])
        self.assertTrue(picking.shopify_fulfilled_at)
        self.assertEqual(self.shop.on_hand("MUG"), 8)
        self.assertEqual(self.shop.committed("MUG"), 0)

    def test_a_partial_delivery_is_a_partial_fulfillment_and_the_backorder_the_rest(self):
        order, sale = self.ordered([("MUG", 3), ("TENT", 1)])
        self.ship(sale, MUG=2)
        self.drain()
        self.assertEqual(len(order.fulfillments), 1)
        self.ship(sale)
        self.drain()
        self.assertEqual(len(order.fulfillments), 2)
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.on_hand("TENT")), (7, 9))
        self.assertEqual(self.shop.committed("MUG") + self.shop.committed("TENT"), 0)

    def test_an_answer_that_never_came_is_found_and_not_sent_again(self):
        order, sale = self.ordered()
        self.shop.faults.add("fulfillmentCreate", "timeout_after")
        picking = self.ship(sale)
        self.drain()
        self.assertFalse(picking.shopify_fulfilled_at)
        self.assertEqual(self.jobs(flow="fulfillments_out").state, "pending")
        with self.shop.calls() as calls:
            self.drain(due_only=False)
        self.assertEqual(calls["fulfillmentCreate"], 0)
        self.assertTrue(picking.shopify_fulfilled_at)
        self.assertEqual((len(order.fulfillments), self.shop.on_hand("MUG")), (1, 8))

    def test_what_others_fulfilled_before_is_known_with_the_answer(self):
        """Its message is late, and will say nothing that is new then."""
        self.receive(self.mug, 10)
        self.drain()
        order = self.shop.place_order([("MUG", 4)])
        self.deliver()
        self.drain()
        self.shop.fulfill(order, {"MUG": 1})
        late = self.shop.take_deliveries()
        sale = self.sale(order)
        self.ship(sale, MUG=2)
        self.drain()
        self.assertEqual(sale.order_line.shopify_fulfilled_quantity, 3)
        self.deliver(late)
        self.drain()
        self.grace_is_over()
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.assertFalse(self.env["shopify.level.change"].search([]))

    def test_a_message_that_is_quicker_than_its_answer_is_not_counted_twice(self):
        order, sale = self.ordered()
        level = self.env["shopify.level"].search([("variant_id.sku", "=", "MUG")])
        level.write(dict.fromkeys(("asked_at", "read_at", "pushed_at"), "2026-01-01"))
        self.shop.faults.add("fulfillmentCreate", "timeout_after")
        self.ship(sale)
        self.drain()
        sale.order_line.shopify_fulfilled_quantity = 2  # told by its message, and the level has followed
        level.on_hand = 8
        self.drain(due_only=False)
        self.assertEqual((len(order.fulfillments), level.on_hand, self.shop.on_hand("MUG")), (1, 8, 8))

    def test_a_call_that_was_not_applied_is_sent_again(self):
        order, sale = self.ordered()
        self.shop.faults.add("fulfillmentCreate", "http_503")
        picking = self.ship(sale)
        self.drain()
        self.drain(due_only=False)
        self.assertTrue(picking.shopify_fulfilled_at)
        self.assertEqual(len(order.fulfillments), 1)

    def test_a_tracking_number_that_comes_later_is_sent(self):
        order, sale = self.ordered()
        picking = self.ship(sale)
        self.drain()
        picking.carrier_tracking_ref = "LATE-1, LATE-2"
        self.drain()
        self.assertEqual([parcel["number"] for parcel in order.fulfillments[0].tracking_info], ["LATE-1", "LATE-2"])

    def test_goods_that_shopify_holds_wait_for_a_person(self):
        order, sale = self.ordered()
        order.routed[0].status = "ON_HOLD"
        picking = self.ship(sale)
        self.drain()
        job = self.jobs(flow="fulfillments_out")
        self.assertEqual((job.state, job.cause), ("attention", "fulfillment_on_hold"))
        self.assertEqual(len(order.fulfillments), 0)
        order.routed[0].status = "OPEN"
        job.action_retry()
        self.drain()
        self.assertTrue(picking.shopify_fulfilled_at)

    def test_a_kit_is_fulfilled_with_the_last_of_its_components(self):
        if "mrp.bom" not in self.env:
            self.skipTest("kits need Manufacturing")
        kit = self.env["product.product"].create({"name": "Camp", "default_code": "POSTER", "type": "consu"})
        self.env["shopify.variant"].search([("sku", "=", "POSTER")]).action_match()
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    (0, 0, {"product_id": self.mug.id, "product_qty": 2}),
                    (0, 0, {"product_id": self.tent.id, "product_qty": 1}),
                ],
            }
        )
        order, sale = self.ordered([("POSTER", 2)])
        self.ship(sale, MUG=4)  # no tent yet: no whole kit
        self.drain()
        self.assertEqual(len(order.fulfillments), 0)
        self.ship(sale, TENT=1)
        self.drain()
        self.assertEqual([one.total_quantity for one in order.fulfillments], [1])
        self.ship(sale)
        self.drain()
        self.assertEqual([one.total_quantity for one in order.fulfillments], [1, 1])
        self.assertFalse(self.jobs(flow="fulfillments_out", state="attention"))

    def test_a_worker_without_any_right_opens_the_delivery(self):
        _order, sale = self.ordered()
        worker = self.worker()
        worker.group_ids += self.env.ref(
            "base.group_partner_manager"
        )  # Odoo's own form asks for it (delivery.zip.prefix)
        with Form(sale.picking_ids.with_user(worker), view="stock.view_picking_form") as form:
            form.carrier_tracking_ref = "1Z1"
        self.assertEqual(sale.picking_ids.carrier_tracking_ref, "1Z1")
