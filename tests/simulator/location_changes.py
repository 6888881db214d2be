"""Adding, editing, activating, deactivating and deleting locations (recorded, FACTS 28, 134)."""

from . import metafields
from .locations import Location
from .roots import mutation, user_error

_LONG = {
    "address1": "Use a shorter name for the street",
    "address2": "Use a shorter name for the apartment, suite, etc.",
    "city": "Use a shorter city name",
    "zip": "Use a shorter postal / ZIP code",
    "phone": "Use a shorter phone number",
}
_NOT_FOUND = user_error(["locationId"], "Location not found.", "LOCATION_NOT_FOUND")


def _errors(shop, given, own=None):
    name = given.get("name")
    if (own is None or "name" in given) and not (name or "").strip():
        yield user_error(["input", "name"], "Add a location name", "BLANK")
    elif name and len(name) > 100:
        yield user_error(["input", "name"], "Use a shorter location name (up to 100 characters)", "TOO_LONG")
    elif name and any(one.name == name for one in shop.locations if one is not own):
        yield user_error(["input", "name"], "You already have a location with this name", "TAKEN")
    for key, text in _LONG.items():
        if len((given.get("address") or {}).get(key) or "") > 255:
            yield user_error(["input", "address", key], f"{text} (up to 255 characters)", "TOO_LONG")
    others = [one for one in shop.locations if one is not own and one.fulfills_online_orders and one.is_active]
    if given.get("fulfillsOnlineOrders") is False and own is not None and own.fulfills_online_orders and not others:
        text = "Online order fulfillment could not be disabled for this location as it is the only location that "
        yield user_error(["input"], f"{text}fulfills online orders.", "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT")
    yield from metafields.errors(own, given.get("metafields"), ["input", "metafields"])


@mutation("locationAdd")
def add(shop, *, input):
    if errors := list(_errors(shop, input)):
        return {"location": None, "userErrors": errors}
    place = Location(shop, input["name"], address=input.get("address"), online=input.get("fulfillsOnlineOrders", True))
    metafields.put(place, input.get("metafields"))
    shop.locations.append(place)
    shop.emit("locations/create", place.webhook_body())
    return {"location": place, "userErrors": []}


@mutation("locationEdit")
def edit(shop, *, id, input):
    place = shop.find(id, "Location")
    if place is None:
        return {"location": None, "userErrors": [user_error(["id"], "Location not found.", "NOT_FOUND")]}
    if errors := list(_errors(shop, input, place)):
        return {"location": None, "userErrors": errors}
    before = (place.name, dict(place.address))
    place.name = input.get("name", place.name)
    place.set_address(input.get("address") or {})
    if input.get("fulfillsOnlineOrders") is not None:
        place.fulfills_online_orders = input["fulfillsOnlineOrders"]
    metafields.put(place, input.get("metafields"))
    if before != (place.name, place.address):
        # Only these are the location's own: what it fulfills does not move its time (recorded).
        place.touch()
    shop.emit("locations/update", place.webhook_body())
    return {"location": place, "userErrors": []}


@mutation("locationActivate")
def activate(shop, *, location_id):
    place = shop.find(location_id, "Location")
    if place is None:
        return {"location": None, "locationActivateUserErrors": [_NOT_FOUND]}
    if not place.is_active:
        place.is_active, place.deactivated_at = True, None
        place.touch()
        shop.emit("locations/activate", place.webhook_body())
    return {"location": place, "locationActivateUserErrors": []}


def _deactivation_error(place, destination_id):
    shop = place.shop
    if destination_id:
        other = shop.find(destination_id, "Location")
        path = ["destinationLocationId"]
        if other is None:
            text, code = "destination location not shopify managed", "DESTINATION_LOCATION_NOT_SHOPIFY_MANAGED"
            return user_error(path, text, code)
        if not other.is_active:
            text = (
                "Location could not be deactivated because the destination location could be not found or is inactive."
            )
            return user_error(path, text, "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE")
    if not any(one.is_active for one in shop.locations if one is not place):
        # The code is the schema's, the words are ours: not recorded.
        text = "Location could not be deactivated because it is the only active location."
        return user_error(["locationId"], text, "CANNOT_DEACTIVATE_ONLY_ACTIVE_LOCATION")
    if place.has_active_inventory and not destination_id:
        text = (
            "Location could not be deactivated without specifying where to relocate inventory stocked at the location."
        )
        return user_error(["locationId"], text, "HAS_ACTIVE_INVENTORY_ERROR")
    return None


@mutation("locationDeactivate")
def deactivate(shop, *, location_id, destination_location_id=None):
    """With a destination, stock and open fulfillment orders go there."""
    place = shop.find(location_id, "Location")
    if place is None:
        return {"location": None, "locationDeactivateUserErrors": [_NOT_FOUND]}
    if error := _deactivation_error(place, destination_location_id):
        return {"location": place, "locationDeactivateUserErrors": [error]}
    if destination_location_id:
        other = shop.find(destination_location_id, "Location")
        for level in place.levels():
            target = level.item.levels.get(other) or level.item.stocked(other)
            amounts = {name: amount for name, amount in level.amounts.items() if amount}
            target.change("merchant", **amounts)
            level.change("merchant", **{name: -amount for name, amount in amounts.items()})
        for order in shop.orders:
            for fo in order.routed:
                if fo.location is place and fo.is_open:
                    fo.location = other
    place.is_active, place.deactivated_at = False, shop.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    place.touch()
    shop.emit("locations/deactivate", place.webhook_body())
    return {"location": place, "locationDeactivateUserErrors": []}


@mutation("locationDelete")
def delete(shop, *, location_id):
    """All that speaks against it is said at once (recorded, FACTS 134)."""
    place = shop.find(location_id, "Location")
    if place is None or place.is_fulfillment_service:
        return {"deletedLocationId": None, "locationDeleteUserErrors": [_NOT_FOUND]}
    reasons = (
        (place.is_active, "it is active.", "LOCATION_IS_ACTIVE"),
        (place.has_active_inventory, "it has inventory.", "LOCATION_HAS_INVENTORY"),
        (place.has_unfulfilled_orders, "it has pending orders.", "LOCATION_HAS_PENDING_ORDERS"),
    )
    start = "The location cannot be deleted while "
    errors = [user_error(["locationId"], start + text, code) for holds, text, code in reasons if holds]
    if errors:
        return {"deletedLocationId": None, "locationDeleteUserErrors": errors}
    shop.locations.remove(place)
    shop.nodes.pop((place.typename, str(place.number)), None)
    for item in shop.items.values():
        item.levels.pop(place, None)
    shop.emit("locations/delete", {"id": place.number})
    return {"deletedLocationId": location_id, "locationDeleteUserErrors": []}
