"""Shopify's words on screens: a person reads them, searches and rules go by the stored word."""

from odoo.tests import tagged

from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestOrderWords(ShopifyCase):
    def shown(self, **values):
        _order, sale = self.written_order(**values)
        return sale, (sale.shopify_channel_words, sale.shopify_financial_words, sale.shopify_fulfillment_words)

    def test_a_person_reads_words_and_shopifys_own_stay_stored(self):
        sale, words = self.shown(source_name="pos", financial_status="partially_paid", fulfillment_status="partial")
        self.assertEqual(words, ("Point of Sale", "Partially paid", "Partially fulfilled"))
        self.assertEqual(
            (sale.shopify_channel, sale.shopify_financial_status, sale.shopify_fulfillment_status),
            ("pos", "partially_paid", "partially_fulfilled"),
        )
        _sale, words = self.shown(source_name="web", financial_status="paid", fulfillment_status=None)
        self.assertEqual(words, ("Online Store", "Paid", "Not fulfilled"))

    def test_an_unknown_word_stays_readable(self):
        _sale, words = self.shown(
            source_name="TikTok Shop", financial_status="some_new_status", fulfillment_status="half_eaten"
        )
        self.assertEqual(words, ("TikTok Shop", "Some new status", "Half eaten"))

    def test_what_shopify_did_not_say_is_empty(self):
        sale = self.env["sale.order"].create({"partner_id": self.env["res.partner"].create({"name": "Anna"}).id})
        self.assertFalse(sale.shopify_channel_words or sale.shopify_financial_words or sale.shopify_fulfillment_words)

    def test_a_channel_is_called_as_the_administrator_calls_it(self):
        sale, words = self.shown(source_name="580111")
        self.assertEqual(words[0], "580111")
        facet = self.env["shopify.facet"].search([("store_id", "=", self.store.id), ("code", "=", "580111")])
        facet.name = "Marketplace"
        sale.invalidate_recordset()
        self.assertEqual(sale.shopify_channel_words, "Marketplace")
        # Also for who may not read Shopify's settings.
        seller = self.env["res.users"].create(
            {
                "name": "Sally",
                "login": "sally-words",
                "group_ids": [self.env.ref("sales_team.group_sale_salesman_all_leads").id],
            }
        )
        self.assertEqual(sale.with_user(seller).shopify_channel_words, "Marketplace")

    def test_a_language_is_named_in_the_readers_own(self):
        for code, words in (("de", "German"), ("pt-BR", "Portuguese (Brazil)"), ("xx-klingon", "xx-klingon")):
            sale, _words = self.shown(customer_locale=code)
            self.assertEqual(sale.shopify_locale_words, words)

    def test_an_order_is_found_by_shopifys_name(self):
        sale, _words = self.shown()
        orders = self.env["sale.order"].with_context(shopify_order_names=True)
        self.assertEqual(
            orders.name_search(sale.shopify_order_name), [(sale.id, f"{sale.shopify_order_name} ({sale.name})")]
        )
        self.assertIn((sale.id, sale.name), self.env["sale.order"].name_search(sale.name))

    def test_groups_have_words_and_lead_to_their_orders(self):
        tills = self.shown(source_name="pos")[0] | self.shown(source_name="pos")[0]
        web = self.shown(source_name="web")[0]
        orders = self.env["sale.order"]
        for field in ("shopify_channel", "shopify_financial_status", "shopify_fulfillment_status"):
            groups = orders.formatted_read_group([("id", "in", (tills | web).ids)], [field], ["__count"])
            found = {group[field]: orders.search(group["__extra_domain"]) & (tills | web) for group in groups}
            if field == "shopify_channel":
                self.assertEqual(found, {"Point of Sale": tills, "Online Store": web})
            elif field == "shopify_financial_status":
                self.assertEqual(found, {"Paid": tills | web})
            else:
                self.assertEqual(found, {"Not fulfilled": tills | web})

    def test_words_are_read_for_many_orders_at_once(self):
        first = self.shown(source_name="pos")[0]
        more = [self.shown(source_name=name)[0] for name in ("web", "580111", "iphone")]
        self.env["sale.order"].invalidate_model()
        first.shopify_channel_words  # noqa: B018 (what is read once for all: the person's language, the model's access)
        counts = []
        for sales in (first, first.union(*more)):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            sales.mapped("shopify_channel_words")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_a_quotation_says_why_in_words(self):
        self.store.rule_ids.filtered(lambda rule: rule.action == "confirm").active = False
        sale = self.shown(financial_status="partially_paid")[0]
        self.assertIn("(payment: Partially paid)", sale.shopify_waits_because)
