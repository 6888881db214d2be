"""Notes when something became visible to everybody, by looking at Odoo's database again and again.

What Odoo itself writes down is the start of a transaction, or whole seconds; a latency ends or starts with a commit. The error is
one look (about 20 ms), always to the disadvantage of what is measured: a start is the last look without it."""

import threading
import time
from datetime import datetime, timezone

from . import fill
from .doors import Database

PAUSE = 0.02


class Watch(threading.Thread):
    """:ivar received: {order id: when the row of its first webhook was committed}
    :ivar confirmed: {order id: when its confirmation was}; `held`: {order id: {causes it was held for}}
    :ivar validated: {picking id: when its fulfillment was queued}. Aware UTC datetimes."""

    def __init__(self):
        super().__init__(daemon=True, name="watch")
        self.received, self.confirmed, self.validated, self.held = {}, {}, {}, {}
        self.failure = None
        self._ending = threading.Event()
        self._seen = 0

    def run(self):
        database = Database(fill.DATABASE)
        try:
            before = datetime.now(timezone.utc)
            while not self._ending.is_set():
                now = datetime.now(timezone.utc)
                self._look(database, before, datetime.now)
                before = now
                time.sleep(PAUSE)
        except Exception as problem:
            self.failure = problem
        finally:
            database.close()

    def stop(self):
        self._ending.set()
        self.join(5)
        if self.failure:
            raise self.failure

    def _look(self, database, before, clock):
        # A row with a lower id may be committed later: some of those behind are looked at again.
        rows = database.rows(
            "SELECT id, flow, topic, key, res_id FROM shopify_job WHERE id > %s AND flow IN ('orders_in', 'fulfillments_out')",
            self._seen - 300,
        )
        for job_id, flow, topic, key, record in rows:
            self._seen = max(self._seen, job_id)
            if flow == "fulfillments_out":
                self.validated.setdefault(record, before)
            elif topic == "orders/create":
                self.received.setdefault(key.removeprefix("order:"), before)
        for order_id, state, cause in database.rows(
            "SELECT shopify_order_id, state, shopify_hold_cause FROM sale_order WHERE shopify_order_id IS NOT NULL"
        ):
            if cause:
                self.held.setdefault(order_id, set()).add(cause)
            elif state == "sale" and order_id not in self.confirmed:
                self.confirmed[order_id] = clock(timezone.utc)
