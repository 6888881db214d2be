"""Text as PostgreSQL can store it."""

import re
import unicodedata

# PostgreSQL refuses NUL in text and jsonb; a lone surrogate, which JSON can spell "\ud83d", has no UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def storable(value: str) -> str:
    """The same text without NUL, with U+FFFD in place of each lone surrogate; nothing else changes."""
    return _SURROGATE.sub("\ufffd", value.replace("\x00", ""))


def clean(value: object) -> str | None:
    """Text for a field: storable and trimmed.

    :param value: text, or a number that Shopify or an app sent in its place
    :return: None when nothing is left, for null, and for what is no text (lists, objects, true and false)
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str):
        try:
            value = str(value)
        except ValueError:  # an integer of thousands of digits
            return None
    return storable(value).strip() or None


def clean_json(value: object) -> object:
    """A JSON value with every text in it storable, keys included; its shape, numbers and inner blanks stay."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): clean_json(item) for key, item in value.items()}
    return value


def folded(value: str | None) -> str:
    """Text for comparing: NFKC, case folded, blanks collapsed; "" for None."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", value or "").casefold()).strip()
