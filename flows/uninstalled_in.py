"""The app was removed from the shop: the token is dead, so the store pauses and its queue is kept.

Path: app/uninstalled → shopify.job → here → shopify.store. Key: the connection. Repeating it is harmless: a message from before the
last connecting is out of date and changes nothing.
"""

from odoo import models

from ..commerce.outcome import Done


class UninstalledIn(models.AbstractModel):
    _name = "shopify.flow.uninstalled_in"
    _inherit = "shopify.flow"
    _description = "App Removed from the Shop"

    _direction = "both"
    _topics = ("app/uninstalled",)
    _priority = 5

    def _key(self, topic, body):
        return "app"

    def _run(self, store, jobs):
        happened = max((job.triggered_at or job.create_date for job in jobs), default=None)
        if store.connected_at and happened < store.connected_at:
            return dict.fromkeys(
                jobs, Done(store, self.env._("From before the store was connected again: nothing changed."))
            )
        why = self.env._(
            "The app was removed from the shop. Nothing is lost: install it there again, then connect the store again."
        )
        store.write({"state": "paused", "pause_reason": why})
        store._alert_responsible(store, why)
        return None
