"""JSON from Shopify, read without losing anything: numbers exact, nonsense refused."""

import json
from decimal import Decimal, InvalidOperation

# Orders nest about ten deep. What is far deeper would break whoever walks or stores it.
DEEPEST = 100
# Amounts and rates have a handful of digits; 1e999999999 is small as a text and enormous as a number.
_LARGEST_EXPONENT = 60
_CONTAINERS = (dict, list)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number is out of range") from None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("a number is out of range")
    return number


def _refuse(word: str):
    raise ValueError(f"{word} is not JSON")


# Made once: json.loads makes one for each text.
_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_refuse)


def loads(raw: bytes):
    """The value of a JSON text in UTF-8: fractions as Decimal, integers of any size exact.

    :raise ValueError: not UTF-8, not JSON, NaN or Infinity, an absurd number, or nested more than 100 deep
    """
    value = parse(raw)
    if _depth(value) > DEEPEST:
        raise ValueError("JSON is nested too deeply")
    return value


def parse(raw: bytes):
    """As `loads`, for what only its first level is looked at of: nested as deep as Python can follow."""
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def _depth(value) -> int:
    """Levels of containers, counted level by level so that no depth can exhaust the stack."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, _CONTAINERS)]:
        depth += 1
        if depth > DEEPEST:
            break
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return depth
