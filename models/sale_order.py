from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _name = "sale.order"
    # The words before Odoo's own, whose names of an order they extend.
    _inherit = ["shopify.order.words", "sale.order", "shopify.order.review", "shopify.owned"]

    shopify_store_id = fields.Many2one(
        "shopify.store", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    shopify_order_id = fields.Char(string="Shopify Order ID", readonly=True, copy=False)
    shopify_draft_id = fields.Char(string="Shopify Draft ID", readonly=True, copy=False, prefetch="shopify")
    shopify_order_name = fields.Char(
        string="Shopify Order", readonly=True, copy=False, index="btree_not_null", prefetch="shopify"
    )
    shopify_channel = fields.Char(
        string="Sales Channel (Shopify's Word)",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="web, pos, or another app's name.",
        prefetch="shopify",
    )
    shopify_tags = fields.Char(readonly=True, copy=False, prefetch="shopify")
    shopify_locale = fields.Char(
        string="Customer's Language (Shopify's Word)", readonly=True, copy=False, prefetch="shopify"
    )
    shopify_payment_terms = fields.Char(
        string="Payment Terms in Shopify", readonly=True, copy=False, prefetch="shopify"
    )
    shopify_attributes = fields.Text(
        string="Said with the Order",
        readonly=True,
        copy=False,
        help="The order's additional details in Shopify.",
        prefetch="shopify",
    )
    shopify_financial_status = fields.Char(
        string="Payment (Shopify's Word)", readonly=True, copy=False, prefetch="shopify"
    )
    shopify_fulfillment_status = fields.Char(
        string="Fulfillment (Shopify's Word)", readonly=True, copy=False, prefetch="shopify"
    )
    shopify_created_at = fields.Datetime(
        string="Placed in Shopify", readonly=True, copy=False, index="btree_not_null", prefetch="shopify"
    )
    shopify_updated_at = fields.Datetime(string="Changed in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_triggered_at = fields.Datetime(readonly=True, copy=False, prefetch="shopify")
    shopify_cancelled_at = fields.Datetime(string="Cancelled in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_money = fields.Selection(
        [("shop", "The shop's currency"), ("presentment", "The customer's currency")],
        string="Shopify Amounts In",
        readonly=True,
        copy=False,
        prefetch="shopify",
    )
    shopify_location_id = fields.Many2one(
        "shopify.location", readonly=True, copy=False, help="Where Shopify committed the pieces.", prefetch="shopify"
    )
    shopify_fulfillments_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When Odoo last made a fulfillment: older messages do not know of it.",
        prefetch="shopify",
    )
    shopify_is_history = fields.Boolean(
        string="From Before Going Live",
        readonly=True,
        copy=False,
        help="It was over in Shopify before Odoo took part: kept for reference, nothing is delivered for it.",
        prefetch="shopify",
    )
    shopify_total = fields.Monetary(string="Total in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_total_tax = fields.Monetary(string="Taxes in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_hold_cause = fields.Selection(
        [
            ("tax_unknown", "Unknown tax"),
            ("total_differs", "Total differs"),
            ("currency_unknown", "Currency without rate"),
            ("risk_high", "High fraud risk"),
            ("product_unknown", "Unknown article"),
        ],
        string="Held Because",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    shopify_hold_reason = fields.Text(readonly=True, copy=False, prefetch="shopify")
    shopify_rule_id = fields.Many2one(
        "shopify.workflow.rule",
        string="Workflow Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Decided what became of the order.",
        prefetch="shopify",
    )
    shopify_waits_because = fields.Text(
        string="Quotation Because",
        readonly=True,
        copy=False,
        help="Why nothing confirmed the order by itself.",
        prefetch="shopify",
    )
    shopify_method_id = fields.Many2one(
        "shopify.shipping.method",
        string="Shipping in Shopify",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        prefetch="shopify",
    )
    shopify_risk = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        string="Fraud Risk",
        readonly=True,
        copy=False,
        prefetch="shopify",
    )
    shopify_risk_released = fields.Boolean(
        readonly=True, copy=False, help="Somebody has looked at the risk and released the order.", prefetch="shopify"
    )
    shopify_test = fields.Boolean(
        string="Test Order",
        readonly=True,
        copy=False,
        help="Placed while the payment gateway was in test mode.",
        prefetch="shopify",
    )
    shopify_has_placeholder = fields.Boolean(
        string="Has an Unknown Article", compute="_compute_shopify_has_placeholder", store=True, prefetch="shopify"
    )

    shopify_deleted_at = fields.Datetime(string="Deleted in Shopify", readonly=True, copy=False, prefetch="shopify")
    _shopify_to_look_at_idx = models.Index("(shopify_store_id) WHERE shopify_to_look_at")

    _shopify_draft_uniq = models.UniqueIndex(
        "(shopify_store_id, shopify_draft_id) WHERE shopify_draft_id IS NOT NULL",
        "This Shopify draft order was imported already.",
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

    def write(self, vals):
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
        drafts = self.filtered(lambda order: order.shopify_draft_id and not order.shopify_order_id)
        if drafts:
            raise UserError(
                self.env._(
                    "%(order)s is a draft in Shopify, which has no order yet. Complete it there: the order then continues this "
                    "quotation by itself.",
                    order=drafts[0].shopify_order_name,
                )
            )
        ours = self.filtered("shopify_order_id")
        if ours and ours != self:
            (self - ours).action_confirm()
            return ours.action_confirm()
        result = super().action_confirm()
        if not self.env.su:
            # A person took what the engine had held or left as a quotation: what was sold at a till has left the shop already.
            ours.sudo().filtered(lambda order: order._shopify_is_handed_over())._shopify_read_again()
        return result

    def _shopify_fulfilled_known_until(self):
        """What was fulfilled until then, by whomever, is on the lines; None: nobody knows, for a body that is older than our last
        fulfillment is passed over.
        """
        ours, followed = self.shopify_fulfillments_at, self.shopify_updated_at
        return None if not followed or (ours and followed <= ours) else followed

    def _shopify_is_handed_over(self):
        return (
            self.shopify_channel == "pos"
            and self.shopify_fulfillment_status == "fulfilled"
            and not self.shopify_cancelled_at
        )

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
        risky = self.filtered(lambda order: order.shopify_hold_cause == "risk_high")
        # sudo after the checks: what comes from Shopify, and the queue, are written by the engine alone.
        risky.sudo().write({"shopify_risk_released": True})
        self.sudo().write(
            {"shopify_hold_cause": False, "shopify_hold_reason": False, "shopify_difference_accepted": True}
        )
        self.env["shopify.job"].sudo().search(
            [("res_model", "=", "sale.order"), ("res_id", "in", self.ids), ("state", "=", "attention")]
        ).action_skip()
        # Nothing else spoke against these, so they go on as their rule says (which a salesperson need not be able to read).
        going_on = risky.filtered(lambda order: order.state in ("draft", "sent"))
        going_on.filtered(lambda order: order.sudo().shopify_rule_id.action == "confirm").action_confirm()

    def _check_shopify_release(self):
        if not self.env.user.has_group("shopify_sync.group_accountant"):
            raise UserError(
                self.env._("Only a Shopify accountant may release an order whose amounts differ or whose risk is high.")
            )
        unrated = self.filtered(lambda order: order.shopify_hold_cause == "currency_unknown")[:1]
        if unrated:
            raise UserError(
                self.env._(
                    "%(order)s cannot be released: Odoo would book its amounts one to one in another currency. Enter a rate for "
                    "the currency, and press “Check again”.",
                    order=unrated.shopify_order_name,
                )
            )

    def _prepare_invoice(self):
        # Every invoice of an order begins here, one for a down payment too.
        held = self.filtered("shopify_hold_cause")
        if held:
            raise UserError(
                self.env._(
                    "%(order)s is held and cannot be invoiced yet.\n\n%(reason)s",
                    order=held[0].shopify_order_name,
                    reason=held[0].shopify_hold_reason,
                )
            )
        return super()._prepare_invoice()

    def action_shopify_create_products(self):
        """Make products of the articles that are unknown in these orders."""
        self.check_access("read")
        placeholder = self.env.ref("shopify_sync.product_placeholder")
        lines = self.order_line.filtered(lambda line: line.product_id == placeholder and line.shopify_variant_id)
        variants = self.env["shopify.variant"].search(
            [
                ("store_id", "in", self.shopify_store_id.ids),
                ("shopify_id", "in", lines.mapped("shopify_variant_id")),
                ("product_id", "=", False),
            ]
        )
        if not variants:
            raise UserError(
                self.env._("No line of the order names an article of Shopify that is still without a product.")
            )
        return variants.action_create_product()

    def action_open_in_shopify(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "new",
            "url": f"https://{self.shopify_store_id.shop_domain}/admin/orders/{self.shopify_order_id}",
        }
