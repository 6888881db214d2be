"""A place where Shopify keeps stock, and the Odoo locations that feed it."""

from odoo import api, fields, models


class ShopifyLocation(models.Model):
    _name = "shopify.location"
    _description = "Shopify Location"
    _check_company_auto = True
    _order = "store_id, name, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    name = fields.Char(required=True, readonly=True)
    shopify_id = fields.Char(string="Shopify ID", required=True, readonly=True)
    is_active = fields.Boolean(string="Active in Shopify", default=True, readonly=True)
    is_fulfillment_service = fields.Boolean(
        string="Fulfillment Service", readonly=True, help="A service manages the stock here; Odoo does not touch it."
    )
    location_ids = fields.Many2many(
        "stock.location",
        "shopify_location_stock_location_rel",
        "shopify_location_id",
        "location_id",
        string="Fed By",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Stock of these locations and everything below them is offered at this Shopify location.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_warehouse_id",
        help="Ships the orders that Shopify assigns to this location.",
    )

    opening_stock_at = fields.Datetime(
        string="Opening Stock Taken", readonly=True, copy=False, help="When Shopify's quantities became Odoo's."
    )

    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, shopify_id)", "This Shopify location is already in the list of this store."
    )

    @api.depends("location_ids.warehouse_id")
    def _compute_warehouse_id(self):
        for location in self:
            location.warehouse_id = location.location_ids.warehouse_id[:1]

    def write(self, vals):
        result = super().write(vals)
        if "location_ids" in vals:
            self.store_id._mark_all_stock()
        return result

    def _mappable(self):
        """Where Odoo may be the truth of the stock."""
        return self.filtered(lambda place: place.is_active and not place.is_fulfillment_service)

    def _pushable(self):
        """Where Odoo's quantities go: mapped, active, and not run by a fulfillment service."""
        return self._mappable().filtered("location_ids")
