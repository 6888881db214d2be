"""The queue: every journey between Shopify and Odoo, one row each, inbox and outbox in one table (DESIGN 4).

pending ──run──▶ done          superseded ◀── a newer body of the same subject took its place
   ▲  │└──later──▶ pending     (not before …)
   │  └──────────▶ attention   a person decides; the row says what and offers the fix
 retry └─────────▶ failed      Shopify or Odoo said no for good, or the attempts are used up
                   skipped     set aside by a person, or of a topic nobody here handles yet
"""

import hashlib
import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..commerce.outcome import Done, Final, Later, NeedsPerson

# Also so that Odoo knows these parts of the job before the job itself.
from .shopify_job_decisions import STUCK
from .shopify_job_words import UNFINISHED

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
# One text for all appends: built anew for each it would cost more than PostgreSQL needs to run it. Nobody of Odoo's users made a
# row: create_uid and write_uid stay empty, and PostgreSQL need not lock a user (nor the store and its company)
# against deletion while goods are moved.
APPEND = f"""INSERT INTO shopify_job (attempts, create_date, write_date, {", ".join(COLUMNS)})
    SELECT 0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
           {", ".join(f"v.{name}::{kind}" for name, kind in COLUMNS.items())}
    FROM (VALUES %s) AS v ({", ".join(COLUMNS)}, place)
    ORDER BY v.place  -- ids in the order of the list
    ON CONFLICT (store_id, topic, event_id) WHERE event_id IS NOT NULL DO NOTHING
    RETURNING lane, shard, state"""


def _refuse(word):
    raise ValueError(f"{word} is not JSON")


class UnlockedMany2one(fields.Many2one):
    """A Many2one without a foreign key: PostgreSQL checks one by locking the other row, for every INSERT (decisions/0010).

    Fifty webhooks a second and everybody who validates a delivery would lock the same store. Whoever deletes the record that is
    named has to delete what names it.
    """

    def update_db_foreign_key(self, model, column):
        pass


