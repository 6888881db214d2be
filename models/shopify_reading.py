"""What a bulk operation said of every level of a shop, while a comparison or an opening stock works on it.

In a table and not in memory: a hundred thousand variants at several locations are read once, in any order, and then taken in the
order of Odoo's variants. The rows of a run go when it ends.
"""

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 7  # of a run that never ended; as long as Shopify keeps the file
BATCH = 20_000


class ShopifyReading(models.Model):
    _name = "shopify.reading"
    _description = "Level as Read from Shopify"
    _log_access = False  # written by COPY, as many as there are levels

    store_id = fields.Many2one("shopify.store", required=True, ondelete="cascade", readonly=True)
    run = fields.Char(required=True, readonly=True, help="What it was read for: check:12, opening:3.")
    read_on = fields.Date(required=True, readonly=True)
    inventory_item_id = fields.Char(required=True, readonly=True)
    location_shopify_id = fields.Char(required=True, readonly=True)
    tracked = fields.Boolean(readonly=True)
    is_active = fields.Boolean(readonly=True)
    on_hand = fields.Integer(readonly=True)
    available = fields.Integer(readonly=True)
    committed = fields.Integer(readonly=True)

    _run_idx = models.Index("(store_id, run, inventory_item_id, location_shopify_id)")

    @api.model
    def _forget(self, store, run):
        self.env.cr.execute(SQL("DELETE FROM shopify_reading WHERE store_id = %s AND run = %s", store.id, run))

    @api.autovacuum
    def _gc_readings(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM shopify_reading WHERE id IN (SELECT id FROM shopify_reading WHERE read_on < %s LIMIT %s)",
                fields.Date.subtract(fields.Date.today(), days=KEPT_DAYS),
                BATCH,
            )
        )
        return self.env.cr.rowcount, self.env.cr.rowcount == BATCH
