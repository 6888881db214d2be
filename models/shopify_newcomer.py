"""Two runners, one newcomer: whoever is about to make a partner, a product or an activity says so first (decisions/0007)."""

import hashlib

from odoo import api, fields, models
from odoo.tools import SQL

DAYS_CLAIMED = 1


class ShopifyNewcomer(models.AbstractModel):
    _name = "shopify.newcomer"
    _description = "What is being made, and must not be made twice"

    def init(self):
        # Not a model: nobody reads it, and a row says no more than that somebody or something of this (hashed) name is being made.
        self.env.cr.execute(
            "CREATE TABLE IF NOT EXISTS shopify_newcomer (identity char(64) PRIMARY KEY, claimed_at timestamp NOT NULL)"
        )

    def _drop(self):
        self.env.cr.execute("DROP TABLE IF EXISTS shopify_newcomer")

    @api.model
    def _claim(self, identities):
        """Make sure that nobody else makes what has the same e-mail, phone, SKU or cause now.

        runner 1:  snapshot ── searches: none ── claims, makes it ── commits
        runner 2:       snapshot ── searches: none ─────── claims: waits ────────── SerializationFailure, runs again, finds it

        An advisory lock would not do: the second runner gets it once the first has committed, and with its old snapshot still
        sees nothing (REPEATABLE READ). Sorted, so that two batches with the same names wait and do not deadlock.
        """
        hashes = sorted({hashlib.sha256(identity.encode()).hexdigest() for identity in identities})
        if hashes:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO shopify_newcomer (identity, claimed_at) VALUES %s
                       ON CONFLICT (identity) DO UPDATE SET claimed_at = excluded.claimed_at""",
                    SQL(", ").join(SQL("(%s, now() AT TIME ZONE 'UTC')", one) for one in hashes),
                ),
                log_exceptions=False,
            )

    @api.autovacuum
    def _gc_newcomers(self):
        self.env.cr.execute(
            "DELETE FROM shopify_newcomer WHERE claimed_at < %s",
            [fields.Datetime.subtract(fields.Datetime.now(), days=DAYS_CLAIMED)],
        )
