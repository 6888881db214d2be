from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestOrdersIn(ShopifyCase):
    def place(self, lines=(("MUG", 2),), taxes=(("MwSt", "0.19"),), **options):
        return self.shop.place_order(list(lines), taxes=list(taxes), **options)

    def imported(self, *args, **options):
        """An order that went through, its taxes mapped."""
        order = self.place(*args, **options)
        self.deliver()
        self.drain()
        self.map_taxes()
        self.drain()
        return self.sale(order)

    def test_an_order_is_confirmed_with_shopifys_lines_taxes_and_total(self):
        sale = self.imported()
        self.assertEqual(sale.state, "sale")
        self.assertRecordValues(
            sale.order_line,
            [{"product_id": self.mug.id, "product_uom_qty": 2, "price_subtotal": 16.81, "price_total": 20.0}],
        )
        self.assertEqual((sale.amount_total, sale.amount_tax, sale.currency_id.name), (20.0, 3.19, "EUR"))
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 2)

    def test_no_call_is_made_for_an_order_that_a_webhook_brought(self):
        self.place()
        with self.shop.calls() as calls:
            self.deliver()
            self.drain()
        self.assertEqual(dict(calls), {})
        self.assertEqual(self.env["sale.order"].search_count([("shopify_store_id", "=", self.store.id)]), 1)

    def test_a_repeated_delivery_changes_nothing(self):
        order = self.place()
        deliveries = self.shop.take_deliveries()
        self.assertEqual(self.deliver(deliveries) + self.deliver(deliveries), [200, 200])
        self.assertEqual(len(self.jobs(topic="orders/create")), 1)
        self.drain()
        self.assertEqual(len(self.sale(order)), 1)

    def test_an_unknown_tax_holds_the_order_until_it_is_chosen(self):
        order = self.place()
        self.deliver()
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "tax_unknown"))
        self.assertIn("MwSt", sale.shopify_hold_reason)
        self.assertEqual(self.jobs(flow="orders_in").state, "attention")
        self.assertEqual(len(sale.activity_ids), 1)
        self.map_taxes()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_hold_cause, sale.amount_total), ("sale", False, 20.0))

    def test_a_held_order_cannot_be_confirmed(self):
        order = self.place()
        self.deliver()
        self.drain()
        with self.assertRaisesRegex(Exception, "is held"):
            self.sale(order).action_confirm()
        self.assertEqual(self.sale(order).state, "draft")

    def test_an_unknown_article_becomes_a_placeholder_line_with_a_notice(self):
        sale = self.imported([("POSTER", 1), ("MUG", 1)])
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.amount_total, 17.5)
        placeholder = self.env.ref("shopify_sync.product_placeholder")
        self.assertEqual(sale.order_line.filtered(lambda line: line.product_id == placeholder).shopify_sku, "POSTER")
        self.assertTrue(sale.shopify_has_placeholder)
        self.assertIn("POSTER", sale.activity_ids.filtered(lambda one: "article" in one.summary).note)

    def test_discount_shipping_and_tip_come_to_the_cent(self):
        sale = self.imported(
            [("MUG", 3), ("TENT", 1)],
            discount={"code": "TEN", "percent": "10"},
            shipping=("DHL", "4.99"),
            tip="3.00",
        )
        self.assertEqual(sale.state, "sale", sale.shopify_hold_reason)
        self.assertEqual(sale.amount_total, sale.shopify_total)
        self.assertEqual(sale.amount_tax, sale.shopify_total_tax)
        self.assertEqual(sorted(sale.order_line.mapped("shopify_kind")), ["product", "product", "shipping", "tip"])
        mug = sale.order_line.filtered(lambda line: line.product_id == self.mug)
        self.assertEqual((mug.shopify_discount_codes, mug.shopify_discount, mug.price_total), ("TEN", 3.0, 27.0))

    def test_an_older_body_changes_nothing(self):
        order = self.place()
        old = self.shop.take_deliveries()
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.map_taxes()
        self.drain()
        self.assertEqual(self.sale(order).state, "cancel")
        self.deliver(old)
        self.drain()
        self.assertEqual(self.sale(order).state, "cancel")
        self.assertEqual(set(self.jobs(topic="orders/create").mapped("state")), {"done"})

    def test_one_customer_is_one_partner(self):
        buyer = {"email": "Zoë@Example.com", "first_name": "Zoë", "last_name": "O’Neill"}
        first = self.imported(customer=buyer)
        second = self.imported(customer=dict(buyer, email="zoë@example.com"))
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.partner_id.name, "Zoë O’Neill")

    def test_a_users_own_partner_is_not_taken(self):
        staff = self.worker()
        staff.email = "lena@example.com"
        sale = self.imported(customer={"email": "lena@example.com", "first_name": "Lena", "last_name": "Staff"})
        self.assertNotEqual(sale.partner_id, staff.partner_id)

    def test_one_bad_order_does_not_stop_the_others(self):
        orders = [self.place() for _ in range(5)]
        deliveries = self.shop.take_deliveries()
        self.map_taxes()
        broken = self.shop.place_body({**orders[0].document(), "id": 999, "total_price": None, "total_price_set": None})
        deliveries += self.shop.take_deliveries()
        self.deliver(deliveries)
        self.drain()
        self.map_taxes()
        self.drain()
        self.assertEqual({self.sale(order).state for order in orders}, {"sale"})
        self.assertEqual(self.jobs(key="order:999").state, "failed")
        self.assertFalse(self.sale(broken))

    def test_a_placeholder_replaced_by_the_product_keeps_price_and_taxes(self):
        sale = self.imported([("POSTER", 2)])
        line = sale.order_line
        product = self.env["product.product"].create({"name": "Poster", "list_price": 99, "is_storable": True})
        line.product_id = product
        self.assertEqual((line.price_total, line.tax_ids, sale.amount_total), (15.0, self.vat, 15.0))
        self.assertFalse(sale.shopify_has_placeholder)
