"""Whether two answers are the same: data, user errors, codes of top-level errors.

Ids, cursors and the names the shop gives (`#1001`) are matched consistently: one of the recording always stands for
the same one of the simulator. Times are equal, or both were made by their clocks and stand in the same order. Amounts
are compared as numbers."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation

from .facts import GID

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_NAME = re.compile(r"#D?\d+(?:[.-]\w+)?")
_NUMBER = re.compile(r"\d{6,}")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPAQUE = ("cursor", "startCursor", "endCursor")
# Two writes of one request may fall into neighboring seconds.
_SLACK = 2


class Pairs:
    """What of the recording stands for what of the simulator."""

    def __init__(self):
        self.theirs, self.ours, self.times = {}, {}, []
        self.answer = 0

    def bind(self, recorded, made) -> bool:
        return self.theirs.setdefault(recorded, made) == made and self.ours.setdefault(made, recorded) == recorded

    def translate(self, value):
        """Variables of the recording with the simulator's ids in them."""
        if isinstance(value, dict):
            return {key: self.translate(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.translate(one) for one in value]
        if not isinstance(value, str):
            return value
        if value in self.theirs:
            return self.theirs[value]
        value = GID.sub(lambda match: self.theirs.get(match[0], match[0]), value)
        value = _NAME.sub(lambda match: self.theirs.get(match[0], match[0]), value)
        return _NUMBER.sub(lambda match: self.theirs.get(match[0], match[0]), value)

    def bind_gid(self, recorded, made) -> bool:
        if not GID.fullmatch(made) or GID.fullmatch(recorded)[1] != GID.fullmatch(made)[1]:
            return False
        # An id that carries another one in its query is bound part by part; one part alone decides.
        for left, right in zip(_NUMBER.findall(recorded)[:1], _NUMBER.findall(made)[:1], strict=False):
            if "?" not in recorded:
                self.bind(left, right)
        return self.bind(recorded, made)

    def bind_time(self, recorded, made, owner, key) -> bool:
        """In the order of those of the same answer, and of those that the same field of the same object had before.
        (Steps do not stand in the order of their times.)"""
        r, m = _seconds(recorded), _seconds(made)
        for a, b, answer, of in self.times:
            if answer != self.answer and of != (owner, key):
                continue
            if (r - a > _SLACK and b - m > _SLACK) or (a - r > _SLACK and m - b > _SLACK):
                return False
        self.times.append((r, m, self.answer, (owner, key)))
        return True


def _seconds(text) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def compare(recorded: dict, made: dict, pairs: Pairs) -> list:
    """What differs, as [{"at", "recorded", "simulator"}]; empty when the answers are the same."""
    found = []
    left, right = _codes(recorded), _codes(made)
    if left != right:
        found.append({"at": "errors", "recorded": left, "simulator": right})
        found[-1]["words"] = [error.get("message") for error in made.get("errors") or ()]
    pairs.answer += 1
    _value(recorded.get("data"), made.get("data"), "data", ("", ""), pairs, found)
    return found


def _codes(answer) -> list:
    errors = answer.get("errors")
    if not isinstance(errors, list):
        return [str(errors)] if errors else []
    return sorted({str((error.get("extensions") or {}).get("code")) for error in errors})


def _value(left, right, at, place, pairs, found):
    """:param place: (recorded id of the object that holds the value, name of the field)"""
    owner, _field = place
    if isinstance(left, dict) and isinstance(right, dict):
        owner = left["id"] if isinstance(left.get("id"), str) else owner
        for name in dict.fromkeys([*left, *right]):
            if name in left and name in right:
                _value(left[name], right[name], f"{at}.{name}", (owner, name), pairs, found)
            else:
                found.append({"at": f"{at}.{name}", "recorded": name in left, "simulator": name in right})
    elif isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            found.append({"at": at, "recorded": _short(left), "simulator": _short(right)})
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            _value(one, other, f"{at}.{index}", place, pairs, found)
    elif not _same(left, right, place, pairs):
        found.append({"at": at, "recorded": _short(left), "simulator": _short(right)})


def _short(value):
    text = str(value)
    return value if len(text) <= 300 else text[:300] + "…"


def _same(left, right, place, pairs) -> bool:
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return _same_text(left, right, place, pairs)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return Decimal(str(left)) == Decimal(str(right))
    return left == right


def _same_text(left, right, place, pairs) -> bool:
    key = place[1]
    if key in _OPAQUE:
        # Opaque: one recorded cursor always stands for the same one of ours; how many there are is nobody's business.
        return pairs.theirs.setdefault(left, right) == right
    if GID.fullmatch(left):
        return pairs.bind_gid(left, right)
    if left == right:
        return True
    if _TIME.fullmatch(left) and _TIME.fullmatch(right):
        return pairs.bind_time(left, right, *place)
    if _NAME.fullmatch(left) and _NAME.fullmatch(right):
        return pairs.bind(left, right)
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right) and key.lower().endswith("id"):
        return pairs.bind(left, right)
    if _DECIMAL.fullmatch(left) and _DECIMAL.fullmatch(right):
        try:
            return Decimal(left) == Decimal(right)
        except InvalidOperation:
            return False
    if _UUID.search(left) and _UUID.search(right) and _UUID.sub("", left) == _UUID.sub("", right):
        return pairs.bind(left, right)
    return pairs.translate(left) == right
