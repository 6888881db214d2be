"""How many deliveries were refused, per store, day and reason: the only trace a stranger's request leaves."""

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL


class ShopifyRefusal(models.Model):
    _name = "shopify.refusal"
    _description = "Refused Webhooks"
    _order = "day desc, id desc"
    _rec_name = "reason"

    store_id = fields.Many2one("shopify.store", index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    day = fields.Date(required=True, readonly=True)
    status = fields.Integer(string="HTTP Status", required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)

    # NULLs differ from each other: without COALESCE every knock of a stranger at no store would be a row.
    _counter_uniq = models.UniqueIndex(
        "(COALESCE(store_id, 0), day, status, reason)", "There is one counter for a store, day and reason."
    )

    @api.model
    def _count(self, store, status, reason):
        """Add one. Two at the same instant may count as one: a counter is not worth making anybody wait."""
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        """
                        INSERT INTO shopify_refusal (store_id, company_id, day, status, reason, count, create_date, write_date)
                        VALUES (%s, %s, CURRENT_DATE, %s, %s, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                        ON CONFLICT (COALESCE(store_id, 0), day, status, reason)
                        DO UPDATE SET count = shopify_refusal.count + 1, write_date = now() AT TIME ZONE 'UTC'
                        """,
                        store.id or None,
                        store.company_id.id or None,
                        status,
                        reason,
                    ),
                    log_exceptions=False,
                )
        except psycopg2.errors.SerializationFailure:
            return
