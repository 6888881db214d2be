"""One comparison of a store's stock with Shopify's: who asked, what it found, what became of it. Kept as a record of each run."""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError

OPEN = ("queued", "reading", "comparing")
SHOWN = 200  # lines on the form itself; all of them are a list of their own
ASKED = {"store_id", "mode"}  # what a person says; the rest is for the engine to write


class ShopifyStockCheck(models.Model):
    _name = "shopify.stock.check"
    _description = "Stock Comparison"
    _check_company_auto = True
    _order = "id desc"

    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["shopify.store"]._only(connected=True),
    )
    push_stock = fields.Boolean(related="store_id.push_stock")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", string="Asked By", readonly=True, help="Nobody: the daily comparison.")
    mode = fields.Selection(
        [("report", "Only show what differs"), ("correct", "Send Odoo's quantities where they differ")],
        string="What to Do",
        required=True,
        default="report",
    )
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("reading", "Shopify writes the list"),
            ("comparing", "Comparing"),
            ("done", "Done"),
            ("failed", "Stopped"),
        ],
        default="queued",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Text(readonly=True)
    waiting_reason = fields.Text(compute="_compute_waiting_reason")
    progress = fields.Float(readonly=True, help="Of the linked variants, in percent.")
    progress_words = fields.Char(readonly=True)
    bulk_id = fields.Char(string="Bulk Operation", readonly=True)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    duration = fields.Float(
        string="Minutes", compute="_compute_duration", store=True, help="From the start to the end, in minutes."
    )
    compared_count = fields.Integer(
        string="Levels Compared",
        readonly=True,
        help="Each linked variant that Odoo counts, at each location that an Odoo location feeds.",
    )
    different_count = fields.Integer(string="Different", readonly=True)
    corrected_count = fields.Integer(
        string="Sent", readonly=True, help="Put into the queue, to be set in Shopify unless it changed once more."
    )
    left_count = fields.Integer(string="Left As They Are", readonly=True)
    outside_count = fields.Integer(
        string="Not Compared",
        readonly=True,
        help="Stock that Shopify has of variants that are not linked, or at locations that no Odoo location feeds.",
    )
    difference_ids = fields.One2many("shopify.stock.difference", "check_id", string="Differences", readonly=True)
    shown_ids = fields.Many2many(
        "shopify.stock.difference",
        string="First Differences",
        compute="_compute_shown_ids",
        help="As many as a page bears.",
    )

    @api.depends("store_id", "create_date")
    def _compute_display_name(self):
        for check in self:
            moment = fields.Datetime.context_timestamp(check, check.create_date) if check.create_date else None
            check.display_name = f"{check.store_id.name}, {moment:%Y-%m-%d %H:%M}" if moment else check.store_id.name

    @api.depends("difference_ids")
    def _compute_shown_ids(self):
        for check in self:  # one is looked at at a time: the form
            check.shown_ids = check.difference_ids.search([("check_id", "=", check.id)], limit=SHOWN, order="id")

    @api.depends("started_at", "ended_at")
    def _compute_duration(self):
        for check in self:
            ended = check.started_at and check.ended_at
            check.duration = (check.ended_at - check.started_at).total_seconds() / 60 if ended else 0.0

    @api.depends("state")
    def _compute_waiting_reason(self):
        """Why its job does not go on, in the queue's words."""
        # One that waits in the queue says why where nothing else does.
        held = {check._key for check in self if check.state == "queued"}
        waiting = {
            job.key: job.error
            for job in self.env["shopify.job"].search(
                [
                    ("store_id", "in", self.store_id.ids),
                    ("key", "in", [check._key for check in self if check.state in OPEN]),
                    ("state", "in", ("pending", "attention", "failed")),
                ]
            )
            if job.state != "pending" or job.key in held
        }
        for check in self:
            held_back = check.state in OPEN and check.store_id._why_waiting("stock_check")
            check.waiting_reason = held_back or waiting.get(check._key, False)

    @property
    def _key(self):
        return f"stock_check:{self.id}"

    @property
    def _run_name(self):
        """Under this name its rows stand in shopify.reading."""
        return f"check:{self.id}"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # An audit is no place for numbers that somebody typed.
            vals_list = [{name: value for name, value in vals.items() if name in ASKED} for vals in vals_list]
            vals_list = [{**vals, "user_id": self.env.uid} for vals in vals_list]
        return super().create(vals_list)

    def action_start(self):
        """Put the comparison into the queue."""
        self.check_access("read")
        if "correct" in self.mapped("mode") and not (
            self.env.su or self.env.user.has_group("shopify_sync.group_manager")
        ):
            raise AccessError(
                self.env._("Only a Shopify manager lets Odoo's quantities be sent. Choose “Only show what differs”.")
            )
        # sudo: how far a comparison came is for the engine to write, whoever asked for it
        own = self.sudo().filtered(lambda check: check.state in ("queued", "failed"))
        own.difference_ids.unlink()  # of an attempt that stopped
        own.write(
            {
                **dict.fromkeys((name for name in self._fields if name.endswith("_count")), 0),
                "state": "queued",
                "reason": False,
                "started_at": fields.Datetime.now(),
                "ended_at": False,
            }
        )
        self.env["shopify.job"]._enqueue(
            "stock_check",
            [{"store_id": one.store_id.id, "key": one._key, "payload": json.dumps({"check": one.id})} for one in own],
        )

    def action_start_and_open(self):
        self.ensure_one()
        self.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("shopify_sync.shopify_stock_check_view_form").id, "form")],
        }

    def action_correct(self):
        """Compare once more, and send what differs then: these numbers may be hours old."""
        self.ensure_one()
        new = self.create({"store_id": self.store_id.id, "mode": "correct"})
        return new.action_start_and_open()

    def action_refresh(self):
        """The page is drawn anew with the counts of now."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_differences(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_stock_difference_action")
        action["domain"] = [("check_id", "=", self.id)]
        return action

    # -- what the engine says ---------------------------------------------------------------------
    def _fail(self, why):
        self.write({"state": "failed", "reason": why, "ended_at": fields.Datetime.now(), "progress_words": False})
