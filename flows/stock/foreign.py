"""What somebody changed in Shopify's admin: noticed when it is read, decided when the level is to be set.

A fulfillment by another app, or a sale at a till, lowers `on_hand` like a person does, and its order's message comes a moment
later. So a fall is not undone at once: raising it again would offer pieces that are gone.
"""

from datetime import timedelta

from odoo import fields, models

from ...commerce.outcome import Later

GRACE = timedelta(seconds=60)


class StockForeign(models.AbstractModel):
    _name = "shopify.stock.foreign"
    _inherit = "shopify.stock.quantities"
    _description = "Shopify Stock: Changed by Others"

    def _foreign_values(self, level, read, now):
        """What to note beside a reading: nothing where it says what we believed."""
        if not (level.is_known or level.doubt):
            return {}
        if read["on_hand"] == level.on_hand:
            # What was in doubt was counted already; unless it is the same fall, read once more, and nothing was heard since.
            return {} if level.foreign_at and level.is_known else {"doubt": 0}
        before = level.on_hand
        if read["on_hand"] < before:
            # As far as it is in doubt the fall is explained; it is waited for a message all the same.
            before = max(read["on_hand"], before - level.doubt)
        return {"foreign_from": level.foreign_from if level.foreign_at else before, "foreign_at": now}

    def _settle_foreign(self, store, targets):
        """Decide what becomes of changes that were noticed.

        :param targets: {shopify.level: commerce.stock.OnHand}
        :return: {level not to be set now: Outcome of its job, or None}
        """
        left, decided, adopted = {}, [], {}
        now = fields.Datetime.now()
        for level, target in targets.items():
            if not level.foreign_at:
                continue
            before, there, wanted = level.foreign_from, level.on_hand, target.pieces
            if there == wanted or (there == before and not level.doubt):
                level.write({"foreign_at": False, "doubt": 0})
            elif wanted > there and now < level.foreign_at + GRACE:
                left[level] = self._wait_for_message(level, level.foreign_at + GRACE - now)
            elif there == before:
                level.write({"foreign_at": False, "doubt": 0})
            else:
                handling = store.foreign_stock_change
                if handling == "adopt" and self._why_not_adopt(level):
                    handling = "report"
                if handling == "adopt":
                    adopted[level] = there - before
                if handling == "adopt" or (handling == "report" and wanted == before):
                    left[level] = None
                decided.append(self._prepare_change(level, wanted, handling))
                level.write({"foreign_at": False, "doubt": 0, "note": self._say_change(level, wanted, handling)})
        self.env["shopify.level.change"].create(decided)
        if adopted:
            self._adopt(adopted)
        return left

    def _wait_for_message(self, level, wait):
        return Later(
            self.env._(
                "%(variant)s fell from %(before)s to %(after)s in Shopify and nothing here says why yet. If it was sold or shipped "
                "there, its message comes; else Odoo's quantity is sent.",
                variant=level.variant_id.display_name,
                before=level.foreign_from,
                after=level.on_hand,
            ),
            seconds=max(1, wait.total_seconds()),
            counts=False,
        )

    def _prepare_change(self, level, wanted, handling):
        return {
            "level_id": level.id,
            "seen_at": level.foreign_at,
            "before": level.foreign_from,
            "after": level.on_hand,
            "wanted": wanted,
            "handling": handling,
            "note": (self._why_not_adopt(level) if handling == "report" else None) or False,
        }

    def _say_change(self, level, wanted, handling):
        words = {
            "correct": self.env._("Changed in Shopify from %(before)s to %(after)s; Odoo's %(wanted)s was sent again."),
            "report": self.env._("Changed in Shopify from %(before)s to %(after)s; Odoo has %(wanted)s."),
            "adopt": self.env._("Changed in Shopify from %(before)s to %(after)s, and adopted in Odoo."),
        }
        return words[handling] % {"before": level.foreign_from, "after": level.on_hand, "wanted": wanted}

    # -- taking it over ---------------------------------------------------------------------------
    def _why_not_adopt(self, level):
        """Why Odoo cannot take the change over by itself, in words; None where it can."""
        if level.store_id.foreign_stock_change != "adopt":
            return None
        product = level.variant_id.product_id
        if product.tracking != "none":
            return self.env._("%(product)s is tracked by lots: count it in Odoo.", product=product.display_name)
        if not product.is_storable:
            return self.env._("Odoo does not count the stock of %(product)s.", product=product.display_name)
        return None

    def _adopt(self, differences):
        """An inventory adjustment where most pieces lie. What was changed here marks the level, and it is compared anew."""
        levels = self.env["shopify.level"].union(*differences)
        Quant = self.env["stock.quant"].with_context(
            inventory_mode=True, inventory_name=self.env._("Changed in Shopify")
        )
        quants = Quant.search(
            [
                ("product_id", "in", levels.variant_id.product_id.ids),
                ("location_id", "child_of", levels.location_id.location_ids.ids),
                ("owner_id", "=", False),
                ("package_id", "=", False),
                ("lot_id", "=", False),
            ],
            order="quantity desc, id",
        )
        counted = []
        for level, difference in differences.items():
            feeding = level.location_id.location_ids
            quant = quants.filtered(
                lambda one, level=level, feeding=feeding: (
                    one.product_id == level.variant_id.product_id
                    and self._place_of(one.location_id, self._fed(level.location_id))
                )
            )[:1]
            counted.append(
                {
                    "product_id": level.variant_id.product_id.id,
                    "location_id": (quant.location_id or feeding[:1]).id,
                    "inventory_quantity": max(0, quant.quantity + difference),
                }
            )
        Quant.create(counted).action_apply_inventory()
