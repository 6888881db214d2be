from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    shopify_fast_runners = fields.Integer(
        string="Parallel Runners",
        default=2,
        config_parameter="shopify_sync.fast_runners",
        help="How many orders, fulfillments and stock changes are worked on at once. More than Odoo has cron threads gains "
        "nothing.",
    )

    def set_values(self):
        self.env["shopify.runner"]._resize(self.shopify_fast_runners)
        return super().set_values()
