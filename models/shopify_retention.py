"""How long the queue's rows and their content are kept (docs/decisions: retention per kind).

Messages hold personal data, so nothing is kept for ever with its content; but a message's row keeps Shopify's repetitions out, and
what nobody settled stays visible with its cause.
"""

from odoo import api, fields, models
from odoo.tools import SQL

# Of each kind: the parameter, and its days unless Settings say otherwise.
PERIODS = {"done": 30, "open": 90, "calls": 30, "refusals": 365}
# Shopify repeats a delivery for 4 hours (SHOPIFY_API §10.2): a row that keeps a repetition out lives longer, whatever was set.
LEAST_DAYS = 2
BATCH = 2000  # rows in one transaction of Odoo's vacuum, which calls again while there are more
# Of these causes the words themselves name the customer.
PERSONAL_CAUSES = ("personal_data",)


class ShopifyRetention(models.AbstractModel):
    _name = "shopify.retention"
    _description = "Retention of Shopify's Messages"

    @api.model
    def _parameter(self, kind):
        return f"shopify_sync.keep_{kind}_days"

    @api.model
    def _before(self, kind):
        """The time before which rows of this kind are old."""
        # sudo: the vacuum's own parameters
        text = self.env["ir.config_parameter"].sudo().get_param(self._parameter(kind))
        days = int(text) if (text or "").isdigit() else PERIODS[kind]
        return fields.Datetime.subtract(fields.Datetime.now(), days=max(days, LEAST_DAYS))

    @api.autovacuum
    def _gc_finished_jobs(self):
        """Done, replaced, of a topic that nobody handles, or of a store that was just being deleted: the whole row."""
        return self._remove(
            "shopify_job",
            SQL(
                """state IN ('done', 'superseded') AND write_date < %(old)s
                   OR state = 'skipped' AND cause = 'topic_unknown' AND write_date < %(old)s
                   OR store_id <> ALL(ARRAY(SELECT id FROM shopify_store))""",
                old=self._before("done"),
            ),
        )

    @api.autovacuum
    def _gc_content_of_open_jobs(self):
        """Failed, waiting for a person, or set aside by one: the content only."""
        jobs = self.env["shopify.job"].search(
            [
                ("state", "in", ("attention", "failed", "skipped")),
                ("payload", "!=", False),
                ("write_date", "<", self._before("open")),
            ],
            limit=BATCH,
            order="id",
        )
        self._redact(jobs)
        return len(jobs), len(jobs) == BATCH

    @api.model
    def _redact(self, jobs):
        """Take the content away. The row stays, with its cause and document, and keeps a repetition of the message out."""
        # Nothing can be decided any more for a message without content: what waited for it is set free.
        jobs.filtered(lambda job: job.state == "attention").state = "failed"
        jobs.write({"payload": False, "redacted_at": fields.Datetime.now()})
        jobs.filtered(lambda job: job.cause in PERSONAL_CAUSES).error = self.env._(
            "A request about a customer's personal data."
        )
        freed = jobs.filtered("blocking")
        self.env["shopify.runner"]._wake_after_commit({(job.lane, job.shard) for job in freed})

    @api.autovacuum
    def _gc_calls(self):
        """Calls that were answered, or whose answer nobody waits for any more."""
        return self._remove(
            "shopify_call",
            SQL(
                """create_date < %s AND (state <> 'sent' OR create_date < %s)
                   AND NOT EXISTS (SELECT FROM shopify_job j WHERE j.call_id = shopify_call.id
                                   AND j.state IN ('pending', 'attention'))""",
                self._before("calls"),
                self._before("open"),
            ),
        )

    @api.autovacuum
    def _gc_refusals(self):
        return self._remove("shopify_refusal", SQL("day < %s", self._before("refusals")))

    def _remove(self, table, condition):
        """Delete the oldest rows, BATCH at most: (how many, whether there are more)."""
        self.env.flush_all()
        table = SQL.identifier(table)
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id IN (SELECT id FROM %s WHERE %s ORDER BY id LIMIT %s)",
                table,
                table,
                condition,
                BATCH,
            )
        )
        count = self.env.cr.rowcount
        if count:
            self.env.invalidate_all()
        return count, count == BATCH
