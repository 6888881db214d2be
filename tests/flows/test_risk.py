from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestRisk(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.receive(self.mug, 10)
        self.drain()

    def placed(self, **options):
        order = self.shop.place_order([("MUG", 2)], **options)
        self.deliver()
        self.drain()
        return order

    def assess(self, order, *words):
        for level in words:
            order.assess(level.upper())
        self.deliver()
        self.drain()

    def test_a_high_risk_holds_the_delivery_of_a_confirmed_order_until_released(self):
        order = self.placed()
        sale = self.sale(order)
        self.assertEqual(sale.state, "sale")
        with self.shop.calls() as calls:
            self.assess(order, "high")
        self.assertEqual(dict(calls), {})
        self.assertEqual((sale.state, sale.shopify_hold_cause, sale.shopify_risk), ("sale", "risk_high", "high"))
        self.assertEqual(len(sale.activity_ids), 1)
        with self.assertRaisesRegex(UserError, f"must not leave yet: {sale.shopify_order_name} is held"):
            self.ship(sale)
        self.assertEqual(sale.picking_ids.state, "assigned")
        sale.action_shopify_release()
        self.ship(sale)
        self.assertEqual((sale.picking_ids.state, sale.shopify_hold_cause), ("done", False))

    def test_a_worker_without_any_right_on_sales_is_told_too(self):
        order = self.placed()
        self.assess(order, "high")
        picking = self.sale(order).picking_ids
        picking.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "must not leave yet"):
            picking.with_user(self.worker()).button_validate()

    def test_a_held_order_is_not_invoiced(self):
        order = self.placed()
        self.assess(order, "high")
        self.mug.invoice_policy = "order"
        with self.assertRaisesRegex(UserError, "cannot be invoiced yet"):
            self.sale(order)._create_invoices()

    def test_a_risk_known_before_the_order_holds_it_before_it_is_confirmed(self):
        order = self.shop.place_order([("MUG", 2)])
        deliveries = self.shop.take_deliveries()
        order.assess("HIGH")
        self.deliver()  # the analysis overtook the order
        self.drain()
        self.assertFalse(self.sale(order))
        self.deliver(deliveries)
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_hold_cause, len(sale.picking_ids)), ("draft", "risk_high", 0))
        with self.assertRaisesRegex(UserError, "is held and cannot be confirmed"):
            sale.action_confirm()
        sale.action_shopify_release()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("sale", False))
        self.assertEqual(self.jobs(flow="orders_in", state="attention").ids, [])

    def test_an_analysis_that_came_with_its_order_waits_for_nobody(self):
        order = self.shop.place_order([("MUG", 2)])
        order.assess("HIGH")
        self.deliver()  # the order's message finds the analysis in the queue, and holds the order by it
        self.drain()
        sale = self.sale(order)
        self.assertEqual((sale.shopify_hold_cause, sale.shopify_risk), ("risk_high", "high"))
        self.assertEqual(self.jobs(flow="risk_in").mapped("state"), ["done"])
        self.assertEqual(len(self.jobs(cause="risk_high", state="attention")), 1)  # one order, one thing to decide
        self.assess(order, "low")
        self.assertEqual((sale.shopify_hold_cause, sale.shopify_risk), ("risk_high", "low"))
        sale.action_shopify_release()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("sale", False))

    def test_the_risk_of_an_order_that_waits_for_a_tax_is_known(self):
        order = self.placed(taxes=[("Unknown tax", "0.19")])
        self.assess(order, "high")
        sale = self.sale(order)
        self.assertEqual((sale.shopify_hold_cause, sale.shopify_risk), ("tax_unknown", "high"))
        self.map_taxes()
        self.drain()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "risk_high"))

    def test_a_released_order_is_not_held_again(self):
        order = self.placed()
        self.assess(order, "high")
        sale = self.sale(order)
        sale.action_shopify_release()
        self.assess(order, "high")
        self.shop.update_order(order, note="x")
        self.deliver()
        self.drain()
        self.assertEqual((sale.shopify_hold_cause, sale.state), (False, "sale"))

    def test_a_released_pending_order_still_waits_for_its_payment(self):
        order = self.placed(financial_status="pending")
        self.assess(order, "high")
        sale = self.sale(order)
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", "risk_high"))
        sale.action_shopify_release()
        self.assertEqual((sale.state, sale.shopify_hold_cause), ("draft", False))
        self.shop.update_order(order, financial_status="paid")
        self.deliver()
        self.drain()
        self.assertEqual(sale.state, "sale")

    def test_only_an_accountant_releases_it(self):
        order = self.placed()
        self.assess(order, "high")
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        with self.assertRaisesRegex(UserError, "Only a Shopify accountant"):
            self.sale(order).with_user(seller).action_shopify_release()

    def test_lower_risks_and_pending_ones_hold_nothing(self):
        order = self.placed()
        for level, known in (("pending", False), ("low", "low"), ("medium", "medium")):
            self.assess(order, level)
            self.assertEqual((self.sale(order).shopify_risk, self.sale(order).shopify_hold_cause), (known, False))

    def test_a_hold_stays_when_the_analysis_thinks_again(self):
        order = self.placed()
        self.assess(order, "high", "low")
        self.assertEqual((self.sale(order).shopify_risk, self.sale(order).shopify_hold_cause), ("low", False))
        order = self.placed()
        self.assess(order, "high")
        self.assess(order, "low")
        self.assertEqual((self.sale(order).shopify_risk, self.sale(order).shopify_hold_cause), ("low", "risk_high"))

    def test_a_risky_order_that_is_cancelled_waits_for_nobody(self):
        order = self.placed()
        self.assess(order, "high")
        self.shop.cancel_order(order)
        self.deliver()
        self.drain()
        self.assertEqual((self.sale(order).state, self.sale(order).shopify_hold_cause), ("cancel", False))

    def test_a_store_may_not_care(self):
        self.store.hold_high_risk = False
        order = self.placed()
        self.assess(order, "high")
        self.assertEqual((self.sale(order).shopify_risk, self.sale(order).shopify_hold_cause), ("high", False))
        self.ship(self.sale(order))

    def test_what_is_shipped_is_not_held(self):
        order = self.placed()
        self.ship(self.sale(order))
        self.assess(order, "high")
        self.assertEqual(self.sale(order).shopify_hold_cause, False)
        self.assertIn("shipped already", self.jobs(flow="risk_in").why)

    def test_one_query_tells_the_risk_of_a_batch_when_a_rule_asks_for_it(self):
        rule = self.env["shopify.workflow.rule"].create(
            {"name": "Risky", "store_id": self.store.id, "sequence": 1, "risk": "medium", "action": "quotation"}
        )
        orders = [self.shop.place_order([("MUG", 1)]) for _number in range(3)]
        orders[1].assess("MEDIUM")
        placed = [one for one in self.shop.take_deliveries() if one.headers["X-Shopify-Topic"] == "orders/create"]
        one_runner = patch.object(type(self.env["shopify.job"]), "_shard", lambda *_about: 0)
        with self.shop.calls() as calls, one_runner:
            self.deliver(placed)
            self.drain()
        self.assertEqual(dict(calls), {"nodes": 1})
        sales = [self.sale(order) for order in orders]
        self.assertEqual([sale.state for sale in sales], ["sale", "draft", "sale"])
        self.assertEqual((sales[1].shopify_rule_id, sales[1].shopify_risk), (rule, "medium"))
        self.assess(orders[1], "low")  # read again: no rule keeps it any more
        self.assertEqual((sales[1].state, sales[1].shopify_risk), ("sale", "low"))
