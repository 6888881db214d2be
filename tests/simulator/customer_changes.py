"""Customers made, changed and deleted through the API (recorded, FACTS 114-117)."""

import re

from .customers import Address, Consent, Customer, by_email
from .lines import NOT_MODELLED
from .order_changes import rest_address
from .products import clean_tags
from .roots import Refused, mutation, user_error
from .schema import utc

_CONSENTS = {
    "emailMarketingConsent": "customerEmailMarketingConsentUpdate",
    "smsMarketingConsent": "customerSmsMarketingConsentUpdate",
    "whatsAppMarketingConsent": "customerWhatsAppMarketingConsentUpdate",
}
_NAMES = {
    "phone": "phone",
    "firstName": "first_name",
    "lastName": "last_name",
    "note": "note",
    "locale": "locale",
    "taxExempt": "tax_exempt",
    "taxExemptions": "tax_exemptions",
}
_PHONE = re.compile(r"\+?[\d ().-]{7,20}")
_LONGEST = 255
NEVER = ("NOT_SUBSCRIBED", "REDACTED", "INVALID")
_NEEDED = {
    "emailMarketingConsent": ("email", "An email address is required to set the email marketing consent state."),
    "smsMarketingConsent": ("phone", "A phone number is required to set the SMS consent state."),
    "whatsAppMarketingConsent": ("phone", "A phone number is required to set the WhatsApp consent state."),
}
_UNKNOWN = user_error(["id"], "Customer does not exist")


def _mail(given) -> str | None:
    """Without spaces, wherever they stand."""
    return re.sub(r"\s", "", given.get("email") or "") or None


def _errors(shop, given, own=None):
    email, phone = _mail(given), given.get("phone")
    others = [one for one in shop.customers if one is not own]
    kept = {name: getattr(own, name, None) for name in ("email", "phone", "first_name", "last_name")}
    now = {
        **kept,
        **{_NAMES.get(key, key): value for key, value in given.items() if key in (*_NAMES, "email")},
    }
    if not any(now[name] for name in kept):
        yield user_error(None, "A name, phone number, or email address must be present")
    for key, label, value in (("email", "Email", email), ("phone", "Phone", phone)):
        if value and len(value) > _LONGEST:
            yield user_error([key], f"{label} is too long (maximum is {_LONGEST} characters)")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        yield user_error(["email"], "Email is invalid")
    elif email and any((c.email or "").lower() == email.lower() for c in others):
        yield user_error(["email"], "Email has already been taken")
    if phone and not _PHONE.fullmatch(phone):
        yield user_error(["phone"], "Phone is invalid")
    elif phone and any(c.phone == phone for c in others):
        yield user_error(["phone"], "Phone has already been taken")


def _later(input):
    if input.get("metafields"):
        raise Refused(f"{NOT_MODELLED} CustomerInput.metafields", "SIMULATOR")


def take(customer, input):
    """Only what is named changes; addresses, where given, are all there are afterwards (recorded, FACTS 116)."""
    for key, name in _NAMES.items():
        if key in input:
            customer.given[name] = input[key]
    if "email" in input:
        customer.given["email"] = _mail(input)
    if "tags" in input:
        customer.given["tags"] = ", ".join(clean_tags(input["tags"] or ()))
    if "addresses" in input:
        customer.addresses_ = [Address(customer, rest_address(one)) for one in input["addresses"] or ()]
        customer.home = customer.addresses_[0] if customer.addresses_ else None


def consent(given) -> Consent:
    """:raises Refused: a state that only Shopify itself can set (recorded, FACTS 120)"""
    if given["marketingState"] in NEVER:
        raise Refused(f"Cannot specify {given['marketingState']} as a marketing state input", "INVALID")
    level, moment = given.get("marketingOptInLevel") or "SINGLE_OPT_IN", given.get("consentUpdatedAt")
    return Consent(given["marketingState"], level, utc(moment))


@mutation("customerCreate")
def create(shop, *, input):
    _later(input)
    wrong = [user_error(["id"], "Cannot specify ID on creation")] if input.get("id") else []
    if (input.get("whatsAppMarketingConsent") or {}).get("state") in NEVER:
        state = input["whatsAppMarketingConsent"]["state"]
        raise Refused(f"Cannot specify {state} as a marketing state input", "INVALID")
    given = {key: consent(input[key]) for key in _NEEDED if input.get(key) and "marketingState" in input[key]}
    for key, (needed, text) in _NEEDED.items():
        if input.get(key) and not input.get(needed):
            wrong.append(user_error([key], text))
    if errors := wrong or list(_errors(shop, input)):
        return {"customer": None, "userErrors": errors}
    customer = Customer(shop, {})
    take(customer, input)
    for key, kind in (("emailMarketingConsent", "email"), ("smsMarketingConsent", "sms")):
        if key in given:
            customer.consent[kind] = given[key]
    customer.changed("customers/create")
    return {"customer": customer, "userErrors": []}


