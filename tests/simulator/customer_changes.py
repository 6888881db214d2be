"""Customers made through the API (recorded, FACTS 114, 115)."""

import re

from .customers import Customer
from .lines import NOT_MODELLED
from .order_changes import rest_address
from .products import clean_tags
from .roots import Refused, mutation, user_error

_LATER = ("emailMarketingConsent", "smsMarketingConsent", "whatsAppMarketingConsent", "metafields")
_PHONE = re.compile(r"\+?[\d ().-]{7,20}")
_LONGEST = 255


def _mail(given) -> str | None:
    """Without spaces, wherever they stand."""
    return re.sub(r"\s", "", given.get("email") or "") or None


def _errors(shop, given):
    email, phone = _mail(given), given.get("phone")
    if given.get("id"):
        yield user_error(["id"], "Cannot specify ID on creation")
    if not (email or phone or given.get("firstName") or given.get("lastName")):
        yield user_error(None, "A name, phone number, or email address must be present")
    for key, label, value in (("email", "Email", email), ("phone", "Phone", phone)):
        if value and len(value) > _LONGEST:
            yield user_error([key], f"{label} is too long (maximum is {_LONGEST} characters)")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        yield user_error(["email"], "Email is invalid")
    elif email and any((c.email or "").lower() == email.lower() for c in shop.customers):
        yield user_error(["email"], "Email has already been taken")
    if phone and not _PHONE.fullmatch(phone):
        yield user_error(["phone"], "Phone is invalid")
    elif phone and any(c.phone == phone for c in shop.customers):
        yield user_error(["phone"], "Phone has already been taken")


@mutation("customerCreate")
def create(shop, *, input):
    if later := next((key for key in _LATER if input.get(key)), None):
        raise Refused(f"{NOT_MODELLED} CustomerInput.{later}", "SIMULATOR")
    if errors := list(_errors(shop, input)):
        return {"customer": None, "userErrors": errors}
    given = {
        "email": _mail(input),
        "phone": input.get("phone"),
        "first_name": input.get("firstName"),
        "last_name": input.get("lastName"),
        "note": input.get("note"),
        "tags": ", ".join(clean_tags(input.get("tags") or ())),
        "tax_exempt": bool(input.get("taxExempt")),
        "address": rest_address(next(iter(input.get("addresses") or ()), None)),
    }
    customer = Customer(shop, given)
    shop.emit("customers/create", customer.body())
    return {"customer": customer, "userErrors": []}
