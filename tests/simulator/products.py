"""Products and variants, and the catalog they are made from.

A catalog: {"locations": [{"name", "address"?, "online"?}], "products": [{"title", "vendor"?, "type"?, "tags"?,
"options"?: ["Size"], "variants": [{"sku", "price", "barcode"?, "options"?: ["M"], "tracked"? (true), "stock"?:
{location name: pieces}, "taxable"?, "requires_shipping"?, "gift_card"?, "grams"?, "cost"?}]}]}."""

import re
import unicodedata
from datetime import timedelta

from .inventory import InventoryItem
from .money import exact
from .nodes import Node, by_id, local
from .roots import query


class Product(Node):
    typename = "Product"
    description_html = ""
    has_variants_that_requires_components = False
    requires_selling_plan = False
    template_suffix = None

    def __init__(self, shop, title, *, vendor="", product_type="", tags=(), option_names=(), number=None, handle=None):
        super().__init__(shop, number)
        self.title, self.vendor, self.product_type = title, vendor, product_type
        self.tags = clean_tags(tags)
        self.status = "ACTIVE"
        self.seo = {"title": None, "description": None}
        self.option_names = list(option_names) or ["Title"]
        self.variants, self.deleting = [], None
        self.published_at = self.created_at
        self._option_numbers = {}
        self.handle = handle or free_handle(shop, title)

    @property
    def description(self):
        return re.sub(r"<[^>]*>", "", self.description_html).strip()

    def _option_number(self, *key):
        """The number of an option (its name) or of one of its values (name and value), for as long as it exists."""
        return self._option_numbers.setdefault(key, self.shop.next_id())

    @property
    def options(self):
        return [
            {
                "id": f"gid://shopify/ProductOption/{self._option_number(index)}",
                "name": name,
                "position": index + 1,
                "values": list(dict.fromkeys(v.option_values[index] for v in self.variants)),
                "optionValues": [
                    {
                        "__typename": "ProductOptionValue",
                        "id": f"gid://shopify/ProductOptionValue/{self._option_number(index, value)}",
                        "name": value,
                        "hasVariants": True,
                    }
                    for value in dict.fromkeys(v.option_values[index] for v in self.variants)
                ],
            }
            for index, name in enumerate(self.option_names)
        ]

    @property
    def has_only_default_variant(self):
        return len(self.variants) == 1 and self.variants[0].title == "Default Title"

    @property
    def is_gift_card(self):
        return any(v.is_gift_card for v in self.variants)

    @property
    def tracks_inventory(self):
        return any(v.item.tracked for v in self.variants)

    @property
    def total_inventory(self):
        """It follows the levels late (recorded, FACTS 40)."""
        now, lag = self.shop.now(), self.shop.index_lag
        levels = [level for v in self.variants if v.item.tracked for level in v.item.levels.values() if level.is_active]
        return sum(level.available_at(now - timedelta(seconds=lag)) if lag else level.available for level in levels)

    @property
    def variants_count(self):
        return {"count": len(self.variants), "precision": "EXACT"}

    @property
    def total_variants(self):
        return len(self.variants)

    @property
    def has_out_of_stock_variants(self):
        return any(v.item.tracked and v.inventory_quantity <= 0 for v in self.variants)

    def body(self) -> dict:
        """The body of products/create and products/update."""
        return {
            "id": self.number,
            "admin_graphql_api_id": self.id,
            "title": self.title,
            "body_html": self.description_html or None,
            "vendor": self.vendor,
            "product_type": self.product_type,
            "handle": self.handle,
            "status": self.status.lower(),
            "tags": ", ".join(self.tags),
            "template_suffix": self.template_suffix,
            "created_at": local(self.shop, self.created_at),
            "updated_at": local(self.shop, self.updated_at),
            "published_at": local(self.shop, self.published_at),
            "options": [
                {"name": one["name"], "position": one["position"], "values": one["values"]} for one in self.options
            ],
            "variants": [variant.body() for variant in self.variants],
        }


class Variant(Node):
    typename = "ProductVariant"
    requires_components = False
    show_unit_price = False

    def __init__(
        self,
        product,
        *,
        sku,
        price,
        option_values=(),
        barcode=None,
        taxable=True,
        gift_card=False,
        requires_shipping=True,
        tracked=True,
        grams=0,
        cost=None,
        number=None,
        item_number=None,
    ):
        super().__init__(product.shop, number)
        self.product = product
        self.price, self.compare_at_price, self.inventory_policy = exact(price), None, "DENY"
        self.barcode, self.taxable, self.is_gift_card, self.grams = barcode, taxable, gift_card, grams
        self.option_values = list(option_values) or ["Default Title"]
        self.item = InventoryItem(
            self,
            sku=sku,
            tracked=tracked,
            cost=cost,
            requires_shipping=requires_shipping and not gift_card,
            number=item_number,
        )
        product.variants.append(self)

    @property
    def sku(self):
        return self.item.sku

    @property
    def title(self):
        return " / ".join(self.option_values)

    @property
    def display_name(self):
        return f"{self.product.title} - {self.title}"

    @property
    def shown_title(self):
        """As an order line has it: nothing for a product's only variant."""
        return None if self.title == "Default Title" else self.title

    @property
    def position(self):
        return self.product.variants.index(self) + 1

    @property
    def inventory_item(self):
        return self.item

    @property
    def inventory_quantity(self):
        return sum(level.available for level in self.item.levels.values() if level.is_active)

    @property
    def sellable_online_quantity(self):
        return sum(
            level.available
            for level in self.item.levels.values()
            if level.is_active and level.location.fulfills_online_orders
        )

    @property
    def available_for_sale(self):
        return not self.item.tracked or self.inventory_policy == "CONTINUE" or self.sellable_online_quantity > 0

    @property
    def selected_options(self):
        return [
            {"name": name, "value": value, "optionValue": option["optionValues"][option["values"].index(value)]}
            for name, value, option in zip(
                self.product.option_names, self.option_values, self.product.options, strict=True
            )
        ]

    def body(self) -> dict:
        """The REST variant inside a product body."""
        return {
            "id": self.number,
            "product_id": self.product.number,
            "title": self.title,
            "price": str(self.price),
            "position": self.position,
            "inventory_policy": self.inventory_policy.lower(),
            "compare_at_price": None if self.compare_at_price is None else str(self.compare_at_price),
            **{f"option{n + 1}": value for n, value in enumerate(self.option_values)},
            "created_at": local(self.shop, self.created_at),
            "updated_at": local(self.shop, self.updated_at),
            "taxable": self.taxable,
            "barcode": self.barcode,
            "sku": self.sku,
            "inventory_item_id": self.item.number,
            "inventory_quantity": self.inventory_quantity,
            "admin_graphql_api_id": self.id,
        }


