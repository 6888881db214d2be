"""The queue: every journey between Shopify and Odoo, one row each, inbox and outbox in one table (DESIGN 4).

pending ──run──▶ done          superseded ◀── a newer body of the same subject took its place
   ▲  │└──later──▶ pending     (not before …)
   │  └──────────▶ attention   a person decides; the row says what and offers the fix
 retry └─────────▶ failed      Shopify or Odoo said no for good, or the attempts are used up
                   skipped     set aside by a person, or of a topic nobody here handles yet
"""

import hashlib
import json
import logging
from contextlib import suppress
from decimal import Decimal

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, format_datetime

from ..commerce import text

_logger = logging.getLogger(__name__)

UNFINISHED = ("pending", "attention")
PATIENCE_HOURS = 24
# What an appended row holds, with the type PostgreSQL cannot guess from a list of values.
COLUMNS = {
    "store_id": "int",
    "flow": "varchar",
    "topic": "varchar",
    "key": "varchar",
    "lane": "varchar",
    "priority": "int",
    "shard": "int",
    "blocking": "bool",
    "payload": "text",
    "event_id": "varchar",
    "triggered_at": "timestamp",
    "res_model": "varchar",
    "res_id": "int",
    "state": "varchar",
    "cause": "varchar",
    "error": "text",
}
# One text for all appends: built anew for each webhook it would cost more than PostgreSQL needs to run it.
APPEND = f"""INSERT INTO shopify_job (company_id, attempts, create_date, write_date, create_uid, write_uid, {", ".join(COLUMNS)})
    SELECT s.company_id, 0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', %s, %s,
           {", ".join(f"v.{name}::{kind}" for name, kind in COLUMNS.items())}
    FROM (VALUES %s) AS v ({", ".join(COLUMNS)}) JOIN shopify_store s ON s.id = v.store_id
    ON CONFLICT (store_id, topic, event_id) WHERE event_id IS NOT NULL DO NOTHING
    RETURNING lane, shard, state"""


class Outcome(Exception):
    """How a job ended, when it did not simply end well. Raised for a whole batch or given per job."""

    whole_batch = False  # nothing about one job: splitting the batch to find the bad one would be in vain


class Later(Outcome):
    """Try again. `seconds` None: by the growing delays; a number: not before that.

    `counts` False: this was no attempt at all. `patient`: whatever the attempts, for PATIENCE_HOURS (Shopify may be down).
    """

    def __init__(self, why, seconds=None, *, counts=True, patient=False, whole_batch=False):
        super().__init__(why)
        self.why, self.seconds, self.counts, self.patient = why, seconds, counts, patient
        self.whole_batch = whole_batch


class NeedsPerson(Outcome):
    """Somebody decides. `cause` groups alike ones, `cause_key` names what the decision is about, `record` shows it."""

    def __init__(self, cause, why, *, cause_key=None, record=None):
        super().__init__(why)
        self.cause, self.why, self.cause_key, self.record = cause, why, cause_key, record


class Final(Outcome):
    """It will never work; nothing is to be decided."""

    def __init__(self, cause, why):
        super().__init__(why)
        self.cause, self.why = cause, why


class Done(Outcome):
    """It worked, and this is the record it produced (and a remark, where there is one)."""

    def __init__(self, record=None, note=None):
        super().__init__(note)
        self.record, self.note = record, note


