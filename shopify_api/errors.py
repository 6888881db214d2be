"""What can go wrong between us and Shopify, by what is to be done about it.

No message holds a token, a secret, a URL with a query, or a value of the variables:
messages end in logs and on records.
"""

import re
from dataclasses import dataclass

_LONGEST = 500
# Whatever Shopify issues: shpat_ tokens, shpss_ secrets, shpca_, shprt_ …
_TOKEN = re.compile(r"shp[a-z]{2,3}_\w+")


class ShopifyError(Exception):
    """Any failure. `retryable` says whether the same call may succeed later without a person.

    :param message: what happened, in words; Shopify's own words are quoted
    :param status: HTTP status, None when there was no answer
    :param code: Shopify's error code, such as ACCESS_DENIED
    :param path: where in the answer, as text
    :param request_id: Shopify's X-Request-Id, which its support asks for
    :param retry_after: seconds that Shopify, or its bucket of points, asks to wait; None when nothing is known
    """

    retryable = False

    def __init__(self, message, *, status=None, code=None, path=(), request_id=None, retry_after=None):
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.path = tuple(str(step) for step in path or ())
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self):
        known = (
            self.status and f"HTTP {self.status}",
            self.code,
            self.path and "at " + ".".join(self.path),
            self.request_id and f"request {self.request_id}",
        )
        details = ", ".join(filter(None, known))
        return f"{self.message} ({details})" if details else self.message


class Unreachable(ShopifyError):
    """No connection, or a query without an answer: nothing was changed in Shopify."""

    retryable = True


class OutcomeUnknown(ShopifyError):
    """A mutation was sent and its answer is missing or broken: it may have been applied.

    Retryable with the same idempotency key; without one, look first what Shopify did.
    """

    retryable = True


class Throttled(ShopifyError):
    """More was asked than Shopify allows just now. Nothing was applied."""

    retryable = True


class ShopifyInternal(ShopifyError):
    """Shopify failed (5xx, INTERNAL_SERVER_ERROR) while reading. Nothing was changed."""

    retryable = True


class Unauthorized(ShopifyError):
    """401: the token is wrong or expired, or the app is not installed; a new token did not help."""


class PaymentRequired(ShopifyError):
    """402: the shop is frozen for an unpaid bill."""


class Forbidden(ShopifyError):
    """403, or ACCESS_DENIED for all that was asked: a scope is missing."""


class NotFound(ShopifyError):
    """404, or a redirect: no such shop or path at this address."""


class Locked(ShopifyError):
    """423: the shop is locked or inactive."""


class ReadOnly(ShopifyError):
    """The document would change something and this client only reads. Nothing was sent."""


class InvalidDocument(ShopifyError):
    """Shopify does not accept what we sent: our mistake, not to be repeated."""


@dataclass(frozen=True)
class Problem:
    """One entry of an answer's top-level `errors`. `path` is where in `data`, as text."""

    message: str
    code: str | None = None
    path: tuple[str, ...] = ()


def problems(entries, unspoken=None) -> tuple[Problem, ...]:
    """The top-level errors of an answer, in order.

    :param entries: the `errors` of a body: a list of GraphQL errors, or a text, as HTTP errors of Shopify have it
    :param unspoken: what was sent; its texts are masked in the messages, since Shopify quotes them (FACTS 18)
    """
    if not entries:
        return ()
    sent = sorted(_texts(unspoken), key=len, reverse=True)
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        error = entry if isinstance(entry, dict) else {"message": entry}
        extensions = error.get("extensions")
        code = extensions.get("code") if isinstance(extensions, dict) else None
        path = error.get("path")
        found.append(
            Problem(
                message=_masked(error.get("message"), sent),
                code=_word(code),
                path=tuple(_masked(step, sent) for step in path) if isinstance(path, list) else (),
            )
        )
    return tuple(found)


def _masked(value, sent) -> str:
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    for part in sent:
        text = text.replace(part, "…")
    return _TOKEN.sub("…", text)[:_LONGEST]


def _texts(value) -> set[str]:
    """Every text and number somewhere in it that is long enough to say something about somebody."""
    found, waiting = set(), [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        elif item is not None and len(text := str(item)) >= (4 if isinstance(item, str) else 6):
            found.add(text)
            # Messages quote texts in the manner of JSON or Ruby, with escapes.
            found.add(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
    return found


def _word(value) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"\w{1,80}", value) else None
