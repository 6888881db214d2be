"""Fulfillments: what was shipped, its tracking, and taking it back (errors as recorded: FACTS 94, 98-103)."""

import copy

from .fulfillment_orders import FulfillmentOrder, Wanted
from .lines import Part
from .money import Money
from .nodes import Node, by_id, local
from .roots import Refused, mutation, user_error


class Fulfillment(Part, Node):
    """Kept as its REST body (SHOPIFY_API 13.9). `parts`: [(Wanted, quantity)] it took."""

    typename = "Fulfillment"
    origin_address = None

    def __init__(self, order, body, parts, location):
        Part.__init__(self, order, body)
        Node.__init__(self, order.shop, body["id"])
        self.parts, self.location = parts, location
        self.lines, self.happened = {}, []
        for wanted, quantity in parts:
            line = wanted.line_item
            self.lines.setdefault(line, [order.shop.next_id(), 0])[1] += quantity

    @property
    def status(self):
        return self.body["status"].upper()

    @property
    def display_status(self):
        if self.status == "CANCELLED":
            return "CANCELED"
        return self.happened[-1].status if self.happened else "FULFILLED"

    @property
    def service(self):
        return {
            "id": "gid://shopify/FulfillmentService/manual",
            "handle": "manual",
            "serviceName": "Manual",
            "trackingSupport": False,
            "inventoryManagement": False,
            "requiresShippingMethod": True,
            "type": "MANUAL",
            "location": self.shop.locations[0],
        }

    @property
    def events(self):
        return self.happened

    def _when(self, *statuses):
        return next((event.happened_at for event in self.happened if event.status in statuses), None)

    @property
    def in_transit_at(self):
        return self._when("IN_TRANSIT")

    @property
    def delivered_at(self):
        return self._when("DELIVERED")

    @property
    def estimated_delivery_at(self):
        return next((e.estimated_delivery_at for e in reversed(self.happened) if e.estimated_delivery_at), None)

    @property
    def name(self):
        return self.body["name"]

    @property
    def requires_shipping(self):
        return any(line.requires_shipping for line in self.lines)

    @property
    def total_quantity(self):
        return sum(quantity for _, quantity in self.lines.values())

    @property
    def tracking_info(self):
        numbers, urls = self.body["tracking_numbers"], self.body["tracking_urls"]
        return [
            {
                "company": self.body["tracking_company"],
                "number": numbers[i] if i < len(numbers) else None,
                "url": urls[i] if i < len(urls) else None,
            }
            for i in range(max(len(numbers), len(urls)))
        ]

    @property
    def fulfillment_line_items(self):
        c = self.order.currencies
        return [
            {
                "__typename": "FulfillmentLineItem",
                "id": f"gid://shopify/FulfillmentLineItem/{number}",
                "lineItem": line,
                "quantity": quantity,
                "originalTotalSet": c.bag(
                    Money(line.money("price").shop * quantity, line.money("price").presentment * quantity)
                ),
            }
            for line, (number, quantity) in self.lines.items()
        ]

    @property
    def fulfillment_orders(self):
        return list(dict.fromkeys(wanted.fo for wanted, _ in self.parts))

    def track(self, info):
        """Replace the tracking: `number(s)`, `url(s)`, one company for all parcels."""
        numbers = info.get("numbers") or ([info["number"]] if info.get("number") else [])
        urls = info.get("urls") or ([info["url"]] if info.get("url") else [])
        self.body.update(
            tracking_company=info.get("company"),
            tracking_number=numbers[0] if numbers else None,
            tracking_numbers=numbers,
            tracking_url=urls[0] if urls else None,
            tracking_urls=urls,
        )
        self.touch()

    def touch(self):
        super().touch()
        self.body["updated_at"] = local(self.shop, self.updated_at)


def ship(parts, tracking=None, told=True) -> Fulfillment:
    """Ship `parts` [(Wanted, quantity)] of one order and location; committed and on hand go down.

    :param told: False: no webhook, since the order itself is not told of yet
    """
    order, location, shop = parts[0][0].fo.order, parts[0][0].fo.location, parts[0][0].shop
    for wanted, quantity in parts:
        wanted.remaining_quantity -= quantity
        line = wanted.line_item.body
        line["fulfillable_quantity"] -= quantity
        line["fulfillment_status"] = "partial" if line["fulfillable_quantity"] else "fulfilled"
        if wanted.level:
            wanted.level.change(order.name, committed=-quantity)
    number, now = shop.next_id(), local(shop, shop.now())
    body = {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{number}",
        "order_id": order.number,
        "status": "success",
        "name": f"{order.name}.{len(order.fulfillments) + 1}",
        "service": "manual",
        "location_id": location.number,
        "shipment_status": None,
        "origin_address": None,
        "receipt": {},
        "created_at": now,
        "updated_at": now,
        "line_items": [],
        "email": order.body.get("email"),
        "destination": order.body.get("shipping_address"),
    }
    fulfillment = Fulfillment(order, body, list(parts), location)
    fulfillment.track(tracking or {})
    # In a fulfillment's body a line's quantity is the one in this fulfillment (SHOPIFY_API 13.9).
    body["line_items"] = [
        {**copy.deepcopy(line.body), "quantity": quantity} for line, (_, quantity) in fulfillment.lines.items()
    ]
    order.fulfillments.append(fulfillment)
    for fo in fulfillment.fulfillment_orders:
        fo.settle()
    order.settle()
    if not told:
        return fulfillment
    shop.emit("fulfillments/create", copy.deepcopy(body))
    shop.emit("orders/updated", order.document())
    done = order.body["fulfillment_status"] == "fulfilled"
    shop.emit("orders/fulfilled" if done else "orders/partially_fulfilled", order.document())
    return fulfillment


