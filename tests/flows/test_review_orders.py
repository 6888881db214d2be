"""Where the parts of the inbound path meet: holds × cancelling, tills × what came later, imports × webhooks, edits × wishes."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .editing import EditCase


@tagged("post_install", "-at_install")
class TestReviewOrders(EditCase):
    def held(self):
        order = self.shop.place_order([("MUG", 1)], taxes=[("Strange tax", "0.19")])
        self.deliver()
        self.drain()
        sale = self.sale(order)
        self.assertEqual(sale.shopify_hold_cause, "tax_unknown")
        return sale

    # -- holds ------------------------------------------------------------------------------------
    def test_a_hold_outlives_cancelling_and_setting_to_quotation(self):
        sale = self.held()
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        theirs = sale.with_user(seller)
        theirs.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(sale.shopify_difference, "cancelled_here")
        theirs.action_draft()
        with self.assertRaisesRegex(UserError, "held"):
            theirs.action_confirm()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "tax_unknown"))
        # What was decided while it was cancelled is found by looking again.
        theirs.with_context(disable_cancel_warning=True).action_cancel()
        self.map_taxes()
        self.drain()
        theirs.action_draft()
        theirs.action_shopify_recheck()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_hold_cause, sale.amount_total), ("sale", False, 10.0))

    def test_a_held_order_gets_no_invoice_for_a_down_payment(self):
        sale = self.held()
        wizard = self.env["sale.advance.payment.inv"].create(
            {"advance_payment_method": "percentage", "amount": 50, "sale_order_ids": sale.ids}
        )
        with self.assertRaisesRegex(UserError, "held"):
            wizard.create_invoices()
        self.assertFalse(sale.invoice_ids)

    # -- imports ----------------------------------------------------------------------------------
    def test_a_webhook_does_not_take_an_old_order_away_from_who_asked_for_it(self):
        order = self.shop.place_order([("MUG", 1)])
        self.shop.take_deliveries()
        self.store.go_live_at = fields.Datetime.now() + timedelta(days=1)
        record = self.env["shopify.backfill"].create({"store_id": self.store.id, "wanted": str(order.number)})
        record.action_start()
        self.env.cr.flush()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["shopify.runner"]._run_queue("slow", 0)
        self.env.invalidate_all()
        self.assertEqual(self.jobs(topic=record._topic).state, "pending")
        self.shop.update_order(order, note="Please hurry")
        self.deliver()
        self.drain()
        self.assertEqual(self.sale(order).state, "sale")

    def test_what_left_before_going_live_is_not_delivered_once_more(self):
        self.receive(self.mug, 10)
        order = self.shop.place_order([("MUG", 3), ("TENT", 1)])
        self.shop.route(order)
        self.shop.fulfill(order, {"MUG": 2})
        self.shop.take_deliveries()
        self.store.go_live_at = fields.Datetime.now() + timedelta(days=1)
        self.env["shopify.backfill"].create({"store_id": self.store.id, "wanted": str(order.number)}).action_start()
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_fulfillment_status), ("sale", "partially_fulfilled"))
        self.assertEqual((self.demand(sale, self.mug), self.demand(sale, self.tent)), (1, 1))
        self.edit(order, quantities={"MUG": 5})
        self.assertEqual(self.demand(sale, self.mug), 3)

    # -- tills ------------------------------------------------------------------------------------
    def at_the_till(self, lines, **extra):
        location = self.store.location_ids[:1]
        return self.written_order(lines, source_name="pos", location_id=int(location.shopify_id), **extra)

    def test_an_unknown_article_of_a_till_is_gone_when_it_becomes_known(self):
        poster = self.env["product.product"].create({"name": "Art print", "is_storable": True})
        _order, sale = self.at_the_till([("POSTER", 2), ("MUG", 1)], fulfillment_status="fulfilled")
        self.assertEqual(sale.picking_ids.mapped("state"), ["done"])
        self.env["shopify.variant"].search([("sku", "=", "POSTER")]).product_id = poster
        self.drain()
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"done"})
        self.assertEqual(poster.qty_available, -2)
        self.assertFalse(self.jobs(flow="fulfillments_out"))

    def test_a_till_that_tells_later_that_the_goods_were_taken_along(self):
        self.receive(self.mug, 5)
        order, sale = self.at_the_till([("MUG", 2)])
        self.assertNotEqual(sale.picking_ids.state, "done")
        self.update(order, fulfillment_status="fulfilled")
        self.assertEqual(sale.shopify_fulfillment_status, "fulfilled")
        self.assertEqual((sale.picking_ids.mapped("state"), self.mug.qty_available), (["done"], 3))
        self.assertFalse(self.jobs(flow="fulfillments_out"))

    def test_what_a_person_releases_of_a_till_has_left_the_shop_too(self):
        self.store.unknown_product = "hold"
        self.env["shopify.variant"].search([("sku", "=", "POSTER")]).product_id = False
        _order, sale = self.at_the_till([("POSTER", 1), ("MUG", 1)], fulfillment_status="fulfilled")
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "product_unknown"))
        sale.action_shopify_release()
        person = new_test_user(self.env, "clerk", groups="sales_team.group_sale_manager,stock.group_stock_user")
        sale.with_user(person).action_confirm()
        self.drain()
        self.assertEqual((sale.state, set(sale.picking_ids.mapped("state"))), ("sale", {"done"}))

    def test_what_comes_back_to_a_till_is_not_received_by_a_message(self):
        order, sale = self.at_the_till([("MUG", 2)], fulfillment_status="fulfilled")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=sale.picking_ids.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.update(order, note="Comes back")
        self.assertEqual((back.sale_id, back.state in ("done", "cancel")), (sale, False))

    # -- what customers type ----------------------------------------------------------------------
    def test_no_number_or_name_that_a_customer_types_keeps_an_order_out(self):
        self.written_order(properties=[("floor", "3")])
        row = self.env["shopify.attribute"].search([("name", "=", "floor")])
        row.field_id = self.env["ir.model.fields"]._get("sale.order.line", "sequence")
        for typed in ("99999999999999", "-99999999999999", "third"):
            _order, sale = self.written_order(properties=[("floor", typed)])
            self.assertEqual((sale.state, sale.order_line.sequence), ("sale", 1))
        _order, sale = self.written_order(properties=[("".join(map(chr, range(200, 5000))), "x")])
        self.assertEqual(sale.state, "sale")

    # -- edits ------------------------------------------------------------------------------------
    def test_an_edit_keeps_the_engraving_on_the_papers(self):
        self.receive(self.mug, 10)
        order, sale = self.written_order([("MUG", 2)], properties=[("Engraving", "Zoë ♥")])
        self.assertIn("Zoë ♥", sale.order_line.name)
        self.edit(order, discounts=[("MUG", {"amount": "1.00"})])
        self.assertEqual(sale.amount_total, 18.0)
        self.assertIn("Zoë ♥", sale.order_line.name)

    def test_a_line_added_by_an_edit_has_the_analytic_account_of_the_rule(self):
        plan = self.env["account.analytic.plan"].create({"name": "Shops"})
        account = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        self.store.env["shopify.workflow.rule"].search([("store_id", "=", self.store.id)]).write(
            {"analytic_distribution": {str(account.id): 100}}
        )
        order, sale = self.ordered()
        self.edit(order, add=[("TENT", 1)])
        self.assertEqual(len(sale.order_line), 2)
        self.assertEqual([line.analytic_distribution for line in sale.order_line], [{str(account.id): 100}] * 2)

    # -- rights ---------------------------------------------------------------------------------
    def test_what_shopify_said_in_the_mappings_is_nobodys_to_rewrite(self):
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")], shipping=("DHL", "4.99"))
        self.deliver()
        self.drain()
        user = new_test_user(self.env, "mapper", groups="shopify_sync.group_accountant")
        method = self.env["shopify.shipping.method"].search([("title", "=", "DHL")]).with_user(user)
        tax = self.env["shopify.tax"].search([("title", "=", "MwSt")]).with_user(user)
        other = self.env["res.company"].create({"name": "Swiss"})
        foreign = self.env["shopify.store"].create(
            {"name": "Foreign", "shop_domain": "foreign.myshopify.com", "company_id": other.id}
        )
        for row, name, value in ((method, "store_id", foreign.id), (method, "title", "UPS"), (tax, "rate", 7)):
            with self.assertRaises(AccessError):
                row.write({name: value})
        method.write({"carrier_id": False})
        tax.write({"tax_id": self.vat.id})
        self.assertEqual(tax.tax_id, self.vat)

    # -- companies --------------------------------------------------------------------------------
    def test_nobody_sends_a_customer_to_a_store_of_a_company_that_is_not_theirs(self):
        other = self.env["res.company"].create({"name": "Swiss"})
        foreign = self.env["shopify.store"].create(
            {"name": "Foreign", "shop_domain": "foreign.myshopify.com", "company_id": other.id}
        )
        user = new_test_user(self.env, "clerk", groups="shopify_sync.group_user,base.group_partner_manager")
        partner = self.env["res.partner"].create({"name": "Zoë", "email": "zoe@example.com"})
        wizard = (
            self.env["shopify.customer.send"].with_user(user).create({"partner_id": partner.id, "store_id": foreign.id})
        )
        with self.assertRaises(AccessError):
            wizard.action_send()
        self.env.cr.flush()
        self.assertFalse(self.jobs(flow="customers_out"))
