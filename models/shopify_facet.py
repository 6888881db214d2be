"""A word by which orders are told apart: how they were paid, whether they are, and where they were placed."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..commerce import text

# Shopify's payment statuses (Admin API 2026-10, OrderDisplayFinancialStatus), in the order in which an order may take them.
STATUSES = {
    "pending": "Pending",
    "authorized": "Authorized",
    "partially_paid": "Partially paid",
    "paid": "Paid",
    "partially_refunded": "Partially refunded",
    "refunded": "Refunded",
    "voided": "Voided",
    "expired": "Expired",
}
# The name that Shopify gives its manual payment method, as its settings offer it.
CASH_ON_DELIVERY = "Cash on Delivery (COD)"
# How Shopify's admin calls what its orders say in one word.
KNOWN = {
    "web": "Online Store",
    "pos": "Point of Sale",
    "shopify_draft_order": "Draft Orders",
    "iphone": "Shopify on iPhone",
    "android": "Shopify on Android",
    "shopify_payments": "Shopify Payments",
    "paypal": "PayPal",
    "gift_card": "Gift Card",
}


class ShopifyFacet(models.Model):
    _name = "shopify.facet"
    _description = "Shopify Order Trait"
    _order = "store_id, kind, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("gateway", "Payment gateway"), ("status", "Payment status"), ("channel", "Channel")], required=True
    )
    name = fields.Char(required=True, help="How you call it. Shopify names apps that sell by a number, for instance.")
    code = fields.Char(
        string="In Shopify",
        compute="_compute_code",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The word by which Shopify's orders say it.",
    )

    _facet_uniq = models.Constraint("UNIQUE(store_id, kind, code)", "This word of Shopify is already in the list.")

    @api.depends("name")
    def _compute_code(self):
        for facet in self:
            facet.code = facet.code or facet.name

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Without its only word a rule would ask for nothing, and speak of every order."""
        words = ("gateway_ids", "status_ids", "channel_ids")
        rules = self.env["shopify.workflow.rule"].with_context(active_test=False)
        rule = rules.search(Domain.OR([(word, "in", self.ids)] for word in words), limit=1)
        if rule:
            raise UserError(
                self.env._(
                    "Workflow rule “%(rule)s” of %(store)s asks for it. Change the rule first.",
                    rule=rule.name,
                    store=rule.store_id.name,
                )
            )

    @api.model
    def _create_known(self, stores):
        """What every store has from the start: Shopify's payment statuses, and its name for cash on delivery."""
        self.create(
            [
                {"store_id": store.id, "kind": kind, "code": code, "name": name}
                for store in stores
                for kind, code, name in (
                    *(("status", code, name) for code, name in STATUSES.items()),
                    ("gateway", CASH_ON_DELIVERY, CASH_ON_DELIVERY),
                )
            ]
        )

    @api.model
    def _remember(self, store, met):
        """Add what is new among the words met, so that a rule can name it.

        :param met: set of (kind, code)
        """
        known = {(facet.kind, text.folded(facet.code)) for facet in self.search([("store_id", "=", store.id)])}
        new = {(kind, text.folded(code)): code for kind, code in sorted(met) if (kind, text.folded(code)) not in known}
        if new:
            with mute_logger("odoo.sql_db"):  # another runner may meet the same word right now: the batch is repeated
                self.create(
                    [
                        {
                            "store_id": store.id,
                            "kind": kind,
                            "code": code,
                            "name": KNOWN.get(code)
                            or (code.replace("_", " ").capitalize() if code.islower() else code),
                        }
                        for (kind, _folded), code in new.items()
                    ]
                )
