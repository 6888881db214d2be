"""Two runners in prefork, against two plain Odoo processes that make and confirm the same orders with the bare ORM."""

import contextlib
import json
import statistics
import subprocess
import sys
import time

from demonstration.processes import wait_for
from prefork import scene
from prefork.server import Server

from .measure import Row, ratio, runners_occupied

# So many that it evens out how orders fall to the two runners. BATCH as in flows/orders_in.py
ORDERS, ROUNDS, BATCH = 300, 5, 20
LINES = (("A0", 2), ("A1", 1))


def run(base) -> list[Row]:
    ours, plain = [], []
    with (
        base.plain.copy("bench") as bare,
        base.installed.copy("bench") as synced,
        scene.start_shop(deliver="manual", catalog=scene.catalog(10)) as running,
    ):
        connected = scene.connect(synced, running.url)
        synced.close()
        with Server(synced.name, workers=1), plain_processes(bare.name, 2) as processes:
            for number in range(ROUNDS + 1):
                bodies = order_bodies(running.shop, number)
                spent = confirm_plain(processes, bodies)
                imported = confirm_by_runners(synced, connected.store, bodies)
                if number:  # the first round warms caches up
                    plain.append(spent)
                    ours.append(imported)
    return [
        Row(
            "two runners, orders confirmed a second",
            ratio(plain, ours),
            ">= 0.9",
            {
                "a second": round(ORDERS / statistics.median(ours), 1),
                "two plain processes": round(ORDERS / statistics.median(plain), 1),
            },
        )
    ]


def order_bodies(shop, number):
    for buyer in range(ORDERS):
        scene.buy(shop, LINES, buyer=10_000 * (number + 1) + buyer, shipping_address=None)
    return [delivery.json() for delivery in shop.take_deliveries("orders/create")]


@contextlib.contextmanager
def plain_processes(name, count):
    command = [sys.executable, "-m", "benchmarks.plain", name, str(BATCH)]
    with contextlib.ExitStack() as stack:
        processes = []
        for _number in range(count):
            process = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(process.kill)
            processes.append(process)
        hear(processes, "ready")
        yield processes


def hear(processes, word):
    for process in processes:
        said = process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"a plain process said {said!r} instead of {word!r}")


def confirm_plain(processes, bodies) -> float:
    """Seconds until all are confirmed and committed, each process its share."""
    started = time.perf_counter()
    for number, process in enumerate(processes):
        process.stdin.write(json.dumps(bodies[number :: len(processes)]) + "\n")
        process.stdin.flush()
    hear(processes, "done")
    return time.perf_counter() - started


def confirm_by_runners(database, store, bodies) -> float:
    """Seconds from the moment the runners are woken until no order waits. The webhooks' rows are there already."""
    with runners_occupied(database.name), database.environment() as env:
        # Stock to be sent is another journey's work.
        env.cr.execute("UPDATE shopify_job SET state = 'skipped' WHERE state = 'pending'")
        append(env, store, bodies)
    started = time.perf_counter()
    with database.environment() as env:
        env["shopify.runner"]._wake_all_after_commit()
    waiting = "SELECT count(*) FROM shopify_job WHERE flow = 'orders_in' AND state = 'pending'"
    wait_for("The confirmation of the orders", lambda: not database.one(waiting), 120, pause=0.01)
    spent = time.perf_counter() - started
    ids = [str(body["id"]) for body in bodies]
    query = "SELECT count(*) FROM sale_order WHERE state = 'sale' AND shopify_order_id = ANY(%s)"
    if (done := database.one(query, ids)) != len(bodies):
        raise RuntimeError(f"{done} of {len(bodies)} orders were imported and confirmed")
    return spent


def append(env, store, bodies) -> None:
    """The rows of these webhooks."""
    job = env["shopify.job"]
    job._insert(
        [
            job._job_row(
                "orders_in",
                {
                    "store_id": store,
                    "topic": "orders/create",
                    "key": f"order:{body['id']}",
                    "payload": json.dumps(body),
                    "event_id": f"bench-{body['id']}",
                },
            )
            for body in bodies
        ]
    )
