"""A place where Shopify keeps stock, and the Odoo locations that feed it."""

from odoo import api, fields, models, tools

# What decides which quantity is offered: a change of any of it is a reason to compute anew.
OFFER = {"location_ids", "quantity_basis", "forecast_days", "activate_levels", "is_active", "is_fulfillment_service"}
OFFER |= {"safety_pieces", "safety_percent", "share_percent", "cap", "multiple"}


class ShopifyLocation(models.Model):
    _name = "shopify.location"
    _inherit = "shopify.stock.policy"
    _description = "Shopify Location"
    _check_company_auto = True
    _order = "store_id, name, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    name = fields.Char(required=True, readonly=True)
    shopify_id = fields.Char(string="Shopify ID", required=True, readonly=True)
    country_code = fields.Char(string="Country", readonly=True, help="Sales at a till here are taxed by this country.")
    province_code = fields.Char(string="State", readonly=True)
    is_active = fields.Boolean(string="Active in Shopify", default=True, readonly=True)
    is_fulfillment_service = fields.Boolean(
        string="Fulfillment Service", readonly=True, help="A service manages the stock here; Odoo does not touch it."
    )
    location_ids = fields.Many2many(
        "stock.location",
        "shopify_location_stock_location_rel",
        "shopify_location_id",
        "location_id",
        string="Fed By",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Stock of these locations and everything below them is offered at this Shopify location.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_warehouse_id",
        help="Ships the orders that Shopify assigns to this location.",
    )

    opening_stock_at = fields.Datetime(
        string="Opening Stock Taken", readonly=True, copy=False, help="When Shopify's quantities became Odoo's."
    )

    quantity_basis = fields.Selection(
        [
            ("free", "On hand, less what is reserved"),
            ("forecast_days", "Forecast within some days"),
            ("forecast", "Forecast"),
        ],
        string="Offered",
        required=True,
        default="free",
        help="On hand, less what is reserved for anything but this store's own orders: what can be shipped today.\n"
        "Forecast: also what is expected there (purchases, manufacturing, transfers), less all that is to go out. "
        "Within some days: only what is expected until then; what is promised is subtracted whatever its date.",
    )
    forecast_days = fields.Integer(string="Within Days", default=7, help="Goods expected later than this do not count.")
    activate_levels = fields.Boolean(
        string="Stock Everything Here",
        help="An article that Shopify does not stock at this location is stocked there when its quantity is sent. "
        "Off: its quantity is kept in Shopify, and not offered until somebody stocks it there.",
    )

    _forecast_days_positive = models.Constraint("CHECK (forecast_days >= 0)", "Days of the forecast are 0 or more.")
    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, shopify_id)", "This Shopify location is already in the list of this store."
    )

    @api.depends("location_ids.warehouse_id")
    def _compute_warehouse_id(self):
        for location in self:
            location.warehouse_id = location.location_ids.warehouse_id[:1]

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if not OFFER.isdisjoint(vals):
            self.env.registry.clear_cache()
            self.store_id._mark_all_stock()
        return result

    @api.model
    @tools.ormcache()
    def _watches_moves(self):
        """Whether some offer depends on moves that touch no quant: a forecast, a policy on what can be bought, or two stores on one
        shelf. Where none does, a move costs nothing.
        """
        # sudo: whoever makes the move need not see Shopify's locations.
        places = self.sudo().search([("location_ids", "!=", False), ("store_id.push_stock", "=", True)])
        rules = self.env["shopify.stock.rule"].sudo().search([("store_id", "in", places.store_id.ids)])
        return (
            len(places.store_id) > 1
            or any(place.quantity_basis != "free" or place._policy().looks_at_committed for place in places)
            or any(rule._policy(sells=rule.action == "offer").looks_at_committed for rule in rules)
        )

    @api.model
    def _cron_passing_dates(self):
        """Time itself changes what is offered: a purchase comes within the days of a forecast, a lot reaches its removal date."""
        now = fields.Datetime.now()
        since = self.env.context.get("lastcall") or fields.Datetime.subtract(now, days=1)
        products = self.env["product.product"]
        for days, places in self.search([("quantity_basis", "=", "forecast_days")]).grouped("forecast_days").items():
            coming = [
                ("date", ">", fields.Datetime.add(since, days=days)),
                ("date", "<=", fields.Datetime.add(now, days=days)),
                ("company_id", "in", places.company_id.ids),
                ("state", "not in", ("draft", "done", "cancel")),
            ]
            products |= self.env["stock.move"].search(coming).product_id
        if "removal_date" in self.env["stock.quant"]._fields:
            products |= (
                self.env["stock.quant"]
                .search(
                    [("removal_date", ">", since), ("removal_date", "<=", now), ("location_id.usage", "=", "internal")]
                )
                .product_id
            )
        self.env["shopify.job"]._mark_stock(product_ids=products.ids)

    def action_open_rules(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_stock_rule_action")
        action["domain"] = [("store_id", "=", self.store_id.id), ("location_id", "in", [False, self.id])]
        action["context"] = {"default_store_id": self.store_id.id}
        return action

    def _mappable(self):
        """Where Odoo may be the truth of the stock."""
        return self.filtered(lambda place: place.is_active and not place.is_fulfillment_service)

    def _pushable(self):
        """Where Odoo's quantities go: mapped, active, and not run by a fulfillment service."""
        return self._mappable().filtered("location_ids")
