"""One order that a day's comparison found different, and why."""

from odoo import fields, models


class ShopifyOrderDifference(models.Model):
    _name = "shopify.order.difference"
    _description = "Order That Differs"
    _order = "id"
    _rec_name = "order_name"

    check_id = fields.Many2one("shopify.order.check", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="check_id.currency_id")
    order_name = fields.Char(string="Order", readonly=True)
    shopify_order_id = fields.Char(readonly=True)
    sale_order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    cause = fields.Selection(
        [
            ("missing", "Not in Odoo"),
            ("total", "Totals differ"),
            ("cancelled", "Cancelled on one side only"),
            ("gone", "Not in Shopify"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    shopify_amount = fields.Monetary(string="In Shopify", readonly=True)
    odoo_amount = fields.Monetary(string="In Odoo", readonly=True)
