"""Locations: where stock lies and orders are fulfilled from."""

from . import metafields
from .countries import COUNTRIES, PROVINCES
from .nodes import Node, local
from .roots import query

_ADDRESS = ("address1", "address2", "city", "country", "countryCode", "phone", "province", "provinceCode", "zip")


class Location(Node):
    typename = "Location"
    is_fulfillment_service = False
    fulfillment_service = None
    activatable = True
    deactivatable = True
    address_verified = False
    local_pickup_settings_v2 = None
    ships_inventory = False  # in every recorded answer, whatever else was set

    def __init__(self, shop, name, *, address=None, active=True, online=True, number=None):
        super().__init__(shop, number)
        self.name = name
        self.is_active, self.deactivated_at = active, None
        self.fulfills_online_orders = online
        self.own_metafields = []
        # One number per location for all its levels, and not the location's own (recorded, FACTS 5).
        self.level_number = shop.next_id()
        self.address = dict.fromkeys(_ADDRESS) | {"countryCode": shop.country}
        self.set_address(address or {})

    def set_address(self, given: dict):
        """Change what is named; country and province are known by their codes."""
        own = self.address
        own.update(given)
        if "countryCode" in given or not own["country"]:
            own["country"] = given.get("country") or COUNTRIES.get(own["countryCode"])
        if "provinceCode" in given or "countryCode" in given:
            own["province"] = given.get("province") or PROVINCES.get(own["countryCode"], {}).get(own["provinceCode"])
        town = " ".join(filter(None, (own["city"], own["provinceCode"], own["zip"])))
        own["formatted"] = [line for line in (own["address1"], own["address2"], town, own["country"]) if line]

    @property
    def is_primary(self):
        return self is self.shop.locations[0]

    @property
    def has_active_inventory(self):
        return any(level.is_active and level.on_hand for level in self.levels())

    @property
    def has_unfulfilled_orders(self):
        return any(fo.is_open and fo.location is self for order in self.shop.orders for fo in order.routed)

    @property
    def deletable(self):
        return not (self.is_active or self.has_active_inventory or self.has_unfulfilled_orders)

    @property
    def metafields(self):
        return self.own_metafields

    def metafield(self, *, key, namespace=None):
        return metafields.get(self, namespace, key)

    def levels(self):
        found = (item.levels.get(self) for item in self.shop.items.values())
        return [level for level in found if level is not None]

    def inventory_level(self, *, inventory_item_id, include_inactive=False):
        item = self.shop.find(inventory_item_id, "InventoryItem")
        return item and item.level_at(self, include_inactive)

    def inventory_levels(self, *, include_inactive=False):
        return [level for level in self.levels() if include_inactive or level.is_active]

    def webhook_body(self) -> dict:
        """The body of locations/create, -update, -activate, -deactivate."""
        a = self.address
        return {
            "id": self.number,
            "admin_graphql_api_id": self.id,
            "name": self.name,
            **{key: a[key] for key in ("address1", "address2", "city", "zip", "phone", "province")},
            "country": a["countryCode"],
            "country_code": a["countryCode"],
            "country_name": a["country"],
            "province_code": a["provinceCode"],
            "created_at": local(self.shop, self.created_at),
            "updated_at": local(self.shop, self.updated_at),
            "active": self.is_active,
            "legacy": self.is_fulfillment_service,
        }

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


_FIELDS = {
    "": lambda n: n.name,
    "name": lambda n: n.name,
    "id": lambda n: n.number,
    "active": lambda n: str(n.is_active).lower(),
    "legacy": lambda n: str(n.is_fulfillment_service).lower(),
    "created_at": lambda n: n.created_at,
    "updated_at": lambda n: n.updated_at,
    "city": lambda n: n.address["city"] or "",
    "country": lambda n: [n.address["country"] or "", n.address["countryCode"] or ""],
    "zip": lambda n: n.address["zip"] or "",
}


def _shown(shop, include_inactive, include_legacy):
    return [
        one
        for one in shop.locations
        if (one.is_active or include_inactive) and (include_legacy or not one.is_fulfillment_service)
    ]


@query("locations")
def locations(shop, request, *, include_inactive=False, include_legacy=False, query=None, sort_key="NAME"):
    found = shop.search(_shown(shop, include_inactive, include_legacy), query, _FIELDS, "locations", request)
    return shop.sort(found, sort_key, {"NAME": lambda n: n.name.lower()})


@query("locationsCount")
def locations_count(shop, request, *, query=None, limit=10000):
    return shop.count(shop.search(_shown(shop, True, True), query, _FIELDS, "locationsCount", request), limit)
