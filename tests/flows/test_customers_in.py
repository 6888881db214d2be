"""Customers who come on their own: taken over where Odoo has nothing, shown where it has something else, never piled up."""

from odoo.tests import tagged

from ..common import ShopifyCase

HOME = {
    "id": 9001,
    "first_name": "Zoë",
    "last_name": "Kern",
    "name": "Zoë Kern",
    "company": None,
    "address1": "Hauptstraße 1",
    "city": "Köln",
    "zip": "50667",
    "country": "Germany",
    "country_code": "DE",
    "phone": None,
    "default": True,
}


class CustomersCase(ShopifyCase):
    def tell(self, topic="customers/update", **changes):
        """One webhook about customer 61 on its way through the door and the queue. Returns its job."""
        body = {
            "id": 61,
            "admin_graphql_api_id": "gid://shopify/Customer/61",
            "email": "zoe@example.com",
            "first_name": "Zoë",
            "last_name": "Kern",
            "phone": "+492211234567",
            "state": "disabled",
            "tax_exempt": False,
            "updated_at": "2026-10-01T10:00:00Z",
            "default_address": HOME,
            **changes,
        }
        return self.send(topic, body)

    def send(self, topic, body):
        self.shop.emit(topic, body)
        self.assertEqual(self.deliver(), [200])
        self.drain()
        return self.env["shopify.job"].search([("topic", "=", topic)], order="id desc", limit=1)

    def link(self, number="61"):
        return self.env["shopify.customer"].search([("store_id", "=", self.store.id), ("shopify_id", "=", number)])


