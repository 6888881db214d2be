"""One day's orders of a store, counted and added up on both sides, with those that differ. Kept as a record of each day."""

from datetime import datetime
from zoneinfo import ZoneInfo

from odoo import api, fields, models


class ShopifyOrderCheck(models.Model):
    _name = "shopify.order.check"
    _description = "Daily Order Comparison"
    _order = "day desc, store_id, currency_id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    day = fields.Date(required=True, readonly=True, help="In the shop's own time zone.")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    shopify_count = fields.Integer(string="Orders in Shopify", readonly=True)
    odoo_count = fields.Integer(string="Orders in Odoo", readonly=True)
    shopify_amount = fields.Monetary(string="Total in Shopify", readonly=True)
    odoo_amount = fields.Monetary(string="Total in Odoo", readonly=True)
    difference_ids = fields.One2many("shopify.order.difference", "check_id", string="Orders That Differ", readonly=True)
    difference_count = fields.Integer(string="Differing", compute="_compute_difference_count", store=True)
    checked_at = fields.Datetime(readonly=True)

    _day_uniq = models.Constraint(
        "UNIQUE(store_id, day, currency_id)", "This day of the store was compared already: compare it again instead."
    )

    @api.depends("store_id", "day")
    def _compute_display_name(self):
        for check in self:
            check.display_name = f"{check.store_id.name}, {check.day}"

    @api.depends("difference_ids")
    def _compute_difference_count(self):
        for check in self:
            check.difference_count = len(check.difference_ids)

    def action_check_again(self):
        """Compare these days once more."""
        self.check_access("read")
        return self._compare({(check.store_id, check.day) for check in self})

    def action_check_today(self):
        """Compare today's orders so far; today is what it is by each shop's own clock."""
        self.check_access("read")
        stores = self.env["shopify.store"].search([("state", "=", "connected")])
        return self._compare({(store, datetime.now(ZoneInfo(store.shop_timezone or "UTC")).date()) for store in stores})

    def _compare(self, days):
        """:param days: {(store, day)}"""
        # sudo: a Shopify user may ask for a comparison, which writes nothing but its own result
        self.env["shopify.job"].sudo()._enqueue(
            "orders_check",
            [
                {"store_id": store.id, "key": f"check:{day}"}
                for store, day in sorted(days, key=lambda one: (one[0].id, one[1]))
            ],
        )
        return self.env["shopify.store"]._notification(
            self.env._("Being compared"), self.env._("Reload in a moment."), kind="info"
        )
