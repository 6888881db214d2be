"""Trying the workflow rules: what is shown is what happens, and nothing happens by looking."""

from lxml import html

from odoo.tests import Form, new_test_user, tagged
from odoo.tools import html2plaintext

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestRuleTrial(ShopifyCase):
    def facet(self, kind, code):
        return self.env["shopify.facet"].search(
            [("store_id", "=", self.store.id), ("kind", "=", kind), ("code", "=", code)]
        )

    def rule(self, name, **values):
        return self.env["shopify.workflow.rule"].create({"name": name, "store_id": self.store.id, **values})

    def trial(self, **values):
        """What somebody sees who has chosen these."""
        form = Form(self.env["shopify.rule.trial"])
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def rows(self, trial):
        """{rule: why}, as the table lists them."""
        return {
            name.text: why.text_content()
            for _place, name, why in html.fromstring(trial.verdict).xpath("//table[@name='rules']//tr")
        }

    def test_the_first_rule_that_fits_and_why_not_those_before(self):
        trial = self.trial(status_id=self.facet("status", "pending"))
        self.assertEqual(trial.rule_id.name, "Not paid yet")
        self.assertEqual(
            self.rows(trial),
            {
                "Paid or authorized": "needs payment Authorized or Partially paid or Paid or Partially refunded, is Pending",
                "Cash on delivery": "needs to be paid with Cash on Delivery (COD), was with nothing",
                "On account": "needs payment terms like Net 30, has none",
                "Not paid yet": "fits, and decides",
                "Voided, expired or refunded": "not looked at any more",
            },
        )
        self.assertIn("“Not paid yet” leaves it as a quotation.", html2plaintext(trial.verdict))

    def test_every_reason_is_told(self):
        self.written_order(source_name="pos")
        austria = self.env.ref("base.at")
        self.rule(
            "Special",
            sequence=1,
            status_ids=self.facet("status", "paid").ids,
            gateway_ids=self.facet("gateway", "Cash on Delivery (COD)").ids,
            channel_ids=self.facet("channel", "pos").ids,
            country_ids=austria.ids,
            tags="vip, wholesale",
            risk="high",
            on_account=True,
        )
        trial = self.trial(
            status_id=self.facet("status", "voided"),
            channel_id=self.env["shopify.facet"],
            country_id=self.env.ref("base.de"),
            tags="spring",
        )
        self.assertEqual(
            self.rows(trial)["Special"],
            "needs payment Paid, is Voided; needs to be paid with Cash on Delivery (COD), was with nothing; "
            "needs to be placed in Point of Sale, was in unknown; needs delivery to Austria, goes to Germany; "
            "needs payment terms like Net 30, has none; needs the tag vip or wholesale, has spring; "
            "needs high fraud risk, is unknown",
        )
        self.assertEqual(trial.rule_id.name, "Voided, expired or refunded")

    def test_what_the_rule_gives_is_shown(self):
        team = self.env["crm.team"].create({"name": "Wholesale Team", "company_id": self.store.company_id.id})
        self.rule("Wholesale", sequence=1, tags="wholesale", team_id=team.id, action="confirm")
        trial = self.trial(tags="Wholesale")
        said = html2plaintext(trial.verdict)
        self.assertIn("“Wholesale” confirms it", said)
        self.assertIn("Sales Team: Wholesale Team", said)

    def test_a_high_risk_is_held_whatever_the_rule(self):
        self.store.hold_high_risk = True
        self.assertIn("held all the same", html2plaintext(self.trial(risk="high").verdict))
        self.store.hold_high_risk = False
        self.assertNotIn("held all the same", html2plaintext(self.trial(risk="high").verdict))

    def test_without_a_rule_it_stays_a_quotation(self):
        self.store.rule_ids.active = False
        trial = self.trial()
        self.assertFalse(trial.rule_id)
        self.assertIn("No rule speaks of it", html2plaintext(trial.verdict))

    def test_a_name_is_text_and_no_markup(self):
        self.rule("<b>Bold</b>", sequence=1, status_ids=self.facet("status", "voided").ids)
        self.assertIn("&lt;b&gt;Bold&lt;/b&gt;", str(self.trial().verdict))

    def orders(self):
        address = {
            "first_name": "Eva",
            "last_name": "Moser",
            "city": "Wien",
            "country_code": "AT",
            "address1": "Ring 1",
        }
        terms = {"payment_terms_name": "Net 30", "due_in_days": 30}
        return [
            self.written_order(source_name="pos", financial_status="paid"),
            self.written_order(financial_status="pending", payment_gateway_names=["Cash on Delivery (COD)"]),
            self.written_order(financial_status="pending", payment_terms=terms),
            self.written_order(financial_status="paid", tags="VIP, spring", shipping_address=address),
            self.written_order(financial_status="voided", source_name="580111"),
        ]

    def test_an_imported_order_gets_the_rule_that_is_shown_for_it(self):
        self.written_order(source_name="pos")
        self.rule("Till", sequence=1, channel_ids=self.facet("channel", "pos").ids, action="confirm")
        self.rule("Austria", sequence=2, country_ids=self.env.ref("base.at").ids, tags="vip", action="quotation")
        sales = self.env["sale.order"].union(*(sale for _order, sale in self.orders()))
        self.assertEqual(
            sales.mapped("shopify_rule_id.name"),
            ["Till", "Cash on delivery", "On account", "Austria", "Voided, expired or refunded"],
        )
        with self.shop.calls() as calls:
            for sale in sales:
                form = Form(self.env["shopify.rule.trial"].with_context(default_order_id=sale.id))
                with self.subTest(sale.shopify_rule_id.name):
                    self.assertEqual(form.store_id, self.store)
                    self.assertEqual(form.rule_id, sale.shopify_rule_id)
                    self.assertFalse(form.remark)
            self.drain()
        self.assertEqual(calls, {})
        self.assertEqual(sales[3].shopify_rule_id.name, "Austria")

    def test_an_order_whose_message_is_gone_is_described_from_what_is_here(self):
        _order, sale = self.written_order(financial_status="pending", tags="VIP, spring", source_name="pos")
        self.jobs(flow="orders_in").write({"payload": False})
        trial = self.trial(order_id=sale)
        self.assertEqual((trial.status_id.code, trial.channel_id.code, trial.tags), ("pending", "pos", "spring, vip"))
        self.assertIn("choose “Paid With”", trial.remark)

    def test_another_order_another_description(self):
        first, second = (sale for _order, sale in self.orders()[:2])
        form = Form(self.env["shopify.rule.trial"])
        self.assertEqual((form.status_id.code, form.rule_id.name), ("paid", "Paid or authorized"))
        form.order_id = second
        self.assertEqual((form.status_id.code, form.rule_id.name), ("pending", "Cash on delivery"))
        form.order_id = first
        self.assertEqual((form.status_id.code, form.channel_id.code), ("paid", "pos"))
        form.status_id = self.facet("status", "expired")
        self.assertEqual(form.rule_id.name, "Voided, expired or refunded")

    def test_a_user_who_changes_no_rule_may_try_them(self):
        user = new_test_user(self.env, "uwe-tries", groups="base.group_user,shopify_sync.group_user")
        _order, sale = self.written_order(financial_status="paid")
        trial = self.env["shopify.rule.trial"].with_user(user).new({"order_id": sale.id, "store_id": self.store.id})
        self.assertEqual(trial.rule_id.name, "Paid or authorized")
