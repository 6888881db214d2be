"""The bucket of points that all workers of a store share, kept in the row of `shopify.access` (docs/decisions/0004)."""

# Own cursors are committed here, and only those.  pylint: disable=invalid-commit
import json
import logging
import time
from contextlib import closing, contextmanager

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from odoo import models

from .shopify_access import LOCK_CLASS

_logger = logging.getLogger(__name__)

# Further spaces of advisory locks, numbered by store: the lines in which workers wait for points.
FIRST_LINE, SECOND_LINE = LOCK_CLASS + 1, LOCK_CLASS + 2
RACES = 20
PASS_BY = 0.05  # seconds until the head of the second line looks again whether the first is empty
ASK_AGAIN = 0.5
_LEVEL = "LEAST(maximum, available + restore_rate * extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - seen_at))"
_NEEDED = "LEAST(%(cost)s, maximum)"


class ShopifyBucket(models.AbstractModel):
    _name = "shopify.bucket"
    _description = "Points of a Shopify Store"

    def _of(self, store, local, memory, *, urgent):
        """The bucket of a store, shared by every worker; where that cannot be, `local`, which one process keeps.

        :param memory: a dict that lives as long as `local`
        :param urgent: goes before others
        """
        return _Bucket(self.env["shopify.access"], store.id, local, memory, urgent)


class _Bucket:
    """As shopify_api's Bucket, kept in PostgreSQL.

    It mirrors what Shopify does: a call's requested cost is taken off before it is sent, and the difference to the actual cost
    given back after. So what a dead worker took comes back by itself, at the restore rate. Whatever Shopify says to be
    available is the most there can be: less, if others have calls under way that it had not seen.

    Whoever must wait stands in a line, an advisory lock for which PostgreSQL lets sessions wait in the order in which they came,
    and which dies with them; only its head asks for points. So a dear call does not starve behind cheap ones. There are two
    lines: the head of the second, stock and catalog, asks only while nobody stands in the first, and leaves a rest.
    """

    def __init__(self, access, store_id, local, memory, urgent):
        self._access, self._store_id, self._local, self._memory = access, store_id, local, memory
        self._urgent = urgent
        self._shared = True

    def _changing(self, work):
        """What work(cr) returns, in a transaction of its own. Lost races are run again."""
        for attempt in range(RACES):
            try:
                with self._access._own_cursor() as cr:
                    return work(cr)
            except psycopg2.extensions.TransactionRollbackError:
                if attempt + 1 == RACES:
                    raise
        return None

    def _known(self):
        """The most that each document cost, as all workers know it when this one begins."""
        if "costs" not in self._memory:
            try:
                with self._access._own_cursor() as cr:
                    row = self._access._row(cr, self._store_id)
            except psycopg2.Error:
                row = None
            self._shared = row is not None
            if row is None:
                return {}
            self._memory["costs"] = dict(row["costs"] or {})
        return self._memory["costs"]

    def expected(self, document):
        return self._known().get(document) or self._local.expected(document)

    def take(self, cost, patience, sleep):
        """As shopify_api's Bucket.take: 0 when the points are ours, else the seconds that are missing."""
        end = time.monotonic() + patience
        try:
            if self._shared and self._ask(cost, [FIRST_LINE] if self._urgent else [SECOND_LINE, FIRST_LINE]) == 0:
                return 0.0
            if self._shared:
                return self._stand_in_line(cost, end, sleep)
        except psycopg2.Error:
            _logger.info("Points of a Shopify store are reckoned in one process only", exc_info=True)
            self._shared = False
        return self._local.take(cost, end - time.monotonic(), sleep)

    def _stand_in_line(self, cost, end, sleep):
        with self._turn(FIRST_LINE if self._urgent else SECOND_LINE, end - time.monotonic()) as ours:
            while ours:
                seconds = self._ask(cost, [] if self._urgent else [FIRST_LINE])
                if not seconds:
                    return 0.0
                if time.monotonic() + seconds > end:
                    return seconds
                # Others' calls may turn out cheaper than asked for, and bring points sooner.
                sleep(min(max(seconds, 0.01), ASK_AGAIN))
        return ASK_AGAIN  # those before us need longer than our patience

    @contextmanager
    def _turn(self, line, patience):
        """Whether it is our turn, within `patience` seconds; the line is ours until the end of the block."""
        with closing(self._access.env.registry.cursor()) as cr:
            cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", [str(max(1, int(patience * 1000)))])
            try:
                cr.execute("SELECT pg_advisory_lock(%s, %s)", [line, self._store_id], log_exceptions=False)
            except psycopg2.errors.LockNotAvailable:
                cr.rollback()
                yield False
                return
            cr.commit()  # the lock is the session's; no snapshot is held while we wait
            try:
                yield True
            finally:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", [line, self._store_id])
                cr.commit()

    def _ask(self, cost, lines):
        """0: the points are ours; else seconds until they may be there, or until it makes sense to ask again.

        :param lines: those in which nobody may stand
        """
        return self._changing(lambda cr: self._ask_in(cr, cost, lines))

    def _ask_in(self, cr, cost, lines):
        for line in lines:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [line, self._store_id])
            if not cr.fetchone()[0]:
                return PASS_BY
        values = {"cost": float(cost), "store": self._store_id}
        cr.execute(
            f"""UPDATE shopify_access
                SET available = {_LEVEL} - %(cost)s,
                    seen_at = clock_timestamp() AT TIME ZONE 'UTC'
                WHERE store_id = %(store)s AND {_LEVEL} >= {_NEEDED}""",
            values,
            log_exceptions=False,
        )
        if cr.rowcount:
            return 0.0
        cr.execute(
            f"""SELECT CASE WHEN maximum IS NOT NULL  -- GREATEST would pass over what is not known
                            THEN GREATEST(({_NEEDED} - {_LEVEL}) / restore_rate, 0.01) END
                FROM shopify_access WHERE store_id = %(store)s""",
            values,
        )
        row = cr.fetchone()
        return (row and row[0]) or 0.0  # nothing is known before the first answer

    def settle(self, document, reserved, cost=None):
        self._local.settle(document, reserved, cost)
        if not self._shared or cost is None:
            return  # without an answer it was perhaps charged: it counts as if
        known = self._known()
        grown = cost.requested > known.get(document, 0)
        if grown:
            known[document] = cost.requested
        if cost.available is None and not grown:
            return
        try:
            self._changing(
                lambda cr: cr.execute(
                    f"""UPDATE shopify_access
                        SET available = LEAST({_LEVEL} + %(back)s, %(told)s, COALESCE(%(maximum)s, maximum)),
                            maximum = COALESCE(%(maximum)s, maximum), restore_rate = COALESCE(%(rate)s, restore_rate),
                            seen_at = clock_timestamp() AT TIME ZONE 'UTC', costs = COALESCE(costs, '{{}}') || %(costs)s
                        WHERE store_id = %(store)s""",
                    {
                        "back": float(reserved - (cost.actual or 0)),
                        "told": cost.available,
                        "maximum": cost.maximum,
                        "rate": cost.restore_rate,
                        "costs": json.dumps({document: cost.requested} if grown else {}),
                        "store": self._store_id,
                    },
                    log_exceptions=False,
                )
            )
        except psycopg2.Error:
            _logger.info("Points of a Shopify store are reckoned in one process only", exc_info=True)
            self._shared = False
