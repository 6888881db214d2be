"""A member of a store's staff, and the salesperson they are here. The list fills itself with who sold something."""

from odoo import api, fields, models
from odoo.tools import mute_logger


class ShopifyStaff(models.Model):
    _name = "shopify.staff"
    _description = "Shopify Staff Member"
    _check_company_auto = True
    _order = "store_id, shopify_id"
    _rec_name = "shopify_id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    shopify_id = fields.Char(
        string="Staff ID",
        required=True,
        readonly=True,
        help="As in the address of the person's page in Shopify's settings.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        help="Becomes the salesperson of the orders this member of staff takes.",
    )
    first_order_name = fields.Char(string="First Met In", readonly=True)

    _staff_uniq = models.Constraint("UNIQUE(store_id, shopify_id)", "This member of staff is already in the list.")

    @api.model
    def _resolve(self, store, order_names):
        """{staff id: salesperson or none}; who is new is added to the list.

        :param order_names: {staff id: name of an order they took}
        """
        known = {
            one.shopify_id: one.user_id
            for one in self.search([("store_id", "=", store.id), ("shopify_id", "in", list(order_names))])
        }
        with mute_logger("odoo.sql_db"):  # another runner may meet the same person right now: the batch is repeated
            self.create(
                [
                    {"store_id": store.id, "shopify_id": number, "first_order_name": name}
                    for number, name in order_names.items()
                    if number not in known
                ]
            )
        return known
