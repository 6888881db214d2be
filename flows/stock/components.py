"""What a variant is taken from: the product itself or, for a kit (phantom bill of materials), its components.

`mrp` is optional: without it every variant is its product.
"""

from collections import defaultdict
from decimal import Decimal

from odoo import models

ONE = Decimal(1)


class ShopifyStockComponents(models.AbstractModel):
    _name = "shopify.stock.components"
    _description = "Components of what Shopify sells"

    def _parts(self, products, company):
        """{product: {component: quantity of it in one piece}}; a product that is no kit is its own and only component.

        Nested kits are taken apart to the last level, and what Odoo does not count is no part of it: a kit of nothing but that has
        no component at all. Odoo's own explosion (`mrp.bom.explode`), as `product.qty_available` of a kit does it.
        """
        parts = {product: {product: ONE} for product in products}
        for kit, bom in self._kits(products, company).items():
            parts[kit] = defaultdict(Decimal)
            made = bom.product_uom_id._compute_quantity(bom.product_qty, kit.uom_id, round=False)
            for line, done in bom.explode(kit, 1)[1]:
                component = line.product_id
                if component.is_storable and done["qty"] > 0:
                    needed = line.product_uom_id._compute_quantity(done["qty"], component.uom_id, round=False)
                    parts[kit][component] += Decimal(str(needed)) / Decimal(str(made))
        return parts

    def _kits(self, products, company):
        """{kit: its bill of materials}, for those of the products that are kits in this company."""
        if not self.env["shopify.stock.kits"]._are_there_any():
            return {}
        found = self.env["mrp.bom"]._bom_find(products, company_id=company.id, bom_type="phantom")
        return {product: bom for product, bom in found.items() if bom}
