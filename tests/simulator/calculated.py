"""A calculated order: what an order would be after the edit that is staged in it (recorded, FACTS 66-68).

What is added has a UUID until the commit; lines of the order keep their number."""

from . import editing, totals
from .lines import tax_lines
from .money import Money
from .nodes import Node


class CalculatedOrder(Node):
    typename = "CalculatedOrder"
    committed = False

    def __init__(self, order):
        super().__init__(order.shop)
        self.original_order, self.edit = order, editing.Edit()

    @property
    def body(self):
        return editing.outcome(self.original_order, self.edit)

    def _lines(self, added):
        body = self.body
        keys = {line["id"]: key for key, line in self.edit.lines.items()}
        lines = body["line_items"] + [one for one in self.edit.lines.values() if one["id"] not in _ids(body)]
        return [Calculated(self, body, one, keys.get(one["id"])) for one in lines if (one["id"] in keys) is added]

    @property
    def line_items(self):
        return self._lines(False)

    @property
    def added_line_items(self):
        return self._lines(True)

    def every_line(self):
        return [*self.line_items, *self.added_line_items]

    @property
    def shipping_lines(self):
        keys = {line["id"]: key for key, line in self.edit.shipping.items()}
        return [_way(self, one, keys) for one in self.body["shipping_lines"] if not _left_before(self, one)]

    @property
    def added_discount_applications(self):
        return [application(self, key) for key in self.edit.discounts]

    @property
    def subtotal_line_items_quantity(self):
        return sum(line.quantity for line in self.every_line())

    def _now(self, key):
        """A current amount, less what the staged removals take."""
        order, body = self.original_order, self.body
        c = order.currencies
        gone = editing.removed(order, self.edit)
        lines = {one["id"]: one for one in body["line_items"]}
        for line, count, _restock in gone:
            own = lines[line.number]
            whole = own["quantity"] or 1
            row = {
                "line_item_id": line.number,
                "quantity": count,
                "subtotal_set": c.set(totals.part(c, totals.net(c, own), count, whole)),
                "total_tax_set": c.set(totals.part(c, totals.taxed(c, own), count, whole)),
            }
            body["refunds"] = [*(body.get("refunds") or ()), {"refund_line_items": [row]}]
        totals.write(c, body)
        return c.read(body, key)

    @property
    def subtotal_price_set(self):
        return self.original_order.currencies.bag(self._now("current_subtotal_price"))

    @property
    def total_price_set(self):
        return self.original_order.currencies.bag(self._now("current_total_price"))

    @property
    def total_outstanding_set(self):
        order = self.original_order
        paid = order.counted("SALE", "CAPTURE") - order.counted("REFUND")
        return order.currencies.bag(self._now("current_total_price") - paid)

    @property
    def tax_lines(self):
        return tax_lines(self.original_order, self.body)


def _ids(body):
    return {one["id"] for one in body["line_items"]}


def _left_before(calculated, way):
    before = {
        one["id"] for one in (calculated.original_order.body.get("shipping_lines") or ()) if one.get("is_removed")
    }
    added = {one["id"] for one in calculated.edit.shipping.values()}
    return way["id"] in before or (way["id"] in added and way["id"] in calculated.edit.shipping_gone)


def _way(calculated, one, keys):
    gone, key = one["id"] in calculated.edit.shipping_gone, keys.get(one["id"])
    return {
        "id": f"gid://shopify/CalculatedShippingLine/{key or one['id']}",
        "title": one["title"],
        "price": calculated.original_order.currencies.bag(
            totals.read(calculated.original_order.currencies, one, "price")
        ),
        "stagedStatus": "REMOVED" if gone else "ADDED" if key else "NONE",
    }


class Calculated:
    """A line of a calculated order."""

    restockable = True

    def __init__(self, calculated, body, line, key):
        self.calculated, self.order_body, self.body, self.key = calculated, body, line, key
        self.number = line["id"]

    @property
    def id(self):
        return f"gid://shopify/CalculatedLineItem/{self.key or self.number}"

    @property
    def _staged(self):
        return self.calculated.edit.quantities.get(self.number)

    @property
    def quantity(self):
        return self._staged[0] if self._staged else self.body["current_quantity"]

    @property
    def editable_quantity(self):
        shipped = self.body["current_quantity"] - self.body["fulfillable_quantity"]
        return max(0, self.quantity - shipped)

    @property
    def editable_quantity_before_changes(self):
        line = next((one for one in self.calculated.original_order.lines if one.number == self.number), None)
        return line.unfulfilled_quantity if line else 0

    @property
    def restocking(self):
        return bool(self._staged and self._staged[1])

    @property
    def title(self):
        return self.body["title"]

    @property
    def sku(self):
        return self.body.get("sku")

    @property
    def variant_title(self):
        return self.body.get("variant_title")

    @property
    def variant(self):
        return self.calculated.shop.nodes.get(("ProductVariant", str(self.body.get("variant_id"))))

    @property
    def custom_attributes(self):
        return [{"key": one["name"], "value": one["value"]} for one in self.body.get("properties") or ()]

    def _bag(self, amount):
        return self.calculated.original_order.currencies.bag(amount)

    @property
    def original_unit_price_set(self):
        return self._bag(totals.read(self.calculated.original_order.currencies, self.body, "price"))

    @property
    def discounted_unit_price_set(self):
        whole = totals.net(self.calculated.original_order.currencies, self.body)
        pieces = self.body["quantity"] or 1
        return self._bag(Money(whole.shop / pieces, whole.presentment / pieces))

    @property
    def has_staged_line_item_discount(self):
        return any(number == self.number for number, _ in self.calculated.edit.discounts.values())

    @property
    def calculated_discount_allocations(self):
        c = self.calculated.original_order.currencies
        mine = [key for key, (number, _) in self.calculated.edit.discounts.items() if number == self.number]
        rows = (self.body.get("discount_allocations") or [])[-len(mine) :] if mine else []
        return [
            {
                "allocatedAmountSet": self._bag(totals.read(c, row, "amount")),
                "discountApplication": application(self.calculated, key),
            }
            for key, row in zip(mine, rows, strict=False)
        ]

    @property
    def staged_changes(self):
        return []


def application(calculated, key) -> dict:
    _number, discount = calculated.edit.discounts[key]
    value = {"__typename": "PricingPercentageValue", "percentage": float(discount.percent or 0)}
    if discount.percent is None:
        currency = calculated.original_order.currencies.shop
        value = {"__typename": "MoneyV2", "amount": discount.amount, "currencyCode": currency}
    return {
        "__typename": "CalculatedManualDiscountApplication",
        "id": f"gid://shopify/CalculatedManualDiscountApplication/{key}",
        "description": discount.label,
        "allocationMethod": "EACH",
        "targetSelection": "EXPLICIT",
        "targetType": "LINE_ITEM",
        "appliedTo": "LINE",
        "value": value,
    }
