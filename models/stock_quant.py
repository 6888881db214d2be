from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    # Every change of on-hand or reserved quantity passes here, whatever document made it (ODOO19 §8.1).

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        quants._shopify_mark()
        return quants

    def write(self, vals):
        result = super().write(vals)
        if not {"quantity", "reserved_quantity", "location_id"}.isdisjoint(vals):
            self._shopify_mark()
        return result

    def unlink(self):
        self._shopify_mark()
        return super().unlink()

    def _shopify_mark(self):
        self.env["shopify.job"]._mark_stock(product_ids=self.product_id.ids)
