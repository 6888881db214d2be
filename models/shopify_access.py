"""What all workers of a store share to speak to Shopify: the current token, and the bucket of points.

A row beside the store's, because it changes often and outside of the transaction that works: a renewed token survives the
batch that needed it, and the store's own row stays free of such writes (its readers would fail to serialize). Nobody writes
here but through a cursor of its own; no lock is held while Shopify is asked, but an advisory one of the session.
"""

# Own cursors are committed here, and only those.  pylint: disable=invalid-commit
import hashlib
import json
import logging
import secrets
import time
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from odoo import fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..commerce.outcome import Later

_logger = logging.getLogger(__name__)

LOCK_CLASS = (
    1397247828  # "SHOT": our second space of advisory locks, numbered by store; shopify_runner.py has the first
)
# Before their end tokens are renewed: those of 24 hours, and those of one.
AHEAD = {"client_credentials": timedelta(hours=1), "authorization_code": timedelta(minutes=10)}
# A token that ends sooner may end on its way.
LEAST = timedelta(minutes=1)
PATIENCE = 40  # seconds to wait for another worker's renewal; Shopify has answered it by then, or never will
# Further spaces of advisory locks, numbered by store: the lines in which workers wait for points.
FIRST_LINE, SECOND_LINE = LOCK_CLASS + 1, LOCK_CLASS + 2
PASS_BY = 0.05  # seconds until the head of the second line looks again whether the first is empty
ASK_AGAIN = 0.5
SPARED = 0.1  # of the bucket: what stock and the catalog leave for orders and fulfillments
OAUTH_SCOPE = "shopify_sync.oauth"
OAUTH_TIME = timedelta(minutes=10)
_LEVEL = "LEAST(maximum, available + restore_rate * extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - seen_at))"

_NEEDED = "LEAST(%(cost)s + %(spared)s * maximum, maximum)"


