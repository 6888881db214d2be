"""Reading a body: the few shapes JSON has, and the one error that a body can be refused with."""

import re
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import TypeVar

from . import ids, money, text

Value = TypeVar("Value")


class Unreadable(ValueError):
    """The body cannot be understood; the message says in words which part, without quoting personal data."""


def mapping(value: object, name: str) -> dict:
    """A JSON object; an absent or null one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{name} should be an object, but is {_kind(value)}.")
    return value


def mappings(value: object, name: str) -> list[dict]:
    """A JSON list of objects; an absent or null one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{name} should be a list, but is {_kind(value)}.")
    return [mapping(item, f"an entry of {name}") for item in value if item is not None]


def number(value: object, name: str) -> str | None:
    """An id (see ids.number)."""
    return _or_unreadable(ids.number, value, name)


def decimal(value: object, name: str) -> Decimal | None:
    """An exact number; None for null and empty text."""
    return None if value is None or value == "" else _or_unreadable(money.decimal, value, name)


def count(value: object, name: str) -> int | None:
    """Pieces: a whole number from 0 up; None for null."""
    amount = decimal(value, name)
    if amount is None:
        return None
    if amount < 0 or amount != amount.to_integral_value() or amount >= 2**31:
        raise Unreadable(f"{name} should be a number of pieces, but is {amount}.")
    return int(amount)


def flag(value: object) -> bool | None:
    """True or false; None for anything else, which then is unknown."""
    return value if isinstance(value, bool) else None


def moment(value: object, name: str) -> datetime | None:
    """A time as naive UTC, from ISO 8601. Shopify always writes an offset; a time without one is taken as UTC."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{name} should be a time, but is {_kind(value)}.")
    try:
        # Python 3.10 does not read the Z itself.
        parsed = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", value.strip()))
        return parsed.astimezone(timezone.utc).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} should be a time, but is {text.storable(value)[:40]!r}.") from None


def currency(value: object, name: str) -> str | None:
    """A currency code: three capital letters."""
    if value is None or value == "":
        return None
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha()):
        raise Unreadable(f"{name} should be a currency code such as EUR.")
    return value.upper()


def _or_unreadable(read: Callable[[object], Value], value: object, name: str) -> Value:
    try:
        return read(value)
    except ValueError as error:
        raise Unreadable(f"{name}: {text.storable(str(error))}") from None


def _kind(value: object) -> str:
    return {bool: "true or false", str: "a text", list: "a list", dict: "an object"}.get(type(value), "a number")
