"""What we believe Shopify has of one variant at one location: what we last set, or last read."""

from odoo import fields, models


class ShopifyLevel(models.Model):
    _name = "shopify.level"
    _description = "Shopify Inventory Level"
    _order = "variant_id, location_id"

    store_id = fields.Many2one(related="variant_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    variant_id = fields.Many2one("shopify.variant", required=True, index=True, ondelete="cascade")
    location_id = fields.Many2one("shopify.location", required=True, index=True, ondelete="cascade")
    on_hand = fields.Integer(
        string="On Hand in Shopify", help="Last set by us or last read, less the pieces of our own fulfillments since."
    )
    committed = fields.Integer(string="Committed in Shopify", help="Sold and not shipped, when last read.")
    is_known = fields.Boolean(help="Off until Shopify's quantity was read or set for the first time.")
    explanation = fields.Char(string="How It Was Computed", readonly=True)
    pushed_at = fields.Datetime(string="Last Sent", readonly=True)

    _variant_location_uniq = models.Constraint(
        "UNIQUE(variant_id, location_id)", "There is one level for a variant at a location."
    )

    def _ensure(self, variants, locations):
        """The level of each variant at each location, made where missing: {(variant, location): level}."""
        levels = {
            (level.variant_id, level.location_id): level
            for level in self.search([("variant_id", "in", variants.ids), ("location_id", "in", locations.ids)])
        }
        missing = [(v, place) for v in variants for place in locations if (v, place) not in levels]
        for level in self.create([{"variant_id": v.id, "location_id": place.id} for v, place in missing]):
            levels[level.variant_id, level.location_id] = level
        return levels
