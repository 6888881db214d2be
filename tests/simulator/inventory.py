"""Inventory: items, levels, the named quantities, and who changes them.

`on_hand` is available + committed + what is unavailable; it is never stored. An order moves pieces from available to
committed, a fulfillment takes them out of committed (and so of on_hand); setting `available` or `on_hand` changes both
by the same amount (recorded, FACTS 33; SHOPIFY_API 19)."""

from dataclasses import dataclass

from .nodes import Node, by_id, local
from .roots import Refused, mutation, query, user_error

UNAVAILABLE = ("reserved", "damaged", "safety_stock", "quality_control")
REASONS = (
    "correction cycle_count_available damaged movement_canceled movement_created movement_received movement_updated "
    "other promotion quality_control received reservation_created reservation_deleted reservation_updated restock "
    "safety_stock shrinkage"
).split()
_BOUND = 1_000_000_000


class InventoryItem(Node):
    typename = "InventoryItem"
    tracked_editable = {"locked": False, "reason": None}
    country_code_of_origin = harmonized_system_code = province_code_of_origin = None

    def __init__(self, variant, *, sku, tracked, cost, requires_shipping):
        super().__init__(variant.shop)
        self.variant, self.sku, self.tracked = variant, sku, tracked
        self.cost, self.requires_shipping = cost, requires_shipping
        self.levels = {}
        self.shop.items[str(self.number)] = self

    def stocked(self, location, available=0) -> "Level":
        self.levels[location] = Level(self, location, available)
        return self.levels[location]

    def level_at(self, location, include_inactive=False):
        level = self.levels.get(location)
        return level if level and (level.is_active or include_inactive) else None

    def inventory_level(self, *, location_id, include_inactive=False):
        location = self.shop.find(location_id, "Location")
        return location and self.level_at(location, include_inactive)

    def inventory_levels(self, *, include_inactive=False):
        return [level for level in self.levels.values() if level.is_active or include_inactive]

    @property
    def variants(self):
        return [self.variant]

    @property
    def locations_count(self):
        return {"count": len(self.inventory_levels()), "precision": "EXACT"}

    @property
    def duplicate_sku_count(self):
        return sum(1 for other in self.shop.items.values() if other.sku == self.sku) - 1

    @property
    def measurement(self):
        weight = {"value": float(self.variant.grams), "unit": "GRAMS"}
        return {"id": f"gid://shopify/InventoryItemMeasurement/{self.number}", "weight": weight}

    @property
    def unit_cost(self):
        return self.cost and {"amount": self.cost, "currencyCode": self.shop.currency}


class Level:
    """The pieces of one item at one location."""

    typename = "InventoryLevel"
    can_deactivate = True
    deactivation_alert = None

    def __init__(self, item, location, available=0, active=True):
        self.item, self.location, self.is_active = item, location, active
        self.amounts = {"available": available, "committed": 0, "incoming": 0, **dict.fromkeys(UNAVAILABLE, 0)}
        self.created_at = self.updated_at = item.shop.now()
        self.changed_at = dict.fromkeys(self.amounts, self.created_at)

    @property
    def id(self):
        # One number per location, and not the location's own (recorded, FACTS 5).
        return f"gid://shopify/InventoryLevel/{self.location.level_number}?inventory_item_id={self.item.number}"

    @property
    def available(self):
        return self.amounts["available"]

    @property
    def committed(self):
        return self.amounts["committed"]

    @property
    def on_hand(self):
        return self.available + self.committed + sum(self.amounts[name] for name in UNAVAILABLE)

    def quantity(self, name) -> int:
        return self.on_hand if name == "on_hand" else self.amounts[name]

    def quantities(self, *, names):
        known = (*self.amounts, "on_hand")
        if unknown := [name for name in names if name not in known]:
            raise Refused(f"Invalid quantity name: {unknown[0]}", "INVALID_FIELD_ARGUMENTS")
        own = f"{self.location.level_number}?inventory_item_id={self.item.number}"
        return [
            {
                "id": f"gid://shopify/InventoryQuantity/{own}&name={name}",
                "name": name,
                "quantity": self.quantity(name),
                # A derived quantity has no time of its own (recorded: on_hand null, available set).
                "updatedAt": self.changed_at.get(name),
            }
            for name in names
        ]

    def change(self, why: str, **deltas):
        """Add `deltas` to the named quantities; `why` is who did it: an order's name, 'api', 'merchant'."""
        deltas = {name: delta for name, delta in deltas.items() if delta}
        if not deltas:
            return
        shop, now = self.item.shop, self.item.shop.now()
        for name, delta in deltas.items():
            self.amounts[name] += delta
            self.changed_at[name] = now
        self.updated_at = now
        shop.level_changes.append(
            {
                "at": now,
                "sku": self.item.sku,
                "inventory_item_id": self.item.number,
                "location_id": self.location.number,
                "by": why,
                "deltas": deltas,
                "available": self.available,
                "committed": self.committed,
                "on_hand": self.on_hand,
            }
        )
        if "available" in deltas:
            shop.emit("inventory_levels/update", self.body())

    def body(self) -> dict:
        return {
            "inventory_item_id": self.item.number,
            "location_id": self.location.number,
            "available": self.available,
            "updated_at": local(self.item.shop, self.updated_at),
            "admin_graphql_api_id": self.id,
        }


