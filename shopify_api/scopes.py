"""The access scopes that the addon asks for, and what is missing of them."""

from shopify.api_access import ApiAccess

# The least that today's documents and webhook topics need; a test compares them with Shopify's schema.
SCOPES = frozenset(
    (
        "read_customers",
        "read_locations",
        "read_orders",
        "read_products",
        "write_inventory",
        "write_merchant_managed_fulfillment_orders",
    )
)


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
