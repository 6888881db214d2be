"""Personal data: what is kept is shown whole, what may go is gone, what accounting needs stays, and all of it is on record."""

import io
import json
import zipfile

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import DOMAIN, ShopifyCase

WORDS = ("zoe@example.com", "Kern", "Hauptstraße", "+492211234567")


@tagged("post_install", "-at_install")
class TestPrivacy(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.receive(self.mug, 10)
        self.drain()
        self.order = self.shop.place_order(
            [("MUG", 1)],
            customer={
                "email": "zoe@example.com",
                "first_name": "Zoë",
                "last_name": "Kern",
                "phone": "+492211234567",
                "address": {"address1": "Hauptstraße 1", "city": "Köln", "zip": "50667", "country_code": "DE"},
            },
        )
        self.deliver()
        self.drain()
        self.sale_order = self.sale(self.order)
        self.sale_order.note = "Ring at Kern's"
        self.partner = self.sale_order.partner_id
        self.number = str(self.order.body["customer"]["id"])

    def ask(self, topic, event=None, **changes):
        body = {
            "shop_id": 1,
            "shop_domain": DOMAIN,
            "customer": {"id": int(self.number), "email": "zoe@example.com", "phone": "+492211234567"},
            "orders_to_redact": [self.order.number],
            "orders_requested": [self.order.number],
            **changes,
        }
        self.tell(topic, body, event=event)
        return self.env["shopify.privacy.request"].search([("store_id", "=", self.store.id)], limit=1)

    def finish_order(self, *, invoice):
        """Everything with the order is settled: delivered and invoiced, or called off."""
        if not invoice:
            self.sale_order._action_cancel()
            self.drain()
            return None
        self.ship(self.sale_order)
        self.drain()
        self.deliver()
        self.drain()
        move = self.sale_order._create_invoices()
        move.action_post()
        return move

    def stored(self):
        """All texts of the queue and of the calls."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT COALESCE(string_agg(coalesce(payload, '') || coalesce(error, ''), ' '), '') FROM shopify_job"
        )
        jobs = self.env.cr.fetchone()[0]
        self.env.cr.execute(
            "SELECT COALESCE(string_agg(variables::text || coalesce(answer::text, ''), ' '), '') FROM shopify_call"
        )
        return jobs + self.env.cr.fetchone()[0]

    def test_a_data_request_makes_a_file_of_everything(self):
        request = self.ask("customers/data_request", data_request={"id": 9999})
        self.assertEqual((request.state, request.shopify_number, request.who), ("done", "9999", "z…@example.com"))
        archive = zipfile.ZipFile(io.BytesIO(request.attachment_id.raw))
        page, data = archive.read("data.html").decode(), json.loads(archive.read("data.json"))
        for word in (*WORDS, self.sale_order.name, "Ring at Kern&#39;s"):
            self.assertIn(word, page, word)
        self.assertEqual(len(data["Orders"]), 1)
        self.assertEqual(data["Orders"][0]["Total"], str(self.sale_order.amount_total))
        self.assertTrue(any("orders/create" in one.get("Topic", "") for one in data["Messages from Shopify"]))
        self.assertTrue(request.activity_ids)
        self.assertEqual(self.partner.email, "zoe@example.com")

    def test_only_managers_read_the_file(self):
        request = self.ask("customers/data_request")
        for login, groups, allowed in (
            ("u", "shopify_sync.group_user", False),
            ("m", "shopify_sync.group_manager", True),
        ):
            user = new_test_user(self.env, f"privacy-{login}", groups=f"base.group_user,{groups}")
            for record in (request, request.attachment_id):
                self.assertEqual(record.with_user(user).has_access("read"), allowed, (login, record))

    def test_the_same_event_twice_is_one_request(self):
        for _ in range(2):
            self.ask("customers/data_request", event="delivered-twice")
        self.assertEqual(self.env["shopify.privacy.request"].search_count([("store_id", "=", self.store.id)]), 1)

    def test_erasing_waits_while_an_order_is_open_and_a_manager_may_decide(self):
        request = self.ask("customers/redact")
        job = self.jobs(topic="customers/redact")
        self.assertEqual((request.state, job.state, job.cause), ("waiting", "attention", "personal_data"))
        self.assertIn(self.sale_order.name, request.why)
        self.assertEqual(self.partner.email, "zoe@example.com")
        self.assertTrue(request.activity_ids)
        user = new_test_user(self.env, "privacy-user", groups="base.group_user,shopify_sync.group_accountant")
        with self.assertRaises(AccessError):
            request.with_user(user).action_confirm()
        request.action_confirm()
        self.drain()
        self.assertEqual((request.state, request.confirmed_by_id, job.state), ("done", self.env.user, "done"))
        self.assertFalse(self.partner.email or self.partner.active)

    def test_what_no_invoice_needs_is_gone_everywhere(self):
        line = self.sale_order.order_line[:1]
        line.write({"name": f"{line.name}\nEngraving: Kern", "shopify_properties": "Engraving: Kern"})
        self.sale_order.shopify_attributes = "Doorbell: Kern"
        self.finish_order(invoice=False)
        request = self.ask("customers/redact")
        self.assertEqual(request.state, "done", request.why)
        everybody = self.partner | self.sale_order.partner_invoice_id | self.sale_order.partner_shipping_id
        for contact in everybody:
            texts = f"{contact.name} {contact.email} {contact.phone} {contact.street} {contact.city} {contact.zip}"
            self.assertFalse([word for word in (*WORDS, "Köln") if word in texts], texts)
            self.assertFalse(contact.active)
        link = self.env["shopify.customer"].search([("shopify_id", "=", self.number)])
        self.assertFalse(link.name or link.email or link.phone or link.address)
        self.assertFalse(self.sale_order.note or self.sale_order.shopify_attributes)
        self.assertNotIn("Kern", line.name)
        self.assertFalse([word for word in WORDS if word in self.stored()])
        self.assertFalse(
            self.env["mail.tracking.value"].search(
                [("mail_message_id.model", "=", "res.partner"), ("mail_message_id.res_id", "in", everybody.ids)]
            )
        )
        self.assertGreater(self.sale_order.shopify_total, 0)

    def test_a_customer_made_from_odoo_is_gone_from_the_calls_too(self):
        partner = self.env["res.partner"].create(
            {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+493012345678"}
        )
        self.env["shopify.customer.send"].create(
            {"partner_id": partner.id, "store_id": self.store.id, "invite": True}
        ).action_send()
        self.drain()
        self.deliver()
        self.drain()
        self.assertIn("ada@example.com", self.stored())
        self.ask(
            "customers/redact",
            customer={"id": int(partner.shopify_customer_ids.shopify_id), "email": "ada@example.com"},
            orders_to_redact=[],
            orders_requested=[],
        )
        self.assertFalse(partner.email)
        self.assertFalse([word for word in ("ada@example.com", "Lovelace", "+493012345678") if word in self.stored()])
        self.assertIn("zoe@example.com", self.stored())

    def test_invoices_keep_name_and_address_and_nothing_else(self):
        move = self.finish_order(invoice=True)
        request = self.ask("customers/redact")
        self.assertEqual(request.state, "done", request.why)
        bound = move.partner_id
        self.assertEqual((bound.name, bound.street, bound.active), ("Zoë Kern", "Hauptstraße 1", True))
        self.assertFalse(bound.email or bound.phone)
        self.assertIn("posted invoices", request.done)
        self.assertEqual(move.state, "posted")

    def test_a_contact_that_is_more_than_this_customer_is_kept_and_said(self):
        self.finish_order(invoice=False)
        self.env["sale.order"].create({"partner_id": self.partner.id})  # bought in another way too
        request = self.ask("customers/redact")
        self.assertEqual((self.partner.name, self.partner.email), ("Zoë Kern", "zoe@example.com"))
        self.assertIn("more than this customer", request.done)
        self.assertFalse(self.env["shopify.customer"].search([("shopify_id", "=", self.number)]).email)

    def test_a_late_message_brings_nothing_back(self):
        self.test_what_no_invoice_needs_is_gone_everywhere()
        self.shop.emit("customers/update", {**self.order.body["customer"], "updated_at": "2027-01-01T00:00:00Z"})
        self.deliver()
        self.drain()
        link = self.env["shopify.customer"].search([("shopify_id", "=", self.number)])
        self.assertFalse(link.email or self.partner.email)

    def test_erasing_nobody_known_is_done_and_on_record(self):
        request = self.ask(
            "customers/redact", customer={"id": 1, "email": "x@example.com"}, orders_to_redact=[], orders_requested=[]
        )
        self.assertEqual(request.state, "done")
        self.assertTrue(request.found.startswith("Customers of Shopify: 0, contacts: 0, orders: 0"))

    def test_the_whole_shop_is_erased_when_a_manager_says_so(self):
        self.finish_order(invoice=False)
        guest = self.shop.place_order([("MUG", 1)], email="guest@example.com")
        self.deliver()
        self.drain()
        request = self.ask("shop/redact", customer=None, orders_to_redact=None, orders_requested=None)
        self.assertEqual((request.state, request.kind), ("waiting", "shop_redact"))
        request.action_confirm()
        self.drain()
        self.assertEqual(request.state, "done")
        self.assertFalse(self.partner.email)
        self.assertFalse(self.sale(guest).partner_id.email)
        self.assertFalse([word for word in (*WORDS, "guest@example.com") if word in self.stored()])

    def test_a_request_that_names_nobody_is_final(self):
        self.ask("customers/redact", customer=None, orders_to_redact=[], orders_requested=[])
        self.assertEqual(self.jobs(topic="customers/redact").cause, "unreadable")

    def test_a_shop_that_left_is_erased_although_its_store_is_paused(self):
        # Shopify asks for it 48 hours after the app was uninstalled, which paused the store.
        self.store.write({"state": "paused", "pause_reason": "Uninstalled"})
        request = self.ask("shop/redact", customer=None)
        self.assertEqual(request.state, "waiting")
        request.action_confirm()
        self.drain()
        self.assertEqual(request.state, "done")
        self.assertFalse(self.partner.email)
        job = self.jobs(topic="shop/redact")
        self.assertFalse(self.store._why_waiting(job.flow))

    def test_a_copied_database_erases_nothing(self):
        self.store.bound_to = "elsewhere"
        self.assertFalse(self.ask("customers/data_request"))
        self.assertEqual(self.store.state, "copied")

    def test_nobody_decides_for_another_company(self):
        request = self.ask("customers/redact")
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "foreign-manager",
            groups="base.group_user,shopify_sync.group_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        with self.assertRaises(AccessError):
            request.with_user(user).action_confirm()
        self.assertEqual(request.state, "waiting")

    def test_what_edits_and_attributes_remember_of_a_customer_is_gone(self):
        self.env["shopify.attribute"].create(
            [
                {"store_id": self.store.id, "scope": "order", "name": "Doorbell", "example": "Kern"},
                {"store_id": self.store.id, "scope": "order", "name": "Gift", "example": "yes"},
            ]
        )
        self.sale_order.shopify_attributes = "Doorbell: Kern"
        address = {
            "first_name": "Zoë",
            "last_name": "Kern",
            "address1": "Rosengasse 7",
            "city": "Bonn",
            "country_code": "DE",
        }
        self.shop.update_order(self.order, note="Kern & Co, 2nd floor", shipping_address=address)
        self.deliver()
        self.drain()

        def remembered():
            messages = " ".join(self.sale_order.message_ids.mapped("body"))
            examples = " ".join(self.env["shopify.attribute"].search([]).filtered("example").mapped("example"))
            return f"{self.sale_order.shopify_seen} {messages} {examples}"

        for word in ("Rosengasse", "2nd floor", "Kern"):
            self.assertIn(word, remembered())
        self.finish_order(invoice=False)
        self.ask("customers/redact")
        for word in ("Rosengasse", "2nd floor", "Kern"):
            self.assertNotIn(word, remembered())
        self.assertIn("yes", remembered())

    def test_a_company_s_people_do_not_stand_in_each_other_s_file(self):
        company = self.env["res.partner"].create({"name": "Hafen GmbH", "is_company": True})
        self.env["res.partner"].create({"name": "Colleague", "email": "colleague@example.com", "parent_id": company.id})
        self.sale_order.partner_id = company
        request = self.ask("customers/data_request")
        archive = zipfile.ZipFile(io.BytesIO(request.attachment_id.raw))
        page = archive.read("data.html").decode()
        self.assertIn("zoe@example.com", page)
        self.assertNotIn("colleague@example.com", page)
