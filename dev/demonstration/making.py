"""What the company makes itself: an article with a bill of materials, and a kit, which only its components make."""

from .processes import Failed

KIT = "SET-MORGEN"
PARTS = {"STV-GLUT": 1, "MUG-CAMP-WHT": 2}  # of one kit; each is sold alone as well
MADE, MADE_IN = "HAM-WALDRUH", "Munich"
MATERIAL = {"Hammock Cloth": 1, "Carabiner": 2}  # of one piece; nobody sells it
# Both shops sell from one shelf and hear of the other's sales a second later: of these there is enough for that second.
PLENTY = {"STV-GLUT", "MUG-CAMP-WHT"}
WORKSHOP = "jonas"


def bills(env, stock_of):
    """Bills of materials, and the material in the warehouse where it is used."""
    products = {
        one.default_code: one for one in env["product.product"].search([("default_code", "in", [KIT, MADE, *PARTS])])
    }
    material = env["product.product"].create(
        [{"name": name, "type": "consu", "is_storable": True, "sale_ok": False} for name in MATERIAL]
    )
    place = stock_of[MADE_IN].lot_stock_id
    env["stock.quant"].with_context(inventory_mode=True).create(
        [{"product_id": one.id, "location_id": place.id, "inventory_quantity": 500} for one in material]
    ).action_apply_inventory()
    env["mrp.bom"].create(
        [
            _bill(products[KIT], "phantom", [(products[sku], number) for sku, number in PARTS.items()]),
            _bill(products[MADE], "normal", zip(material, MATERIAL.values(), strict=True)),
        ]
    )


def _bill(product, kind, lines):
    return {
        "product_tmpl_id": product.product_tmpl_id.id,
        "type": kind,
        "bom_line_ids": [(0, 0, {"product_id": part.id, "product_qty": number}) for part, number in lines],
    }


class Workshop:
    """Jonas, who makes hammocks: rights in Manufacturing, none on Shopify."""

    def __init__(self, stage):
        self._user = stage.user(WORKSHOP)

    def plan(self, pieces) -> int:
        """A manufacturing order, confirmed. :return: its id"""
        [product] = self._user.call("product.product", "search", [("default_code", "=", MADE)])
        [warehouse] = self._user.call("stock.warehouse", "search_read", [("name", "=", MADE_IN)], ["manu_type_id"])
        order = self._user.call(
            "mrp.production",
            "create",
            {"product_id": product, "product_qty": pieces, "picking_type_id": warehouse["manu_type_id"][0]},
        )
        self._user.call("mrp.production", "action_confirm", [order])
        return order

    def finish(self, order):
        """*Produce All*."""
        answer = self._user.call("mrp.production", "button_mark_done", [order])
        if answer is not True:
            raise Failed(f"Odoo asked back instead of finishing a manufacturing order: {answer}")
