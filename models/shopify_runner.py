"""The engine: ir.cron records that each own a share of the subjects (DESIGN 4).

Odoo runs one cron record in one worker at a time, over all workers and hosts, and frees it when a process dies. So runner i
takes the jobs with shard % N = i without claiming them: no lock on rows, no "running" state that the dead leave behind.
"""

import logging
import random
import time
from collections import defaultdict
from contextlib import contextmanager, suppress

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..commerce.outcome import Outcome

_logger = logging.getLogger(__name__)

LOCK_CLASS = 1397247824  # "SHOP": our space of PostgreSQL's advisory locks, which are per database
TOPOLOGY = 0  # held shared by every run, exclusively while the number of runners changes
LANES = {"fast": 1000, "slow": 2000}  # lock number of a lane's first runner
# Held shared by webhooks that count on a runner's last look, until their commit.
IN_FLIGHT = {"fast": 3000, "slow": 4000}
RUN_SECONDS = 10  # then other crons of Odoo get the worker
MAX_FAST_RUNNERS = 8
CLAIM = 500  # twice what one call to Shopify takes (250 levels), so that claims do not end in half full calls
# Batches in a row that Shopify did not take, for a reason that is none of theirs: then the others are not tried.
ENOUGH = 2
ATTEMPTS_IN_A_RACE = 4
# A violated unique key too: two runners may meet the same new customer or tax at once, and the second finds it next time.
# {(database, lane, number): (the epoch in which this process last triggered the runner, when)}
_triggered = {}
TRIGGER_AGAIN = 1.0  # seconds: a NOTIFY reaches nobody while cron workers start, so a trigger is not trusted for longer
CONFLICTS = (
    psycopg2.extensions.TransactionRollbackError,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.UniqueViolation,
)


def _is_called(runner, epoch):
    """Whether this process triggered the runner just now, and its run has not begun yet."""
    called_in, at = _triggered.get(runner, (None, 0))
    return called_in == epoch and time.monotonic() - at < TRIGGER_AGAIN


