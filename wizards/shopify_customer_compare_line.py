from odoo import fields, models


class ShopifyCustomerCompareLine(models.TransientModel):
    """One field that differs."""

    _name = "shopify.customer.compare.line"
    _description = "Difference Between a Contact and Shopify"

    compare_id = fields.Many2one("shopify.customer.compare", required=True, ondelete="cascade")
    part = fields.Char(required=True, readonly=True)
    label = fields.Char(string="Field", readonly=True)
    in_odoo = fields.Char(readonly=True)
    in_shopify = fields.Char(readonly=True)
    take = fields.Boolean(string="Take Shopify's")
