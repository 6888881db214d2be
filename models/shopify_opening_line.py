"""One variant at one location of an opening stock: both quantities, and whether Shopify's can be taken over."""

from odoo import api, fields, models

# What could not be taken over although Odoo counts it: sent, Odoo's quantity would replace Shopify's.
REPLACED = ("lot", "shared", "negative", "elsewhere", "changed", "refused")


class ShopifyOpeningLine(models.Model):
    _name = "shopify.opening.line"
    _description = "Variant of an Opening Stock"
    _order = "opening_id desc, id"
    _rec_name = "variant_id"

    opening_id = fields.Many2one("shopify.opening.stock", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="opening_id.company_id", store=True, index=True)
    place_id = fields.Many2one("shopify.opening.place", required=True, index=True, ondelete="cascade", readonly=True)
    location_id = fields.Many2one(related="place_id.location_id", store=True)
    variant_id = fields.Many2one("shopify.variant", required=True, index=True, ondelete="cascade", readonly=True)
    product_id = fields.Many2one("product.product", index="btree_not_null", ondelete="cascade", readonly=True)
    odoo_quantity = fields.Float(string="In Odoo", digits="Product Unit", readonly=True)
    shopify_quantity = fields.Integer(string="In Shopify", readonly=True)
    difference = fields.Float(string="Adjustment", digits="Product Unit", readonly=True)
    state = fields.Selection(
        [("ready", "To adjust"), ("equal", "Equal"), ("applied", "Adjusted"), ("obstacle", "Not possible")],
        required=True,
        readonly=True,
        index=True,
    )
    obstacle = fields.Selection(
        [
            ("unlinked", "Not linked to a product"),
            ("uncounted", "Odoo does not count its stock"),
            ("kit", "A kit: made of its components"),
            ("lot", "Tracked by lots or serial numbers"),
            ("shared", "Several variants are this product"),
            ("untracked", "Shopify does not count its stock"),
            ("negative", "Less than nothing in Shopify"),
            ("elsewhere", "Other places hold more already"),
            ("changed", "Changed since it was read"),
            ("refused", "Odoo refused the adjustment"),
        ],
        string="Why Not",
        readonly=True,
    )
    refusal = fields.Char(readonly=True, help="Why Odoo refused the adjustment, in its own words.")
    advice = fields.Char(compute="_compute_advice")

    @api.depends("obstacle", "refusal")
    def _compute_advice(self):
        words = {
            "unlinked": self.env._("Link the variant to a product, and read again."),
            "uncounted": self.env._("Switch on “Track Inventory” of the product, and read again."),
            "kit": self.env._("How many there are follows from its components: take over or count those."),
            "lot": self.env._("Count it in Inventory: Shopify does not know which lots there are."),
            "shared": self.env._("Each variant has its own number in Shopify: count the product in Inventory."),
            "untracked": self.env._("Its number means nothing. Count the product in Inventory."),
            "negative": self.env._("Shopify sold more than it had. Count the product in Inventory."),
            "elsewhere": self.env._(
                "Packages, lots or other locations that feed it hold more. Count them in Inventory."
            ),
            "changed": self.env._("Goods moved between reading and applying. Read again for what is left."),
        }
        for line in self:
            line.advice = words.get(line.obstacle, False)
            if line.obstacle == "refused":
                line.advice = self.env._("Odoo said: “%(words)s” Count it in Inventory.", words=line.refusal)
