"""Run benchmarks, print a table, and one JSON object on the last line."""

import argparse
import json
import logging
import sys
import time

from . import ack, events, latency, limit, orders, orders_to_the_cent, picking, reconcile, stock
from .measure import Base

ALL = {
    "ack": ack,
    "orders": orders,
    "stock": stock,
    "reconcile": reconcile,
    "picking": picking,
    "limit": limit,
    "latency": latency,
    "events": events,
    "orders-to-the-cent": orders_to_the_cent,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev/bench")
    parser.add_argument("which", nargs="*", choices=[*ALL, "all", []])
    parser.add_argument("--json", action="store_true", help="only the last line")
    given = parser.parse_args()
    chosen = list(ALL) if not given.which or "all" in given.which else given.which
    logging.captureWarnings(True)
    rows = []
    with Base() as base:
        for name in chosen:
            started = time.monotonic()
            found = ALL[name].run(base)
            rows += found
            if not given.json:
                print(f"{name} ({time.monotonic() - started:.0f} s)", flush=True)
                for row in found:
                    print("   " + row.sentence(), flush=True)
    missed = [row.name for row in rows if not row.is_ok]
    result = {
        "figures": {row.name: row.figure for row in rows},
        "reach": {row.name: row.reach for row in rows if row.reach},
        "details": {row.name: row.details for row in rows if row.details},
        "missed": missed,
        "ok": not missed,
    }
    print(json.dumps(result, default=str))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
