"""Locations: where stock lies and orders are fulfilled from."""

from .nodes import Node
from .roots import query


class Location(Node):
    typename = "Location"
    is_fulfillment_service = False
    fulfillment_service = None
    activatable = True
    deactivatable = True
    deletable = False
    address_verified = False
    suggested_addresses = ()
    deactivated_at = None

    def __init__(self, shop, name, *, address=None, active=True, online=True, number=None):
        super().__init__(shop, number)
        self.name = name
        self.is_active = active
        self.fulfills_online_orders = self.ships_inventory = online
        # One number per location for all its levels, and not the location's own (recorded, FACTS 5).
        self.level_number = shop.next_id()
        keys = ("address1", "address2", "city", "country", "countryCode", "phone", "province", "provinceCode", "zip")
        self.address = dict.fromkeys(keys) | {"countryCode": shop.country, **(address or {})}
        self.address["formatted"] = [self.address[k] for k in ("address1", "zip", "city") if self.address[k]]

    @property
    def is_primary(self):
        return self is self.shop.locations[0]

    @property
    def has_active_inventory(self):
        return any(level.is_active and level.on_hand for level in self.levels())

    @property
    def has_unfulfilled_orders(self):
        return any(fo.is_open and fo.location is self for order in self.shop.orders for fo in order.routed)

    def levels(self):
        found = (item.levels.get(self) for item in self.shop.items.values())
        return [level for level in found if level is not None]

    def inventory_level(self, *, inventory_item_id, include_inactive=False):
        item = self.shop.find(inventory_item_id, "InventoryItem")
        return item and item.level_at(self, include_inactive)

    def inventory_levels(self, *, include_inactive=False):
        return [level for level in self.levels() if include_inactive or level.is_active]

    def body(self) -> dict:
        """As it stands in a fulfillment's `origin_address` and a line's `origin_location`."""
        a = self.address
        return {
            "id": self.number,
            "name": self.name,
            "country_code": a["countryCode"],
            "province_code": a["provinceCode"],
            "address1": a["address1"],
            "address2": a["address2"],
            "city": a["city"],
            "zip": a["zip"],
        }


@query("location")
def location(shop, *, id=None):
    """Without an id: the primary location."""
    return shop.find(id, "Location") if id else shop.locations[0]


@query("locations")
def locations(shop, request, *, include_inactive=False, query=None):
    shown = [one for one in shop.locations if one.is_active or include_inactive]
    fields = {
        "": lambda n: n.name,
        "name": lambda n: n.name,
        "id": lambda n: n.number,
        "active": lambda n: str(n.is_active).lower(),
    }
    return shop.search(shown, query, fields, "locations", request)