@tagged("post_install", "-at_install")
class TestCustomersIn(CustomersCase):
    def test_a_new_customer_becomes_a_contact_with_all_that_is_said(self):
        job = self.tell("customers/create", tags="VIP, Wholesale", email_marketing_consent={"state": "subscribed"})
        partner = self.link().partner_id
        self.assertEqual((job.state, job.res_id), ("done", partner.id))
        self.assertEqual((partner.name, partner.email, partner.phone), ("Zoë Kern", "zoe@example.com", "+492211234567"))
        self.assertEqual((partner.street, partner.zip, partner.country_id.code), ("Hauptstraße 1", "50667", "DE"))
        self.assertEqual(sorted(partner.category_id.mapped("name")), ["VIP", "Wholesale"])
        self.assertEqual((self.link().email_marketing, self.link().account), ("subscribed", "disabled"))
        self.assertFalse(self.link().differs)
        self.assertFalse(partner.child_ids)

    def test_language_and_exemptions_are_shown_in_words(self):
        codes = ["EU_REVERSE_CHARGE_EXEMPTION_RULE", "CA_BC_RESELLER_EXEMPTION", "EXEMPT_ALL"]
        self.tell(locale="pt-BR", tax_exemptions=codes)
        link = self.link()
        self.assertEqual((link.locale, link.locale_words), ("pt-BR", "Portuguese (Brazil)"))
        self.assertEqual(
            link.tax_exemptions_words, "EU: reverse charge exemption rule, CA-BC: reseller exemption, Exempt all"
        )
        self.tell(locale=None, tax_exemptions=[], updated_at="2026-10-01T11:00:00Z")
        self.assertFalse(link.tax_exemptions_words)

    def test_the_store_may_wait_for_the_first_order_but_links_whom_odoo_knows(self):
        self.store.make_customers = False
        job = self.tell("customers/create")
        self.assertEqual((job.state, self.link().ids), ("done", []))
        partner = self.env["res.partner"].create({"name": "Zoë Kern", "email": "ZOE@example.com"})
        self.tell(updated_at="2026-10-01T11:00:00Z")
        self.assertEqual((self.link().partner_id, partner.city), (partner, "Köln"))

    def test_odoo_keeps_what_it_has_and_shows_the_difference(self):
        partner = self.env["res.partner"].create(
            {"name": "Zoë Kern-Vogel", "email": "zoe@example.com", "phone": "030 7654321"}
        )
        self.tell()
        self.assertEqual((partner.name, partner.phone, partner.city), ("Zoë Kern-Vogel", "030 7654321", "Köln"))
        self.assertEqual(
            self.link().differences.splitlines(),
            [
                "Name: “Zoë Kern-Vogel” in Odoo, “Zoë Kern” in Shopify",
                "Phone: “030 7654321” in Odoo, “+492211234567” in Shopify",
            ],
        )
        self.assertTrue(partner.shopify_differs)
        self.assertIn(partner, self.env["res.partner"].search([("shopify_differs", "=", True)]))
        wizard = self.env["shopify.customer.compare"].with_context(default_customer_id=self.link().id).create({})
        self.assertEqual(wizard.line_ids.mapped("part"), ["name", "phone"])
        wizard.line_ids.filtered(lambda line: line.part == "phone").take = True
        wizard.action_take()
        self.assertEqual((partner.name, partner.phone), ("Zoë Kern-Vogel", "+492211234567"))
        self.assertEqual(self.link().differences, "Name: “Zoë Kern-Vogel” in Odoo, “Zoë Kern” in Shopify")

    def test_per_field_shopify_or_odoo_may_win(self):
        partner = self.env["res.partner"].create({"name": "Z", "email": "zoe@example.com"})
        self.store.write({"customer_name_wins": "shopify", "customer_phone_wins": "odoo"})
        self.tell()
        self.assertEqual((partner.name, partner.phone), ("Zoë Kern", False))
        self.tell(first_name=None, last_name=None, updated_at="2026-10-02T10:00:00Z")
        self.assertEqual(partner.name, "Zoë Kern")  # nothing said is nothing to win with

    def test_an_older_body_changes_nothing(self):
        self.tell(updated_at="2026-10-02T10:00:00Z", phone="+49301111111")
        job = self.tell(updated_at="2026-10-01T10:00:00Z", phone="+49302222222")
        self.assertEqual((job.state, self.link().phone), ("done", "+49301111111"))
        self.assertIn("Older", job.error)

    def test_tags_removed_in_shopify_go_only_where_shopify_wins(self):
        self.tell(tags="VIP, Wholesale")
        partner = self.link().partner_id
        own = self.env["res.partner.category"].create({"name": "Friend"})
        partner.category_id += own
        self.tell(tags="VIP", updated_at="2026-10-02T10:00:00Z")
        self.assertEqual(sorted(partner.category_id.mapped("name")), ["Friend", "VIP", "Wholesale"])
        self.store.customer_tags_wins = "shopify"
        self.tell(tags="", updated_at="2026-10-03T10:00:00Z")
        self.assertEqual(sorted(partner.category_id.mapped("name")), ["Friend", "Wholesale"])

    def test_tags_and_consent_come_by_topics_of_their_own(self):
        self.tell(tags="VIP")
        self.send("customer.tags_added", {"customerId": "gid://shopify/Customer/61", "tags": ["Press", "vip"]})
        self.assertEqual(self.link().tags, "VIP, Press")
        self.assertEqual(sorted(self.link().partner_id.category_id.mapped("name")), ["Press", "VIP"])
        self.send("customer.tags_removed", {"customerId": "gid://shopify/Customer/61", "tags": ["VIP"]})
        self.assertEqual(self.link().tags, "Press")
        self.send(
            "customers_email_marketing_consent/update",
            {"customer_id": 61, "email_address": "x", "email_marketing_consent": {"state": "unsubscribed"}},
        )
        self.assertEqual(self.link().email_marketing, "unsubscribed")

    def test_exempt_customers_get_the_stores_fiscal_position(self):
        position = self.env["account.fiscal.position"].create({"name": "Exempt"})
        self.store.exempt_fiscal_position_id = position
        self.tell(tax_exempt=True)
        partner = self.link().partner_id
        self.assertEqual(partner.property_account_position_id, position)
        self.tell(tax_exempt=False, updated_at="2026-10-02T10:00:00Z")
        self.assertFalse(partner.property_account_position_id)

    def test_a_deleted_customer_stays_a_contact(self):
        self.tell()
        job = self.send("customers/delete", {"id": 61, "tax_exemptions": []})
        self.assertEqual((job.state, bool(self.link().gone_at), self.link().partner_id.active), ("done", True, True))

    def test_a_merge_moves_the_link_to_the_id_that_lives(self):
        self.tell()
        partner = self.link().partner_id
        self.send("customers/merge", self.merged(kept=62, gone=61))
        self.assertEqual((self.link("62").partner_id, self.link("62").gone_at), (partner, False))
        self.assertEqual(self.link().merged_into_id, self.link("62"))
        job = self.tell(email="late@example.com", updated_at="2026-10-09T10:00:00Z")
        self.assertEqual((job.state, self.link("62").email), ("done", "zoe@example.com"))

    def test_a_merge_of_two_known_ones_leads_orders_to_the_survivor_and_tells_a_person(self):
        self.tell()
        self.tell(id=62, admin_graphql_api_id="gid://shopify/Customer/62", email="other@example.com", phone=None)
        self.send("customers/merge", self.merged(kept=62, gone=61))
        kept = self.link("62").partner_id
        self.assertIn("one person there", kept.activity_ids.note)
        order = self.shop.place_order([("MUG", 1)], customer={"email": "zoe@example.com", "first_name": "Zoë"})
        body = dict(order.body, customer=dict(order.body["customer"], id=61))
        self.shop.take_deliveries()
        self.send("orders/create", body)
        self.assertEqual(self.sale(order).partner_id, kept)

    def test_a_merge_that_failed_changes_nothing(self):
        self.tell()
        self.send("customers/merge", {**self.merged(kept=62, gone=61), "status": "failed"})
        self.assertFalse(self.link().gone_at or self.link("62"))

    def merged(self, kept, gone):
        return {
            "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
            "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{gone}",
            "status": "completed",
            "errors": [],
        }

    def test_a_body_that_is_no_customer_is_final(self):
        job = self.tell(default_address=[1])
        self.assertEqual((job.state, job.cause), ("failed", "unreadable"))

    def test_order_and_customer_of_one_checkout_are_one_partner(self):
        order = self.shop.place_order(
            [("MUG", 1)], customer={"email": "zoe@example.com", "first_name": "Zoë", "last_name": "Kern"}
        )
        self.shop.emit("customers/create", {**order.body["customer"], "updated_at": "2026-10-01T10:00:00Z"})
        self.deliver()
        self.drain()
        number = str(order.body["customer"]["id"])
        self.assertEqual(self.link(number).partner_id, self.sale(order).partner_id)
        self.assertEqual(self.env["res.partner"].search_count([("email", "=", "zoe@example.com")]), 1)
