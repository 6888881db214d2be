"""When a store's stock is compared with Shopify's, and how that went lately."""

import json

from odoo import api, fields, models

from .shopify_stock_check import OPEN

RUNS = 30  # shown as the trend


class ShopifyStoreStockCheck(models.AbstractModel):
    _name = "shopify.store.stock.check"
    _description = "Stock Comparisons of a Shopify Store"

    check_stock = fields.Selection(
        [("off", "Never"), ("report", "Show what differs"), ("correct", "Send what differs")],
        string="Every Day",
        default="correct",
        required=True,
        help="Once a day all of Shopify's stock is read in one go and compared with Odoo's.",
    )
    stock_difference_count = fields.Integer(compute="_compute_stock_checks")
    last_stock_check_at = fields.Datetime(compute="_compute_stock_checks")
    stock_check_trend = fields.Text(compute="_compute_stock_checks", help="The last runs, for a small graph.")

    def _compute_stock_checks(self):
        for store in self:
            # One store is looked at at a time: the form; lists show none of these.
            checks = self.env["shopify.stock.check"].search(
                [("store_id", "=", store.id), ("state", "=", "done")], limit=RUNS
            )
            store.stock_difference_count = checks[:1].different_count
            store.last_stock_check_at = checks[:1].ended_at
            values = [
                {"x": f"{check.ended_at:%m-%d}", "y": check.different_count, "name": check.display_name}
                for check in reversed(checks)
            ]
            store.stock_check_trend = json.dumps(
                [{"values": values, "title": "", "key": self.env._("Different levels"), "is_sample_data": False}]
            )

    def action_check_stock(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_stock_check_action_new"),
            "context": {"default_store_id": self.id},
        }

    def action_open_stock_checks(self):
        return self._open("shopify_sync.shopify_stock_check_action")

    @api.model
    def _cron_check_stock(self):
        """One a store and day; one that still runs is not overtaken."""
        stores = self.search([("state", "=", "connected"), ("check_stock", "!=", "off")])
        running = self.env["shopify.stock.check"].search([("store_id", "in", stores.ids), ("state", "in", OPEN)])
        self.env["shopify.stock.check"].create(
            [{"store_id": store.id, "mode": store.check_stock} for store in stores - running.store_id]
        ).action_start()
