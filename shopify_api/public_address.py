"""Whether Shopify can reach an address: https, by a name or number of the public internet."""

import ipaddress
from urllib.parse import urlsplit

# Names that mean something inside one network only. Source: RFC 6761, RFC 6762, and ICANN's ".internal".
_LOCAL = ("localhost", "local", "internal", "lan", "home", "localdomain", "test", "invalid")


def fault(url: str) -> str | None:
    """Why Shopify cannot deliver there: "missing", "local" or "not_https"; None when nothing speaks against it.

    The name is not resolved: inside a network a public name often means a private address.
    Source: Shopify takes https addresses only (recorded, FACTS 131).
    """
    try:
        parts = urlsplit(url or "")
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "missing"
    if not host:
        return "missing"
    if _is_local(host):
        return "local"
    return None if parts.scheme == "https" else "not_https"


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.rstrip(".").rsplit(".", 1)[-1] in _LOCAL
