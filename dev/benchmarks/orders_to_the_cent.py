"""5 000 random orders, edited and cancelled at random: how many do not come out to the cent (DESIGN 2.3).

The simulated shop's checkout makes them, independent of commerce/; tests/pure/test_orders_to_the_cent.py does the same
with 200."""

import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from .measure import Row

ORDERS = 5_000
ROOT = Path(__file__).resolve().parents[2]


def run(_base) -> list:
    for folder in (ROOT, ROOT / "tests", ROOT / "tests" / "pure"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    from agreement import agree, charged

    from simulator.carts import carts, ordered

    looked = []

    def check(shop, order):
        looked.append(order.name)
        agree(shop, order, charged(order))

    @settings(max_examples=ORDERS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(carts(edited=True))
    def every_order(cart):
        ordered(cart, check)

    started, words = time.monotonic(), ""
    try:
        every_order()
    except AssertionError as difference:
        words = " ".join(str(difference).split()) + " " + " ".join(getattr(difference, "__notes__", ()))[:600]
    seconds = time.monotonic() - started
    details = {"orders": ORDERS, "bodies": len(looked), "seconds": round(seconds)}
    if words:
        details["difference"] = words
    return [Row("orders not to the cent", float(bool(words)), "= 0", details)]
