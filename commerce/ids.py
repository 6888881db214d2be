"""Shopify's ids: text of digits inside, global ids only on the wire."""

import re

# 64 bits have at most 20 digits.
_NUMBER = re.compile(r"[0-9]{1,20}")
_GID = re.compile(r"gid://shopify/[A-Za-z]+/([0-9]{1,20})(?:\?.*)?", re.DOTALL)
_TYPE = re.compile(r"[A-Z][A-Za-z]*")


def number(value: object) -> str | None:
    """The digits of an id.

    :param value: an int, text of digits, or a global id, also one with a query
        (``gid://shopify/InventoryLevel/1?inventory_item_id=2``); None and empty text say that there is none
    :return: digits without leading zeros, or None
    :raise ValueError: anything else. A float has lost digits above 2^53 already and a bool is no id, so both are
        refused, as are 0, negative numbers and the UUIDs of order edits.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"An id must be a whole number, digits or a global id, not a {type(value).__name__}.")
    if isinstance(value, int):
        # Bounded before str(): Python refuses to print enormous integers.
        text = str(value) if 0 <= value < 10**20 else "A number out of range"
    else:
        text = value.strip()
        text = match[1] if (match := _GID.fullmatch(text)) else text
    digits = text.lstrip("0") if _NUMBER.fullmatch(text) else ""
    if not digits:
        raise ValueError(f"{text[:60]!r} is no Shopify id.")
    return digits


def gid(kind: str, value: object) -> str:
    """The global id of a record: ``gid("Order", "123")`` is ``gid://shopify/Order/123``.

    :raise ValueError: no id, or `kind` is no GraphQL type name
    """
    digits = number(value)
    if digits is None or not _TYPE.fullmatch(kind):
        raise ValueError(f"A global id needs a type and a number, not {kind!r} and {str(value)[:60]!r}.")
    return f"gid://shopify/{kind}/{digits}"