def by_hand(order, lines=None, *, tracking=None, location=None, told=True) -> list:
    """The merchant fulfills in the admin, one fulfillment per location.

    :param lines: {SKU: pieces}; None: everything that is open
    :param tracking: {"number", "url", "company"}
    """
    wish, made = dict(lines) if lines is not None else None, []
    for fo in order.routed:
        if not fo.is_open or (location is not None and fo.location is not order.shop.location(location)):
            continue
        parts = []
        for wanted in fo.lines:
            pieces = wanted.remaining_quantity
            if wish is not None:
                pieces = min(pieces, wish.get(wanted.sku, 0))
                wish[wanted.sku] = wish.get(wanted.sku, 0) - pieces
            if pieces:
                parts.append((wanted, pieces))
        if parts:
            made.append(ship(parts, tracking, told))
    return made


@mutation("fulfillmentCreate")
def fulfillment_create(shop, *, fulfillment):
    """One order, one location; an empty line list takes what remains. Nothing is shipped if anything is refused."""

    def refused(text, field=("fulfillment",)):
        return {"fulfillment": None, "userErrors": [user_error(list(field), text)]}

    groups = []
    for index, given in enumerate(fulfillment["lineItemsByFulfillmentOrder"]):
        try:
            groups.append((shop.find(given["fulfillmentOrderId"], "FulfillmentOrder"), given))
        except Refused:
            raise Refused("invalid id", "RESOURCE_NOT_FOUND") from None
        for n, row in enumerate(given.get("fulfillmentOrderLineItems") or ()):
            if row["quantity"] <= 0:
                path = ("fulfillment", "lineItemsByFulfillmentOrder", str(index), "fulfillmentOrderLineItems", str(n))
                return refused("Quantity must be greater than 0", (*path, "quantity"))
    if not groups or any(fo is None for fo, _ in groups):
        return refused("Fulfillment order does not exist.")
    numbers = sorted({fo.order.number for fo, _ in groups})
    if len(numbers) > 1:
        text = f"All fulfillment orders must belong to the same order. Multiple orders with ids {numbers} were found."
        return refused(text)
    places = sorted({fo.location.number for fo, _ in groups})
    if len(places) > 1:
        text = "All fulfillment orders must be assigned to a single location. Multiple locations with ids "
        return refused(f"{text}{places} were found.")
    taken: dict = {}
    for fo, given in groups:
        if not fo.is_open:
            return refused(f"Fulfillment order {fo.number} has an unfulfillable status= {fo.status.lower()}.")
        rows = given.get("fulfillmentOrderLineItems")
        if not rows:
            rows = [{"id": w.id, "quantity": w.remaining_quantity} for w in fo.lines if w.remaining_quantity]
        for row in rows:
            wanted = shop.find(row["id"], Wanted.typename)
            if wanted is None or wanted.fo is not fo:
                return refused("Fulfillment order line item does not exist.")
            taken[wanted] = taken.get(wanted, 0) + row["quantity"]
            if taken[wanted] > wanted.remaining_quantity:
                return refused("Invalid fulfillment order line item quantity requested.")
    made = ship(list(taken.items()), fulfillment.get("trackingInfo"))
    return {"fulfillment": made, "userErrors": []}


@mutation("fulfillmentTrackingInfoUpdate")
def tracking_update(shop, *, fulfillment_id, tracking_info_input):
    fulfillment = shop.find(fulfillment_id, "Fulfillment")
    if fulfillment is None:
        return {"fulfillment": None, "userErrors": [user_error(["fulfillmentId"], "Fulfillment does not exist.")]}
    fulfillment.track(tracking_info_input)
    fulfillment.order.settle()
    shop.emit("fulfillments/update", copy.deepcopy(fulfillment.body))
    shop.emit("orders/updated", fulfillment.order.document())
    return {"fulfillment": fulfillment, "userErrors": []}


@mutation("fulfillmentCancel")
def fulfillment_cancel(shop, *, id):
    """The units come back: into the fulfillment order if it is still open, else into a new one (SHOPIFY_API 20).
    Cancelling again succeeds and changes nothing (recorded, FACTS 101)."""
    fulfillment = shop.find(id, "Fulfillment")
    if fulfillment is None:
        return {"fulfillment": None, "userErrors": [user_error(["id"], "Fulfillment not found.")]}
    if fulfillment.status != "CANCELLED":
        _take_back(fulfillment)
    return {"fulfillment": fulfillment, "userErrors": []}


def _take_back(fulfillment):
    order, new = fulfillment.order, {}
    fulfillment.body["status"] = "cancelled"
    fulfillment.touch()
    for wanted, quantity in fulfillment.parts:
        fo, line = wanted.fo, wanted.line_item.body
        if wanted.level:
            wanted.level.change(order.name, committed=quantity)
        line["fulfillable_quantity"] += quantity
        whole = line["fulfillable_quantity"] >= wanted.line_item.quantity
        line["fulfillment_status"] = None if whole else "partial"
        if fo.is_open:
            wanted.remaining_quantity += quantity
        else:
            if fo not in new:
                new[fo] = FulfillmentOrder(order, fo.location, fo.method)
                order.routed.append(new[fo])
            new[fo].lines.append(Wanted(new[fo], wanted.line_item, quantity, claims=wanted.claims))
    for fo in fulfillment.fulfillment_orders:
        if fo.is_open:
            fo.settle()
    order.settle()
    order.shop.emit("fulfillments/update", copy.deepcopy(fulfillment.body))
    order.shop.emit("orders/updated", order.document())


by_id("fulfillment", "Fulfillment")
