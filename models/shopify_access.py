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
    1397247828  # "SHOT": our second space of advisory locks, numbered by store; shopify_runner_cron.py has the first
)
# Before their end tokens are renewed: those of 24 hours, and those of one.
AHEAD = {"client_credentials": timedelta(hours=1), "authorization_code": timedelta(minutes=10)}
# A token that ends sooner may end on its way.
LEAST = timedelta(minutes=1)
PATIENCE = 40  # seconds to wait for another worker's renewal; Shopify has answered it by then, or never will
OAUTH_SCOPE = "shopify_sync.oauth"
OAUTH_TIME = timedelta(minutes=10)


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
            # What is lost in a crash of PostgreSQL is asked for again; no worker waits for its disk.
            cr.execute("SET LOCAL synchronous_commit TO off")
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

    def _export_rows(self, paths, **options):
        self.env["shopify.store"]._refuse_secrets(self, paths)
        return super()._export_rows(paths, **options)
