"""What the tests of edited orders share."""

from ..common import ShopifyCase


class EditCase(ShopifyCase):
    def bought(self, lines=(("MUG", 3), ("TENT", 1)), taxes=(("MwSt", "0.19"),), **options):
        """A confirmed order with taxes, ten of each article in stock: (the shop's order, the sale)."""
        self.receive(self.mug, 10)
        self.receive(self.tent, 10)
        self.drain()
        order = self.shop.place_order(list(lines), taxes=list(taxes), **options)
        self.deliver()
        self.drain()
        self.map_taxes()
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_difference), ("sale", False), sale.shopify_hold_reason)
        return order, sale

    def edit(self, order, **changes):
        self.shop.edit_order(order, **changes)
        self.deliver()
        self.drain()

    def update(self, order, **changes):
        self.shop.update_order(order, **changes)
        self.deliver()
        self.drain()

    def told(self, sale):
        """Open activities that tell of a difference."""
        kind = self.env.ref("shopify_sync.mail_activity_type_difference")
        return sale.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def line(self, sale, sku):
        return sale.order_line.filtered(lambda line: line.shopify_sku == sku)

    def assertAsInShopify(self, sale, order):
        body = order.document()
        self.assertEqual(f"{sale.amount_total:.2f}", body["current_total_price"])
        self.assertEqual(f"{sale.amount_tax:.2f}", body["current_total_tax"])
        self.assertFalse(sale.shopify_difference)
        self.assertFalse(sale.shopify_to_look_at)

    def demand(self, sale, product):
        moves = sale.picking_ids.move_ids.filtered(lambda move: move.product_id == product and move.state != "cancel")
        return sum(moves.mapped("product_uom_qty"))
