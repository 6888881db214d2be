"""The sum of an order's invoices is what Shopify charged, in one invoice or in parts."""

from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestInvoices(ShopifyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.company
        accounts = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind, "company_ids": company.ids}
                for name, code, kind in (
                    ("Sales", "X40000", "income"),
                    ("Debtors", "X12100", "asset_receivable"),
                    ("Tax", "X38060", "liability_current"),
                )
            ]
        )
        cls.env["account.journal"].create(
            {"name": "Shop", "code": "SHOP", "type": "sale", "default_account_id": accounts[0].id}
        )
        cls.env["ir.default"].set("res.partner", "property_account_receivable_id", accounts[1].id)
        cls.env["ir.default"].set("product.category", "property_account_income_categ_id", accounts[0].id)
        company.account_sale_tax_id = False
        cls.vat.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id = accounts[2]

    def confirmed(self, lines, policy, **options):
        self.mug.invoice_policy = self.tent.invoice_policy = policy
        self.receive(self.mug, 20)
        self.receive(self.tent, 20)
        order = self.shop.place_order(lines, **options)
        self.deliver()
        self.drain()
        self.map_taxes()
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_hold_reason), ("sale", False))
        return sale

    def totals(self, invoices):
        invoices.action_post()
        return round(sum(invoices.mapped("amount_total")), 2), round(sum(invoices.mapped("amount_tax")), 2)

    def test_one_invoice_of_all(self):
        sale = self.confirmed(
            [("MUG", 3), ("TENT", 1)],
            "order",
            taxes=[("MwSt", "0.19")],
            discount={"code": "X", "percent": "33"},
            shipping=("DHL", "4.99"),
        )
        self.assertEqual(self.totals(sale._create_invoices()), (sale.shopify_total, sale.shopify_total_tax))

    def in_parts(self, **options):
        sale = self.confirmed([("MUG", 7), ("TENT", 2)], "delivery", **options)
        invoices = self.env["account.move"]
        for shipped in ({"MUG": 2}, {"MUG": 4, "TENT": 1}, {"MUG": 1, "TENT": 1}):
            self.ship(sale, **shipped)
            invoices |= sale._create_invoices()
        self.assertEqual(len(invoices), 3)
        self.assertEqual(self.totals(invoices), (sale.shopify_total, sale.shopify_total_tax))

    def test_the_rest_is_invoiced_although_its_tax_is_another_one_since(self):
        sale = self.confirmed([("MUG", 3)], "delivery", taxes=[("MwSt", "0.19")])
        self.ship(sale, MUG=1)
        sale._create_invoices().action_post()
        other = self.vat.copy({"name": "Another"})
        line = sale.order_line
        extra = line.extra_tax_data
        amounts = {str(other.id): extra["manual_tax_amounts"][str(self.vat.id)]}
        line.write({"tax_ids": [(6, 0, other.ids)], "extra_tax_data": {**extra, "manual_tax_amounts": amounts}})
        self.ship(sale, MUG=2)
        rest = sale._create_invoices()
        self.assertEqual((rest.amount_total, rest.amount_tax), (20.0, 3.19))

    def test_parts_with_included_tax(self):
        self.in_parts(taxes=[("MwSt", "0.19")], discount={"code": "X", "percent": "13"}, shipping=("DHL", "4.99"))

    def test_parts_with_added_taxes(self):
        self.vat = self._tax("Added", 8.875, included=False)
        self.in_parts(taxes=[("Sales tax", "0.08875")], taxes_included=False, discount={"code": "X", "percent": "7"})

    def test_parts_without_any_tax(self):
        self.in_parts(discount={"code": "X", "amount": "10.00"})
