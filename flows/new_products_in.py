"""Products made from variants, Shopify → Odoo.   a person, or the store's policy, asks → shopify.job → here → product.product

Key: the variant. Repeating it is harmless: a variant that is linked is only read, and a product that carries its SKU by now is
linked instead of made once more.
"""

from odoo import models

from ..commerce import ids, text
from ..commerce.outcome import Done, NeedsPerson

READ = 100


class NewProductsIn(models.AbstractModel):
    _name = "shopify.flow.new_products_in"
    _inherit = "shopify.flow"
    _description = "New Products from Shopify"

    _direction = "in"
    _priority = 30  # orders wait for them
    _coalesces = True

    def _run(self, store, jobs):
        variants = self.env["shopify.variant"].browse(jobs.mapped("res_id")).exists()
        nodes = self._read(store, variants)
        self._note(store, variants, nodes)
        # Two stores may sell one article: the other's runner may be making it this moment.
        self.env["shopify.newcomer"]._claim(f"sku:{sku}" for sku in variants.mapped("sku") if sku)
        variants._match_by_sku()
        missing = variants.filtered(lambda variant: not variant.product_id)
        ambiguous = missing.filtered(lambda variant: variant._shopify_is_ambiguous())
        self._make(missing - ambiguous, nodes)
        outcomes = {}
        for job in jobs:
            variant = variants.filtered(lambda one, job=job: one.id == job.res_id)
            if variant in ambiguous:
                outcomes[job] = NeedsPerson("product_ambiguous", variant.match_note, record=variant)
            else:
                outcomes[job] = Done(variant.product_id or None)
        return outcomes

    def _read(self, store, variants):
        """{variant: node} of those that Shopify still has."""
        by_gid = {ids.gid("ProductVariant", variant.shopify_id): variant for variant in variants}
        gids, found = list(by_gid), {}
        for start in range(0, len(gids), READ):
            nodes = self._ask(store, "nodes__variants", {"ids": gids[start : start + READ]})["nodes"]
            found.update({by_gid[node["id"]]: node for node in nodes if node})
        return found

    def _note(self, store, variants, nodes):
        self.env["shopify.variant"]._upsert(
            store,
            [
                {
                    "shopify_id": variant.shopify_id,
                    "title": text.clean(node["displayName"]) or variant.title,
                    "sku": text.clean(node["sku"]) or False,
                    "barcode": text.clean(node["barcode"]) or False,
                    "product_shopify_id": ids.number(node["product"]["id"]),
                    "inventory_item_id": ids.number(node["inventoryItem"]["id"]),
                    "tracked": node["inventoryItem"]["tracked"],
                }
                for variant, node in nodes.items()
            ],
        )

    def _make(self, variants, nodes):
        """One product per SKU (variants that share one sell the same goods), one for each variant without."""
        groups = variants.grouped(lambda variant: variant.sku or variant.id)
        taken = set(
            self.env["product.product"]
            .with_context(active_test=False)
            .search([("barcode", "in", [variant.barcode for variant in variants if variant.barcode])])
            .mapped("barcode")
        )
        values = []
        for group in groups.values():
            values.append(group[0]._shopify_prepare_product(nodes.get(group[0]), taken))
            taken.add(group[0].barcode)
        products = self.env["product.product"].create(values)
        for product, group in zip(products, groups.values(), strict=True):
            group.write({"product_id": product.id})
