"""Draft orders, Shopify → Odoo.   draft_orders/create|update|delete → shopify.job → here → a quotation, which the order continues

Key: the draft. Where the store wishes it. Repeating it is harmless: unique (store, draft id), and an older body changes nothing.
When the draft is completed its quotation becomes the order's; if the order was here first, the quotation is cancelled in its favor.
"""

from odoo import models

from ..commerce import draft, order
from ..commerce.outcome import Done, Final
from .orders.values import QUIET

SCOPE = ("read_draft_orders",)
TOPICS = ("draft_orders/create", "draft_orders/update", "draft_orders/delete")


class DraftsIn(models.AbstractModel):
    _name = "shopify.flow.drafts_in"
    _inherit = ["shopify.flow.orders_in"]
    _description = "Draft Orders from Shopify"

    _direction = "in"
    _topics = TOPICS
    _subject = "draft"
    _topic_scopes = dict.fromkeys(TOPICS, SCOPE)
    _switch = "import_drafts"
    _priority = 5  # before the order it became, where both wait
    _blocking = False

    def _run(self, store, jobs):
        if not store.import_drafts:
            why = self.env._("%(store)s does not import draft orders.", store=store.name)
            return dict.fromkeys(jobs, Done(note=why))
        outcomes, parsed, bodies = {}, {}, {job: job._body() for job in jobs}
        for job, body in bodies.items():
            try:
                if job.topic != "draft_orders/delete":
                    parsed[job] = draft.parse(body)
            except order.Unreadable as unreadable:
                outcomes[job] = Final("unreadable", self._why_unreadable(unreadable))
        numbers = [job.key.removeprefix("draft:") for job in jobs]
        known = self._quotations(store, numbers)
        became = {job: draft.order_id(bodies[job]) for job in parsed}
        orders = self._orders(store, [number for number in became.values() if number])
        fresh = {}
        for job in jobs:
            sale = known.get(job.key.removeprefix("draft:"))
            if job in outcomes:
                continue
            if job not in parsed:
                outcomes[job] = self._deleted(sale)
            elif became[job]:
                outcomes[job] = self._completed(sale, orders.get(became[job]), became[job])
            elif sale and (sale.shopify_order_id or sale.state == "cancel" or self._is_stale(sale, parsed[job], job)):
                outcomes[job] = Done(sale, self.env._("Older than what was already imported: nothing changed."))
            else:
                fresh[job] = parsed[job]
        outcomes.update(self._import(store, fresh, known))
        return outcomes

    def _quotations(self, store, numbers):
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_draft_id", "in", numbers)]
        )
        return {sale.shopify_draft_id: sale for sale in sales}

    def _orders(self, store, numbers):
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", numbers)]
        )
        return {sale.shopify_order_id: sale for sale in sales}

    # -- how a draft ends -------------------------------------------------------------------------
    def _completed(self, quotation, sale, number):
        if not quotation:
            return Done(sale)
        if sale and sale != quotation:
            self._call_off(quotation, self.env._("Continued as %(order)s.", order=sale.name))
            sale.message_post(body=self.env._("Continues the quotation %(quotation)s.", quotation=quotation.name))
            return Done(sale)
        # orders_in finds it by this number, lays its lines anew, and its rules decide.
        quotation.write({"shopify_order_id": number})
        return Done(quotation)

    def _deleted(self, quotation):
        if quotation and not quotation.shopify_order_id:
            self._call_off(quotation, self.env._("Its draft was deleted in Shopify."))
        return Done(quotation)

    def _call_off(self, quotation, why):
        if quotation.state in ("draft", "sent"):
            quotation.with_context(**QUIET, disable_cancel_warning=True).action_cancel()
            quotation.message_post(body=why)

    # -- what is other than with an order ---------------------------------------------------------
    def _is_settled(self, sale):
        return False

    def _prepare_order(self, store, job, one, charges, partners, place):
        values = super()._prepare_order(store, job, one, charges, partners, place)
        return {**values, "shopify_order_id": False, "shopify_draft_id": one.id}

    def _assigned_locations(self, store, orders):
        return {}, {}  # nothing is committed for a draft

    def _risks(self, store, orders, known, *, asked_for):
        return {}  # nobody has paid

    def _settle(self, sales, holds, read, decisions, origins):
        """A quotation, and nothing more; what could not be confirmed later is said already."""
        waits = self.env._("A draft in Shopify: the customer has not bought it yet.")
        self.env["sale.order"].union(*sales.values()).write({"shopify_waits_because": waits})
        outcomes = {}
        for job, sale in sales.items():
            doubt = holds[job] or self._why_differs(sale, read[job][1])
            outcomes[job] = Done(sale, doubt.why if doubt else None)
        return outcomes
