"""Lists of any size, written by Shopify into a file: asked for, waited for, and read line by line (SHOPIFY_API §11)."""

from odoo import models

from ...commerce.outcome import Later
from ...shopify_api import bulk

# A bulk operation takes minutes; the delays between looks have a resolution of one.
LOOK_AGAIN = 60
GOING_ON = ("CREATED", "RUNNING")


class BulkOperations(models.AbstractModel):
    _name = "shopify.bulk.operations"
    _description = "Shopify Bulk Operations"

    def _start_list(self, store, job, query):
        """Ask for the list. Returns (the operation's id, None), or (None, how the job goes on) where Shopify is busy."""
        payload, user_errors = self._send(
            store, job, "bulk_operation_run_query", "bulkOperationRunQuery", {"query": query}
        )
        if user_errors:
            # Five at once are allowed; another app's are not counted, so ours are done in a while.
            return None, Later(self.env._("Shopify: %(reason)s", reason=user_errors[0].message), seconds=LOOK_AGAIN)
        return payload["bulkOperation"]["id"], None

    def _look_at_list(self, store, number):
        """(status, the operation); EXPIRED and {} where Shopify has forgotten it."""
        operation = self._ask(store, "bulk_operation", {"id": number})["bulkOperation"]
        return (operation["status"], operation) if operation else ("EXPIRED", {})

    def _rows_of_list(self, store, url):
        """The lines of a result file, one by one."""
        override = self._override(store)
        session, _bucket, _held = self._line(store, override)
        return bulk.rows(session, url, override=override, guard=self._forbid_inside_a_request)

    def _being_written(self):
        return Later(self.env._("Shopify is writing the list."), seconds=0, counts=False)
