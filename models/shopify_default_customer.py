"""Whom orders without any customer are made for, by country."""

from odoo import fields, models


class ShopifyDefaultCustomer(models.Model):
    _name = "shopify.default.customer"
    _description = "Default Customer of a Shopify Store"
    _check_company_auto = True
    _order = "country_id, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    country_id = fields.Many2one(
        "res.country", help="Of the delivery or invoice address. Empty: all countries without a line."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, check_company=True, ondelete="cascade"
    )

    _store_country_uniq = models.UniqueIndex(
        "(store_id, COALESCE(country_id, 0))", "This country has a default customer in this store already."
    )
