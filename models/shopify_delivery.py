"""A webhook delivery becomes a row of the queue, in one statement: Shopify waits for the answer, and there may be 50 a second."""

from odoo import api, models

from .shopify_runner_cron import IN_FLIGHT, LANES, LOCK_CLASS

# What the row takes from the delivery and its flow.
COLUMNS = ("store_id", "topic", "key", "payload", "event_id", "triggered_at", "flow")
COLUMNS += ("lane", "priority", "shard", "blocking", "state", "cause", "error")
# Whether the row's runner will see it without being woken: `shopify.runner._wake_after_commit` draws why.
WILL_LOOK = """CASE WHEN NOT pg_try_advisory_xact_lock_shared(%(class)s, %(in_flight)s) THEN FALSE
                    WHEN pg_try_advisory_lock_shared(%(class)s, %(runner)s)
                    THEN NOT pg_advisory_unlock_shared(%(class)s, %(runner)s)
                    ELSE TRUE END"""
# Everything is one text: building it took longer than running it.
STORE = f"""INSERT INTO shopify_job (attempts, create_date, write_date, {", ".join(COLUMNS)})
            VALUES (0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
                    {", ".join(f"%({name})s" for name in COLUMNS)})
            ON CONFLICT (store_id, topic, event_id) WHERE event_id IS NOT NULL DO NOTHING
            RETURNING {WILL_LOOK}"""


class ShopifyDelivery(models.AbstractModel):
    _name = "shopify.delivery"
    _description = "Webhook Delivery"

    @api.model
    def _receive(self, store, event, flow, key, body):
        """Store one verified delivery. Returns False when it was there already.

        :param event: shopify_api.webhook.Event
        :param flow: the flow that handles the topic, or None: kept aside until there is one
        :param body: what was sent, as text
        :raise SerializationFailure: somebody else stored it after our snapshot was taken (ODOO19 §3)
        """
        runner = self.env["shopify.runner"]
        values = self._values(store, event, flow, key, body)
        lane, shard = values["lane"], values["shard"]
        number = shard % runner._runner_count(lane)
        locks = {"class": LOCK_CLASS, "in_flight": IN_FLIGHT[lane] + number, "runner": LANES[lane] + number}
        # Two deliveries of one event at the same instant are no error worth a line in the log.
        self.env.cr.execute(STORE, {**values, **locks}, log_exceptions=False)
        stored = self.env.cr.fetchone()
        if stored and values["state"] == "pending" and not stored[0]:
            runner._wake_after_commit({(lane, shard)})
        return bool(stored)

    def _values(self, store, event, flow, key, body):
        job = self.env["shopify.job"]
        values = {
            "store_id": store.id,
            "topic": event.topic,
            "key": key,
            "payload": body,
            "event_id": self._event_id(event),
            "triggered_at": event.triggered_at and event.triggered_at.replace(tzinfo=None),
            "shard": job._shard(store.id, key),
            "cause": None,
            "error": None,
        }
        if flow:
            return job._job_row(flow, values)
        return {
            **values,
            "flow": None,
            "lane": "slow",
            "priority": 90,
            "blocking": False,
            "state": "skipped",
            "cause": "topic_unknown",
            "error": self.env._("No journey handles “%(topic)s” yet; the message is kept.", topic=event.topic),
        }

    @api.model
    def _is_stored(self, store, event):
        event_id = self._event_id(event)
        domain = [("store_id", "=", store.id), ("topic", "=", event.topic), ("event_id", "=", event_id)]
        return bool(event_id and self.env["shopify.job"].search_count(domain, limit=1))

    def _event_id(self, event):
        return event.event_id or (f"delivery:{event.webhook_id}" if event.webhook_id else None)
