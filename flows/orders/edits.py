"""Edits of an order that went through: what Shopify changed since, taken over line by line while nothing of the line has moved.

What keeps what it has (edit_plans.py says which) is marked, and shown on the order beside Shopify's numbers.
"""

from dataclasses import dataclass

from odoo import models
from odoo.exceptions import UserError

from ...commerce.outcome import Done, NeedsPerson
from .readdressing import EDITING


class _DoesNotComeOut(Exception):
    """The order would not be Shopify's to the cent after the edit."""


class OrderEdits(models.AbstractModel):
    _name = "shopify.orders.edits"
    _inherit = ["shopify.orders.edit_plans", "shopify.orders.edit_words", "shopify.orders.readdressing"]
    _description = "Shopify Orders: Edits"

    def _edit(self, store, edited):
        """Bring orders that went through to what Shopify has now.

        :param edited: {job: (sale.order, commerce Order, Charges)}, none of them cancelled
        :return: {job: Outcome}
        """
        outcomes = {}
        plans = {job: self._plan(sale, charges) for job, (sale, _one, charges) in edited.items()}
        changing = {job: plan for job, plan in plans.items() if plan.changed}
        batch = [(job, *edited[job][1:]) for job in changing]
        taxes, variants = self._look_up(store, batch) if batch else ({}, {})
        moved = self._moved(store, edited)
        for job, (sale, one, charges) in edited.items():
            outcomes[job] = self._edit_one(sale, one, charges, plans[job], (taxes, variants), moved.get(job))
        return outcomes

    def _look_up(self, store, batch):
        """Taxes and variants that edited lines name, once for the batch."""
        return self._resolve_taxes(store, batch), self._resolve_variants(store, batch)

    # -- one order --------------------------------------------------------------------------------
    def _edit_one(self, sale, one, charges, plan, found, moved):
        told = self._follow_words(sale, one, moved)
        waits = self._unknown_tax(sale.shopify_store_id, one, plan, found[0])
        if waits:
            self._say(sale, told)
            self._keep_reason(sale, waits.why)
            waits.record = sale
            return waits
        try:
            if plan.changed:
                with self.env.cr.savepoint():
                    done = self._apply(sale, one, charges, plan, *found)
                    self._check_applied(sale, charges, plan)
                told += done
            elif sale.shopify_difference_reason or not self._same(sale.currency_id, sale.shopify_total, charges.total):
                self._check_readable(sale, charges)
        except (UserError, _DoesNotComeOut) as refusal:
            self._say(sale, told)
            return self._give_up(sale, charges, plan, str(refusal.args[0]))
        self._mark_kept(plan)
        self._note_totals(sale, charges)
        if sale.shopify_difference_reason or sale.shopify_apply_edit:
            sale.write({"shopify_difference_reason": False, "shopify_apply_edit": False})
        if sale.shopify_has_placeholder and any(not line for line, _charge in plan.changed):
            self._tell_unknown(sale)
        self._say(sale, told)
        return self._tell(sale, charges, plan)

    def _note_totals(self, sale, charges):
        same = self._same(sale.currency_id, sale.shopify_total, charges.total)
        if not same or not self._same(sale.currency_id, sale.shopify_total_tax, charges.tax):
            sale.write({"shopify_total": charges.total, "shopify_total_tax": charges.tax})

    def _give_up(self, sale, charges, plan, why):
        """Nothing was changed: every line that Shopify changed is marked, and the order says why."""
        sale.invalidate_recordset()
        reason = self.env._(
            "%(order)s was edited in Shopify, where its total is %(total)s now, and the edit could not be applied: %(why)s",
            order=sale.shopify_order_name,
            total=self._amount(charges.total, sale.currency_id),
            why=why,
        )
        added = [charge for line, charge in plan.changed if not line]
        if added:
            reason += "\n" + self.env._("Added in Shopify: %(lines)s.", lines=", ".join(map(self._in_words, added)))
        plan.kept += [(line, charge, why) for line, charge in plan.changed if line]
        self._mark_kept(plan)
        self._note_totals(sale, charges)
        sale.shopify_apply_edit = False
        if self._keep_reason(sale, reason):
            self._raise_activity(sale, reason)
        return Done(sale, reason)

    def _keep_reason(self, sale, reason):
        """Whether this is a new one: what somebody has set aside is not brought up again."""
        if sale.shopify_difference_reason == reason:
            return False
        sale.write({"shopify_difference_reason": reason, "shopify_difference_accepted": False})
        return True

    # -- applying ---------------------------------------------------------------------------------
    def _unknown_tax(self, store, one, plan, taxes):
        keys = self._tax_keys_of(store, one, [charge for _line, charge in plan.changed if charge])
        unknown = next((taxes[key] for tax, key in keys.items() if tax.amount and not taxes[key].tax_id), None)
        return unknown and NeedsPerson(
            "tax_unknown",
            self.env._(
                "%(order)s was edited in Shopify, and the edit is waiting: Shopify charged “%(title)s” %(rate)g %%, and %(store)s "
                "has no tax for it. Choose the tax under Shopify → Mapping → Taxes; the edit will continue.",
                order=one.name or one.id,
                title=unknown.title,
                rate=unknown.rate,
                store=store.name,
            ),
            cause_key=f"tax:{unknown.id}",
        )

    def _tax_keys_of(self, store, one, lines):
        return self._tax_keys(store, one, _Lines(lines))

    def _apply(self, sale, one, charges, plan, taxes, variants):
        """Write what changed. Returns what was done, in words."""
        if not plan.changed:
            return []
        told = []
        locked = sale.locked
        if locked:
            sale.action_unlock()
        currency = sale.currency_id
        keys = self._tax_keys_of(sale.shopify_store_id, one, [charge for _line, charge in plan.changed if charge])
        added = []
        for line, charge in plan.changed:
            if line and self._is_there_already(line, charge):
                line.write(self._prepare_kept(charge, pending=False))
                continue
            told.append(self._said(line, charge))
            charged = (
                [(taxes[keys[tax]].tax_id, tax.amount) for tax in charge.taxes if taxes[keys[tax]].tax_id]
                if charge
                else []
            )
            if line:
                line.with_context(**EDITING).write(self._prepare_edit(line, charge, currency, charged))
            else:
                sequence = 1 + next(place for place, other in enumerate(charges.lines) if other is charge)
                product = self._product(charge, variants)
                values = self._prepare_line(charge, currency, product, charged, sequence)
                if distribution := sale.shopify_rule_id.analytic_distribution:
                    values["analytic_distribution"] = distribution
                # Where Shopify commits it is where it committed the rest, until a routing message says otherwise.
                added.append({**values, "order_id": sale.id, "shopify_location_id": sale.shopify_location_id.id})
        self.env["sale.order.line"].with_context(**EDITING).create(added)
        if locked:
            sale.action_lock()
        return told

    def _prepare_edit(self, line, charge, currency, taxes):
        if charge is None:
            # A confirmed line cannot be deleted: it stays with nothing of it.
            return {"product_uom_qty": 0, "extra_tax_data": False, **self._prepare_kept(charge, pending=False)}
        values = {
            "product_uom_qty": charge.quantity,
            **self.env["sale.order.line"]._shopify_prepare_amounts(charge, currency, taxes),
            "shopify_pending": False,
        }
        if not charge.quantity:
            del values["price_unit"], values["technical_price_unit"]  # what it cost can still be read
        codes = ", ".join(charge.discount_codes) or False
        if not self._same(currency, line.shopify_discount, charge.discount) or line.shopify_discount_codes != codes:
            values["shopify_discount"] = charge.discount
            values["shopify_discount_codes"] = codes
            # The customer's wishes stand below it on all papers.
            said = [
                self._line_name(charge, currency, line.product_id),
                line.shopify_selling_plan,
                line.shopify_properties,
            ]
            values["name"] = "\n".join(filter(None, said))
        return values

    def _check_applied(self, sale, charges, plan):
        """To the cent, or not at all: each line that was taken over, and the order with what was not."""
        self._check_readable(sale, charges)
        currency = sale.currency_id
        kept = {line for line, _charge, _why in plan.kept}
        untouched = {line for line, _charge in plan.pairs} - {line for line, _charge in plan.changed}
        pairs = [pair for pair in self._pairs(sale, charges) if pair[0] not in kept]
        expected = charges.total
        for line, charge in pairs:
            _quantity, net, gross = self._wanted(charge)
            differs = not self._same(currency, line.price_total, gross) or not self._same(
                currency, line.price_subtotal, net
            )
            if differs and line not in untouched:
                raise _DoesNotComeOut(self._why_line_differs(line, gross))
            expected += self._cents(currency, line.price_total) - self._cents(currency, gross)
        for line, charge, _why in plan.kept:
            expected += self._cents(currency, line.price_total) - self._cents(currency, self._wanted(charge)[2])
        foreign = sale.order_line.filtered(lambda line: not line.shopify_kind and not line.display_type)
        expected += sum(self._cents(currency, line.price_total) for line in foreign)
        if not self._same(currency, sale.amount_total, expected):
            raise _DoesNotComeOut(
                self.env._(
                    "the order would come to %(odoo)s instead of %(expected)s.",
                    odoo=self._amount(sale.amount_total, currency),
                    expected=self._amount(expected, currency),
                )
            )

    def _check_readable(self, sale, charges):
        if sale.currency_id.name != charges.currency:
            raise _DoesNotComeOut(self.env._("its amounts are in %(currency)s now.", currency=charges.currency))
        if charges.difference or charges.tax_difference:
            raise _DoesNotComeOut(self.env._("its own lines do not come to its total."))

    def _mark_kept(self, plan):
        """What Shopify has now stands on the line, beside what Odoo has."""
        for line, charge, _why in plan.kept:
            line.write(self._prepare_kept(charge, pending=True))

    def _prepare_kept(self, charge, *, pending):
        quantity, net, gross = self._wanted(charge)
        return {
            "shopify_quantity": quantity,
            "shopify_net": net,
            "shopify_gross": gross,
            "shopify_pending": pending,
        }


@dataclass
class _Lines:
    """Some of an order's charges, where all of them are asked for."""

    lines: list