class ShopifyAccess(models.Model):
    _name = "shopify.access"
    _description = "Access to a Shopify Store"
    _rec_name = "store_id"

    store_id = fields.Many2one("shopify.store", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)

    # -- token ------------------------------------------------------------------------------------
    credentials = fields.Char(
        readonly=True,
        exportable=False,
        groups="shopify_sync.group_manager",
        help="Fingerprint of the credentials the token was given for: with other ones it no longer counts.",
    )
    access_token = fields.Char(readonly=True, exportable=False, groups="shopify_sync.group_manager")
    expires_at = fields.Datetime(readonly=True)
    refresh_token = fields.Char(readonly=True, exportable=False, groups="shopify_sync.group_manager")
    refresh_expires_at = fields.Datetime(string="Connection Ends Unless Used Before", readonly=True)
    oauth_nonce = fields.Char(readonly=True, exportable=False, groups="shopify_sync.group_manager")

    # -- bucket -----------------------------------------------------------------------------------
    maximum = fields.Float(string="Bucket", readonly=True, help="Points that Shopify lets this app and store save up.")
    restore_rate = fields.Float(string="Points per Second", readonly=True)
    available = fields.Float(readonly=True, help="Points at the time beside, what is under way taken off.")
    seen_at = fields.Datetime(string="At", readonly=True)
    costs = fields.Json(readonly=True, help="The most that each document was ever charged before it ran.")

    _store_uniq = models.UniqueIndex("(store_id)", "A store has one access.")

    def init(self):
        # Parts of a second are points: Datetime's column would cut them.
        self.env.cr.execute("ALTER TABLE shopify_access ALTER COLUMN seen_at TYPE timestamp")

    # -- rows -------------------------------------------------------------------------------------
    @contextmanager
    def _own_cursor(self):
        """A transaction beside ours, committed on success."""
        with self.env.registry.cursor() as cr:
            # Each waits for the row and goes on from what the one before it left, in turn: nobody loses a race again and again.
            # What is lost in a crash of PostgreSQL is asked for again; no worker waits for its disk.
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO off")
            yield cr

    def _row(self, cr, store_id):
        """The row of a store, or None: it was made in a transaction that nobody else sees yet."""
        columns = "credentials, access_token, expires_at, refresh_token, refresh_expires_at, costs"
        for attempt in range(2):
            cr.execute(f"SELECT {columns} FROM shopify_access WHERE store_id = %s", [store_id])
            if row := cr.dictfetchone():
                return row
            if not attempt:
                self._make_row(cr, store_id)
        return None

    def _make_row(self, cr, store_id):
        """For a store that has none yet. Not if somebody, perhaps we ourselves, just changes the store's key columns."""
        cr.commit()
        try:
            cr.execute("SET LOCAL lock_timeout TO '2s'")
            cr.execute(
                """INSERT INTO shopify_access (store_id, company_id, create_date, write_date)
                   SELECT id, company_id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                   FROM shopify_store WHERE id = %s ON CONFLICT DO NOTHING""",
                [store_id],
                log_exceptions=False,
            )
            cr.execute("SET LOCAL lock_timeout TO DEFAULT")
            cr.commit()
        except (psycopg2.errors.LockNotAvailable, psycopg2.extensions.TransactionRollbackError):
            cr.rollback()

    # -- tokens -----------------------------------------------------------------------------------
    def _fingerprint(self, store):
        """Tells one set of credentials from another, without telling them.

        The secret is no part of it where a token outlives the secret's rotation and only a person can get another.
        """
        parts = [store.grant, store.shop_domain, store.client_id or ""]
        if store.grant == "client_credentials":
            parts.append(store.client_secret or "")
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _token(self, store, refused, ask):
        """A token that counts, as (token, expires_at): the one there is, or one that `ask` brings; once over all workers.

        :param refused: a token that Shopify did not accept, or None
        :param ask: callable(refresh token or None) → (token, expires_at, refresh token, its expires_at); asks Shopify
        :raise: what `ask` raises, unless the token there is still counts
        """
        credentials, ahead = self._fingerprint(store), AHEAD[store.grant]
        with closing(self.env.registry.cursor()) as cr:
            row = self._row(cr, store.id)
            if row is None:
                granted = ask(None)
                return granted[:2]
            if self._counts(row, credentials, refused, ahead):
                return row["access_token"], row["expires_at"]
            usable = self._counts(row, credentials, refused, LEAST)
            with self._lock(cr, store.id, 0 if usable else PATIENCE) as alone:
                row = self._row(cr, store.id)
                if self._counts(row, credentials, refused, ahead if alone else LEAST):
                    return row["access_token"], row["expires_at"]
                if not alone:
                    raise Later(
                        self.env._("Another worker is renewing the access token."),
                        seconds=10,
                        counts=False,
                        whole_batch=True,
                    )
                cr.commit()  # no snapshot is held while Shopify is asked
                same = row["credentials"] == credentials
                try:
                    granted = ask(row["refresh_token"] if same else None)
                except Exception as error:
                    if not usable or not getattr(error, "retryable", False):
                        raise
                    _logger.warning("The token of %s is renewed later: %s", store.shop_domain, error)
                    return row["access_token"], row["expires_at"]
                self._write(cr, store.id, credentials, *granted)
                cr.commit()
                return granted[:2]

    def _keep(self, store, token, expires_at, refresh_token, refresh_expires_at):
        """Note a pair of tokens that came by another way than a renewal."""
        with self._own_cursor() as cr:
            self._row(cr, store.id)
            self._write(cr, store.id, self._fingerprint(store), token, expires_at, refresh_token, refresh_expires_at)

    def _write(self, cr, store_id, credentials, token, expires_at, refresh_token, refresh_expires_at):
        # One statement for the pair: a new token without its refresh token would be the end of the connection.
        cr.execute(
            """UPDATE shopify_access
               SET credentials = %s, access_token = %s, expires_at = %s, refresh_token = %s, refresh_expires_at = %s,
                   write_date = now() AT TIME ZONE 'UTC'
               WHERE store_id = %s""",
            [credentials, token, expires_at, refresh_token, refresh_expires_at, store_id],
        )

    def _counts(self, row, credentials, refused, ahead):
        if not row["access_token"] or row["credentials"] != credentials or row["access_token"] == refused:
            return False
        return row["expires_at"] is None or row["expires_at"] > fields.Datetime.now() + ahead

    @contextmanager
    def _lock(self, cr, store_id, patience):
        """Whether we alone renew this store's token; waits for `patience` seconds. Starts a new snapshot."""
        end = time.monotonic() + patience
        while True:
            cr.commit()
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, store_id])
            alone = cr.fetchone()[0]
            cr.commit()
            if alone or time.monotonic() >= end:
                break
            time.sleep(0.1)
        try:
            yield alone
        finally:
            if alone:
                cr.rollback()  # an aborted transaction could not unlock
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, store_id])
                cr.commit()

    # -- the way to Shopify's consent and back ------------------------------------------------------
    def _begin_oauth(self, store):
        """The signed state that Shopify brings back: for this store, this user and this once, for ten minutes."""
        nonce = secrets.token_urlsafe(16)
        with self._own_cursor() as cr:
            self._row(cr, store.id)
            cr.execute("UPDATE shopify_access SET oauth_nonce = %s WHERE store_id = %s", [nonce, store.id])
        values = [store.id, self.env.uid, nonce]
        return hash_sign(self.env(su=True), OAUTH_SCOPE, values, expiration=OAUTH_TIME)

    def _end_oauth(self, state):
        """The store that a state was made for, by this user; nothing for any other, and nothing the second time."""
        Store = self.env["shopify.store"]
        try:
            values = verify_hash_signed(self.env(su=True), OAUTH_SCOPE, state)
            store_id, user_id, nonce = values or (None, None, None)
        except (ValueError, TypeError, AssertionError):
            return Store
        if not store_id or user_id != self.env.uid:
            return Store
        with self._own_cursor() as cr:
            cr.execute(
                "UPDATE shopify_access SET oauth_nonce = NULL WHERE store_id = %s AND oauth_nonce = %s",
                [store_id, nonce],
            )
            return Store.browse(store_id) if cr.rowcount else Store

    # -- points -----------------------------------------------------------------------------------
    def _bucket(self, store, local, memory, *, urgent):
        """The bucket of a store, shared by every worker; where that cannot be, `local`, which one process keeps.

        :param memory: a dict that lives as long as `local`
        :param urgent: goes before others, and may take the last points
        """
        return _Bucket(self, store.id, local, memory, urgent)

    def _changing(self, query, parameters):
        """Run one UPDATE … RETURNING in its own transaction; None when it found no row."""
        with self._own_cursor() as cr:
            cr.execute(query, parameters, log_exceptions=False)
            return cr.fetchone()

    def _export_rows(self, paths, **options):
        self.env["shopify.store"]._refuse_secrets(self, paths)
        return super()._export_rows(paths, **options)


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
        values = {"cost": float(cost), "spared": 0.0 if self._urgent else SPARED, "store": self._store_id}
        with self._access._own_cursor() as cr:
            for line in lines:
                cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [line, self._store_id])
                if not cr.fetchone()[0]:
                    return PASS_BY
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
            self._access._changing(
                f"""UPDATE shopify_access
                    SET available = LEAST({_LEVEL} + %(back)s, %(told)s, COALESCE(%(maximum)s, maximum)),
                        maximum = COALESCE(%(maximum)s, maximum), restore_rate = COALESCE(%(rate)s, restore_rate),
                        seen_at = clock_timestamp() AT TIME ZONE 'UTC', costs = COALESCE(costs, '{{}}') || %(costs)s
                    WHERE store_id = %(store)s RETURNING 0""",
                {
                    "back": float(reserved - (cost.actual or 0)),
                    "told": cost.available,
                    "maximum": cost.maximum,
                    "rate": cost.restore_rate,
                    "costs": json.dumps({document: cost.requested} if grown else {}),
                    "store": self._store_id,
                },
            )
        except psycopg2.Error:
            _logger.info("Points of a Shopify store are reckoned in one process only", exc_info=True)
            self._shared = False
