"""What becomes of an order: the first workflow rule that speaks of it, its carrier, its risk, and whether it is a test."""

from dataclasses import dataclass

from odoo import models
from odoo.fields import Command

from ...commerce import ids, risk, workflow
from ...commerce.outcome import NeedsPerson


@dataclass(frozen=True)
class Decision:
    """What the mappings of a store say about one order. `rule` and `method` are records, possibly empty."""

    rule: models.Model
    method: models.Model
    risk: str | None
    is_test: bool


class OrderRules(models.AbstractModel):
    _name = "shopify.orders.rules"
    _inherit = ["shopify.orders.amounts", "shopify.orders.lookups"]
    _description = "Shopify Orders: Rules"

    def _decide(self, store, batch, known):
        """{job: Decision} of a batch: a handful of queries, however many orders there are.

        :param batch: list of (job, commerce.order.Order, commerce.order.Charges)
        :param known: {order id: sale.order} of those that were imported before
        """
        orders = {job: one for job, one, _charges in batch}
        rules = self.env["shopify.workflow.rule"]._of(store)
        self._remember_words(store, orders.values())
        risks = self._risks(store, orders, known, asked_for=any(rule.risk for rule in rules))
        methods = self._resolve_methods(store, orders.values())
        conditions = [(rule, rule._condition()) for rule in rules]
        decisions = {}
        for job, one in orders.items():
            sale = known.get(one.id)
            level = risks.get(one.id)
            facts = workflow.facts(one, status=sale and sale.shopify_financial_status, risk=level)
            fitting = (rule for rule, condition in conditions if condition.holds(facts))
            method = methods.get(self._method_key(one), self.env["shopify.shipping.method"])
            decisions[job] = Decision(next(fitting, rules.browse()), method, level, bool(one.test))
        return decisions

    def _remember_words(self, store, orders):
        met = {("gateway", gateway) for one in orders for gateway in one.gateways}
        met |= {("status", one.financial_status) for one in orders if one.financial_status}
        met |= {("channel", one.source_name) for one in orders if one.source_name}
        self.env["shopify.facet"]._remember(store, met)

    # -- shipping ---------------------------------------------------------------------------------
    def _method_key(self, one):
        """(title, code, source) of the first shipping that stands; None for what is not shipped."""
        line = next((line for line in one.shipping_lines if not line.removed and line.title), None)
        return (line.title, line.code or "", line.source or "") if line else None

    def _resolve_methods(self, store, orders):
        keys = {}
        for one in orders:
            if key := self._method_key(one):
                keys.setdefault(key, one.name)
        return self.env["shopify.shipping.method"]._resolve(store, keys)

    # -- fraud ------------------------------------------------------------------------------------
    def _risks(self, store, orders, known, *, asked_for):
        """{order id: high, medium, low}; what nobody spoke of is not in it.

        Shopify sends each assessment (orders/risk_assessment_changed), so a webhook's order costs no query. Asked are
        orders that no webhook brought, and all when a rule needs to know before the first word came.
        """
        levels = {order_id: sale.shopify_risk for order_id, sale in known.items() if sale.shopify_risk}
        if not store.hold_high_risk and not asked_for:
            return levels
        levels.update(self._risks_told(store, [one.id for one in orders.values()]))
        unknown = [
            ids.gid("Order", one.id)
            for job, one in orders.items()
            if one.id not in levels
            and not one.cancelled_at
            and one.fulfillment_status != "fulfilled"
            and (asked_for or not job.event_id)
        ]
        if unknown:
            for node in self._ask(store, "nodes__risk", {"ids": unknown})["nodes"]:
                if node:
                    levels[ids.number(node["id"])] = risk.of_node(node["risk"])
        return levels

    def _risks_told(self, store, order_ids):
        """{order id: level} from the messages that Shopify sent about these orders, of the days that the queue keeps."""
        keys = [f"order:{order_id}" for order_id in order_ids]
        messages = self.env["shopify.job"].search(
            [("store_id", "=", store.id), ("flow", "=", "risk_in"), ("key", "in", keys)], order="id"
        )
        return {
            key.removeprefix("order:"): risk.of_messages([message._body() for message in about])
            for key, about in messages.grouped("key").items()
        }

    def _why_risky(self, store, sale, level):
        """The reason to hold an order for its risk; None when there is none, or somebody has accepted it."""
        if level != "high" or not store.hold_high_risk or sale.shopify_risk_released:
            return None
        return NeedsPerson(
            "risk_high",
            self.env._(
                "%(order)s is held: its fraud risk is high. Look at the analysis in Shopify; then release the order here, or "
                "cancel it there. It is not delivered before.",
                order=sale.shopify_order_name,
            ),
            record=sale,
        )

    # -- what the order gets ----------------------------------------------------------------------
    def _apply_decision(self, store, decision, currency, values, lines):
        """Put what the mappings say into the values of an order and its lines. No amount depends on any of it."""
        rule, method = decision.rule, decision.method
        values.update(
            shopify_rule_id=rule.id,
            shopify_method_id=method.id,
            shopify_risk=decision.risk or False,
            shopify_test=decision.is_test,
        )
        if method.carrier_id:
            values["carrier_id"] = method.carrier_id.id
        if decision.is_test and store.test_orders == "mark":
            mark = self.env.ref("shopify_sync.tag_test_order", raise_if_not_found=False)
            if mark:
                values.setdefault("tag_ids", []).append(Command.link(mark.id))
        # The position is Odoo's (`sale.order._compute_fiscal_position_id`) unless the rule names one. Either way it changes
        # the accounts of the invoice, and never the taxes that were given (ODOO19 §6.4).
        values.update(rule._prepare_order(currency))
        if rule.analytic_distribution:
            for line in lines:
                line["analytic_distribution"] = rule.analytic_distribution

    def _why_quotation(self, decision, sale):
        """Why an order that nothing speaks against stays a quotation; False when it is to be confirmed."""
        rule = decision.rule
        if not rule:
            return self.env._(
                "No workflow rule of %(store)s speaks of this order (payment: %(status)s). Add one under Shopify → "
                "Configuration → Workflow Rules, or confirm the order here.",
                store=sale.shopify_store_id.name,
                status=self._say_status(sale),
            )
        if rule.action == "quotation":
            return self.env._(
                "Workflow rule “%(rule)s” leaves it as a quotation (payment: %(status)s). It is looked at again as soon as "
                "Shopify tells of a change; you can also confirm it here.",
                rule=rule.name,
                status=self._say_status(sale),
            )
        return False

    def _say_status(self, sale):
        return self.env["shopify.words"]._say("status", sale.shopify_financial_status) or self.env._("unknown")