class AdjustmentGroup(Node):
    typename = "InventoryAdjustmentGroup"
    app = staff_member = None

    def __init__(self, shop, reason, reference, made):
        super().__init__(shop)
        self.reason, self.reference_document_uri, self._made = reason, reference, made

    def changes(self, *, inventory_item_ids=None, location_ids=None, quantity_names=None):
        return [
            one
            for one in self._made
            if (not inventory_item_ids or one.item.id in inventory_item_ids)
            and (not location_ids or one.location.id in location_ids)
            and (not quantity_names or one.name in quantity_names)
        ]


@dataclass(frozen=True)
class Change:
    name: str
    delta: int
    item: InventoryItem
    location: object
    ledger_document_uri: str | None = None
    quantity_after_change: int | None = None  # null in every recorded answer (FACTS 33)


@mutation("inventorySetQuantities")
def set_quantities(shop, *, input):
    """All or nothing: one refused row refuses the call. Setting available or on_hand moves both by the same number."""
    name, rows = input["name"], input["quantities"]
    if any("changeFromQuantity" not in row for row in rows):
        text = "InventoryQuantityInput must include the following argument: changeFromQuantity."
        raise Refused(text, "INVALID_FIELD_ARGUMENTS")
    errors = list(_wrong_rows(shop, name, rows, input["reason"]))
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    made = []
    for row in rows:
        item, location = shop.find(row["inventoryItemId"]), shop.find(row["locationId"])
        # Since 2026-10 quantities can be set anywhere; a level that was not there comes into being inactive.
        level = item.levels.get(location)
        if level is None:
            level = item.levels[location] = Level(item, location, active=False)
        delta = row["quantity"] - level.quantity(name)
        if delta:
            level.change("api", available=delta)
            made += [Change("available", delta, item, location), Change("on_hand", delta, item, location)]
    group = AdjustmentGroup(shop, input["reason"], input.get("referenceDocumentUri"), made) if made else None
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _wrong_rows(shop, name, rows, reason):
    if name not in ("available", "on_hand"):
        text = "The quantity name must be either 'available' or 'on_hand'."
        yield user_error(["input", "name"], text, "INVALID_NAME")
        return
    if reason not in REASONS:
        text = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
        yield user_error(["input", "reason"], text, "INVALID_REASON")
        return
    pairs = [(row["inventoryItemId"], row["locationId"]) for row in rows]
    for index, row in enumerate(rows):
        path = ["input", "quantities", str(index)]
        quantity = row["quantity"]
        item = shop.find(row["inventoryItemId"], "InventoryItem")
        location = shop.find(row["locationId"], "Location")
        if item is None:
            text = "The specified inventory item could not be found."
            yield user_error([*path, "inventoryItemId"], text, "INVALID_INVENTORY_ITEM")
        if location is None:
            text = "The specified location could not be found."
            yield user_error([*path, "locationId"], text, "INVALID_LOCATION")
        if quantity > _BOUND:
            text = "The quantity can't be higher than 1,000,000,000."
            yield user_error([*path, "quantity"], text, "INVALID_QUANTITY_TOO_HIGH")
        elif name == "on_hand" and quantity < 0:
            yield user_error([*path, "quantity"], "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
        elif quantity < -_BOUND:
            text = "The quantity can't be lower than -1,000,000,000."
            yield user_error([*path, "quantity"], text, "INVALID_QUANTITY_TOO_LOW")
        if pairs.count(pairs[index]) > 1:
            text = "The combination of inventoryItemId and locationId must be unique."
            yield user_error([*path, "locationId"], text, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")
        if item is not None and location is not None:
            level = item.levels.get(location)
            expected, persisted = row["changeFromQuantity"], level.quantity(name) if level else 0
            if expected is not None and expected != persisted:
                # Not recorded; the code and the path are the schema's, the words are ours.
                text = "The changeFromQuantity argument no longer matches the persisted quantity."
                yield user_error([*path, "changeFromQuantity"], text, "CHANGE_FROM_QUANTITY_STALE")


@mutation("inventoryActivate")
def activate(shop, *, inventory_item_id, location_id, available=None, on_hand=None):
    """Sell the item at the location. An inactive level keeps what it had unless a quantity is given."""

    def refused(level, *errors):
        return {"inventoryLevel": level, "userErrors": [user_error([field], text) for field, text in errors]}

    item = shop.find(inventory_item_id, "InventoryItem")
    location = shop.find(location_id, "Location")
    if location is None:
        return refused(None, ("locationId", "The product couldn't be stocked because the location wasn't found."))
    stocked = f"The product couldn't be stocked at {location.name} because "
    if item is None:
        return refused(None, ("inventoryItemId", f"{stocked}the product was deleted."))
    if available is not None and on_hand is not None:
        text = f"{stocked}not allowed to set available and on_hand quantities at the same time."
        return refused(None, ("available", text), ("onHand", text))
    level = item.levels.get(location)
    if level and level.is_active:
        already = "quantity when the item is already active at the location."
        if available is not None:
            return refused(level, ("available", f"Not allowed to set available {already}"))
        if on_hand is not None:
            return refused(level, ("onHand", f"Not allowed to set an on_hand {already}"))
        return refused(level)
    for field, value in (("available", available), ("onHand", on_hand)):
        if value is not None and abs(value) > _BOUND:
            return refused(None, (field, f"{stocked}the quantity needs to be between -1 billion and 1 billion."))
    if level is None:
        level = item.stocked(location)
    level.is_active = True
    if available is not None:
        level.change("api", available=available - level.available)
    elif on_hand is not None:
        level.change("api", available=on_hand - level.on_hand)
    shop.emit("inventory_levels/connect", level.body())
    return refused(level)


@mutation("inventoryDeactivate")
def deactivate(shop, *, inventory_level_id):
    """Stop selling the item there; the quantities stay (recorded, FACTS 43, 44)."""
    level = shop.find(inventory_level_id, "InventoryLevel")
    if level is None:
        return {"userErrors": [user_error(["inventoryLevelId"], "Inventory level does not exist.")]}
    if len(level.item.inventory_levels()) == 1 and level.is_active:
        where = level.location.name
        text = f"The product couldn't be unstocked from {where} because products need to be stocked at a minimum of 1 "
        text += "location."
        return {"userErrors": [user_error(None, text)]}
    level.is_active = False
    shop.emit("inventory_levels/disconnect", level.body())
    return {"userErrors": []}


_ITEM_FIELDS = {
    "": lambda i: i.sku or "",
    "sku": lambda i: i.sku or "",
    "id": lambda i: i.number,
    "created_at": lambda i: i.created_at,
    "updated_at": lambda i: i.updated_at,
}


@query("inventoryItems")
def inventory_items(shop, request, *, query=None):
    return shop.search(list(shop.items.values()), query, _ITEM_FIELDS, "inventoryItems", request)


by_id("inventoryItem", "InventoryItem")
by_id("inventoryLevel", "InventoryLevel")
