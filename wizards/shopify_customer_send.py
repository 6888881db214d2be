import json

from odoo import api, fields, models
from odoo.exceptions import UserError


class ShopifyCustomerSend(models.TransientModel):
    """Makes a contact a customer in Shopify, and invites them to an account there."""

    _name = "shopify.customer.send"
    _description = "Create a Customer in Shopify"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True)
    partner_email = fields.Char(related="partner_id.email")
    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        domain="[('state', '!=', 'draft'), ('company_id', 'in', allowed_company_ids)]",
        default=lambda self: self.env["shopify.store"]._only(connected=True),
    )
    is_linked = fields.Boolean(compute="_compute_is_linked")
    invite = fields.Boolean(
        string="Invite to an Account",
        help="Shopify sends its invitation e-mail, with a link to set up a customer account.",
    )

    @api.depends("partner_id", "store_id")
    def _compute_is_linked(self):
        for one in self:
            links = one.partner_id.shopify_customer_ids.filtered(lambda link, one=one: link.store_id == one.store_id)
            one.is_linked = bool(links.filtered(lambda link: not link.gone_at))

    def action_send(self):
        """Queue it: nothing is called from here."""
        self.ensure_one()
        self.store_id.check_access("read")  # the job runs as the engine, which may do everything in every company
        partner = self.partner_id
        if not partner.email and not partner.phone:
            raise UserError(
                self.env._(
                    "%(name)s has neither an e-mail address nor a phone number, and Shopify knows customers by these. Enter one.",
                    name=partner.display_name,
                )
            )
        if (self.invite or self.is_linked) and not partner.email:
            raise UserError(
                self.env._(
                    "%(name)s has no e-mail address to send the invitation to. Enter one.", name=partner.display_name
                )
            )
        # Who is a customer already can only be invited.
        payload = {"create": True, "invite": self.invite or self.is_linked}
        self.env["shopify.job"]._enqueue(
            "customers_out",
            [
                {
                    "store_id": self.store_id.id,
                    "key": f"partner:{partner.id}",
                    "payload": json.dumps(payload),
                    "res_model": "res.partner",
                    "res_id": partner.id,
                }
            ],
        )
        return self.store_id._notification(
            self.env._("On its way"), self.env._("%(name)s is being sent to Shopify.", name=partner.display_name)
        )
