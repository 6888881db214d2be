"""One person is one partner: found by link, e-mail, phone; the same one each time; also by two runners at once."""

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...commerce import order as orders

HOME = {
    "first_name": "Zoë",
    "last_name": "Kern",
    "address1": "Hauptstraße 1",
    "city": "Köln",
    "zip": "50667",
    "country": "Germany",
    "country_code": "DE",
    "phone": "+49 221 1234567",
}


def body(number, **changes):
    """An order of one product line, as a webhook tells it."""
    return {
        "id": number,
        "currency": "EUR",
        "total_price": "0.00",
        "line_items": [],
        "billing_address": HOME,
        "shipping_address": HOME,
        **changes,
    }


def order(number, **changes):
    return orders.parse(body(number, **changes))


class MatchingCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.env["shopify.store"].create({"name": "Berlin", "shop_domain": "berlin-match.myshopify.com"})
        cls.partners = cls.env["res.partner"]

    def resolve(self, *given):
        return self.env["res.partner"]._shopify_resolve(self.store, list(given))

    def buyer(self, one):
        return self.resolve(one)[one.id][0]


@tagged("post_install", "-at_install")
class TestPartnerMatching(MatchingCase):
    def test_case_blanks_and_international_domains_are_one_mailbox(self):
        partner = self.partners.create({"name": "Info", "email": "Info@Müller.example"})
        for number, email in enumerate(
            ("info@müller.example", "INFO@xn--mller-kva.example", " in fo@MÜLLER.example "), 1
        ):
            self.assertEqual(self.buyer(order(number, email=email)), partner, email)
        ascii_one = self.partners.create({"name": "Ascii", "email": "info@xn--bcher-kva.example"})
        self.assertEqual(self.buyer(order(9, email="info@bücher.example")), ascii_one)

    def test_never_by_name(self):
        namesake = self.partners.create({"name": "Zoë Kern", "street": "Hauptstraße 1", "city": "Köln"})
        self.assertNotEqual(self.buyer(order(1, email="zoe@example.com")), namesake)

    def test_ties_go_to_the_active_one_of_their_own_then_a_company_then_the_oldest(self):
        email = {"email": "office@example.com"}
        archived = self.partners.create({"name": "Archived", "active": False, **email})
        parent = self.partners.create({"name": "Parent"})
        contact = self.partners.create({"name": "Contact", "parent_id": parent.id, **email})
        self.assertEqual(self.buyer(order(1, **email)), contact)
        person = self.partners.create({"name": "Person", **email})
        self.assertEqual(self.buyer(order(2, **email)), person)
        self.partners.create({"name": "Younger", **email})
        self.assertEqual(self.buyer(order(3, **email)), person)
        company = self.partners.create({"name": "Company", "is_company": True, **email})
        self.assertEqual(self.buyer(order(4, **email)), company)
        self.assertFalse(archived.active)

    def test_an_archived_partner_is_found_and_comes_back(self):
        partner = self.partners.create({"name": "Old", "email": "old@example.com", "active": False})
        self.assertEqual(self.buyer(order(1, email="old@example.com")), partner)
        self.assertTrue(partner.active)
        self.assertIn("bought again", partner.message_ids[0].body)

    def test_an_employees_own_partner_is_never_taken(self):
        user = new_test_user(self.env, "lena", email="lena@example.com")
        self.assertNotEqual(self.buyer(order(1, email="lena@example.com")), user.partner_id)

    def test_another_companys_partner_is_never_taken(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.partners.create({"name": "Theirs", "email": "x@example.com", "company_id": other.id})
        self.assertNotEqual(self.buyer(order(1, email="x@example.com")), theirs)

    def test_the_email_of_a_delivery_address_is_its_owners(self):
        owner = self.partners.create({"name": "Owner"})
        self.partners.create({"name": "Home", "type": "delivery", "parent_id": owner.id, "email": "home@example.com"})
        self.assertEqual(self.buyer(order(1, email="home@example.com")), owner)

    def test_by_phone_only_where_the_store_says_so(self):
        partner = self.partners.create(
            {"name": "Zoë", "phone": "0221 1234567", "country_id": self.env.ref("base.de").id}
        )
        self.assertNotEqual(self.buyer(order(1)), partner)
        self.store.customer_match_phone = True
        self.assertEqual(self.buyer(order(2, billing_address={**HOME, "phone": "0221/123 45 67"})), partner)
        self.assertEqual(self.buyer(order(3, phone="+492211234567", email="new@example.com")), partner)

    def test_the_link_goes_before_the_email(self):
        first = self.buyer(order(1, email="a@example.com", customer={"id": 61, "email": "a@example.com"}))
        other = self.partners.create({"name": "Other", "email": "b@example.com"})
        self.assertEqual(self.buyer(order(2, email="b@example.com", customer={"id": 61})), first)
        self.assertNotEqual(first, other)

    def test_within_a_batch_people_who_share_an_email_or_an_id_are_one(self):
        found = self.resolve(
            order(1, email="one@example.com", customer={"id": 1}),
            order(2, email="two@example.com", customer={"id": 1}),
            order(3, email="Two@example.com"),
            order(4, email="three@example.com"),
            order(5),
            order(6),
        )
        people = [found[str(number)][0] for number in range(1, 7)]
        self.assertEqual(len(set(people[:3])), 1)
        self.assertEqual(len({*people}), 4)

    def test_two_linked_customers_with_one_email_stay_two(self):
        one, two = self.partners.create([{"name": "One"}, {"name": "Two"}])
        for number, partner in ((1, one), (2, two)):
            self.env["shopify.customer"].create(
                {"store_id": self.store.id, "shopify_id": str(number), "partner_id": partner.id}
            )
        found = self.resolve(
            order(1, email="x@example.com", customer={"id": 1}), order(2, email="x@example.com", customer={"id": 2})
        )
        self.assertEqual([found["1"][0], found["2"][0]], [one, two])

    def test_an_address_is_reused_when_equal_after_normalization(self):
        there = {**HOME, "company": "Kern GmbH", "address1": "Lager 4"}
        _buyer, _invoice, first = self.resolve(order(1, email="z@example.com", shipping_address=there))["1"]
        self.assertEqual((first.name, first.type), ("Kern GmbH, Zoë Kern", "delivery"))
        for number, change in enumerate(
            ({"address1": "LAGER  4"}, {"zip": "50 667"}, {"phone": None}, {"phone": "0221-1234567"}), 2
        ):
            again = self.resolve(order(number, email="z@example.com", shipping_address={**there, **change}))[
                str(number)
            ]
            self.assertEqual(again[2], first, change)
        first.active = False
        back = self.resolve(order(8, email="z@example.com", shipping_address=there))["8"][2]
        self.assertEqual((back, back.active), (first, True))
        other = self.resolve(order(9, email="z@example.com", shipping_address={**there, "phone": "+49 30 7654321"}))[
            "9"
        ]
        self.assertNotEqual(other[2], first)

    def test_country_and_state_by_code_and_an_unknown_province_stays_in_the_city(self):
        place = {**HOME, "country_code": "US", "province_code": "NY", "province": "New York", "city": "Albany"}
        partner = self.buyer(order(1, billing_address=place))
        self.assertEqual(partner.state_id, self.env.ref("base.state_us_27"))
        place = {**HOME, "country_code": "DE", "province_code": "XX", "province": "Nirgendwo"}
        self.assertEqual(self.buyer(order(2, billing_address=place)).city, "Köln, Nirgendwo")

    def test_a_known_partner_gets_only_what_is_empty(self):
        partner = self.partners.create({"name": "Z. Kern", "email": "z@example.com"})
        customer = {"id": 7, "first_name": "Zoë", "last_name": "Kern", "email": "z@example.com", "phone": "+49301"}
        self.assertEqual(self.buyer(order(1, email="z@example.com", customer=customer)), partner)
        self.assertEqual((partner.name, partner.phone), ("Z. Kern", "+49301"))
        link = partner.shopify_customer_ids
        self.assertEqual(link.differences, "Name: “Z. Kern” in Odoo, “Zoë Kern” in Shopify")
        partner.name = "Zoë Kern"
        self.assertFalse(link.differs)

    def test_orders_that_name_nobody_go_to_the_default_customer_of_their_country(self):
        nobody = {"billing_address": None, "shipping_address": None}
        first = self.buyer(order(1, **nobody))
        self.assertEqual(first.name, "Customer of Berlin")
        self.assertNotEqual(self.buyer(order(2, **nobody)), first)
        counter, germany = self.partners.create([{"name": "Counter"}, {"name": "Germany"}])
        self.store.write(
            {
                "anonymous_customer": "default",
                "default_customer_ids": [
                    (0, 0, {"partner_id": counter.id}),
                    (0, 0, {"partner_id": germany.id, "country_id": self.env.ref("base.de").id}),
                ],
            }
        )
        place = {**HOME, "phone": None}
        buyer, invoice, delivery = self.resolve(order(3, billing_address=place, shipping_address=place))["3"]
        self.assertEqual((buyer, invoice.parent_id, delivery), (germany, germany, invoice))
        self.assertEqual(self.buyer(order(4, **nobody)), counter)
        self.assertNotIn(self.buyer(order(5, email="guest@example.com")), counter | germany)

    def test_the_language_is_the_buyers_where_it_is_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.assertEqual(self.buyer(order(1, email="a@example.com", customer_locale="fr-CH")).lang, "fr_FR")
        self.assertEqual(
            self.buyer(order(2, email="b@example.com", customer_locale="ja")).lang, self.env.lang or "en_US"
        )

    def test_merging_two_partners_keeps_every_link(self):
        one = self.buyer(order(1, email="a@example.com", customer={"id": 1}))
        two = self.buyer(order(2, email="b@example.com", customer={"id": 2}))
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((one | two).ids, one)
        links = self.env["shopify.customer"].search([("store_id", "=", self.store.id)])
        self.assertEqual((links.partner_id, sorted(links.mapped("shopify_id"))), (one, ["1", "2"]))
        self.assertFalse(two.exists())
        self.assertEqual(self.buyer(order(3, customer={"id": 2})), one)

    def test_a_batch_of_forty_asks_as_often_as_one_of_twenty(self):
        def batch(first, count):
            given = []
            for number in range(first, first + count):
                person = {"id": number, "email": f"p{number}@example.com", "first_name": "P", "last_name": str(number)}
                there = {**HOME, "address1": f"Street {number}"}
                given.append(order(number, email=person["email"], customer=person, shipping_address=there))
            return given

        def queries(given):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.resolve(*given)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(batch(1, 3))  # what is read once per process
        twenty, forty = batch(100, 20), batch(200, 40)
        self.assertEqual(queries(twenty), queries(forty))
        self.assertEqual(queries(twenty), queries(forty))  # and when everybody is known


@tagged("post_install", "-at_install")
class TestCompanies(MatchingCase):
    def company(self, number, buyer, **changes):
        there = {**HOME, "company": "Kern GmbH"}
        return order(
            number,
            company={"id": 77, "location_id": 78},
            customer={"id": buyer, "email": f"{buyer}@kern.example", "first_name": "P", "last_name": str(buyer)},
            billing_address=there,
            shipping_address=there,
            **changes,
        )

    def test_a_company_is_a_company_partner_and_its_people_are_contacts(self):
        first, invoice, delivery = self.resolve(self.company(1, 5))["1"]
        company = first.commercial_partner_id
        self.assertEqual((company.name, company.is_company, first.parent_id), ("Kern GmbH", True, company))
        self.assertEqual((invoice.parent_id, delivery), (company, invoice))
        second = self.buyer(self.company(2, 6))
        self.assertEqual(second.parent_id, company)
        self.env.cr.flush()
        job = self.env["shopify.job"].search([("key", "=", "company:77")])
        self.assertEqual(job.flow, "companies_in")

    def test_somebody_who_bought_for_themselves_stays_on_their_own(self):
        private = self.buyer(order(1, customer={"id": 5, "email": "5@kern.example"}))
        self.env["sale.order"].create({"partner_id": private.id})
        customer = self.buyer(self.company(2, 5))
        self.assertEqual((private.parent_id.id, customer.name), (False, "Kern GmbH"))


@tagged("post_install", "-at_install")
class TestAtOnce(TransactionCase):
    """Two runners, on connections of their own: this is about what PostgreSQL lets each of them see."""

    def real(self):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def test_two_orders_of_one_guest_in_two_runners_are_one_partner(self):
        env = self.real()
        store = env["shopify.store"].create({"name": "Race", "shop_domain": "race-of-guests.myshopify.com"})
        env.cr.commit()

        def clean():
            cleaner = self.real()
            people = cleaner["res.partner"].search([("email_normalized", "=", "guest-race@example.com")])
            people.child_ids.unlink()
            people.unlink()
            cleaner["shopify.store"].browse(store.id).unlink()
            cleaner.cr.execute("DELETE FROM shopify_newcomer")
            cleaner.cr.commit()

        self.addCleanup(clean)
        one, two = self.real(), self.real()
        for runner in (one, two):
            runner.cr.execute("SELECT 1 FROM res_partner LIMIT 1")  # both take their snapshot before either commits

        def run(runner, number):
            guest = order(number, email="guest-race@example.com")
            found = runner["res.partner"]._shopify_resolve(runner["shopify.store"].browse(store.id), [guest])
            runner.flush_all()
            return found[guest.id][0].id

        first = run(one, 1)
        one.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure), mute_logger("odoo.sql_db"):
            run(two, 2)
        two.cr.rollback()
        self.assertEqual(run(two, 2), first)
        two.cr.commit()
        self.assertEqual(
            self.real()["res.partner"].search_count([("email_normalized", "=", "guest-race@example.com")]), 1
        )
