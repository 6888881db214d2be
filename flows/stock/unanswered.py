"""Levels whose setting was never answered: a worker died, or Shopify's answer was lost."""

from odoo import models

from ...commerce import ids


class StockUnanswered(models.AbstractModel):
    _name = "shopify.stock.unanswered"
    _description = "Shopify Stock: Calls Without Answer"

    def _settle_unanswered(self, store, jobs, places):
        """Find out what became of them, before anything is set anew.

        The same call with the same key tells, and changes nothing twice. But if it was not applied then, it is now: so where
        Odoo has less by now than it asks for, or nobody knows what somebody changed there, its levels are read instead.
        """
        calls = jobs.call_id.filtered(lambda one: one.state == "sent" and one.document == "inventory_set_quantities")
        if not calls:
            return
        rows = {call: self._rows_of(store, call) for call in calls}
        levels = self.env["shopify.level"].union(*(level for of_call in rows.values() for level in of_call))
        levels._forget_what_is_over()
        targets = self._targets(store, levels.variant_id.filtered("product_id"), places)
        for call, of_call in rows.items():
            is_whole = len(of_call) == len(call.variables["input"]["quantities"])
            if is_whole and all(
                self._may_be_set(level, pieces, targets) for level, (_compared, pieces) in of_call.items()
            ):
                self._perform(
                    store,
                    call,
                    "inventorySetQuantities",
                    applied=lambda call=call, of_call=of_call: self._believe(of_call, call.sent_at),
                )
            else:
                call.state = "left"
                for level, (compared, pieces) in of_call.items():
                    # Read as it was, or as the call would have it: neither is a change by somebody else. The higher of the two is
                    # believed, so that what is found below it may be gone.
                    change = 0 if compared is None else pieces - compared
                    level.write(
                        {
                            "is_to_be_read": True,
                            "on_hand": level.on_hand + max(0, change),
                            "doubt": level.doubt + abs(change),
                        }
                    )
        self._commit()

    def _may_be_set(self, level, pieces, targets):
        target = targets.get((level.variant_id, level.location_id))
        return target is not None and pieces <= target.pieces and not level.foreign_at

    def _rows_of(self, store, call):
        """{level: (pieces compared with or None, pieces)} of a call that was prepared by a run that is gone."""
        rows = {
            (ids.number(row["inventoryItemId"]), ids.number(row["locationId"])): (
                row["changeFromQuantity"],
                row["quantity"],
            )
            for row in call.variables["input"]["quantities"]
        }
        levels = self.env["shopify.level"].search(
            [
                ("store_id", "=", store.id),
                ("variant_id.inventory_item_id", "in", [item for item, _place in rows]),
                ("location_id.shopify_id", "in", [place for _item, place in rows]),
            ]
        )
        named = {level: (level.variant_id.inventory_item_id, level.location_id.shopify_id) for level in levels}
        return {level: rows[pair] for level, pair in named.items() if pair in rows}
