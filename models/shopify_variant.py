"""A variant of one store, and the Odoo product it is."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Shopify's units of weight → Odoo's.
UNITS = {
    "KILOGRAMS": "uom.product_uom_kgm",
    "GRAMS": "uom.product_uom_gram",
    "POUNDS": "uom.product_uom_lb",
    "OUNCES": "uom.product_uom_oz",
}


class ShopifyVariant(models.Model):
    _name = "shopify.variant"
    _description = "Shopify Variant"
    _check_company_auto = True
    _rec_names_search = ["title", "sku", "shopify_id"]
    _order = "title, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    title = fields.Char(required=True, readonly=True)
    sku = fields.Char(string="SKU", readonly=True)
    barcode = fields.Char(readonly=True)
    shopify_id = fields.Char(string="Variant ID", required=True, readonly=True)
    product_shopify_id = fields.Char(string="Product ID", readonly=True, index=True)
    inventory_item_id = fields.Char(string="Inventory Item ID", readonly=True, index=True)
    tracked = fields.Boolean(
        string="Tracked in Shopify",
        default=True,
        readonly=True,
        help="Shopify counts the stock of this variant. Taken as counted until Shopify says otherwise.",
    )
    inventory_policy = fields.Selection(
        [("deny", "Stop selling"), ("continue", "Go on selling")], string="When Out of Stock", readonly=True
    )
    product_id = fields.Many2one(
        "product.product",
        string="Odoo Product",
        check_company=True,
        index=True,
        ondelete="restrict",
        help="Orders of this variant become lines of this product, and its stock is what Shopify offers.",
    )
    match_note = fields.Char(
        string="Why Not Linked", readonly=True, help="Why the match by SKU found no product, in words."
    )
    is_scarce = fields.Boolean(
        readonly=True,
        required=True,
        default=False,
        help="Few pieces of it can be bought, as of the last sending: its stock is sent before that of others.",
    )
    level_ids = fields.One2many("shopify.level", "variant_id", string="Levels")

    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, shopify_id)", "This Shopify variant is already in the list of this store."
    )

    @api.depends("title", "sku")
    def _compute_display_name(self):
        for variant in self:
            variant.display_name = f"[{variant.sku}] {variant.title}" if variant.sku else variant.title

    def write(self, vals):
        if vals.keys() - {"product_id"} and not (self.env.su or self.env.user.has_group("shopify_sync.group_manager")):
            raise AccessError(self.env._("Only the linked product may be changed: the rest is what Shopify says."))
        result = super().write(vals)
        if vals.get("product_id"):
            super().write({"match_note": False})
            self._shopify_reprocess()
        if {"product_id", "inventory_item_id", "tracked"} & vals.keys():
            self.env["shopify.job"]._mark_stock(variants=self)
        return result

    def _shopify_reprocess(self):
        """Orders that wait with a placeholder get the product. A row for the store, however many variants are being linked."""
        self.env["shopify.job"]._enqueue(
            "unknown_products", [{"store_id": store.id, "key": "unknown articles"} for store in self.store_id]
        )
        # First met in an order, so that its stock could not be sent: the rest is read now.
        self.filtered(lambda variant: not variant.inventory_item_id)._enqueue_creation()

    def _enqueue_creation(self):
        """Have the rest of these variants read, and products made of those that have none."""
        self.env["shopify.job"]._enqueue(
            "new_products_in",
            [
                {
                    "store_id": variant.store_id.id,
                    "key": f"variant:{variant.id}",
                    "res_model": "shopify.variant",
                    "res_id": variant.id,
                }
                for variant in self
            ],
        )

    def _shopify_is_ambiguous(self):
        """Whether several products carry its SKU, so that a person has to choose."""
        self.ensure_one()
        return bool(self.sku) and bool(
            self.env["product.product"].search_count(
                [("default_code", "=", self.sku), ("company_id", "in", [False, self.company_id.id])], limit=1
            )
        )

    def _shopify_prepare_product(self, node, taken):
        """Values of the product that this variant becomes.

        :param node: ProductVariant of nodes__variants.graphql; None when Shopify has no such variant any more
        :param taken: barcodes that products have: Odoo has each one once
        """
        self.ensure_one()
        title = (self.title or "").removesuffix(" - Default Title")
        values = {"name": title, "default_code": self.sku, "list_price": 0.0, "type": "consu"}
        if self.barcode and self.barcode not in taken:
            values["barcode"] = self.barcode
        if not node:
            return values  # only what its orders said is known
        item = node["inventoryItem"]
        values["list_price"] = self._shopify_list_price(float(node["price"]))
        if not item["requiresShipping"]:
            values["type"] = "service"
            return values
        values["is_storable"] = item["tracked"]
        weight = (item["measurement"] or {}).get("weight")
        if weight and weight["unit"] in UNITS:
            ours = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
            theirs = self.env.ref(UNITS[weight["unit"]])
            values["weight"] = theirs._compute_quantity(float(weight["value"]), ours, round=False)
        return values

    def _shopify_list_price(self, price):
        """Shopify's price in the money of the company, at today's rate."""
        own, theirs = self.company_id.currency_id, self.store_id.currency_id
        return theirs._convert(price, own, self.company_id) if theirs and theirs != own else price

    def action_create_product(self):
        """Make products of the selected variants from what Shopify says of them."""
        self.check_access("write")
        if not self.env.user.has_group("shopify_sync.group_manager") and not self.env["product.product"].has_access(
            "create"
        ):
            raise UserError(self.env._("You may not create products. Ask somebody who may, or link an existing one."))
        missing = self.filtered(lambda variant: not variant.product_id)
        missing._enqueue_creation()
        return self.store_id[:1]._notification(
            self.env._("%(count)s products are being created", count=len(missing)),
            self.env._("Shopify is asked for name, SKU, barcode, price and weight; reload in a moment."),
            kind="info",
        )

    def action_match(self):
        """Link the selected variants to the products that carry their SKU."""
        self.check_access("write")
        self._match_by_sku()

    @api.model
    def _resolve(self, store, shopify_ids):
        """Variants of the store by Shopify's id: {id: record}; an unknown id is missing from the result."""
        found = self.search([("store_id", "=", store.id), ("shopify_id", "in", list(set(shopify_ids)))])
        return {variant.shopify_id: variant for variant in found}

    @api.model
    def _upsert(self, store, nodes):
        """Write what Shopify says of its variants.

        :param nodes: list of {'shopify_id', 'title', 'sku', 'barcode', 'product_shopify_id', 'inventory_item_id', 'tracked'}
        :return: the records, in the order of the nodes
        """
        known = self._resolve(store, [node["shopify_id"] for node in nodes])
        for node in nodes:
            variant = known.get(node["shopify_id"])
            changed = variant and {
                name: value for name, value in node.items() if (variant[name] or False) != (value or False)
            }
            if changed:
                variant.write(changed)  # only what changed in Shopify since: seldom, and few
        created = self.create([{**node, "store_id": store.id} for node in nodes if node["shopify_id"] not in known])
        known.update({variant.shopify_id: variant for variant in created})
        return self.union(*(known[node["shopify_id"]] for node in nodes))

    def _match_by_sku(self):
        """Link each unlinked variant to the one product with its SKU; else say why there is none.

        An SKU that several products share is no match: picking one would sell the wrong goods.
        """
        for store, variants in self.filtered(lambda variant: not variant.product_id).grouped("store_id").items():
            skus = [variant.sku for variant in variants if variant.sku]
            products = self.env["product.product"].search(
                [("default_code", "in", skus), ("company_id", "in", [False, store.company_id.id])]
            )
            by_sku = products.grouped("default_code")
            linked = {}
            for variant in variants:
                matches = by_sku.get(variant.sku) if variant.sku else None
                if matches and len(matches) == 1:
                    linked.setdefault(matches.id, self.browse())
                    linked[matches.id] |= variant
                else:
                    # sudo: the note is ours to write, whoever asked for the match
                    variant.sudo().match_note = variant._why_no_match(matches)
            for product_id, group in linked.items():
                group.write({"product_id": product_id})

    def _why_no_match(self, matches):
        if not self.sku:
            return self.env._("It has no SKU in Shopify.")
        if not matches:
            return self.env._("No product has the internal reference %(sku)s.", sku=self.sku)
        return self.env._(
            "%(count)s products have the internal reference %(sku)s: choose one.", count=len(matches), sku=self.sku
        )
