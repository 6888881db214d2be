"""Things that go wrong on demand.

`faults.add(on, kind, times=1, seconds=…)`; `on` is a root field, 'access_token', '*' (any request), or for deliveries a
topic or '*'. Kinds for requests: http_500, http_503, http_500_after (applied, then 500), timeout_before, timeout_after
(applied, then the connection drops without an answer), throttle, slow, 401, 402, 403, 404, 423, 429, 430. For webhooks:
duplicate, reorder (it arrives after the next one), drop."""

import threading
from dataclasses import dataclass

REQUEST = frozenset(
    "http_500 http_502 http_503 http_500_after timeout_before timeout_after throttle slow "
    "401 402 403 404 423 429 430".split()
)
WEBHOOK = frozenset(("duplicate", "reorder", "drop"))


@dataclass
class Fault:
    on: str
    kind: str
    left: int
    seconds: float = 0.0


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._planned: list[Fault] = []

    def add(self, on, kind, times=1, seconds=None):
        """:param seconds: how long `slow` waits (1 by default), and the time-outs before the connection drops (0)
        :raises ValueError: for a kind that does not exist"""
        kind = str(kind)
        if kind not in REQUEST | WEBHOOK:
            raise ValueError(f"there is no fault {kind!r}: {', '.join(sorted(REQUEST | WEBHOOK))}")
        with self._lock:
            self._planned.append(
                Fault(on, kind, times, (1.0 if kind == "slow" else 0.0) if seconds is None else seconds)
            )

    def clear(self):
        with self._lock:
            self._planned.clear()

    def take(self, names, *kinds) -> Fault | None:
        """The oldest planned fault for one of `names` (a name or several) of one of `kinds`; it is used up by one."""
        names = {names} if isinstance(names, str) else set(names)
        with self._lock:
            for fault in self._planned:
                if fault.kind in kinds and (fault.on == "*" or fault.on in names):
                    fault.left -= 1
                    if fault.left <= 0:
                        self._planned.remove(fault)
                    return fault
        return None

    def planned(self) -> list:
        with self._lock:
            return [vars(fault).copy() for fault in self._planned]
