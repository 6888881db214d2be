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

    manage_oversell = fields.Boolean(
        string="Set Selling Beyond Stock",
        help="Each product says whether Shopify goes on selling it when nothing is left (field “Sell When Out of Stock”), and "
        "Shopify is set accordingly. Off: what is chosen in Shopify stays.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("track_items") or vals.get("manage_oversell"):
            self._mark_all_stock()
        return result
