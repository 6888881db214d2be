"""The access scopes that the addon asks for, and what is missing of them."""

from shopify.api_access import ApiAccess

# What each feature needs of the app; a test compares their sum with Shopify's schema.
FEATURES = {
    "locations": ("read_locations",),
    "articles": ("read_products",),
    "orders": ("read_customers", "read_orders"),
    "customers": ("write_customers",),
    "stock": ("write_inventory",),
    "oversell": ("write_products",),
    "deliveries": ("write_merchant_managed_fulfillment_orders",),
    "cancellations": ("write_orders",),
}
# Without these a connection is none; the others can be switched off.
ESSENTIAL = ("locations", "articles", "orders")
# What we ask for: the least that today's documents and webhook topics need.
SCOPES = frozenset(scope for needed in FEATURES.values() for scope in needed)


def parse(text) -> frozenset[str]:
    """Scope names from Shopify's comma-separated text, or from any iterable of names."""
    names = text.split(",") if isinstance(text, str) else text or ()
    return frozenset(name.strip() for name in names if isinstance(name, str) and name.strip())


def missing(granted, wanted=SCOPES) -> frozenset[str]:
    """The wanted scopes that were not granted; `write_x` covers `read_x`, which Shopify then does not repeat.

    :param granted: scope names, or Shopify's comma-separated text
    """
    # ApiAccess raises on families it does not know (customer_read_orders): they cover nothing of ours.
    known = ApiAccess([name for name in parse(granted) if ApiAccess.SCOPE_RE.match(name)])
    return frozenset(name for name in wanted if not known.covers(ApiAccess([name])))


def lost(granted) -> dict[str, tuple[str, ...]]:
    """The features that cannot work, each with the scopes that it misses.

    :param granted: as in `missing`
    """
    absent = missing(granted)
    found = {feature: tuple(name for name in needed if name in absent) for feature, needed in FEATURES.items()}
    return {feature: names for feature, names in found.items() if names}
