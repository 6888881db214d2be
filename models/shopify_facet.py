"""A word by which orders are told apart: how they were paid, whether they are, and where they were placed."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..commerce import text

# The name that Shopify gives its manual payment method, as its settings offer it.
CASH_ON_DELIVERY = "Cash on Delivery (COD)"


class ShopifyFacet(models.Model):
    _name = "shopify.facet"
    _description = "Shopify Order Trait"
    _order = "store_id, kind, id"

    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["shopify.store"]._only(),
    )
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
        statuses = self.env["shopify.words"]._known("status")
        self.create(
            [
                {"store_id": store.id, "kind": kind, "code": code, "name": name}
                for store in stores
                for kind, code, name in (
                    *(("status", code, name) for code, name in statuses.items()),
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
                            "name": self.env["shopify.words"]._say(kind, code),
                        }
                        for (kind, _folded), code in new.items()
                    ]
                )

    @api.model
    def _given_names(self, stores):
        """{(store id, kind, folded word): name} of the words that somebody calls otherwise than we would."""
        # sudo: who sees an order sees what its channel is called, also without access to Shopify's settings.
        facets = self.sudo().search_fetch([("store_id", "in", stores.ids)], ["store_id", "kind", "code", "name"])
        # A name of ours was written in the language of whoever met the word first; on screens it follows the reader's.
        languages = {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}
        ours = [self.env["shopify.words"].with_context(lang=code) for code in languages]
        return {
            (facet.store_id.id, facet.kind, text.folded(facet.code)): facet.name
            for facet in facets
            if all(facet.name != words._say(facet.kind, facet.code) for words in ours)
        }
