"""One import of orders that no webhook brought: asked for by a person, or orders found missing, with how far it came."""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..commerce import ids

# From this many waiting orders of one import on, no more are put into the queue: live orders and other stores go between.
MOST_WAITING = 1000


class ShopifyBackfill(models.Model):
    _name = "shopify.backfill"
    _description = "Shopify Order Import"
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
    user_id = fields.Many2one("res.users", string="Asked By", default=lambda self: self.env.user, readonly=True)
    kind = fields.Selection(
        [("one", "One order"), ("range", "Orders of a time")], required=True, default="one", string="What"
    )
    wanted = fields.Char(
        string="Order", help="Its name (#1001), its number in Shopify's address bar, or that whole address."
    )
    since = fields.Datetime(string="Placed From")
    until = fields.Datetime(string="Placed Until")
    state = fields.Selection(
        [("queued", "Waiting"), ("reading", "Reading the list"), ("listed", "List read"), ("failed", "Stopped")],
        default="queued",
        required=True,
        readonly=True,
    )
    reason = fields.Text(readonly=True)
    found_count = fields.Integer(string="Found", readonly=True)
    present_count = fields.Integer(string="Here Already", readonly=True)
    new_count = fields.Integer(string="To Import", readonly=True)
    done_count = fields.Integer(string="Imported", compute="_compute_progress")
    open_count = fields.Integer(string="In the Queue", compute="_compute_progress")
    attention_count = fields.Integer(string="Need a Person", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress", help="Of the orders found so far, in percent.")

    @api.depends("kind", "wanted", "since", "until")
    def _compute_display_name(self):
        for one in self:
            if one.kind == "one":
                one.display_name = self.env._("Import of %(order)s", order=one.wanted or "–")
            else:
                day = [moment and fields.Date.to_string(moment) for moment in (one.since, one.until)]
                one.display_name = self.env._(
                    "Orders %(since)s – %(until)s", since=day[0] or "…", until=day[1] or self.env._("today")
                )

    @property
    def _topic(self):
        """Under this topic its jobs stand in the queue; (store, topic, order) is unique, so that listing twice adds nothing."""
        self.ensure_one()
        return f"backfill/{self.id}"

    @api.depends("new_count", "state")
    def _compute_progress(self):
        counts = {
            (topic, state): number
            for topic, state, number in self.env["shopify.job"]._read_group(
                [("store_id", "in", self.store_id.ids), ("topic", "in", [one._topic for one in self if one.id])],
                ["topic", "state"],
                ["__count"],
            )
        }
        for one in self:
            topic = one._topic
            one.open_count = counts.get((topic, "pending"), 0)
            one.attention_count = counts.get((topic, "attention"), 0) + counts.get((topic, "failed"), 0)
            one.done_count = sum(counts.get((topic, state), 0) for state in ("done", "superseded", "skipped"))
            finished = one.done_count + one.attention_count
            if one.new_count:
                one.progress = 100.0 * finished / max(one.new_count, finished)
            else:
                one.progress = 100.0 if one.state == "listed" else 0.0

    @api.constrains("since", "until")
    def _check_range(self):
        for one in self:
            if one.since and one.until and one.since >= one.until:
                raise UserError(self.env._("“Placed From” must be before “Placed Until”."))

    def _wanted_order(self):
        """What a person typed: ('id', digits) or ('name', text). Raises UserError when it is neither."""
        self.ensure_one()
        text = (self.wanted or "").strip()
        for pattern in (r"gid://shopify/Order/(\d+)", r"https?://[^\s]*/orders/(\d+)(?:[/?#].*)?", r"(\d{10,})"):
            if found := re.fullmatch(pattern, text):
                return "id", ids.number(found[1])
        if not text or "://" in text:
            raise UserError(
                self.env._(
                    "“%(text)s” names no order. Give its name (#1001), its number in Shopify's address bar, or that address.",
                    text=text,
                )
            )
        return "name", text

    def action_start(self):
        """Put the import into the queue."""
        self.check_access("write")
        for one in self.filtered(lambda one: one.kind == "one"):
            one._wanted_order()
        # sudo: how far an import came is for the engine to write
        self.sudo().write({"state": "queued", "reason": False})
        self._check_history()
        self.env["shopify.job"]._enqueue(
            "orders_backfill",
            [
                {"store_id": one.store_id.id, "key": f"import:{one.id}", "payload": f'{{"backfill": {one.id}}}'}
                for one in self
            ],
        )

    def action_start_and_open(self):
        self.action_start()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_backfill_action"),
            "res_id": self.id,
            "views": [(self.env.ref("shopify_sync.shopify_backfill_view_form").id, "form")],
        }

    def _check_history(self):
        """Shopify hides orders older than 60 days from an app that was not granted more; none of them would be a puzzle."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=60)
        for one in self.filtered(lambda one: one.kind == "range" and (not one.since or one.since < limit)):
            if "read_all_orders" not in (one.store_id.granted_scopes or ""):
                one.reason = self.env._(
                    "Orders older than 60 days are hidden from the app: it lacks the access scope read_all_orders, which Shopify "
                    "grants on request. What is younger is imported."
                )

    def action_open_jobs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_job_action")
        action["domain"] = [("store_id", "=", self.store_id.id), ("topic", "=", self._topic)]
        action["context"] = {}
        return action

    def action_refresh(self):
        """The page is drawn anew with today's counts."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}
