"""A customer of their own, as customers/create and customers/update tell of them, and what other customer topics say."""

from dataclasses import dataclass
from datetime import datetime

from . import customer, reading, text

CONSENTS = ("subscribed", "not_subscribed", "unsubscribed", "pending", "invalid", "redacted")
ACCOUNTS = ("disabled", "invited", "enabled", "declined")


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer. What the body did not carry is None, and unknown never overwrites.

    Bodies since 2024-10 have no tags, and those since 2025-10 no address list: `customer.tags_added` and the default address
    remain (SHOPIFY_API §10.4).
    """

    customer: customer.Customer
    updated_at: datetime | None
    account: str | None  # of ACCOUNTS: about the login only
    tags: tuple[str, ...] | None
    tax_exemptions: tuple[str, ...] | None
    email_marketing: str | None  # of CONSENTS
    sms_marketing: str | None
    carried: frozenset[str]

    # What an order also says about who bought, so that people are found in one way (models/shopify_buyer.py).
    shipping = company_id = None

    @property
    def id(self) -> str:
        return self.customer.id

    @property
    def email(self) -> str | None:
        return self.customer.email

    @property
    def phone(self) -> str | None:
        return self.customer.phone

    @property
    def locale(self) -> str | None:
        return self.customer.locale

    @property
    def billing(self) -> customer.Address | None:
        return self.customer.default_address


@dataclass(frozen=True, slots=True)
class Merge:
    """Two customers became one: `gone` is the id that died. `done` is False where Shopify could not merge them."""

    kept: str
    gone: str
    done: bool


def parse(body: object) -> Profile:
    """The customer of a webhook body (REST-shaped).

    :raise reading.Unreadable: no object, no id, or a part without a safe reading
    """
    if not isinstance(body, dict):
        raise reading.Unreadable("A customer should be an object.")
    identity = subject(body)
    known = customer.parse({**body, "id": identity}, "The customer")
    exemptions = body.get("tax_exemptions")
    return Profile(
        customer=known,
        updated_at=reading.moment(body.get("updated_at"), "updated_at"),
        account=_word(body.get("state"), ACCOUNTS),
        tags=tags(body["tags"]) if body.get("tags") is not None else None,
        tax_exemptions=_texts(exemptions) if isinstance(exemptions, list) else None,
        email_marketing=consent(body.get("email_marketing_consent")),
        sms_marketing=consent(body.get("sms_marketing_consent")),
        carried=frozenset(str(key) for key in body),
    )


def subject(body: dict) -> str:
    """The id of the customer that a body of any customer topic is about.

    The global id goes first: Shopify's samples show numbers beyond 2^53 that JavaScript rounded in `id`.

    :raise reading.Unreadable: there is none
    """
    for key in ("admin_graphql_api_id", "id", "customer_id", "customerId", "admin_graphql_api_customer_kept_id"):
        if body.get(key) is not None and (number := reading.number(body[key], "The customer's id")):
            return number
    raise reading.Unreadable("The customer has no id.")


def merge(body: dict) -> Merge:
    """:raise reading.Unreadable: one of the two ids is missing"""
    kept = reading.number(body.get("admin_graphql_api_customer_kept_id"), "The kept customer's id")
    gone = reading.number(body.get("admin_graphql_api_customer_deleted_id"), "The deleted customer's id")
    if not kept or not gone:
        raise reading.Unreadable("Which customers were merged is not said.")
    status = text.folded(text.clean(body.get("status")))
    return Merge(kept, gone, not body.get("errors") and status not in ("failed", "in_progress"))


def consent(value: object) -> str | None:
    """`{"state": "not_subscribed", …}` → not_subscribed; None when it does not say."""
    return _word(reading.mapping(value, "The marketing consent").get("state"), CONSENTS)


def tags(value: object) -> tuple[str, ...]:
    """Tags from a list or, as in REST, from text with commas; each once, in Shopify's spelling."""
    found = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return tuple(dict.fromkeys(_texts(found)))


def _texts(values) -> tuple[str, ...]:
    return tuple(filter(None, map(text.clean, values)))


def _word(value: object, words: tuple[str, ...]) -> str | None:
    word = text.folded(text.clean(value))
    return word if word in words else None
