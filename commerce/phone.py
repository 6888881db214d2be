"""Phone numbers as people type them, made comparable.

Odoo's own `phone_sanitized` is E.164 only where the optional library phonenumbers is installed; else it is the typed text.
"""

import re

_NO_DIGITS = re.compile(r"\D")
TAIL = 8  # digits at the end that the national and the international spelling of a number share
_SHORTEST = 6
_LONGEST = 15  # Source: ITU-T E.164
# Countries whose numbers keep their leading zero behind the calling code.
_KEEPS_ZERO = frozenset((39, 378, 379))


def e164(number: str | None, calling_code: int | None) -> str | None:
    """`0221 / 123-45` with calling code 49 → `+4922112345`.

    :param calling_code: of the country the number belongs to; None or 0: only numbers with a + can be read
    :return: None for what is no phone number
    """
    typed = (number or "").strip()
    digits = _NO_DIGITS.sub("", typed.replace("(0)", ""))
    if typed.startswith("+"):
        pass
    elif digits.startswith("00"):
        digits = digits[2:]
    elif not calling_code:
        return None
    elif calling_code == 1 and len(digits) == 11 and digits.startswith("1"):
        pass
    else:
        national = digits if calling_code in _KEEPS_ZERO else digits.removeprefix("0")
        digits = f"{calling_code}{national}"
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST else None


def tail(number: str | None) -> str:
    """The last digits, equal for all spellings of a number."""
    return _NO_DIGITS.sub("", number or "")[-TAIL:]
