"""Items that Shopify is not ready to count: tracking switched on, and articles stocked at a location, where the user wants it."""

from odoo import models

from ...commerce import ids
from ...commerce.outcome import NeedsPerson


class ShopifyStockReadiness(models.AbstractModel):
    _name = "shopify.stock.readiness"
    _description = "Items made ready for stock in Shopify"

    def _track(self, store, by_variant):
        """Switch on “Track quantity” of the variants that Odoo counts and Shopify does not, where the store says so.

        :param by_variant: {shopify.variant: its job}
        :return: {job: outcome} of what Shopify refused
        """
        refused = {}
        wanted = by_variant if store.track_items else ()
        for variant in [one for one in wanted if not one.tracked and one.inventory_item_id]:
            # One call an item: Shopify has none for several. It is needed once in the life of an item.
            _payload, user_errors = self._send(
                store,
                by_variant[variant],
                "inventory_item_update",
                "inventoryItemUpdate",
                {"id": ids.gid("InventoryItem", variant.inventory_item_id), "input": {"tracked": True}},
            )
            if user_errors:
                refused[by_variant[variant]] = NeedsPerson(
                    "stock_refused",
                    self.env._(
                        "Shopify did not switch on “Track quantity” of %(variant)s: “%(reason)s”",
                        variant=variant.display_name,
                        reason=user_errors[0].message,
                    ),
                    record=variant,
                )
            else:
                variant.tracked = True
        return refused

    def _stock_there(self, store, by_variant, levels):
        """Stock articles at the locations that are to have everything, and leave out levels that Shopify does not have.

        An inactive level keeps and accepts its quantity (recorded, FACTS 43), so that it is right when somebody switches it on; one
        that never was stocked has none, and setting it would be refused.

        :param levels: {(variant, place): level}, read where they were not known
        :return: (the levels to be set, {job: outcome} of what Shopify refused)
        """
        refused, stocked = {}, []
        for level in levels.values():
            if level.is_stocked or not level.location_id.activate_levels:
                continue
            job = by_variant[level.variant_id]
            payload, user_errors = self._send(
                store,
                job,
                "inventory_activate",
                "inventoryActivate",
                {
                    "inventoryItemId": ids.gid("InventoryItem", level.variant_id.inventory_item_id),
                    "locationId": ids.gid("Location", level.location_id.shopify_id),
                },
                keyed=True,
            )
            # One that is active already is told as an error, with the level (recorded, FACTS 15).
            if (payload.get("inventoryLevel") or {}).get("isActive"):
                level.is_stocked = True
                stocked.append(level)
            else:
                refused[job] = NeedsPerson(
                    "stock_refused",
                    self.env._(
                        "Shopify did not stock %(variant)s at %(place)s: “%(reason)s”",
                        variant=level.variant_id.display_name,
                        place=level.location_id.name,
                        reason=user_errors[0].message if user_errors else "",
                    ),
                    record=level.variant_id,
                )
        self._read(store, [level for level in stocked if not level.is_known])
        there = {pair: level for pair, level in levels.items() if level.is_known or level.is_stocked}
        return there, refused
