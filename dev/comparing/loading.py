"""Putting what a recording presupposes into a shop of the simulator, by type, from the recording's own answers.

An object gets the id it has in the recording. What no answer tells of it is the simulator's default."""

from .facts import Ref, typename
from .loading_orders import Orders


class Loader:
    """:param facts: facts.Facts of the scenario; born: ids that a replayed mutation made, which are not loaded"""

    def __init__(self, simulator, shop, facts, born):
        self.simulator, self.shop, self.facts, self.born = simulator, shop, facts, born
        self.loaded, self.compared, self.edits = set(), set(), set()
        self._makers = {
            "Location": self._location,
            "Product": self._product,
            "ProductVariant": self._variant,
            "InventoryItem": self._item,
            "InventoryLevel": self._level,
            "Customer": self._customer,
            "WebhookSubscription": self._subscription,
            **Orders(self).makers,
        }

    def live(self, gid):
        try:
            return self.shop.find(gid)
        except self.simulator.roots.Refused:
            return None

    def need(self, gid):
        """The shop's object of this id, made from the answers if it is not there; None if no answer tells of it."""
        thing = self.live(gid)
        if thing is not None or gid in self.born or gid not in self.facts.things or gid in self.loaded:
            return thing
        make = self._makers.get(typename(gid))
        if make is None:
            return None
        self.loaded.add(gid)
        make(gid, self.facts.of(gid))
        if typename(gid) in ("ProductVariant", "InventoryItem"):
            self._compared()
        return self.live(gid)

    def _compared(self):
        """Quantities that a successful comparison showed, for levels that came into the shop just now."""
        for (item_gid, place_gid), told in self.facts.compared.items():
            item, place = self.live(item_gid), self.live(place_gid)
            if item is None or place is None or item_gid in self.compared or item_gid in self.born:
                continue
            self._quantities(item.levels.get(place) or item.stocked(place), told)
            self.compared.add(item_gid)

    def refresh(self, facts):
        """After a step that was not replayed: what its answer tells of objects that are there."""
        for gid, fields in facts.things.items():
            thing = self.live(gid)
            if thing is not None:
                self._update(gid, thing, fields)

    def _update(self, gid, thing, fields):
        plain = {
            "Product": ("title", "handle", "status", "vendor", "product_type", "tags", "description_html"),
            "ProductVariant": ("price", "compare_at_price", "barcode", "inventory_policy", "taxable"),
            "InventoryItem": (
                "tracked",
                "requires_shipping",
                "sku",
                "country_code_of_origin",
                "province_code_of_origin",
            ),
            "Customer": (),
            "Location": ("name", "fulfills_online_orders", "is_active", "ships_inventory", "is_fulfillment_service"),
            "InventoryLevel": ("is_active",),
            "WebhookSubscription": ("uri", "format", "filter", "name", "include_fields", "metafield_namespaces"),
        }.get(typename(gid), ())
        snake, utc = self.simulator.roots.snake, self.simulator.schema.utc
        if typename(gid) == "Customer":
            self._consents(thing, fields)
        told = {snake(name): value for name, value in fields.items()}
        for name in ("created_at", "updated_at"):
            if isinstance(told.get(name), str) and hasattr(thing, name):
                setattr(thing, name, utc(told[name]))
        for name in plain:
            if name in told and isinstance(getattr(type(thing), name, None), property) is False:
                setattr(thing, name, told[name])
        if typename(gid) == "Product":
            for variant in _refs(fields.get("variants")):
                self.need(variant)
        if typename(gid) == "ProductVariant" and isinstance(fields.get("inventoryItem"), Ref):
            self.need(fields["inventoryItem"].gid)
        if typename(gid) == "InventoryItem":
            for level in _refs(fields.get("inventoryLevels")) + _refs(fields.get("inventoryLevel")):
                self.need(level)
        if typename(gid) == "InventoryLevel":
            self._quantities(thing, fields.get("quantities") or {})

    @staticmethod
    def _quantities(level, told):
        amounts = dict(told)
        on_hand = amounts.pop("on_hand", None)
        for name, quantity in amounts.items():
            if name in level.amounts:
                level.amounts[name] = quantity
        if on_hand is not None and "available" not in told:
            level.amounts["available"] += on_hand - level.on_hand
        elif on_hand is not None and level.on_hand != on_hand:
            # Something was counted in that no answer names apart.
            level.amounts["reserved"] += on_hand - level.on_hand

    def _location(self, gid, fields):
        address = fields.get("address") or {}
        place = self.shop.add_location(
            fields.get("name") or "Location",
            address={key: value for key, value in address.items() if key != "formatted"},
            active=fields.get("isActive", True) is not False,
            online=fields.get("fulfillsOnlineOrders", True) is not False,
            number=_number(gid),
        )
        self._update(gid, place, fields)
        primary = fields.get("isPrimary")
        if primary or (primary is None and place.name == "Shop location"):
            self.shop.locations.remove(place)
            self.shop.locations.insert(0, place)
        self._busy(place, fields)

    def _busy(self, place, fields):
        """A location that is said to have open orders or stock which no answer shows gets some."""
        checkout, products = self.simulator.checkout, self.simulator.products
        if fields.get("hasUnfulfilledOrders") and not self.facts.any_of("Order"):
            line = {"title": "Item", "price": "1", "quantity": 1}
            order = checkout.place(self.shop, [line])
            for fo in order.routed:
                fo.location = place
        levels = (thing for gid, thing in self.facts.things.items() if typename(gid) == "InventoryLevel")
        if fields.get("hasActiveInventory") and Ref(place.id) not in [one.get("location") for one in levels]:
            product = products.Product(self.shop, "Product")
            self.shop.products.append(product)
            variant = products.Variant(product, sku=None, price="0", tracked=True)
            variant.item.stocked(place, 1)

    def _product(self, gid, fields):
        products = self.simulator.products
        product = products.Product(self.shop, fields.get("title") or "Product", number=_number(gid))
        options = [one for one in fields.get("options") or () if isinstance(one, (Ref, dict))]
        names = [self._fields(one).get("name") for one in options]
        product.option_names = [name for name in names if name] or product.option_names
        self.shop.products.append(product)
        self._update(gid, product, fields)

    def _fields(self, value) -> dict:
        return self.facts.of(value.gid) if isinstance(value, Ref) else value

    def _variant(self, gid, fields):
        owner = fields.get("product")
        if not isinstance(owner, Ref):
            return
        product = self.need(owner.gid)
        # Loading the product may have loaded its variants.
        if product is None or self.live(gid) is not None:
            return
        chosen = [one.get("value") for one in fields.get("selectedOptions") or ()]
        item = fields.get("inventoryItem")
        told = self._fields(item) if item else {}
        self.simulator.products.Variant(
            product,
            sku=fields.get("sku") if "sku" in fields else told.get("sku"),
            price=fields.get("price") or "0.00",
            option_values=chosen or [fields.get("title") or "Default Title"],
            barcode=fields.get("barcode"),
            taxable=fields.get("taxable", True),
            requires_shipping=told.get("requiresShipping", True),
            tracked=told.get("tracked", bool(self.facts.of(owner.gid).get("tracksInventory"))),
            number=_number(gid),
            item_number=_number(item.gid) if isinstance(item, Ref) else None,
        )
        if isinstance(item, Ref):
            self.loaded.add(item.gid)
            self._update(item.gid, self.live(item.gid), told)
        self._update(gid, self.live(gid), fields)
        variant = self.live(gid)
        if not variant.item.levels and self.shop.locations:
            level = variant.item.stocked(self.shop.locations[0])
            if isinstance(fields.get("inventoryQuantity"), int):
                level.amounts["available"] = fields["inventoryQuantity"]

    def _item(self, gid, fields):
        variant = fields.get("variant")
        if isinstance(variant, Ref):
            self.need(variant.gid)
        if self.live(gid) is None:
            # A recording that speaks of the item alone: there is a product all the same.
            product = self.simulator.products.Product(self.shop, "Product")
            self.shop.products.append(product)
            self.simulator.products.Variant(
                product,
                sku=fields.get("sku"),
                price="0",
                tracked=fields.get("tracked", False),
                item_number=_number(gid),
            )
        self._update(gid, self.live(gid), fields)

    def _level(self, gid, fields):
        number, _, query = gid.rpartition("/")[2].partition("?inventory_item_id=")
        item_gid = f"gid://shopify/InventoryItem/{query}"
        place = fields.get("location")
        item = self.need(item_gid) or self.live(item_gid)
        place = self.need(place.gid) if isinstance(place, Ref) else None
        if item is None or place is None:
            return
        place.level_number = int(number)
        level = item.levels.get(place) or item.stocked(place)
        self._update(gid, level, fields)

    def _customer(self, gid, fields):
        snake = self.simulator.roots.snake
        plain = {snake(name): value for name, value in fields.items() if not isinstance(value, (Ref, list, dict))}
        mail, phone = fields.get("defaultEmailAddress") or {}, fields.get("defaultPhoneNumber") or {}
        plain["email"] = plain.get("email") or mail.get("emailAddress")
        plain["phone"] = plain.get("phone") or phone.get("phoneNumber")
        plain["tags"] = [one for one in fields.get("tags") or () if isinstance(one, str)]
        made = self.simulator.customers.Customer(self.shop, plain, number=_number(gid))
        self._consents(made, fields)

    def _consents(self, customer, fields):
        for kind, name in (("email", "defaultEmailAddress"), ("sms", "defaultPhoneNumber")):
            told = fields.get(name) or {}
            if told.get("marketingState"):
                moment = self.simulator.schema.utc(told.get("marketingUpdatedAt"))
                level = told.get("marketingOptInLevel") or "SINGLE_OPT_IN"
                customer.consent[kind] = self.simulator.customers.Consent(told["marketingState"], level, moment)

    def _subscription(self, gid, fields):
        uri = fields.get("uri") or fields.get("callbackUrl") or (fields.get("endpoint") or {}).get("callbackUrl")
        if not fields.get("topic"):
            return
        made = self.simulator.subscriptions.Subscription(self.shop, fields["topic"], uri, {}, number=_number(gid))
        self.shop.subscriptions.append(made)
        self._update(gid, made, fields)


def _refs(value) -> list:
    values = value if isinstance(value, list) else [value]
    return [one.gid for one in values if isinstance(one, Ref)]


def _number(gid) -> int:
    return int(gid.rpartition("/")[2].partition("?")[0])
