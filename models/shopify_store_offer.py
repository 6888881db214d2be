from odoo import fields, models


class ShopifyStoreOffer(models.AbstractModel):
    """What a store does about articles that Shopify is not ready to count."""

    _name = "shopify.store.offer"
    _description = "Shopify Store: What Is Offered"

    track_items = fields.Boolean(
        string="Switch Tracking On",
        help="An article that Odoo counts and Shopify does not is set to “Track quantity” there. Off: it stays as it is, and is "
        "sold without end.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("track_items"):
            self._mark_all_stock()
        return result
