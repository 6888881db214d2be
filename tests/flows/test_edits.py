"""Orders edited in Shopify after they went through, or changed here."""

from odoo.fields import Command
from odoo.tests import tagged

from .editing import EditCase


@tagged("post_install", "-at_install")
class TestEdits(EditCase):
    def test_fewer_pieces_lower_the_line_and_its_delivery(self):
        order, sale = self.bought()
        self.edit(order, quantities={"MUG": 2})
        mug = self.line(sale, "MUG")
        self.assertEqual((mug.product_uom_qty, mug.price_total, self.demand(sale, self.mug)), (2, 20.0, 2))
        self.assertAsInShopify(sale, order)
        self.assertEqual(len(sale.picking_ids), 1)
        self.assertIn("Mug: 3 → 2", sale.message_ids[0].body)
        self.assertFalse(self.told(sale))

    def test_more_pieces_raise_the_line_and_its_delivery(self):
        order, sale = self.bought()
        self.edit(order, quantities={"MUG": 5})
        self.assertEqual(self.demand(sale, self.mug), 5)
        self.assertEqual(len(sale.picking_ids), 1)
        self.assertAsInShopify(sale, order)

    def test_a_removed_line_stays_with_nothing_of_it_and_is_not_delivered(self):
        order, sale = self.bought()
        self.edit(order, quantities={"TENT": 0})
        self.assertEqual((self.line(sale, "TENT").product_uom_qty, self.demand(sale, self.tent)), (0, 0))
        self.assertAsInShopify(sale, order)

    def test_an_added_line_is_made_and_delivered(self):
        order, sale = self.bought([("MUG", 1)])
        self.edit(order, add=[("TENT", 1)])
        self.assertEqual(self.line(sale, "TENT").product_id, self.tent)
        self.assertEqual(self.demand(sale, self.tent), 1)
        self.assertEqual(len(sale.picking_ids), 1)
        self.assertAsInShopify(sale, order)

    def test_what_was_added_and_fulfilled_at_once_counts_as_fulfilled(self):
        """By another app, before the edit was heard of: else it would be offered again until the order's next message."""
        order, sale = self.bought([("MUG", 1)])
        self.shop.edit_order(order, add=[("TENT", 2)])
        self.shop.fulfill(order, {"TENT": 2})
        self.deliver()
        self.drain()
        self.assertEqual(self.line(sale, "TENT").shopify_fulfilled_quantity, 2)
        self.receive(self.tent, 1)
        self.drain()
        self.grace_is_over()
        self.assertEqual((self.shop.on_hand("TENT"), self.tent.qty_available), (9, 11))
        self.assertFalse(self.env["shopify.level.change"].search([]))

    def test_discount_shipping_and_pieces_in_one_edit(self):
        order, sale = self.bought(shipping=("DHL", "4.99"))
        self.edit(
            order,
            quantities={"MUG": 2},
            discounts=[("TENT", {"amount": "10.00"})],
            drop_shipping=True,
            shipping=("Express", "9.90"),
        )
        self.assertAsInShopify(sale, order)
        self.assertIn("−10.00 EUR", self.line(sale, "TENT").name)
        shipping = sale.order_line.filtered("is_delivery")
        self.assertEqual(shipping.mapped("product_uom_qty"), [0, 1])

    def test_the_invoice_of_an_edited_order_is_shopifys_too(self):
        order, sale = self.bought()
        self.edit(order, quantities={"MUG": 2}, discounts=[("TENT", {"percent": "7"})])
        self.mug.invoice_policy = self.tent.invoice_policy = "order"
        invoice = sale._create_invoices()
        invoice.action_post()
        self.assertEqual((invoice.amount_total, invoice.amount_tax), (sale.amount_total, sale.amount_tax))
        self.assertAsInShopify(sale, order)

    def test_a_stale_body_changes_nothing(self):
        order, sale = self.bought()
        self.shop.update_order(order, note="first")
        old = self.shop.take_deliveries()
        self.edit(order, quantities={"MUG": 1})
        self.deliver(old)
        self.drain()
        self.assertEqual(self.line(sale, "MUG").product_uom_qty, 1)
        self.assertAsInShopify(sale, order)

    def test_the_same_body_twice_changes_once(self):
        order, sale = self.bought()
        self.edit(order, quantities={"MUG": 5})
        before = len(sale.message_ids)
        self.update(order, tags="vip")
        self.assertEqual((self.demand(sale, self.mug), len(sale.message_ids)), (5, before))

    def test_an_edit_of_another_line_is_applied_after_one_has_shipped(self):
        order, sale = self.bought()
        self.ship(sale, MUG=3)
        self.drain()
        self.edit(order, quantities={"TENT": 0})
        self.assertEqual((self.line(sale, "TENT").product_uom_qty, self.demand(sale, self.mug)), (0, 3))
        self.assertAsInShopify(sale, order)

    def test_an_edit_of_what_has_shipped_is_shown_and_not_applied(self):
        order, sale = self.bought()
        self.ship(sale, MUG=2)
        self.edit(order, quantities={"MUG": 2, "TENT": 2})
        mug, tent = self.line(sale, "MUG"), self.line(sale, "TENT")
        self.assertEqual(
            (mug.product_uom_qty, mug.shopify_quantity, mug.price_total, mug.shopify_gross), (3, 2, 30.0, 20.0)
        )
        self.assertEqual((tent.product_uom_qty, self.demand(sale, self.tent)), (2, 2))
        self.assertEqual((sale.shopify_difference, sale.shopify_to_look_at), ("shopify", True))
        self.assertEqual(sale.order_line.filtered("shopify_difference"), mug)
        self.assertIn("2 shipped", sale.shopify_difference_table)
        self.assertIn("shipped", self.told(sale).note)
        self.assertEqual(self.jobs(flow="orders_in", state="attention").ids, [])

    def test_a_difference_set_aside_comes_back_with_the_next_edit_only(self):
        order, sale = self.bought()
        self.ship(sale, MUG=2)
        self.edit(order, quantities={"MUG": 2})
        sale.action_shopify_set_aside()
        self.assertFalse(sale.shopify_to_look_at or self.told(sale))
        self.update(order, tags="vip")
        self.assertFalse(sale.shopify_to_look_at)
        self.edit(order, quantities={"MUG": 4})
        self.assertTrue(sale.shopify_to_look_at)
        self.assertEqual(len(self.told(sale)), 1)

    def test_apply_takes_over_more_pieces_of_a_line_that_was_shipped(self):
        order, sale = self.bought()
        self.ship(sale, MUG=2)
        self.edit(order, quantities={"MUG": 4})
        self.assertEqual(self.line(sale, "MUG").product_uom_qty, 3)
        sale.action_shopify_apply_edit()
        self.drain()
        self.assertEqual((self.line(sale, "MUG").product_uom_qty, self.demand(sale, self.mug)), (4, 4))
        self.assertAsInShopify(sale, order)
        self.assertFalse(self.told(sale))

    def test_apply_never_goes_below_what_was_shipped(self):
        order, sale = self.bought()
        self.ship(sale)
        self.edit(order, quantities={"MUG": 1})
        sale.action_shopify_apply_edit()
        self.drain()
        self.assertEqual(self.line(sale, "MUG").product_uom_qty, 3)
        self.assertIn("take the goods back", self.told(sale).note)

    def test_an_invoiced_line_keeps_what_it_has(self):
        order, sale = self.bought()
        self.mug.invoice_policy = self.tent.invoice_policy = "order"
        sale._create_invoices().action_post()
        self.edit(order, quantities={"MUG": 2})
        self.assertEqual((self.line(sale, "MUG").product_uom_qty, sale.shopify_difference), (3, "shopify"))
        self.assertIn("invoiced", self.told(sale).note)

    def test_an_edit_that_a_person_followed_by_hand_is_settled(self):
        order, sale = self.bought()
        self.ship(sale, MUG=1)
        self.edit(order, quantities={"MUG": 2})
        self.assertTrue(self.told(sale))
        self.line(sale, "MUG").product_uom_qty = 2
        self.update(order, tags="vip")
        self.assertFalse(self.told(sale))
        self.assertAsInShopify(sale, order)

    def test_an_unknown_tax_on_an_added_line_waits_and_then_continues(self):
        order, sale = self.bought([("MUG", 1)], taxes=())
        body = order.document()
        other = self.shop.place_order([("TENT", 1)], taxes=[("VAT", "0.20")])
        self.shop.take_deliveries()
        added = other.document()["line_items"][0]
        total = {"amount": "209.90", "currency_code": "EUR"}
        both = {"shop_money": total, "presentment_money": total}
        tax = other.document()["total_tax_set"]
        order.body.update(
            line_items=[*body["line_items"], added],
            total_price="209.90",
            total_price_set=both,
            current_total_price="209.90",
            current_total_price_set=both,
            total_tax=tax["shop_money"]["amount"],
            total_tax_set=tax,
            current_total_tax=tax["shop_money"]["amount"],
            current_total_tax_set=tax,
        )
        self.update(order, tags="more")
        self.assertEqual((len(sale.order_line), sale.shopify_difference), (1, "shopify"))
        self.assertIn("VAT", sale.shopify_difference_reason)
        self.map_taxes(self._tax("VAT 20", 20, included=True))
        self.drain()
        self.assertEqual((len(sale.order_line), sale.amount_total), (2, 209.9))
        self.assertFalse(sale.shopify_difference or sale.shopify_difference_reason)

    def test_totals_that_do_not_come_out_change_nothing(self):
        order, sale = self.bought()
        self.shop.edit_order(order, quantities={"MUG": 2})
        self.shop.take_deliveries()
        money = {"amount": "1.00", "currency_code": "EUR"}
        order.body.update(
            current_total_price="1.00", current_total_price_set={"shop_money": money, "presentment_money": money}
        )
        self.update(order, note="odd")
        self.assertEqual((self.line(sale, "MUG").product_uom_qty, self.demand(sale, self.mug)), (3, 3))
        self.assertEqual(sale.shopify_difference, "shopify")
        self.assertIn("could not be applied", sale.shopify_difference_reason)
        self.assertIn("odd", str(sale.note))
        sale.action_shopify_set_aside()
        self.update(order, tags="vip")
        self.assertEqual((sale.shopify_difference, sale.shopify_to_look_at), ("shopify", False))
        self.assertIn("could not be applied", sale.shopify_difference_reason)

    def test_fewer_kits_need_fewer_parts(self):
        if "mrp.bom" not in self.env:
            self.skipTest("kits need Manufacturing")
        kit = self.env["product.product"].create({"name": "Camp", "default_code": "POSTER", "type": "consu"})
        self.env["shopify.variant"].search([("sku", "=", "POSTER")]).action_match()
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": self.mug.id, "product_qty": 2}),
                    Command.create({"product_id": self.tent.id, "product_qty": 1}),
                ],
            }
        )
        order, sale = self.bought([("POSTER", 3)])
        self.edit(order, quantities={"POSTER": 2})
        self.assertEqual((self.demand(sale, self.mug), self.demand(sale, self.tent)), (4, 2))
        self.assertAsInShopify(sale, order)
        self.ship(sale, MUG=2, TENT=0)  # parts of a kit have left, though no whole kit has
        self.edit(order, quantities={"POSTER": 1})
        self.assertEqual((sale.order_line.product_uom_qty, sale.shopify_difference), (2, "shopify"))

    def test_a_locked_order_is_edited_and_locked_again(self):
        order, sale = self.bought()
        sale.action_lock()
        self.edit(order, quantities={"MUG": 1})
        self.assertTrue(sale.locked)
        self.assertAsInShopify(sale, order)
        self.assertEqual(self.demand(sale, self.mug), 1)

    def test_another_address_readdresses_what_has_not_left(self):
        there = {
            "first_name": "Zoë",
            "last_name": "N",
            "address1": "Elm 1",
            "city": "Köln",
            "zip": "50667",
            "country_code": "DE",
        }
        order, sale = self.bought(
            customer={"email": "zoe@example.com", "first_name": "Zoë", "last_name": "N", "address": there}
        )
        self.ship(sale, MUG=1)
        shipped, waiting = sale.picking_ids.sorted(lambda one: one.state != "done")
        before = shipped.partner_id
        self.update(
            order,
            shipping_address={**(order.document()["shipping_address"] or there), "address1": "Oak 2", "city": "Bonn"},
        )
        self.assertEqual((sale.partner_shipping_id.street, waiting.partner_id.city), ("Oak 2", "Bonn"))
        self.assertEqual(shipped.partner_id, before)
        self.assertFalse(waiting.activity_ids)
        self.assertAsInShopify(sale, order)

    def test_a_note_follows_unless_somebody_wrote_here(self):
        order, sale = self.bought(note="Ring twice")
        self.update(order, note="Ring < 3 times")
        self.assertIn("Ring &lt; 3 times", str(sale.note))
        sale.note = "<p>Call Lena</p>"
        self.update(order, note="Do not ring")
        self.assertIn("Call Lena", str(sale.note))
        self.assertIn("Do not ring", sale.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestChangedInOdoo(EditCase):
    def test_a_quantity_changed_here_keeps_price_and_pro_rata_tax_and_the_order_says_so(self):
        _order, sale = self.bought([("MUG", 3)], taxes=[("MwSt", "0.19")])
        line = sale.order_line
        extra = line.extra_tax_data
        extra["manual_tax_amounts"][str(self.vat.id)]["tax_amount_currency"] = 6.00  # far from 19 %
        extra["manual_tax_amounts"][str(self.vat.id)]["base_amount_currency"] = 24.00
        line.write({"extra_tax_data": {**extra, "manual_total_excluded_currency": 24.00}, "tax_ids": line.tax_ids.ids})
        line.product_uom_qty = 2
        self.assertEqual((line.price_unit, line.price_total, line.price_subtotal), (10.0, 20.0, 16.0))
        self.assertEqual(sale.shopify_difference, "odoo")
        self.assertTrue(sale.shopify_to_look_at)
        line.product_uom_qty = 3
        self.assertEqual((line.price_total, line.price_subtotal, sale.shopify_difference), (30.0, 24.0, False))

    def test_a_message_that_changes_nothing_leaves_what_was_changed_here(self):
        order, sale = self.bought()
        self.line(sale, "MUG").product_uom_qty = 2
        self.update(order, tags="vip")
        self.assertEqual((self.line(sale, "MUG").product_uom_qty, sale.shopify_difference), (2, "odoo"))
        self.assertFalse(self.told(sale))

    def test_an_edit_of_a_line_changed_here_is_shown(self):
        order, sale = self.bought()
        self.line(sale, "MUG").product_uom_qty = 2
        self.edit(order, quantities={"MUG": 1, "TENT": 2})
        self.assertEqual((self.line(sale, "MUG").product_uom_qty, self.line(sale, "TENT").product_uom_qty), (2, 2))
        self.assertIn("changed in Odoo", self.told(sale).note)
        sale.action_shopify_apply_edit()
        self.drain()
        self.assertAsInShopify(sale, order)

    def test_a_line_added_here_differs(self):
        _order, sale = self.bought()
        sale.order_line = [(0, 0, {"product_id": self.mug.id, "price_unit": 1.0})]
        self.assertEqual(sale.shopify_difference, "odoo")


@tagged("post_install", "-at_install")
class TestStockOfEditedOrders(EditCase):
    def test_pieces_removed_in_shopify_and_still_reserved_here_are_not_offered(self):
        order, sale = self.bought()
        self.ship(sale, MUG=1)
        self.drain()
        self.edit(order, quantities={"MUG": 2})
        self.env["shopify.job"]._mark_stock(product_ids=self.mug.ids)
        self.drain()
        # 9 on hand, 2 reserved here, of which Shopify keeps 1 committed.
        self.assertEqual((self.shop.on_hand("MUG"), self.shop.available("MUG")), (8, 7))
