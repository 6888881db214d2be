"""Stock, Odoo → Shopify.   any change of a quant → shopify.job → here → inventorySetQuantities, 250 levels a call

Key: the variant. Repeating it is harmless: each level is computed anew from what is in Odoo now, and set by compare-and-set against
what we last set or read, so that nothing that happened in Shopify meanwhile is overwritten blindly.
"""

from odoo import fields, models
from odoo.tools import SQL

from ..commerce import ids
from ..commerce.outcome import Done, Later, NeedsPerson

CALL = 250  # Source: Admin API limits, elements of one input array
ROUNDS = 3
SCARCE = 10  # pieces that can be bought, and fewer: a sale or two later Shopify may sell what is not there
STALE = "CHANGE_FROM_QUANTITY_STALE"


class StockOut(models.AbstractModel):
    _name = "shopify.flow.stock_out"
    _inherit = [
        "shopify.flow",
        "shopify.stock.offer",
        "shopify.stock.readiness",
        "shopify.stock.reading",
        "shopify.stock.unanswered",
    ]
    _description = "Stock to Shopify"

    _direction = "out"
    _priority = 40
    _batch = 500
    _coalesces = True

    def _run(self, store, jobs):
        places = store.location_ids._pushable()
        if not store.push_stock or not places:
            return dict.fromkeys(
                jobs, Done(None, self.env._("Stock is not sent: it is switched off, or no location is mapped."))
            )
        self._settle_unanswered(store, jobs, places)
        outcomes, by_variant = {}, {}
        variants = self.env["shopify.variant"].browse(jobs.mapped("res_id")).exists().grouped("id")
        kits = self._kits(self.env["shopify.variant"].union(*variants.values()).product_id, store.company_id)
        counted = {
            variants[job.res_id]: job
            for job in jobs
            if job.res_id in variants and self._is_counted(variants[job.res_id], kits)
        }
        refused = self._track(store, counted)
        for job in jobs:
            variant = variants.get(job.res_id, self.env["shopify.variant"])
            if job in refused:
                outcomes[job] = refused[job]
            elif note := self._why_not(variant, kits):
                outcomes[job] = Done(None, note)
            else:
                by_variant[variant] = job
        if by_variant:
            outcomes.update(self._push(store, by_variant, places))
            outcomes.update(self._set_oversell(store, by_variant))
        return outcomes

    # -- pushing ----------------------------------------------------------------------------------
    def _push(self, store, by_variant, places):
        variants = self.env["shopify.variant"].union(*by_variant)
        levels = self.env["shopify.level"]._ensure(variants, places)
        computed = self._targets(store, variants, places)
        levels = {key: level for key, level in levels.items() if key in computed}  # the others a rule leaves alone
        unread = self._unread(levels.values())
        is_new = any(not level.is_known for level in unread)
        self._read(store, unread)
        levels, outcomes, sent = self._stock_there(store, by_variant, levels)
        if sent or is_new:
            # What was computed may be older than what was read: nobody notes a fulfillment at a level that is not known.
            self._commit()
            computed = self._targets(store, variants, places)
            # A fulfillment that was noted meanwhile may have made one doubtful.
            self._read(store, [level for level in levels.values() if level.is_to_be_read])
        targets = {level: computed[key] for key, level in levels.items() if key in computed}
        self._note_scarce(targets)
        waits = {}
        for turn in range(ROUNDS + 1):
            instead, later = self._settle_foreign(store, targets)
            waits.update(later)
            # What is compared is noted with what is computed: a commit between two calls shows what happened since, and a belief
            # that is newer than the quantity would let it pass.
            wanted = {
                level: (level.on_hand if level.is_known else None, instead.get(level, target.pieces))
                for level, target in targets.items()
            }
            waiting = {level: pair for level, pair in wanted.items() if pair[0] != pair[1]}
            if not waiting or turn == ROUNDS:
                break
            again = {}
            rows = self._most_urgent_first(waiting)
            for start in range(0, len(rows), CALL):
                stale, refused = self._set(store, by_variant, dict(rows[start : start + CALL]), targets)
                again.update(stale)
                outcomes.update(refused)
            # What changed in Shopify behind our back is read before it is decided anew, never overwritten blindly. What is to be
            # offered changed too: a piece fulfilled meanwhile is not to be offered once more.
            self._read(store, list(again))
            if again:
                self._commit()  # a snapshot that is not older than what was read
                computed = self._targets(store, variants, places)
                self._read(store, [level for level in again if level.is_to_be_read])
            by_pair = {(level.variant_id, level.location_id): level for level in again}
            # A rule that is new may leave one alone now.
            targets = {level: computed[pair] for pair, level in by_pair.items() if pair in computed}
        why = self.env._("Shopify's quantity kept changing while it was being set.")
        outcomes.update({by_variant[level.variant_id]: Later(why) for level in waiting})
        # Last: a raise that waits is sent when its time has come, and what was refused is told by then.
        outcomes.update({by_variant[level.variant_id]: outcome for level, outcome in waits.items()})
        return outcomes

    def _note_scarce(self, targets):
        """The next marks of these variants go before others. Noted here, so that marking reads it from the row it finds anyway."""
        variants = self.env["shopify.variant"].union(*(level.variant_id for level in targets))
        scarce = variants.browse().union(
            *(level.variant_id for level, target in targets.items() if target.pieces - level.committed <= SCARCE)
        )
        scarce.filtered(lambda variant: not variant.is_scarce).is_scarce = True
        (variants - scarce).filtered("is_scarce").is_scarce = False

    def _most_urgent_first(self, waiting):
        """[(level, (compared, pieces))]: what has to fall goes before what may rise, and the nearest to nothing first: that is
        where Shopify sells what is not there.
        """
        return sorted(
            waiting.items(),
            key=lambda row: (row[1][1] >= row[0].on_hand, row[1][1] - row[0].committed, row[0].id),
        )

    def _set(self, store, by_variant, rows, targets):
        """Set up to 250 levels in one call.

        :param rows: {shopify.level: (pieces it is compared with or None, pieces)}
        :param targets: {shopify.level: commerce.stock.OnHand}
        :return: ({level: its row} to be tried again, {job: outcome} of what Shopify refused)
        """
        jobs = self.env["shopify.job"].union(*{by_variant[level.variant_id] for level in rows})
        levels = list(rows)
        quantities = [
            {
                "inventoryItemId": ids.gid("InventoryItem", level.variant_id.inventory_item_id),
                "locationId": ids.gid("Location", level.location_id.shopify_id),
                "quantity": pieces,
                "changeFromQuantity": compared,
            }
            for level, (compared, pieces) in rows.items()
        ]
        sent_at = fields.Datetime.now()
        words = {level: self._explain(targets[level]) for level in rows}
        _payload, user_errors = self._send(
            store,
            jobs,
            "inventory_set_quantities",
            "inventorySetQuantities",
            {"input": {"name": "on_hand", "reason": "correction", "quantities": quantities}},
            keyed=True,
            # With the answer: were that noted alone, what we set would look like a change by somebody else.
            applied=lambda: self._believe(rows, sent_at, words),
        )
        if not user_errors:
            return {}, {}
        refused = {}
        for error in user_errors:
            level = self._level_of(error, levels)
            if error.code != STALE or level is None:
                blamed = [level] if level is not None else levels
                refused.update({by_variant[one.variant_id]: self._refusal(one, error) for one in blamed})
        # All or nothing: the good rows were not applied either, and go again under a new key.
        bad = set(refused)
        return {level: row for level, row in rows.items() if by_variant[level.variant_id] not in bad}, refused

    def _level_of(self, error, rows):
        """`["input", "quantities", "3", "quantity"]` → the fourth row."""
        if len(error.field) >= 3 and error.field[1] == "quantities" and error.field[2].isdigit():
            position = int(error.field[2])
            return rows[position] if position < len(rows) else None
        return None

    def _refusal(self, level, error):
        return NeedsPerson(
            "stock_refused",
            self.env._(
                "Shopify refused the stock of %(variant)s at %(place)s: “%(reason)s”",
                variant=level.variant_id.display_name,
                place=level.location_id.name,
                reason=error.message,
            ),
            record=level.variant_id,
        )

    def _believe(self, rows, sent_at, explanations=None):
        """Shopify has set these levels. What it changed is added to what is believed *now*: since the call was prepared the
        other runner may have noted a fulfillment, which a plain write would forget.

        :param rows: {level: (pieces the call was compared with or None, pieces it was set to)}
        :param sent_at: before it was set; what happened later is not counted by it, however long the answer took
        :param explanations: {level: how the quantity came about, in words}
        """
        Level = self.env["shopify.level"]
        Level.flush_model()
        words = explanations or {}
        rows = [(level.id, pieces, compared, words.get(level)) for level, (compared, pieces) in rows.items()]
        # One statement for all of a call: writing them one by one took as long as the call itself.
        self.env.cr.execute(
            SQL(
                """UPDATE shopify_level l
                   SET on_hand = CASE WHEN l.is_known AND sent.compared IS NOT NULL
                                      THEN COALESCE(l.on_hand, 0) + sent.quantity - sent.compared::int ELSE sent.quantity END,
                       available = CASE WHEN l.is_known AND sent.compared IS NOT NULL
                                        THEN COALESCE(l.available, 0) + sent.quantity - sent.compared::int
                                        ELSE sent.quantity - COALESCE(l.committed, 0) END,
                       is_known = TRUE, explanation = COALESCE(sent.explanation, l.explanation),
                       pushed_at = %s, write_date = now() AT TIME ZONE 'UTC', write_uid = %s
                   FROM (VALUES %s) AS sent (id, quantity, compared, explanation) WHERE l.id = sent.id""",
                sent_at,
                self.env.uid,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        Level.browse([row[0] for row in rows]).invalidate_recordset()
