from odoo import api, fields, models

from .shopify_customer import PUSHED


class ResPartner(models.Model):
    _inherit = "res.partner"

    shopify_customer_ids = fields.One2many(
        "shopify.customer", "partner_id", string="Shopify Customers", groups="shopify_sync.group_user"
    )
    shopify_company_ids = fields.One2many(
        "shopify.company", "partner_id", string="Shopify Companies", groups="shopify_sync.group_user"
    )
    shopify_customer_names = fields.Char(
        string="Shopify", compute="_compute_shopify_customer_names", groups="shopify_sync.group_user"
    )
    shopify_differs = fields.Boolean(
        string="Differs in Shopify",
        compute="_compute_shopify_differs",
        search="_search_shopify_differs",
        groups="shopify_sync.group_user",
    )

    # Odoo has no index on them, and every batch of orders looks customers up by e-mail and phone (ODOO19 §12).
    _shopify_email_normalized_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    # The end of the number as `commerce.phone.tail` gives it: `phone_sanitized` is the typed text without an optional library.
    _shopify_phone_tail_idx = models.Index("(right(regexp_replace(phone, '\\D', '', 'g'), 8)) WHERE phone IS NOT NULL")

    @api.depends("shopify_customer_ids.store_id.name")
    def _compute_shopify_customer_names(self):
        for partner in self:
            partner.shopify_customer_names = ", ".join(
                f"{link.store_id.name} ({link.shopify_id})" for link in partner.shopify_customer_ids
            )

    @api.depends("shopify_customer_ids.differs")
    def _compute_shopify_differs(self):
        for partner in self:
            partner.shopify_differs = any(partner.shopify_customer_ids.mapped("differs"))

    def _search_shopify_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = [("shopify_customer_ids", "any", [("differs", "=", True)])]
        return domain if True in value else ["!", *domain]

    # -- what changed -----------------------------------------------------------------------------
    def write(self, vals):
        result = super().write(vals)
        if groups := {PUSHED[name] for name in vals if name in PUSHED}:
            self.env["shopify.customer"]._mark_changed(self, groups)
        return result

    # -- who bought -------------------------------------------------------------------------------
    @api.model
    def _shopify_resolve(self, store, orders):
        """The partners of each order, found or made, with a fixed number of searches for the whole batch.

        :param orders: commerce.order.Order of one store
        :return: {order id: (customer, invoice address, delivery address)}
        """
        return self.env["shopify.buyer"]._resolve(store, orders)

    # -- buttons ----------------------------------------------------------------------------------
    def action_open_shopify_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_customer_action")
        links = self.shopify_customer_ids
        action["domain"], action["context"] = [("partner_id", "=", self.id)], {}
        if len(links) == 1:
            action.update(res_id=links.id, view_mode="form", views=[(False, "form")])
        return action

    def action_create_in_shopify(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Create Customer in Shopify"),
            "res_model": "shopify.customer.send",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }
