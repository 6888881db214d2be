"""The calendar of API versions, and what Shopify's list of them says about ours."""

from datetime import date

import pytest

from shopify_api import VERSION, versions

LISTED = [
    {"handle": handle, "supported": supported}
    for handle, supported in (
        ("2025-10", False),
        ("2026-04", True),
        ("2026-07", True),
        ("2026-10", True),
        ("2027-01", False),
        ("unstable", False),
    )
]


def test_a_version_lives_a_year():
    assert versions.ends("2026-10") == date(2027, 10, 1)
    assert versions.ends(VERSION) > date(2026, 10, 1)


@pytest.mark.parametrize("version", ["", None, "unstable", "2026-1", "2026-10 "])
def test_what_is_no_version_has_no_end(version):
    with pytest.raises(ValueError):
        versions.ends(version)


def test_the_newest_version_has_time():
    found = versions.outlook(LISTED, "2026-10", date(2026, 11, 1))
    assert (found.ends, found.supported, found.newer, found.soon) == (date(2027, 10, 1), True, (), False)


def test_the_oldest_supported_one_is_the_next_to_go():
    found = versions.outlook(LISTED, "2026-04", date(2026, 11, 1))
    assert (found.supported, found.newer, found.soon) == (True, ("2026-07", "2026-10"), True)


def test_a_retired_one_is_told():
    found = versions.outlook(LISTED, "2025-10", date(2026, 11, 1))
    assert (found.supported, found.soon) == (False, True)


@pytest.mark.parametrize(("today", "soon"), [(date(2027, 7, 2), False), (date(2027, 7, 3), True)])
def test_ninety_days_before_the_end_it_is_worth_a_word(today, soon):
    later = [{"handle": "2026-10", "supported": True}]
    assert versions.outlook(later, "2026-10", today).soon is soon


def test_an_empty_list_leaves_the_calendar():
    for nothing in (None, [], [{"handle": None, "supported": True}]):
        found = versions.outlook(nothing, "2026-10", date(2026, 11, 1))
        assert (found.supported, found.soon) == (False, False)
