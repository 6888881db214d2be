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

from odoo import api, models
from odoo.tools import SQL

from ..commerce.outcome import Outcome
from .shopify_runner_cron import CONFLICTS, IN_FLIGHT, LANES, LOCK_CLASS, TOPOLOGY

_logger = logging.getLogger(__name__)

RUN_SECONDS = 10  # then other crons of Odoo get the worker
# What is to be tried again within so many seconds is waited for: Odoo looks at its crons once a minute.
SOON, PAUSE = 6, 0.2
CLAIM = 500  # twice what one call to Shopify takes (250 levels), so that claims do not end in half full calls
# Batches in a row that Shopify did not take, for a reason that is none of theirs: then the others are not tried.
ENOUGH = 2
ATTEMPTS_IN_A_RACE = 4


class ShopifyRunner(models.AbstractModel):
    _name = "shopify.runner"
    _inherit = ["shopify.runner.cron", "shopify.runner.note"]
    _description = "Shopify Runner"

    @api.model
    def _run_queue(self, lane, number):
        """Entry of the crons: work for up to RUN_SECONDS, then hand over."""
        deadline = time.monotonic() + RUN_SECONDS
        # "Run Manually" calls it inside a request, but in a transaction of its own: no user's work waits for Shopify here.
        runner = self.with_context(shopify_allow_http=True, shopify_runner=f"{lane} {number}")
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
            suspects = self._left_behind()
            away = {}  # {(store, flow): (how often in a row Shopify was away or busy, the outcome)}
            while batches := self._claim_soon(lane, number, count, deadline):
                is_late = False
                for store, flow, jobs in self._alone(batches, suspects):
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

    def _alone(self, batches, suspects):
        """The batches, those with a suspect in single jobs."""
        for store, flow, jobs in batches:
            for piece in jobs if suspects.intersection(jobs.ids) else [jobs]:
                yield store, flow, piece

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

    def _claim_soon(self, lane, number, count, deadline):
        """As `_claim`; with nothing to do now, what is due in a moment, or comes in meanwhile."""
        while not (batches := self._claim(lane, number, count)):
            pause = self._seconds_until_due(lane, number, count)
            if pause > SOON or time.monotonic() >= deadline:
                break
            time.sleep(
                min(max(pause, 0), PAUSE)
            )  # its lock is held, so whoever commits work now counts on the next look
        return batches

    def _seconds_until_due(self, lane, number, count):
        """Until the next repetition of a job of this runner; infinite when none waits for its time.

        It may have come while this was asked, and is then no more than a moment ago.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT EXTRACT(epoch FROM min(j.not_before) - clock_timestamp() AT TIME ZONE 'UTC')
                   FROM shopify_job j JOIN shopify_store s ON s.id = j.store_id
                   WHERE j.state = 'pending' AND j.lane = %s AND j.shard %% %s = %s AND s.active AND s.state = 'connected'
                     AND j.not_before > clock_timestamp() AT TIME ZONE 'UTC' AND j.flow = ANY(%s) AND NOT %s""",
                lane,
                count,
                number,
                self.env["shopify.flow"]._names(),
                self._held("j"),
            )
        )
        self._commit()
        return float("inf") if rows[0][0] is None else float(rows[0][0])

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
                # How many jobs wait changes faster than PostgreSQL's statistics: a join of the waiting with the waiting, planned
                # for one row, took seconds for some thousand. So nothing here is left to be planned: the inner ORDER BY is done
                # first, each row then asks the index of subjects (OFFSET 0 keeps it from becoming a join), until it is enough.
                """SELECT ready.id, s.id, ready.flow, ready.key
                   FROM shopify_store s CROSS JOIN LATERAL (
                       SELECT o.*, row_number() OVER (PARTITION BY o.priority ORDER BY o.id) AS turn
                       FROM (SELECT due.*
                             FROM (SELECT j.id, j.flow, j.key, j.priority
                                   FROM shopify_job j
                                   WHERE j.store_id = s.id AND j.state = 'pending' AND j.lane = %(lane)s
                                     AND j.shard %% %(count)s = %(number)s AND j.flow = ANY(%(flows)s)
                                     AND (j.not_before IS NULL OR j.not_before <= clock_timestamp() AT TIME ZONE 'UTC')
                                     AND (s.state = 'connected' OR j.flow = ANY(%(while_paused)s)) AND NOT %(held)s
                                   ORDER BY j.priority, j.id) AS due
                             WHERE NOT EXISTS (
                                   SELECT FROM shopify_job b
                                   WHERE b.store_id = s.id AND b.key = due.key AND b.id < due.id AND b.flow = ANY(%(flows)s)
                                     AND (b.state = 'pending' AND NOT %(b_held)s
                                          AND NOT (b.flow = due.flow AND due.flow = ANY(%(coalescing)s))
                                          OR b.state = 'attention' AND b.blocking AND b.flow <> due.flow
                                             AND due.flow = ANY(%(building)s))
                                   OFFSET 0)
                             LIMIT %(limit)s) AS o
                        ) AS ready
                   WHERE s.active
                   ORDER BY ready.priority, ready.turn, ready.id LIMIT %(limit)s""",
                lane=lane,
                count=count,
                number=number,
                # A job of an addon that was uninstalled waits for its return, and stops nobody else's.
                flows=self.env["shopify.flow"]._names(),
                coalescing=self.env["shopify.flow"]._names("_coalesces", True),
                building=self.env["shopify.flow"]._names("_builds_on", True),
                while_paused=self.env["shopify.flow"]._names("_runs_while_paused", True),
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
            incoming=self.env["shopify.flow"]._names("_direction", "in"),
            outgoing=self.env["shopify.flow"]._names("_direction", "out"),
        )

    def _process(self, store, flow, jobs):
        """Run one batch; when it fails, halve it until the bad one stands alone, and let the rest pass (DESIGN 2.5).

        :return: the outcome where it was nothing about these jobs: others of the flow would fare alike
        """
        model, store, batch = self._still_pending(store, flow, jobs)
        if not batch:
            return None
        shared = None
        self._note(batch)
        self._commit()
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
        self._note_end(batch)
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