@mutation("customerUpdate")
def update(shop, *, input):
    _later(input)
    customer = shop.find(input["id"], "Customer") if input.get("id") else None
    if customer is None:
        return {"customer": None, "userErrors": [_UNKNOWN]}
    for key, instead in _CONSENTS.items():
        if key in input:
            text = f"To update {key}, please use the {instead} Mutation instead"
            return {"customer": None, "userErrors": [user_error([key], text)]}
    if errors := list(_errors(shop, input, customer)):
        return {"customer": None, "userErrors": errors}
    before = set(customer.tags)
    take(customer, input)
    customer.changed()
    tell_tags(customer, before)
    return {"customer": customer, "userErrors": []}


def tell_tags(customer, before):
    now = set(customer.tags)
    for topic, tags in (("customer.tags_added", now - before), ("customer.tags_removed", before - now)):
        if tags:
            moment = customer.shop.now().isoformat()
            body = {"customerId": customer.id, "tags": sorted(tags), "occurredAt": moment}
            customer.shop.emit(topic, body)


@mutation("customerDelete")
def delete(shop, *, input):
    customer = shop.find(input["id"], "Customer")
    if customer is None:
        error = user_error(["id"], "Customer can't be found")
        return {"deletedCustomerId": None, "userErrors": [error]}
    if not customer.can_delete:
        error = user_error(["id"], "Customer can’t be deleted because they have associated orders")
        return {"deletedCustomerId": None, "userErrors": [error]}
    drop(customer)
    body = {"id": customer.number, "tax_exemptions": [], "admin_graphql_api_id": customer.id}
    shop.emit("customers/delete", body)
    return {"deletedCustomerId": customer.id, "userErrors": []}


def drop(customer):
    shop = customer.shop
    shop.customers.remove(customer)
    shop.nodes.pop((customer.typename, str(customer.number)), None)


def _set_errors(identifier, input, customer):
    """:yield: errors of customerSet, all at the whole input (recorded)"""
    if identifier and input.get("id"):
        yield "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED"
        return
    if identifier and identifier.get("id") and customer is None:
        yield "Resource matching the identifier was not found.", "NOT_FOUND"
    for key in ("email", "phone"):
        if not identifier or not identifier.get(key):
            continue
        if not input.get(key):
            yield "The input field corresponding to the identifier is required.", "MISSING_FIELD_REQUIRED"
        elif input[key].lower() != identifier[key].lower():
            text = "The identifier value does not match the value of the corresponding field in the input."
            yield text, "INPUT_MISMATCH"


@mutation("customerSet")
def customer_set(shop, *, input, identifier=None):
    """Create or update; lists that are given replace those there are."""
    identifier = identifier or {}
    gid = identifier.get("id") or input.get("id")
    if identifier.get("customId"):
        raise Refused(f"{NOT_MODELLED} CustomerSetIdentifiers.customId", "SIMULATOR")
    customer = shop.find(gid, "Customer") if gid else None
    if identifier.get("email"):
        customer = by_email(shop, identifier["email"])
    elif identifier.get("phone"):
        customer = next((one for one in shop.customers if one.phone == identifier["phone"]), None)
    if wrong := list(_set_errors(identifier, input, customer)):
        return {"customer": None, "userErrors": [user_error(["input"], *one) for one in wrong]}
    if "taxExempt" in input and input["taxExempt"] is None:
        error = user_error(["input", "taxExempt"], "Tax exempt is of unexpected type NilClass", "INVALID")
        return {"customer": None, "userErrors": [error]}
    if errors := list(_errors(shop, input, customer)):
        for error in errors:
            error["field"] = ["input", *(error["field"] or ())]
        return {"customer": None, "userErrors": errors}
    topic = "customers/update" if customer else "customers/create"
    customer = customer or Customer(shop, {})
    before = set(customer.tags)
    take(customer, input)
    customer.changed(topic)
    if topic == "customers/update":
        tell_tags(customer, before)
    return {"customer": customer, "userErrors": []}


@mutation("customerSendAccountInviteEmail")
def invite(shop, *, customer_id):
    customer = shop.find(customer_id, "Customer")
    if customer is None:
        return {"customer": None, "userErrors": [user_error(["customerId"], "Customer can't be found", "INVALID")]}
    if not customer.email:
        error = user_error(["customerId"], "Customer must have an email address", "INVALID")
        return {"customer": None, "userErrors": [error]}
    if customer.state == "ENABLED":
        error = user_error(["customerId"], "Customer account is already enabled", "ACCOUNT_ALREADY_ENABLED")
        return {"customer": None, "userErrors": [error]}
    customer.given["state"] = "invited"
    customer.changed()
    return {"customer": customer, "userErrors": []}
