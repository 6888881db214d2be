"""What an order, its payment, fulfillment, channel and language are called on screens."""

from odoo import api, fields, models

from ..commerce import text

# Shopify's word on the order → kind of word (see shopify.words), and the field that shows it.
SHOWN = {
    "shopify_channel": ("channel", "shopify_channel_words"),
    "shopify_financial_status": ("status", "shopify_financial_words"),
    "shopify_fulfillment_status": ("fulfillment", "shopify_fulfillment_words"),
}


class ShopifyOrderWords(models.AbstractModel):
    _name = "shopify.order.words"
    _description = "Words on a Shopify Order"

    shopify_channel_words = fields.Char(string="Sales Channel", compute="_compute_shopify_words")
    shopify_financial_words = fields.Char(string="Payment in Shopify", compute="_compute_shopify_words")
    shopify_fulfillment_words = fields.Char(string="Fulfillment in Shopify", compute="_compute_shopify_words")
    shopify_locale_words = fields.Char(string="Customer's Language", compute="_compute_shopify_locale_words")

    @property
    def _rec_names_search(self):
        # Whoever speaks with a customer knows the order by Shopify's name for it.
        return [*super()._rec_names_search, "shopify_order_name"]

    @api.depends("shopify_order_name")
    @api.depends_context("shopify_order_names")
    def _compute_display_name(self):
        """Where a choice is among Shopify's orders, both names: #1001 (S00042)."""
        super()._compute_display_name()
        if self.env.context.get("shopify_order_names"):
            for order in self.filtered("shopify_order_name"):
                order.display_name = f"{order.shopify_order_name} ({order.display_name})"

    @api.depends("shopify_store_id", *SHOWN)
    @api.depends_context("lang")
    def _compute_shopify_words(self):
        # sudo: a salesperson reads what a channel is called, and need not read the stores.
        names = self.env["shopify.facet"]._given_names(self.sudo().shopify_store_id)
        words = self.env["shopify.words"]
        for order in self:
            for name, (kind, shown) in SHOWN.items():
                given = names.get((order.shopify_store_id.id, kind, text.folded(order[name])))
                order[shown] = given or words._say(kind, order[name])

    @api.depends("shopify_locale")
    @api.depends_context("lang")
    def _compute_shopify_locale_words(self):
        for order in self:
            order.shopify_locale_words = self.env["shopify.words"]._language(order.shopify_locale)

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        """Groups are headed by words; the domain of each keeps Shopify's."""
        formatter = super()._web_read_group_groupby_formatter(groupby_spec, values)
        if groupby_spec not in SHOWN:
            return formatter
        kind, _shown = SHOWN[groupby_spec]
        # sudo: as above, also who may not read the stores.
        stores = self.env["shopify.store"].sudo().search([("company_id", "in", self.env.companies.ids)])
        names = {key[1:]: name for key, name in self.env["shopify.facet"]._given_names(stores).items()}

        def in_words(value):
            value, domain = formatter(value)
            given = value and names.get((kind, text.folded(value)))
            return given or self.env["shopify.words"]._say(kind, value) or value, domain

        return in_words
