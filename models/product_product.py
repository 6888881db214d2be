from odoo import fields, models

# Archived or not counted, a product is not offered; in another unit, its quantities are others; its category may have a rule.
OFFER = {"active", "is_storable", "type", "uom_id", "categ_id", "shopify_oversell"}


class ProductProduct(models.Model):
    _inherit = "product.product"

    shopify_variant_ids = fields.One2many(
        "shopify.variant", "product_id", string="Shopify Variants", groups="shopify_sync.group_user"
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
            self.env["shopify.job"]._mark_stock(product_ids=self.ids)
        return result

    def _compute_shopify_variant_count(self):
        counts = dict(
            self.env["shopify.variant"]._read_group([("product_id", "in", self.ids)], ["product_id"], ["__count"])
        )
        for product in self:
            product.shopify_variant_count = counts.get(product, 0)

    def _compute_shopify_level_ids(self):
        levels = self.env["shopify.level"].search([("variant_id.product_id", "in", self.ids)]).grouped("product_id")
        for product in self:
            product.shopify_level_ids = levels.get(product)

    def action_open_shopify_variants(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_variant_action")
        action["domain"] = [("product_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_open_shopify_levels(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_level_action")
        action["domain"] = [("variant_id.product_id", "in", self.ids)]
        action["context"] = {}
        return action
