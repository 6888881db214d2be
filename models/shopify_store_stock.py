"""What a store decided about its stock."""

from odoo import fields, models


class ShopifyStoreStock(models.AbstractModel):
    _name = "shopify.store.stock"
    _description = "Stock of a Shopify Store"

    foreign_stock_change = fields.Selection(
        [
            ("correct", "Send Odoo's quantity again"),
            ("report", "Leave it, and only list it"),
            ("adopt", "Adjust Odoo's stock to it"),
        ],
        string="Changed in Shopify",
        default="correct",
        required=True,
        help="What happens when somebody changes a quantity in Shopify's admin. Left as it is, it stays until Odoo's own "
        "quantity changes. Each change is listed under Stock Changed in Shopify.",
    )
