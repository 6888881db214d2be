"""Levels, Shopify → Odoo.   inventory_levels/update|connect|disconnect → shopify.job → here → shopify.level, stock_out

Key: the level (its item and location); in the runner of the store's stock, so that what we set ourselves is known when its echo is
looked at. Repeating it is harmless: a body says only that something happened, and what it was is read.
"""

from odoo import models

from ..commerce import ids
from ..commerce.outcome import Done, Later


class LevelsIn(models.AbstractModel):
    _name = "shopify.flow.levels_in"
    _inherit = ["shopify.flow", "shopify.stock.reading"]
    _description = "Stock Changes in Shopify"

    _direction = "in"
    _topics = ("inventory_levels/update", "inventory_levels/connect", "inventory_levels/disconnect")
    _feature = "stock"
    _priority = 45  # after the stock that we send: its echo is compared with what was set
    _batch = 250
    _coalesces = True

    def _key(self, topic, body):
        item, place = ids.number(body.get("inventory_item_id")), ids.number(body.get("location_id"))
        if item is None or place is None:
            raise ValueError("the body names no level")
        return f"level:{item}:{place}"

    def _run(self, store, jobs):
        levels = self._levels_of(store, jobs) if store.push_stock else {}
        unanswered = self._unanswered(store)
        outcomes, heard = {}, self.env["shopify.level"]
        for job in jobs:
            level = levels.get(job.key)
            if not level or not level.is_known:
                outcomes[job] = Done(None, self.env._("Odoo sends no stock there, or has not yet."))
            elif job.topic == "inventory_levels/disconnect":
                level.is_to_be_read = True
            elif job.key in unanswered:
                # Our own call, whose answer was lost: stock_out finds out first.
                outcomes[job] = Later(self.env._("A call to Shopify is to be settled first."), seconds=10, counts=False)
            elif not self._is_echo(level, job):
                heard |= level
        self._read(store, heard)
        changed = heard.filtered("foreign_at")
        if changed:
            self.env["shopify.job"]._mark_stock(variants=changed.variant_id)
        return outcomes

    def _levels_of(self, store, jobs):
        """{key of a job: the level of a mapped location}"""
        items = [job.key.split(":")[1] for job in jobs]
        levels = self.env["shopify.level"].search(
            [("store_id", "=", store.id), ("variant_id.inventory_item_id", "in", items)]
        )
        pushable = store.location_ids._pushable()
        return {
            f"level:{level.variant_id.inventory_item_id}:{level.location_id.shopify_id}": level
            for level in levels
            if level.location_id in pushable
        }

    def _is_echo(self, level, job):
        """Whether the message tells what we did ourselves, or what was read since: 10 000 of them cost no call."""
        _since, until = level._by_our_clock(None, job.triggered_at)
        if level._is_read_after(until):
            return True
        return job._body().get("available") == level.available

    def _unanswered(self, store):
        """Keys of the levels in calls whose answer nobody has noted."""
        calls = self.env["shopify.call"].search(
            [
                ("store_id", "=", store.id),
                ("document", "=", "inventory_set_quantities"),
                ("state", "=", "sent"),
                ("job_ids.state", "=", "pending"),  # else nobody settles it any more
            ]
        )
        return {
            f"level:{ids.number(row['inventoryItemId'])}:{ids.number(row['locationId'])}"
            for call in calls
            for row in call.variables["input"]["quantities"]
        }
