"""What a run came to, what it must come to, and whether it does."""

import json
from decimal import Decimal


def quantile(values, share):
    """The value below which `share` of the values lie (nearest rank); None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def spread(seconds) -> dict:
    """Median and 95th percentile, in seconds to the millisecond, and of how many."""
    seconds = list(seconds)
    middle, high = quantile(seconds, 0.5), quantile(seconds, 0.95)
    return {
        "events": len(seconds),
        "median": middle if middle is None else round(middle, 3),
        "p95": high if high is None else round(high, 3),
    }


class Figures:
    """Figures by name; some must equal or stay below something."""

    def __init__(self):
        self.values, self.reach = {}, {}

    def tell(self, name, value):
        self.values[name] = value

    def equal(self, name, value, wanted):
        self.values[name] = value
        self.reach[name] = {"is": value, "must_be": wanted, "ok": value == wanted}

    def below(self, name, value, bound):
        self.values[name] = value
        self.reach[name] = {"is": value, "must_be_below": bound, "ok": value is not None and value < bound}

    @property
    def ok(self) -> bool:
        return all(one["ok"] for one in self.reach.values())

    def missed(self) -> list:
        return [
            f"{name} is {one['is']}, and must be {one.get('must_be', 'below ' + str(one.get('must_be_below')))}"
            for name, one in self.reach.items()
            if not one["ok"]
        ]

    def json(self) -> str:
        whole = {"figures": self.values, "reach": self.reach, "ok": self.ok}
        return json.dumps(
            whole, ensure_ascii=False, default=lambda one: str(one) if isinstance(one, Decimal) else repr(one)
        )
