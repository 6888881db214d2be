"""Called by dev/fidelity: read, replay, report."""

import argparse
import json
import sys
import time
from pathlib import Path

import simulator
from simulator import (  # noqa: F401  (reached through `simulator`)
    checkout,
    customers,
    execute,
    fulfillment,
    fulfillment_orders,
    locations,
    money,
    orders,
    products,
    roots,
    schema,
    subscriptions,
)

from . import recording, report
from .rehearsal import DIFFERENT, EQUAL, Rehearsal


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev/fidelity")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only files whose name contains this")
    parser.add_argument("--judged", action="store_true", help="the folder that the reach is meant for")
    parser.add_argument("--list", action="store_true", help="a line for every step that was replayed")
    options = parser.parse_args()

    started = time.monotonic()
    everything = recording.read(options.folder)
    app_number = recording.app_number(everything)
    scenarios = [one for one in everything if options.only in one.file]
    if not scenarios:
        parser.error(f"no recorded scenario in {options.folder}")
    verdicts = [verdict for scenario in scenarios for verdict in Rehearsal(simulator, scenario, app_number).run()]
    for verdict in verdicts:
        if verdict.outcome == DIFFERENT or (options.list and verdict.outcome == EQUAL):
            print(f"{verdict.outcome:9}  {verdict.file}  {verdict.step}  {' '.join(verdict.roots)}")
            for one in verdict.words or ():
                print(f"             {one['at']}: {one['recorded']!r} / simulator {one['simulator']!r}")
    result = report.figures(verdicts, str(options.folder), judged=options.judged)
    print(
        f"{result['equal']} equal, {result['different']} different, {result['skipped']} skipped of {result['steps']} "
        f"steps in {time.monotonic() - started:.0f} s"
    )
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
