"""Companies made and changed through the API (recorded, FACTS 122-124)."""

import re

from . import companies, customers
from .countries import COUNTRIES, PROVINCES
from .roots import mutation, user_error

_KEY = re.compile(r"""[A-Za-z0-9!@#$%^&*(){}\[\]\\/?<>_\-~,.;:'`"]*""")
_NOT_TEXT = re.compile(r"<[^>]+>|https?://|www\.")
_ZIP = {"US": re.compile(r"\d{5}(-\d{4})?"), "CA": re.compile(r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d")}
_TEXTS = {
    "address1": "Address1",
    "address2": "Address2",
    "city": "City",
    "recipient": "Recipient",
    "firstName": "First name",
    "lastName": "Last name",
}
_GONE = "Resource requested does not exist."


def _key_errors(shop, key, others, path):
    if not key:
        return
    if len(key) > 64:
        yield user_error(path, "External Id must be 64 characters or less.", "TOO_LONG")
    elif not _KEY.fullmatch(key):
        text = "External Id can only contain numbers, letters, and some special characters, including "
        text += "!@#$%^&*(){}[]\\/?<>_-~,.;:'`\""
        yield user_error(path, text, "INVALID")
    elif any(one.external_id == key for one in others):
        yield user_error(path, "External id has already been taken.", "TAKEN")


def _address_errors(given, path):
    if not given:
        return
    country, zone = given.get("countryCode"), given.get("zoneCode")
    if country and country not in COUNTRIES:
        yield user_error([*path, "countryCode"], "Country code is invalid", "INVALID")
        return
    if zone and country in PROVINCES and zone not in PROVINCES[country]:
        yield user_error([*path, "zoneCode"], "Zone code is invalid", "INVALID")
    if given.get("zip") and country in _ZIP and not _ZIP[country].fullmatch(given["zip"]):
        yield user_error([*path, "zip"], "Zip is invalid", "INVALID")
    for key, label in _TEXTS.items():
        text = given.get(key) or ""
        if _NOT_TEXT.search(text) or any(ord(char) >= 0x1F000 for char in text):
            yield user_error([*path, key], f"{label} is invalid", "INVALID")


def _location_errors(shop, given, path, own=None):
    if "taxExempt" in given and given["taxExempt"] is None:
        yield user_error([*path, "taxExempt"], "Invalid input.", "INVALID_INPUT")
        return
    same = given.get("billingSameAsShipping")
    if same and given.get("billingAddress"):
        yield user_error([*path, "billingAddress"], "Invalid input.", "INVALID_INPUT")
        return
    if same and not given.get("shippingAddress"):
        yield user_error([*path, "shippingAddress"], "Invalid input.", "INVALID_INPUT")
        return
    for key in ("shippingAddress", "billingAddress"):
        yield from _address_errors(given.get(key), [*path, key])
    others = [place for company in shop.companies for place in company.locations if place is not own]
    yield from _key_errors(shop, given.get("externalId"), others, [*path, "externalId"])


def _contact_errors(given, path):
    email = given.get("email")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        yield user_error([*path, "email"], "Email is invalid", "INVALID")
    if any(_NOT_TEXT.search(given.get(key) or "") for key in ("firstName", "lastName", "title")):
        yield user_error(path, "Invalid input.", "INVALID_INPUT")


def _place(company, given) -> companies.Place:
    address = (given.get("shippingAddress") or given.get("billingAddress") or {}) if company.locations else {}
    shipping, billing = given.get("shippingAddress"), given.get("billingAddress")
    return companies.Place(
        company,
        given.get("name") or address.get("address1") or company.name,
        external_id=given.get("externalId"),
        note=given.get("note"),
        phone=given.get("phone"),
        locale=given.get("locale"),
        tax_registration_id=given.get("taxRegistrationId"),
        tax_exempt=given.get("taxExempt"),
        tax_exemptions=given.get("taxExemptions"),
        shipping=shipping,
        billing=shipping if given.get("billingSameAsShipping") else billing,
    )


def _contact(company, given) -> companies.Contact:
    named = {"first_name": given.get("firstName"), "last_name": given.get("lastName"), "phone": given.get("phone")}
    customer = customers.known(company.shop, {"email": given.get("email"), **named})
    return companies.Contact(company, customer, title=given.get("title"), locale=given.get("locale"))


@mutation("companyCreate")
def create(shop, *, input):
    given, place, contact = input["company"], input.get("companyLocation") or {}, input.get("companyContact")
    path = ["input", "company"]
    errors = []
    if not (given.get("name") or "").strip():
        errors.append(user_error([*path, "name"], "Name can't be blank", "BLANK"))
    errors += _key_errors(shop, given.get("externalId"), shop.companies, [*path, "externalId"])
    errors += _location_errors(shop, place, ["input", "companyLocation"])
    errors += _contact_errors(contact or {}, ["input", "companyContact"])
    if errors:
        return {"company": None, "userErrors": errors}
    company = companies.Company(shop, given["name"], external_id=given.get("externalId"), note=given.get("note"))
    _place(company, place)
    if contact is not None:
        company.main_contact = _contact(company, contact)
        companies.Assignment(company.main_contact, company.default_role, company.locations[0])
    shop.emit("companies/create", company.document())
    shop.emit("company_locations/create", company.locations[0].document())
    for one in company.contacts:
        shop.emit("company_contacts/create", one.document())
    return {"company": company, "userErrors": []}


@mutation("companyUpdate")
def update(shop, *, company_id, input):
    company = shop.find(company_id, "Company")
    if company is None:
        return {"company": None, "userErrors": [user_error(["companyId"], _GONE, "RESOURCE_NOT_FOUND")]}
    if not input:
        text = "At least one attribute to change must be present"
        return {"company": None, "userErrors": [user_error(["input"], text, "INVALID")]}
    if "customerSince" in input:
        error = user_error(["input", "customerSince"], "This field may only be set on creation.", "INVALID_INPUT")
        return {"company": None, "userErrors": [error]}
    others = [one for one in shop.companies if one is not company]
    errors = list(_key_errors(shop, input.get("externalId"), others, ["input", "externalId"]))
    if "name" in input and not (input["name"] or "").strip():
        errors.append(user_error(["input", "name"], "Name can't be blank", "BLANK"))
    if errors:
        return {"company": None, "userErrors": errors}
    for key, name in (("name", "name"), ("externalId", "external_id"), ("note", "note")):
        if key in input:
            setattr(company, name, input[key])
    company.touch()
    shop.emit("companies/update", company.document())
    return {"company": company, "userErrors": []}


@mutation("companyDelete")
def delete(shop, *, id):
    company = shop.find(id, "Company")
    if company is None:
        return {"deletedCompanyId": None, "userErrors": [user_error(["id"], _GONE, "RESOURCE_NOT_FOUND")]}
    shop.companies.remove(company)
    for thing in (company, *company.contacts, *company.locations):
        shop.nodes.pop((thing.typename, str(thing.number)), None)
    shop.emit("companies/delete", company.document())
    return {"deletedCompanyId": id, "userErrors": []}


@mutation("companyLocationCreate")
def location_create(shop, *, company_id, input):
    company = shop.find(company_id, "Company")
    if company is None:
        return {"companyLocation": None, "userErrors": [user_error(["companyId"], _GONE, "RESOURCE_NOT_FOUND")]}
    if not set(input) - {"shippingAddress", "billingAddress", "billingSameAsShipping"}:
        error = user_error(None, "Company location create input is empty.", "NO_INPUT")
        return {"companyLocation": None, "userErrors": [error]}
    if errors := list(_location_errors(shop, input, ["input"])):
        return {"companyLocation": None, "userErrors": errors}
    place = _place(company, input)
    shop.emit("company_locations/create", place.document())
    return {"companyLocation": place, "userErrors": []}


@mutation("companyLocationUpdate")
def location_update(shop, *, company_location_id, input):
    place = shop.find(company_location_id, "CompanyLocation")
    if place is None:
        error = user_error(["input"], "The company location doesn't exist", "RESOURCE_NOT_FOUND")
        return {"companyLocation": None, "userErrors": [error]}
    if not input:
        error = user_error(["input"], "Company location update input is empty.", "NO_INPUT")
        return {"companyLocation": None, "userErrors": [error]}
    if errors := list(_location_errors(shop, input, ["input"], place)):
        return {"companyLocation": None, "userErrors": errors}
    names = (
        ("name", "name"),
        ("externalId", "external_id"),
        ("note", "note"),
        ("phone", "phone"),
        ("locale", "locale"),
    )
    for key, name in names:
        if key in input:
            setattr(place, name, input[key])
    place.touch()
    shop.emit("company_locations/update", place.document())
    return {"companyLocation": place, "userErrors": []}


@mutation("companyContactCreate")
def contact_create(shop, *, company_id, input):
    company = shop.find(company_id, "Company")
    if company is None:
        return {"companyContact": None, "userErrors": [user_error(["companyId"], _GONE, "RESOURCE_NOT_FOUND")]}
    if not input:
        error = user_error(None, "Company contact create input is empty.", "NO_INPUT")
        return {"companyContact": None, "userErrors": [error]}
    if not input.get("email"):
        error = user_error(["input"], "Either the attribute email or customer_id must be provided", "INVALID")
        return {"companyContact": None, "userErrors": [error]}
    if errors := list(_contact_errors(input, ["input"])):
        return {"companyContact": None, "userErrors": errors}
    contact = _contact(company, input)
    shop.emit("company_contacts/create", contact.document())
    return {"companyContact": contact, "userErrors": []}


@mutation("companyAssignCustomerAsContact")
def assign_customer(shop, *, company_id, customer_id):
    company, customer = shop.find(company_id, "Company"), shop.find(customer_id, "Customer")
    text, field, code = None, ["companyId"], "INVALID_INPUT"
    if company is None:
        text, code = "Company does not exist.", "RESOURCE_NOT_FOUND"
    elif customer is None:
        text, field, code = "Customer does not exist.", ["customerId"], "RESOURCE_NOT_FOUND"
    elif not customer.email:
        text = "Customer must have an email address."
    elif customer.company_contact_profiles:
        text = "Customer is already associated with a company contact."
    if text:
        return {"companyContact": None, "userErrors": [user_error(field, text, code)]}
    contact = companies.Contact(company, customer)
    shop.emit("company_contacts/create", contact.document())
    return {"companyContact": contact, "userErrors": []}


@mutation("companyAssignMainContact")
def assign_main(shop, *, company_id, company_contact_id):
    company, contact = shop.find(company_id, "Company"), shop.find(company_contact_id, "CompanyContact")
    if company is None:
        return {"company": None, "userErrors": [user_error(["companyId"], _GONE, "RESOURCE_NOT_FOUND")]}
    if contact is None or contact.company is not company:
        error = user_error(["companyContactId"], "The company contact does not belong to the company.", "INVALID_INPUT")
        return {"company": None, "userErrors": [error]}
    company.main_contact = contact
    company.touch()
    shop.emit("companies/update", company.document())
    return {"company": company, "userErrors": []}
