"""Fulfillment orders: what is to be shipped from which location, and where the stock is committed.

Three id spaces: LineItem, FulfillmentOrderLineItem, FulfillmentLineItem (SHOPIFY_API 9)."""

from .nodes import Node, by_id
from .roots import Refused, mutation, query, user_error

_OPEN = ("OPEN", "IN_PROGRESS")


class Wanted(Node):
    """A line of a fulfillment order."""

    typename = "FulfillmentOrderLineItem"
    warnings = financial_summaries = ()

    def __init__(self, fo, line, quantity, claims=True, number=None):
        """:param claims: whether its pieces are committed at the location"""
        super().__init__(fo.shop, number)
        self.fo, self.line_item, self.claims = fo, line, claims
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
        return item and item.tracked and self.claims and item.levels.get(self.fo.location)


class FulfillmentOrder(Node):
    typename = "FulfillmentOrder"
    request_status = "UNSUBMITTED"
    destination = None
    merchant_requests = ()

    def __init__(self, order, location, method="SHIPPING", number=None):
        super().__init__(order.shop, number)
        self.order, self.location, self.status = order, location, "OPEN"
        self.method = method
        self.lines, self.fulfillment_holds = [], []
        self.divided_by_hold, self.progress_reported = None, False
        # The hour in which the order was placed (recorded).
        self.fulfill_at = order.created_at.replace(minute=0, second=0, microsecond=0)
        self.fulfill_by = None

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
        """What Shopify lets one do with it now, in its order (recorded, FACTS 97)."""
        many = sum(line.remaining_quantity for line in self.lines) > 1
        names = {
            "ON_HOLD": ["RELEASE_HOLD", "HOLD", "MOVE"],
            "OPEN": ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"],
            "IN_PROGRESS": ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD"],
        }.get(self.status, [])
        if self.status == "ON_HOLD" and len(self.fulfillment_holds) >= 10:
            names = ["RELEASE_HOLD", "MOVE"]
        if self.status == "OPEN" and many:
            names.append("SPLIT")
        siblings = [fo for fo in self.order.routed if fo is not self and fo.status == "OPEN"]
        if self.status == "OPEN" and any(fo.location is self.location for fo in siblings):
            names.append("MERGE")
        if self.status == "IN_PROGRESS":
            names += ["MARK_AS_OPEN"] if self.progress_reported else ["MOVE", *(["SPLIT"] if many else [])]
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


def the_one(shop, gid) -> FulfillmentOrder:
    """:raises Refused: RESOURCE_NOT_FOUND where others say it in a user error (recorded)"""
    fo = shop.find(gid, "FulfillmentOrder")
    if fo is None:
        raise Refused(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")
    return fo


def divide(fo, pieces: dict) -> FulfillmentOrder:
    """Take `pieces` {Wanted: quantity} out of a fulfillment order into a new one beside it."""
    new = FulfillmentOrder(fo.order, fo.location, fo.method)
    new.fulfill_at, new.fulfill_by = fo.fulfill_at, fo.fulfill_by
    fo.order.routed.append(new)
    for wanted, quantity in pieces.items():
        if quantity:
            wanted.total_quantity -= quantity
            wanted.remaining_quantity -= quantity
            new.lines.append(Wanted(new, wanted.line_item, quantity, claims=wanted.claims))
    fo.lines = [wanted for wanted in fo.lines if wanted.total_quantity]
    fo.touch()
    return new


def route(order, claim=True, only=None):
    """Make the fulfillment orders: all from one location that has everything if there is one, else line by line from
    where there is most (an order takes the location that has stock, not the first: recorded, FACTS 41). Stock is
    committed there.

    :param only: the one location it is from, whatever it has
    """
    shop = order.shop
    todo = [line for line in order.lines if line.unfulfilled_quantity > 0 and not line.body.get("tip")]
    places = [one for one in shop.locations if one.is_active and one.fulfills_online_orders] or shop.locations[:1]
    places = places if only is None else [only]
    # The merchant's first choice (order routing) is asked first.
    places = sorted(places, key=lambda place: place is not shop.first_choice)

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
        wanted = Wanted(made[place, method], line, line.unfulfilled_quantity, claims=claim)
        made[place, method].lines.append(wanted)
        item = item_of(line)
        if claim and item is not None and item.tracked:
            level = item.levels.get(place) or item.stocked(place)
            level.change(order.name, available=-wanted.total_quantity, committed=wanted.total_quantity)


def release(order, *, restock):
    """The order is cancelled: nothing more is wanted, the committed pieces go back if `restock`."""
    for fo in order.routed:
        if fo.status == "CLOSED":
            continue
        for wanted in fo.lines:
            # What was wanted stays to be read (recorded: closed, and its quantities as they were).
            level, pieces = wanted.level, wanted.remaining_quantity
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

    fo = the_one(shop, id)
    location = shop.find(new_location_id, "Location")
    if location is None:
        return refused("Location not found.", ["id"])
    if fo.progress_reported:
        text = (
            "Cannot move a fulfillment order that has had progress reported. To move a fulfillment order that has had "
        )
        text += "progress reported, the fulfillment order must first be marked as open resolving the ongoing progress state."
        code = "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS"
        return {"userErrors": [user_error(["id"], text, code)]}
    if fo.status == "CLOSED" or location is fo.location:
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
            moved.lines.append(Wanted(moved, wanted.line_item, pieces, claims=wanted.claims))
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
