"""Cancellations, Odoo → Shopify.   a person asks for it → shopify.job → here → orderCancel, and its result

Key: the order id. `orderCancel` takes no idempotency key: the order's `cancelledAt` is read before anything is sent, and again
after an answer that was lost. Shopify accepts a request long before it has done it: the job asks again until the result is there.
"""

from odoo import fields, models

from ..commerce import ids, reading
from ..commerce.outcome import Done, Final, Later, NeedsPerson

# After a lost answer Shopify may still be at it: so long, in minutes, only the order is looked at, and nothing is sent again.
LOST = 10
# So long, in hours, an accepted request may take.
PATIENCE = 24


class CancellationsOut(models.AbstractModel):
    _name = "shopify.flow.cancellations_out"
    _inherit = "shopify.flow"
    _description = "Cancellations to Shopify"

    _direction = "out"
    _priority = 15
    _batch = 1  # an order a call, each noted before the next
    _coalesces = True

    def _run(self, store, jobs):
        return {job: self._cancel(store, job) for job in jobs}

    def _cancel(self, store, job):
        sale = self.env["sale.order"].browse(job.res_id).exists()
        if not sale:
            return Final("order_gone", self.env._("The order is not in Odoo any more."))
        if sale.shopify_cancelled_at:
            return self._settle(sale, sale.shopify_cancelled_at)
        call = job.call_id
        if call.state == "answered":
            return self._ask_result(store, sale, call)
        order = self._ask(store, "order__cancellation", {"id": ids.gid("Order", sale.shopify_order_id)})["order"]
        if order is None:
            return self._refused(sale, self.env._("The order does not exist in Shopify any more."))
        if order["cancelledAt"]:
            if call.state == "sent":
                call.write({"state": "answered", "answer": {"order": order}, "answered_at": fields.Datetime.now()})
            return self._settle(sale, reading.moment(order["cancelledAt"], "cancelledAt"))
        if call.state == "sent" and call.create_date > fields.Datetime.subtract(fields.Datetime.now(), minutes=LOST):
            return Later(
                self.env._("Shopify's answer was lost: looking whether the cancellation took effect."),
                seconds=60,
                counts=False,
            )
        if call.state == "sent":
            call.write({"state": "refused", "answer": {"error": "not applied"}})
        return self._request(store, sale, job)

    def _request(self, store, sale, job):
        payload, user_errors = self._send(
            store,
            job,
            "order_cancel",
            "orderCancel",
            {"orderId": ids.gid("Order", sale.shopify_order_id), **job._body()},
            before={"cancelledAt": None},
        )
        if user_errors or not (payload.get("jobResult") or payload.get("job")):
            return self._refused(
                sale, "; ".join(error.message for error in user_errors) or self.env._("no reason given")
            )
        sale.write({"shopify_cancel_state": "accepted", "shopify_cancel_message": False})
        return self._later(job.call_id)

    def _later(self, call):
        """Soon at first, then every minute: what Shopify tells of the order meanwhile waits behind this job."""
        age = (fields.Datetime.now() - (call.answered_at or fields.Datetime.now())).total_seconds()
        return Later(
            self.env._("Shopify has accepted the cancellation and is at it."), seconds=min(60, 3 + age), counts=False
        )

    def _ask_result(self, store, sale, call):
        """How the accepted request ended."""
        result = None
        if started := call.answer.get("jobResult"):
            result = self._ask(store, "node__cancellation", {"id": started["id"]})["node"]
        if result and result["status"] == "FAILED":
            call.state = "refused"  # a retry asks anew
            reason = "; ".join(error["message"] for error in result["errors"] or ())
            return self._refused(sale, reason or self.env._("no reason given"))
        order = result and result["order"]
        if not order or not order["cancelledAt"]:
            order = self._ask(store, "order__cancellation", {"id": ids.gid("Order", sale.shopify_order_id)})["order"]
        if order and order["cancelledAt"]:
            return self._settle(sale, reading.moment(order["cancelledAt"], "cancelledAt"))
        if call.answered_at < fields.Datetime.subtract(fields.Datetime.now(), hours=PATIENCE):
            return self._refused(sale, self.env._("it was accepted a day ago, and the order is still not cancelled"))
        return self._later(call)

    def _settle(self, sale, cancelled_at):
        """Shopify has cancelled the order: so does Odoo, without waiting for the webhook that says the same."""
        sale.write(
            {
                "shopify_cancelled_at": cancelled_at,
                "shopify_cancel_state": "cancelled",
                "shopify_cancel_message": False,
            }
        )
        if sale.state == "cancel":
            return Done(sale)
        return self.env["shopify.flow.orders_in"]._cancel(sale)

    def _refused(self, sale, reason):
        sale.write({"shopify_cancel_state": "refused", "shopify_cancel_message": reason})
        return NeedsPerson(
            "cancel_refused",
            self.env._(
                "Shopify did not cancel %(order)s: “%(reason)s” Look at the order in Shopify, then ask again or retry.",
                order=sale.shopify_order_name,
                reason=reason,
            ),
            record=sale,
        )
