"""Articles that no product is linked to: placeholder, hold or a new product; and what happens when they become known."""

from odoo.fields import Command
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestUnknownProduct(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.placeholder = self.env.ref("shopify_sync.product_placeholder")
        self.variant = self.env["shopify.variant"].search([("sku", "=", "POSTER"), ("store_id", "=", self.store.id)])
        self.poster = self.env["product.product"].create({"name": "Art print", "is_storable": True, "list_price": 99})

    def unknown(self, lines=(("POSTER", 2), ("MUG", 1)), **options):
        self.receive(self.mug, 10)
        self.drain()
        order = self.shop.place_order(list(lines), **options)
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def link(self, product=None):
        self.variant.product_id = product or self.poster
        self.drain()

    def test_a_linked_article_takes_its_place_on_every_confirmed_order_and_is_delivered(self):
        sales = [self.unknown(discount={"code": "TEN", "percent": "10"})[1] for _ in range(3)]
        self.assertEqual({sale.state for sale in sales}, {"sale"})
        before = [(sale.amount_total, sale.amount_tax) for sale in sales]
        self.link()
        for sale in sales:
            line = sale.order_line.filtered(lambda one: one.shopify_sku == "POSTER")
            self.assertEqual(line.product_id, self.poster)
            self.assertEqual(line.name.splitlines()[0], "Art print")
            self.assertIn("TEN", line.name)
            self.assertEqual(sale.picking_ids.move_ids.mapped("product_id"), self.mug | self.poster)
            self.assertEqual(len(sale.picking_ids), 1)
            self.assertFalse(sale.shopify_has_placeholder or sale.shopify_to_look_at or sale.activity_ids)
            self.assertFalse(sale.shopify_difference)
        self.assertEqual([(sale.amount_total, sale.amount_tax) for sale in sales], before)

    def test_after_a_part_has_shipped_the_article_gets_a_delivery_of_its_own(self):
        _order, sale = self.unknown()
        self.ship(sale)
        self.link()
        waiting = sale.picking_ids.filtered(lambda one: one.state != "done")
        self.assertEqual((waiting.move_ids.product_id, waiting.move_ids.product_uom_qty), (self.poster, 2))

    def test_an_invoiced_order_gets_its_delivery_too(self):
        _order, sale = self.unknown()
        self.mug.invoice_policy = "order"
        invoice = sale._create_invoices()
        invoice.action_post()
        self.link()
        self.assertIn(self.poster, sale.picking_ids.move_ids.product_id)
        self.assertEqual((sale.amount_total, invoice.amount_total), (25.0, 25.0))

    def test_a_locked_order_is_locked_again(self):
        _order, sale = self.unknown()
        sale.action_lock()
        self.link()
        self.assertTrue(sale.locked)
        self.assertIn(self.poster, sale.picking_ids.move_ids.product_id)

    def test_a_cancelled_order_is_left_alone(self):
        order, sale = self.unknown()
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.link()
        self.assertIn(self.placeholder, sale.order_line.product_id)
        self.assertFalse(sale.shopify_to_look_at)

    def test_a_kit_is_delivered_by_its_parts(self):
        if "mrp.bom" not in self.env:
            self.skipTest("kits need Manufacturing")
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self.poster.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [Command.create({"product_id": self.tent.id, "product_qty": 3})],
            }
        )
        _order, sale = self.unknown()
        self.link()
        parts = sale.picking_ids.move_ids.filtered(lambda move: move.product_id == self.tent)
        self.assertEqual(parts.product_uom_qty, 6)

    def test_the_policy_hold_waits_for_the_link_and_then_continues(self):
        self.store.unknown_product = "hold"
        _order, sale = self.unknown()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "product_unknown"))
        self.assertIn("POSTER", sale.shopify_hold_reason)
        self.link()
        self.assertEqual((sale.state, sale.shopify_hold_cause, sale.amount_total), ("sale", False, 25.0))
        self.assertEqual(sale.picking_ids.move_ids.product_id, self.mug | self.poster)

    def test_the_policy_create_makes_the_product_and_delivers_it(self):
        self.store.unknown_product = "create"
        _order, sale = self.unknown()
        self.drain()
        product = self.variant.product_id
        self.assertEqual((product.name, product.default_code, product.list_price), ("Poster", "POSTER", 7.5))
        self.assertTrue(product.is_storable)
        self.assertIn(product, sale.picking_ids.move_ids.product_id)
        self.assertEqual((sale.amount_total, sale.shopify_has_placeholder), (25.0, False))

    def test_one_click_on_the_order_creates_the_product(self):
        _order, sale = self.unknown()
        sale.action_shopify_create_products()
        self.drain()
        self.assertEqual(self.variant.product_id.default_code, "POSTER")
        self.assertFalse(sale.shopify_has_placeholder)
        self.assertFalse(sale.activity_ids)

    def test_a_product_that_has_the_sku_by_now_is_linked_and_none_is_made(self):
        self.unknown()
        self.poster.default_code = "POSTER"
        self.variant.action_create_product()
        self.drain()
        self.assertEqual(self.variant.product_id, self.poster)
        self.assertEqual(self.env["product.product"].search_count([("default_code", "=", "POSTER")]), 1)

    def test_an_sku_of_two_products_is_a_persons_choice(self):
        self.env["product.product"].create([{"name": name, "default_code": "POSTER"} for name in ("A", "B")])
        self.variant.action_create_product()
        self.drain()
        self.assertFalse(self.variant.product_id)
        self.assertEqual(self.jobs(flow="new_products_in").cause, "product_ambiguous")

    def test_a_variant_never_heard_of_can_be_linked_from_the_list(self):
        self.unknown()
        self.variant.unlink()
        _order, sale = self.unknown()
        variant = self.env["shopify.variant"].search([("sku", "=", "POSTER"), ("store_id", "=", self.store.id)])
        self.assertEqual((variant.title, variant.product_id.id), ("Poster", False))
        variant.product_id = self.poster
        self.drain()
        self.assertTrue(variant.inventory_item_id)
        self.assertFalse(sale.shopify_has_placeholder)

    def test_a_custom_line_holds_nothing_and_says_what_it_is(self):
        self.store.unknown_product = "hold"
        _order, sale = self.unknown([{"title": "Gift wrap", "price": "2.00"}, ("MUG", 1)])
        self.assertEqual(sale.state, "sale")
        self.assertIn("written by hand", sale.activity_ids.note)

    def test_a_custom_line_that_needs_no_shipping_is_whole_as_it_is(self):
        _order, sale = self.unknown([{"title": "Engraving", "price": "2.00", "requires_shipping": False}, ("MUG", 1)])
        self.assertEqual((sale.state, sale.amount_total), ("sale", 12.0))
        self.assertEqual(sale.order_line[0].name, "Engraving")
        self.assertFalse(sale.shopify_has_placeholder or sale.shopify_to_look_at or sale.activity_ids)

    def test_the_same_variant_id_in_another_store_is_another_article(self):
        _order, sale = self.unknown()
        other = self.env["shopify.store"].create(
            {"name": "Other", "shop_domain": "other.myshopify.com", "state": "connected"}
        )
        self.env["shopify.variant"].create(
            {"store_id": other.id, "title": "Hat", "shopify_id": self.variant.shopify_id, "product_id": self.tent.id}
        )
        self.drain()
        self.assertTrue(sale.shopify_has_placeholder)
        self.link()
        self.assertIn(self.poster, sale.order_line.product_id)
        self.assertNotIn(self.tent, sale.order_line.product_id)

    def test_many_waiting_orders_cost_no_more_queries_each_than_few(self):
        few, many = self.queries_for(20), self.queries_for(200)
        self.assertLess(many / 200, few / 20)
        self.assertLess(
            many / 200, 30
        )  # Odoo's own for a delivery: a move, its reservation, a picking and its messages

    def queries_for(self, number):
        """Queries to put a product on so many waiting orders, in batches as the runner makes them."""
        product = self.env["product.product"].create({"name": f"Poster {number}", "is_storable": True})
        sales = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.env.user.partner_id.id,
                    "shopify_store_id": self.store.id,
                    "shopify_order_id": f"{number}{place:04d}",
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.placeholder.id,
                                "name": "Poster",
                                "price_unit": 7.5,
                                "shopify_kind": "product",
                                "shopify_quantity": 1,
                                "shopify_gross": 7.5,
                                "shopify_variant_id": self.variant.shopify_id,
                            }
                        )
                    ],
                }
                for place in range(number)
            ]
        )
        sales.action_confirm()
        self.variant.product_id = product
        flow = self.env["shopify.flow.unknown_products"]._in_store(self.store)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        flow._replace(self.store, sales)
        self.env.flush_all()
        self.assertEqual(sales.order_line.product_id, product)
        self.assertEqual(len(sales.picking_ids), number)
        return self.env.cr.sql_log_count - before
