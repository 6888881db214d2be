"""A quantity that somebody changed in Shopify, and what became of it."""

from odoo import fields, models


class ShopifyLevelChange(models.Model):
    _name = "shopify.level.change"
    _description = "Stock Changed in Shopify"
    _order = "id desc"
    _rec_name = "variant_id"

    level_id = fields.Many2one("shopify.level", required=True, readonly=True, index=True, ondelete="cascade")
    store_id = fields.Many2one(related="level_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    variant_id = fields.Many2one(related="level_id.variant_id", store=True)
    location_id = fields.Many2one(related="level_id.location_id", store=True, string="Shopify Location")
    seen_at = fields.Datetime(string="Noticed", readonly=True, help="Shopify does not say who did it, nor when.")
    before = fields.Integer(readonly=True, help="What Shopify had on hand as we knew it.")
    after = fields.Integer(string="Changed To", readonly=True)
    wanted = fields.Integer(string="Odoo's Quantity", readonly=True)
    handling = fields.Selection(
        [
            ("correct", "Odoo's quantity was sent"),
            ("report", "Left as it is in Shopify"),
            ("adopt", "Adopted in Odoo"),
        ],
        string="What Was Done",
        required=True,
        readonly=True,
    )
    note = fields.Char(readonly=True)
