"""Note and addresses of an order that went through: they follow Shopify as far as nothing has left for them yet."""

import hashlib

from odoo import models
from odoo.tools import html2plaintext, plaintext2html

from .values import QUIET

# Without "Extra line with …" in the chatter for each added line: one message tells the whole edit.
EDITING = {**QUIET, "sale_no_log_for_new_lines": True}


class OrderReaddressing(models.AbstractModel):
    _name = "shopify.orders.readdressing"
    _description = "Shopify Orders: Note and Addresses"

    def _prepare_seen(self, one):
        """What a later message is compared with; only what the body carries (commerce/order_parts.py)."""
        seen = {name: self._fingerprint(getattr(one, name)) for name in ("shipping", "billing") if name in one.carried}
        return {**seen, "note": one.note} if "note" in one.carried else seen

    def _fingerprint(self, address):
        """Enough to notice a change: the address itself is personal, and stands on the partner alone."""
        return hashlib.sha256(repr(address).encode()).hexdigest()[:16] if address else None

    def _moved(self, store, edited):
        """{job: (customer, invoice, delivery)} of the orders whose addresses Shopify changed."""
        moved = {}
        for job, (sale, one, _charges) in edited.items():
            before, now = sale.shopify_seen or {}, self._prepare_seen(one)
            if any(name in before and now.get(name) and before[name] != now[name] for name in ("shipping", "billing")):
                moved[job] = one
        if not moved:
            return {}
        partners = self.env["res.partner"]._shopify_resolve(store, list(moved.values()))
        return {job: partners[one.id] for job, one in moved.items()}

    def _follow_words(self, sale, one, moved):
        """Note and addresses. Returns what was done, in words."""
        before, now = sale.shopify_seen or {}, self._prepare_seen(one)
        told = []
        if moved:
            told += self._move(sale, moved, before, now)
        if "note" in before and "note" in now and before["note"] != now["note"]:
            told.append(self._renote(sale, before["note"], now["note"]))
        if {**before, **now} != before:
            sale.shopify_seen = {**before, **now}
        return told

    def _move(self, sale, partners, before, now):
        """Deliveries that have not left go to the new address; an invoice that is posted keeps its own."""
        told = []
        _customer, invoice, delivery = partners
        if before.get("shipping") != now.get("shipping") and delivery != sale.partner_shipping_id:
            # Not Odoo's `update_delivery_shipping_partner`: that one readdresses what has left already, too.
            waiting = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            waiting = waiting.filtered(lambda picking: picking.partner_id == sale.partner_shipping_id)
            self._keep_taxes(sale, {"partner_shipping_id": delivery.id})
            waiting.write({"partner_id": delivery.id})
            waiting.move_ids.write({"partner_id": delivery.id})
            told.append(
                self.env._("Delivery to %(address)s", address=delivery._display_address(True).replace("\n", ", "))
            )
            if sale.picking_ids.filtered(lambda one: one.state == "done" and one.picking_type_code == "outgoing"):
                told.append(self.env._("What is shipped already went to the address from before."))
        if before.get("billing") != now.get("billing") and invoice != sale.partner_invoice_id:
            self._keep_taxes(sale, {"partner_invoice_id": invoice.id})
            told.append(self.env._("Invoice to %(address)s", address=invoice.display_name))
        return told

    def _keep_taxes(self, sale, values):
        """Another address may bring another fiscal position with it; what Shopify charged stays (ODOO19 §6.4)."""
        position = sale.fiscal_position_id
        sale.with_context(**EDITING, mail_activity_automation_skip=True).write(
            {**values, "fiscal_position_id": position.id}
        )

    def _renote(self, sale, before, now):
        """The customer's words, unless somebody wrote here meanwhile: then they are told of the new ones."""
        if html2plaintext(sale.note or "").split() == (before or "").split():
            sale.note = plaintext2html(now) if now else False
        return self.env._("Note: %(note)s", note=now or self.env._("removed"))
