"""`python -m simulator`: one shop as a process. Prints one JSON line with its address, runs until SIGTERM or Ctrl-C."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from . import start


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--shop", default="demo.myshopify.com")
    parser.add_argument("--name", default="Demo Shop")
    parser.add_argument("--currency", default="EUR")
    parser.add_argument("--country", default="DE")
    parser.add_argument("--timezone", default="Europe/Berlin")
    parser.add_argument("--taxes-excluded", action="store_true", help="prices are without tax unless an order says so")
    parser.add_argument("--client-id", default="client-id")
    parser.add_argument("--client-secret", default="client-secret")
    parser.add_argument("--token", default="shpat_simulator", help="a token for ever; empty: only granted ones")
    parser.add_argument(
        "--host-map",
        action="append",
        default=[],
        metavar="HOST=URL",
        help="a webhook host that really is a loopback address; may be repeated",
    )
    parser.add_argument("--deliver", choices=("background", "manual"), default="background")
    parser.add_argument("--retry-scale", type=float, default=0.01, help="factor on the waits between webhook retries")
    parser.add_argument("--routing", type=float, default=0.0, help="seconds until fulfillment orders can be read")
    parser.add_argument("--catalog", type=Path, help="JSON file (format: products.py)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--first-id", type=int, default=6_100_000_000_017, help="of its objects; others for a second shop"
    )
    given = parser.parse_args(arguments)
    try:
        catalog = json.loads(given.catalog.read_text(encoding="utf-8")) if given.catalog else None
        running = start(
            given.shop,
            port=given.port,
            name=given.name,
            currency=given.currency,
            country=given.country,
            timezone=given.timezone,
            taxes_included=not given.taxes_excluded,
            client_id=given.client_id,
            client_secret=given.client_secret,
            token=given.token or None,
            deliver=given.deliver,
            host_map=dict(pair.split("=", 1) for pair in given.host_map),
            retry_scale=given.retry_scale,
            routing=given.routing,
            catalog=catalog,
            seed=given.seed,
            first_id=given.first_id,
        )
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    print(json.dumps({"port": running.port, "url": running.url, "shop": given.shop}), flush=True)
    ended.wait()
    running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
