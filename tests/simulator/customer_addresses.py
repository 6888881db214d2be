"""Addresses of a customer through the API (recorded, FACTS 121)."""

import re

from .countries import COUNTRIES, PROVINCES
from .customers import Address
from .order_changes import rest_address
from .roots import mutation, user_error

_URL, _HTML = re.compile(r"https?://|www\."), re.compile(r"<[^>]+>")
_TEXTS = {
    "firstName": "First name",
    "lastName": "Last name",
    "address1": "Address1",
    "address2": "Address2",
    "city": "City",
    "company": "Company",
    "phone": "Phone",
    "zip": "Zip",
}
_COMPARED = ("first_name", "last_name", "company", "address1", "address2", "city", "zip", "country_code", "phone")


def _errors(customer, given, own=None):
    country, province = given.get("countryCode"), given.get("provinceCode")
    if country and country not in COUNTRIES:
        yield user_error(["address", "country"], "Country is invalid")
    elif province and country in PROVINCES and province not in PROVINCES[country]:
        yield user_error(["address", "province"], "Province is invalid")
    for key, label in _TEXTS.items():
        text = given.get(key) or ""
        if _HTML.search(text):
            yield user_error(["address", key], f"{label} cannot contain HTML tags")
        elif _URL.search(text):
            yield user_error(["address", key], f"{label} cannot contain URL")
        elif any(ord(char) >= 0x1F000 for char in text):
            yield user_error(["address", key], f"{label} cannot contain emojis")
    wanted = Address.body(_Unborn(customer, rest_address(given)))
    for other in customer.addresses_:
        if other is not own and all((other.body()[k] or "") == (wanted[k] or "") for k in _COMPARED):
            yield user_error(["address"], "Address already exists")
            return


class _Unborn:
    """What an address would be, to be compared with those there are."""

    def __init__(self, customer, given):
        self.customer, self.given = customer, given


def _customer(shop, gid):
    customer = shop.find(gid, "Customer")
    return customer, [] if customer else [user_error(["customerId"], "Customer does not exist")]


def _address(customer, gid):
    return next((one for one in customer.addresses_ if one.id == gid), None)


@mutation("customerAddressCreate")
def create(shop, *, customer_id, address, set_as_default=False):
    customer, errors = _customer(shop, customer_id)
    errors = errors or list(_errors(customer, address))
    if errors:
        return {"address": None, "userErrors": errors}
    made = Address(customer, rest_address(address))
    customer.addresses_.append(made)
    if set_as_default or customer.home is None:
        customer.home = made
    customer.changed()
    return {"address": made, "userErrors": []}


@mutation("customerAddressUpdate")
def update(shop, *, customer_id, address_id, address, set_as_default=None):
    """Only what is given changes."""
    customer, errors = _customer(shop, customer_id)
    known = customer and _address(customer, address_id)
    if customer and known is None:
        errors = [user_error(["addressId"], "Address does not exist")]
    errors = errors or list(_errors(customer, {**_as_input(known), **address}, known))
    if errors:
        return {"address": None, "userErrors": errors}
    known.given = rest_address({**_as_input(known), **address})
    if set_as_default:
        customer.home = known
    customer.changed()
    return {"address": known, "userErrors": []}


def _as_input(address) -> dict:
    own = address.body()
    names = {"firstName": "first_name", "lastName": "last_name", "countryCode": "country_code"}
    names |= {"provinceCode": "province_code", **{n: n for n in "address1 address2 city company phone zip".split()}}
    return {key: own[name] for key, name in names.items()}


@mutation("customerAddressDelete")
def delete(shop, *, customer_id, address_id):
    customer, errors = _customer(shop, customer_id)
    known = customer and _address(customer, address_id)
    if customer and known is None:
        errors = [user_error(["addressId"], "Address does not exist")]
    if errors:
        return {"deletedAddressId": None, "userErrors": errors}
    customer.addresses_.remove(known)
    if customer.home is known:
        customer.home = customer.addresses_[0] if customer.addresses_ else None
    customer.changed()
    return {"deletedAddressId": known.id, "userErrors": []}


@mutation("customerUpdateDefaultAddress")
def update_default(shop, *, customer_id, address_id):
    customer, errors = _customer(shop, customer_id)
    known = customer and _address(customer, address_id)
    if customer and known is None:
        errors = [user_error(["addressId"], "Address does not exist")]
    if errors:
        return {"customer": None, "userErrors": errors}
    customer.home = known
    customer.changed()
    return {"customer": customer, "userErrors": []}
