"""The runners as ir.cron records: how many there are, and how whoever commits work wakes them (DESIGN 4)."""

import logging
import time

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

LOCK_CLASS = 1397247824  # "SHOP": our space of PostgreSQL's advisory locks, which are per database
TOPOLOGY = 0  # held shared by every run, exclusively while the number of runners changes
LANES = {"fast": 1000, "slow": 2000}  # lock number of a lane's first runner
# Held shared by webhooks that count on a runner's last look, until their commit.
IN_FLIGHT = {"fast": 3000, "slow": 4000}
MAX_FAST_RUNNERS = 8
# A violated unique key too: two runners may meet the same new customer or tax at once, and the second finds it next time.
CONFLICTS = (
    psycopg2.extensions.TransactionRollbackError,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.UniqueViolation,
)
# {(database, lane, number): (the epoch in which this process last triggered the runner, when)}
_triggered = {}
TRIGGER_AGAIN = 1.0  # seconds: a NOTIFY reaches nobody while cron workers start, so a trigger is not trusted for longer


def _is_called(runner, epoch):
    """Whether this process triggered the runner just now, and its run has not begun yet."""
    called_in, at = _triggered.get(runner, (None, 0))
    return called_in == epoch and time.monotonic() - at < TRIGGER_AGAIN


class ShopifyRunnerCron(models.AbstractModel):
    _name = "shopify.runner.cron"
    _description = "Shopify Runners as Scheduled Actions"

    # -- how many ---------------------------------------------------------------------------------
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

    # -- waking up --------------------------------------------------------------------------------
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