class ShopifyJob(models.Model):
    _name = "shopify.job"
    _inherit = ["shopify.job.words", "shopify.job.decisions"]
    _description = "Shopify Queue"
    _order = "id desc"
    _rec_name = "key"

    store_id = UnlockedMany2one("shopify.store", required=True, readonly=True)
    company_id = fields.Many2one(related="store_id.company_id")
    flow = fields.Char(readonly=True, help="Which journey: the name of the file in flows/.")
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
    payload = fields.Text(
        readonly=True, prefetch=False, help="What Shopify sent; read where it is used, not by every list."
    )
    redacted_at = fields.Datetime(
        string="Content Removed At", readonly=True, help="When its content was removed because it was old."
    )
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
    )
    attempts = fields.Integer(readonly=True)
    not_before = fields.Datetime(readonly=True)
    cause = fields.Char(readonly=True, help="Alike reasons have the same cause.")
    cause_key = fields.Char(readonly=True, index="btree_not_null")
    error = fields.Text(string="Reason", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    call_id = fields.Many2one("shopify.call", readonly=True, index="btree_not_null", ondelete="set null")
    done_at = fields.Datetime(readonly=True)

    # Deliveries come at least once: the database keeps the promise that each counts once.
    _event_uniq = models.UniqueIndex("(store_id, topic, event_id) WHERE event_id IS NOT NULL")
    # Also what a claim reads: all that waits, store by store.
    _subject_idx = models.Index("(store_id, key, id) WHERE state IN ('pending', 'attention')")
    # Each index is paid for by every webhook, so what is seldom asked, or of most rows, has none.
    _risk_idx = models.Index(
        "(store_id, key) WHERE flow = 'risk_in'"
    )  # a few rows, which orders_in looks for in each batch
    _trouble_idx = models.Index("(store_id, state) WHERE state IN ('attention', 'failed')")

    def init(self):
        # Bodies are compressed while Shopify waits, which lz4 does in a fraction of the time, where PostgreSQL was built with it.
        self.env.cr.execute(
            "SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
        )
        if self.env.cr.rowcount:
            self.env.cr.execute("ALTER TABLE shopify_job ALTER COLUMN payload SET COMPRESSION lz4")

    def _record(self):
        self.ensure_one()
        if self.res_model and self.res_id and self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id).exists()
        return None

    def _body(self):
        """The payload, parsed; numbers with a point are Decimal, so that money never becomes a float.

        :raise Final: it is no JSON (an order is stored without being parsed)
        """
        self.ensure_one()
        try:
            return json.loads(self.payload or "{}", parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError):
            raise Final("unreadable", self.env._("Shopify's message could not be read: it is no JSON.")) from None

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
                if rows := data.pop(name, None):
                    insert(rows)

        return data[name]

    def _job_row(self, flow, values):
        definition = self.env[f"shopify.flow.{flow}"]
        return {
            "state": "pending",
            "flow": flow,
            "lane": definition._lane,
            "priority": definition._priority,
            "blocking": definition._blocking,
            **values,
        }

    def _insert(self, rows):
        """Append rows in one statement, as any user: raw SQL needs no right on the queue (DESIGN 2.1).

        A row whose event is there already is left out. Returns how many were new.
        """
        rows = [{**row, "shard": self._shard(row["store_id"], row["key"])} for row in rows]
        values = [(*map(row.get, COLUMNS), place) for place, row in enumerate(rows)]
        # psycopg2 writes a tuple as a row of VALUES.
        query = SQL(APPEND, SQL(", ").join(SQL("%s", one) for one in values))
        inserted = self.env.execute_query(query)
        self.env["shopify.runner"]._wake_after_commit(
            {(lane, shard) for lane, shard, state in inserted if state == "pending"}
        )
        return len(inserted)

    @api.model
    def _shard(self, store_id, key):
        """The same number for the same subject in every process, on every host, and in `_insert_stock_marks`' SQL.

        A store's variants stay together: one runner then fills calls of 250 levels where two would send twice as many half full.
        """
        subject = "stock" if key.startswith(("variant:", "level:")) else key
        return int(hashlib.md5(f"{store_id}:{subject}".encode(), usedforsecurity=False).hexdigest()[:7], 16)

    @api.model
    def _mark_stock(self, product_ids=None, variants=None, stores=None):
        """Note at commit that the stock of these products changed: one statement for any number of moves, no lock (DESIGN 7).

        The variants and their stores are found by the INSERT itself, so that a product that is in no store costs nothing more.
        """
        marks = self._collected("shopify_sync.stock", self._insert_stock_marks)
        marks.append((set(product_ids or ()), set(variants.ids if variants else ()), set(stores.ids if stores else ())))

    def _insert_stock_marks(self, marks):
        products, variants, stores = (list(set().union(*(mark[i] for mark in marks))) for i in range(3))
        kits = self.env["shopify.stock.kits"]._made_of(products)
        # Only what is asked for: planning the statement takes longer than running it.
        concerned = SQL(" OR ").join(
            SQL("%s = ANY(%s)", SQL.identifier("v", name), wanted)
            for name, wanted in (("product_id", products), ("id", variants), ("store_id", stores), ("product_id", kits))
            if wanted
        )
        if not concerned:
            return
        flow = self.env["shopify.flow.stock_out"]
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO shopify_job (store_id, flow, key, lane, priority, shard, blocking, state, attempts,
                                            res_model, res_id, create_date, write_date)
                   SELECT v.store_id, 'stock_out', 'variant:' || v.id, %s, %s - v.is_scarce::int,
                          ('x' || substr(md5(v.store_id || ':stock'), 1, 7))::bit(28)::int, FALSE, 'pending', 0,
                          'shopify.variant', v.id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                   FROM shopify_variant v JOIN shopify_store s ON s.id = v.store_id
                   WHERE s.active AND s.push_stock AND s.state <> 'draft' AND v.product_id IS NOT NULL AND (%s)
                   RETURNING lane, shard""",
                flow._lane,
                flow._priority,
                concerned,
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
                if jobs.activity_id and not newest.activity_id:
                    newest.activity_id = jobs.activity_id[:1]  # who was told of the older one is not told anew
            losers |= jobs - newest
        if losers:
            losers.write({"state": "superseded", "done_at": fields.Datetime.now(), "not_before": False})
        return winners.sorted(lambda job: (job.priority, job.id))

    # -- outcomes ---------------------------------------------------------------------------------
    def _finish(self, outcomes):
        """Write how each job ended: {job: Outcome or None}. Jobs left out ended well."""
        now = fields.Datetime.now()
        plain = self.browse()
        told = self.activity_id
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
        stuck = self.filtered(lambda job: job.state in STUCK)
        if stuck:
            stuck._try_to_alert()
        if told:
            (self - stuck)._end_activities()

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
        elif isinstance(outcome, Later):
            vals.update(self._retry_values(outcome, now))
        else:
            raise TypeError(f"{type(outcome).__name__} is no way for a job to end")
        self.write(vals)

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
