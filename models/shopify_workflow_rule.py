"""What becomes of an order, by how it was paid and where it comes from. The first rule that fits decides."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..commerce import workflow
from .shopify_facet import CASH_ON_DELIVERY

# Field of the rule → field of the order that it decides about.
DECIDES = {
    "warehouse_id": "warehouse_id",
    "team_id": "team_id",
    "user_id": "user_id",
    "payment_term_id": "payment_term_id",
    "fiscal_position_id": "fiscal_position_id",
    "carrier_id": "carrier_id",
}


class ShopifyWorkflowRule(models.Model):
    _name = "shopify.workflow.rule"
    _description = "Shopify Workflow Rule"
    _inherit = ["analytic.mixin"]
    _check_company_auto = True
    _order = "store_id, sequence, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["shopify.store"]._only(),
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)

    # -- of which orders it speaks ----------------------------------------------------------------
    gateway_ids = fields.Many2many(
        "shopify.facet",
        "shopify_workflow_rule_gateway_rel",
        string="Paid With",
        domain="[('store_id', '=', store_id), ('kind', '=', 'gateway')]",
        help="Any of these payment gateways. Empty: whichever.",
    )
    status_ids = fields.Many2many(
        "shopify.facet",
        "shopify_workflow_rule_status_rel",
        string="Payment Is",
        domain="[('store_id', '=', store_id), ('kind', '=', 'status')]",
        help="Any of these payment statuses. Empty: whichever.",
    )
    channel_ids = fields.Many2many(
        "shopify.facet",
        "shopify_workflow_rule_channel_rel",
        string="Placed In",
        domain="[('store_id', '=', store_id), ('kind', '=', 'channel')]",
        help="Any of these channels, like the online store or the point of sale. Empty: whichever.",
    )
    tags = fields.Char(
        string="Tagged", help="Any of these tags of Shopify's order, separated by commas. Empty: tagged or not."
    )
    country_ids = fields.Many2many(
        "res.country", string="Delivered To", help="Any of these countries. Empty: wherever it goes."
    )
    on_account = fields.Boolean(
        help="Only orders whose buyer pays later by agreed payment terms, like Net 30: business customers, as a rule."
    )
    risk = fields.Selection(
        [("high", "High"), ("medium", "Medium"), ("low", "Low")],
        string="Fraud Risk",
        help="As Shopify's analysis and other providers see it. A rule that asks for it makes each batch of orders ask Shopify.",
    )

    further = fields.Char(
        string="And Only",
        compute="_compute_further",
        help="The rule's further conditions: payment terms, channel, tags, country and risk. Open it to change them.",
    )

    # -- what happens -----------------------------------------------------------------------------
    action = fields.Selection(
        [("quotation", "Leave as quotation"), ("confirm", "Confirm")],
        string="Then",
        required=True,
        default="confirm",
        help="A quotation is looked at again when Shopify tells of a change, for instance that it was paid.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", check_company=True, help="Empty: where Shopify wants it fulfilled, else the store's."
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", check_company=True, help="Empty: the store's.")
    user_id = fields.Many2one(
        "res.users", string="Salesperson", domain="[('share', '=', False)]", help="Empty: the store's."
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        help="For orders in its currency. Prices stay those of Shopify. Empty, or another currency: the connector's own.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        help="Empty: none, since Shopify's customers have paid. Terms with an early discount would change the taxes.",
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        help="Empty: by Odoo's rules, from the customer's country and tax number. The taxes stay those that Shopify charged.",
    )
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Delivery Method",
        check_company=True,
        help="Empty: by the table of shipping methods.",
    )
    order_count = fields.Integer(string="Orders", compute="_compute_order_count")

    @api.depends("on_account", "channel_ids.name", "tags", "country_ids.name", "risk")
    def _compute_further(self):
        levels = dict(self._fields["risk"]._description_selection(self.env))
        for rule in self:
            parts = (
                (rule.on_account, self.env._("on account")),
                (rule.channel_ids, self.env._("in %(channels)s", channels=", ".join(rule.channel_ids.mapped("name")))),
                (rule.tags, self.env._("tagged %(tags)s", tags=rule.tags)),
                (rule.country_ids, self.env._("to %(places)s", places=", ".join(rule.country_ids.mapped("name")))),
                (rule.risk, self.env._("of %(level)s risk", level=levels.get(rule.risk, "").lower())),
            )
            rule.further = " · ".join(words for given, words in parts if given) or False

    def _compute_order_count(self):
        # sudo: a Shopify user who may not read all orders still sees how many there are.
        orders = self.env["sale.order"].sudo()
        counts = dict(orders._read_group([("shopify_rule_id", "in", self.ids)], ["shopify_rule_id"], ["__count"]))
        for rule in self:
            rule.order_count = counts.get(rule, 0)

    @api.constrains("gateway_ids", "status_ids", "channel_ids", "store_id")
    def _check_words(self):
        for rule in self:
            strange = (rule.gateway_ids | rule.status_ids | rule.channel_ids).filtered(
                lambda facet, rule=rule: facet.store_id != rule.store_id
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s” is of %(store)s, but “%(word)s” is a word of another store. Choose it anew.",
                        rule=rule.name,
                        store=rule.store_id.name,
                        word=strange[0].name,
                    )
                )

    @api.constrains("payment_term_id")
    def _check_payment_term_id(self):
        for rule in self:
            if rule.payment_term_id.early_discount:
                raise ValidationError(
                    self.env._(
                        "“%(term)s” grants a discount for early payment, which would change what Shopify charged. Choose "
                        "payment terms without one.",
                        term=rule.payment_term_id.name,
                    )
                )

    @api.model
    def _create_defaults(self, stores):
        """What a merchant does without being asked: ship what is paid for, wait for the rest.

        Pending is a transfer that has not come yet, as a rule, and goods sent before it are gone. Cash on delivery is paid
        at the door, and a business customer's terms say when, so these are shipped pending. What was voided, expired or
        refunded is nobody's to ship.
        """
        facets = self.env["shopify.facet"].search([("store_id", "in", stores.ids)])
        by_code = {(facet.store_id, facet.code): facet.id for facet in facets}
        paid = ("authorized", "partially_paid", "paid", "partially_refunded")
        plans = (
            (self.env._("Paid or authorized"), paid, {"action": "confirm"}),
            (self.env._("Cash on delivery"), ("pending",), {"action": "confirm", "gateway": CASH_ON_DELIVERY}),
            (self.env._("On account"), ("pending",), {"action": "confirm", "on_account": True}),
            (self.env._("Not paid yet"), ("pending",), {"action": "quotation"}),
            (self.env._("Voided, expired or refunded"), ("voided", "expired", "refunded"), {"action": "quotation"}),
        )
        self.create(
            [
                {
                    "store_id": store.id,
                    "sequence": 10 * position,
                    "name": name,
                    "gateway_ids": [by_code[store, plan["gateway"]]] if "gateway" in plan else [],
                    "status_ids": [by_code[store, status] for status in statuses],
                    "on_account": plan.get("on_account", False),
                    "action": plan["action"],
                }
                for store in stores
                for position, (name, statuses, plan) in enumerate(plans, start=1)
            ]
        )

    @api.model
    def _of(self, store):
        """Those that decide about the store's orders, the first that speaks of one first."""
        return self.search([("store_id", "=", store.id)])

    def _condition(self):
        self.ensure_one()
        return workflow.Condition(
            gateways=workflow.words(self.gateway_ids.mapped("code")),
            statuses=workflow.words(self.status_ids.mapped("code")),
            tags=workflow.words((self.tags or "").split(",")),
            channels=workflow.words(self.channel_ids.mapped("code")),
            countries=frozenset(self.country_ids.mapped("code")),
            risk=self.risk or None,
            on_account=self.on_account,
        )

    def _prepare_order(self, currency):
        """What the rule says about an order in this currency; what it leaves open is not in it."""
        values = {ours: self[name].id for name, ours in DECIDES.items() if self[name]}
        if self.payment_term_id.early_discount:  # it was added to the terms since
            values.pop("payment_term_id")
        if self.pricelist_id.currency_id == currency and self.pricelist_id:
            values["pricelist_id"] = self.pricelist_id.id
        return values

    def action_open_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.sale_order_action")
        action["domain"] = [("shopify_rule_id", "in", self.ids)]
        action["context"] = {}
        return action
