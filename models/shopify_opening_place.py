"""One Shopify location of an opening stock, and the Odoo location that its quantities go into."""

from odoo import api, fields, models


class ShopifyOpeningPlace(models.Model):
    _name = "shopify.opening.place"
    _description = "Location of an Opening Stock"
    _check_company_auto = True
    _rec_name = "location_id"

    opening_id = fields.Many2one("shopify.opening.stock", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="opening_id.company_id", store=True, index=True)
    location_id = fields.Many2one("shopify.location", string="Shopify Location", required=True, ondelete="cascade")
    fed_by_ids = fields.Many2many(related="location_id.location_ids", string="Fed By")
    stock_location_id = fields.Many2one(
        "stock.location",
        string="Into",
        required=True,
        check_company=True,
        domain="[('usage', '=', 'internal'), ('id', 'child_of', fed_by_ids)]",
        help="What Shopify has here, less what all the Odoo locations that feed it hold already, is put into this one.",
    )
    opening_stock_at = fields.Datetime(related="location_id.opening_stock_at", string="Taken Over Before")
    shopify_pieces = fields.Integer(string="Pieces in Shopify", compute="_compute_totals")
    odoo_pieces = fields.Float(string="Pieces in Odoo", compute="_compute_totals", digits="Product Unit")
    change_count = fields.Integer(string="To Adjust", compute="_compute_totals")
    obstacle_count = fields.Integer(string="Not Possible", compute="_compute_totals")

    _place_uniq = models.Constraint("UNIQUE(opening_id, location_id)", "This location is in the list already.")

    @api.depends("opening_id.state")
    def _compute_totals(self):
        groups = self.env["shopify.opening.line"]._read_group(
            [("place_id", "in", self.ids)],
            ["place_id", "state"],
            ["shopify_quantity:sum", "odoo_quantity:sum", "__count"],
        )
        totals = {}
        for place, state, shopify, odoo, count in groups:
            total = totals.setdefault(place.id, {"shopify": 0, "odoo": 0.0, "changes": 0, "obstacles": 0})
            total["shopify"] += shopify
            total["odoo"] += odoo
            total["changes"] += count if state in ("ready", "applied") else 0
            total["obstacles"] += count if state == "obstacle" else 0
        for place in self:
            total = totals.get(place.id, {})
            place.shopify_pieces = total.get("shopify", 0)
            place.odoo_pieces = total.get("odoo", 0.0)
            place.change_count = total.get("changes", 0)
            place.obstacle_count = total.get("obstacles", 0)