class ShopifyJob(models.Model):
    _name = "shopify.job"
    _description = "Shopify Queue"
    _order = "id desc"
    _rec_name = "key"

    store_id = fields.Many2one("shopify.store", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    flow = fields.Char(readonly=True, help="Which journey: the name of the file in flows/.")
    flow_label = fields.Char(string="Journey", compute="_compute_flow_label")
    topic = fields.Char(readonly=True)
    key = fields.Char(
        string="Subject", readonly=True, required=True, help="What it is about. Jobs of one subject run in order."
    )
    lane = fields.Selection([("fast", "Fast"), ("slow", "Slow")], required=True, readonly=True)
    priority = fields.Integer(readonly=True)
    shard = fields.Integer(readonly=True, help="hash(store, subject): decides which runner owns the job.")
    blocking = fields.Boolean(
        readonly=True, help="Later jobs of the same subject wait while this one waits for a person."
    )
    payload = fields.Text(readonly=True)
    payload_pretty = fields.Text(string="Content", compute="_compute_payload_pretty")
    event_id = fields.Char(string="Shopify's Event ID", readonly=True)
    triggered_at = fields.Datetime(string="Happened At", readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("attention", "Needs a person"),
            ("done", "Done"),
            ("superseded", "Replaced by a newer one"),
            ("skipped", "Set aside"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    not_before = fields.Datetime(readonly=True)
    cause = fields.Char(readonly=True, help="Alike reasons have the same cause.")
    cause_key = fields.Char(readonly=True, index="btree_not_null")
    error = fields.Text(string="Reason", readonly=True)
    why = fields.Char(string="Status in Words", compute="_compute_why")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    record_name = fields.Char(string="Document", compute="_compute_record_name")
    call_id = fields.Many2one("shopify.call", readonly=True, index="btree_not_null", ondelete="set null")
    done_at = fields.Datetime(readonly=True)

    # Deliveries come at least once: the database keeps the promise that each counts once.
    _event_uniq = models.UniqueIndex("(store_id, topic, event_id) WHERE event_id IS NOT NULL")
    _claim_idx = models.Index("(lane, priority, id) WHERE state = 'pending'")
    _subject_idx = models.Index("(store_id, key, id) WHERE state IN ('pending', 'attention')")
    _risk_idx = models.Index("(store_id, key) WHERE flow = 'risk_in'")  # orders_in looks there for each batch
    _state_store_idx = models.Index("(store_id, state)")

    # -- words ------------------------------------------------------------------------------------
    @api.depends("flow")
    def _compute_flow_label(self):
        for job in self:
            model = f"shopify.flow.{job.flow}"
            job.flow_label = self.env[model]._description if model in self.env else self.env._("None yet")

    @api.depends("payload")
    def _compute_payload_pretty(self):
        for job in self:
            try:
                body = text.clean_json(json.loads(job.payload)) if job.payload else None
                job.payload_pretty = json.dumps(body, indent=2, ensure_ascii=False) if job.payload else ""
            except ValueError:
                job.payload_pretty = job.payload

    @api.depends("state", "error", "not_before", "attempts", "done_at")
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
        if self.state in ("attention", "failed", "skipped"):
            return self.error or ""
        if self.store_id.state != "connected":
            return self.env._(
                "The store is not connected: everything waits. %(reason)s", reason=self.store_id.pause_reason or ""
            )
        if self.not_before and self.not_before > fields.Datetime.now():
            return self.env._(
                "Attempt %(number)s did not succeed, the next is due at %(time)s. %(reason)s",
                number=self.attempts,
                time=format_datetime(self.env, self.not_before, dt_format="short"),
                reason=self.error or "",
            )
        if blocker:
            return self.env._("Waits for job %(job)s of the same subject.", job=blocker)
        return self.env._("Will run in a moment.")

    def _blocked_by(self):
        """{job id: id of an earlier unfinished job of the same subject}."""
        waiting = self.filtered(lambda job: job.state == "pending")
        if not waiting.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT j.id, MIN(b.id) FROM shopify_job j
                   JOIN shopify_job b ON b.store_id = j.store_id AND b.key = j.key AND b.id < j.id
                                     AND (b.state = 'pending' OR b.state = 'attention' AND b.blocking AND b.flow <> j.flow)
                   WHERE j.id IN %s GROUP BY j.id""",
                tuple(waiting.ids),
            )
        )
        return dict(rows)

    def _compute_record_name(self):
        self.record_name = ""
        for model, jobs in self.filtered("res_id").grouped("res_model").items():
            if model in self.env and self.env[model].has_access("read"):
                there = self.env[model].browse(jobs.mapped("res_id")).exists()._filtered_access("read")
                names = {record.id: record.display_name for record in there}
                for job in jobs:
                    job.record_name = names.get(job.res_id, "")

    def _record(self):
        self.ensure_one()
        if self.res_model and self.res_id and self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id).exists()
        return None

    def _body(self):
        """The payload, parsed; numbers with a point are Decimal, so that money never becomes a float."""
        self.ensure_one()
        return json.loads(self.payload or "{}", parse_float=Decimal)

    def _continue_at(self, payload):
        """Long work is done in pieces: where the next one starts."""
        self.ensure_one()
        self.payload = json.dumps(payload)

    # -- append -----------------------------------------------------------------------------------
    @api.model
    def _enqueue(self, flow, values_list):
        """Append jobs with the current transaction: one INSERT for all of it, at commit (DESIGN 2.1).

        :param flow: name of the flow, without the `shopify.flow.` before it
        :param values_list: list of {'store_id', 'key'} and, where there is one, 'payload' (JSON text), 'res_model', 'res_id'
        """
        if values_list:
            rows = self._collected("shopify_sync.jobs", self._insert)
            # The same once more in one transaction (a delivery done, and the carrier's number a moment later) says nothing new.
            rows += [row for row in (self._job_row(flow, values) for values in values_list) if row not in rows]

    def _collected(self, name, insert):
        """The list kept under this name until the transaction ends, and then handed to `insert` once."""
        data = self.env.cr.precommit.data
        if name not in data:
            data[name] = []

            @self.env.cr.precommit.add
            def append():
                insert(data.pop(name))

        return data[name]

    def _job_row(self, flow, values):
        definition = self.env[f"shopify.flow.{flow}"]
        return {
            "state": "pending",
            **values,
            "flow": flow,
            "lane": definition._lane,
            "priority": definition._priority,
            "blocking": definition._blocking,
        }

    def _insert(self, rows, *, log_exceptions=True):
        """Append rows in one statement, as any user: raw SQL needs no right on the queue (DESIGN 2.1).

        A row whose event is there already is left out. Returns how many were new.
        """
        values = [
            tuple({**row, "shard": self._shard(row["store_id"], row["key"])}.get(name) for name in COLUMNS)
            for row in rows
        ]
        # psycopg2 writes a tuple as a row of VALUES.
        query = SQL(APPEND, self.env.uid, self.env.uid, SQL(", ").join(SQL("%s", one) for one in values))
        self.env.cr.execute(query, log_exceptions=log_exceptions)
        inserted = self.env.cr.fetchall()
        self.env["shopify.runner"]._wake_after_commit(
            {(lane, shard) for lane, shard, state in inserted if state == "pending"}
        )
        return len(inserted)

    @api.model
    def _shard(self, store_id, key):
        """The same number for the same subject in every process, on every host, and in `_insert_stock_marks`' SQL.

        A store's variants stay together: one runner then fills calls of 250 levels where two would send twice as many half full.
        """
        subject = "stock" if key.startswith("variant:") else key
        return int(hashlib.md5(f"{store_id}:{subject}".encode(), usedforsecurity=False).hexdigest()[:7], 16)

    @api.model
    def _receive(self, store, event, flow, key):
        """Store one verified delivery. Returns False when it was there already (also when two arrive at once).

        :param event: shopify_api.webhook.Event
        :param flow: the flow that handles the topic, or None: kept aside until there is one
        """
        row = {
            "store_id": store.id,
            "topic": event.topic,
            "key": key,
            "payload": event.raw.decode("utf-8"),
            "event_id": event.event_id or (f"delivery:{event.webhook_id}" if event.webhook_id else None),
            "triggered_at": event.triggered_at and event.triggered_at.replace(tzinfo=None),
        }
        if flow:
            row = self._job_row(flow, row)
        else:
            row.update(
                lane="slow",
                priority=90,
                blocking=False,
                state="skipped",
                cause="topic_unknown",
                error=self.env._("No journey handles “%(topic)s” yet; the message is kept.", topic=event.topic),
            )
        try:
            # A duplicate committed after our snapshot shows as a SerializationFailure of this statement, and can be nothing
            # else here; the transaction goes on behind the savepoint (ODOO19 §3).
            with self.env.cr.savepoint(flush=False):
                return bool(self._insert([row], log_exceptions=False))
        except psycopg2.errors.SerializationFailure:
            return False

    @api.model
    def _mark_stock(self, product_ids=None, variants=None, stores=None):
        """Note at commit that the stock of these products changed: one statement for any number of moves, no lock (DESIGN 7).

        The variants and their stores are found by the INSERT itself, so that a product that is in no store costs nothing more.
        """
        marks = self._collected("shopify_sync.stock", self._insert_stock_marks)
        marks.append((set(product_ids or ()), set(variants.ids if variants else ()), set(stores.ids if stores else ())))

    def _insert_stock_marks(self, marks):
        products, variants, stores = (set().union(*(mark[i] for mark in marks)) for i in range(3))
        flow = self.env["shopify.flow.stock_out"]
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO shopify_job (store_id, company_id, flow, key, lane, priority, shard, blocking, state, attempts,
                                            res_model, res_id, create_date, write_date, create_uid, write_uid)
                   SELECT v.store_id, v.company_id, 'stock_out', 'variant:' || v.id, %s, %s,
                          ('x' || substr(md5(v.store_id || ':stock'), 1, 7))::bit(28)::int, FALSE, 'pending', 0,
                          'shopify.variant', v.id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', %s, %s
                   FROM shopify_variant v JOIN shopify_store s ON s.id = v.store_id
                   WHERE s.active AND s.push_stock AND s.state <> 'draft' AND v.product_id IS NOT NULL
                     AND (v.product_id = ANY(%s) OR v.id = ANY(%s) OR v.store_id = ANY(%s))
                   RETURNING lane, shard""",
                flow._lane,
                flow._priority,
                self.env.uid,
                self.env.uid,
                list(products),
                list(variants),
                list(stores),
            )
        )
        self.env["shopify.runner"]._wake_after_commit(set(inserted))

    # -- coalescing -------------------------------------------------------------------------------
    def _coalesce(self):
        """Of the jobs of one flow and subject only the newest runs; the others are covered by it.

        :param self: claimed jobs of one store and one flow
        :return: the jobs to run
        """
        if not self or not self.env[f"shopify.flow.{self[0].flow}"]._coalesces:
            return self
        # Also those that were not claimed, because they wait for a retry or a person: a newer full body takes their place.
        alike = self.search(
            [
                ("store_id", "=", self[0].store_id.id),
                ("flow", "=", self[0].flow),
                ("key", "in", self.mapped("key")),
                ("state", "in", UNFINISHED),
            ],
            order="id",
        )
        winners, losers = self.browse(), self.browse()
        for jobs in alike.grouped("key").values():
            newest = max(jobs, key=lambda job: (job.triggered_at or job.create_date, job.id))
            if newest in self:
                winners |= newest
                # A call without an answer is still to be settled, whichever job was served by it.
                unanswered = (jobs - newest).call_id.filtered(lambda call: call.state == "sent")
                if unanswered and not newest.call_id:
                    newest.call_id = unanswered[:1]
            losers |= jobs - newest
        if losers:
            losers.write({"state": "superseded", "done_at": fields.Datetime.now(), "not_before": False})
        return winners.sorted("id")

    # -- outcomes ---------------------------------------------------------------------------------
    def _finish(self, outcomes):
        """Write how each job ended: {job: Outcome or None}. Jobs left out ended well."""
        now = fields.Datetime.now()
        plain = self.browse()
        for job in self:
            outcome = outcomes.get(job)
            if outcome is None:
                plain |= job
            else:
                job._finish_one(outcome, now)
        if plain:
            plain.write(
                {
                    "state": "done",
                    "done_at": now,
                    "error": False,
                    "cause": False,
                    "cause_key": False,
                    "not_before": False,
                }
            )

    def _finish_one(self, outcome, now):
        vals = {"cause_key": False}
        if isinstance(outcome, Done):
            vals.update(state="done", done_at=now, error=outcome.note, cause=False, not_before=False)
            if outcome.record:
                vals.update(res_model=outcome.record._name, res_id=outcome.record.id)
        elif isinstance(outcome, NeedsPerson):
            vals.update(
                state="attention",
                cause=outcome.cause,
                cause_key=outcome.cause_key,
                error=outcome.why,
                attempts=self.attempts + 1,
                not_before=False,
            )
            if outcome.record:
                vals.update(res_model=outcome.record._name, res_id=outcome.record.id)
        elif isinstance(outcome, Final):
            vals.update(state="failed", cause=outcome.cause, error=outcome.why, attempts=self.attempts + 1, done_at=now)
        else:
            vals.update(self._retry_values(outcome, now))
        self.write(vals)
        if vals["state"] in ("attention", "failed"):
            self._try_to_alert()

    def _retry_values(self, outcome, now):
        flow = self.env[f"shopify.flow.{self.flow}"]
        attempts = self.attempts + (1 if outcome.counts else 0)
        patient = outcome.patient and self.create_date > fields.Datetime.subtract(now, hours=PATIENCE_HOURS)
        if attempts >= flow._max_attempts and not patient:
            why = self.env._("Given up after %(number)s attempts. %(why)s", number=attempts, why=outcome.why)
            return {"state": "failed", "cause": "attempts", "error": why, "attempts": attempts, "done_at": now}
        seconds = outcome.seconds if outcome.seconds is not None else flow._delay(attempts)
        return {
            "state": "pending",
            "cause": "later",
            "error": outcome.why,
            "attempts": attempts,
            "not_before": fields.Datetime.add(now, seconds=seconds),
        }

    def _try_to_alert(self):
        """An activity that cannot be made must not keep the outcome from being written: the runner would meet it forever."""
        try:
            with self.env.cr.savepoint():
                self._alert()
        except Exception:
            _logger.exception("Nobody could be told about Shopify job %s", self.id)

    def _alert(self):
        """One open activity for the responsible user per record, not one per job and attempt."""
        self.ensure_one()
        record = self._record()
        if record is None or not hasattr(record, "activity_schedule"):
            record = self.store_id
        self.store_id._alert_responsible(record, self.error)

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

    def _set_pending(self):
        if self:
            self.write({"state": "pending", "not_before": False, "attempts": 0})
            self.env["shopify.runner"]._wake_after_commit({(job.lane, job.shard) for job in self})

    # -- buttons ----------------------------------------------------------------------------------
    def action_retry(self):
        # sudo after the check: the queue is written by the engine alone, users may only let it go on.
        self.check_access("read")
        self.sudo().filtered(
            lambda job: job.flow and job.state in ("attention", "failed", "skipped", "pending")
        )._set_pending()

    def action_skip(self):
        self.check_access("read")
        self.sudo().filtered(lambda job: job.state in (*UNFINISHED, "failed")).write(
            {
                "state": "skipped",
                "error": self.env._("Set aside by %(user)s.", user=self.env.user.name),
                "done_at": fields.Datetime.now(),
            }
        )

    def action_open_record(self):
        self.ensure_one()
        record = self._record()
        if record is None:
            return False
        return {"type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form"}

    # -- retention --------------------------------------------------------------------------------
    @api.autovacuum
    def _gc_jobs(self):
        """Payloads hold personal data: finished jobs go after 30 days, long after Shopify stopped repeating (4 h)."""
        old = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        jobs = self.search([("state", "in", ("done", "superseded", "skipped")), ("write_date", "<", old)], limit=10000)
        jobs.unlink()
        return len(jobs), len(jobs) == 10000
