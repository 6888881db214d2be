"""Phone numbers: every spelling of one number is one, and two numbers stay two."""

import pytest

from commerce import phone


@pytest.mark.parametrize(
    "typed", ["0221 / 123-45 67", "+49 (0)221 1234567", "+49 221 1234567", "0049 221 1234567", "(0221) 1234567"]
)
def test_spellings_of_one_german_number(typed):
    assert phone.e164(typed, 49) == "+492211234567"
    assert phone.tail(typed) == "11234567"


@pytest.mark.parametrize("typed", ["(555) 555-0088", "1-555-555-0088", "+1 555 555 0088"])
def test_spellings_of_one_north_american_number(typed):
    assert phone.e164(typed, 1) == "+15555550088"


def test_italy_keeps_its_zero():
    assert phone.e164("06 1234567", 39) == phone.e164("+39 06 1234567", None) == "+39061234567"


@pytest.mark.parametrize(
    ("typed", "code"), [(None, 49), ("", 49), ("call me", 49), ("123", 49), ("0221 12345", None), ("9" * 20, 1)]
)
def test_what_is_no_number_is_none(typed, code):
    assert phone.e164(typed, code) is None


def test_two_numbers_are_two():
    assert phone.e164("0221 1234567", 49) != phone.e164("0221 1234567", 43)
