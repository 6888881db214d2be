from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestDraftsIn(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.store.write({"granted_scopes": f"{self.store.granted_scopes}, read_draft_orders", "import_drafts": True})
        self.drain()

    def drafted(self, lines=(("MUG", 2),), **given):
        """A draft somebody wrote in Shopify: (the shop's draft, the quotation)."""
        written = self.shop.add_draft(list(lines), **given)
        self.deliver()
        self.drain()
        return written, self.quotation(written)

    def quotation(self, written):
        return self.env["sale.order"].search([("shopify_draft_id", "=", str(written.number))])

    def test_its_webhooks_come_only_where_the_store_wishes(self):
        topics = self.env["shopify.flow"]._subscribed_topics(self.store)
        self.assertIn("draft_orders/create", topics)
        self.store.import_drafts = False
        self.assertNotIn("draft_orders/create", self.env["shopify.flow"]._subscribed_topics(self.store))
        self.store.write({"import_drafts": True, "granted_scopes": "read_orders"})
        self.assertNotIn("draft_orders/create", self.env["shopify.flow"]._subscribed_topics(self.store))

    def test_a_draft_is_a_quotation_that_nobody_confirms_here(self):
        _written, sale = self.drafted()
        self.assertEqual((sale.state, sale.amount_total, sale.shopify_order_id), ("draft", 20.0, False))
        self.assertIn("draft", sale.shopify_waits_because)
        self.assertFalse(sale.picking_ids)
        with self.assertRaisesRegex(UserError, "Complete it there"):
            sale.action_confirm()

    def test_a_changed_draft_changes_its_quotation(self):
        written, sale = self.drafted()
        written.take_tags("vip")
        self.deliver()
        self.drain()
        self.assertEqual(self.quotation(written), sale)
        self.assertEqual((sale.shopify_tags, sale.amount_total), ("vip", 20.0))

    def test_the_order_continues_the_quotation(self):
        written, sale = self.drafted()
        order = written.complete()
        deliveries = self.shop.take_deliveries()
        first = [one for one in deliveries if one.topic.startswith("draft_orders/")]
        self.deliver(first)
        self.drain()
        self.deliver([one for one in deliveries if one not in first])
        self.drain()
        self.assertEqual(self.sale(order), sale)
        self.assertEqual((sale.state, sale.shopify_order_name, sale.amount_total), ("sale", order.name, 20.0))
        self.assertEqual(len(sale.picking_ids), 1)

    def test_an_order_that_was_here_first_keeps_its_place(self):
        written, sale = self.drafted()
        order = written.complete()
        deliveries = self.shop.take_deliveries()
        first = [one for one in deliveries if one.topic.startswith("orders/")]
        self.deliver(first)
        self.drain()
        self.deliver([one for one in deliveries if one not in first])
        self.drain()
        self.assertNotEqual(self.sale(order), sale)
        self.assertEqual((self.sale(order).state, sale.state), ("sale", "cancel"))
        self.assertIn(sale.name, self.sale(order).message_ids[0].body)

    def test_a_deleted_draft_calls_its_quotation_off(self):
        written, sale = self.drafted()
        self.shop.emit("draft_orders/delete", {"id": written.number})
        self.deliver()
        self.drain()
        self.assertEqual(sale.state, "cancel")

    def test_a_store_that_does_not_wish_them_gets_none(self):
        written = self.shop.add_draft([("MUG", 1)])
        deliveries = self.shop.take_deliveries()
        self.store.import_drafts = False
        self.deliver(deliveries)
        self.drain()
        self.assertFalse(self.quotation(written))
        self.assertEqual(self.jobs(flow="drafts_in").state, "done")
