"""Run benchmarks, print a table, and one JSON object on the last line."""

import argparse
import json
import logging
import sys
import time

from . import latency, orders, orders_to_the_cent, picking, stock, webhook
from .measure import Base

ALL = {"orders": orders, "webhook": webhook, "picking": picking, "stock": stock, "latency": latency}
ALL["orders-to-the-cent"] = orders_to_the_cent


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
    result = {
        "figures": {row.name: row.figure for row in rows},
        "reach": {row.name: row.reach for row in rows if row.reach},
        "details": {row.name: row.details for row in rows if row.details},
        "ok": {row.name: row.is_ok for row in rows if row.reach},
    }
    result["missed"] = [name for name, is_ok in result["ok"].items() if not is_ok]
    print(json.dumps(result, default=str))
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
