"""One order, several Shopify locations: each line knows where its pieces are committed, also after they moved."""

from datetime import timedelta

from odoo.tests import tagged

from ...flows.stock import foreign
from ..common import ShopifyCase
from ..simulator import fulfillment_orders


@tagged("post_install", "-at_install")
class TestRoutingIn(ShopifyCase):
    catalog = {
        "locations": [{"name": "Berlin"}, {"name": "Munich"}],
        "products": [
            {
                "title": title,
                "variants": [
                    {"sku": title.upper(), "price": "10.00", "tracked": True, "stock": {"Berlin": 0, "Munich": 0}}
                ],
            }
            for title in ("Mug", "Tent")
        ],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.name = "Berlin"
        cls.munich = cls.env["stock.warehouse"].create({"name": "Munich", "code": "MUC"})

    def setUp(self):
        super().setUp()
        self.receive(self.mug, 4)
        self.receive(self.tent, 4, self.munich.lot_stock_id)
        self.drain()

    def order(self, *lines):
        order = self.shop.place_order(list(lines))
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def places(self, sale):
        return {line.shopify_sku: line.shopify_location_id.name for line in sale.order_line if line.shopify_sku}

    def move(self, order, place):
        with self.shop.lock:
            (wish,) = order.routed
            fulfillment_orders.move(self.shop, id=wish.id, new_location_id=self.shop.location(place).id)

    def on_hand(self, sku):
        return self.shop.on_hand(sku, "Berlin"), self.shop.on_hand(sku, "Munich")

    def test_each_line_knows_where_it_is_committed(self):
        _order, sale = self.order(("MUG", 1), ("TENT", 1))
        self.assertEqual(self.places(sale), {"MUG": "Berlin", "TENT": "Munich"})

    def test_an_order_split_over_two_locations_is_taken_off_where_each_line_lies(self):
        self.receive(self.tent, 3)  # the order's warehouse has some as well
        self.drain()
        _order, sale = self.order(("MUG", 1), ("TENT", 4))
        self.assertEqual(self.places(sale), {"MUG": "Berlin", "TENT": "Munich"})
        # The tents are committed in Munich; here they are reserved in Berlin, which has 3: none of those is offered twice.
        self.assertEqual(self.on_hand("TENT"), (0, 4))
        self.assertEqual((self.shop.available("TENT", "Berlin"), self.shop.available("TENT", "Munich")), (0, 0))
        self.assertEqual(self.on_hand("MUG"), (4, 0))

    def test_one_delivery_for_two_locations_counts_as_fulfilled_in_both(self):
        self.receive(self.tent, 4)
        _order, sale = self.order(("MUG", 1), ("TENT", 4))
        sale.order_line.move_ids._do_unreserve()
        sale.picking_ids.action_assign()
        self.ship(sale)
        self.drain()
        lines = sale.order_line.filtered("shopify_line_id")
        self.assertEqual(lines.mapped("shopify_fulfilled_quantity"), [1, 4])
        self.grace_is_over()
        self.assertEqual((self.on_hand("MUG"), self.on_hand("TENT")), ((3, 0), (0, 4)))

    def test_a_line_that_moved_is_reserved_for_others_where_it_was(self):
        order, sale = self.order(("MUG", 3))
        self.assertEqual(self.on_hand("MUG"), (4, 0))
        self.move(order, "Munich")
        with self.shop.calls() as calls:
            self.deliver()
            self.drain()
        self.assertEqual(self.places(sale), {"MUG": "Munich"})
        # Shopify takes the 3 off Munich now, while Odoo will send them from Berlin.
        self.assertEqual((self.shop.available("MUG", "Berlin"), self.on_hand("MUG")), (1, (1, 0)))
        self.assertEqual(calls["nodes"], 1)

    def test_the_last_piece_that_moved_is_shipped_and_both_sides_agree(self):
        order, sale = self.order(("MUG", 4))
        self.move(order, "Munich")
        self.deliver()
        self.drain()
        self.patch(
            foreign, "GRACE", timedelta()
        )  # a fall that might still be explained by a message is waited for, else
        self.ship(sale)
        self.drain()
        self.assertEqual(self.on_hand("MUG"), (0, 0))
        self.assertEqual((self.shop.committed("MUG"), self.shop.available("MUG")), (0, 0))

    def test_a_move_of_an_order_that_odoo_does_not_have_is_no_failure(self):
        order = self.shop.place_order([("MUG", 1)])
        self.shop.take_deliveries()
        self.move(order, "Munich")
        self.deliver()
        self.drain()
        self.assertEqual(self.jobs(flow="routing_in").state, "done")

    def test_topics_whose_scope_was_not_granted_are_not_subscribed_to(self):
        flow = self.env["shopify.flow"]
        self.assertIn("fulfillment_orders/moved", flow._subscribed_topics(self.store))
        self.store.granted_scopes = "read_customers, read_locations, read_orders, read_products, write_inventory"
        self.assertNotIn("fulfillment_orders/moved", flow._subscribed_topics(self.store))
        self.assertIn("inventory_levels/update", flow._subscribed_topics(self.store))
