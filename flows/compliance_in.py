"""Requests about personal data that Shopify passes on, and that the law gives us 30 days for.

Path: customers/data_request, customers/redact, shop/redact → shopify.job → here → shopify.privacy.request. Key: the customer, or
the shop. Repeating it is harmless: an event is one request, a file is made once, what is anonymized stays so (SHOPIFY_API §10.5).

Which data is kept: the file is made at once. Erase a customer: at once, unless an order is open; then a manager decides. Erase the
shop's customers: a manager decides, since it concerns all of them.
"""

import io
import json
import zipfile

from markupsafe import Markup

from odoo import fields, models

from ..commerce import ids, privacy, reading
from ..commerce.outcome import Done, Final, Later, NeedsPerson

PIECE = 50  # customers of a shop anonymized in one run


class ComplianceIn(models.AbstractModel):
    _name = "shopify.flow.compliance_in"
    _inherit = "shopify.flow"
    _description = "Requests about Personal Data"

    _direction = "both"
    _runs_while_paused = True
    _topics = tuple(privacy.KINDS)
    _subscribes = False  # configured once on the app, at the address without a store's token
    _lane = "slow"
    _priority = 30
    _batch = 1

    def _key(self, topic, body):
        customer = body.get("customer")
        number = ids.number(customer.get("id")) if isinstance(customer, dict) else None
        return f"customer:{number}" if number else "shop"

    def _run(self, store, jobs):
        return {job: self._do(store, job) for job in jobs}

    def _do(self, store, job):
        Request = self.env["shopify.privacy.request"]
        if not job.topic:
            request, email = Request.browse(job._body().get("request")).exists(), None
            if not request:
                return Done(None, self.env._("The request was removed."))
        else:
            try:
                asked = privacy.parse(job.topic, job._body())
            except reading.Unreadable as unreadable:
                why = self.env._("Shopify's message could not be read as a request: %(reason)s", reason=str(unreadable))
                return Final("unreadable", why)
            request, email = self._request(store, job, asked), asked.email
        if request.state == "done":
            return Done(request)
        if request.kind == "shop_redact":
            return self._redact_shop(store, job, request)
        found = self.env["shopify.personal.data"]._find(
            store, request.customer_shopify_id or None, email, request.order_shopify_ids or ()
        )
        request.found = self.env["shopify.personal.data"]._count(found)
        if request.kind == "data_request":
            return self._answer(store, request, found)
        return self._redact(store, job, request, found)

    def _request(self, store, job, asked):
        """The audit record of this event, made when it is first seen."""
        Request = self.env["shopify.privacy.request"]
        known = Request.search([("store_id", "=", store.id), ("event_id", "=", job.event_id)], limit=1)
        if job.event_id and known:
            return known
        return Request.create(
            {
                "store_id": store.id,
                "kind": asked.kind,
                "who": privacy.masked(asked.email) or self.env._("Customer %(number)s", number=asked.customer_id or "")
                if asked.kind != "shop_redact"
                else store.name,
                "customer_shopify_id": asked.customer_id,
                "order_shopify_ids": list(asked.orders),
                "shopify_number": asked.number,
                "event_id": job.event_id,
                "received_at": job.create_date,
            }
        )

    def _finish(self, request, done):
        request.write({"state": "done", "done_at": fields.Datetime.now(), "done": done})
        # What waited for the decision is settled with it.
        waiting = self.env["shopify.job"].search(
            [("state", "=", "attention"), ("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        waiting.write({"state": "done", "payload": False, "error": done, "done_at": fields.Datetime.now()})
        return Done(request)

    def _wait(self, request, why):
        """A manager decides; the words and the button stand on the record."""
        request.write({"state": "waiting", "why": why})
        words = self.env._(
            "%(who)s is to be forgotten in %(store)s until %(day)s. %(why)s Open the request and confirm when it may be done.",
            who=request.who,
            store=request.store_id.name,
            day=fields.Date.to_string(request.due_on),
            why=why,
        )
        return NeedsPerson("personal_data", words, record=request)

    # -- which data is kept -----------------------------------------------------------------------
    def _answer(self, store, request, found):
        report = self.env["shopify.personal.data"]._report(found)
        request.attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"{store.name} {request.customer_shopify_id or ''} {fields.Date.today()}.zip".replace("/", "-"),
                "raw": self._archive(report),
                "mimetype": "application/zip",
                "res_model": request._name,
                "res_id": request.id,
            }
        )
        words = self.env._("The file is ready. Send it to the customer before %(day)s.", day=request.due_on)
        store._alert_responsible(request, words)
        return self._finish(request, self.env._("The file with everything that is kept was made."))

    def _archive(self, report):
        """A zip of the same twice: a page to read, and JSON to take elsewhere."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.html", str(self._page(report)))
            archive.writestr("data.json", json.dumps(report, indent=2, ensure_ascii=False))
        return file.getvalue()

    def _page(self, report):
        parts = []
        for title, rows in report.items():
            parts.append(Markup("<h2>%s</h2>") % title)
            for row in rows:
                cells = (Markup("<tr><th>%s</th><td>%s</td></tr>") % pair for pair in row.items())
                parts.append(Markup("<table>%s</table>") % Markup().join(cells))
            if not rows:
                parts.append(Markup("<p>%s</p>") % self.env._("Nothing."))
        style = "body{font:14px sans-serif;margin:2em}th{text-align:left;padding-right:1em;vertical-align:top}table{margin:0 0 1em}"
        return Markup('<!doctype html><meta charset="utf-8"><style>%s</style>%s') % (
            Markup(style),
            Markup().join(parts),
        )

    # -- erasing ----------------------------------------------------------------------------------
    def _redact(self, store, job, request, found):
        Data = self.env["shopify.personal.data"]
        if not request.confirmed_at and (why := Data._why_open(found, job)):
            return self._wait(request, why)
        outcome = self._finish(request, Data._anonymize(store, found))
        job.payload = False  # it names the customer too
        return outcome

    def _redact_shop(self, store, job, request):
        links = self.env["shopify.customer"].search(
            [("store_id", "=", store.id), ("redacted_at", "=", False)], limit=PIECE, order="id"
        )
        if not request.confirmed_at:
            total = self.env["shopify.customer"].search_count(
                [("store_id", "=", store.id), ("redacted_at", "=", False)]
            )
            return self._wait(request, self.env._("All %(count)s customers of the shop are concerned.", count=total))
        Data = self.env["shopify.personal.data"]
        for link in links:  # each has orders and messages of its own, a bounded number a run
            Data._anonymize(store, Data._find(store, link.shopify_id, None, ()))
        if len(links) == PIECE:
            return Later(self.env._("Erasing goes on with the next customers."), seconds=0, counts=False)
        self._empty_rest(store, job)
        return self._finish(request, self.env._("The shop's customers were anonymized, and its messages emptied."))

    def _empty_rest(self, store, job):
        """Guests have no customer: their contacts by the orders, and every message that is left."""
        Data = self.env["shopify.personal.data"]
        sales = self.env["sale.order"].search([("shopify_store_id", "=", store.id), ("shopify_order_id", "!=", False)])
        guests = sales.filtered(lambda one: one.partner_id.active and not one.partner_id.shopify_customer_ids)
        Data._anonymize(store, Data._find(store, None, None, guests.mapped("shopify_order_id")))
        jobs = self.env["shopify.job"].search([("store_id", "=", store.id), ("payload", "!=", False)]) - job
        Data._empty_messages(jobs, self.env["shopify.call"].search([("store_id", "=", store.id)]))
