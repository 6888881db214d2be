"""Items that Shopify is not ready to count: tracking switched on, and articles stocked at a location, where the user wants it."""

from odoo import fields, models

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

    def _set_oversell(self, store, by_variant):
        """Tell Shopify which variants it goes on selling when nothing is left, where the store manages it: a call a product.

        :return: {job: outcome} of what Shopify refused
        """
        refused, differing = {}, self.env["shopify.variant"]
        for variant in by_variant if store.manage_oversell else ():
            if variant.inventory_policy != self._wanted_policy(variant):
                differing |= variant
        for product, variants in differing.filtered("product_shopify_id").grouped("product_shopify_id").items():
            jobs = self.env["shopify.job"].union(*(by_variant[variant] for variant in variants))
            _payload, user_errors = self._send(
                store,
                jobs,
                "product_variants_bulk_update",
                "productVariantsBulkUpdate",
                {
                    "productId": ids.gid("Product", product),
                    "variants": [
                        {
                            "id": ids.gid("ProductVariant", variant.shopify_id),
                            "inventoryPolicy": self._wanted_policy(variant).upper(),
                        }
                        for variant in variants
                    ],
                },
            )
            if user_errors:
                why = self.env._(
                    "Shopify did not change whether %(product)s is sold when out of stock: “%(reason)s”",
                    product=variants[0].product_id.display_name,
                    reason=user_errors[0].message,
                )
                refused.update(dict.fromkeys(jobs, NeedsPerson("stock_refused", why, record=variants[0])))
            else:
                for policy, alike in variants.grouped(self._wanted_policy).items():
                    alike.inventory_policy = policy
        return refused

    def _wanted_policy(self, variant):
        return "continue" if variant.product_id.shopify_oversell else "deny"

    def _unread(self, levels):
        """The levels to be read before they are set; one that Shopify did not have is looked for again, and not at each change."""
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        return [
            level
            for level in levels
            if level.is_to_be_read
            or (not level.is_known and (level.is_stocked or not level.read_at or level.read_at < since))
        ]

    def _stock_there(self, store, by_variant, levels):
        """Stock articles at the locations that are to have everything, and leave out levels that Shopify does not have.

        An inactive level keeps and accepts its quantity (recorded, FACTS 43), so that it is right when somebody switches it on; one
        that never was stocked has none, and setting it would be refused.

        :param levels: {(variant, place): level}, read where they were not known
        :return: (the levels to be set, {job: outcome} of what Shopify refused, whether it was asked at all)
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
        return there, refused, bool(stocked or refused)
