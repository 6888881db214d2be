"""What we believe Shopify has of one variant at one location: what we last set, or last read; and what Odoo offers there now."""

from datetime import timedelta

from odoo import api, fields, models

AT_ONCE = timedelta(seconds=2)  # as far as Shopify's clock and ours may differ


class ShopifyLevel(models.Model):
    _name = "shopify.level"
    _description = "Shopify Inventory Level"
    _order = "variant_id, location_id"

    store_id = fields.Many2one(related="variant_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    variant_id = fields.Many2one("shopify.variant", required=True, index=True, ondelete="cascade")
    location_id = fields.Many2one("shopify.location", required=True, index=True, ondelete="cascade")
    product_id = fields.Many2one(related="variant_id.product_id")
    on_hand = fields.Integer(
        string="On Hand in Shopify", help="Last set by us or last read, less the pieces fulfilled since, by whomever."
    )
    committed = fields.Integer(string="Committed in Shopify", help="Sold and not shipped, when last read.")
    available = fields.Integer(
        string="Available in Shopify", help="As it followed from what was last read and set; orders since lowered it."
    )
    read_at = fields.Datetime(string="Last Read", readonly=True)
    asked_at = fields.Datetime(readonly=True, help="When it was asked for what was read last.")
    is_to_be_read = fields.Boolean(readonly=True, help="It may be another by now: it is read before it is set.")
    # A change in Shopify that nothing known here explains, until it is decided what becomes of it (flows/stock/foreign.py).
    foreign_from = fields.Integer(readonly=True, help="What we believed before somebody changed it in Shopify.")
    foreign_to = fields.Integer(readonly=True, help="What it was changed to, less what we set ourselves since.")
    foreign_rose = fields.Integer(readonly=True, help="Pieces of rises among what was changed: they may hide falls.")
    foreign_at = fields.Datetime(readonly=True, help="When it was noticed.")
    foreign_until = fields.Datetime(readonly=True, help="Until when it is waited for a message that explains it.")
    # When what we believed before was last true in Shopify: between these two moments.
    foreign_true_from = fields.Datetime(readonly=True)
    foreign_true_until = fields.Datetime(readonly=True)
    doubt = fields.Integer(readonly=True, help="Pieces of which nobody knows whether what was read counts them.")
    waits_for = fields.Char(string="What It Waits For", compute="_compute_waits_for")
    note = fields.Char(string="What Happened Last", readonly=True)
    change_ids = fields.One2many("shopify.level.change", "level_id", string="Changes Made in Shopify")
    is_known = fields.Boolean(help="Off until Shopify's quantity was read or set for the first time.")
    is_stocked = fields.Boolean(
        string="Stocked in Shopify", default=True, help="Off: Shopify keeps the quantity and sells none of it here."
    )
    explanation = fields.Char(string="How It Was Computed", readonly=True)
    pushed_at = fields.Datetime(string="Last Sent", readonly=True)

    # -- what Odoo offers now: computed when looked at, for all levels shown in one go ------------------
    offer_on_hand = fields.Float(
        string="On Hand in Odoo", compute="_compute_offer", help="Of a kit: what its components make."
    )
    offer_incoming = fields.Float(string="Expected", compute="_compute_offer")
    offer_reserved = fields.Float(
        string="Reserved for Others",
        compute="_compute_offer",
        help="For anything but this store's own orders of this variant, which Shopify subtracts itself.",
    )
    offer_safety = fields.Float(string="Safety", compute="_compute_offer")
    offer_other_channels = fields.Float(string="For Other Channels", compute="_compute_offer")
    offer_shipped = fields.Float(
        string="Shipped, Not Yet Told",
        compute="_compute_offer",
        help="Gone from Odoo, and still counted by Shopify until it hears of the fulfillment.",
    )
    offer_fulfilled = fields.Float(
        string="Fulfilled, Not Yet Shipped",
        compute="_compute_offer",
        help="Fulfilled in Shopify by somebody else, and still lying here.",
    )
    offer_rest = fields.Float(
        string="± Other",
        compute="_compute_offer",
        help="What is expected, less what is for other channels, plus what was shipped and not yet told, less what was "
        "fulfilled and not yet shipped. Open the line for each.",
    )
    offer_target = fields.Integer(
        string="To Be Set", compute="_compute_offer", help="What Shopify's on hand should be."
    )
    offer_buyable = fields.Integer(
        string="Can Be Bought",
        compute="_compute_offer",
        help="What is to be set, less what Shopify has committed of it.",
    )
    offer_difference = fields.Integer(
        string="Difference",
        compute="_compute_offer",
        help="What is to be set, less what Shopify has; 0: Shopify has it.",
    )
    offer_formula = fields.Text(string="How It Comes About", compute="_compute_offer")
    offer_is_sent = fields.Boolean(compute="_compute_offer")

    _variant_location_uniq = models.Constraint(
        "UNIQUE(variant_id, location_id)", "There is one level for a variant at a location."
    )

    @api.depends("variant_id", "location_id")
    def _compute_display_name(self):
        for level in self:
            level.display_name = f"{level.variant_id.display_name} · {level.location_id.name}"

    @api.depends("foreign_at", "foreign_from", "foreign_to", "foreign_rose", "doubt")
    @api.depends_context("lang")
    def _compute_waits_for(self):
        for level in self:
            words, change, is_in_doubt = "", level.foreign_to - level.foreign_from, level._is_fall_in_doubt()
            if not level.foreign_at or level._is_over() or (not change and not level.foreign_rose):
                pass  # nothing happened, nobody did it by hand, or a message explained it
            elif not change:
                words = self.env._(
                    "%(variant)s went up and down again at %(place)s in Shopify, and nothing here says why yet: nothing more of it "
                    "is offered for a minute.",
                    variant=level.variant_id.display_name,
                    place=level.location_id.name,
                )
            elif is_in_doubt:
                words = self.env._(
                    "Nobody knows yet whether Shopify's quantity of %(variant)s at %(place)s counts %(pieces)s pieces that were "
                    "fulfilled, or set by a call without an answer, when it was read: for a minute so many are left out of a "
                    "raise.",
                    variant=level.variant_id.display_name,
                    place=level.location_id.name,
                    pieces=-change,
                )
            else:
                words = self.env._(
                    "%(variant)s went from %(before)s to %(after)s at %(place)s in Shopify and nothing here says why yet. If it "
                    "was sold or shipped there, its message comes; else it is taken for a change made by hand.",
                    variant=level.variant_id.display_name,
                    place=level.location_id.name,
                    before=level.foreign_from,
                    after=level.foreign_to,
                )
            level.waits_for = words

    @api.depends_context("lang")
    @api.depends(
        "on_hand",
        "committed",
        "is_stocked",
        "variant_id.product_id",
        "variant_id.tracked",
        "location_id.is_active",
        "location_id.is_fulfillment_service",
        "location_id.location_ids",
        "store_id.push_stock",
    )
    def _compute_offer(self):
        for store, levels in self.grouped("store_id").items():
            # sudo: whoever may see a level may see how it comes about, also without a right on stock moves and orders.
            offer = self.env["shopify.stock.offer"].sudo().with_context(allowed_company_ids=store.company_id.ids)
            inside = levels.with_env(offer.env)
            kits = offer._kits(inside.variant_id.product_id, store.company_id)
            reasons = {level: offer._why_not_here(level, kits) for level in inside}
            sent = inside.filtered(lambda level, reasons=reasons: not reasons[level])
            targets = offer._targets(store.with_env(offer.env), sent.variant_id, sent.location_id) if sent else {}
            for level in levels:
                target = targets.get((level.variant_id, level.location_id))
                level._show_offer(target, reasons[level] or offer._in_words(target, level))

    def _show_offer(self, target, words):
        parts = ("on_hand", "incoming", "reserved", "safety", "other_channels", "shipped", "fulfilled")
        if target is None:
            self.update({f"offer_{name}": 0 for name in (*parts, "rest", "target", "buyable", "difference")})
        else:
            self.update(
                {
                    "offer_on_hand": target.on_hand,
                    "offer_incoming": target.incoming,
                    "offer_reserved": target.reserved_for_others,
                    "offer_safety": target.safety,
                    "offer_other_channels": target.other_channels,
                    "offer_shipped": target.shipped_not_fulfilled,
                    "offer_fulfilled": target.fulfilled_not_shipped,
                    "offer_rest": target.incoming
                    - target.other_channels
                    + target.shipped_not_fulfilled
                    - target.fulfilled_not_shipped,
                    "offer_target": target.pieces,
                    "offer_buyable": target.pieces - self.committed,
                    "offer_difference": target.pieces - self.on_hand,
                }
            )
        self.update({"offer_formula": words, "offer_is_sent": target is not None})

    def action_send_now(self):
        """Compute and send these levels once more, whether or not something changed."""
        self.check_access("read")
        self.env["shopify.job"]._mark_stock(variants=self.variant_id)

    def _ensure(self, variants, locations):
        """The level of each variant at each location, made where missing: {(variant, location): level}."""
        levels = {
            (level.variant_id, level.location_id): level
            for level in self.search([("variant_id", "in", variants.ids), ("location_id", "in", locations.ids)])
        }
        missing = [(v, place) for v in variants for place in locations if (v, place) not in levels]
        for level in self.create([{"variant_id": v.id, "location_id": place.id} for v, place in missing]):
            levels[level.variant_id, level.location_id] = level
        return levels

    def _follow_fulfilled(self, fulfilled):
        """Shopify fulfilled pieces, by whomever: it took them off `on_hand` itself, and what we believe follows (DESIGN 7).

        :param fulfilled: [(sale.order.line, pieces more than known before, not before, not after)]: the pieces are negative where a
            fulfillment was cancelled; it happened between two moments by our clock, which may be None
        """
        lines = self.env["sale.order.line"].union(*(line for line, *_rest in fulfilled))
        levels = self.search(
            [
                ("store_id", "in", lines.order_id.shopify_store_id.ids),
                ("variant_id.shopify_id", "in", lines.mapped("shopify_variant_id")),
                ("is_known", "=", True),
            ]
        )
        by_key = {(level.location_id, level.variant_id.shopify_id): level for level in levels}
        for line, quantity, since, until in fulfilled:
            level = by_key.get((line.shopify_location_id, line.shopify_variant_id))
            if level and (values := level._after_fulfilled(quantity, since, until)):
                level.write(values)

    def _after_fulfilled(self, quantity, since, until):
        """What becomes of this level. Where nobody knows whether what we believe counts those pieces already, the *higher* of the
        two is believed: what is found below it may be gone (flows/stock/foreign.py).
        """
        self._forget_what_is_over()
        true_from, true_until = self._true_between()
        if true_from and until and true_from > until:
            return {}  # it was counted
        if not self.foreign_at and not self._may_be_read_since(since):
            return {"on_hand": self.on_hand - quantity, "committed": max(0, self.committed - quantity)}
        values = {} if self._is_read_after(until) else {"is_to_be_read": True}
        counts_it_not = self.foreign_at and true_until and since and true_until < since.replace(microsecond=0)
        lower = quantity if counts_it_not else min(quantity, 0)
        if lower and self.foreign_at:
            values.update(foreign_from=self.foreign_from - lower)
        elif lower:
            values.update(on_hand=self.on_hand - lower)
        if counts_it_not:
            values.update(foreign_rose=max(0, self.foreign_rose + min(quantity, 0)))
        else:
            values.update(doubt=self.doubt + abs(quantity))
        return values

    def _is_over(self):
        """Whether what is noted needs nobody any more: a fall in doubt whose minute went by, with no message that is still to be
        taken in.
        """
        if not self.foreign_at or not self._is_fall_in_doubt() or fields.Datetime.now() < self.foreign_until:
            return False
        unread = self.env["shopify.stock.foreign"]._unread_since(self.store_id)
        return not unread or unread > self.foreign_until

    def _forget_what_is_over(self):
        """Nothing waits for a fall in doubt where no raise is left out, so it may stand here long after its minute.

        One that is to be read stays: what was noted of it since belongs to that reading.
        """
        over = self.filtered(lambda level: not level.is_to_be_read and level._is_over())
        if over:
            over.write({"foreign_at": False, "doubt": 0})

    def _is_fall_in_doubt(self):
        """Whether what fell is no more than what we believed may be too high."""
        return 0 <= self.foreign_from - self.foreign_to <= self.doubt

    def _true_between(self):
        """(not before, not after) when what we believe was last true in Shopify: read, or compared with by a call that was let
        through, for it had not been otherwise. Of a change that is noted: what we believed before.
        """
        if self.foreign_at:
            return self.foreign_true_from, self.foreign_true_until
        return tuple(
            max(filter(None, (moment, self.pushed_at)), default=False) for moment in (self.asked_at, self.read_at)
        )

    def _is_read_after(self, moment):
        """Whether what we believe of this level was surely read after that moment of our clock."""
        return bool(moment and self.asked_at and self.asked_at > moment)

    def _may_be_read_since(self, moment):
        """Whether what we believe of this level may have been read after that moment of our clock (None: any moment)."""
        # A moment that is noted has whole seconds.
        return bool(self.read_at and (not moment or self.read_at >= moment.replace(microsecond=0)))

    @api.model
    def _by_our_clock(self, since, until):
        """(not before, not after) of what happened between two moments of Shopify's clock; either may be None."""
        return since and since - AT_ONCE, until and until + AT_ONCE
