"""Which workflow rule would decide about an order, why the ones before it do not, and what would become of the order.

The rules, their conditions and what they give an order are those that the flow uses (`flows/orders/rules.py`), so that what is
shown here is what happens.
"""

from markupsafe import Markup

from odoo import api, fields, models

from ..commerce import order, workflow
from ..commerce.outcome import Outcome

# What is shown before anything is chosen.
USUAL = workflow.Facts(
    gateways=workflow.NOTHING,
    status="paid",
    tags=workflow.NOTHING,
    channel="web",
    country="",
    risk=None,
    on_account=False,
)


class ShopifyRuleTrial(models.TransientModel):
    _name = "shopify.rule.trial"
    _description = "Try Workflow Rules"
    _check_company_auto = True

    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        compute="_compute_store_id",
        store=True,
        readonly=False,
        default=lambda self: self.env["shopify.store"]._only(),
    )
    company_id = fields.Many2one(related="store_id.company_id")
    order_id = fields.Many2one(
        "sale.order",
        string="As Order",
        domain="[('shopify_store_id', '=', store_id), ('shopify_order_id', '!=', False)]",
        help="The description is taken from it, as Shopify told it last.",
    )
    status_id = fields.Many2one(
        "shopify.facet",
        string="Payment Is",
        domain="[('store_id', '=', store_id), ('kind', '=', 'status')]",
        compute="_compute_description",
        store=True,
        readonly=False,
    )
    gateway_ids = fields.Many2many(
        "shopify.facet",
        string="Paid With",
        domain="[('store_id', '=', store_id), ('kind', '=', 'gateway')]",
        compute="_compute_description",
        store=True,
        readonly=False,
    )
    channel_id = fields.Many2one(
        "shopify.facet",
        string="Placed In",
        domain="[('store_id', '=', store_id), ('kind', '=', 'channel')]",
        compute="_compute_description",
        store=True,
        readonly=False,
    )
    country_id = fields.Many2one(
        "res.country", string="Delivered To", compute="_compute_description", store=True, readonly=False
    )
    on_account = fields.Boolean(
        compute="_compute_description",
        store=True,
        readonly=False,
        help="The buyer pays later by agreed payment terms, like Net 30.",
    )
    tags = fields.Char(
        string="Tagged",
        compute="_compute_description",
        store=True,
        readonly=False,
        help="Tags of Shopify's order, separated by commas.",
    )
    risk = fields.Selection(
        [("high", "High"), ("medium", "Medium"), ("low", "Low")],
        string="Fraud Risk",
        compute="_compute_description",
        store=True,
        readonly=False,
    )
    remark = fields.Text(compute="_compute_remark")
    rule_id = fields.Many2one("shopify.workflow.rule", string="Decides", compute="_compute_verdict")
    verdict = fields.Html(compute="_compute_verdict", sanitize=False)

    @api.depends("order_id")
    def _compute_store_id(self):
        for trial in self:
            trial.store_id = trial.order_id.shopify_store_id or trial.store_id

    # -- the description --------------------------------------------------------------------------
    @api.depends("order_id", "store_id")
    def _compute_description(self):
        for trial in self:
            facts = trial._facts_of_order() or USUAL
            facets = self.env["shopify.facet"].search([("store_id", "=", trial.store_id.id)])
            named = {(facet.kind, *workflow.words([facet.code])): facet for facet in facets}
            nothing = facets.browse()
            trial.status_id = named.get(("status", facts.status), nothing)
            trial.channel_id = named.get(("channel", facts.channel), nothing)
            trial.gateway_ids = nothing.union(
                *(named[key] for word in facts.gateways if (key := ("gateway", word)) in named)
            )
            trial.country_id = self.env["res.country"].search([("code", "=", facts.country)], limit=1)
            trial.on_account = facts.on_account
            trial.tags = ", ".join(sorted(facts.tags))
            trial.risk = facts.risk or False

    @api.depends("order_id")
    def _compute_remark(self):
        for trial in self:
            trial.remark = (
                self.env._(
                    "What Shopify said of %(order)s is not kept any more, so nobody knows how it was paid: choose “Paid With”. "
                    "The rest is taken from the order here.",
                    order=trial.order_id.shopify_order_name,
                )
                if trial.order_id and not trial._told(trial.order_id)
                else False
            )

    def _facts_of_order(self):
        sale = self.order_id
        if not sale or sale.shopify_store_id != self.store_id:
            return None
        if told := self._told(sale):
            return workflow.facts(told, status=sale.shopify_financial_status, risk=sale.shopify_risk or None)
        (status,) = workflow.words([sale.shopify_financial_status or "pending"])
        return workflow.Facts(
            gateways=workflow.NOTHING,
            status=status,
            tags=workflow.words((sale.shopify_tags or "").split(",")),
            channel="".join(workflow.words([sale.shopify_channel])),
            country=sale.partner_shipping_id.country_id.code or "",
            risk=sale.shopify_risk or None,
            on_account=workflow.on_account(sale.shopify_payment_terms),
        )

    def _told(self, sale):
        """The newest message about the order, as the flow reads it; None where it is not kept, or does no more than name it."""
        # sudo: the body holds more than the user may read; what is shown of it is what a rule goes by.
        messages = sale.sudo()._shopify_newest_messages()
        try:
            return order.parse(messages[sale]._body()) if sale in messages else None
        except (order.Unreadable, Outcome):
            return None

    def _facts(self):
        """The description as the flow would read it in an order."""
        return workflow.Facts(
            gateways=workflow.words(self.gateway_ids.mapped("code")),
            status="".join(workflow.words([self.status_id.code or "pending"])),
            tags=workflow.words((self.tags or "").split(",")),
            channel="".join(workflow.words([self.channel_id.code or ""])),
            country=self.country_id.code or "",
            risk=self.risk or None,
            on_account=self.on_account,
        )

    # -- the verdict ------------------------------------------------------------------------------
    @api.depends(
        "store_id",
        "order_id",
        "status_id",
        "gateway_ids",
        "channel_id",
        "country_id",
        "on_account",
        "tags",
        "risk",
    )
    def _compute_verdict(self):
        for trial in self:
            facts = trial._facts()
            rules = self.env["shopify.workflow.rule"]._of(trial.store_id)
            missing = {rule: rule._condition().missing(facts) for rule in rules}
            trial.rule_id = next((rule for rule in rules if not missing[rule]), rules.browse())
            trial.verdict = trial._say_verdict(rules, missing) if trial.store_id else False

    def _say_verdict(self, rules, missing):
        rows = []
        for place, rule in enumerate(rules, start=1):
            decided = self.rule_id in rules[:place] and rule != self.rule_id
            if rule == self.rule_id:
                why, look = Markup("<strong>%s</strong>") % self.env._("fits, and decides"), "table-success"
            elif decided:
                why, look = self.env._("not looked at any more"), "text-muted"
            else:
                why, look = "; ".join(self._say_missing(rule, name) for name in missing[rule]), ""
            rows.append(
                Markup("<tr class='%s'><td class='text-end'>%s</td><td>%s</td><td>%s</td></tr>")
                % (look, place, rule.name, why)
            )
        table = Markup("<table class='table table-sm mb-0' name='rules'><tbody>%s</tbody></table>")
        return self._say_outcome() + (table % Markup().join(rows) if rows else Markup())

    def _say_missing(self, rule, name):
        """One condition of a rule that the order does not fulfill: what it needs, and what the order is."""
        nothing, unknown, one_of = self.env._("nothing"), self.env._("unknown"), self.env._(" or ")
        return {
            "statuses": self.env._(
                "needs payment %(needed)s, is %(found)s",
                needed=one_of.join(rule.status_ids.mapped("name")),
                found=self.status_id.name or self.env["shopify.words"]._say("status", "pending"),
            ),
            "gateways": self.env._(
                "needs to be paid with %(needed)s, was with %(found)s",
                needed=one_of.join(rule.gateway_ids.mapped("name")),
                found=", ".join(self.gateway_ids.mapped("name")) or nothing,
            ),
            "channels": self.env._(
                "needs to be placed in %(needed)s, was in %(found)s",
                needed=one_of.join(rule.channel_ids.mapped("name")),
                found=self.channel_id.name or unknown,
            ),
            "countries": self.env._(
                "needs delivery to %(needed)s, goes to %(found)s",
                needed=one_of.join(rule.country_ids.mapped("name")),
                found=self.country_id.name or unknown,
            ),
            "on_account": self.env._("needs payment terms like Net 30, has none"),
            "tags": self.env._(
                "needs the tag %(needed)s, has %(found)s",
                needed=one_of.join(tag.strip() for tag in (rule.tags or "").split(",") if tag.strip()),
                found=self.tags or nothing,
            ),
            "risk": self.env._(
                "needs %(needed)s fraud risk, is %(found)s",
                needed=self._level(rule.risk),
                found=self._level(self.risk) or unknown,
            ),
        }[name]

    def _level(self, risk):
        return dict(self._fields["risk"]._description_selection(self.env)).get(risk, "").lower()

    def _say_outcome(self):
        """What would become of the order, in a box."""
        rule, look = self.rule_id, "info"
        if not rule:
            what = self.env._("No rule speaks of it: it stays a quotation until somebody confirms it.")
        elif rule.action == "quotation":
            what = self.env._("“%(rule)s” leaves it as a quotation.", rule=rule.name)
        else:
            what, look = self.env._("“%(rule)s” confirms it: its delivery is made at once.", rule=rule.name), "success"
        if self.risk == "high" and self.store_id.hold_high_risk:
            what += " " + self.env._(
                "It is held all the same, for its high fraud risk, until an accountant releases it."
            )
            look = "warning"
        gets = [f"{label}: {value}" for label, value in self._gets(rule)]
        rest = self.env._(
            "Taxes, prices and amounts stay Shopify's whatever the rule; what it leaves open is as the store says."
        )
        return Markup(
            "<div class='alert alert-%s mb-2' name='outcome'><strong>%s</strong>%s<div class='small'>%s</div></div>"
        ) % (
            look,
            what,
            Markup().join(Markup("<div>%s</div>") % line for line in gets),
            rest,
        )

    def _gets(self, rule):
        """[(label, value)] of what the rule gives the order."""
        if not rule:
            return []
        sales = self.env["sale.order"]
        values = rule._prepare_order(self.order_id.currency_id or self.store_id.company_id.currency_id)
        labels = sales.fields_get(list(values), ["string"])
        gets = [
            # sudo: what a rule names is shown to whoever may read the rule.
            (labels[name]["string"], self.env[sales._fields[name].comodel_name].sudo().browse(value).display_name)
            for name, value in values.items()
            if name in labels
        ]
        accounts = rule.distribution_analytic_account_ids
        if accounts:
            gets.append((self.env._("Analytic accounts of its lines"), ", ".join(accounts.mapped("display_name"))))
        return gets

    def action_open_rule(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "shopify.workflow.rule",
            "res_id": self.rule_id.id,
            "views": [(False, "form")],
        }
