from odoo import api, fields, models
from odoo.fields import Command


class ShopifyCustomerCompare(models.TransientModel):
    """What differs between a contact and their customer in Shopify, and which of it to take."""

    _name = "shopify.customer.compare"
    _description = "Differences Between a Contact and Shopify"

    customer_id = fields.Many2one("shopify.customer", required=True, readonly=True)
    partner_id = fields.Many2one(related="customer_id.partner_id")
    store_id = fields.Many2one(related="customer_id.store_id")
    line_ids = fields.One2many("shopify.customer.compare.line", "compare_id", string="Differences")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        link = self.env["shopify.customer"].browse(values.get("customer_id"))
        if link and "line_ids" in fields_list:
            values["line_ids"] = [Command.create(line) for line in self._prepare_lines(link)]
        return values

    def _prepare_lines(self, link):
        offers, labels = link._offers()[link], link._labels()
        lines = []
        for group in labels:
            if link._differs_in(group, offers.get(group)):
                mine, theirs = link._both(group, offers[group])
                lines.append({"part": group, "label": labels[group], "in_odoo": mine, "in_shopify": theirs})
        return lines

    def action_take(self):
        """Write Shopify's values of the ticked lines to the contact, with the user's own rights."""
        self.ensure_one()
        link = self.customer_id
        offers, values = link._offers()[link], {}
        for line in self.line_ids.filtered("take"):
            values.update(offers.get(line.part, {}))
        if values:
            link._write_partner(values)
        return {"type": "ir.actions.act_window_close"}