def plain_handle(text) -> str:
    """`Weird Handle / 100%` → `weird-handle-100`; letters of any script stay (recorded, FACTS 54)."""
    return re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", text).lower()).strip("-_")


def free_handle(shop, text) -> str:
    """A handle made from a text; a taken one gets the next number (recorded, FACTS 54)."""
    taken = {product.handle for product in shop.products}
    handle = plain_handle(text) or "product"
    while handle in taken:
        match = re.fullmatch(r"(.*?)(\d+)", handle) if re.search(r"\d$", handle) else None
        handle = f"{match[1]}{int(match[2]) + 1}" if match else f"{handle}-1"
    return handle


def clean_tags(tags) -> list:
    """Trimmed, without repetitions in any case (the first spelling stays), sorted (recorded, FACTS 10)."""
    first = {}
    for tag in (part.strip() for one in tags for part in str(one).split(",")):
        if tag:
            first.setdefault(tag.lower(), tag)
    return sorted(first.values(), key=str.lower)


def load(shop, catalog: dict):
    """Put a catalog into an empty shop (format: see the top of this file)."""
    for given in catalog.get("locations", [{"name": "Main warehouse"}]):
        shop.add_location(**given)
    for given in catalog.get("products") or ():
        shop.add_product(**given)


def add(shop, title, variants, *, vendor="", type="", tags=(), options=(), id=None) -> Product:
    product = Product(shop, title, vendor=vendor, product_type=type, tags=tags, option_names=options, number=id)
    for given in variants:
        given = dict(given)
        stock = given.pop("stock", None) or {}
        variant = Variant(product, option_values=given.pop("options", ()), number=given.pop("id", None), **given)
        for where in shop.locations:
            pieces = stock.get(where.name)
            if pieces is not None or (where is shop.locations[0] and not stock):
                variant.item.stocked(where, pieces or 0)
    shop.products.append(product)
    return product


def _variants(shop):
    return [variant for product in shop.products for variant in product.variants]


_VARIANT_FIELDS = {
    "": lambda v: [v.sku or "", v.title, v.product.title],
    "sku": lambda v: v.sku or "",
    "barcode": lambda v: v.barcode or "",
    "id": lambda v: v.number,
    "title": lambda v: v.title,
    "product_id": lambda v: v.product.number,
    "updated_at": lambda v: v.updated_at,
    "product_status": lambda v: v.product.status,
    "vendor": lambda v: v.product.vendor,
    "managed": lambda v: str(v.item.tracked).lower(),
    "location_id": lambda v: [where.number for where in v.item.levels],
}
_PRODUCT_FIELDS = {
    "": lambda p: [p.title, *(v.sku or "" for v in p.variants)],
    "id": lambda p: p.number,
    "title": lambda p: p.title,
    "handle": lambda p: p.handle,
    "sku": lambda p: [v.sku or "" for v in p.variants],
    "barcode": lambda p: [v.barcode or "" for v in p.variants],
    "status": lambda p: p.status,
    "vendor": lambda p: p.vendor,
    "product_type": lambda p: p.product_type,
    "tag": lambda p: p.tags,
    "updated_at": lambda p: p.updated_at,
    "created_at": lambda p: p.created_at,
}


def _indexed(shop, text):
    """What a search looks at: the index, which learns of a product late (recorded, FACTS 26)."""
    since = shop.now() - timedelta(seconds=shop.index_lag)
    return [p for p in shop.products if p.created_at <= since] if text and shop.index_lag else shop.products


@query("products")
def products(shop, request, *, query=None, sort_key="ID"):
    found = shop.search(_indexed(shop, query), query, _PRODUCT_FIELDS, "products", request)
    return shop.sort(found, sort_key, {"TITLE": lambda p: p.title, "VENDOR": lambda p: p.vendor})


@query("productVariants")
def product_variants(shop, request, *, query=None, sort_key="ID"):
    found = shop.search(_variants(shop), query, _VARIANT_FIELDS, "productVariants", request)
    return shop.sort(found, sort_key, {"SKU": lambda v: v.sku or "", "TITLE": lambda v: v.title})


@query("productsCount")
def products_count(shop, request, *, query=None, limit=10000):
    found = shop.search(_indexed(shop, query), query, _PRODUCT_FIELDS, "productsCount", request)
    return shop.count(found, limit)


@query("productVariantsCount")
def product_variants_count(shop, request, *, query=None, limit=10000):
    return shop.count(shop.search(_variants(shop), query, _VARIANT_FIELDS, "productVariantsCount", request), limit)


by_id("product", "Product")
by_id("productVariant", "ProductVariant")
