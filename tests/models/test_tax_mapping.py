from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase

BERLIN = {"country_code": "DE", "city": "Berlin"}
FLORIDA = {"country_code": "US", "province_code": "FL", "city": "Miami"}
MICHIGAN = {"country_code": "US", "province_code": "MI", "city": "Detroit"}


@tagged("post_install", "-at_install")
class TestTaxMapping(ShopifyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        germany = cls.env.ref("base.de")
        cls.env.company.account_fiscal_country_id = germany
        group = cls.env["account.tax.group"].create({"name": "Germany", "country_id": germany.id, "sequence": 0})
        cls.vat.write({"country_id": germany.id, "tax_group_id": group.id})

    def placed(self, *taxes, address=BERLIN, **options):
        order = self.shop.place_order([("MUG", 2)], taxes=list(taxes), shipping_address=address, **options)
        self.deliver()
        self.drain()
        return self.sale(order)

    def met(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["shopify.tax"].search([("store_id", "=", self.store.id), *domain])

    # -- what tells taxes apart -------------------------------------------------------------------
    def test_one_title_and_rate_are_two_taxes_in_two_states(self):
        for address in (FLORIDA, MICHIGAN, FLORIDA):
            self.placed(("State Tax", "0.06"), address=address, taxes_included=False)
        self.assertEqual(self.met(title="State Tax").mapped("province_code"), ["FL", "MI"])

    def test_provinces_do_not_swell_the_list_where_they_tell_nothing(self):
        for code in ("ON", "QC"):
            self.placed(("GST", "0.05"), address={"country_code": "CA", "province_code": code, "city": "X"})
        self.assertEqual(self.met(title="GST").mapped("province_code"), [""])

    def test_a_row_without_a_state_stands_for_every_state(self):
        row = self.env["shopify.tax"].create(
            {"store_id": self.store.id, "title": "State Tax", "rate": 6, "country_code": "US"}
        )
        row.tax_id = self._tax("Any state", 6, included=False)
        sale = self.placed(("State Tax", "0.06"), address=FLORIDA, taxes_included=False)
        self.assertEqual((sale.state, sale.order_line.tax_ids, self.met(title="State Tax")), ("sale", row.tax_id, row))

    def test_a_tax_that_the_channel_remits_is_a_tax_of_its_own(self):
        own, remitted = self._tax("Own 19", 19, included=True), self._tax("Marketplace 19", 19, included=True)
        liable = {"title": "MwSt", "rate": "0.19", "channel_liable": True}
        self.placed(("MwSt", "0.19"))
        self.placed(liable)
        self.met(channel_liable=False).tax_id = own
        self.met(channel_liable=True).tax_id = remitted
        self.drain()
        sale = self.placed(liable)
        self.assertEqual((sale.state, sale.order_line.tax_ids, sale.amount_tax), ("sale", remitted, 3.19))
        self.assertEqual(self.placed(("MwSt", "0.19")).order_line.tax_ids, own)

    def test_a_zero_tax_needs_no_choice_and_one_that_is_chosen_stands_on_the_line(self):
        sale = self.placed(("Exempt", "0"))
        self.assertEqual((sale.state, len(sale.order_line.tax_ids)), ("sale", 0))
        zero = self._tax("Exempt", 0, included=False)
        self.met(title="Exempt").tax_id = zero
        sale = self.placed(("Exempt", "0"))
        self.assertEqual((sale.state, sale.order_line.tax_ids, sale.amount_total), ("sale", zero, 20.0))

    # -- without an address -----------------------------------------------------------------------
    def at_the_till(self, *taxes, till="Berlin", **options):
        return self.placed(*taxes, address=None, pos=till, **options)

    def test_a_till_is_served_by_the_tax_of_its_country(self):
        self.placed(("MwSt", "0.19"))
        self.map_taxes()
        sale = self.at_the_till(("MwSt", "0.19"))
        self.assertEqual((sale.state, sale.order_line.tax_ids, sale.amount_tax), ("sale", self.vat, 3.19))
        self.assertEqual(self.met(title="MwSt").mapped("country_code"), ["DE"])

    def test_where_the_bill_of_a_till_goes_changes_no_tax(self):
        self.placed(("MwSt", "0.19"))
        self.map_taxes()
        self.shop.place_order([("MUG", 2)], taxes=[("MwSt", "0.19")], shipping_address=None, pos="Berlin")
        (delivery,) = self.shop.take_deliveries("orders/create")
        body = delivery.json() | {"billing_address": {**BERLIN, "country_code": "FR", "city": "Paris"}, "id": 4711}
        order = self.shop.place_body(body)
        self.deliver()
        self.drain()
        self.assertEqual((self.sale(order).state, self.met(title="MwSt").mapped("country_code")), ("sale", ["DE"]))

    def test_tills_of_two_countries_have_the_taxes_of_theirs(self):
        self.shop.add_location("Paris", address={"countryCode": "FR"})
        self.connect()
        self.assertEqual(self.store.location_ids.mapped("country_code"), ["DE", "FR"])
        for till in ("Berlin", "Paris"):
            self.at_the_till(("VAT", "0.19"), till=till)
        self.assertEqual(self.met(title="VAT").mapped("country_code"), ["DE", "FR"])
        self.met(title="VAT", country_code="FR").tax_id = french = self._tax("TVA 19", 19, included=True)
        self.met(title="VAT", country_code="DE").tax_id = self.vat
        orders = [self.at_the_till(("VAT", "0.19"), till=till) for till in ("Berlin", "Paris")]
        self.assertEqual([sale.order_line.tax_ids for sale in orders], [self.vat, french])

    def test_a_till_in_a_state_has_the_tax_of_its_state(self):
        self.shop.location("Berlin").set_address({"countryCode": "US", "provinceCode": "FL"})
        self.connect()
        self.at_the_till(("State Tax", "0.06"), taxes_included=False)
        row = self.met(title="State Tax")
        self.assertEqual((row.country_code, row.province_code), ("US", "FL"))

    def test_without_a_till_it_is_the_country_of_the_company(self):
        self.placed(("MwSt", "0.19"), address=None)
        self.assertEqual(self.met(title="MwSt").country_code, "DE")
        self.store.location_ids.country_code = False  # a store that was connected before they were read
        self.at_the_till(("MwSt", "0.19"))
        self.assertEqual(self.met(title="MwSt").country_code, "DE")

    def without_country(self, tax=None):
        """A row from before the till's country counted."""
        return self.env["shopify.tax"].create(
            {"store_id": self.store.id, "title": "MwSt", "rate": 19, "included": True, "tax_id": tax and tax.id}
        )

    def test_what_was_chosen_without_a_country_stays_chosen(self):
        self.without_country(self.vat)
        other = self._tax("Delivered 19", 19, included=True)
        self.placed(("MwSt", "0.19"))
        self.met(country_code="DE").tax_id = other
        sale = self.at_the_till(("MwSt", "0.19"))
        self.assertEqual((sale.state, sale.order_line.tax_ids), ("sale", self.vat))
        self.assertEqual(self.placed(("MwSt", "0.19")).order_line.tax_ids, other)

    def test_what_nobody_chose_without_a_country_gives_way_to_the_countrys(self):
        row = self.without_country()
        sale = self.at_the_till(("MwSt", "0.19"))
        self.assertEqual((sale.shopify_hold_cause, self.met(title="MwSt")), ("tax_unknown", row))
        self.placed(("MwSt", "0.19"))
        self.met(country_code="DE").tax_id = self.vat
        self.drain()
        self.assertEqual(self.at_the_till(("MwSt", "0.19")).order_line.tax_ids, self.vat)
        self.assertEqual((sale.state, sale.order_line.tax_ids), ("sale", self.vat))

    # -- suggestions ------------------------------------------------------------------------------
    def test_a_suggestion_is_never_of_another_country(self):
        self.placed(("VAT", "0.19"), address={"country_code": "CY", "city": "Nicosia"})
        self.assertFalse(self.met(title="VAT").suggestion_id)
        self.placed(("MwSt", "0.19"))
        self.assertEqual(self.met(title="MwSt").suggestion_id, self.vat)

    def test_a_remitted_tax_is_not_suggested_your_own(self):
        self.placed({"title": "MwSt", "rate": "0.19", "channel_liable": True})
        self.assertFalse(self.met(channel_liable=True).suggestion_id)
        self.met(channel_liable=True).tax_id = self.vat
        self.placed(("MwSt", "0.19"))
        self.assertFalse(self.met(channel_liable=False).suggestion_id)

    def test_a_store_may_take_the_only_fitting_tax_for_review(self):
        self.store.tax_policy = "propose"
        sale = self.placed(("MwSt", "0.19"))
        self.assertEqual((sale.state, sale.order_line.tax_ids), ("sale", self.vat))
        row = self.met(title="MwSt")
        self.assertTrue(row.is_proposal)
        row.action_accept_suggestion()
        self.assertEqual((row.is_proposal, row.tax_id), (False, self.vat))

    def test_of_two_fitting_taxes_none_is_taken(self):
        self._tax("Another 19", 19, included=True)
        self.store.tax_policy = "propose"
        sale = self.placed(("MwSt", "0.19"))
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "tax_unknown"))

    def test_a_tax_of_the_other_inclusion_is_suggested_but_not_taken(self):
        self.store.tax_policy = "propose"
        sale = self.placed(("MwSt", "0.19"), taxes_included=False)
        self.assertEqual(sale.shopify_hold_cause, "tax_unknown")
        self.assertEqual(self.met(title="MwSt").suggestion_id, self.vat)

    # -- create the tax ---------------------------------------------------------------------------
    def test_one_click_creates_the_missing_taxes_and_the_orders_go_on(self):
        sales = [
            self.placed(("TVA", "0.2"), address={"country_code": "FR", "city": "Paris"}),
            self.placed(("TVA", "0.055"), address={"country_code": "FR", "city": "Lyon"}),
            self.placed(("State Tax", "0.06"), address=FLORIDA, taxes_included=False),
        ]
        self.assertEqual({sale.shopify_hold_cause for sale in sales}, {"tax_unknown"})
        self.met(tax_id=False).action_create_tax()
        self.drain()
        self.assertEqual({sale.state for sale in sales}, {"sale"})
        self.assertRecordValues(
            self.met(country_code="FR").tax_id.sorted("amount"),
            [
                {
                    "name": "TVA 5.5 % (FR, included)",
                    "amount": 5.5,
                    "price_include": True,
                    "country_id": self.env.ref("base.fr").id,
                },
                {
                    "name": "TVA 20 % (FR, included)",
                    "amount": 20.0,
                    "price_include": True,
                    "country_id": self.env.ref("base.fr").id,
                },
            ],
        )
        state = self.met(country_code="US").tax_id
        self.assertEqual((state.name, state.price_include), ("State Tax 6 % (US-FL, added)", False))
        self.assertEqual(state.company_id, self.store.company_id)
        self.assertEqual((sales[0].amount_tax, sales[2].amount_total), (3.33, 21.2))

    def test_a_created_tax_posts_to_the_account_of_the_default_tax(self):
        account = self.env["account.account"].create(
            {"name": "Sales tax", "code": "217900", "account_type": "liability_current"}
        )
        self.vat.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax").account_id = account
        self.env.company.account_sale_tax_id = self.vat
        self.placed(("TVA", "0.2"), address={"country_code": "FR", "city": "Paris"})
        self.met(title="TVA").action_create_tax()
        tax = self.met(title="TVA").tax_id
        for lines in (tax.invoice_repartition_line_ids, tax.refund_repartition_line_ids):
            self.assertEqual(lines.mapped("repartition_type"), ["base", "tax"])
            self.assertEqual(lines.account_id, account)

    def test_what_fits_is_taken_instead_of_made_twice(self):
        self.placed(("MwSt", "0.19"))
        before = self.env["account.tax"].search_count([])
        self.met(title="MwSt").action_create_tax()
        self.assertEqual((self.met(title="MwSt").tax_id, self.env["account.tax"].search_count([])), (self.vat, before))

    def test_two_stores_share_a_created_tax(self):
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other.myshopify.com"})
        self.placed(("TVA", "0.2"), address={"country_code": "FR", "city": "Paris"})
        mine = self.met(title="TVA")
        theirs = mine.create({"store_id": other.id, "title": "TVA", "rate": 20, "included": True, "country_code": "FR"})
        (mine | theirs).action_create_tax()
        self.assertTrue(mine.tax_id)
        self.assertEqual(mine.tax_id, theirs.tax_id)

    def test_a_remitted_tax_is_not_created_on_your_own_account(self):
        self.placed({"title": "MwSt", "rate": "0.19", "channel_liable": True})
        with self.assertRaisesRegex(UserError, "an account of its own"):
            self.met(channel_liable=True).action_create_tax()
        self.assertFalse(self.met(channel_liable=True).tax_id)

    def test_who_may_not_make_taxes_makes_none_here(self):
        self.placed(("TVA", "0.2"), address={"country_code": "FR", "city": "Paris"})
        user = new_test_user(self.env, "max", groups="base.group_user,shopify_sync.group_accountant")
        with self.assertRaises(AccessError):
            self.met(title="TVA").with_user(user).action_create_tax()
