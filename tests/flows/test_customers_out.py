"""Contacts that are customers of a store: what is changed in Odoo, and only that, is changed in Shopify."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestCustomersOut(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.store.push_customers = True
        self.order = self.shop.place_order(
            [("MUG", 1)],
            customer={
                "email": "zoe@example.com",
                "first_name": "Zoë",
                "last_name": "Kern",
                "phone": "+492211234567",
                "tags": "VIP, Press",
                "address": {"address1": "Hauptstraße 1", "city": "Köln", "zip": "50667", "country_code": "DE"},
            },
        )
        self.customer = self.shop.customers[-1]
        self.settle()
        self.partner = self.sale(self.order).partner_id
        self.link = self.partner.shopify_customer_ids
        self.customer.changed()
        self.settle()

    def settle(self):
        """Everything that is on its way arrives, in both directions."""
        for _round in range(3):
            self.deliver()
            self.drain()

    def sent(self):
        """{root of a mutation or query: times} of what Odoo asked for on settling."""
        with self.shop.calls() as calls:
            self.settle()
        return dict(calls)

    def test_only_what_was_changed_travels_and_its_echo_changes_nothing(self):
        self.partner.phone = "030 7654321"
        self.assertEqual(self.sent(), {"nodes": 1, "customerUpdate": 1})
        self.assertEqual((self.customer.phone, self.customer.first_name), ("+49307654321", "Zoë"))
        self.assertEqual(self.sent(), {})
        self.assertEqual(self.partner.phone, "030 7654321")
        self.assertFalse(self.link.differs)

    def test_a_difference_that_nobody_touched_is_not_overwritten(self):
        self.store.push_customers = False
        self.partner.name = "Zoë Kern-Vogel"
        self.settle()
        self.store.push_customers = True
        self.partner.email = "new@example.com"
        self.settle()
        self.assertEqual((self.customer.email, self.customer.last_name), ("new@example.com", "Kern"))

    def test_the_name_is_split_as_shopify_has_it(self):
        self.partner.name = "Zoë Maria Vogel"
        self.settle()
        self.assertEqual((self.customer.first_name, self.customer.last_name), ("Zoë Maria", "Vogel"))

    def test_the_default_address_is_changed_and_the_other_addresses_stay(self):
        self.partner.write({"street": "Ring 9", "city": "Bonn", "zip": "53111"})
        self.assertEqual(self.sent(), {"nodes": 1, "customerAddressUpdate": 1})
        home = self.customer.default_address.body()
        self.assertEqual((home["address1"], home["city"], home["first_name"]), ("Ring 9", "Bonn", "Zoë"))
        self.assertEqual(len(self.customer.addresses_v2), 1)
        self.assertFalse(self.link.differs)

    def test_tags_are_added_and_removed_one_by_one(self):
        self.assertEqual(sorted(self.partner.category_id.mapped("name")), ["Press", "VIP"])
        self.customer.given["tags"] = "VIP, Press, Secret"  # Odoo was not told
        category = self.env["res.partner.category"].create({"name": "Wholesale"})
        gone = self.partner.category_id.filtered(lambda one: one.name == "Press")
        self.partner.category_id = self.partner.category_id - gone + category
        self.assertEqual(self.sent(), {"nodes": 1, "tagsAdd": 1, "tagsRemove": 1})
        self.assertEqual(sorted(self.customer.tags), ["Secret", "VIP", "Wholesale"])

    def test_switched_off_nothing_is_even_queued(self):
        self.store.push_customers = False
        self.partner.phone = "030 7654321"
        self.env.cr.flush()
        self.assertFalse(self.jobs(flow="customers_out"))

    def test_a_partner_without_a_link_queues_nothing(self):
        self.env["res.partner"].create({"name": "Nobody"}).phone = "1"
        self.env.cr.flush()
        self.assertFalse(self.jobs(flow="customers_out"))

    def test_what_came_from_shopify_goes_to_the_other_store_only(self):
        other = self.env["shopify.store"].create(
            {"name": "Other", "shop_domain": "other-cust.myshopify.com", "state": "paused", "push_customers": True}
        )
        self.env["shopify.customer"].create({"store_id": other.id, "shopify_id": "5", "partner_id": self.partner.id})
        self.store.customer_phone_wins = "shopify"
        self.customer.given["phone"] = "+49301112223"
        self.customer.changed()
        self.settle()
        self.assertEqual(self.partner.phone, "+49301112223")
        self.assertEqual(self.jobs(flow="customers_out").store_id, other)

    def test_a_refusal_waits_for_a_person_with_shopifys_words(self):
        self.shop.place_order([("MUG", 1)], customer={"email": "taken@example.com"})
        self.partner.email = "taken@example.com"
        self.settle()
        job = self.jobs(flow="customers_out")
        self.assertEqual((job.state, job.cause, job.res_model), ("attention", "customer_refused", "res.partner"))
        self.assertIn("Email has already been taken", job.error)

    def test_a_worker_without_any_shopify_right_changes_a_contact(self):
        clerk = new_test_user(self.env, "clerk-cust", groups="base.group_user,base.group_partner_manager")
        self.partner.with_user(clerk).phone = "030 7654321"
        self.settle()
        self.assertEqual(self.customer.phone, "+49307654321")

    def create_in_shopify(self, partner, **values):
        wizard = self.env["shopify.customer.send"].create(
            {"partner_id": partner.id, "store_id": self.store.id, **values}
        )
        wizard.action_send()
        return self.sent()

    def test_a_contact_becomes_a_customer_and_is_invited(self):
        partner = self.env["res.partner"].create(
            {
                "name": "Ada Lovelace",
                "email": "Ada@Example.com",
                "street": "Way 1",
                "city": "Bonn",
                "country_id": self.env.ref("base.de").id,
            }
        )
        calls = self.create_in_shopify(partner, invite=True)
        self.assertEqual(
            calls,
            {
                "customerByIdentifier": 1,
                "customerCreate": 1,
                "customerAddressCreate": 1,
                "customerSendAccountInviteEmail": 1,
            },
        )
        made = self.shop.customers[-1]
        self.assertEqual((made.email, made.first_name, made.state), ("ada@example.com", "Ada", "INVITED"))
        self.assertEqual(made.default_address.body()["city"], "Bonn")
        self.assertEqual(partner.shopify_customer_ids.mapped("shopify_id"), [str(made.number)])
        self.assertEqual(partner.shopify_customer_ids.account, "invited")

    def test_whom_shopify_knows_already_is_linked_not_made_twice(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.com"})
        known = self.shop.place_order([("MUG", 1)], customer={"email": "ada@example.com"}).body["customer"]["id"]
        self.shop.take_deliveries()
        calls = self.create_in_shopify(partner)
        self.assertEqual(calls, {"customerByIdentifier": 1})
        self.assertEqual(partner.shopify_customer_ids.shopify_id, str(known))

    def test_somebody_elses_customer_is_not_taken(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "zoe@example.com"})
        self.create_in_shopify(twin)
        job = self.jobs(key=f"partner:{twin.id}")
        self.assertEqual((job.state, job.cause, twin.shopify_customer_ids.ids), ("attention", "customer_taken", []))

    def test_without_email_and_phone_there_is_nothing_to_know_them_by(self):
        with self.assertRaisesRegex(UserError, "neither an e-mail address nor a phone number"):
            self.create_in_shopify(self.env["res.partner"].create({"name": "Nobody"}))
