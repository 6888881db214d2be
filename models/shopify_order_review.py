"""How an order differs from Shopify's, who is to look at it, and what a person may decide about it. Part of sale.order."""

import json

from markupsafe import Markup

from odoo import api, fields, models


class ShopifyOrderReview(models.AbstractModel):
    _name = "shopify.order.review"
    _description = "Shopify Orders: What a Person Decides"

    shopify_seen = fields.Json(
        readonly=True,
        copy=False,
        help="Note and addresses as Shopify last told them, to notice when they change there.",
        prefetch="shopify",
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
        prefetch="shopify",
    )
    shopify_difference_reason = fields.Text(
        string="Why the Edit Was Not Applied",
        readonly=True,
        copy=False,
        help="In words, with what to do.",
        prefetch="shopify",
    )
    shopify_difference_accepted = fields.Boolean(
        string="Difference Set Aside",
        readonly=True,
        copy=False,
        help="Somebody has looked at how the order differs from Shopify's. The next change in Shopify brings it back.",
        prefetch="shopify",
    )
    shopify_difference_table = fields.Html(
        string="Lines That Differ", compute="_compute_shopify_difference_table", sanitize=False
    )
    shopify_apply_edit = fields.Boolean(
        readonly=True,
        copy=False,
        help="A person wants Shopify's edit, also of lines shipped or changed here.",
        prefetch="shopify",
    )
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
        prefetch="shopify",
    )
    shopify_cancel_message = fields.Char(
        string="Shopify's Answer to the Cancellation", readonly=True, copy=False, prefetch="shopify"
    )
    shopify_to_look_at = fields.Boolean(
        string="To Look At",
        compute="_compute_shopify_to_look_at",
        store=True,
        copy=False,
        help="Held, with an unknown article, different from Shopify's order, or with a refused cancellation.",
        prefetch="shopify",
    )
    shopify_look_reason = fields.Char(string="Why", compute="_compute_shopify_look_reason")

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
        number = Markup("<td class='text-end text-nowrap'>%s</td>")
        row = Markup("<tr><td>%s</td>") + number + number + Markup("<td>%s</td><td>%s</td></tr>")
        rows = Markup().join(
            row
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
        """Let each of these orders be read once more: from its newest message, or from Shopify where none is kept any more."""
        messages = self._shopify_newest_messages()
        self.env["shopify.job"].union(*messages.values()).filtered(lambda job: job.state != "pending")._set_pending()
        self.env["shopify.job"]._enqueue(
            "orders_in",
            [
                {
                    "store_id": order.shopify_store_id.id,
                    "key": f"order:{order.shopify_order_id}",
                    "topic": "again",
                    "payload": json.dumps({"fetch": order.shopify_order_id}),
                }
                for order in self
                if order not in messages
            ],
        )

    def _shopify_newest_messages(self):
        """{order: its newest message}, of those whose content the queue still has."""
        orders = {(order.shopify_store_id, f"order:{order.shopify_order_id}"): order for order in self}
        messages = (
            self.env["shopify.job"]
            .search(
                [
                    ("flow", "=", "orders_in"),
                    ("store_id", "in", self.shopify_store_id.ids),
                    ("key", "in", [key for _store, key in orders]),
                    ("state", "in", ("pending", "done", "attention", "skipped", "failed")),
                    ("payload", "!=", False),
                ]
            )
            .sorted(lambda job: (job.triggered_at or job.create_date, job.id))
        )  # what is fetched has no time of its own
        return {orders[job.store_id, job.key]: job for job in messages if (job.store_id, job.key) in orders}

    def action_shopify_apply_edit(self):
        """Shopify's edit, also of lines that are shipped, invoiced or changed here: read again from the last message."""
        self.check_access("write")
        # sudo after the check: what comes from Shopify, and the queue, are written by the engine alone.
        orders = self.sudo()
        orders.write({"shopify_apply_edit": True, "shopify_difference_accepted": False})
        orders._shopify_read_again()
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
