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
        runner = self.env["shopify.runner"]
        is_resized = self.shopify_fast_runners != runner._runner_count("fast")
        runner._resize(self.shopify_fast_runners)
        result = super().set_values()
        if is_resized:
            # What waits may have another runner now, whom nobody has told.
            runner._wake_all_after_commit()
        return result
