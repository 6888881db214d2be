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
        # sudo: Shopify is no Odoo user. Each lookup of `request` and each header costs, and there may be 50 messages a second.
        received, env = request.httprequest, request.env(su=True)
        headers = {name: received.headers.get(name, "") for name in webhook.HEADERS}
        stores = env["shopify.store"]
        store = stores._by_webhook_token(token) if token else stores._by_domain(headers["X-Shopify-Shop-Domain"])
        try:
            if not store:
                raise webhook.Rejected(404, "unknown store")
            domain, secrets = store._webhook_identity()
            event = webhook.read(headers, self._body(received), secrets, domain)
            flow, key = self._flow_and_key(env, event)
            body = event.text
        except webhook.Rejected as rejected:
            env["shopify.refusal"]._count(store, rejected.status, rejected.reason)
            return Response(status=rejected.status)
        self._store(store, event, flow, key, body)
        return Response(status=200)

    def _store(self, store, event, flow, key, body):
        deliveries = store.env["shopify.delivery"]
        try:
            deliveries._receive(store, event, flow, key, body)
        except psycopg2.errors.SerializationFailure:
            # The same delivery at the same instant, most likely. Nothing else was written here that could be lost.
            store.env.cr.rollback()
            if not deliveries._is_stored(store, event):
                raise  # Odoo tries the request again

    def _body(self, received):
        """The raw bytes, never more than MAX_BYTES of them."""
        declared = received.content_length
        if declared is None or declared > MAX_BYTES:
            # Without a length the stream would be cut at the limit without an error (ODOO19 §5).
            raise webhook.Rejected(413, "too large, or of unknown length")
        return received.get_data()

    def _flow_and_key(self, env, event):
        flow = env["shopify.flow"]._flow_by_topic().get(event.topic)
        if not flow:
            return None, event.body and event.topic
        model = env[f"shopify.flow.{flow}"]
        if model._subject and (number := event.first_id):
            # Parsing an order takes longer than storing it. One that cannot be parsed is kept and shown to a person, instead of
            # being refused until Shopify gives the subscription up.
            return flow, f"{model._subject}:{number}"
        try:
            return flow, model._key(event.topic, event.body)
        except ValueError as problem:
            raise webhook.Rejected(400, "no usable id in the body") from problem
