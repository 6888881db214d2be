"""The last piece, sold from each side: two stores on one pool, Odoo's counter, and deliveries that Shopify hears of late."""

from odoo.tests import tagged

from ..common import SECRET, ShopifyCase

OTHER = "other.myshopify.com"


@tagged("post_install", "-at_install")
class TestLastPiece(ShopifyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_shop = cls.open_shop(OTHER).shop
        cls.other_store = cls.store.copy(
            {
                "name": "Other",
                "shop_domain": OTHER,
                "client_id": "client-id",
                "client_secret": SECRET,
                "go_live_at": "2000-01-01",
                "push_stock": True,
            }
        )

    def setUp(self):
        super().setUp()
        self.other_shop.reset()
        self.other_store.action_connect()
        self.drain()
        self.receive(self.mug, 1)
        self.drain()

    def available(self):
        return self.shop.available("MUG"), self.other_shop.available("MUG")

    def other_sale(self, order):
        return self.env["sale.order"].search(
            [("shopify_store_id", "=", self.other_store.id), ("shopify_order_id", "=", str(order.number))]
        )

    def walk_in(self):
        partner = self.env["res.partner"].create({"name": "Walk-in"})
        sale = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": self.mug.id, "product_uom_qty": 1})]}
        )
        sale.action_confirm()
        return sale

    def test_both_stores_offer_it(self):
        self.assertEqual(self.available(), (1, 1))

    def test_sold_in_one_store_the_other_offers_it_no_more(self):
        for shop in (self.shop, self.other_shop):
            with self.subTest(shop=shop.domain):
                order = shop.place_order([("MUG", 1)])
                self.deliver(shop.take_deliveries())
                self.drain()
                self.assertEqual(self.available(), (0, 0))
                sale = self.sale(order) if shop is self.shop else self.other_sale(order)
                self.ship(sale)
                self.drain()
                self.assertEqual(self.available(), (0, 0))
                self.assertEqual((self.shop.on_hand("MUG"), self.other_shop.on_hand("MUG")), (0, 0))
                self.receive(self.mug, 1)
                self.grace_is_over()
                self.assertEqual(self.available(), (1, 1))

    def test_sold_at_the_counter_neither_store_offers_it(self):
        sale = self.walk_in()
        self.drain()
        self.assertEqual(self.available(), (0, 0))
        self.ship(sale)
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.other_shop.on_hand("MUG")), (0, 0))

    def test_sold_at_the_counter_and_in_shopify_at_once_is_offered_to_nobody_else(self):
        self.walk_in()
        order = self.shop.place_order([("MUG", 1)])  # nobody could know
        self.deliver()
        self.drain()
        self.assertEqual(self.sale(order).state, "sale")
        self.assertLessEqual(max(self.available()), 0)

    def test_shipped_and_not_yet_told_is_not_subtracted_twice_nor_offered_again(self):
        self.receive(self.mug, 2)
        self.drain()
        order = self.shop.place_order([("MUG", 1)])
        self.deliver()
        self.drain()
        # Read a while ago: a reading within the second of the call might know of it already.
        self.env["shopify.level"].search([("read_at", "!=", False)]).write({"read_at": "2026-01-01"})
        self.shop.faults.add("fulfillmentCreate", "http_503", times=2)
        self.ship(self.sale(order))
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.committed("MUG")), (3, 1))
        self.assertEqual(self.available(), (2, 2))
        self.shop.faults.clear()
        self.drain(due_only=False)
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.committed("MUG")), (2, 0))
        self.assertEqual(self.available(), (2, 2))

    def test_where_somebody_else_tells_shopify_what_left_is_not_subtracted_twice(self):
        self.store.push_fulfillments = False
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 3)])
        self.deliver()
        self.drain()
        self.ship(self.sale(order), MUG=2)
        self.drain()
        # 3 lie here, one of them promised; Shopify still has all 3 committed.
        self.assertEqual((self.shop.committed("MUG"), self.shop.available("MUG")), (3, 2))
        self.shop.fulfill(order, {"MUG": 2})
        self.deliver()
        self.drain()
        self.assertEqual((self.shop.committed("MUG"), self.shop.available("MUG")), (1, 2))

    def test_pieces_fulfilled_in_shopify_in_part_are_not_offered_while_they_lie_here(self):
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 3)])
        self.deliver()
        self.drain()
        self.shop.fulfill(order, {"MUG": 2})
        self.deliver()
        self.drain(due_only=False)
        self.assertEqual(self.sale(order).order_line.shopify_fulfilled_quantity, 2)
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (3, 2))
        self.receive(self.mug, 1)
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (4, 3))

    def test_a_fulfillment_whose_answer_was_lost_is_not_added_once_more(self):
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 3)])
        self.deliver()
        self.drain()
        self.shop.faults.add("fulfillmentCreate", "timeout_after")
        self.ship(self.sale(order))
        self.receive(self.mug, 1)
        self.drain()
        # Shopify took 3 off; we do not know. What is compared no longer holds, it is read, and the 3 are not added again.
        self.assertEqual(self.shop.committed("MUG"), 0)
        self.assertLessEqual(self.shop.available("MUG"), 3)
        self.drain(due_only=False)
        self.grace_is_over()
        self.assertEqual(self.available(), (3, 3))

    def test_an_order_held_here_and_sent_out_in_shopify_is_not_offered_again(self):
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 2)], taxes=[("VAT", "0.19")])
        self.deliver()
        self.drain()
        self.assertEqual(self.sale(order).shopify_hold_cause, "tax_unknown")
        self.shop.fulfill(order)
        self.deliver()
        self.drain(due_only=False)
        self.receive(self.mug, 1)
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (4, 4))
        self.assertFalse(self.env["shopify.level.change"].search([]))  # its message explained the fall

    def test_one_that_a_rule_leaves_as_a_quotation_is_not_offered_again_either(self):
        self.store.rule_ids.action = "quotation"
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 2)])
        self.deliver()
        self.drain()
        self.assertEqual((self.sale(order).state, self.sale(order).shopify_hold_cause), ("draft", False))
        self.shop.fulfill(order)
        self.deliver()
        self.drain()
        self.receive(self.mug, 1)
        self.drain()
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (4, 4))
        self.assertFalse(self.env["shopify.level.change"].search([]))

    def test_one_whose_lines_name_no_location_is_not_offered_again_either(self):
        self.receive(self.mug, 4)
        self.drain()
        order = self.shop.place_order([("MUG", 2)], taxes=[("VAT", "0.19")])
        self.deliver()
        self.drain()
        self.shop.fulfill(order)
        self.deliver()
        self.drain(due_only=False)
        self.sale(order).order_line.shopify_location_id = False  # imported long ago, or committed at several
        self.env["shopify.job"]._mark_stock(product_ids=self.mug.ids)
        self.drain(due_only=False)
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (3, 3))
