"""Who has one store is not asked which."""

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

ASKED = ("shopify.backfill", "shopify.opening.stock", "shopify.stock.check", "shopify.customer.send")
ASKED_ALSO_BEFORE_CONNECTING = ("shopify.workflow.rule", "shopify.stock.rule", "shopify.facet", "shopify.rule.trial")


@tagged("post_install", "-at_install")
class TestOnlyStore(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Only one store"})
        cls.env.user.company_ids = [Command.link(cls.company.id)]
        cls.store = cls.make("only-one", cls.company)

    @classmethod
    def make(cls, name, company, state="connected"):
        return cls.env["shopify.store"].create(
            {
                "name": name,
                "shop_domain": f"{name}.myshopify.com",
                "company_id": company.id,
                "state": state,
                "push_stock": False,
            }
        )

    def chosen(self, model):
        there = self.env[model].with_context(allowed_company_ids=self.company.ids)
        return there.default_get(["store_id"]).get("store_id")

    def test_the_only_store_is_chosen_whatever_other_companies_have(self):
        self.make("of-another", self.env["res.company"].create({"name": "Another"}))
        for model in ASKED + ASKED_ALSO_BEFORE_CONNECTING:
            with self.subTest(model):
                self.assertEqual(self.chosen(model), self.store.id)

    def test_of_two_stores_none_is_chosen(self):
        self.make("the-second", self.company)
        for model in ASKED + ASKED_ALSO_BEFORE_CONNECTING:
            with self.subTest(model):
                self.assertFalse(self.chosen(model))

    def test_a_store_that_was_never_connected_does_not_count_where_shopify_is_asked(self):
        self.make("a-draft", self.company, state="draft")
        for model in ASKED:
            with self.subTest(model):
                self.assertEqual(self.chosen(model), self.store.id)
        for model in ASKED_ALSO_BEFORE_CONNECTING:
            with self.subTest(model):
                self.assertFalse(self.chosen(model))

    def test_a_store_that_a_dialog_was_opened_for_stays(self):
        second = self.make("the-second", self.company)
        asked = self.env["shopify.backfill"].with_context(default_store_id=second.id)
        self.assertEqual(asked.default_get(["store_id"])["store_id"], second.id)
