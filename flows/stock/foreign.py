"""What somebody changed in Shopify's admin: noticed when it is read, decided when the level is to be set.

A fulfillment by another app, or a sale at a till, lowers `on_hand` like a person does, and its order's message comes a moment
later. So for a moment nothing is raised: that would offer pieces that are gone.
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
        difference = read["on_hand"] - level.on_hand
        if not difference:
            # What was in doubt was counted already. Unless nothing was heard since the same fall was read, or something happened
            # that makes up for it by chance: then what can be bought is another.
            unsettled = level.foreign_at and (level.is_known or read["available"] != level.available)
            return {} if unsettled else {"doubt": 0}
        values = {"foreign_to": read["on_hand"], "foreign_at": now}
        if level.foreign_at:
            values["foreign_to"] = level.foreign_to + difference  # what we set meanwhile is none of it
            if values["foreign_to"] == level.foreign_from:
                # Up and down again: one of the two may still be told of, so this explains nothing.
                values["doubt"] = level.doubt + abs(difference)
        else:
            # As far as it is in doubt a fall is explained; it is waited for a message all the same.
            explained = min(level.doubt, max(0, -difference))
            values["foreign_from"] = level.on_hand - explained
        return values

    def _settle_foreign(self, store, targets):
        """Decide what becomes of changes that were noticed.

        For a minute they are waited for, and nothing is raised meanwhile: also a rise may hide pieces that were shipped. What has
        to fall is lowered at once.

        :param targets: {shopify.level: commerce.stock.OnHand}
        :return: (levels not to be set now, {level: Outcome of its job} where it is to be looked at again)
        """
        held, outcomes = self.env["shopify.level"], {}
        decided, adopted = [], {}
        now = fields.Datetime.now()
        for level, target in targets.items():
            if not level.foreign_at:
                continue
            before, after, there, wanted = level.foreign_from, level.foreign_to, level.on_hand, target.pieces
            handling = self._handling(level)
            if after == before and not level.doubt:
                level.foreign_at = False
            elif now < level.foreign_at + GRACE:
                outcomes[level] = self._wait_for_message(level, level.foreign_at + GRACE - now)
                if wanted >= there or (handling != "correct" and wanted >= before):
                    held |= level
            elif after == before or (there == wanted and not self._was_set_since(level)):
                level.write({"foreign_at": False, "doubt": 0})
            else:
                if handling == "adopt":
                    adopted[level] = after - before
                if handling == "adopt" or (handling == "report" and wanted == before):
                    held |= level
                decided.append(self._prepare_change(level, wanted, handling))
                level.write({"foreign_at": False, "doubt": 0, "note": self._say_change(level, wanted, handling)})
        self.env["shopify.level.change"].create(decided)
        if adopted:
            self._adopt(adopted)
        return held, outcomes

    def _handling(self, level):
        handling = level.store_id.foreign_stock_change
        return "report" if handling == "adopt" and self._why_not_adopt(level) else handling

    def _was_set_since(self, level):
        """Whether it is as Odoo wants it because we lowered it; else both sides came to the same by themselves."""
        return bool(level.pushed_at and level.pushed_at >= level.foreign_at)

    def _wait_for_message(self, level, wait):
        return Later(
            self.env._(
                "%(variant)s went from %(before)s to %(after)s in Shopify and nothing here says why yet. If it was sold or shipped "
                "there, its message comes; else it is taken for a change made by hand.",
                variant=level.variant_id.display_name,
                before=level.foreign_from,
                after=level.foreign_to,
            ),
            seconds=max(1, wait.total_seconds()),
            counts=False,
        )

    def _prepare_change(self, level, wanted, handling):
        return {
            "level_id": level.id,
            "seen_at": level.foreign_at,
            "before": level.foreign_from,
            "after": level.foreign_to,
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
        return words[handling] % {"before": level.foreign_from, "after": level.foreign_to, "wanted": wanted}

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
