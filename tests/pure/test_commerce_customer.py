"""Buyers and addresses: any part may be missing, and equal addresses are known to be equal."""

import pytest

from commerce import customer
from commerce.reading import Unreadable

KOELN = {
    "first_name": "Zoë",
    "last_name": "Kern",
    "company": "Kern GmbH",
    "address1": "Hauptstraße 1",
    "city": "Köln",
    "zip": "50 667",
    "country": "Germany",
    "country_code": "DE",
    "phone": "+49 (221) 1-23",
}


@pytest.mark.parametrize(
    "change",
    [
        {"first_name": "ZOË", "city": " köln "},
        {"address1": "HAUPTSTRASSE  1"},
        {"zip": "50667", "phone": "+49221123"},
        {"country": "Deutschland", "id": 5, "email": "a@b.c"},
        {"company": "\uff2bern GmbH"},
        {"address2": "", "province": None},
    ],
)
def test_addresses_that_only_look_different_have_one_key(change):
    assert customer.address(KOELN | change).key == customer.address(KOELN).key


@pytest.mark.parametrize("change", [{"address1": "Hauptstraße 2"}, {"country_code": "AT"}, {"last_name": "Korn"}])
def test_addresses_that_differ_have_two(change):
    assert customer.address(KOELN | change).key != customer.address(KOELN).key


def test_an_address_without_anything_is_none():
    assert customer.address(None) is None
    assert customer.address({"first_name": " ", "latitude": 1.0, "zip": None}) is None


def test_names_are_taken_as_given_or_put_together():
    assert customer.address(KOELN).name == "Zoë Kern"
    assert customer.address({"last_name": "王"}).name == "王"
    assert customer.address({"name": "Z. Kern", "first_name": "Zoë"}).name == "Z. Kern"


def test_a_customer_has_a_cleaned_name_and_a_default_address():
    parsed = customer.parse(
        {"id": 61, "first_name": "Z\x00oë", "tax_exempt": True, "default_address": KOELN | {"id": 7}}
    )
    assert (parsed.id, parsed.name, parsed.company, parsed.tax_exempt) == ("61", "Zoë", "Kern GmbH", True)
    assert (parsed.default_address.id, parsed.email) == ("7", None)


def test_a_guest_is_none():
    assert customer.parse(None) is None
    assert customer.parse({}) is None


@pytest.mark.parametrize("wrong", ["x", [], {"id": True}, {"id": 1, "default_address": []}])
def test_a_customer_without_a_safe_reading_is_refused(wrong):
    with pytest.raises(Unreadable):
        customer.parse(wrong)
