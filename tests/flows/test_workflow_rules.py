from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestWorkflowRules(ShopifyCase):
    def placed(self, **options):
        order = self.shop.place_order([("MUG", 2)], **options)
        self.deliver()
        self.drain()
        return order

    def imported(self, **options):
        return self.sale(self.placed(**options))

    def facet(self, kind, code):
        return self.store.env["shopify.facet"].search(
            [("store_id", "=", self.store.id), ("kind", "=", kind), ("code", "=", code)]
        )

    def rule(self, name="Special", **values):
        values = {"name": name, "store_id": self.store.id, "sequence": 1, **values}
        return self.env["shopify.workflow.rule"].create(values)

    # -- the default ------------------------------------------------------------------------------
    def test_every_store_begins_with_five_rules(self):
        self.assertRecordValues(
            self.store.rule_ids,
            [
                {"name": "Paid or authorized", "action": "confirm"},
                {"name": "Cash on delivery", "action": "confirm"},
                {"name": "On account", "action": "confirm"},
                {"name": "Not paid yet", "action": "quotation"},
                {"name": "Voided, expired or refunded", "action": "quotation"},
            ],
        )

    def test_what_is_paid_or_authorized_is_confirmed(self):
        for status in ("paid", "authorized", "partially_paid", "partially_refunded"):
            sale = self.imported(financial_status=status)
            self.assertEqual((sale.state, sale.shopify_rule_id.name), ("sale", "Paid or authorized"), status)
            self.assertFalse(sale.shopify_waits_because)

    def test_what_is_not_paid_stays_a_quotation_that_says_why(self):
        for status in ("pending", "voided", "expired", "refunded"):
            sale = self.imported(financial_status=status)
            self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", False), status)
            self.assertIn(f"(payment: {status.capitalize()})", sale.shopify_waits_because)
            self.assertFalse(sale.picking_ids)
        self.assertEqual(set(self.jobs(flow="orders_in").mapped("state")), {"done"})
        self.assertIn("Not paid yet", self.jobs(flow="orders_in")[-1].error or self.jobs(flow="orders_in")[-1].why)

    def test_cash_on_delivery_is_shipped_before_it_is_paid(self):
        sale = self.imported(financial_status="pending", gateway="Cash on Delivery (COD)")
        self.assertEqual((sale.state, sale.shopify_rule_id.name), ("sale", "Cash on delivery"))

    def test_a_business_customer_with_terms_is_shipped_to_before_paying(self):
        for number, terms, state in ((901, "Net 30", "sale"), (902, "Due on receipt", "draft")):
            body = self.shop.place_order([("MUG", 1)], financial_status="pending").document()
            self.shop.take_deliveries()
            changed = {"id": number, "name": f"#{number}", "payment_terms": {"payment_terms_name": terms}}
            order = self.shop.place_body({**body, **changed})
            self.deliver()
            self.drain()
            self.assertEqual(self.sale(order).state, state, terms)
        self.assertEqual(
            self.env["sale.order"].search([("shopify_order_id", "=", "901")]).shopify_rule_id.name, "On account"
        )

    def test_a_pending_order_is_confirmed_when_it_is_paid(self):
        order = self.placed(financial_status="pending", gateway="Bank Deposit")
        self.assertEqual(self.sale(order).state, "draft")
        self.shop.update_order(order, financial_status="paid")
        self.deliver()
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_rule_id.name), ("sale", "Paid or authorized"))
        self.assertEqual((sale.shopify_waits_because, sale.amount_total), (False, 20.0))
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 2)

    def test_a_confirmed_order_stays_confirmed_whatever_becomes_of_its_payment(self):
        order = self.placed()
        rule = self.sale(order).shopify_rule_id
        self.shop.update_order(order, financial_status="voided")
        self.deliver()
        self.drain()
        self.assertEqual((self.sale(order).state, self.sale(order).shopify_rule_id), ("sale", rule))
        self.assertEqual(self.sale(order).shopify_financial_status, "voided")

    def test_a_quotation_that_a_person_confirmed_is_theirs(self):
        order = self.placed(financial_status="pending")
        self.sale(order).action_confirm()
        self.shop.update_order(order, note="Please ring twice")
        self.deliver()
        self.drain()
        self.assertEqual(self.sale(order).state, "sale")

    def test_a_cancelled_pending_order_is_cancelled(self):
        order = self.placed(financial_status="pending")
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.assertEqual((self.sale(order).state, self.sale(order).shopify_waits_because), ("cancel", False))

    # -- which rule -------------------------------------------------------------------------------
    def test_the_first_rule_that_speaks_of_the_order_decides(self):
        paid = self.facet("status", "paid")
        late = self.rule("Late", sequence=6, action="confirm", status_ids=paid.ids)
        early = self.rule("Early", sequence=5, action="quotation", status_ids=paid.ids)
        sale = self.imported()
        self.assertEqual((sale.shopify_rule_id, sale.state), (early, "draft"))
        early.sequence = 7
        sale = self.imported()
        self.assertEqual((sale.shopify_rule_id, sale.state), (late, "sale"))

    def test_without_a_rule_the_order_stays_a_quotation_and_check_again_finds_a_new_one(self):
        self.store.rule_ids.active = False
        sale = self.imported()
        self.assertEqual((sale.state, sale.shopify_rule_id.id), ("draft", False))
        self.assertIn("No workflow rule of Demo speaks of this order", sale.shopify_waits_because)
        self.rule("Everything")
        sale.action_shopify_recheck()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_rule_id.name), ("sale", "Everything"))

    def test_gateways_and_channels_are_learnt_from_orders(self):
        self.imported(gateway="klarna_pay_later", source_name="pos")
        self.imported(gateway="klarna_pay_later", source_name="580111")
        self.assertEqual(self.facet("gateway", "klarna_pay_later").name, "Klarna pay later")
        self.assertTrue(self.facet("channel", "pos"))
        self.assertTrue(self.facet("channel", "580111"))
        rule = self.rule(action="quotation", gateway_ids=self.facet("gateway", "klarna_pay_later").ids)
        self.assertEqual(self.imported(gateway="klarna_pay_later").shopify_rule_id, rule)
        self.assertNotEqual(self.imported(gateway="paypal").shopify_rule_id, rule)

    def test_tag_and_country_are_conditions(self):
        austria = self.env.ref("base.at")
        rule = self.rule(action="quotation", tags="vip, Whole Sale", country_ids=austria.ids)
        there, here = {"country_code": "AT", "city": "Wien"}, {"country_code": "DE", "city": "Bonn"}
        self.assertEqual(self.imported(tags="whole sale, x", shipping_address=there).shopify_rule_id, rule)
        self.assertNotEqual(self.imported(tags="whole sale", shipping_address=here).shopify_rule_id, rule)
        self.assertNotEqual(self.imported(shipping_address=there).shopify_rule_id, rule)

    def test_a_word_that_a_rule_asks_for_cannot_be_deleted(self):
        pending = self.facet("status", "pending")
        with self.assertRaisesRegex(UserError, "of Demo asks for it"):
            pending.unlink()
        self.store.rule_ids.unlink()
        pending.unlink()
        self.assertFalse(self.facet("status", "pending"))

    def test_a_store_without_orders_is_deleted_with_its_rules(self):
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other.myshopify.com"})
        rules = other.rule_ids
        other.unlink()
        self.assertFalse(rules.exists())

    def test_the_list_shows_every_condition_of_a_rule(self):
        channel = self.env["shopify.facet"].create({"store_id": self.store.id, "kind": "channel", "name": "pos"})
        austria = self.env.ref("base.at")
        rule = self.rule(tags="vip", country_ids=austria.ids, channel_ids=channel.ids, risk="high", on_account=True)
        self.assertEqual(rule.further, "on account · in pos · tagged vip · to Austria · of high risk")
        self.assertFalse(self.rule().further)

    def test_a_rule_of_another_store_never_decides(self):
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other.myshopify.com"})
        self.env["shopify.workflow.rule"].create(
            {"name": "Foreign", "store_id": other.id, "sequence": 0, "action": "quotation"}
        )
        self.assertEqual(self.imported().state, "sale")

    def test_a_rule_takes_no_word_of_another_store(self):
        other = self.env["shopify.store"].create({"name": "Other", "shop_domain": "other.myshopify.com"})
        with self.assertRaisesRegex(ValidationError, "word of another store"):
            self.rule(status_ids=other.rule_ids.status_ids[:1].ids)

    # -- what happens -----------------------------------------------------------------------------
    def test_the_rule_decides_warehouse_team_salesperson_terms_and_analytic(self):
        warehouse = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        team = self.env["crm.team"].create({"name": "Shops"})
        user = self.worker()
        term = self.env["account.payment.term"].create({"name": "Monthly"})
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        account = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        self.rule(
            warehouse_id=warehouse.id,
            team_id=team.id,
            user_id=user.id,
            payment_term_id=term.id,
            analytic_distribution={str(account.id): 100},
        )
        sale = self.imported()
        self.assertEqual(sale.state, "sale")
        self.assertEqual(
            (sale.warehouse_id, sale.team_id, sale.user_id, sale.payment_term_id), (warehouse, team, user, term)
        )
        self.assertEqual(sale.order_line.analytic_distribution, {str(account.id): 100})
        self.assertEqual(sale.picking_ids.picking_type_id.warehouse_id, warehouse)
        self.assertEqual(sale.amount_total, 20.0)

    def test_a_price_list_of_the_orders_currency_is_taken_and_changes_no_price(self):
        euros = self.env["product.pricelist"].create(
            {
                "name": "Half",
                "currency_id": self.env.ref("base.EUR").id,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 50, "applied_on": "3_global"})
                ],
            }
        )
        dollars = self.env["product.pricelist"].create({"name": "Dollars", "currency_id": self.env.ref("base.USD").id})
        rule = self.rule(pricelist_id=euros.id)
        sale = self.imported()
        self.assertEqual((sale.pricelist_id, sale.amount_total, sale.state), (euros, 20.0, "sale"))
        rule.pricelist_id = dollars
        sale = self.imported()
        self.assertEqual((sale.pricelist_id.active, sale.currency_id.name, sale.amount_total), (False, "EUR", 20.0))

    def test_terms_with_an_early_discount_are_refused(self):
        term = self.env["account.payment.term"].create({"name": "Early bird", "early_discount": True})
        with self.assertRaisesRegex(ValidationError, "early payment"):
            self.rule(payment_term_id=term.id)
        term.early_discount = False
        self.rule(payment_term_id=term.id)
        term.early_discount = True  # added afterwards
        self.assertFalse(self.imported().payment_term_id)

    def test_nobody_is_the_salesperson_by_accident(self):
        buyer = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
        partner = self.imported(customer=buyer).partner_id
        partner.user_id = self.worker()
        sale = self.imported(customer=buyer)
        self.assertEqual((sale.partner_id, sale.user_id.id, sale.team_id.id), (partner, False, False))

    def test_a_fiscal_position_is_odoos_and_leaves_shopifys_taxes(self):
        other_tax = self._tax("Export 0", 0, included=False)
        austria = self.env.ref("base.at")
        position = self.env["account.fiscal.position"].create(
            {"name": "Export", "auto_apply": True, "country_id": austria.id, "sequence": 0}
        )
        other_tax.write({"fiscal_position_ids": position.ids, "original_tax_ids": self.vat.ids})
        self.assertEqual(position.map_tax(self.vat), other_tax)
        buyer = {"email": "at@example.com", "first_name": "Eva", "last_name": "Moser"}
        address = {
            "first_name": "Eva",
            "last_name": "Moser",
            "city": "Wien",
            "country_code": "AT",
            "address1": "Ring 1",
        }
        options = {"taxes": [("MwSt", "0.19")], "customer": buyer, "shipping_address": address, "billing": address}
        self.placed(**options)
        self.map_taxes()
        sale = self.imported(**options)
        self.assertEqual((sale.state, sale.fiscal_position_id), ("sale", position), sale.shopify_hold_reason)
        self.assertEqual((sale.order_line.tax_ids, sale.amount_tax), (self.vat, 3.19))
        deliberate = self.env["account.fiscal.position"].create({"name": "Deliberate"})
        self.rule(fiscal_position_id=deliberate.id)
        sale = self.imported(**options)
        self.assertEqual((sale.fiscal_position_id, sale.amount_tax, sale.amount_total), (deliberate, 3.19, 20.0))

    # -- test orders ------------------------------------------------------------------------------
    def test_a_test_order_is_marked(self):
        sale = self.imported(test=True)
        self.assertEqual((sale.state, sale.shopify_test, sale.tag_ids.name), ("sale", True, "Shopify test order"))
        self.assertFalse(self.imported().tag_ids)

    def test_a_test_order_is_imported_like_any_other(self):
        self.store.test_orders = "import"
        sale = self.imported(test=True)
        self.assertEqual((sale.state, sale.shopify_test, len(sale.tag_ids)), ("sale", True, 0))

    def test_a_test_order_is_ignored_but_not_forgotten(self):
        self.store.test_orders = "ignore"
        order = self.placed(test=True)
        self.assertFalse(self.sale(order))
        job = self.jobs(flow="orders_in")
        self.assertEqual((job.state, len(job)), ("done", 1))
        self.assertIn("test order", job.why)

    def test_channels_and_gateways_are_called_as_shopify_calls_them(self):
        self.placed(source_name="pos", gateway="shopify_payments")
        self.placed(source_name="580111", gateway="Bank Deposit")
        names = [self.facet(kind, code).name for kind, code in (("channel", "pos"), ("gateway", "shopify_payments"))]
        self.assertEqual(names, ["Point of Sale", "Shopify Payments"])
        self.assertEqual(self.facet("gateway", "Bank Deposit").name, "Bank Deposit")

    # -- speed ------------------------------------------------------------------------------------
    def test_deciding_takes_as_many_queries_for_forty_orders_as_for_twenty(self):
        self.rule(tags="vip", country_ids=self.env.ref("base.at").ids, action="quotation")
        counted = []
        flow = type(self.env["shopify.flow.orders_in"])
        decide = flow._decide

        def counting(this, store, batch, known):
            this.env.invalidate_all()
            before = this.env.cr.sql_log_count
            decisions = decide(this, store, batch, known)
            counted.append((len(batch), this.env.cr.sql_log_count - before))
            return decisions

        with patch.object(flow, "_decide", counting), patch.object(flow, "_batch", 100):
            self.imported(shipping=("DHL", "4.90"))  # what is new is learnt here
            for size in (20, 40):
                for _number in range(size):
                    self.shop.place_order([("MUG", 1)], shipping=("DHL", "4.90"))
                self.deliver()
                self.drain()
        self.assertEqual(sum(size for size, _queries in counted), 61)  # two runners share them
        self.assertGreater(max(size for size, _queries in counted), 15)
        self.assertEqual(len({queries for size, queries in counted if size > 1}), 1, counted)
