"""One call that changes something in Shopify, committed before it is sent (DESIGN 2.2).

A worker may die after Shopify applied a call and before we noted it. What was asked, under which key, and what the target
looked like before stands here, so that the next run repeats it harmlessly or finds out what it did.
"""

from odoo import fields, models


class ShopifyCall(models.Model):
    _name = "shopify.call"
    _description = "Call to Shopify"
    _order = "id desc"
    _rec_name = "document"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    document = fields.Char(required=True, readonly=True)
    variables = fields.Json(required=True, readonly=True)
    idempotency_key = fields.Char(readonly=True)
    before = fields.Json(readonly=True, help="What the target looked like before, where Shopify takes no key.")
    state = fields.Selection(
        [
            ("sent", "Sent, no answer noted"),
            ("answered", "Answered"),
            ("refused", "Refused"),
            ("left", "Never answered, and not repeated"),
        ],
        default="sent",
        required=True,
        readonly=True,
    )
    answer = fields.Json(readonly=True)
    request_id = fields.Char(string="Shopify's Request ID", readonly=True, help="Shopify's support asks for it.")
    # By the clock that readings are noted by; `create_date` is the database's.
    sent_at = fields.Datetime(
        readonly=True, default=lambda self: fields.Datetime.now(), help="When it was about to be sent."
    )
    answered_at = fields.Datetime(readonly=True)
    job_ids = fields.One2many("shopify.job", "call_id", string="Jobs")

    _unanswered_idx = models.Index("(store_id, document) WHERE state = 'sent'")
