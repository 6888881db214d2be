from odoo import fields, models

from .product_product import OFFER


class ProductTemplate(models.Model):
    _inherit = "product.template"

    shopify_oversell = fields.Boolean(
        string="Sell When Out of Stock",
        help="Shopify goes on selling it when nothing is left, for goods that are made or bought to order. Counts in stores that "
        "have “Set Selling Beyond Stock” switched on.",
    )
    shopify_variant_count = fields.Integer(compute="_compute_shopify_variant_count", groups="shopify_sync.group_user")
    shopify_level_ids = fields.Many2many(
        "shopify.level",
        string="Stock in Shopify",
        compute="_compute_shopify_level_ids",
        groups="shopify_sync.group_user",
    )

    def write(self, vals):
        result = super().write(vals)
        if not OFFER.isdisjoint(vals):
            variants = self.with_context(active_test=False).product_variant_ids
            self.env["shopify.job"]._mark_stock(product_ids=variants.ids)
        return result

    def _compute_shopify_variant_count(self):
        counts = self.env["shopify.variant"]._read_group(
            [("product_id.product_tmpl_id", "in", self.ids)], ["product_id"], ["__count"]
        )
        totals = {}
        for product, count in counts:
            totals[product.product_tmpl_id.id] = totals.get(product.product_tmpl_id.id, 0) + count
        for template in self:
            template.shopify_variant_count = totals.get(template.id, 0)

    def _compute_shopify_level_ids(self):
        for template in self.with_context(active_test=False):
            template.shopify_level_ids = template.product_variant_ids.shopify_level_ids

    def action_open_shopify_variants(self):
        return self.with_context(active_test=False).product_variant_ids.action_open_shopify_variants()

    def action_open_shopify_levels(self):
        return self.with_context(active_test=False).product_variant_ids.action_open_shopify_levels()
