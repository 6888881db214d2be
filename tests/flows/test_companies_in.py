"""Companies that buy: the first order makes them a contact, and Shopify is asked for the rest once."""

from odoo.tests import tagged

from ..common import ShopifyCase

HEAD_OFFICE = {
    "recipient": "Warehouse",
    "address1": "Kai 4",
    "city": "Hamburg",
    "zip": "20457",
    "countryCode": "DE",
}


@tagged("post_install", "-at_install")
class TestCompaniesIn(ShopifyCase):
    def company(self, **location):
        given = {"name": "Hafen", "shipping": HEAD_OFFICE, "billing": {**HEAD_OFFICE, "address1": "Ring 1"}, **location}
        made = self.shop.add_company(
            "Kern GmbH", contact={"email": "ada@kern.example", "first_name": "Ada"}, location=given
        )
        self.shop.take_deliveries()
        return made

    def buy(self, company, email="ada@kern.example"):
        order = self.shop.place_order(
            [("MUG", 1)], customer={"email": email, "first_name": "Ada"}, company_location=company.locations[0]
        )
        self.deliver()
        self.drain()
        self.drain()
        return self.sale(order)

    def test_the_first_order_brings_name_tax_id_and_locations(self):
        company = self.company(tax_registration_id="DE136695976")
        sale = self.buy(company)
        partner = sale.partner_id.commercial_partner_id
        self.assertEqual((partner.name, partner.is_company, partner.vat), ("Kern GmbH", True, "DE136695976"))
        self.assertEqual((partner.street, partner.city), ("Ring 1", "Hamburg"))
        self.assertEqual((sale.partner_id.name, sale.partner_id.parent_id), ("Ada", partner))
        self.assertEqual(sale.partner_shipping_id.street, "Kai 4")
        place = partner.child_ids.filtered(lambda one: one.street == "Kai 4")
        self.assertEqual((len(place), place.shopify_company_ids.name), (1, "Hafen"))
        with self.shop.calls() as calls:
            again = self.buy(company)
        self.assertEqual(calls.get("nodes", 0), 0)
        self.assertEqual((again.partner_id, again.partner_shipping_id), (sale.partner_id, sale.partner_shipping_id))

    def test_another_tax_id_that_a_person_entered_stays(self):
        company = self.company(tax_registration_id="DE136695976")
        partner = self.buy(company).partner_id.commercial_partner_id
        partner.vat = False
        self.env["shopify.company"].search([("store_id", "=", self.store.id)]).write({"tax_id": False})
        partner.vat = "DE811569869"
        self.shop.emit("companies/update", company.document())
        self.deliver()
        self.drain()
        link = partner.shopify_company_ids.filtered(lambda one: one.kind == "company")
        self.assertEqual((partner.vat, link.tax_id), ("DE811569869", "DE136695976"))
        self.assertIn("another one", link.tax_note)

    def test_a_new_name_replaces_ours_but_not_a_persons(self):
        company = self.company()
        partner = self.buy(company).partner_id.commercial_partner_id
        for name, shown in (("Kern SE", "Kern SE"), ("Kern AG", "Kern & Co.")):
            company.name = name
            if shown != name:
                partner.name = shown
            self.shop.emit("companies/update", company.document())
            self.deliver()
            self.drain()
            self.assertEqual(partner.name, shown)

    def test_a_company_that_never_bought_stays_in_shopify(self):
        company = self.company()
        self.shop.emit("companies/update", company.document())
        self.deliver()
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual(
            (dict(calls), self.env["shopify.company"].search_count([("store_id", "=", self.store.id)])), ({}, 0)
        )
