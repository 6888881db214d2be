"""Reading Shopify's levels, and noticing what somebody else changed there."""

from odoo import fields, models

from ...commerce import ids

READ = 100


class StockReading(models.AbstractModel):
    _name = "shopify.stock.reading"
    _inherit = "shopify.stock.foreign"
    _description = "Shopify Stock: Reading"

    def _read(self, store, levels):
        """What Shopify has of these levels now: on hand, committed and available; 100 items of one location a query."""
        for place, group in self.env["shopify.level"].union(*levels).grouped("location_id").items():
            by_item = {level.variant_id.inventory_item_id: level for level in group}
            gids = [ids.gid("InventoryItem", item) for item in by_item]
            for start in range(0, len(gids), READ):
                asked_at = fields.Datetime.now()
                data = self._ask(
                    store,
                    "nodes__inventory_levels",
                    {"ids": gids[start : start + READ], "locationId": ids.gid("Location", place.shopify_id)},
                )
                now = fields.Datetime.now()
                for node in filter(None, data["nodes"]):
                    self._take(by_item[ids.number(node["id"])], node, asked_at, now)

    def _take(self, level, node, asked_at, now):
        """It knows of all that happened before it was asked for, and may know of all that happened until it came."""
        if level.variant_id.tracked != node["tracked"]:
            level.variant_id.tracked = node["tracked"]
        if not node["inventoryLevel"]:
            # It never was, or is no more.
            forgotten = {"is_known": False, "is_to_be_read": False, "foreign_at": False, "doubt": 0}
            level.write({"is_stocked": False, "asked_at": asked_at, "read_at": now, **forgotten})
            return
        quantities = {q["name"]: q["quantity"] for q in node["inventoryLevel"]["quantities"]}
        values = {name: quantities[name] for name in ("on_hand", "committed", "available")}
        stocked = node["inventoryLevel"]["isActive"]
        known = {"is_known": True, "is_to_be_read": False, "asked_at": asked_at, "read_at": now, "is_stocked": stocked}
        level.write({**values, **known, **self._foreign_values(level, values, now)})
