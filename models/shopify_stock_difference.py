"""One level that a comparison found different, with both numbers, why, and what was done about it."""

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 90  # the run itself, with its counts, stays


class ShopifyStockDifference(models.Model):
    _name = "shopify.stock.difference"
    _description = "Stock Difference"
    _order = "check_id desc, id"
    _rec_name = "inventory_item_id"

    check_id = fields.Many2one("shopify.stock.check", required=True, index=True, ondelete="cascade", readonly=True)
    store_id = fields.Many2one(related="check_id.store_id", store=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    variant_id = fields.Many2one("shopify.variant", readonly=True, index="btree_not_null", ondelete="cascade")
    product_id = fields.Many2one(related="variant_id.product_id")
    inventory_item_id = fields.Char(string="Inventory Item ID", readonly=True)
    location_id = fields.Many2one("shopify.location", readonly=True, index="btree_not_null", ondelete="cascade")
    odoo_quantity = fields.Integer(
        string="Odoo's", readonly=True, help="What Odoo would have Shopify count: its own stock by the store's rules."
    )
    shopify_quantity = fields.Integer(string="Shopify's", readonly=True, help="On hand in Shopify when it was read.")
    available = fields.Integer(readonly=True, help="What Shopify sells of them.")
    committed = fields.Integer(readonly=True, help="Sold and not shipped.")
    difference = fields.Integer(readonly=True, help="Odoo's less Shopify's.")
    cause = fields.Selection(
        [
            ("by_hand", "Changed in Shopify"),
            ("pending", "Being sent"),
            ("failed", "Sending failed"),
            ("unsent", "Never sent"),
            ("unnoticed", "Changed in Odoo, not sent"),
            ("inactive", "Not sold at this location"),
            ("not_stocked", "Not stocked at this location"),
            ("untracked", "Not tracked in Shopify"),
            ("gone", "Gone from Shopify"),
            ("unlinked", "Not linked"),
            ("uncounted", "Not counted in Odoo"),
            ("unmapped", "Location not mapped"),
        ],
        required=True,
        readonly=True,
    )
    action = fields.Selection(
        [("corrected", "Sent"), ("reported", "Only shown"), ("left", "Left as it is")],
        string="Done",
        required=True,
        readonly=True,
    )
    reason = fields.Char(string="What to Do", readonly=True)
    sent_at = fields.Datetime(string="Set in Shopify", compute="_compute_sent_at", help="Since this comparison.")

    @api.depends("action")
    def _compute_sent_at(self):
        levels = {
            (level.variant_id, level.location_id): level
            for level in self.env["shopify.level"].search(
                [("variant_id", "in", self.variant_id.ids), ("location_id", "in", self.location_id.ids)]
            )
        }
        for one in self:
            level = levels.get((one.variant_id, one.location_id))
            since = one.action == "corrected" and level and level.pushed_at and one.check_id.started_at
            one.sent_at = level.pushed_at if since and level.pushed_at >= one.check_id.started_at else False

    @api.autovacuum
    def _gc_differences(self):
        old = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        return self.env["shopify.retention"]._remove(self._table, SQL("create_date < %s", old))
