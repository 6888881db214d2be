"""Fulfillment orders: what is to be shipped from which location, and where the stock is committed.

Three id spaces: LineItem, FulfillmentOrderLineItem, FulfillmentLineItem (SHOPIFY_API 9)."""

from .nodes import Node, by_id
from .roots import Refused, mutation, query, user_error

_OPEN = ("OPEN", "IN_PROGRESS")


class Wanted(Node):
    """A line of a fulfillment order."""

    typename = "FulfillmentOrderLineItem"
    warnings = financial_summaries = ()

    def __init__(self, fo, line, quantity):
        super().__init__(fo.shop)
        self.fo, self.line_item = fo, line
        self.total_quantity = self.remaining_quantity = quantity

    @property
    def variant(self):
        return self.line_item.variant

    @property
    def inventory_item_id(self):
        item = item_of(self.line_item)
        return item and item.id

    @property
    def sku(self):
        return self.line_item.body.get("sku")

    @property
    def product_title(self):
        return self.line_item.title

    @property
    def variant_title(self):
        return self.line_item.body.get("variant_title")

    @property
    def vendor(self):
        return self.line_item.body.get("vendor")

    @property
    def requires_shipping(self):
        return self.line_item.requires_shipping

    @property
    def weight(self):
        return self.line_item.weight

    @property
    def level(self):
        item = item_of(self.line_item)
        return item and item.tracked and item.levels.get(self.fo.location)


class FulfillmentOrder(Node):
    typename = "FulfillmentOrder"
    request_status = "UNSUBMITTED"
    fulfill_at = fulfill_by = destination = None
    fulfillment_holds = ()

    def __init__(self, order, location, method="SHIPPING"):
        super().__init__(order.shop)
        self.order, self.location, self.status = order, location, "OPEN"
        self.method = method
        self.lines = []

    @property
    def is_open(self):
        return self.status in _OPEN

    @property
    def line_items(self):
        # Closed by a cancellation it has no lines any more (recorded, FACTS 92).
        return self.lines

    @property
    def order_id(self):
        return self.order.id

    @property
    def order_name(self):
        return self.order.name

    @property
    def order_processed_at(self):
        return self.order.processed_at

    @property
    def assigned_location(self):
        where = self.location.address
        names = ("address1", "address2", "city", "countryCode", "phone", "province", "zip")
        return {"name": self.location.name, "location": self.location, **{name: where[name] for name in names}}

    @property
    def delivery_method(self):
        shipping = next(iter(self.order.shipping_lines()), None)
        return {
            "id": f"gid://shopify/DeliveryMethod/{self.number}",
            "methodType": self.method,
            "presentedName": shipping.title if shipping else None,
            "serviceCode": shipping.body.get("code") if shipping else None,
        }

    @property
    def supported_actions(self):
        if not self.is_open:
            return []
        names = ["CREATE_FULFILLMENT", "MOVE", "HOLD"]
        if sum(line.remaining_quantity for line in self.lines) > 1:
            names.append("SPLIT")
        return [{"action": name, "externalUrl": None} for name in names]

    @property
    def fulfillments(self):
        return [one for one in self.order.fulfillments if any(wanted.fo is self for wanted, _ in one.parts)]

    def settle(self):
        remaining = sum(line.remaining_quantity for line in self.lines)
        whole = sum(line.total_quantity for line in self.lines)
        self.status = "CLOSED" if not remaining else "OPEN" if remaining == whole else "IN_PROGRESS"
        self.touch()


def item_of(line):
    variant = line.variant
    return None if variant is None or isinstance(variant, dict) else variant.item


def route(order):
    """Make the fulfillment orders: all from one location that has everything if there is one, else line by line from
    where there is most (an order takes the location that has stock, not the first: recorded, FACTS 41). Stock is
    committed there."""
    shop = order.shop
    todo = [line for line in order.lines if line.unfulfilled_quantity > 0 and not line.body.get("tip")]
    places = [one for one in shop.locations if one.is_active and one.fulfills_online_orders] or shop.locations[:1]

    def stock(line, place):
        item = item_of(line)
        if item is None or not item.tracked:
            return line.unfulfilled_quantity
        level = item.level_at(place)
        return level.available if level else -1

    def covers(place):
        return all(stock(line, place) >= line.unfulfilled_quantity for line in todo)

    everything = next((place for place in places if covers(place)), None)
    made = {}
    for line in todo:
        place = everything or max(places, key=lambda p: min(stock(line, p), line.unfulfilled_quantity))
        method = "SHIPPING" if line.requires_shipping else "NONE"
        if (place, method) not in made:
            made[place, method] = FulfillmentOrder(order, place, method)
            order.routed.append(made[place, method])
        wanted = Wanted(made[place, method], line, line.unfulfilled_quantity)
        made[place, method].lines.append(wanted)
        item = item_of(line)
        if item is not None and item.tracked:
            level = item.levels.get(place) or item.stocked(place)
            level.change(order.name, available=-wanted.total_quantity, committed=wanted.total_quantity)


