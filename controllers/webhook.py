"""The door Shopify knocks on: verify, store one row, answer."""

import psycopg2.errors

from odoo import http
from odoo.http import Response, request

from ..shopify_api import webhook

# Source: Shopify's largest bodies are orders of some hundred lines; its own limit is not published.
MAX_BYTES = 5 * 1024 * 1024


class WebhookController(http.Controller):
    @http.route(
        ["/shopify/webhook/<string:token>", "/shopify/webhook"],
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BYTES,
    )
    def receive(self, token=None, **_unused):
        """200 stored or seen before · 400 body · 401 signature · 404 store · 413 size. Nothing else is said to a stranger."""
        stores = request.env["shopify.store"].sudo()  # sudo: Shopify is no Odoo user
        headers = request.httprequest.headers
        store = stores._by_webhook_token(token) if token else stores._by_domain(headers.get("X-Shopify-Shop-Domain"))
        try:
            if not store:
                raise webhook.Rejected(404, "unknown store")
            domain, secrets = store._webhook_identity()
            event = webhook.read(headers, self._body(), secrets, domain)
            flow, key = self._flow_and_key(event)
        except webhook.Rejected as rejected:
            store.env["shopify.refusal"]._count(store, rejected.status, rejected.reason)
            return Response(status=rejected.status)
        self._store(store, event, flow, key)
        return Response(status=200)

    def _store(self, store, event, flow, key):
        deliveries = store.env["shopify.delivery"]
        try:
            deliveries._receive(store, event, flow, key)
        except psycopg2.errors.SerializationFailure:
            # The same delivery at the same instant, most likely. Nothing else was written here that could be lost.
            request.env.cr.rollback()
            if not deliveries._is_stored(store, event):
                raise  # Odoo tries the request again

    def _body(self):
        """The raw bytes, never more than MAX_BYTES of them."""
        declared = request.httprequest.content_length
        if declared is None or declared > MAX_BYTES:
            # Without a length the stream would be cut at the limit without an error (ODOO19 §5).
            raise webhook.Rejected(413, "too large, or of unknown length")
        return request.httprequest.get_data()

    def _flow_and_key(self, event):
        flow = request.env["shopify.flow"].sudo()._flow_by_topic().get(event.topic)
        if not flow:
            return None, event.topic
        try:
            return flow, request.env[f"shopify.flow.{flow}"]._key(event.topic, event.body)
        except ValueError as problem:
            raise webhook.Rejected(400, "no usable id in the body") from problem
