"""Where a token may go: the shop's own *.myshopify.com over https, or, in development, this very machine."""

import json
import re

# ASCII only and lower case: an IDN look-alike, a port, a path or a user name never fits.
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com", re.ASCII)
# A pattern instead of a URL parser: what parsers disagree on (user names, backslashes, 127.1) does not fit at all.
_LOOPBACK = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})/?", re.ASCII)


def shop_domain(value: str) -> str:
    """The domain, when it is one of a Shopify shop, such as my-shop.myshopify.com.

    :raise ValueError: it is anything else; nothing is corrected, so that what is stored is what is called
    """
    if not (isinstance(value, str) and _SHOP.fullmatch(value)):
        raise ValueError("A shop's domain looks like my-shop.myshopify.com, in lower case and with nothing around it.")
    return value


def is_loopback(value: str) -> bool:
    """Whether a URL is http(s)://127.0.0.1, localhost or [::1] with a port, and nothing more."""
    match = _LOOPBACK.fullmatch(value) if isinstance(value, str) else None
    return bool(match and 0 < int(match[1]) < 65536)


def base_url(shop: str, endpoint: str | None = None) -> str:
    """Where the requests of a shop go, without a slash at the end.

    :param endpoint: None for Shopify itself; else a loopback address, for a simulator
    :raise ValueError: the shop is none, or the endpoint is not a loopback address
    """
    shop = shop_domain(shop)
    if endpoint is None:
        return f"https://{shop}"
    if not is_loopback(endpoint):
        raise ValueError(
            "A token goes to Shopify or, in development, to this machine: "
            "the endpoint must be http://127.0.0.1:PORT, http://localhost:PORT or http://[::1]:PORT."
        )
    return endpoint.rstrip("/")


def parse_override(text: str | None) -> dict[str, str]:
    """Shop → loopback URL, from the system parameter `shopify_sync.endpoint_override`.

    :param text: JSON such as {"my-shop.myshopify.com": "http://127.0.0.1:8123"}; None or blank: no override
    :raise ValueError: with a sentence for the person who set it
    """
    if not text or not text.strip():
        return {}
    try:
        override = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(
            "shopify_sync.endpoint_override is not JSON. "
            'It should look like {"my-shop.myshopify.com": "http://127.0.0.1:8123"}.'
        ) from None
    if not isinstance(override, dict):
        raise ValueError("shopify_sync.endpoint_override should be one JSON object, from shop to address.")
    for shop, address in override.items():
        try:
            base_url(shop, address if address is not None else "")
        except ValueError as error:
            raise ValueError(f"shopify_sync.endpoint_override, entry {shop[:80]!r}: {error}") from None
    return {shop: address.rstrip("/") for shop, address in override.items()}
