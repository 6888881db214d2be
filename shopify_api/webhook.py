"""A webhook delivery: is it Shopify's, is it for this shop, what does it say. (SHOPIFY_API §10.1)"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property

from . import exact
from .endpoint import shop_domain

# The headers that `read` looks at.
HEADERS = (
    "X-Shopify-Topic",
    "X-Shopify-Shop-Domain",
    "X-Shopify-Hmac-Sha256",
    "X-Shopify-Event-Id",
    "X-Shopify-Webhook-Id",
    "X-Shopify-Api-Version",
    "X-Shopify-Triggered-At",
    "X-Shopify-Name",
)
_TOPIC = re.compile(r"[a-z0-9_]+(?:[/.][a-z0-9_]+)+", re.ASCII)
_FIRST_ID = re.compile(rb'\{"id":\s?([1-9]\d{0,19})\s?[,}]')
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
# Ids are UUIDs today. What is longer than any name is nobody's id.
_LONGEST = 255


class Rejected(Exception):
    """Not taken: 401 signature, 404 another shop, 400 not understood. The reason is for our log, not for the sender."""

    def __init__(self, status: int, reason: str):
        super().__init__(f"{status}: {reason}")
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Event:
    """A delivery whose signature holds.

    :param event_id: the same for every subscription the event reaches; the key against duplicates, with the topic
    :param webhook_id: the same for every repetition of this delivery
    :param triggered_at: aware, UTC; when it happened, which tells the age of two bodies with equal updated_at
    :param name: what the subscription was named
    :param raw: the body as received; `body` is it parsed
    """

    topic: str
    shop: str
    event_id: str | None
    webhook_id: str | None
    api_version: str | None
    triggered_at: datetime | None
    name: str | None
    raw: bytes = field(repr=False)

    @cached_property
    def body(self) -> dict:
        """Fractions are Decimal; texts may hold NUL and lone surrogates, which PostgreSQL does not take.

        :raise Rejected: 400, it is no JSON object
        """
        return _object(self.raw)

    @property
    def text(self) -> str:
        """The body as PostgreSQL stores it.

        :raise Rejected: 400, it is no UTF-8, or holds NUL
        """
        if b"\0" in self.raw:
            raise Rejected(400, "the body is not JSON")
        try:
            return self.raw.decode()
        except UnicodeDecodeError:
            raise Rejected(400, "the body is not JSON") from None

    @property
    def first_id(self) -> str | None:
        """The id that the body begins with, as those of orders do, without reading the rest of it."""
        match = _FIRST_ID.match(self.raw)
        return match[1].decode() if match else None


def signature(secret: str, body: bytes) -> str:
    """What Shopify puts into X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def read(headers, body: bytes, secrets, shop: str | None) -> Event:
    """The event of a delivery.

    :param headers: mapping of header names, in any case
    :param body: as received, unparsed, already bounded in size
    :param secrets: client secrets that may have signed it, the current and the previous one; empty ones are ignored
    :param shop: the shop it must be for; None when the caller found the secrets by the shop header
    :raise Rejected: 401 before anything else is looked at; then 404, then 400 for the topic
    """
    values = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    if not _signed(values.get("x-shopify-hmac-sha256", ""), body, secrets):
        raise Rejected(401, "the signature is missing or wrong")
    named = values.get("x-shopify-shop-domain", "").lower()
    if not _is_shop(named) or (shop is not None and named != shop.lower()):
        raise Rejected(404, "for another shop, or for none")
    topic = values.get("x-shopify-topic", "").lower()
    if len(topic) > _LONGEST or not _TOPIC.fullmatch(topic):
        raise Rejected(400, "the topic is missing or is none")
    return Event(
        topic=topic,
        shop=named,
        event_id=_id(values.get("x-shopify-event-id")),
        webhook_id=_id(values.get("x-shopify-webhook-id")),
        api_version=_id(values.get("x-shopify-api-version")),
        triggered_at=_moment(values.get("x-shopify-triggered-at")),
        name=_id(values.get("x-shopify-name")),
        raw=body,
    )


def _signed(given: str, body: bytes, secrets) -> bool:
    """Every secret is tried, whichever fits: the time says nothing about which."""
    claimed, fits = given.encode("utf-8", "replace"), False
    for secret in secrets:
        if secret:
            fits |= hmac.compare_digest(signature(secret, body).encode(), claimed)
    return fits


def _is_shop(domain: str) -> bool:
    try:
        return bool(shop_domain(domain))
    except ValueError:
        return False


def _object(body: bytes) -> dict:
    try:
        value = exact.parse(body)  # walking all of it would take as long again, while Shopify waits
    except ValueError as error:
        reason = "nested too deeply" if "deeply" in str(error) else "the body is not JSON"
        raise Rejected(400, reason) from None
    if not isinstance(value, dict):
        raise Rejected(400, "the body is not a JSON object")
    return value


def _id(value: str | None) -> str | None:
    """A header's value that can be stored as text."""
    cleaned = "".join(filter(str.isprintable, value or ""))
    return cleaned[:_LONGEST] or None


def _moment(value: str | None) -> datetime | None:
    """RFC 3339 with up to nine digits of a second; what cannot be read is unknown, and no reason to refuse an order."""
    match = _TIME.fullmatch(value or "")
    if not match:
        return None
    second, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(second + ("+00:00" if offset == "Z" else offset))
        microseconds = int((fraction or "0").ljust(6, "0")[:6])
        return (moment + timedelta(microseconds=microseconds)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
