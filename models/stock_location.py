from odoo import api, fields, models


class StockLocation(models.Model):
    _inherit = "stock.location"

    shopify_location_ids = fields.Many2many(
        "shopify.location",
        "shopify_location_stock_location_rel",
        "location_id",
        "shopify_location_id",
        string="Feeds Shopify Locations",
        groups="shopify_sync.group_user",
        help="Stock of this location and everything below it is offered there.",
    )
    shopify_location_names = fields.Char(
        string="Shopify", compute="_compute_shopify_location_names", groups="shopify_sync.group_user"
    )

    @api.depends("shopify_location_ids.name")
    def _compute_shopify_location_names(self):
        for location in self:
            location.shopify_location_names = ", ".join(location.shopify_location_ids.mapped("name"))

    def write(self, vals):
        result = super().write(vals)
        if not {"location_id", "active", "usage"}.isdisjoint(vals):
            # Moved under another parent, it may feed another place. sudo: whoever moves shelves need not see Shopify.
            stores = self.env["shopify.location"].sudo().search([("location_ids", "!=", False)]).store_id
            stores._mark_all_stock()
        return result
