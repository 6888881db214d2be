"""The people of the company, who do in Odoo what people do there, each with no more than their own rights."""

from datetime import datetime, timedelta, timezone

from . import fill
from .processes import Failed


class Accountant:
    """Gives each tax of the shop that Odoo does not know yet a tax of Odoo; the orders that wait for it then continue."""

    def __init__(self, stage):
        self._user = stage.user(fill.ACCOUNTANT)
        self.mapped = 0

    def map_new_taxes(self):
        """Petra selects all that are new, and lets Odoo make those that are missing."""
        if met := self._user.call("shopify.tax", "search", [("tax_id", "=", False)]):
            self._user.call("shopify.tax", "action_create_tax", met)
            self.mapped += len(met)


# A parcel takes so long to be packed: a customer who thinks again at once is heard before it leaves.
PACKING = timedelta(seconds=2)


class Worker:
    """Lena in the warehouse: sees deliveries and stock, knows nothing of Shopify."""

    def __init__(self, stage):
        self._user = stage.user(fill.WORKER)
        self._carrier = self._user.call("delivery.carrier", "search", [("name", "=", fill.CARRIER)])[0]
        self.shipped = {}  # picking id → tracking number
        self.may_read_jobs = self._user.may_read("shopify.job")
        self._parcels = 0

    def ready(self, limit):
        """Deliveries of which everything is reserved. What is short is looked after first, as far as that helps."""
        if self._deliveries("any", 1):
            # Two transactions that meet at one quant can leave reservations that nobody holds (Odoo's own; it mends them when
            # Physical Inventory is opened). The goods lie there, so Lena looks, and lets Odoo try again.
            self._open_inventory()
            self._user.call("stock.picking", "action_assign", self._deliveries("any", None))
        return self._deliveries("not any", limit)

    def waiting(self) -> int:
        """Deliveries that are open, whatever they wait for."""
        domain = [("state", "not in", ("done", "cancel")), ("picking_type_code", "=", "outgoing")]
        return self._user.call("stock.picking", "search_count", domain)

    def _deliveries(self, which, limit):
        packed = datetime.now(timezone.utc) - PACKING
        short = [("state", "in", ("confirmed", "partially_available"))]
        domain = [
            ("state", "in", ("confirmed", "assigned")),
            ("picking_type_code", "=", "outgoing"),
            ("create_date", "<", packed.strftime("%Y-%m-%d %H:%M:%S")),
            ("move_ids", which, short),
        ]
        return self._user.call("stock.picking", "search", domain, limit=limit, order="id")

    def _open_inventory(self):
        self._user.call("stock.quant", "action_view_inventory")

    def ship(self, most) -> list:
        """Validate up to so many deliveries in one click, each with a tracking number of its own. :return: their ids"""
        pickings = self.ready(most)
        for picking in pickings:
            self._parcels += 1
            number = f"00340434{self._parcels:012d}"
            self._user.call(
                "stock.picking", "write", [picking], {"carrier_id": self._carrier, "carrier_tracking_ref": number}
            )
            self.shipped[picking] = number
        if pickings:
            answer = self._user.call("stock.picking", "button_validate", pickings)
            if answer is not True:
                raise Failed(f"Odoo asked back instead of validating deliveries: {answer.get('name') or answer}")
        return pickings

    def count(self, sku, warehouse, surplus):
        """Find `surplus` pieces more than Odoo knew, and enter the counted quantity."""
        self._open_inventory()
        [product] = self._user.call("product.product", "search", [("default_code", "=", sku)])
        [place] = self._user.call("stock.warehouse", "search_read", [("name", "=", warehouse)], ["lot_stock_id"])
        location = place["lot_stock_id"][0]
        known = self._user.call(
            "stock.quant", "search_read", [("product_id", "=", product), ("location_id", "=", location)], ["quantity"]
        )
        pieces = sum(quant["quantity"] for quant in known) + surplus
        context = {"inventory_mode": True}
        counted = {"product_id": product, "location_id": location, "inventory_quantity": pieces}
        made = self._user.call("stock.quant", "create", [counted], context=context)
        answer = self._user.call("stock.quant", "action_apply_inventory", made, context=context)
        if answer:
            raise Failed(f"Odoo asked back instead of taking a stock count: {answer.get('name') or answer}")
