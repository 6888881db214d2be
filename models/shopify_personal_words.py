"""What a customer wrote with an order (a note, an engraving, what a form asked for), and all places that it was copied to."""

from odoo import api, models
from odoo.tools import html2plaintext

# Of these an attribute makes a customer's own words; a date or a choice of a list is none.
WORDS = ("char", "text", "html")


class ShopifyPersonalWords(models.AbstractModel):
    _name = "shopify.personal.words"
    _description = "Words of Shopify's customers"

    @api.model
    def _forget_words(self, store, sales):
        """Take them off orders, deliveries and invoices that are drafts. Figures, dates and products stay, and so do posted
        invoices, as the law of accounting demands. Repeating it is harmless.
        """
        self._forget_mapped(store, sales)
        drafts = sales.invoice_ids.filtered(lambda move: move.state != "posted" and not move.posted_before)
        notes = {self._plain(note) for note in sales.mapped("note")} - {""}
        drafts.filtered(lambda move: self._plain(move.narration) in notes).write({"narration": False})
        locked = sales.filtered("locked")
        locked.action_unlock()  # the text of a line is closed in a locked order
        for line in sales.order_line.filtered("shopify_properties"):
            self._forget_wishes(line, drafts)
        locked.action_lock()
        sales.filtered("note").write({"note": False})
        sales.filtered("shopify_seen").write({"shopify_seen": False})
        sales.filtered("shopify_attributes").write({"shopify_attributes": False})

    def _plain(self, html):
        return html2plaintext(html or "").strip()

    def _forget_mapped(self, store, sales):
        """What attributes were written into, on the orders that carried them; what somebody else wrote there stays."""
        rows = self.env["shopify.attribute"].search([("store_id", "=", store.id), ("field_id.ttype", "in", WORDS)])
        for row in rows:
            carried = sales.filtered(lambda sale, row=row: row._was_told(sale.shopify_attributes))
            records = {
                "sale.order": carried,
                "stock.picking": carried.picking_ids,
                "sale.order.line": sales.order_line.filtered(
                    lambda line, row=row: row._was_told(line.shopify_properties)
                ),
            }[row.field_id.model]
            if not records._fields[row.field_id.name].required:
                records.filtered(row.field_id.name).write({row.field_id.name: False})

    def _forget_wishes(self, line, drafts):
        """What the customer wanted of one line, below its article on all papers."""
        wishes = line.shopify_properties
        line.write({"name": self._without(line.name, wishes), "shopify_properties": False})
        moves = line.move_ids
        moves = moves.browse({*moves._rollup_move_origs(), *moves._rollup_move_dests(), *moves.ids})
        # Written by its own field: what is shown is computed, of this one or of the line.
        for texts, name in (
            (moves, "description_picking_manual"),
            (line.invoice_lines.filtered(lambda one: one.move_id in drafts), "name"),
        ):
            for record in texts.filtered(lambda one, name=name: wishes in (one[name] or "")):
                record.write({name: self._without(record[name], wishes)})

    def _without(self, text, wishes):
        return (text or "").replace(f"\n{wishes}", "").replace(wishes, "").strip() or False
