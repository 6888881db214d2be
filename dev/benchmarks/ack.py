"""Acknowledging a webhook, prefork, against a route of the same `auth` that does nothing."""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
from prefork import scene
from prefork.server import Server

import simulator

from .measure import Row, ratio, runners_occupied

SECONDS, ROUNDS, BODIES = 2, 13, 1500
CONNECTIONS = 8
RATE, PACED_SECONDS = 50, 8
FOLDER = Path(os.environ["STATE"]) / "bench"
ROUTE = "/shopify_bench/nothing"
CONTROLLER = f'''from odoo import http
from odoo.http import Response


class Nothing(http.Controller):
    @http.route("{ROUTE}", type="http", auth="public", methods=["POST"], csrf=False, save_session=False)
    def nothing(self, **_unused):
        return Response(status=200)
'''
LUA = """
local data = dofile(os.getenv("BENCH_BODIES"))
local number, prefix = 0, os.getenv("BENCH_PREFIX")
local path, unique = os.getenv("BENCH_PATH"), os.getenv("BENCH_UNIQUE")
request = function()
    number = number + 1
    local one = data[number % #data + 1]
    local headers = {["Content-Type"] = "application/json", ["X-Shopify-Topic"] = "orders/create",
        ["X-Shopify-Hmac-Sha256"] = one[2], ["X-Shopify-Shop-Domain"] = one[3],
        ["X-Shopify-Event-Id"] = prefix .. number, ["X-Shopify-Webhook-Id"] = prefix .. number}
    return wrk.format("POST", path, headers, one[1])
end
"""
ANSWERED = re.compile(r"(\d+) requests in")
REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")


def run(base) -> list[Row]:
    if not shutil.which("wrk"):
        raise RuntimeError("wrk is needed: apt-get install wrk")
    addon = FOLDER / "addons" / "shopify_bench"
    (addon / "controllers").mkdir(parents=True, exist_ok=True)
    (addon / "__init__.py").write_text("from . import controllers\n")
    (addon / "__manifest__.py").write_text(
        '{"name": "Nothing", "version": "19.0.1.0.0", "license": "LGPL-3", "author": "dev/bench", "depends": ["web"]}'
    )
    (addon / "controllers" / "__init__.py").write_text("from . import nothing\n")
    (addon / "controllers" / "nothing.py").write_text(CONTROLLER)
    options = [f"--addons-path={os.environ['ODOO_ADDONS']},{os.environ['ADDONS']},{FOLDER / 'addons'}"]
    options.append("--load=base,web,rpc,shopify_bench")
    rows = []
    shop_options = {"catalog": scene.catalog(10), "deliver": "manual"}
    with base.installed.copy("bench") as database, scene.start_shop(**shop_options) as running:
        scene.connect(database, running.url)
        with database.environment() as env:
            token = env["shopify.store"].search([]).webhook_token
        path = f"/shopify/webhook/{token}"
        bodies = write_bodies(running.shop)
        database.close()
        with Server(database.name, options=options) as server:
            with runners_occupied(database.name):
                idle = compare(server, database, path, "idle")
            consuming = compare(server, database, path, "consuming")
            slowest = paced(server, path, bodies)
        for name, (ours, theirs, lost, refused, cpu), bound in (
            ("runners idle", idle, 0.75),
            ("runners consuming", consuming, 0.6),
        ):
            details = {
                "a second": round(statistics.median(ours)),
                "doing nothing": round(statistics.median(theirs)),
                **cpu,
            }
            rows.append(Row(f"acknowledge a webhook, {name}", ratio(ours, theirs), f">= {bound}", details))
            rows.append(Row(f"webhooks lost or refused, {name}", lost + refused, "= 0"))
        rows.append(
            Row(
                f"p99 of acknowledging at {RATE} a second, s",
                statistics.quantiles(slowest, n=100)[98],
                "< 0.5",
                {"median": round(statistics.median(slowest), 4)},
            )
        )
    return rows


def write_bodies(shop) -> list[tuple]:
    """Signed bodies for wrk: [(body, signature, domain)]."""
    for number in range(BODIES):
        scene.buy(shop, buyer=number)
    made = [
        (delivery.body, simulator.signature("client-secret", delivery.body), scene.DOMAIN)
        for delivery in shop.take_deliveries("orders/create")
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "bodies.lua", "w", encoding="utf-8") as file:
        file.write("return {\n")
        for body, signature, domain in made:
            # A JSON string of ASCII is a string of Lua too, but for \u; so bytes are written as they are.
            file.write("{[==[" + body.decode() + f']==], "{signature}", "{domain}"}},\n')
        file.write("}\n")
    (FOLDER / "load.lua").write_text(LUA)
    return made


def compare(server, database, path, purpose):
    """Alternating runs.

    :return: (ours, nothing's: requests a second), lost, refused, what a request costs in milliseconds of processor time
    """
    ours, theirs, lost, refused = [], [], 0, 0
    spent = {path: [], ROUTE: []}
    for number in range(ROUNDS + 1):
        for route, prefix, rates in ((ROUTE, f"nothing-{number}-", theirs), (path, f"{purpose}-{number}-", ours)):
            before = processor(server, database)
            answered, bad = load(server, route, prefix)
            after = processor(server, database)
            if route == path:
                stored = database.one("SELECT count(*) FROM shopify_job WHERE event_id LIKE %s", f"{prefix}%")
                # Those under way when the load ended are stored, but not counted by it.
                lost += max(0, answered - bad - stored)
                refused += bad
            if number:
                rates.append(answered / SECONDS)
                spent[route].append([1000 * (after[kind] - before[kind]) / answered for kind in (0, 1)])
    cpu = {
        f"ms of {where}{said}": round(statistics.median(one[kind] for one in spent[route]), 2)
        for kind, where in enumerate(("Odoo", "PostgreSQL"))
        for route, said in ((path, ""), (ROUTE, " doing nothing"))
    }
    # A runner at work spends its own time in the same processes.
    return ours, theirs, lost, refused, cpu if purpose == "idle" else {}


def processor(server, database) -> list[float]:
    """Seconds of processor time that Odoo's workers and PostgreSQL's processes for this database have had."""
    backends = database.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    seconds = [0.0, 0.0]
    for kind, pids in enumerate(([one.pid for one in server.workers()], [pid for (pid,) in backends])):
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                seconds[kind] += sum(psutil.Process(pid).cpu_times()[:2])
    return seconds


def load(server, path, prefix) -> tuple[int, int]:
    """:return: (answers, those that were not 2xx)"""
    environment = {
        **os.environ,
        "BENCH_BODIES": str(FOLDER / "bodies.lua"),
        "BENCH_PREFIX": prefix,
        "BENCH_PATH": path,
    }
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(FOLDER / "load.lua"), server.url],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    bad = REFUSED.search(said)
    return int(ANSWERED.search(said)[1]), int(bad[1]) if bad else 0


def paced(server, path, bodies) -> list[float]:
    """Seconds until each answer at a steady rate, whatever became of those before."""
    start = time.perf_counter() + 0.2

    def post(number):
        due = start + number / RATE
        time.sleep(max(0, due - time.perf_counter()))
        body, signature, domain = bodies[number % len(bodies)]
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": domain,
            "X-Shopify-Event-Id": f"paced-{number}",
        }
        with urlopen(Request(server.url + path, body, headers), timeout=30) as answer:
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}")
        return time.perf_counter() - due

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(post, range(RATE * PACED_SECONDS)))
