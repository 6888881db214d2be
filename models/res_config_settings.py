from odoo import fields, models
from odoo.exceptions import UserError

from .shopify_retention import LEAST_DAYS, PERIODS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    shopify_fast_runners = fields.Integer(
        string="Parallel Runners",
        default=2,
        config_parameter="shopify_sync.fast_runners",
        help="How many orders, fulfillments and stock changes are worked on at once. More than Odoo has cron threads gains "
        "nothing.",
    )
    shopify_keep_done_days = fields.Integer(
        string="Finished Messages",
        default=PERIODS["done"],
        config_parameter="shopify_sync.keep_done_days",
        help="Days until messages that were worked on are removed.",
    )
    shopify_keep_open_days = fields.Integer(
        string="Content of What Failed",
        default=PERIODS["open"],
        config_parameter="shopify_sync.keep_open_days",
        help="Days until the content of messages that failed, wait for a person, or were set aside is removed. The line itself "
        "stays, with its cause; it cannot be retried any more.",
    )
    shopify_keep_calls_days = fields.Integer(
        string="Answered Calls",
        default=PERIODS["calls"],
        config_parameter="shopify_sync.keep_calls_days",
        help="Days until calls that changed something in Shopify are removed.",
    )
    shopify_keep_refusals_days = fields.Integer(
        string="Counters of Refused Webhooks",
        default=PERIODS["refusals"],
        config_parameter="shopify_sync.keep_refusals_days",
        help="Days until the counters of refused deliveries are removed. They hold no personal data.",
    )

    def set_values(self):
        periods = [self[f"shopify_keep_{kind}_days"] for kind in PERIODS]
        if min(periods) < LEAST_DAYS:
            raise UserError(
                self.env._(
                    "Keep Shopify's messages for at least %(days)s days: Shopify may repeat one for hours, and what is "
                    "no longer known would be worked on twice.",
                    days=LEAST_DAYS,
                )
            )
        self.env["shopify.runner"]._resize(self.shopify_fast_runners)
        return super().set_values()
