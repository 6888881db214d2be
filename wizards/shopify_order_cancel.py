import json

from odoo import api, fields, models
from odoo.exceptions import UserError


class ShopifyOrderCancel(models.TransientModel):
    _name = "shopify.order.cancel"
    _description = "Cancel an Order in Shopify"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    order_name = fields.Char(related="order_id.shopify_order_name")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_total = fields.Monetary(related="order_id.shopify_total", string="Total in Shopify")
    financial_status = fields.Char(related="order_id.shopify_financial_words")
    fulfillment_status = fields.Char(related="order_id.shopify_fulfillment_words")
    warning = fields.Text(compute="_compute_warning")
    reason = fields.Selection(
        [
            ("CUSTOMER", "The customer changed their mind"),
            ("DECLINED", "The payment was declined"),
            ("FRAUD", "Fraud"),
            ("INVENTORY", "Articles are not available"),
            ("STAFF", "A mistake of ours"),
            ("OTHER", "Another reason"),
        ],
        default="CUSTOMER",
        required=True,
    )
    restock = fields.Boolean(
        string="Restock in Shopify", default=True, help="Shopify offers the pieces that were not shipped again."
    )
    refund = fields.Selection(
        [
            ("original", "Now, to the original payment methods"),
            ("later", "Later, by hand"),
        ],
        default="original",
        required=True,
        help="An authorization that was not captured is released in any case.",
    )
    notify_customer = fields.Boolean(string="Shopify E-mails the Customer", default=True)
    staff_note = fields.Char(string="Note for Shopify's Timeline", size=255, help="Up to 255 characters.")

    @api.depends("order_id")
    def _compute_warning(self):
        for wizard in self:
            order, words = wizard.order_id, []
            done = order.picking_ids.filtered(lambda one: one.state == "done" and one.picking_type_code == "outgoing")
            if done:
                words.append(
                    self.env._(
                        "%(pickings)s has left already: Shopify refuses to cancel what is fulfilled, and the goods stay with the "
                        "customer.",
                        pickings=", ".join(done.mapped("name")),
                    )
                )
            invoices = order.invoice_ids.filtered(lambda move: move.state == "posted")
            if invoices:
                words.append(
                    self.env._(
                        "%(invoices)s is posted: make a credit note afterwards.",
                        invoices=", ".join(invoices.mapped("name")),
                    )
                )
            wizard.warning = "\n".join(words)

    def action_cancel_in_shopify(self):
        self.ensure_one()
        self.check_access("write")
        order = self.order_id
        order.check_access("write")
        self._check_possible(order)
        # sudo after the checks: what comes from Shopify, and the queue, are written by the engine alone.
        order.sudo().write({"shopify_cancel_state": "requested", "shopify_cancel_message": False})
        order.message_post(
            body=self.env._(
                "%(user)s asked Shopify to cancel the order: %(reason)s.",
                user=self.env.user.name,
                reason=dict(self._fields["reason"]._description_selection(self.env))[self.reason],
            )
        )
        self.env["shopify.job"].sudo()._enqueue(
            "cancellations_out",
            [
                {
                    "store_id": order.shopify_store_id.id,
                    "key": f"order:{order.shopify_order_id}",
                    "payload": json.dumps(self._prepare_request()),
                    "res_model": "sale.order",
                    "res_id": order.id,
                }
            ],
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_possible(self, order):
        if order.shopify_cancelled_at or order.shopify_deleted_at:
            raise UserError(
                self.env._("%(order)s is cancelled or deleted in Shopify already.", order=order.shopify_order_name)
            )
        # sudo: whether a request is under way stands in the queue, which not everybody may read.
        waiting = (
            self.env["shopify.job"]
            .sudo()
            .search_count(
                [
                    ("store_id", "=", order.shopify_store_id.id),
                    ("flow", "=", "cancellations_out"),
                    ("key", "=", f"order:{order.shopify_order_id}"),
                    ("state", "=", "pending"),
                ],
                limit=1,
            )
        )
        if waiting:
            raise UserError(
                self.env._(
                    "Shopify was asked to cancel %(order)s already; wait for what comes of it.",
                    order=order.shopify_order_name,
                )
            )

    def _prepare_request(self):
        """Variables of orderCancel, but for the order."""
        return {
            "reason": self.reason,
            "restock": self.restock,
            "refund": self.refund == "original",
            "notifyCustomer": self.notify_customer,
            "staffNote": self.staff_note or None,
        }
