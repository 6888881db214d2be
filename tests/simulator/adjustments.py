"""Changing quantities: inventorySetQuantities, -SetOnHandQuantities, -AdjustQuantities, -MoveQuantities.

All or nothing: one refused row refuses the call. `available` and `on_hand` always move together; so does `on_hand` with
what is unavailable, and `incoming` alone moves nothing else (recorded, FACTS 31-39)."""

from dataclasses import dataclass

from .inventory import BOUND, UNAVAILABLE, InventoryItem, Level
from .nodes import Node
from .roots import Refused, mutation, user_error

REASONS = (
    "correction cycle_count_available damaged movement_canceled movement_created movement_received movement_updated "
    "other promotion quality_control received reservation_created reservation_deleted reservation_updated restock "
    "safety_stock shrinkage"
).split()
ADJUSTABLE = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")


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


def _answer(shop, input, errors, made=()):
    group = None
    if made and not errors:
        group = AdjustmentGroup(shop, input["reason"], input.get("referenceDocumentUri"), list(made))
    return {"inventoryAdjustmentGroup": group, "userErrors": errors}


def _level(item, location) -> Level:
    # Since 2026-10 quantities can be set anywhere; a level that was not there comes into being inactive.
    level = item.levels.get(location)
    if level is None:
        level = item.levels[location] = Level(item, location, active=False)
    return level


def _change(item, location, name, delta, ledger=None) -> list:
    """:return: what it did, as changes: the named quantity and, where it counts there, on_hand"""
    _level(item, location).change("api", **{"available" if name == "on_hand" else name: delta})
    named = "available" if name == "on_hand" else name
    made = [Change(named, delta, item, location, ledger)]
    if named in ("available", *UNAVAILABLE):
        made.append(Change("on_hand", delta, item, location))
    return made


# What is refused

_ITEM_UNKNOWN = ("The specified inventory item could not be found.", "INVALID_INVENTORY_ITEM")
_LOCATION_UNKNOWN = ("The specified location could not be found.", "INVALID_LOCATION")


def _reason_errors(input):
    if input["reason"] not in REASONS:
        text = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
        yield user_error(["input", "reason"], text, "INVALID_REASON")


