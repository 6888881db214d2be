"""To the cent: currencies with 0, 2 and 3 decimals, taxes added and included, and what must be held."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestMoney(ShopifyCase):
    def activate(self, code, rate=1.5):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        currency.rounding = {"JPY": 1.0, "KWD": 0.001}.get(code, 0.01)
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": rate, "name": "2020-01-01"})
        return currency

    def imported(self, tax=None, **options):
        lines = options.pop("lines", [("MUG", 3), ("TENT", 1)])
        order = self.shop.place_order(lines, **options)
        self.deliver()
        self.drain()
        self.map_taxes(tax)
        self.drain()
        return self.sale(order)

    def assertToTheCent(self, sale):
        self.assertEqual((sale.state, sale.shopify_hold_reason), ("sale", False))
        self.assertEqual(sale.currency_id.compare_amounts(sale.amount_total, sale.shopify_total), 0)
        self.assertEqual(sale.currency_id.compare_amounts(sale.amount_tax, sale.shopify_total_tax), 0)

    def test_currencies_with_no_two_and_three_decimals(self):
        self.store.order_money = "presentment"
        for code, rate in (("JPY", "163.27"), ("USD", "1.0837"), ("KWD", "0.33417")):
            with self.subTest(code):
                self.activate(code)
                sale = self.imported(
                    taxes=[("MwSt", "0.19")], presentment=(code, rate), discount={"code": "SAVE", "percent": "7"}
                )
                self.assertEqual(sale.currency_id.name, code)
                self.assertToTheCent(sale)

    def test_several_taxes_added_to_the_price(self):
        tax = self._tax("Added", 10, included=False)
        order = self.shop.place_order(
            [("MUG", 3), ("TENT", 1)],
            taxes=[("State", "0.10"), ("City", "0.0625")],
            taxes_included=False,
            discount={"code": "X", "percent": "40"},
            shipping=("Post", "4.99"),
        )
        self.deliver()
        self.drain()
        state, city = self.env["shopify.tax"].search([("tax_id", "=", False)], order="title desc")
        state.tax_id = tax
        self.drain()
        self.assertEqual(self.sale(order).state, "draft")  # the other tax is still unknown
        city.tax_id = self._tax("City", 6.25, included=False)
        self.drain()
        sale = self.sale(order)
        self.assertToTheCent(sale)
        self.assertEqual(len(sale.order_line[0].tax_ids), 2)

    def test_an_included_tax_mapped_to_one_that_is_added_still_comes_out(self):
        self.assertToTheCent(self.imported(self._tax("Added", 19, included=False), taxes=[("MwSt", "0.19")]))

    def test_a_free_order_is_confirmed(self):
        sale = self.imported(taxes=[("MwSt", "0.19")], discount={"code": "FREE", "percent": "100"})
        self.assertEqual(sale.amount_total, 0.0)
        self.assertToTheCent(sale)

    def test_a_currency_that_is_not_active_holds_the_order(self):
        self.store.order_money = "presentment"
        sale = self.imported(presentment=("SEK", "11.3"))
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "currency_unknown"))
        self.activate("SEK")
        sale.action_shopify_recheck()
        self.drain()
        self.assertEqual(sale.currency_id.name, "SEK")
        self.assertToTheCent(sale)

    def test_a_currency_without_a_rate_holds_the_order(self):
        self.store.order_money = "presentment"
        currency = self.activate("SEK")
        currency.rate_ids.unlink()
        sale = self.imported(presentment=("SEK", "11.3"))
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "currency_unknown"))
        self.assertIn("exchange rate", sale.shopify_hold_reason)

    def test_nobody_releases_an_order_whose_currency_has_no_rate(self):
        self.store.order_money = "presentment"
        self.activate("SEK").rate_ids.unlink()
        sale = self.imported(presentment=("SEK", "11.3"))
        with self.assertRaisesRegex(UserError, "rate"):
            sale.action_shopify_release()
        self.assertEqual(sale.shopify_hold_cause, "currency_unknown")

    def test_a_total_that_does_not_come_out_is_held_with_both_numbers(self):
        order = self.shop.place_order([("MUG", 1)])
        self.shop.take_deliveries()
        body = order.document()
        for name in ("total_price", "current_total_price"):
            body[name] = "11.23"
            body[f"{name}_set"] = {
                money: {"amount": "11.23", "currency_code": "EUR"} for money in ("shop_money", "presentment_money")
            }
        self.shop.place_body({**body, "id": 4711, "name": "#4711"})
        self.deliver()
        self.drain()
        sale = self.env["sale.order"].search([("shopify_order_id", "=", "4711")])
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "total_differs"))
        self.assertIn("11.23", sale.shopify_hold_reason)
        self.assertIn("10.00", sale.shopify_hold_reason)

    def test_a_quantity_changed_in_odoo_keeps_shopifys_price(self):
        sale = self.imported(lines=[("MUG", 3)], discount={"code": "X", "percent": "10"})
        sale.order_line.product_uom_qty = 2
        self.assertEqual((sale.order_line.price_unit, sale.amount_total), (9.0, 18.0))

    def test_the_order_keeps_the_day_it_was_placed(self):
        sale = self.imported()
        order = self.shop.orders[-1]
        self.assertEqual(sale.date_order, order.created_at.replace(tzinfo=None, microsecond=0))