def release(order, *, restock):
    """The order is cancelled: nothing more is wanted, the committed pieces go back if `restock`."""
    for fo in order.routed:
        if not fo.is_open:
            continue
        for wanted in fo.lines:
            level, pieces = wanted.level, wanted.remaining_quantity
            wanted.total_quantity = wanted.remaining_quantity = 0
            if level:
                level.change(order.name, committed=-pieces, available=pieces if restock else 0)
        fo.status = "CLOSED"
        fo.touch()


@mutation("fulfillmentOrderMove")
def move(shop, *, id, new_location_id, fulfillment_order_line_items=None):
    """The whole keeps its id; of a part, the moved part gets the new one (recorded, FACTS 90). Committed pieces move
    along."""

    def refused(text, field=None):
        return {"userErrors": [user_error(field, text)]}

    fo = shop.find(id, "FulfillmentOrder")
    if fo is None:
        raise Refused(f"Invalid id: {id}", "RESOURCE_NOT_FOUND")
    location = shop.find(new_location_id, "Location")
    if location is None:
        return refused("Location not found.", ["id"])
    if not fo.is_open or location is fo.location:
        return refused("Cannot change location.")
    rows = {row["id"]: row["quantity"] for row in fulfillment_order_line_items or ()}
    chosen = {w: rows.get(w.id, 0) if rows else w.remaining_quantity for w in fo.lines}
    if any(pieces > w.remaining_quantity or pieces < 0 for w, pieces in chosen.items()):
        return refused("Invalid fulfillment order line item quantity requested.")
    whole = all(pieces == w.total_quantity for w, pieces in chosen.items())
    moved = fo if whole else FulfillmentOrder(fo.order, location, fo.method)
    for wanted, pieces in chosen.items():
        if not pieces:
            continue
        old, item = wanted.level, item_of(wanted.line_item)
        if old:
            old.change(fo.order.name, committed=-pieces, available=pieces)
            new = item.levels.get(location) or item.stocked(location)
            new.change(fo.order.name, available=-pieces, committed=pieces)
        if not whole:
            wanted.total_quantity -= pieces
            wanted.remaining_quantity -= pieces
            moved.lines.append(Wanted(moved, wanted.line_item, pieces))
    source = fo.location
    if whole:
        fo.location = location
    else:
        fo.lines = [w for w in fo.lines if w.total_quantity]
        fo.order.routed.append(moved)
        fo.settle()
    moved.touch()
    shop.emit(
        "fulfillment_orders/moved",
        {
            "original_fulfillment_order": {"id": fo.id, "status": fo.status.lower()},
            "moved_fulfillment_order": {"id": moved.id, "status": moved.status.lower()},
            "source_location": {"id": source.id},
            "destination_location_id": location.id,
        },
    )
    rest = None if whole else fo
    return {
        "movedFulfillmentOrder": moved,
        "originalFulfillmentOrder": fo,
        "remainingFulfillmentOrder": rest,
        "userErrors": [],
    }


@query("fulfillmentOrders")
def fulfillment_orders(shop, request, *, query=None, include_closed=False, sort_key="ID"):
    fields = {
        "id": lambda f: f.number,
        "status": lambda f: f.status.lower(),
        "assigned_location_id": lambda f: f.location.number,
        "updated_at": lambda f: f.updated_at,
    }
    found = [fo for order in shop.orders for fo in order.fulfillment_orders() if include_closed or fo.is_open]
    return shop.sort(shop.search(found, query, fields, "fulfillmentOrders", request), sort_key, {})


by_id("fulfillmentOrder", "FulfillmentOrder")
