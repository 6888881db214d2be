"""Kits: a component that moves changes what its kits offer, and so does a bill of materials that changes.

`mrp` is optional, so its models cannot be extended the usual way; where it is installed, they are hooked as `base_automation` hooks
the models of its rules.
"""

from odoo import models
from odoo.tools import SQL, ormcache

# What of a bill of materials decides how many kits there are.
BOM = {"active", "type", "product_tmpl_id", "product_id", "product_qty", "product_uom_id", "company_id", "sequence"}
BOM |= {"bom_line_ids"}
LINE = {"bom_id", "product_id", "product_qty", "product_uom_id", "bom_product_template_attribute_value_ids"}


class ShopifyStockKits(models.AbstractModel):
    _name = "shopify.stock.kits"
    _description = "Kits that Shopify sells"

    def _made_of(self, product_ids):
        """The kits that these components are in, at any depth: SQL of an array of products, part of the statement that marks.

        An array, so that PostgreSQL finds the variants by their index, however many a shop has. None where there are no kits.

        It may yield a kit too many (of another company, or a variant that leaves the line out): that one is computed and not sent.
        """
        if not product_ids or not self._are_there_any():
            return None
        return SQL(
            """ARRAY(WITH RECURSIVE kit (id) AS (
                   SELECT p.id
                   FROM mrp_bom_line l JOIN mrp_bom b ON b.id = l.bom_id AND b.type = 'phantom' AND b.active
                   JOIN product_product p ON p.id = b.product_id
                     OR (b.product_id IS NULL AND p.product_tmpl_id = b.product_tmpl_id)
                   WHERE l.product_id = ANY(%s)
                   UNION
                   SELECT p.id
                   FROM kit JOIN mrp_bom_line l ON l.product_id = kit.id
                   JOIN mrp_bom b ON b.id = l.bom_id AND b.type = 'phantom' AND b.active
                   JOIN product_product p ON p.id = b.product_id
                     OR (b.product_id IS NULL AND p.product_tmpl_id = b.product_tmpl_id)
               ) SELECT id FROM kit)""",
            list(product_ids),
        )

    @ormcache()
    def _are_there_any(self):
        """Planning the search for kits takes longer than the rest of the statement, for which everybody who moves goods waits."""
        return "mrp.bom" in self.env and self._are_there_others(self.env["mrp.bom"])

    def _are_there_others(self, boms):
        # sudo: whoever moves goods need not see bills of materials.
        kits = boms.sudo().with_context(active_test=False)
        return bool(kits.search_count([("type", "=", "phantom"), ("id", "not in", boms.ids)], limit=1))

    def _register_hook(self):
        if "mrp.bom" in self.env:
            self._hook("mrp.bom", BOM, lambda boms: boms)
            self._hook("mrp.bom.line", LINE, lambda lines: lines.bom_id)

    def _hook(self, name, names, boms_of):
        """Mark before and after: what was a kit of this, and what is one now."""
        model = type(self.env[name])

        def mark(records):
            # sudo: whoever changes a bill of materials need not see what is sold in Shopify.
            boms = boms_of(records).sudo()
            products = (
                boms.product_id | boms.filtered(lambda bom: not bom.product_id).product_tmpl_id.product_variant_ids
            )
            records.env["shopify.job"]._mark_stock(product_ids=products.ids)
            kits = records.env["shopify.stock.kits"]
            # The first kit of all, or the last. Other processes remember that there is none, whatever this one knows.
            if "phantom" in boms.mapped("type") and not kits._are_there_others(boms):
                records.env.registry.clear_cache()

        def create(records, vals_list):
            created = create.origin(records, vals_list)
            mark(created)
            return created

        def write(records, vals):
            concerned = not names.isdisjoint(vals)
            if concerned:
                mark(records)
            result = write.origin(records, vals)
            if concerned:
                mark(records)
            return result

        def unlink(records):
            mark(records)
            return unlink.origin(records)

        create._api_model = True
        for method in (create, write, unlink):
            method.origin = getattr(model, method.__name__)
            setattr(model, method.__name__, method)
