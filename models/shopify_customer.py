"""A customer of one store, and the partner it is."""

from odoo import fields, models


class ShopifyCustomer(models.Model):
    _name = "shopify.customer"
    _description = "Shopify Customer"
    _rec_name = "partner_id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    shopify_id = fields.Char(string="Customer ID", required=True, readonly=True)
    # Several customers of a store may be one partner: the merge wizard deletes rows of a table that says otherwise.
    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")

    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, shopify_id)", "This Shopify customer is already linked to a partner."
    )
