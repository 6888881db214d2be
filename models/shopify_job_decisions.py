"""What a person is told about the queue, and what they decide: retry one, a selection, a filter, a cause; or set aside."""

import logging
from contextlib import suppress

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

_logger = logging.getLogger(__name__)

STUCK = ("attention", "failed")


class ShopifyJobDecisions(models.AbstractModel):
    _name = "shopify.job.decisions"
    _description = "Decisions about the Shopify Queue"

    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="By which a person was told of it, and of all others of the same cause.",
    )
    alike_count = fields.Integer(string="For the Same Reason", compute="_compute_alike_count")

    def _alike(self):
        """Which jobs wait for the same reason: for the same decision where it is known, else the same cause in the store."""
        self.ensure_one()
        if self.cause_key:
            alike = Domain("cause_key", "=", self.cause_key)
        else:
            alike = Domain("cause", "=", self.cause) & Domain("flow", "=", self.flow)
        return alike & Domain("store_id", "=", self.store_id.id) & Domain("state", "in", STUCK)

    @api.depends("state", "cause", "cause_key")
    def _compute_alike_count(self):
        for job in self:
            # Shown in the form only, where there is one.
            job.alike_count = self.search_count(job._alike()) if job.state in STUCK else 0

    # -- buttons ----------------------------------------------------------------------------------
    def action_retry(self):
        """Let these go on: also such as wait for their next attempt, or were set aside."""
        self.check_access("read")
        ready = self.filtered(lambda job: job.state in (*STUCK, "skipped", "pending"))._retry()
        if self and not ready:
            raise UserError(
                self.env._(
                    "Nothing here can be retried: it is done, no journey handles it, or its content was removed because it "
                    "was old. What changes in Shopify from now on arrives as a new message."
                )
            )

    @api.model
    def action_retry_filter(self, *_ids):
        """Retry whatever the list shows and is stuck, or waits for its next attempt; what was set aside stays aside."""
        shown = Domain(self.env.context.get("active_domain") or Domain.TRUE)
        stuck = Domain("state", "in", STUCK) | (Domain("state", "=", "pending") & Domain("not_before", "!=", False))
        return self._notify_retried(self.search(shown & stuck)._retry())

    def action_retry_alike(self):
        """Retry all that wait for the same reason as this one."""
        self.ensure_one()
        self.check_access("read")
        return self._notify_retried(self.search(self._alike())._retry())

    def action_open_alike(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_job_action")
        return {**action, "name": self.env._("For the Same Reason"), "domain": list(self._alike()), "context": {}}

    def action_skip(self):
        self.check_access("read")
        # sudo after the check: the queue is written by the engine alone, users may only let it go on or set it aside.
        skipped = self.sudo().filtered(lambda job: job.state in ("pending", *STUCK))
        skipped.write(
            {
                "state": "skipped",
                "error": self.env._("Set aside by %(user)s.", user=self.env.user.name),
                "done_at": fields.Datetime.now(),
            }
        )
        skipped._end_activities()

    def action_open_record(self):
        self.ensure_one()
        record = self._record()
        if record is None:
            return False
        return {"type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form"}

    def _retry(self):
        """One write and one waking up, for any number. Returns the jobs that go on."""
        # sudo after the check, which each button does: the queue is written by the engine alone, users may only let it go on.
        ready = self.sudo().filtered(lambda job: job.flow and not job.redacted_at)
        ready._set_pending()
        return ready

    def _notify_retried(self, jobs):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if jobs else "info",
                "message": self.env._("%(count)s will be tried again in a moment.", count=len(jobs))
                if jobs
                else self.env._("Nothing here waits for a retry."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _set_pending(self):
        if self:
            self.write({"state": "pending", "not_before": False, "attempts": 0})
            self.env["shopify.runner"]._wake_after_commit({(job.lane, job.shard) for job in self})

    @api.model
    def _retry_cause(self, cause_keys):
        """A person decided what these jobs waited for: they go on.

        A runner may be about to write that a job waits for this very decision, which neither transaction can see of the other.
        So each looks once more after its own commit: here, and in the runner's `_look_again`.
        """
        # sudo: whoever may map a tax or an article may let the waiting jobs continue, also without access to the queue.
        waiting = [("state", "=", "attention"), ("cause_key", "in", cause_keys)]
        self.sudo().search(waiting)._set_pending()
        registry = self.env.registry

        @self.env.cr.postcommit.add
        def look_again():
            # A conflict here means that somebody else is letting the same jobs go on.
            with suppress(psycopg2.errors.SerializationFailure), registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["shopify.job"].search(waiting)._set_pending()

    # -- telling a person -------------------------------------------------------------------------
    def _try_to_alert(self):
        """An activity that cannot be made must not keep the outcome from being written: the runner would meet it forever."""
        # What is still to be written is not part of the attempt: its conflicts repeat the batch, as they should.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self._alert()
        except psycopg2.errors.SerializationFailure:
            _logger.info("Another runner is telling somebody about the same cause")
        except Exception:
            _logger.exception("Nobody could be told about Shopify jobs %s", self.ids)

    def _alert(self):
        """One open activity per store and cause, however many jobs wait for it: a tax unknown to 200 orders is one thing to do.

        It stands on the document while it is about one, and on the store from the second job on.
        """
        by_cause = self.grouped(lambda job: (job.store_id, job.cause))
        # Two runners may be about to tell of the same: the second waits here, and leaves it to the first.
        self.env["shopify.newcomer"]._claim(f"activity:{store.id}:{cause}" for store, cause in by_cause)
        for (store, cause), jobs in by_cause.items():
            stuck = [("store_id", "=", store.id), ("cause", "=", cause), ("state", "in", STUCK)]
            count = self.search_count(stuck)
            told = self.search([*stuck, ("activity_id.active", "=", True)], limit=1).activity_id
            record = jobs._record() if count == 1 else None
            if record is None or not hasattr(record, "activity_schedule"):
                record = store
            words = self._alert_words(count, jobs[-1].error)
            if told and (told.res_model, told.res_id) == (record._name, record.id):
                told.write(words)
            else:
                if told:
                    told.unlink()
                    jobs = self.search(stuck)
                user = store.responsible_id or self.env.ref("base.user_admin")
                told = record.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id, **words
                )
            jobs.activity_id = told

    def _alert_words(self, count, why):
        if count == 1:
            return {"summary": self.env._("Shopify: something waits for you"), "note": plaintext2html(why or "")}
        note = self.env._(
            "%(count)s wait for the same reason. The last one: %(why)s\n"
            "All of them: Shopify → Queue → Needs a Person. When it is settled, open one and choose “Retry All Like This”.",
            count=count,
            why=why or "",
        )
        return {
            "summary": self.env._("Shopify: %(count)s wait for you", count=count),
            "note": plaintext2html(note),
        }

    def _end_activities(self):
        """Once nothing that it tells of is unfinished, an activity is done."""
        activities = self.activity_id
        if activities:
            left = self.search([("activity_id", "in", activities.ids), ("state", "in", ("pending", *STUCK))])
            (activities - left.activity_id).unlink()
