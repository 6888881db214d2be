"""What an edit asks of an order: its lines beside Shopify's, which of them were touched, and which keep what they have.

A line is *touched* when Shopify's quantity or amount is not what its last message said. A touched line that is shipped, invoiced
or changed by a person keeps what it has (DESIGN §6; ODOO19 §7.3).
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from odoo import models


@dataclass
class Plan:
    """What an edit asks of one order: (line, charge) with one of them missing where it was removed or added."""

    pairs: list
    changed: list = field(default_factory=list)  # to be applied
    kept: list = field(default_factory=list)  # [(line, charge, why)]: shown, not applied
    news: bool = False  # Shopify said something that its last message did not


class OrderEditPlans(models.AbstractModel):
    _name = "shopify.orders.edit_plans"
    _inherit = "shopify.orders.amounts"
    _description = "Shopify Orders: What an Edit Asks"

    def _plan(self, sale, charges):
        plan = Plan(self._pairs(sale, charges))
        for line, charge in plan.pairs:
            is_new = not line or self._is_touched(line, charge)
            plan.news = plan.news or is_new
            if not is_new and not line.shopify_pending:
                continue
            why = line and self._why_kept(sale, line, charge)
            if why:
                plan.kept.append((line, charge, why))
            else:
                plan.changed.append((line, charge))
        return plan

    def _pairs(self, sale, charges):
        """Each line of the order with its charge: by Shopify's id; what has none (a tip, a fee) in its order."""
        waiting = defaultdict(deque)
        for line in sale.order_line.filtered("shopify_kind"):
            waiting[self._identity(line.shopify_kind, line.shopify_line_id)].append(line)
        nothing = self.env["sale.order.line"]
        pairs = []
        for charge in charges.lines:
            lines = waiting[self._identity(charge.kind, charge.line_id)]
            pairs.append((lines.popleft() if lines else nothing, charge))
        # What is not charged any more, such as removed shipping.
        return pairs + [(line, None) for lines in waiting.values() for line in lines]

    def _identity(self, kind, line_id):
        # A body may say later that a line is a tip or a gift card; ids of shipping lines and duties are counted on their own.
        group = "line" if kind in ("product", "gift_card", "tip") else kind
        return (group, line_id) if line_id else (kind, "")

    def _is_touched(self, line, charge):
        currency = line.currency_id
        quantity, net, gross = self._wanted(charge)
        return (
            line.shopify_quantity != quantity
            or not self._same(currency, line.shopify_net, net)
            or not self._same(currency, line.shopify_gross, gross)
        )

    def _wanted(self, charge):
        return (charge.quantity, charge.net, charge.gross) if charge else (0, 0, 0)

    def _why_kept(self, sale, line, charge):
        """Why Odoo does not just take over what Shopify says of this line; None when it does."""
        if self._is_there_already(line, charge):
            return None
        quantity = charge.quantity if charge else 0
        if sale.shopify_apply_edit:
            # A person wants it: what left the house or stands on an invoice stays, more of it may come.
            if quantity < line.qty_delivered:
                return self.env._("more of it is shipped than Shopify has now: take the goods back")
            if line.qty_invoiced and quantity <= line.qty_invoiced:
                return self.env._("it is invoiced: make a credit note")
            return None
        if any(move.state == "done" for move in line.move_ids) or line.qty_delivered:
            return self.env._("it is shipped, at least in part")
        if line.qty_invoiced:
            return self.env._("it is invoiced, at least in part")
        if not line.shopify_pending and line._shopify_why_differs() == "odoo":
            return self.env._("it was changed in Odoo as well")
        return None

    def _is_there_already(self, line, charge):
        """A person has done by hand what Shopify asks for."""
        quantity, net, gross = self._wanted(charge)
        return (
            line.product_uom_qty == quantity
            and self._same(line.currency_id, line.price_total, gross)
            and self._same(line.currency_id, line.price_subtotal, net)
        )
