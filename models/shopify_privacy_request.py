"""What customers asked about their personal data, what was found, what was done, and by whom: the record the law asks for."""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError

DAYS = 30  # Source: SHOPIFY_API §10.5


class ShopifyPrivacyRequest(models.Model):
    _name = "shopify.privacy.request"
    _description = "Shopify Privacy Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "who"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("data_request", "Which data is kept"),
            ("redact", "Erase a customer"),
            ("shop_redact", "Erase the shop's customers"),
        ],
        required=True,
        readonly=True,
    )
    who = fields.Char(readonly=True, help="The e-mail address, shortened: this record stays.")
    customer_shopify_id = fields.Char(string="Customer ID", readonly=True, index="btree_not_null")
    order_shopify_ids = fields.Json(string="Orders Named", readonly=True)
    event_id = fields.Char(readonly=True)
    shopify_number = fields.Char(string="Shopify's Request", readonly=True)
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    due_on = fields.Date(string="Answer Before", compute="_compute_due_on", store=True)
    state = fields.Selection(
        [("waiting", "Waits for a decision"), ("running", "Under way"), ("done", "Done")],
        required=True,
        default="running",
        readonly=True,
        tracking=True,
        index=True,
    )
    why = fields.Text(string="Waits Because", readonly=True)
    confirmed_by_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    confirmed_at = fields.Datetime(string="Decided At", readonly=True)
    done_at = fields.Datetime(readonly=True)
    found = fields.Text(readonly=True)
    done = fields.Text(string="What Was Done", readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="File", readonly=True)

    # Shopify delivers at least once; one event is one request.
    _event_uniq = models.UniqueIndex("(store_id, event_id) WHERE event_id IS NOT NULL")

    @api.depends("received_at")
    def _compute_due_on(self):
        for request in self:
            request.due_on = fields.Date.add(request.received_at, days=DAYS) if request.received_at else False

    # -- buttons ----------------------------------------------------------------------------------
    def action_confirm(self):
        """A manager decides that it is to be done although something is open."""
        if not self.env.user.has_group("shopify_sync.group_manager"):
            raise AccessError(self.env._("Only a Shopify manager decides about personal data."))
        self.check_access("read")  # of another company's customers its own managers decide
        # sudo after the check: the record is written by the engine alone, so that it proves something.
        waiting = self.sudo().filtered(lambda one: one.state == "waiting")
        waiting.write(
            {"state": "running", "confirmed_by_id": self.env.uid, "confirmed_at": fields.Datetime.now(), "why": False}
        )
        waiting.activity_feedback(["mail.mail_activity_data_todo"])
        waiting._queue()

    def _queue(self):
        self.env["shopify.job"]._enqueue(
            "compliance_in",
            [
                {
                    "store_id": one.store_id.id,
                    "key": f"customer:{one.customer_shopify_id}" if one.customer_shopify_id else "shop",
                    "payload": json.dumps({"request": one.id}),
                    "res_model": self._name,
                    "res_id": one.id,
                }
                for one in self
            ],
        )

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "self",
        }
