"""What waits at a store, in numbers, and the ways from its numbers to the lists."""

from odoo import fields, models


class ShopifyStoreDashboard(models.AbstractModel):
    _name = "shopify.store.dashboard"
    _description = "Numbers of a Shopify Store"

    variant_count = fields.Integer(compute="_compute_counts")
    unlinked_variant_count = fields.Integer(compute="_compute_counts")
    unmapped_tax_count = fields.Integer(compute="_compute_counts")
    pending_job_count = fields.Integer(compute="_compute_counts")
    attention_job_count = fields.Integer(compute="_compute_counts")
    order_count = fields.Integer(compute="_compute_counts")
    held_order_count = fields.Integer(compute="_compute_counts")
    order_to_look_at_count = fields.Integer(compute="_compute_order_to_look_at_count")

    def _compute_counts(self):
        def count(model, domain):
            groups = self.env[model]._read_group([("store_id", "in", self.ids), *domain], ["store_id"], ["__count"])
            return {store.id: number for store, number in groups}

        variants = count("shopify.variant", [])
        unlinked = count("shopify.variant", [("product_id", "=", False)])
        taxes = count("shopify.tax", [("tax_id", "=", False)])
        pending = count("shopify.job", [("state", "=", "pending")])
        attention = count("shopify.job", [("state", "in", ("attention", "failed"))])
        # sudo: a Shopify user who may not read all orders still sees how many there are.
        orders = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [("shopify_store_id", "in", self.ids)],
                ["shopify_store_id", "shopify_hold_cause", "state"],
                ["__count"],
            )
        )
        total, held = {}, {}
        for store, cause, state, number in orders:
            total[store.id] = total.get(store.id, 0) + number
            if cause and state != "cancel":
                held[store.id] = held.get(store.id, 0) + number
        for store in self:
            store.variant_count = variants.get(store.id, 0)
            store.unlinked_variant_count = unlinked.get(store.id, 0)
            store.unmapped_tax_count = taxes.get(store.id, 0)
            store.pending_job_count = pending.get(store.id, 0)
            store.attention_job_count = attention.get(store.id, 0)
            store.order_count = total.get(store.id, 0)
            store.held_order_count = held.get(store.id, 0)

    def _compute_order_to_look_at_count(self):
        # sudo: a Shopify user who may not read all orders still sees how many there are.
        groups = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [("shopify_store_id", "in", self.ids), ("shopify_to_look_at", "=", True)],
                ["shopify_store_id"],
                ["__count"],
            )
        )
        counts = {store.id: number for store, number in groups}
        for store in self:
            store.order_to_look_at_count = counts.get(store.id, 0)

    def _open(self, xmlid, **context):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("store_id", "in", self.ids)]
        action["context"] = context
        return action

    def action_open_variants(self):
        return self._open("shopify_sync.shopify_variant_action")

    def action_open_unlinked_variants(self):
        return self._open("shopify_sync.shopify_variant_action", search_default_unlinked=1)

    def action_open_taxes(self):
        return self._open("shopify_sync.shopify_tax_action", search_default_unmapped=bool(self.unmapped_tax_count))

    def action_open_jobs(self):
        return self._open("shopify_sync.shopify_job_action")

    def action_open_attention_jobs(self):
        return self._open("shopify_sync.shopify_job_action", search_default_attention=1)

    def action_open_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.sale_order_action")
        action["domain"] = [("shopify_store_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_open_held_orders(self):
        action = self.action_open_orders()
        action["context"] = {"search_default_shopify_held": 1}
        return action

    def action_open_orders_to_look_at(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.sale_order_action_to_look_at")
        action["domain"] = [("shopify_store_id", "in", self.ids)]
        return action