class ShopifyRunner(models.AbstractModel):
    _name = "shopify.runner"
    _description = "Shopify Runner"

    # -- waking up --------------------------------------------------------------------------------
    @api.model
    def _runner_count(self, lane):
        if lane == "slow":
            return 1
        return max(1, int(self.env["ir.config_parameter"].sudo().get_param("shopify_sync.fast_runners", 2)))

    def _committed_runner_count(self, lane):
        """As `_runner_count`, past this process's cache: one that is older than a change would give a subject two owners."""
        if lane == "slow":
            return 1
        rows = self.env.execute_query(
            SQL("SELECT value FROM ir_config_parameter WHERE key = 'shopify_sync.fast_runners'")
        )
        return max(1, int(rows[0][0])) if rows else 2

    @api.model
    def _resize(self, count):
        """Let `count` fast runners share the subjects from now on.

        A subject then changes its owner, so no run may be under way: this waits for them, RUN_SECONDS at most.
        """
        if not 1 <= count <= MAX_FAST_RUNNERS:
            raise UserError(self.env._("Choose between 1 and %(most)s parallel runners.", most=MAX_FAST_RUNNERS))
        if count == self._runner_count("fast"):
            return
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, TOPOLOGY])
        first = self.env.ref("shopify_sync.cron_fast_0")
        for number in range(1, MAX_FAST_RUNNERS):
            cron = self.env.ref(f"shopify_sync.cron_fast_{number}", raise_if_not_found=False)
            if cron and cron.active != (number < count):
                self._switch(cron, number < count)
            elif not cron and number < count:
                cron = first.copy(
                    {
                        "name": self.env._(
                            "Shopify: orders, fulfillments and stock (runner %(number)s)", number=number + 1
                        ),
                        "code": f'model._run_queue("fast", {number})',
                        "active": True,
                    }
                )
                self.env["ir.model.data"].create(
                    {
                        "module": "shopify_sync",
                        "name": f"cron_fast_{number}",
                        "model": "ir.cron",
                        "res_id": cron.id,
                        "noupdate": True,
                    }
                )
        for number in range(count):
            self._trigger("fast", number)  # what waits may have another runner now, whom nobody has told

    def _switch(self, cron, active):
        """Start or retire a runner. One that Odoo is just running keeps its cron: it finds nothing to do, and does no harm."""
        try:
            with self.env.cr.savepoint():
                cron.active = active
        except (UserError, *CONFLICTS):
            if active:
                raise

    @api.model
    def _wake_after_commit(self, shards):
        """Wake the runners of these (lane, shard) pairs once this transaction is committed, once per burst, losing none.

        A runner holds its advisory lock while it works; with an empty queue it unlocks and *then* looks once more. So whoever
        commits a row and afterwards finds the lock taken may leave: the runner has its last look still before it.

        A webhook asks within the statement that stores it (shopify_delivery.py): three round trips to PostgreSQL less. As its row
        may then be invisible at the last look, it holds a second lock until its commit, for which the last look waits:

            webhook   in flight: held ── runner's lock taken? ── commit; in flight: free
            runner    runner's lock: free ── waits for those in flight ── last look

        Whoever finds the runner's lock taken was in flight before it became free. Nobody waits for a runner: without the second
        lock, which a waiting runner refuses, the webhook asks once more after its commit like everybody.

        Each run begins by counting up its epoch, before its first look. So whoever finds the epoch in which this process
        triggered the runner a moment ago may leave too: that run has not begun, and will look after this row was committed.
        """
        if not shards:
            return
        wanted = {(lane, shard % self._runner_count(lane)) for lane, shard in shards}
        data = self.env.cr.postcommit.data
        if "shopify_sync.wake" not in data:
            data["shopify_sync.wake"] = set()
            registry, dbname = self.env.registry, self.env.cr.dbname

            @self.env.cr.postcommit.add
            def wake():
                runners = data.pop("shopify_sync.wake", ())
                try:
                    # Asked on the same connection: another one would cost each webhook more than storing it.
                    asleep = {one: self._epoch(*one) for one in sorted(runners) if self._is_asleep(*one)}
                    asleep = {one: epoch for one, epoch in asleep.items() if not _is_called((dbname, *one), epoch)}
                    if asleep:
                        with registry.cursor() as cr:
                            api.Environment(cr, SUPERUSER_ID, {})["shopify.runner"]._wake(asleep)
                        now = time.monotonic()
                        _triggered.update({(dbname, *one): (epoch, now) for one, epoch in asleep.items()})
                except psycopg2.Error:
                    # The rows are committed; the poll of the cron finds them within a minute.
                    _logger.warning("Shopify runners could not be woken up", exc_info=True)

        data["shopify_sync.wake"] |= wanted

    @api.model
    def _wake_all_after_commit(self):
        shards = {(lane, number) for lane in LANES for number in range(self._runner_count(lane))}
        self._wake_after_commit(shards)

    def init(self):
        # A sequence moves at once, outside of any transaction: what one session counted all others see.
        for name in self._epoch_names():
            self.env.cr.execute(SQL("CREATE SEQUENCE IF NOT EXISTS %s", name))

    def _drop_epochs(self):
        for name in self._epoch_names():
            self.env.cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", name))

    def _epoch_names(self):
        """Of every runner there may be."""
        return [self._epoch_name("fast", number) for number in range(MAX_FAST_RUNNERS)] + [self._epoch_name("slow", 0)]

    def _epoch_name(self, lane, number):
        return SQL.identifier(f"shopify_runner_{lane}_{number}_epoch")

    def _epoch(self, lane, number):
        """How many runs this runner has begun."""
        return self.env.execute_query(SQL("SELECT last_value, is_called FROM %s", self._epoch_name(lane, number)))[0]

    def _is_asleep(self, lane, number):
        """Whether nobody holds the runner's lock at this moment."""
        lock = [LOCK_CLASS, LANES[lane] + number]
        self.env.cr.execute(
            """SELECT CASE WHEN pg_try_advisory_lock_shared(%s, %s) THEN pg_advisory_unlock_shared(%s, %s) ELSE FALSE END""",
            lock + lock,
        )
        return self.env.cr.fetchone()[0]

    def _wake(self, runners):
        """What `_trigger` does, for all of them at once: its NOTIFY opens a connection each time, while the user waits."""
        crons = self.env["ir.cron"].union(*(self._cron(lane, number) for lane, number in runners)).filtered("active")
        if crons:
            now = fields.Datetime.now()
            self.env["ir.cron.trigger"].create([{"cron_id": cron.id, "call_at": now} for cron in crons])
            self.env.cr.postcommit.add(crons[0]._notifydb)

    def _cron(self, lane, number):
        cron = self.env.ref(f"shopify_sync.cron_{lane}_{number}", raise_if_not_found=False)
        return cron or self.env["ir.cron"]

    def _trigger(self, lane, number):
        for cron in self._cron(lane, number):
            cron._trigger()

    # -- running ----------------------------------------------------------------------------------
    @api.model
    def _run_queue(self, lane, number):
        """Entry of the crons: work for up to RUN_SECONDS, then hand over."""
        deadline = time.monotonic() + RUN_SECONDS
        # "Run Manually" calls it inside a request, but in a transaction of its own: no user's work waits for Shopify here.
        runner = self.with_context(shopify_allow_http=True)
        with self._advisory_lock(TOPOLOGY, shared=True):
            count = self._committed_runner_count(lane)
            if number >= count:
                return
            while runner._work(lane, number, count, deadline) and time.monotonic() < deadline:
                pass  # one more look after unlocking found work
            if time.monotonic() >= deadline:
                self._trigger(lane, number)
                self._commit()

    def _work(self, lane, number, count, deadline):
        """Work until the queue is empty or the time is over. Returns whether a look after unlocking found more."""
        with self._advisory_lock(LANES[lane] + number):
            self.env.cr.execute("SELECT nextval(%s)", [f"shopify_runner_{lane}_{number}_epoch"])
            away = {}  # {(store, flow): (how often in a row Shopify was away or busy, the outcome)}
            while batches := self._claim(lane, number, count):
                is_late = False
                for store, flow, jobs in batches:
                    times, outcome = away.get((store, flow), (0, None))
                    if times >= ENOUGH:
                        # A thousand would wait for an answer one after another, and everybody else for them.
                        self._put_off(store, flow, jobs, outcome)
                    elif not is_late:
                        outcome = self._process(store, flow, jobs)
                        is_late = time.monotonic() >= deadline
                        # A try that lasts as long as a run tells it alone: the next run would begin to count anew.
                        times = ENOUGH if is_late else times + 1
                        away[store, flow] = (times, outcome) if outcome else (0, None)
                if is_late:
                    return True
        with self._advisory_lock(IN_FLIGHT[lane] + number):
            pass  # what was appended in the belief that we are awake is committed now
        return bool(self._claim(lane, number, count))

    @contextmanager
    def _advisory_lock(self, number, *, shared=False):
        """A lock of PostgreSQL's session: it lasts over commits and dies with the process."""
        suffix = SQL("_shared") if shared else SQL("")
        self.env.cr.execute(SQL("SELECT pg_advisory_lock%s(%s, %s)", suffix, LOCK_CLASS, number))
        self._commit()
        try:
            yield
        finally:
            # A server that is being stopped closes the connection under us, and with it the lock is gone already.
            with suppress(psycopg2.InterfaceError):
                self.env.cr.rollback()  # nothing uncommitted is wanted here, and an aborted transaction could not unlock
                self.env.cr.execute(SQL("SELECT pg_advisory_unlock%s(%s, %s)", suffix, LOCK_CLASS, number))
                self._commit()

    def _commit(self, processed=0):
        self.env["ir.cron"]._commit_progress(processed)

    def _claim(self, lane, number, count):
        """What is to be done now, as [(store, flow, jobs)] in the order to do it.

        The earliest unfinished job of a subject goes first; jobs of one flow and subject are one piece of work where the flow
        says so. Stores take turns, so that one's backlog does not starve another's.
        """
        while True:
            batches, superseded = self._claim_once(lane, number, count)
            # More alike jobs than one claim holds: their newest is still to come, so an empty claim is not an empty queue.
            if batches or not superseded:
                return batches

    def _claim_once(self, lane, number, count):
        """(batches, whether jobs were found that newer ones cover)."""
        self._commit()  # a new snapshot
        rows = self.env.execute_query(
            SQL(
                """SELECT id, store_id, flow, key
                   FROM (SELECT j.id, j.store_id, j.flow, j.key, j.priority,
                                row_number() OVER (PARTITION BY j.store_id, j.priority ORDER BY j.id) AS turn
                         FROM shopify_job j JOIN shopify_store s ON s.id = j.store_id
                         WHERE j.state = 'pending' AND j.lane = %(lane)s AND j.shard %% %(count)s = %(number)s
                           AND j.flow = ANY(%(flows)s)
                           AND (j.not_before IS NULL OR j.not_before <= clock_timestamp() AT TIME ZONE 'UTC')
                           AND s.active AND (s.state = 'connected' OR j.flow = ANY(%(while_paused)s)) AND NOT %(held)s
                           AND NOT EXISTS (
                               SELECT FROM shopify_job b
                               WHERE b.store_id = j.store_id AND b.key = j.key AND b.id < j.id
                                 AND (b.state = 'pending' AND NOT %(b_held)s
                                      AND NOT (b.flow = j.flow AND j.flow = ANY(%(coalescing)s))
                                      OR b.state = 'attention' AND b.blocking AND b.flow <> j.flow AND j.flow = ANY(%(building)s)))
                        ) AS ready
                   ORDER BY priority, turn, id LIMIT %(limit)s""",
                lane=lane,
                count=count,
                number=number,
                # A job of an addon that was uninstalled waits for its return, and stops nobody else's.
                flows=[flow._name.removeprefix("shopify.flow.") for flow in self.env["shopify.flow"]._flows()],
                coalescing=self.env["shopify.flow"]._coalescing(),
                building=self.env["shopify.flow"]._building_on(),
                while_paused=self.env["shopify.flow"]._while_paused(),
                # What is held stops nothing of the other direction: each flow computes from what is true when it runs.
                held=self._held("j"),
                b_held=self._held("b"),
                limit=CLAIM,
            )
        )
        groups = defaultdict(list)
        for job_id, store_id, flow, _key in rows:
            groups[store_id, flow].append(job_id)
        Job, Store = self.env["shopify.job"], self.env["shopify.store"]
        batches, superseded = [], False
        stores = Store.browse({store_id for store_id, _flow in groups})
        allowed = stores._pause_copies()
        for (store_id, flow), job_ids in groups.items():
            if store_id not in allowed.ids:
                continue
            jobs = Job.browse(job_ids)._coalesce()
            superseded = superseded or len(jobs) < len(job_ids)
            size = self.env[f"shopify.flow.{flow}"]._batch
            batches += [(Store.browse(store_id), flow, jobs[i : i + size]) for i in range(0, len(jobs), size)]
        self._commit()  # what was superseded, and stores found to be copies
        return batches, superseded

    def _held(self, job):
        """SQL: whether this job (its alias) waits because its direction is paused at the store `s`."""
        return SQL(
            "((s.pause_in AND %(flow)s = ANY(%(incoming)s)) OR ((s.pause_out OR s.read_only) AND %(flow)s = ANY(%(outgoing)s)))"
            " IS TRUE",
            flow=SQL.identifier(job, "flow"),
            incoming=self.env["shopify.flow"]._names_of("in"),
            outgoing=self.env["shopify.flow"]._names_of("out"),
        )

    def _process(self, store, flow, jobs):
        """Run one batch; when it fails, halve it until the bad one stands alone, and let the rest pass (DESIGN 2.5).

        :return: the outcome where it was nothing about these jobs: others of the flow would fare alike
        """
        model, store, batch = self._still_pending(store, flow, jobs)
        if not batch:
            return None
        shared = None
        try:
            self._attempt(model, store, batch)
        except Exception as error:
            self.env.cr.rollback()
            outcome = error if isinstance(error, Outcome) else model._outcome_of(error, store)
            if len(batch) > 1 and not outcome.whole_batch:
                middle = len(batch) // 2
                self._process(store, flow, batch[:middle])
                return self._process(store, flow, batch[middle:])
            batch._finish(dict.fromkeys(batch, outcome))
            shared = outcome if outcome.whole_batch else None
        self._commit(len(batch))
        self._look_again(model, batch)
        return shared

    def _put_off(self, store, flow, jobs, outcome):
        """As if they had been tried: Shopify just showed others how it would have ended."""
        _model, _store, batch = self._still_pending(store, flow, jobs)
        batch._finish(dict.fromkeys(batch, outcome))
        self._commit(len(batch))

    def _still_pending(self, store, flow, jobs):
        """(flow, store, jobs) in the store's environment, without jobs that somebody set aside meanwhile."""
        model = self.env[f"shopify.flow.{flow}"]._in_store(store)
        pending = jobs.exists().filtered(lambda job: job.state == "pending")
        return model, store.with_env(model.env), pending.with_env(model.env)

    def _look_again(self, model, jobs):
        """What a job waits for may have been decided while it ran: see `shopify.job._retry_cause`."""
        waiting = jobs.filtered(lambda job: job.state == "attention" and job.cause_key)
        if decided := waiting and model._decided(set(waiting.mapped("cause_key"))):
            try:
                waiting.filtered(lambda job: job.cause_key in decided)._set_pending()
                self._commit()
            except CONFLICTS:
                self.env.cr.rollback()  # whoever decided is just letting them go on

    def _attempt(self, model, store, jobs):
        """The flow's own work, repeated at once when another worker won a race for the same rows."""
        for attempt in range(ATTEMPTS_IN_A_RACE):
            try:
                jobs._finish(model._run(store, jobs) or {})
                self.env.flush_all()
                return
            except CONFLICTS:
                self.env.cr.rollback()
                if attempt + 1 == ATTEMPTS_IN_A_RACE:
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
