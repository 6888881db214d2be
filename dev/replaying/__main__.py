"""Called by dev/replay, which made the database: prepare, deliver in waves, judge, and report."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import simulator

from . import bodies, delivery, invoices, judgment, report, scenery
from .scratch import Scratch

# More rounds than any order has taxes that become known one after the other.
TAX_ROUNDS = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev/replay")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, required=True, help="Odoo's configuration for the scratch database")
    parser.add_argument("--log", type=Path, required=True, help="where the server's words go")
    parser.add_argument("--unmapped", action="store_true")
    parser.add_argument("--untaxed", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()

    started = time.monotonic()
    all_bodies, ignored = bodies.read(options.folder, bodies.topics(Path(os.environ["SCHEMA"])))
    if not all_bodies:
        parser.error(f"no folder of {options.folder} is named as a webhook topic and holds JSON files")
    scratch = Scratch(options.config, os.environ["REPLAY_DB"])
    # Shops that are empty: what a journey asks about is not there, as after a merchant has tidied up.
    shops = [simulator.start(scenery.domain(number), deliver="manual") for number in range(_count(all_bodies))]
    with scratch.environment() as env:
        doors = scenery.make_stores(env, [shop.url for shop in shops])
        scenery.make_currencies(env, bodies.currencies(all_bodies))
        if not options.unmapped:
            scenery.make_articles(env, doors, bodies.articles(all_bodies))
    with scratch.server(options.log) as port:
        verdicts, drained = _replay(scratch, port, doors, all_bodies, options)
    with scratch.environment(keep=False) as env:
        invoiced = invoices.compare(env, verdicts)

    mode = "+".join(name for name in ("unmapped", "untaxed") if getattr(options, name)) or "default"
    result = report.figures(verdicts, invoiced, mode, drained)
    report.print_files(verdicts)
    report.print_summary(result, ignored, options.folder, time.monotonic() - started)
    for shop in shops:
        shop.stop()
    if options.keep:
        print(f"   kept: odoo-bin -c {options.config}, login admin, password admin")
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["ok"] else 1


def _count(all_bodies) -> int:
    return 1 + max(body.store for body in all_bodies)


def _replay(scratch: Scratch, port: int, doors, all_bodies, options) -> tuple[list[judgment.Verdict], bool]:
    """Wave by wave: deliver, work off, map the taxes met, judge."""
    queue, verdicts, drained = delivery.Queue(scratch, doors), [], True
    for wave in sorted({body.wave for body in all_bodies}):
        batch = [body for body in all_bodies if body.wave == wave]
        deliveries = delivery.send(port, doors, batch)
        seconds = 45 + len(batch) / 5
        drained = queue.drain(seconds) and drained
        for _round in range(0 if options.untaxed else TAX_ROUNDS):
            with scratch.environment() as env:
                mapped = scenery.map_taxes(env)
            if not mapped:
                break
            drained = queue.drain(seconds) and drained
        with scratch.environment(keep=False) as env:
            verdicts += judgment.judge(env, deliveries, unmapped=options.unmapped)
    return sorted(verdicts, key=lambda verdict: verdict.file), drained


if __name__ == "__main__":
    sys.exit(main())
