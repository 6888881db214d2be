"""Inventory: items, levels, the named quantities, and who changes them.

`on_hand` is available + committed + what is unavailable; it is never stored. An order moves pieces from available to
committed, a fulfillment takes them out of committed (and so of on_hand); setting `available` or `on_hand` changes both
by the same amount (recorded, FACTS 33; SHOPIFY_API 19)."""

from .nodes import Node, by_id, local
from .roots import Refused, mutation, query, snake, user_error

UNAVAILABLE = ("reserved", "damaged", "safety_stock", "quality_control")
BOUND = 1_000_000_000


class InventoryItem(Node):
    typename = "InventoryItem"
    tracked_editable = {"locked": False, "reason": None}
    country_code_of_origin = harmonized_system_code = province_code_of_origin = None
    weight = None

    def __init__(self, variant, *, sku, tracked, cost, requires_shipping, number=None):
        super().__init__(variant.shop, number)
        self.variant, self.sku, self.tracked = variant, sku, tracked
        self.cost, self.requires_shipping = cost, requires_shipping
        self.levels = {}
        self.shop.items[str(self.number)] = self

    def stocked(self, location, available=0) -> "Level":
        self.levels[location] = Level(self, location, available)
        return self.levels[location]

    def take(self, given: dict):
        """An InventoryItemInput: only what it names."""
        plain = ("sku", "tracked", "cost", "countryCodeOfOrigin", "provinceCodeOfOrigin", "harmonizedSystemCode")
        for key in (*plain, "requiresShipping"):
            if key in given:
                setattr(self, snake(key), given[key])
        if weight := (given.get("measurement") or {}).get("weight"):
            self.weight = {"value": float(weight["value"]), "unit": weight["unit"]}
        self.touch()
        self.variant.touch()

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
        weight = self.weight or {"value": float(self.variant.grams), "unit": "GRAMS"}
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
        # Only what was set has a time (recorded: the others are null until they change).
        self.history = [(self.created_at, available)]
        self.changed_at = {"available": self.created_at}

    @property
    def id(self):
        # One number per location, and not the location's own (recorded, FACTS 5).
        return f"gid://shopify/InventoryLevel/{self.location.level_number}?inventory_item_id={self.item.number}"

    @property
    def available(self):
        return self.amounts["available"]

    def available_at(self, moment) -> int:
        """What was available then; 0 before anything was known."""
        known = [amount for at, amount in self.history if at <= moment]
        return known[-1] if known else 0

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
            self.history.append((now, self.available))
            self.tell("update")

    def tell(self, what):
        if self.item.shop.level_echo:
            self.item.shop.emit(f"inventory_levels/{what}", self.body())

    def body(self) -> dict:
        return {
            "inventory_item_id": self.item.number,
            "location_id": self.location.number,
            "available": self.available,
            "updated_at": local(self.item.shop, self.updated_at),
            "admin_graphql_api_id": self.id,
        }


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
        if value is not None and abs(value) > BOUND:
            return refused(None, (field, f"{stocked}the quantity needs to be between -1 billion and 1 billion."))
    if level is None:
        level = item.stocked(location)
    level.is_active = True
    if available is not None:
        level.change("api", available=available - level.available)
    elif on_hand is not None:
        level.change("api", available=on_hand - level.on_hand)
    level.tell("connect")
    return refused(level)


@mutation("inventoryDeactivate")
def deactivate(shop, *, inventory_level_id):
    """Stop selling the item there; the quantities stay (recorded, FACTS 43, 44)."""

    def refused(text):
        return {"userErrors": [user_error(None, f"The product couldn't be unstocked {text}")]}

    level = shop.find(inventory_level_id, "InventoryLevel")
    if level is None:
        item = shop.items.get(inventory_level_id.partition("inventory_item_id=")[2])
        return refused(f"because the {'location' if item else 'product'} was deleted.")
    if len(level.item.inventory_levels()) == 1 and level.is_active:
        where = level.location.name
        return refused(f"from {where} because products need to be stocked at a minimum of 1 location.")
    level.is_active = False
    level.tell("disconnect")
    return {"userErrors": []}


@mutation("inventoryItemUpdate")
def item_update(shop, *, id, input):
    """An unknown id is told in the product's words (recorded, FACTS 46)."""
    item = shop.find(id, "InventoryItem")
    if item is None:
        text = "The product couldn't be updated because it does not exist."
        return {"inventoryItem": None, "userErrors": [user_error(["id"], text)]}
    item.take(input)
    return {"inventoryItem": item, "userErrors": []}


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
