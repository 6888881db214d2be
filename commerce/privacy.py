"""Requests about personal data that Shopify passes on: customers/data_request, customers/redact, shop/redact."""

from dataclasses import dataclass

from . import reading, text

KINDS = {"customers/data_request": "data_request", "customers/redact": "redact", "shop/redact": "shop_redact"}


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what. Source: SHOPIFY_API §10.5."""

    kind: str
    customer_id: str | None
    email: str | None
    phone: str | None
    orders: tuple[str, ...]  # of which it speaks, by id
    number: str | None  # Shopify's own, of data requests only


def parse(topic: str, body: object) -> Request:
    """:raise reading.Unreadable: the body has no usable shape, or a customer's request names no customer"""
    if not isinstance(body, dict):
        raise reading.Unreadable("A request should be an object.")
    kind = KINDS[topic]
    customer = reading.mapping(body.get("customer"), "customer")
    found = Request(
        kind=kind,
        customer_id=reading.number(customer.get("id"), "The customer's id"),
        email=text.clean(customer.get("email")),
        phone=text.clean(customer.get("phone")),
        orders=tuple(
            number
            for one in (body.get("orders_requested") or body.get("orders_to_redact") or ())
            if (number := reading.number(one, "An order's id"))
        ),
        number=reading.number(reading.mapping(body.get("data_request"), "data_request").get("id"), "The request's id"),
    )
    if kind != "shop_redact" and not found.customer_id and not found.email and not found.orders:
        raise reading.Unreadable("The request names no customer.")
    return found


def masked(email: str | None) -> str | None:
    """`zoe@example.com` → `z…@example.com`: enough to recognize a request by, too little to write to."""
    local, at, domain = (email or "").rpartition("@")
    return f"{local[:1]}…@{domain}" if at else None
