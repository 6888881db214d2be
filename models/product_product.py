from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    shopify_variant_ids = fields.One2many(
        "shopify.variant", "product_id", string="Shopify Variants", groups="shopify_sync.group_user"
    )
    shopify_variant_count = fields.Integer(compute="_compute_shopify_variant_count", groups="shopify_sync.group_user")

    def _compute_shopify_variant_count(self):
        counts = dict(
            self.env["shopify.variant"]._read_group([("product_id", "in", self.ids)], ["product_id"], ["__count"])
        )
        for product in self:
            product.shopify_variant_count = counts.get(product, 0)

    def action_open_shopify_variants(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_variant_action")
        action["domain"] = [("product_id", "in", self.ids)]
        action["context"] = {}
        return action