def _whole_number_errors(path, name, quantity):
    if quantity > BOUND:
        text = "The quantity can't be higher than 1,000,000,000."
        yield user_error(path, text, "INVALID_QUANTITY_TOO_HIGH")
    elif name == "on_hand" and quantity < 0:
        yield user_error(path, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
    elif quantity < -BOUND:
        text = "The quantity can't be lower than -1,000,000,000."
        yield user_error(path, text, "INVALID_QUANTITY_TOO_LOW")


def _stale_errors(path, row, item, location, name):
    if item is None or location is None:
        return
    level = item.levels.get(location)
    expected, persisted = row["changeFromQuantity"], level.quantity(name) if level else 0
    if expected is not None and expected != persisted:
        # Not recorded; the code and the path are the schema's, the words are ours.
        text = "The changeFromQuantity argument no longer matches the persisted quantity."
        yield user_error([*path, "changeFromQuantity"], text, "CHANGE_FROM_QUANTITY_STALE")


def _must_compare(rows_of, typename):
    """A check that every row says what was there before (null says that it does not matter)."""

    def check(arguments):
        if any("changeFromQuantity" not in row for row in rows_of(arguments["input"])):
            text = f"{typename} must include the following argument: changeFromQuantity."
            raise Refused(text, "INVALID_FIELD_ARGUMENTS")

    return check


# Setting


def _set_errors(shop, name, rows, input, key):
    if name not in ("available", "on_hand"):
        text = "The quantity name must be either 'available' or 'on_hand'."
        yield user_error(["input", "name"], text, "INVALID_NAME")
        return
    if wrong := list(_reason_errors(input)):
        yield from wrong
        return
    pairs = [(row["inventoryItemId"], row["locationId"]) for row in rows]
    for index, row in enumerate(rows):
        path = ["input", key, str(index)]
        item = shop.find(row["inventoryItemId"], "InventoryItem")
        location = shop.find(row["locationId"], "Location")
        if item is None:
            yield user_error([*path, "inventoryItemId"], *_ITEM_UNKNOWN)
        if location is None:
            yield user_error([*path, "locationId"], *_LOCATION_UNKNOWN)
        yield from _whole_number_errors([*path, "quantity"], name, row["quantity"])
        if pairs.count(pairs[index]) > 1:
            text = "The combination of inventoryItemId and locationId must be unique."
            yield user_error([*path, "locationId"], text, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")
        yield from _stale_errors(path, row, item, location, name)


def _set(shop, input, name, key):
    rows = input[key]
    errors = list(_set_errors(shop, name, rows, input, key))
    made = []
    for row in () if errors else rows:
        item, location = shop.find(row["inventoryItemId"]), shop.find(row["locationId"])
        if delta := row["quantity"] - _level(item, location).quantity(name):
            made += _change(item, location, name, delta)
    return _answer(shop, input, errors, made)


@mutation("inventorySetQuantities", _must_compare(lambda i: i["quantities"], "InventoryQuantityInput"))
def set_quantities(shop, *, input):
    return _set(shop, input, input["name"], "quantities")


@mutation("inventorySetOnHandQuantities", _must_compare(lambda i: i["setQuantities"], "InventorySetQuantityInput"))
def set_on_hand(shop, *, input):
    return _set(shop, input, "on_hand", "setQuantities")


# Adjusting and moving


def _name_errors(path, name):
    if name not in ADJUSTABLE:
        text = f"The specified quantity name is invalid. Valid values are: {', '.join(ADJUSTABLE)}."
        yield user_error(path, text, "INVALID_QUANTITY_NAME")


def _ledger_errors(path, name, ledger):
    if name == "available" and ledger:
        text = "A ledger document URI is not allowed when adjusting available."
        yield user_error(path, text, "INVALID_AVAILABLE_DOCUMENT")
    elif name != "available" and not ledger:
        text = "A ledger document URI is required except when adjusting available."
        yield user_error(path, text, "INVALID_QUANTITY_DOCUMENT")
    elif ledger and ledger.startswith("gid://shopify/"):
        text = "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API."
        yield user_error(path, text, "INTERNAL_LEDGER_DOCUMENT")


def _adjust_errors(shop, input):
    name, rows = input["name"], input["changes"]
    wrong = [*_name_errors(["input", "name"], name), *_reason_errors(input)]
    if wrong:
        yield from wrong
        return
    if len({row.get("ledgerDocumentUri") for row in rows}) > 1:
        text = "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger "
        yield user_error(["input", "changes"], f"{text}document URI.", "MAX_ONE_LEDGER_DOCUMENT")
        return
    for index, row in enumerate(rows):
        path = ["input", "changes", str(index)]
        item = shop.find(row["inventoryItemId"], "InventoryItem")
        location = shop.find(row["locationId"], "Location") if row.get("locationId") else None
        if item is None:
            yield user_error([*path, "inventoryItemId"], *_ITEM_UNKNOWN)
        if location is None:
            yield user_error([*path, "locationId"], *_LOCATION_UNKNOWN)
        yield from _ledger_errors([*path, "ledgerDocumentUri"], name, row.get("ledgerDocumentUri"))
        yield from _stale_errors(path, row, item, location, name)


@mutation("inventoryAdjustQuantities", _must_compare(lambda i: i["changes"], "InventoryChangeInput"))
def adjust(shop, *, input):
    """A delta of zero does nothing; when there is no other, the group is null without an error (FACTS 38)."""
    errors = list(_adjust_errors(shop, input))
    made = []
    for row in () if errors else input["changes"]:
        if row["delta"]:
            item, location = shop.find(row["inventoryItemId"]), shop.find(row["locationId"])
            made += _change(item, location, input["name"], row["delta"], row.get("ledgerDocumentUri"))
    return _answer(shop, input, errors, made)


def _move_errors(shop, input):
    if wrong := list(_reason_errors(input)):
        yield from wrong
        return
    for index, row in enumerate(input["changes"]):
        path = ["input", "changes", str(index)]
        item = shop.find(row["inventoryItemId"], "InventoryItem")
        if item is None:
            yield user_error([*path, "inventoryItemId"], *_ITEM_UNKNOWN)
        for end in ("from", "to"):
            place, own = row[end], [*path, end]
            location = shop.find(place["locationId"], "Location")
            if location is None:
                yield user_error([*own, "locationId"], *_LOCATION_UNKNOWN)
            yield from _name_errors([*own, "name"], place["name"])
            yield from _ledger_errors([*own, "ledgerDocumentUri"], place["name"], place.get("ledgerDocumentUri"))
            yield from _stale_errors(own, place, item, location, place["name"])


def _ends(input):
    return [row[end] for row in input["changes"] for end in ("from", "to")]


@mutation("inventoryMoveQuantities", _must_compare(_ends, "InventoryMoveQuantityTerminalInput"))
def move(shop, *, input):
    errors = list(_move_errors(shop, input))
    made = []
    for row in () if errors else input["changes"]:
        item = shop.find(row["inventoryItemId"])
        for end, sign in (("from", -1), ("to", 1)):
            place = row[end]
            location, ledger = shop.find(place["locationId"]), place.get("ledgerDocumentUri")
            changes = _change(item, location, place["name"], sign * row["quantity"], ledger)
            # What stays at the location is on hand before and after.
            moved_away = row["from"]["locationId"] != row["to"]["locationId"]
            made += changes if moved_away else changes[:1]
    return _answer(shop, input, errors, made)
