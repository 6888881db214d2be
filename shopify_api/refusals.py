"""Which error an answer is: first by its HTTP status, then by its top-level errors (SHOPIFY_API §7)."""

from .errors import (
    Forbidden,
    InvalidDocument,
    Locked,
    NotFound,
    PaymentRequired,
    ShopifyError,
    ShopifyInternal,
    Throttled,
    Unauthorized,
    problems,
)

_BY_STATUS = {
    401: (Unauthorized, "Shopify does not accept the access token: it expired, or the app was uninstalled."),
    402: (PaymentRequired, "Shopify has frozen this shop because a bill is unpaid."),
    403: (Forbidden, "Shopify refuses access; a scope may be missing."),
    404: (NotFound, "Shopify knows no shop, or no such address, under this domain."),
    423: (Locked, "Shopify has locked this shop."),
    429: (Throttled, "Too many requests to Shopify."),
    430: (Throttled, "Shopify's security layer refuses requests from this server's address for a while."),
}
_BY_CODE = {
    "THROTTLED": Throttled,
    "ACCESS_DENIED": Forbidden,
    "SHOP_INACTIVE": Locked,
    "UNAUTHORIZED": Unauthorized,
    "INTERNAL_SERVER_ERROR": ShopifyInternal,
    "SERVICE_UNAVAILABLE": ShopifyInternal,
    "TIMEOUT": ShopifyInternal,
}


def of_status(reply, body: dict) -> ShopifyError | None:
    """The error of an HTTP status other than 2xx; None for those.

    :param body: the JSON object of the answer, {} when it was none
    """
    status, known = reply.status, {"status": reply.status, "request_id": reply.request_id}
    if 200 <= status < 300:
        return None
    if status in _BY_STATUS:
        kind, message = _BY_STATUS[status]
        return kind(message, retry_after=_retry_after(reply), **known)
    if 300 <= status < 400:
        return NotFound("A redirect came back, which is not followed with an access token: check the domain.", **known)
    if 400 <= status < 500 and status != 408:
        code = next((problem.code for problem in problems(body.get("errors")) if problem.code), None)
        return InvalidDocument("Shopify does not accept the request.", code=code, **known)
    return ShopifyInternal("Shopify failed.", retry_after=_retry_after(reply), **known)


def of_body(reply, body: dict, unspoken) -> ShopifyError | None:
    """The error of an answer without usable data; None when there is some, whatever errors stand beside it.

    :param unspoken: what the message may not quote: the variables and the token

    Usable is data with a root field that is not null. Null without errors is an answer too: there is no such record.
    """
    data, found = body.get("data"), problems(body.get("errors"), unspoken)
    known = {"status": reply.status, "request_id": reply.request_id}
    if isinstance(data, dict) and (not found or any(value is not None for value in data.values())):
        return None
    if not found:
        return ShopifyInternal("Shopify's answer is not one: neither data nor errors.", **known)
    worst = next((problem for problem in found if problem.code in _BY_CODE), found[0])
    kind = _BY_CODE.get(worst.code, InvalidDocument)
    return kind(f"Shopify says: “{worst.message}”", code=worst.code, path=worst.path, **known)


def _retry_after(reply) -> float | None:
    value = (reply.headers.get("Retry-After") or "").strip()
    return float(value) if value.replace(".", "", 1).isdigit() and value.isascii() else None
