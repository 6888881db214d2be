from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _name = "sale.order"
    # Before Odoo's own, whose names of an order it extends.
    _inherit = ["shopify.order.words", "sale.order"]

    shopify_store_id = fields.Many2one(
        "shopify.store", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    shopify_order_id = fields.Char(string="Shopify Order ID", readonly=True, copy=False)
    shopify_draft_id = fields.Char(string="Shopify Draft ID", readonly=True, copy=False)
    shopify_order_name = fields.Char(string="Shopify Order", readonly=True, copy=False, index="btree_not_null")
    shopify_channel = fields.Char(
        string="Sales Channel (Shopify's Word)",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="web, pos, or another app's name.",
    )
    shopify_tags = fields.Char(readonly=True, copy=False)
    shopify_locale = fields.Char(string="Customer's Language (Shopify's Word)", readonly=True, copy=False)
    shopify_payment_terms = fields.Char(string="Payment Terms in Shopify", readonly=True, copy=False)
    shopify_attributes = fields.Text(
        string="Said with the Order", readonly=True, copy=False, help="The order's additional details in Shopify."
    )
    shopify_financial_status = fields.Char(string="Payment (Shopify's Word)", readonly=True, copy=False)
    shopify_fulfillment_status = fields.Char(string="Fulfillment (Shopify's Word)", readonly=True, copy=False)
    shopify_created_at = fields.Datetime(string="Placed in Shopify", readonly=True, copy=False, index="btree_not_null")
    shopify_updated_at = fields.Datetime(string="Changed in Shopify", readonly=True, copy=False)
    shopify_triggered_at = fields.Datetime(readonly=True, copy=False)
    shopify_cancelled_at = fields.Datetime(string="Cancelled in Shopify", readonly=True, copy=False)
    shopify_money = fields.Selection(
        [("shop", "The shop's currency"), ("presentment", "The customer's currency")],
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
            ("risk_high", "High fraud risk"),
            ("product_unknown", "Unknown article"),
        ],
        string="Held Because",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    shopify_hold_reason = fields.Text(readonly=True, copy=False)
    shopify_rule_id = fields.Many2one(
        "shopify.workflow.rule",
        string="Workflow Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Decided what became of the order.",
    )
    shopify_waits_because = fields.Text(
        string="Quotation Because", readonly=True, copy=False, help="Why nothing confirmed the order by itself."
    )
    shopify_method_id = fields.Many2one(
        "shopify.shipping.method",
        string="Shipping in Shopify",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    shopify_risk = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], string="Fraud Risk", readonly=True, copy=False
    )
    shopify_risk_released = fields.Boolean(
        readonly=True, copy=False, help="Somebody has looked at the risk and released the order."
    )
    shopify_test = fields.Boolean(
        string="Test Order", readonly=True, copy=False, help="Placed while the payment gateway was in test mode."
    )
    shopify_has_placeholder = fields.Boolean(
        string="Has an Unknown Article", compute="_compute_shopify_has_placeholder", store=True
    )

    shopify_seen = fields.Json(
        readonly=True,
        copy=False,
        help="Note and addresses as Shopify last told them, to notice when they change there.",
    )
    shopify_difference = fields.Selection(
        [
            ("shopify", "Edited in Shopify"),
            ("odoo", "Changed in Odoo"),
            ("cancelled_there", "Cancelled in Shopify only"),
            ("cancelled_here", "Cancelled in Odoo only"),
            ("deleted", "Deleted in Shopify"),
        ],
        string="Differs from Shopify",
        compute="_compute_shopify_difference",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    shopify_difference_reason = fields.Text(
        string="Why the Edit Was Not Applied", readonly=True, copy=False, help="In words, with what to do."
    )
    shopify_difference_accepted = fields.Boolean(
        string="Difference Set Aside",
        readonly=True,
        copy=False,
        help="Somebody has looked at how the order differs from Shopify's. The next change in Shopify brings it back.",
    )
    shopify_difference_table = fields.Html(
        string="Lines That Differ", compute="_compute_shopify_difference_table", sanitize=False
    )
    shopify_apply_edit = fields.Boolean(
        readonly=True, copy=False, help="A person wants Shopify's edit, also of lines shipped or changed here."
    )
    shopify_deleted_at = fields.Datetime(string="Deleted in Shopify", readonly=True, copy=False)
    shopify_cancel_state = fields.Selection(
        [
            ("requested", "Requested"),
            ("accepted", "Accepted by Shopify, not finished"),
            ("cancelled", "Cancelled"),
            ("refused", "Refused by Shopify"),
        ],
        string="Cancellation in Shopify",
        readonly=True,
        copy=False,
    )
    shopify_cancel_message = fields.Char(string="Shopify's Answer to the Cancellation", readonly=True, copy=False)
    shopify_to_look_at = fields.Boolean(
        string="To Look At",
        compute="_compute_shopify_to_look_at",
        store=True,
        copy=False,
        help="Held, with an unknown article, different from Shopify's order, or with a refused cancellation.",
    )
    shopify_look_reason = fields.Char(string="Why", compute="_compute_shopify_look_reason")
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

    @api.depends(
        "state",
        "shopify_order_id",
        "shopify_cancelled_at",
        "shopify_deleted_at",
        "shopify_hold_cause",
        "shopify_difference_reason",
        "order_line.display_type",
        "order_line.shopify_pending",
        "order_line.shopify_quantity",
        "order_line.shopify_gross",
        "order_line.product_uom_qty",
        "order_line.price_total",
    )
    def _compute_shopify_difference(self):
        for order in self:
            order.shopify_difference = order._shopify_how_it_differs() if order.shopify_order_id else False

    def _shopify_how_it_differs(self):
        # A cancelled order keeps its hold, and waits for nobody: set to quotation again it is held as before.
        if self.state == "cancel":
            return False if self.shopify_cancelled_at or self.shopify_deleted_at else "cancelled_here"
        if self.shopify_hold_cause:
            return False  # the hold says it, with its reason
        if self.shopify_deleted_at:
            return "deleted"
        if self.shopify_cancelled_at:
            return "cancelled_there"
        whose = {line._shopify_why_differs() for line in self.order_line}
        if "shopify" in whose or self.shopify_difference_reason:
            return "shopify"
        return "odoo" if "odoo" in whose else False

    @api.depends("order_line.shopify_difference", "order_line.name", "shopify_difference")
    def _compute_shopify_difference_table(self):
        for order in self:
            lines = order.order_line.filtered("shopify_difference")
            shown = lines and order.shopify_difference in ("shopify", "odoo")
            order.shopify_difference_table = order._shopify_difference_table(lines) if shown else False

    def _shopify_difference_table(self, lines):
        """What is here and what Shopify has, line by line. (A list in a form would add empty rows.)"""
        changed = dict(lines._fields["shopify_difference"]._description_selection(self.env))
        heads = (
            self.env._("Article"),
            self.env._("Here"),
            self.env._("In Shopify"),
            self.env._("Why"),
            self.env._("So far"),
        )
        amount = "%g: %s"
        rows = Markup().join(
            Markup("<tr><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td><td>%s</td><td>%s</td></tr>")
            % (
                line.name.splitlines()[0],
                amount % (line.product_uom_qty, line.currency_id.format(line.price_total)),
                amount % (line.shopify_quantity, line.currency_id.format(line.shopify_gross)),
                changed[line.shopify_difference],
                line.shopify_state_in_words,
            )
            for line in lines
        )
        head = Markup().join(
            Markup("<th class='%s'>%s</th>") % ("text-end" if place in (1, 2) else "", words)
            for place, words in enumerate(heads)
        )
        return Markup("<table class='table table-sm mb-0 mt-2'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            head,
            rows,
        )

    @api.depends(
        "state",
        "shopify_hold_cause",
        "shopify_hold_reason",
        "shopify_has_placeholder",
        "shopify_difference",
        "shopify_difference_accepted",
        "shopify_cancel_state",
        "shopify_cancel_message",
    )
    def _compute_shopify_look_reason(self):
        kinds = dict(self._fields["shopify_difference"]._description_selection(self.env))
        for order in self:
            parts = []
            if order.shopify_hold_cause and order.state != "cancel":
                parts.append(order.shopify_hold_reason or order.env._("Held"))
            if order.shopify_cancel_state == "refused":
                parts.append(
                    order.env._("Shopify did not cancel it: %(reason)s", reason=order.shopify_cancel_message or "")
                )
            if order.shopify_difference and not order.shopify_difference_accepted:
                parts.append(kinds[order.shopify_difference])
            if order.shopify_has_placeholder and order.state != "cancel":
                parts.append(order.env._("Unknown article"))
            order.shopify_look_reason = "; ".join(parts)

    @api.depends(
        "state",
        "shopify_hold_cause",
        "shopify_has_placeholder",
        "shopify_difference",
        "shopify_difference_accepted",
        "shopify_cancel_state",
    )
    def _compute_shopify_to_look_at(self):
        for order in self:
            order.shopify_to_look_at = bool(order.shopify_store_id) and (
                (order.state != "cancel" and bool(order.shopify_hold_cause or order.shopify_has_placeholder))
                or (bool(order.shopify_difference) and not order.shopify_difference_accepted)
                or order.shopify_cancel_state == "refused"
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

    def action_shopify_recheck(self):
        """Read the order again from the message it came in, with today's mappings."""
        self.check_access("write")
        # sudo after the check: a salesperson without access to the queue may let their order be looked at again.
        jobs = self.env["shopify.job"].sudo()
        jobs.search(
            [("res_model", "=", "sale.order"), ("res_id", "in", self.ids), ("state", "=", "attention")]
        )._set_pending()
        # What a rule left as a quotation, or was held before it was cancelled here, waits for nobody: its message is done, and
        # read once more.
        self.sudo().filtered(
            lambda order: order.shopify_waits_because or order.shopify_hold_cause
        )._shopify_read_again()
        return self.shopify_store_id._notification(
            self.env._("Being checked again"),
            self.env._("Shopify's order is compared with today's mappings; reload in a moment."),
            kind="info",
        )

    def _shopify_read_again(self):
        """Let the newest message about each of these orders be read once more; the queue keeps it for a month."""
        self.env["shopify.job"].union(*self._shopify_newest_messages(["done"]).values())._set_pending()

    def _shopify_newest_messages(self, states):
        """{order: its newest message in one of these states}, of those whose content the queue still has."""
        orders = {(order.shopify_store_id, f"order:{order.shopify_order_id}"): order for order in self}
        messages = self.env["shopify.job"].search(
            [
                ("flow", "=", "orders_in"),
                ("store_id", "in", self.shopify_store_id.ids),
                ("key", "in", [key for _store, key in orders]),
                ("state", "in", states),
                ("payload", "!=", False),
            ],
            order="triggered_at, id",  # what was fetched has no time of its own, and comes last
        )
        return {orders[job.store_id, job.key]: job for job in messages if (job.store_id, job.key) in orders}

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

    def action_shopify_apply_edit(self):
        """Shopify's edit, also of lines that are shipped, invoiced or changed here: read again from the last message."""
        self.check_access("write")
        # sudo after the check: what comes from Shopify, and the queue, are written by the engine alone.
        orders = self.sudo()
        messages = orders._shopify_newest_messages(["done", "attention", "skipped"])
        if lost := orders.filtered(lambda order: order not in messages):
            raise UserError(
                self.env._(
                    "What Shopify said of %(order)s is not kept any more. Save the order in Shopify once, so that it is told "
                    "again.",
                    order=lost[0].shopify_order_name,
                )
            )
        orders.write({"shopify_apply_edit": True, "shopify_difference_accepted": False})
        self.env["shopify.job"].sudo().union(*messages.values())._set_pending()
        return (
            self.shopify_store_id[:1]
            .sudo()
            ._notification(
                self.env._("Being applied"),
                self.env._("Shopify's order is taken over where Odoo allows it; reload in a moment."),
                kind="info",
            )
        )

    def action_shopify_set_aside(self):
        """A person has looked at the difference, or at a refused cancellation: the order stays as it is here."""
        self.check_access("write")
        for order in self.filtered("shopify_to_look_at"):
            order.message_post(
                body=self.env._(
                    "%(user)s has set aside the difference from Shopify’s order.",
                    user=self.env.user.name,
                )
            )
        # sudo after the check: what comes from Shopify is written by the engine alone.
        refused = self.sudo().filtered(lambda order: order.shopify_cancel_state == "refused")
        refused.write({"shopify_cancel_state": False, "shopify_cancel_message": False})
        self.sudo().write({"shopify_difference_accepted": True})
        self.env["shopify.job"].sudo().search(
            [
                ("res_model", "=", "sale.order"),
                ("res_id", "in", self.ids),
                ("state", "=", "attention"),
                ("cause", "in", ("cancelled_after_shipping", "cancel_refused")),
            ]
        ).action_skip()
        self.sudo().activity_feedback(["shopify_sync.mail_activity_type_difference"])

    def action_open_in_shopify(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "new",
            "url": f"https://{self.shopify_store_id.shop_domain}/admin/orders/{self.shopify_order_id}",
        }
