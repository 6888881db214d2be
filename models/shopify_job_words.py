"""How a job reads: what waits, since when, and why."""

import json

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..commerce import text

UNFINISHED = ("pending", "attention")
# Longer than this a job that is due should not lie: then the words say where to look.
SOON_MINUTES = 5


class ShopifyJobWords(models.AbstractModel):
    _name = "shopify.job.words"
    _description = "Words of the Shopify Queue"

    flow_label = fields.Char(string="Journey", compute="_compute_flow_label", search="_search_flow_label")
    payload_pretty = fields.Text(string="Content", compute="_compute_payload_pretty")
    waiting_since = fields.Datetime(
        compute="_compute_waiting_since", help="Since when Shopify's message, or the change in Odoo, waits for its end."
    )
    why = fields.Char(string="Status in Words", compute="_compute_why")
    record_name = fields.Char(string="Document", compute="_compute_record_name")

    @api.depends("flow")
    def _compute_flow_label(self):
        labels = self._flow_labels()
        for job in self:
            job.flow_label = labels.get(job.flow) or self.env._("None yet")

    def _search_flow_label(self, operator, value):
        if operator not in ("ilike", "=", "in"):
            return NotImplemented
        words = [value] if isinstance(value, str) else value
        found = [
            flow
            for flow, label in self._flow_labels().items()
            if any(str(word).lower() in label.lower() for word in words)
        ]
        return [("flow", "in", found)]

    @api.model
    def _flow_labels(self):
        return {
            flow._name.removeprefix("shopify.flow."): flow._description for flow in self.env["shopify.flow"]._flows()
        }

    @api.depends("payload")
    def _compute_payload_pretty(self):
        for job in self:
            try:
                body = text.clean_json(json.loads(job.payload)) if job.payload else None
                job.payload_pretty = json.dumps(body, indent=2, ensure_ascii=False) if job.payload else ""
            except ValueError:
                job.payload_pretty = job.payload

    @api.depends("state", "create_date")
    def _compute_waiting_since(self):
        for job in self:
            job.waiting_since = job.state in ("pending", "attention", "failed") and job.create_date

    @api.depends("state", "error", "not_before", "attempts", "done_at", "redacted_at")
    def _compute_why(self):
        blocked = self._blocked_by()
        for job in self:
            job.why = job._explain_state(blocked.get(job.id))

    def _explain_state(self, blocker):
        self.ensure_one()
        if self.state == "done":
            return self.error or self.env._("Done.")
        if self.state == "superseded":
            return self.env._("A newer message about the same subject was used instead.")
        if self.state == "pending":
            return self._explain_waiting(blocker)
        if self.redacted_at:
            return self.env._(
                "%(reason)s (Its content was removed on %(date)s, as Settings say; it cannot be retried.)",
                reason=self.error or "",
                date=format_datetime(self.env, self.redacted_at, dt_format="short"),
            )
        return self.error or ""

    def _explain_waiting(self, blocker):
        """Why it did not run yet: the first thing that keeps the runner from taking it, in the order in which it looks."""
        if reason := self.store_id._why_waiting(self.flow):
            return reason
        if self.flow not in self._flow_labels():
            return self.env._("Waits for the addon that works on it (“%(flow)s”): it is not installed.", flow=self.flow)
        if blocker:
            return self._explain_blocker(*blocker)
        now = fields.Datetime.now()
        if self.not_before and self.not_before > now:
            return self.env._(
                "Attempt %(number)s did not succeed, the next is due at %(time)s. %(reason)s",
                number=self.attempts,
                time=format_datetime(self.env, self.not_before, dt_format="short"),
                reason=self.error or "",
            )
        due = max(filter(None, (self.create_date, self.not_before)), default=now)
        if due < fields.Datetime.subtract(now, minutes=SOON_MINUTES):
            return self.env._(
                "Due since %(time)s. Other work goes first, or Odoo's scheduled actions do not run.",
                time=format_datetime(self.env, due, dt_format="short"),
            )
        return self.env._("Will run in a moment.")

    def _explain_blocker(self, number, state, flow, error):
        if state == "attention":
            return self.env._(
                "Waits for job %(job)s of the same subject (%(journey)s), which needs a person: %(reason)s",
                job=number,
                journey=self._flow_labels().get(flow, flow),
                reason=error or "",
            )
        return self.env._(
            "Waits for job %(job)s of the same subject (%(journey)s), which came first.",
            job=number,
            journey=self._flow_labels().get(flow, flow),
        )

    def _blocked_by(self):
        """{job id: (id, state, flow, error) of the first job of the same subject that keeps it waiting}.

        By the same rule as the runner's claim: what a newer one covers does not keep it waiting.
        """
        waiting = self.filtered(lambda job: job.state == "pending")
        if not waiting.ids:
            return {}
        self.flush_model(["store_id", "key", "state", "flow", "blocking", "error"])
        rows = self.env.execute_query(
            SQL(
                """SELECT j.id, b.id, b.state, b.flow, b.error FROM shopify_job j
                   JOIN LATERAL (SELECT b.* FROM shopify_job b
                                 WHERE b.store_id = j.store_id AND b.key = j.key AND b.id < j.id
                                   AND b.state IN ('pending', 'attention')
                                   AND (b.state = 'pending' AND NOT (b.flow = j.flow AND j.flow = ANY(%s))
                                        OR b.state = 'attention' AND b.blocking AND b.flow <> j.flow AND j.flow = ANY(%s))
                                 ORDER BY b.id LIMIT 1) b ON TRUE
                   WHERE j.id IN %s""",
                self.env["shopify.flow"]._names("_coalesces", True),
                self.env["shopify.flow"]._names("_builds_on", True),
                tuple(waiting.ids),
            )
        )
        return {row[0]: row[1:] for row in rows}

    def _compute_record_name(self):
        self.record_name = ""
        for model, jobs in self.filtered("res_id").grouped("res_model").items():
            if model in self.env and self.env[model].has_access("read"):
                there = self.env[model].browse(jobs.mapped("res_id")).exists()._filtered_access("read")
                names = {record.id: record.display_name for record in there}
                for job in jobs:
                    job.record_name = names.get(job.res_id, "")
