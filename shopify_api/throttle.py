"""Shopify's bucket of query points, as far as the answers let us know it.

The bucket belongs to app and shop: several processes drink from it. What an answer says is the truth of that moment; in
between it fills at the restore rate and empties by what we have under way. (SHOPIFY_API §6)
"""

import threading
import time
from dataclasses import dataclass
from decimal import Decimal

# The cost of a document that was never answered yet: the first call of each is a guess, the second knows. It is above what any
# of ours asks for at first: too much waits a little, once; too little is refused when the bucket is nearly empty.
UNKNOWN_COST = 250


@dataclass(frozen=True)
class Cost:
    """What an answer cost, in points, and the bucket right after it. `actual` is None when nothing was executed."""

    requested: int
    actual: int | None
    maximum: float | None
    available: float | None
    restore_rate: float | None


def read_cost(extensions) -> Cost | None:
    """The cost in an answer's `extensions`; None when there is none that can be understood."""
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    if not isinstance(cost, dict):
        return None
    status = cost.get("throttleStatus")
    status = status if isinstance(status, dict) else {}
    bucket = [_number(status.get(key)) for key in ("maximumAvailable", "currentlyAvailable", "restoreRate")]
    # Half a bucket, or one that never fills, cannot be reckoned with.
    if None in bucket or bucket[0] <= 0 or bucket[2] <= 0:
        bucket = [None, None, None]
    requested, actual = _number(cost.get("requestedQueryCost")), _number(cost.get("actualQueryCost"))
    return Cost(int(requested or 0), None if actual is None else int(actual), *bucket)


def _number(value) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


class Bucket:
    """Thread-safe; one per store, kept over many calls so that it stays informed.

    :param clock: seconds, monotonic
    """

    def __init__(self, clock=time.monotonic):
        self.maximum: float | None = None
        self.restore_rate: float | None = None
        self._available = 0.0
        self._seen = 0.0
        self._under_way = 0.0
        self._costs: dict[str, int] = {}
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def available(self) -> float | None:
        """Points there should be now; None before the first answer."""
        with self._lock:
            return self._now()

    def expected(self, document: str) -> int:
        """The requested cost of a document: what it was the last time."""
        with self._lock:
            return self._costs.get(document, UNKNOWN_COST)

    def wait_for(self, cost: float) -> float:
        """Seconds until the bucket holds `cost` points; 0 when it does, or when nothing is known."""
        with self._lock:
            return self._wait(cost)

    def reserve(self, cost: float) -> float:
        """As wait_for, and when the answer is 0 the points are taken: give them back with `settle`."""
        with self._lock:
            seconds = self._wait(cost)
            if not seconds:
                self._under_way += cost
            return seconds

    def take(self, cost: float, patience: float, sleep) -> float:
        """Wait for the points, and take them: give them back with `settle`.

        :param patience: seconds that waiting may take
        :param sleep: callable(seconds)
        :return: 0; or the seconds still missing, when patience does not reach so far: then nothing was taken
        """
        spent = 0.0
        while seconds := self.reserve(cost):
            seconds = max(seconds, 0.01)
            if spent + seconds > patience:
                return seconds
            sleep(seconds)
            spent += seconds
        return 0.0

    def settle(self, document: str, reserved: float, cost: Cost | None = None) -> None:
        """After a call: its reservation ends, and what the answer said of the bucket is the new truth.

        :param cost: Cost of the answer; None when it had none (no answer, an HTTP error)
        """
        with self._lock:
            if cost is not None and cost.available is not None:
                self.maximum, self.restore_rate = cost.maximum, cost.restore_rate
                self._available, self._seen = cost.available, self._clock()
            elif self.maximum is not None:
                # Perhaps it was charged: assume so, the next answer corrects it.
                self._available, self._seen = self._filled() - reserved, self._clock()
            self._under_way = max(0.0, self._under_way - reserved)
            if cost is not None and cost.requested:
                self._costs[document] = cost.requested

    def _filled(self) -> float:
        return min(self.maximum, self._available + self.restore_rate * (self._clock() - self._seen))

    def _now(self) -> float | None:
        return None if self.maximum is None else self._filled() - self._under_way

    def _wait(self, cost: float) -> float:
        available = self._now()
        if available is None or available >= (needed := min(cost, self.maximum)):
            return 0.0
        return (needed - available) / self.restore_rate
