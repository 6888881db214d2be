"""Holding a store back: wholly, one direction, or only from writing; what happens meanwhile is kept and goes on afterwards."""

from odoo import fields, models

HOLDS = ("pause_in", "pause_out", "read_only")


class ShopifyStorePause(models.AbstractModel):
    _name = "shopify.store.pause"
    _description = "Pause of a Shopify Store"

    state = fields.Selection(
        [("draft", "Not connected"), ("connected", "Connected"), ("paused", "Paused"), ("copied", "Copied database")],
        default="draft",
        required=True,
        tracking=True,
        copy=False,
    )
    pause_reason = fields.Char(copy=False, readonly=True)
    pause_in = fields.Boolean(
        string="Pause What Comes In",
        tracking=True,
        copy=False,
        help="Orders and articles that Shopify tells of are received and kept, and worked on when you resume.",
    )
    pause_out = fields.Boolean(
        string="Pause What Goes Out",
        tracking=True,
        copy=False,
        help="Stock and deliveries are kept in the queue, and sent to Shopify when you resume.",
    )
    read_only = fields.Boolean(
        string="Read-Only",
        tracking=True,
        copy=False,
        help="Nothing at all is changed in Shopify, webhooks included. Orders still come in.",
    )

    def write(self, vals):
        result = super().write(vals)
        if any(name in vals and not vals[name] for name in HOLDS):
            self.env["shopify.runner"]._wake_all_after_commit()
        return result

    def action_pause(self):
        self.write({"state": "paused", "pause_reason": self.env._("Paused by %(user)s", user=self.env.user.name)})

    def action_resume(self):
        self.write({"state": "connected", "pause_reason": False})
        self.env["shopify.runner"]._wake_all_after_commit()

    def action_resume_in(self):
        self.write({"pause_in": False})

    def action_resume_out(self):
        self.write({"pause_out": False})

    def action_allow_writing(self):
        self.write({"read_only": False})

    def _why_held(self, direction):
        """Why jobs of a direction wait at this store although it is connected; "" when they do not.

        :param direction: a flow's `_direction`
        """
        self.ensure_one()
        if direction == "in" and self.pause_in:
            return self.env._("What comes in from Shopify is paused at %(store)s.", store=self.name)
        if direction == "out" and self.pause_out:
            return self.env._("What goes out to Shopify is paused at %(store)s.", store=self.name)
        if direction == "out" and self.read_only:
            return self.env._("%(store)s is read-only: nothing is changed in Shopify.", store=self.name)
        return ""

    def _why_waiting(self, flow):
        """Why this store's jobs of a flow do not run, in words; "" when they do. As the runner's claim decides it."""
        self.ensure_one()
        if not self.active:
            return self.env._("The store is archived: everything waits.")
        if self.state != "connected" and flow not in self.env["shopify.flow"]._names("_runs_while_paused", True):
            return self.env._(
                "The store is not connected: everything waits. %(reason)s", reason=self.pause_reason or ""
            )
        model = f"shopify.flow.{flow}"
        return self._why_held(self.env[model]._direction) if model in self.env else ""
