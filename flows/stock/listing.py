"""Every level of a shop, read by one bulk operation: started, waited for, and its file put into shopify.reading.

Not a journey of its own: stock_check and opening_stock_in travel on it. Memory stays flat, whatever the shop's size: the file is
streamed line by line into PostgreSQL's COPY. Reading anew is harmless, the rows of an earlier attempt are removed first.
"""

import io

from odoo import fields, models

from ...commerce import ids
from ...commerce.outcome import Final, Later
from ...shopify_api import documents, errors
from ..bulk.operations import GOING_ON, LOOK_AGAIN

DOCUMENT = "inventory_items__inventory_levels"
COLUMNS = (
    "store_id",
    "run",
    "read_on",
    "inventory_item_id",
    "location_shopify_id",
    "tracked",
    "is_active",
    "on_hand",
    "available",
    "committed",
)
ROWS = 5000  # handed to PostgreSQL at once


class StockListing(models.AbstractModel):
    _name = "shopify.stock.listing"
    _inherit = "shopify.bulk.operations"
    _description = "Reading of Every Level"

    def _read_levels(self, store, record, job, run):
        """Read on where the job stands.

        :param record: has `state`, `progress` (words) and `bulk_id`, which a person watches
        :param run: names the rows of shopify.reading
        :return: None when all levels are there, else how the job goes on
        """
        body = job._body()
        if body.get("read"):
            return None
        if not body.get("bulk"):
            return self._start_reading(store, record, job)
        status, operation = self._look_at_list(store, body["bulk"])
        if status in GOING_ON:
            words = self.env._("Shopify is writing the list: %(count)s lines so far.", count=operation["objectCount"])
            record.progress_words = words
            return Later(words, seconds=LOOK_AGAIN, counts=False)
        if status != "COMPLETED":
            why = self.env._(
                "Shopify could not list its stock (%(status)s %(code)s). Start it again.",
                status=status,
                code=operation.get("errorCode") or "",
            )
            record._fail(why)
            return Final("bulk_failed", why)
        try:
            count = self._store_levels(store, run, operation["url"])
        except errors.NotFound:
            job._continue_at({**body, "bulk": None})
            return Later(self.env._("Shopify's file is gone: the list is asked for once more."), seconds=LOOK_AGAIN)
        record.progress_words = self.env._("%(count)s levels were read.", count=count)
        job._continue_at({**body, "read": True})
        self._commit()
        return None

    def _start_reading(self, store, record, job):
        # Before Shopify reads: what is sent from now on is newer than the list.
        began = self.env.cr.now().isoformat()
        number, busy = self._start_list(store, job, documents.load(DOCUMENT).text)
        if busy:
            return busy
        record.write({"state": "reading", "bulk_id": number, "progress_words": self.env._("Shopify is asked.")})
        job._continue_at({**job._body(), "bulk": number, "began": began})
        return self._being_written()

    def _store_levels(self, store, run, url):
        """Put the levels of a result file into the table: how many there are."""
        self.env["shopify.reading"]._forget(store, run)
        head = f"{store.id}\t{run}\t{fields.Date.today()}"
        lines, count = [], 0
        for row in self._rows_of_list(store, url):
            if line := self._line_of(row):
                lines.append(f"{head}\t{line}\n")
                count += 1
                if len(lines) == ROWS:
                    self._copy(lines)
                    lines = []
        self._copy(lines)
        # Hundreds of thousands of rows that PostgreSQL has not heard of: it would plan as if there were none.
        self.env.cr.execute("ANALYZE shopify_reading")
        return count

    def _line_of(self, row):
        """A level as COPY takes it, or None for another object. Only digits and flags get into it."""
        if not row.get("location") or not row.get("item"):
            return None
        quantities = {quantity["name"]: int(quantity["quantity"]) for quantity in row["quantities"]}
        item, place = ids.number(row["item"]["id"]), ids.number(row["location"]["id"])
        flags = f"{'t' if row['item']['tracked'] else 'f'}\t{'t' if row['isActive'] else 'f'}"
        numbers = f"{quantities['on_hand']}\t{quantities['available']}\t{quantities['committed']}"
        return f"{item}\t{place}\t{flags}\t{numbers}"

    def _copy(self, lines):
        if lines:
            self.env.cr.copy_from(io.StringIO("".join(lines)), "shopify_reading", columns=COLUMNS)
