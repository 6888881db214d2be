from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    shopify_store_id = fields.Many2one(
        "shopify.store", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    shopify_order_id = fields.Char(string="Shopify Order ID", readonly=True, copy=False)
    shopify_order_name = fields.Char(string="Shopify Order", readonly=True, copy=False, index="btree_not_null")
    shopify_channel = fields.Char(
        string="Sales Channel",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="web, pos, or another app's name.",
    )
    shopify_tags = fields.Char(readonly=True, copy=False)
    shopify_locale = fields.Char(string="Customer's Language", readonly=True, copy=False)
    shopify_payment_terms = fields.Char(string="Payment Terms in Shopify", readonly=True, copy=False)
    shopify_attributes = fields.Text(
        string="Said with the Order", readonly=True, copy=False, help="The order's additional details in Shopify."
    )
    shopify_financial_status = fields.Char(string="Payment in Shopify", readonly=True, copy=False)
    shopify_fulfillment_status = fields.Char(string="Fulfillment in Shopify", readonly=True, copy=False)
    shopify_created_at = fields.Datetime(string="Placed in Shopify", readonly=True, copy=False, index="btree_not_null")
    shopify_updated_at = fields.Datetime(string="Changed in Shopify", readonly=True, copy=False)
    shopify_triggered_at = fields.Datetime(readonly=True, copy=False)
    shopify_cancelled_at = fields.Datetime(string="Cancelled in Shopify", readonly=True, copy=False)
    shopify_money = fields.Selection(
        [("shop", "The shop's currency"), ("presentment", "The currency the customer paid in")],
        string="Shopify Amounts In",
        readonly=True,
        copy=False,
    )
    shopify_location_id = fields.Many2one(
        "shopify.location", readonly=True, copy=False, help="Where Shopify committed the pieces."
    )
    shopify_fulfillments_at = fields.Datetime(
        readonly=True, copy=False, help="When Odoo last made a fulfillment: older messages do not know of it."
    )
    shopify_is_history = fields.Boolean(
        string="From Before Going Live",
        readonly=True,
        copy=False,
        help="It was over in Shopify before Odoo took part: kept for reference, nothing is delivered for it.",
    )
    shopify_total = fields.Monetary(string="Total in Shopify", readonly=True, copy=False)
    shopify_total_tax = fields.Monetary(string="Taxes in Shopify", readonly=True, copy=False)
    shopify_hold_cause = fields.Selection(
        [
            ("tax_unknown", "Unknown tax"),
            ("total_differs", "Total differs"),
            ("currency_unknown", "Currency without rate"),
        ],
        string="Held Because",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    shopify_hold_reason = fields.Text(readonly=True, copy=False)
    shopify_has_placeholder = fields.Boolean(
        string="Has an Unknown Article", compute="_compute_shopify_has_placeholder", store=True
    )

    _shopify_order_uniq = models.UniqueIndex(
        "(shopify_store_id, shopify_order_id) WHERE shopify_order_id IS NOT NULL",
        "This Shopify order was imported already.",
    )

    @api.depends("order_line.product_id", "order_line.shopify_line_id")
    def _compute_shopify_has_placeholder(self):
        placeholder = self.env.ref("shopify_sync.product_placeholder", raise_if_not_found=False)
        for order in self:
            order.shopify_has_placeholder = bool(
                placeholder and order.shopify_store_id and placeholder in order.order_line.product_id
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_shopify_owns(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_shopify_owns(vals)
        # Where Shopify commits an order, and whether it counts it as gone, is part of what is offered; no quant hears of it.
        moved = self.browse()
        for name in ("shopify_location_id", "shopify_fulfillment_status"):
            if name in vals:
                moved |= self.filtered(
                    lambda order, name=name: order._fields[name].convert_to_write(order[name], order) != vals[name]
                )
        result = super().write(vals)
        if moved:
            products = moved.order_line.product_id | moved.order_line.move_ids.product_id
            self.env["shopify.job"]._mark_stock(product_ids=products.ids)
        return result

    def _check_shopify_owns(self, vals):
        """A field that is read-only on screens alone could be written over RPC: a hold lifted, or another store's order claimed."""
        owned = [name for name in vals if name.startswith("shopify_")]
        if owned and not self.env.su:
            raise AccessError(self.env._("%(fields)s: only Shopify says that.", fields=", ".join(owned)))

    def action_confirm(self):
        held = self.filtered("shopify_hold_cause")
        if held:
            raise UserError(
                self.env._(
                    "%(order)s is held and cannot be confirmed yet.\n\n%(reason)s",
                    order=held[0].shopify_order_name,
                    reason=held[0].shopify_hold_reason,
                )
            )
        ours = self.filtered("shopify_order_id")
        if ours and ours != self:
            (self - ours).action_confirm()
            return ours.action_confirm()
        return super().action_confirm()

    def _prepare_confirmation_values(self):
        values = super()._prepare_confirmation_values()
        if self and all(order.shopify_order_id for order in self):
            # Confirming would move the order to today and with it its exchange rate; it was placed when Shopify says.
            values.pop("date_order", None)
        return values

    def action_shopify_release(self):
        """A person has looked at the difference and takes the order as it is."""
        self._check_shopify_release()
        for order in self.filtered("shopify_hold_cause"):
            order.message_post(
                body=self.env._(
                    "Released by %(user)s although it was held: %(reason)s",
                    user=self.env.user.name,
                    reason=order.shopify_hold_reason,
                )
            )
        self.check_access("write")
        # sudo after the checks: what comes from Shopify, and the queue, are written by the engine alone.
        self.sudo().write({"shopify_hold_cause": False, "shopify_hold_reason": False})
        self.env["shopify.job"].sudo().search(
            [("res_model", "=", "sale.order"), ("res_id", "in", self.ids), ("state", "=", "attention")]
        ).action_skip()

    def _check_shopify_release(self):
        if not self.env.user.has_group("shopify_sync.group_accountant"):
            raise UserError(self.env._("Only a Shopify accountant may release an order whose amounts differ."))

    def action_shopify_recheck(self):
        """Read the order again from the message it came in, with today's mappings."""
        self.check_access("write")
        # sudo after the check: a salesperson without access to the queue may let their order be looked at again.
        jobs = self.env["shopify.job"].sudo()
        jobs.search(
            [("res_model", "=", "sale.order"), ("res_id", "in", self.ids), ("state", "=", "attention")]
        )._set_pending()
        return self.shopify_store_id._notification(
            self.env._("Being checked again"),
            self.env._("Shopify's order is compared with today's mappings; reload in a moment."),
            kind="info",
        )

    def action_open_in_shopify(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "new",
            "url": f"https://{self.shopify_store_id.shop_domain}/admin/orders/{self.shopify_order_id}",
        }
