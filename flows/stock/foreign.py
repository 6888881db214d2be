"""What somebody changed in Shopify's admin: noticed when it is read, decided when the level is to be set.

A fulfillment by another app, or a sale at a till, lowers `on_hand` like a person does, and its order's message comes a moment
later. So for a moment as many pieces as are in question are not offered again, for they may be gone:

    noticed ──▶ explained by a message: forgotten
            ──▶ a minute is over: a fall no larger than what is in doubt: forgotten, when the level is looked at next
                                  else a change by hand: corrected, listed or adopted as the store says
"""

from datetime import timedelta

from odoo import fields, models

from ...commerce.outcome import Later

GRACE = timedelta(seconds=60)
# Where more and more is noticed, it is decided all the same; and a message that could not be taken in for so long stops nothing.
PATIENCE = timedelta(minutes=15)
AGAIN = timedelta(seconds=15)
# Nothing was sent for so long that nobody knows any more what it was: what Shopify has now is read and counts.
FORGOTTEN = timedelta(days=1)


class StockForeign(models.AbstractModel):
    _name = "shopify.stock.foreign"
    _inherit = "shopify.stock.quantities"
    _description = "Shopify Stock: Changed by Others"

    def _foreign_values(self, level, read, now):
        """What to note beside a reading: nothing where it says what we believed."""
        if not level.is_known:
            return {}
        level._forget_what_is_over()
        difference = read["on_hand"] - level.on_hand
        rise = max(0, difference)
        if level.foreign_at and difference:
            # One that nobody waited for may have its minute behind it: what is new has one of its own.
            is_late = now >= level.foreign_until and level._is_fall_in_doubt()
            return {
                "foreign_to": level.foreign_to + difference,  # what we set meanwhile is none of it
                "foreign_rose": level.foreign_rose + rise,
                "foreign_until": now + GRACE if is_late else min(level.foreign_at + PATIENCE, now + GRACE),
            }
        if difference:
            return {
                "foreign_from": level.on_hand,
                "foreign_to": read["on_hand"],
                "foreign_rose": rise,
                "foreign_at": now,
                "foreign_until": now + GRACE,
                **dict(zip(("foreign_true_from", "foreign_true_until"), level._true_between(), strict=True)),
            }
        # It is the highest that was possible, so nothing is gone that is not known.
        return {} if level.foreign_at else {"doubt": 0}

    def _settle_foreign(self, store, targets):
        """Decide what becomes of changes that were noticed.

        :param targets: {shopify.level: commerce.stock.OnHand}
        :return: ({level: pieces to set instead, for now}, {level: Outcome of its job} where it is to be looked at again)
        """
        instead, outcomes, decided, adopted = {}, {}, [], {}
        now = fields.Datetime.now()
        noticed = [level for level in targets if level.foreign_at]
        unread = self._unread_since(store) if noticed else None
        for level in noticed:
            target = targets[level]
            before, after, there, wanted = level.foreign_from, level.foreign_to, level.on_hand, target.pieces
            handling = self._handling(level)
            if after == before and not level.foreign_rose:
                level.write({"foreign_at": False, "doubt": 0})  # a message explained it
            elif now < level.foreign_until or (unread and unread <= level.foreign_until):
                instead[level] = self._limit(level, wanted, handling)
                # What is in doubt is nothing to wait for where no raise is left out.
                if instead[level] < wanted or not level._is_fall_in_doubt():
                    wait = level.foreign_until - now if now < level.foreign_until else AGAIN
                    outcomes[level] = self._wait_for_message(level, max(wait, timedelta(seconds=1)))
            elif (
                level._is_fall_in_doubt()
                or now > level.foreign_until + FORGOTTEN
                or (there == wanted and not self._was_set_since(level))
            ):
                level.write({"foreign_at": False, "doubt": 0})
            else:
                if handling == "adopt":
                    adopted[level] = after - before
                if handling == "adopt" or (handling == "report" and wanted == before):
                    instead[level] = there
                decided.append(self._prepare_change(level, wanted, handling))
                level.write({"foreign_at": False, "doubt": 0, "note": self._say_change(level, wanted, handling)})
        self.env["shopify.level.change"].create(decided)
        if adopted:
            self._adopt(adopted)
        return instead, outcomes

    def _limit(self, level, wanted, handling):
        """What it may be set to while nobody knows yet; what has to fall is lowered at once.

        As many pieces may be gone as it fell below what we believed. A rise may hide any number of them: five counted in the admin
        and two shipped by another app look like three.
        """
        change, there = level.foreign_to - level.foreign_from, level.on_hand
        if change and handling != "correct" and wanted >= level.foreign_from:
            return there  # Odoo has nothing lower to say, and the store would have Shopify's quantity
        sure = there if level.foreign_rose or change > 0 else wanted + change
        return min(wanted, max(there, sure))

    def _unread_since(self, store):
        """Since when messages of orders wait here that were not taken in; one may say what it was. None: there are none."""
        if store.pause_in:  # they may say anything
            return fields.Datetime.from_string("1970-01-01")
        unread = [
            ("store_id", "=", store.id),
            ("flow", "=", "orders_in"),
            ("state", "=", "pending"),
            ("create_date", ">", fields.Datetime.now() - PATIENCE),
        ]
        return self.env["shopify.job"].search(unread, order="id", limit=1).create_date or None

    def _handling(self, level):
        handling = level.store_id.foreign_stock_change
        return "report" if handling == "adopt" and self._why_not_adopt(level) else handling

    def _was_set_since(self, level):
        """Whether it is as Odoo wants it because we lowered it; else both sides came to the same by themselves."""
        return bool(level.pushed_at and level.pushed_at >= level.foreign_at)

    def _wait_for_message(self, level, wait):
        return Later(level.waits_for, seconds=wait.total_seconds(), counts=False)

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
        if level.doubt:
            return self.env._(
                "Some pieces were fulfilled, or set by a call without an answer, in the same moment: nobody knows by how much it "
                "was changed."
            )
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
