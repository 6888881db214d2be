"""What a store decided about its stock; and that somebody decides, before Odoo's quantities replace those of a shop that sells."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .shopify_opening_stock import OPEN


class ShopifyStoreStock(models.AbstractModel):
    _name = "shopify.store.stock"
    _description = "Stock of a Shopify Store"

    push_stock = fields.Boolean(
        string="Send Stock to Shopify",
        copy=False,
        help="Odoo's quantities replace Shopify's, seconds after a change.",
    )
    stock_decided = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody said whether Odoo's quantities go to Shopify. Until then none does (docs/decisions/0009).",
    )
    stock_undecided = fields.Boolean(
        compute="_compute_stock_undecided",
        help="The store is connected, and nobody said yet what happens with its stock.",
    )
    foreign_stock_change = fields.Selection(
        [
            ("correct", "Send Odoo's quantity again"),
            ("report", "Leave it, and only list it"),
            ("adopt", "Adjust Odoo's stock to it"),
        ],
        string="Changed in Shopify",
        default="correct",
        required=True,
        help="What happens when somebody changes a quantity in Shopify's admin. Left as it is, it stays until Odoo "
        "sends that article again, or a comparison corrects it. Each change is listed under Stock Changed in Shopify.",
    )

    @api.depends("stock_decided", "push_stock", "state")
    def _compute_stock_undecided(self):
        for store in self:
            store.stock_undecided = store._awaits_stock_decision() and store.state != "draft"

    def _awaits_stock_decision(self):
        return not self.push_stock and not self.stock_decided

    @api.model_create_multi
    def create(self, vals_list):
        # A form sends its switches as they are: one that is off was not thought about yet.
        return super().create(
            [{**vals, "stock_decided": True} if vals.get("push_stock") else vals for vals in vals_list]
        )

    def write(self, vals):
        if "push_stock" in vals:
            self.filtered(lambda store: store.push_stock != vals["push_stock"])._check_no_opening_stock()
            vals = {**vals, "stock_decided": True}
        return super().write(vals)

    # -- the decision -----------------------------------------------------------------------------
    def action_take_opening_stock(self):
        """The one that is under way, or a new one."""
        self.ensure_one()
        begun = self.env["shopify.opening.stock"].search(
            [("store_id", "=", self.id), ("state", "in", ("draft", *OPEN))], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Opening Stock"),
            "res_model": "shopify.opening.stock",
            "res_id": begun.id,
            "views": [(False, "form")],
            "context": {"default_store_id": self.id},
        }

    def action_send_stock(self):
        """From now on Odoo's quantities replace Shopify's."""
        self.check_access("write")
        self.push_stock = True

    def action_leave_stock(self):
        """Shopify's quantities are somebody else's business, for good or until the switch *Stock* is used."""
        self.check_access("write")
        self._check_no_opening_stock()
        self.push_stock = False

    def _check_no_opening_stock(self):
        """What is sent meanwhile would replace what is being taken over."""
        begun = self.env["shopify.opening.stock"].search([("store_id", "in", self.ids), ("state", "in", OPEN)], limit=1)
        if begun:
            raise UserError(self.env._("%(name)s is under way: apply or discard it first.", name=begun.display_name))
