from odoo import api, models

# What a forecast, and what is sold and not shipped, are made of; a reservation passes the quants.
FORECAST = {
    "state",
    "date",
    "product_id",
    "product_uom_qty",
    "product_uom",
    "location_id",
    "location_dest_id",
    "location_final_id",
}


class StockMove(models.Model):
    _inherit = "stock.move"

    # On-hand and reserved quantities are heard of at the quants; this is for offers that look further (ODOO19 §8.1).

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._shopify_mark()
        return moves

    def write(self, vals):
        concerned = not FORECAST.isdisjoint(vals)
        if concerned and "product_id" in vals:
            self._shopify_mark()  # what it was a move of
        result = super().write(vals)
        if concerned:
            self._shopify_mark()
        return result

    def unlink(self):
        self._shopify_mark()
        return super().unlink()

    def _shopify_mark(self):
        if self.env["shopify.location"]._watches_moves():
            self.env["shopify.job"]._mark_stock(product_ids=self.product_id.ids)
