"""What a store keeps back of a product: the location's policy, or a rule that takes its place for some products."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ShopifyStockRule(models.Model):
    _name = "shopify.stock.rule"
    _inherit = "shopify.stock.policy"
    _description = "Shopify Stock Rule"
    _check_company_auto = True
    _order = "store_id, location_id, product_id, product_tmpl_id, category_id, id"

    store_id = fields.Many2one(
        "shopify.store",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["shopify.store"]._only(),
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    location_id = fields.Many2one(
        "shopify.location",
        string="Shopify Location",
        domain="[('store_id', '=', store_id)]",
        ondelete="cascade",
        help="Empty: at every location of the store.",
    )
    category_id = fields.Many2one(
        "product.category", ondelete="cascade", help="Its products, and those of the categories below it."
    )
    product_tmpl_id = fields.Many2one("product.template", string="Product", check_company=True, ondelete="cascade")
    product_id = fields.Many2one(
        "product.product", string="Product Variant", check_company=True, ondelete="cascade", help="One variant alone."
    )
    action = fields.Selection(
        [
            ("offer", "Offer by this policy"),
            ("nothing", "Offer nothing"),
            ("leave", "Leave Shopify's quantity alone"),
        ],
        required=True,
        default="offer",
        help="Offer nothing: Shopify shows it as sold out (pieces already sold stay covered).\n"
        "Leave alone: nothing is sent, because somebody else counts it, as a drop shipper does; "
        "what Shopify has stays as it is.",
    )

    _target_uniq = models.UniqueIndex(
        "(store_id, COALESCE(location_id, 0), COALESCE(category_id, 0), COALESCE(product_tmpl_id, 0), COALESCE(product_id, 0))",
        "There is a rule for exactly this already: change that one.",
    )
    _one_target = models.Constraint(
        "CHECK (num_nonnulls(category_id, product_tmpl_id, product_id) <= 1)",
        "A rule is for a category, a product or a variant: choose one of them.",
    )

    @api.depends("category_id", "product_tmpl_id", "product_id", "location_id")
    def _compute_display_name(self):
        for rule in self:
            what = rule.product_id or rule.product_tmpl_id or rule.category_id
            rule.display_name = what.display_name or self.env._("Everything")
            if rule.location_id:
                rule.display_name = f"{rule.display_name} ({rule.location_id.name})"

    @api.constrains("location_id", "store_id")
    def _check_location(self):
        for rule in self:
            if rule.location_id and rule.location_id.store_id != rule.store_id:
                raise ValidationError(
                    self.env._(
                        "%(location)s belongs to another store than %(store)s.",
                        location=rule.location_id.name,
                        store=rule.store_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._changed()
        return rules

    def write(self, vals):
        self._changed()
        result = super().write(vals)
        self._changed()
        return result

    def unlink(self):
        self._changed()
        return super().unlink()

    def _changed(self):
        self.env.registry.clear_cache()
        # sudo: whoever may change a rule need not see the queue.
        self.sudo().store_id._mark_all_stock()

    # -- which one applies ------------------------------------------------------------------------
    @api.model
    def _policies(self, store, variants, places):
        """{(variant, place): commerce.stock.Policy}; what is to be left alone is missing.

        The most specific rule counts, as a whole: one for the variant before one for the product, before one for the nearest
        category, before one for everything; of two alike, the one for this location. Without any, the location's own policy.
        """
        rules = {(rule.location_id.id, *rule._target()): rule for rule in self.search([("store_id", "=", store.id)])}
        default = {place: place._policy() for place in places}
        result = {}
        for variant in variants:
            targets = list(self._targets_of(variant.product_id)) if rules else []
            for place in places:
                keys = ((where, *target) for target in targets for where in (place.id, False))
                rule = next((rules[key] for key in keys if key in rules), None)
                if rule is None:
                    result[variant, place] = default[place]
                elif rule.action != "leave":
                    result[variant, place] = rule._policy(sells=rule.action == "offer")
        return result

    def _target(self):
        self.ensure_one()
        for name in ("product_id", "product_tmpl_id", "category_id"):
            if self[name]:
                return name, self[name].id
        return "all", 0

    def _targets_of(self, product):
        """What a rule for this product may be for, the most specific first."""
        yield "product_id", product.id
        yield "product_tmpl_id", product.product_tmpl_id.id
        for part in reversed([part for part in (product.categ_id.parent_path or "").split("/") if part]):
            yield "category_id", int(part)
        yield "all", 0
