from odoo.tests import tagged

from ..common import SECRET, ShopifyCase

OTHER = "other.myshopify.com"


@tagged("post_install", "-at_install")
class TestTwoStores(ShopifyCase):
    """Two shops with the same variant ids and order names, in two companies with other currencies and taxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_shop = cls.open_shop(OTHER, currency="CHF").shop
        francs = cls.env.ref("base.CHF")
        francs.active = True
        cls.other_company = cls.env["res.company"].create(
            {"name": "Swiss", "currency_id": francs.id, "country_id": cls.env.ref("base.ch").id}
        )
        cls.env.user.company_ids += cls.other_company
        inside = cls.env(context={**cls.env.context, "allowed_company_ids": cls.other_company.ids})
        group = inside["account.tax.group"].create(
            {"name": "MWST", "company_id": cls.other_company.id, "country_id": cls.env.ref("base.ch").id}
        )
        cls.other_vat = inside["account.tax"].create(
            {
                "name": "MWST 8.1",
                "amount": 8.1,
                "type_tax_use": "sale",
                "tax_group_id": group.id,
                "country_id": cls.env.ref("base.ch").id,
                "company_id": cls.other_company.id,
                "price_include_override": "tax_included",
            }
        )
        cls.other_store = inside["shopify.store"].create(
            {
                "name": "Other",
                "shop_domain": OTHER,
                "client_id": "client-id",
                "client_secret": SECRET,
                "company_id": cls.other_company.id,
                "responsible_id": cls.env.ref("base.user_admin").id,
                "go_live_at": "2000-01-01",
                "push_stock": True,
            }
        )

    def setUp(self):
        super().setUp()
        self.other_shop.reset()
        self.other_store.action_connect()
        self.drain()

    def both(self, **options):
        """One order in each shop, delivered and drained: (sale, sale)."""
        orders = [shop.place_order([("MUG", 2)], **options) for shop in (self.shop, self.other_shop)]
        for shop in (self.shop, self.other_shop):
            self.assertEqual(set(self.deliver(shop.take_deliveries())), {200})
        self.drain()
        return orders, [
            self.env["sale.order"].search(
                [("shopify_store_id", "=", store.id), ("shopify_order_id", "=", str(order.number))]
            )
            for store, order in zip((self.store, self.other_store), orders, strict=True)
        ]

    def test_the_same_ids_and_names_are_two_worlds(self):
        orders, (mine, other) = self.both()
        self.assertEqual(orders[0].number, orders[1].number)  # both simulators count alike
        self.assertEqual(mine.shopify_order_name, other.shopify_order_name)
        self.assertEqual((mine.company_id, other.company_id), (self.env.company, self.other_company))
        self.assertEqual((mine.currency_id.name, other.currency_id.name), ("EUR", "CHF"))
        self.assertEqual(
            (mine.warehouse_id.company_id, other.warehouse_id.company_id), (mine.company_id, other.company_id)
        )
        self.assertEqual((mine.state, other.state), ("sale", "sale"))
        self.assertEqual(mine.order_line.product_id, self.mug)  # one product without a company serves both
        self.assertEqual(other.order_line.product_id, self.mug)

    def test_a_tax_chosen_for_one_store_lets_only_its_orders_go_on(self):
        _orders, (mine, other) = self.both(taxes=[("VAT", "0.19")])
        self.assertEqual((mine.shopify_hold_cause, other.shopify_hold_cause), ("tax_unknown", "tax_unknown"))
        rows = self.env["shopify.tax"].search([("title", "=", "VAT")])
        self.assertEqual(len(rows), 2)
        rows.filtered(lambda row: row.store_id == self.other_store).tax_id = self.other_vat
        self.drain()
        self.assertEqual((mine.state, other.state), ("draft", "sale"))
        self.assertEqual(other.order_line.tax_ids, self.other_vat)

    def test_a_message_to_the_wrong_address_is_refused(self):
        self.shop.place_order([("MUG", 1)])
        (delivery,) = self.shop.take_deliveries()
        path = "/shopify/webhook/" + self.other_store.webhook_token
        self.assertEqual(self.deliver([delivery], path=path), [404])

    def test_a_paused_store_stops_nobody_else(self):
        self.store.action_pause()
        _orders, (mine, other) = self.both()
        self.assertFalse(mine)
        self.assertEqual(other.state, "sale")

    def test_stock_of_one_company_is_not_offered_by_the_other(self):
        self.receive(self.mug, 7)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 7)
        self.assertEqual(self.other_shop.on_hand("MUG"), 0)

    def test_a_user_of_one_company_sees_nothing_of_the_other(self):
        self.both()
        user = self.env["res.users"].create(
            {
                "name": "Eva",
                "login": "eva",
                "company_id": self.env.company.id,
                "company_ids": [(6, 0, self.env.company.ids)],
                "group_ids": [(6, 0, [self.env.ref("shopify_sync.group_user").id])],
            }
        )
        for model in ("shopify.store", "shopify.job", "shopify.variant", "shopify.tax", "shopify.customer"):
            found = self.env[model].with_user(user).search([])
            self.assertLessEqual(found.company_id, self.env.company, model)
