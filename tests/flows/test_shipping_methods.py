from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestShippingMethods(ShopifyCase):
    def carrier(self, name="Parcel service", **values):
        product = self.env["product.product"].create(
            {"name": name, "type": "service", "list_price": 50, "taxes_id": []}
        )
        return self.env["delivery.carrier"].create(
            {"name": name, "product_id": product.id, "delivery_type": "fixed", "fixed_price": 50, **values}
        )

    def imported(self, shipping=("Express", "4.90"), **options):
        order = self.shop.place_order([("MUG", 2)], shipping=shipping, **options)
        self.deliver()
        self.drain()
        return self.sale(order)

    def method(self, title="Express"):
        return self.env["shopify.shipping.method"].search([("store_id", "=", self.store.id), ("title", "=", title)])

    def test_the_table_fills_itself(self):
        sale = self.imported()
        self.imported()
        self.imported(shipping=None)
        self.assertRecordValues(
            self.method(), [{"title": "Express", "first_order_name": sale.shopify_order_name, "order_count": 2}]
        )
        self.assertEqual((sale.state, sale.carrier_id.id, sale.shopify_method_id), ("sale", False, self.method()))

    def test_a_chosen_carrier_is_on_the_order_and_the_delivery_and_costs_nothing(self):
        carrier = self.carrier()
        self.imported()
        self.method().carrier_id = carrier
        sale = self.imported()
        self.assertEqual((sale.carrier_id, sale.picking_ids.carrier_id), (carrier, carrier))
        self.assertEqual((sale.amount_total, len(sale.order_line), sale.state), (24.9, 2, "sale"))

    def test_open_deliveries_get_a_carrier_that_is_chosen_late(self):
        self.receive(self.mug, 10)
        shipped, waiting = self.imported(), self.imported()
        self.ship(shipped)
        carrier = self.carrier()
        self.method().carrier_id = carrier
        self.assertEqual((waiting.carrier_id, waiting.picking_ids.carrier_id), (carrier, carrier))
        self.assertEqual(shipped.picking_ids.carrier_id.id, False)
        self.assertEqual(waiting.amount_total, 24.9)

    def test_a_carrier_of_the_same_name_is_found_by_itself(self):
        carrier = self.carrier("EXPRESS")
        sale = self.imported()
        self.assertEqual((self.method().carrier_id, sale.carrier_id), (carrier, carrier))

    def test_of_two_carriers_of_one_name_none_is_guessed(self):
        self.carrier("Express")
        self.carrier("Express")
        self.assertFalse(self.imported().carrier_id)

    def test_another_companys_carrier_is_never_taken(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.carrier("Express", company_id=company.id)
        self.assertFalse(self.imported().carrier_id)

    def test_the_carrier_of_a_rule_goes_first(self):
        mapped, special = self.carrier("Express"), self.carrier("Special")
        self.assertEqual(self.imported().carrier_id, mapped)
        self.env["shopify.workflow.rule"].create(
            {"name": "Special", "store_id": self.store.id, "sequence": 1, "carrier_id": special.id}
        )
        self.assertEqual(self.imported().carrier_id, special)

    def test_a_carrier_invoiced_at_its_real_cost_leaves_shopifys_total(self):
        self.receive(self.mug, 10)
        self.carrier("Express", invoice_policy="real")
        sale = self.imported()
        self.ship(sale)
        self.assertEqual(sale.picking_ids.state, "done")
        sale.picking_ids.carrier_price = 7.77
        sale.picking_ids._add_delivery_cost_to_so()
        self.assertEqual((sale.amount_total, len(sale.order_line)), (24.9, 2))
