"""Going live: Shopify's quantities become Odoo's opening stock. Read, looked at, then applied as inventory adjustments.

No wizard that closes: reading and applying are done by the queue and take minutes, and what was taken over is kept.
"""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .shopify_opening_line import REPLACED

OPEN = ("queued", "reading", "preview", "applying")
SHOWN = 200  # lines on the form itself; all of them are a list of their own
OLD_HOURS = 24  # then what was read is no opening stock any more


class ShopifyOpeningStock(models.Model):
    _name = "shopify.opening.stock"
    _description = "Opening Stock from Shopify"
    _check_company_auto = True
    _order = "id desc"

    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["shopify.store"]._only(connected=True),
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("draft", "Locations"),
            ("queued", "Waiting"),
            ("reading", "Reading Shopify"),
            ("preview", "Preview"),
            ("applying", "Applying"),
            ("done", "Applied"),
            ("cancel", "Discarded"),
            ("failed", "Stopped"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    place_ids = fields.One2many(
        "shopify.opening.place",
        "opening_id",
        string="Locations",
        compute="_compute_place_ids",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many("shopify.opening.line", "opening_id", string="Variants", readonly=True)
    shown_ids = fields.Many2many("shopify.opening.line", string="First Variants", compute="_compute_shown_ids")
    is_repeated = fields.Boolean(compute="_compute_is_repeated")
    other_store_ids = fields.Many2many(
        "shopify.store", compute="_compute_other_store_ids", help="They sell from the same Odoo locations already."
    )
    again = fields.Boolean(
        string="I know, do it all the same",
        help="These Odoo locations hold what was taken over before, or what another store sells from.",
    )
    held_push = fields.Boolean(
        readonly=True, help="Sending stock was switched off meanwhile, and is switched on again."
    )
    stock_undecided = fields.Boolean(related="store_id.stock_undecided")
    bulk_id = fields.Char(string="Bulk Operation", readonly=True)
    read_at = fields.Datetime(readonly=True)
    applied_at = fields.Datetime(readonly=True)
    applied_by_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Text(readonly=True)
    waiting_reason = fields.Text(compute="_compute_waiting_reason")
    progress = fields.Float(readonly=True)
    progress_words = fields.Char(readonly=True)
    ready_count = fields.Integer(string="Adjustments", readonly=True, help="Variants whose quantity in Odoo changes.")
    obstacle_count = fields.Integer(string="Not Possible", readonly=True)
    applied_count = fields.Integer(string="Applied Lines", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(store_id) WHERE state IN ('queued', 'reading', 'preview', 'applying')",
        "An opening stock of this store is under way: apply or discard it first.",
    )

    @api.depends("store_id", "create_date")
    def _compute_display_name(self):
        for one in self:
            day = one.create_date and fields.Datetime.context_timestamp(one, one.create_date).date()
            name = self.env._("Opening stock from %(store)s", store=one.store_id.name or "…")
            one.display_name = f"{name}, {day}" if day else name

    @api.depends("store_id")
    def _compute_place_ids(self):
        """Each mapped location, into the first of the Odoo locations that feed it."""
        for one in self:
            one.place_ids = [
                Command.clear(),
                *(
                    Command.create({"location_id": place.id, "stock_location_id": place.location_ids[:1].id})
                    for place in one.store_id.location_ids._pushable()
                ),
            ]

    @api.depends("line_ids")
    def _compute_shown_ids(self):
        """What is to be adjusted, then what cannot be: as many as a page bears."""
        for one in self:  # one is looked at at a time: the form
            one.shown_ids = one.line_ids.search([("opening_id", "=", one.id)], limit=SHOWN, order="state desc, id")

    @api.depends("place_ids.location_id")
    def _compute_is_repeated(self):
        for one in self:
            one.is_repeated = any(one.place_ids.location_id.mapped("opening_stock_at"))

    @api.depends("place_ids.location_id", "state")
    def _compute_other_store_ids(self):
        """What Odoo has there was counted for those: this shop's numbers are a part of it, or less what it keeps back."""
        for one in self:  # one is looked at at a time: the form
            shelves = one.place_ids.location_id.location_ids.ids
            same = ["|", ("location_ids", "child_of", shelves), ("location_ids", "parent_of", shelves)]
            others = [("store_id", "!=", one.store_id._origin.id), ("store_id.push_stock", "=", True)]
            one.other_store_ids = self.env["shopify.location"].search([*others, *same]).store_id if shelves else False

    @api.depends("state")
    def _compute_waiting_reason(self):
        """Why its job does not go on, in the queue's words."""
        # One that waits in the queue says why where nothing else does: the store is read-only, or paused.
        held = {one._key for one in self if one.state == "queued"}
        waiting = {
            job.key: job.error
            for job in self.env["shopify.job"].search(
                [
                    ("store_id", "in", self.store_id.ids),
                    ("key", "in", [one._key for one in self if one.state in OPEN]),
                    ("state", "in", ("pending", "attention", "failed")),
                ]
            )
            if job.state != "pending" or job.key in held
        }
        for one in self:
            one.waiting_reason = waiting.get(one._key, False)

    @property
    def _key(self):
        return f"opening_stock:{self.id}"

    @property
    def _run_name(self):
        """Under this name its rows stand in shopify.reading."""
        return f"opening:{self.id}"

    # -- buttons ----------------------------------------------------------------------------------
    def action_read(self):
        """Stop sending stock to the store, and let the queue read what Shopify has."""
        self._check_may()
        for one in self:
            one._check_places()
            # First of all: from here on no old number of Odoo replaces what is being read.
            if one.store_id.push_stock:
                one.held_push = True
                one.store_id.push_stock = False
            one.line_ids.unlink()
            one.write(
                {
                    "state": "queued",
                    "reason": False,
                    "progress": 0.0,
                    "ready_count": 0,
                    "obstacle_count": 0,
                    "applied_count": 0,
                }
            )
            one.flush_recordset()  # the one open opening stock of a store
            one._enqueue("read")

    def action_apply(self):
        """Let the queue make the inventory adjustments that were looked at."""
        self._check_may()
        for one in self:
            one._check_places()
            if one.state != "preview":
                raise UserError(self.env._("%(name)s has no preview to apply.", name=one.display_name))
            if one.read_at < fields.Datetime.subtract(fields.Datetime.now(), hours=OLD_HOURS):
                raise UserError(
                    self.env._(
                        "Shopify's quantities were read more than %(hours)s hours ago. Read them again.",
                        hours=OLD_HOURS,
                    )
                )
            one.write({"state": "applying", "applied_by_id": self.env.uid, "progress": 0.0, "progress_words": False})
            one._enqueue("apply")

    def action_discard(self):
        """Nothing is taken over; stock is sent as before."""
        self._check_may()
        for one in self.filtered(lambda one: one.state in ("draft", "queued", "reading", "preview", "failed")):
            one.write({"state": "cancel", "progress_words": False})
            one._push_again()
            self.env["shopify.reading"].sudo()._forget(one.store_id, one._run_name)  # sudo: the engine's own rows

    def action_refresh(self):
        """The page is drawn anew with how far it came."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_send_stock(self):
        self.store_id.action_send_stock()

    def action_open_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_opening_line_action")
        action["domain"] = [("opening_id", "=", self.id)]
        return action

    def action_open_moves(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Moves"),
            "res_model": "stock.move.line",
            "view_mode": "list,form",
            "domain": [("move_id.inventory_name", "=", self._inventory_name)],
        }

    # -- business ---------------------------------------------------------------------------------
    @property
    def _inventory_name(self):
        """The reference on the moves."""
        return self.env._("Opening stock from %(store)s (%(number)s)", store=self.store_id.name, number=self.id)

    def _check_may(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("stock.group_stock_user")):
            raise AccessError(
                self.env._("An opening stock adjusts the inventory: you need rights in Inventory as well.")
            )

    def _check_places(self):
        self.ensure_one()
        other = self.search(
            [("store_id", "=", self.store_id.id), ("state", "in", OPEN), ("id", "!=", self.id)], limit=1
        )
        if other:
            raise UserError(self.env._("%(name)s is under way: apply or discard it first.", name=other.display_name))
        if not self.place_ids:
            raise UserError(
                self.env._(
                    "No location of %(store)s is fed by an Odoo location. Choose them at the store first.",
                    store=self.store_id.name,
                )
            )
        if self.is_repeated and not self.again:
            before = self.place_ids.location_id.filtered("opening_stock_at")
            raise UserError(
                self.env._(
                    "The opening stock of %(places)s was taken over on %(day)s already. Doing it again replaces what Odoo has "
                    "counted since. If that is what you want, tick “I know, do it all the same”.",
                    places=", ".join(before.mapped("name")),
                    day=max(before.mapped("opening_stock_at")).date(),
                )
            )

        if self.other_store_ids and not self.again:
            raise UserError(
                self.env._(
                    "%(others)s sells from the same Odoo locations. Taking over the numbers of %(store)s would replace what Odoo "
                    "has there; send Odoo's quantities to it instead. If you want to take them over, tick “I know, do it all the "
                    "same”.",
                    others=", ".join(self.other_store_ids.mapped("name")),
                    store=self.store_id.name,
                )
            )

    def _enqueue(self, what):
        self.env["shopify.job"]._enqueue(
            "opening_stock_in",
            [
                {
                    "store_id": self.store_id.id,
                    "key": self._key,
                    "payload": json.dumps({"opening": self.id, "do": what}),
                }
            ],
        )

    def _push_again(self):
        if self.held_push:
            self.held_push = False
            self.store_id.push_stock = True

    def _begin_sending(self):
        """It is applied. A store that waited for it sends Odoo's quantities from now on, unless a person has to look first."""
        self._push_again()
        if self.store_id._awaits_stock_decision() and not self._leaves_something():
            self.store_id.push_stock = True

    def _leaves_something(self):
        """Whether sending would replace a quantity of Shopify's that nobody took over."""
        places = self.store_id.location_ids._pushable().filtered(lambda place: not place.opening_stock_at)
        domain = [("opening_id", "=", self.id), ("state", "=", "obstacle"), ("obstacle", "in", REPLACED)]
        return bool(places - self.place_ids.location_id or self.line_ids.search_count(domain, limit=1))

    def _fail(self, why):
        self.write({"state": "failed", "reason": why, "progress_words": False})
