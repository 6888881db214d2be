"""Shipping as Shopify's checkout calls it, and the delivery method of Odoo it is. The list fills itself."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

OPEN_STATES = ("draft", "sent", "sale")


class ShopifyShippingMethod(models.Model):
    _name = "shopify.shipping.method"
    _description = "Shopify Shipping Method"
    _check_company_auto = True
    _rec_name = "title"
    _order = "store_id, title, code"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    title = fields.Char(required=True, readonly=True, help="The name under which the customer chose it.")
    code = fields.Char(readonly=True, default="")
    source = fields.Char(string="Quoted By (Shopify's Word)", readonly=True, default="")
    source_words = fields.Char(
        string="Quoted By",
        compute="_compute_source_words",
        help="Who quoted it: Shopify's own rates, a carrier, an app.",
    )
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Delivery Method",
        check_company=True,
        ondelete="restrict",
        help="Orders and open deliveries get it; no amount changes.",
    )
    first_order_name = fields.Char(string="First Met In", readonly=True)
    order_count = fields.Integer(string="Orders", compute="_compute_order_count")

    # Empty strings stand for "none", so plain uniqueness holds.
    _method_uniq = models.Constraint(
        "UNIQUE(store_id, title, code, source)", "This shipping method of Shopify is already in the list."
    )

    @api.depends("source")
    @api.depends_context("lang")
    def _compute_source_words(self):
        for method in self:
            method.source_words = self.env["shopify.words"]._say("rate", method.source)

    def _compute_order_count(self):
        # sudo: a Shopify user who may not read all orders still sees how many there are.
        orders = self.env["sale.order"].sudo()
        counts = dict(orders._read_group([("shopify_method_id", "in", self.ids)], ["shopify_method_id"], ["__count"]))
        for method in self:
            method.order_count = counts.get(method, 0)

    def write(self, vals):
        if vals.keys() - {"carrier_id"} and not (self.env.su or self.env.user.has_group("shopify_sync.group_manager")):
            raise AccessError(self.env._("Only the delivery method may be chosen: the rest is what Shopify says."))
        result = super().write(vals)
        if vals.get("carrier_id"):
            self._hand_on()
        return result

    def _hand_on(self):
        """Orders that came with these methods and have no carrier yet get it, and so do their open deliveries."""
        # sudo: whoever may choose the delivery method may have it on the orders that wait for it, of every salesperson.
        orders = self.env["sale.order"].sudo()
        waiting = orders.search(
            [
                ("shopify_method_id", "in", self.ids),
                ("carrier_id", "=", False),
                ("state", "in", OPEN_STATES),
            ]
        )
        for carrier, methods in self.grouped("carrier_id").items():
            mine = waiting.filtered(lambda order, methods=methods: order.shopify_method_id in methods)
            mine.write({"carrier_id": carrier.id})
            # As Odoo's own `set_delivery_line` does, but without its line: Shopify has charged the shipping.
            mine.picking_ids.filtered(
                lambda picking: picking.state not in ("done", "cancel") and not picking.carrier_id
            ).write({"carrier_id": carrier.id})

    @api.model
    def _resolve(self, store, keys):
        """The record of each shipping method met, made where it is new.

        A new one takes the delivery method of the same name, if there is exactly one.

        :param keys: {(title, code, source): name of an order that used it}
        :return: {(title, code, source): shopify.shipping.method}
        """
        if not keys:
            return {}
        known = {
            (method.title, method.code or "", method.source or ""): method
            for method in self.search([("store_id", "=", store.id), ("title", "in", [key[0] for key in keys])])
        }
        missing = [key for key in keys if key not in known]
        if missing:
            by_name = self._carriers_by_name(store)
            with mute_logger("odoo.sql_db"):  # another runner may meet the same method right now: the batch is repeated
                created = self.create(
                    [
                        {
                            "store_id": store.id,
                            "title": title,
                            "code": code,
                            "source": source,
                            "first_order_name": keys[title, code, source],
                            "carrier_id": by_name.get(title.casefold()),
                        }
                        for title, code, source in missing
                    ]
                )
            known.update(zip(missing, created, strict=True))
        return known

    def _carriers_by_name(self, store):
        """{name in lower case: id of the only carrier of this name}"""
        carriers = self.env["delivery.carrier"].search([("company_id", "in", (False, store.company_id.id))])
        by_name = carriers.grouped(lambda carrier: carrier.name.casefold())
        return {name: found.id for name, found in by_name.items() if len(found) == 1}

    def action_open_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.sale_order_action")
        action["domain"] = [("shopify_method_id", "in", self.ids)]
        action["context"] = {}
        return action
