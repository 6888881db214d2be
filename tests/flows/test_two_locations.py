"""A store with two locations: Shopify decides where an order is to be fulfilled, and Odoo follows."""

from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestTwoLocations(ShopifyCase):
    catalog = {
        "locations": [{"name": "Berlin"}, {"name": "Munich"}],
        "products": [
            {
                "title": "Mug",
                "variants": [{"sku": "MUG", "price": "10.00", "tracked": True, "stock": {"Berlin": 0, "Munich": 0}}],
            }
        ],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.name = "Berlin"
        cls.munich = cls.env["stock.warehouse"].create({"name": "Munich", "code": "MUC"})

    def stock(self, berlin=0, munich=0):
        for location, pieces in ((self.warehouse.lot_stock_id, berlin), (self.munich.lot_stock_id, munich)):
            if pieces:
                self.receive(self.mug, pieces, location)
        self.drain()

    def test_locations_are_mapped_by_name_and_levels_are_kept_apart(self):
        self.stock(berlin=3, munich=5)
        self.assertEqual((self.shop.on_hand("MUG", "Berlin"), self.shop.on_hand("MUG", "Munich")), (3, 5))

    def test_the_warehouse_follows_shopifys_location_with_one_query_for_the_batch(self):
        self.stock(munich=5)
        orders = [self.shop.place_order([("MUG", 1)]) for _ in range(3)]
        self.deliver()
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual({self.sale(order).warehouse_id for order in orders}, {self.munich})
        self.assertLessEqual(calls["nodes"], 2)  # a batch for each of the two runners at most

    def test_a_delivery_lowers_the_level_where_shopify_committed_it(self):
        self.stock(berlin=2, munich=5)
        order = self.shop.place_order([("MUG", 4)])
        self.deliver()
        self.drain()
        sale = self.sale(order)
        self.assertEqual(sale.shopify_location_id.name, "Munich")
        self.ship(sale)
        self.drain()
        self.assertEqual((self.shop.on_hand("MUG", "Berlin"), self.shop.on_hand("MUG", "Munich")), (2, 1))
        self.assertEqual(self.shop.committed("MUG"), 0)

    def test_a_piece_reserved_here_and_committed_there_is_not_offered_twice(self):
        self.stock(berlin=2, munich=5)
        order = self.shop.place_order([("MUG", 4)])  # committed in Munich
        self.deliver()
        self.drain()
        sale = self.sale(order)
        sale.picking_ids.do_unreserve()
        sale.picking_ids.location_id = self.warehouse.lot_stock_id
        sale.picking_ids.move_ids.location_id = self.warehouse.lot_stock_id
        sale.picking_ids.action_assign()  # but reserved in Berlin
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG", "Berlin"), 0)
        self.assertEqual(self.shop.available("MUG", "Munich"), 1)
