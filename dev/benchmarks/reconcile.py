"""Comparing all stock of a large shop: queries to Shopify, memory and seconds of a process of our own (DESIGN 9).

The list is written beforehand, items first and levels in reverse, so that what is measured is ours: starting the operation,
streaming its file, computing what Odoo would send, comparing, and marking what differs. Seconds are those of the processor, in our
process and in PostgreSQL for it: what else runs on the machine does not count, nor does waiting for the file. The clock's are told.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from prefork import scene
from prefork.database import open_here

from .measure import Row

VARIANTS = int(os.environ.get("BENCH_VARIANTS", "100000"))
PIECES, EVERY, FIRST_ITEM = 7, 100, 900_000_000_000_000
PLACES = ("Berlin", "Outlet")


def run(base) -> list[Row]:
    from simulator import bulk

    catalog = scene.catalog(3) | {"locations": [{"name": name} for name in PLACES]}
    with (
        base.installed.copy("bench") as database,
        scene.start_shop(catalog=catalog, deliver="manual", bucket=100_000) as running,
    ):
        connected = scene.connect(database, running.url)
        places = map_places(database, connected)
        fill(database, connected, places)
        content, work = written(running.shop.locations), bulk.Operation._work

        def finish(operation):
            work(operation)
            operation.content += content

        bulk.Operation._work = finish
        database.close()
        try:
            with running.shop.calls() as calls:
                spent = in_a_process(database.name, connected.store)
        finally:
            bulk.Operation._work = work
    expected = -(-VARIANTS // EVERY)
    wrong = abs(spent["different"] - expected) + abs(spent["compared"] - spent["levels"])
    return [
        Row(
            f"bulk queries for {VARIANTS} variants × {len(PLACES)}", calls["bulkOperationRunQuery"], "= 1", dict(calls)
        ),
        Row(
            "memory of a comparison, MB at its peak",
            spent["megabytes"],
            "< 400",
            {"before it began": spent["idle"], "file MB": len(content) // 1_000_000},
        ),
        Row(
            "seconds of a comparison, ours and PostgreSQL's",
            round(spent["ours"] + spent["database"], 1),
            "< 60",
            {"ours": spent["ours"], "PostgreSQL": spent["database"], "by the clock": spent["clock"]},
        ),
        Row(
            "levels that were compared wrongly", wrong, "= 0", {"levels": spent["compared"], "marked": spent["marked"]}
        ),
    ]


def map_places(database, connected) -> dict:
    """Each location of the shop fed by an Odoo location of its own: {Shopify's id: (ours, Odoo's)}."""
    with database.environment() as env:
        stock = env["stock.location"].browse(connected.location)
        outlet = env["stock.location"].create({"name": "Outlet", "location_id": stock.location_id.id})
        places = env["shopify.store"].browse(connected.store).location_ids
        found = {}
        for place in places:
            place.location_ids = stock if place.name == PLACES[0] else outlet
            found[place.shopify_id] = (place.id, place.location_ids.id)
    scene.work_off(database)
    return found


def fill(database, connected, places):
    """Linked variants with stock in Odoo that we believe Shopify to have, written by SQL."""
    article = min(connected.products.values())

    def clone(table, source, **changed):
        columns = [
            name
            for (name,) in database.rows(
                """SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'
                   AND is_generated = 'NEVER' ORDER BY ordinal_position""",
                table,
            )
        ]
        chosen = ", ".join(f"({changed[name]})" if name in changed else f"t.{name}" for name in columns)
        database.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {source}")

    template = database.one("SELECT product_tmpl_id FROM product_product WHERE id = %s", article)
    first = database.one("SELECT max(id) + 1 FROM product_template")
    clone("product_template", f"product_template t, generate_series(1, {VARIANTS}) WHERE t.id = {template}")
    product = f"product_product t, product_template n WHERE t.id = {article} AND n.id >= {first}"
    clone("product_product", product, product_tmpl_id="n.id", default_code="'B' || n.id")
    bulk_made = f"product_product p WHERE p.product_tmpl_id >= {first}"
    for _place, location in places.values():
        quant = f"(SELECT * FROM stock_quant WHERE product_id = {article} LIMIT 1) t, {bulk_made}"
        clone(
            "stock_quant",
            quant,
            product_id="p.id",
            location_id=str(location),
            quantity=str(PIECES),
            reserved_quantity="0",
        )
    item = f"({FIRST_ITEM} + row_number() OVER (ORDER BY p.id))::text"
    variant = f"(SELECT * FROM shopify_variant WHERE product_id = {article}) t, {bulk_made}"
    clone(
        "shopify_variant", variant, product_id="p.id", shopify_id=item, inventory_item_id=item, title="p.default_code"
    )
    for place, _location in places.values():
        clone(
            "shopify_level",
            f"""(SELECT l.* FROM shopify_level l JOIN shopify_variant v ON v.id = l.variant_id
                 WHERE v.product_id = {article} AND l.location_id = {place}) t,
                shopify_variant v WHERE v.inventory_item_id::bigint > {FIRST_ITEM}""",
            variant_id="v.id",
            on_hand=str(PIECES),
            is_known="TRUE",
            write_date="t.write_date - interval '1 day'",
        )
    database.execute("ANALYZE")


def written(locations) -> bytes:
    """The result file's lines about the filled-in variants: some differ at the first location."""
    numbers = range(1, VARIANTS + 1)
    lines = [f'{{"id":"gid:\\/\\/shopify\\/InventoryItem\\/{FIRST_ITEM + number}"}}\n' for number in numbers]
    for place, location in enumerate(locations):
        for number in reversed(numbers):
            on_hand = PIECES - 2 if not place and (number - 1) % EVERY == 0 else PIECES
            item = f"gid://shopify/InventoryItem/{FIRST_ITEM + number}"
            level = {
                "id": f"gid://shopify/InventoryLevel/{location.number}?inventory_item_id={FIRST_ITEM + number}",
                "isActive": True,
                "item": {"id": item, "tracked": True},
                "location": {"id": location.id},
                "quantities": [
                    {"name": "on_hand", "quantity": on_hand},
                    {"name": "available", "quantity": on_hand},
                    {"name": "committed", "quantity": 0},
                ],
                "__parentId": item,
            }
            lines.append(json.dumps(level).replace("/", "\\/") + "\n")
    return "".join(lines).encode()


# In a process of its own, so that its memory is that of a cron worker and not of the simulator beside it.


def in_a_process(name, store) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, name, str(store)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[1],
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout.splitlines()[-1])


def compare(name, store) -> dict:
    from odoo import SUPERUSER_ID, api

    registry = open_here(name)
    with registry.cursor() as cr:
        check = api.Environment(cr, SUPERUSER_ID, {})["shopify.stock.check"].create(
            {"store_id": store, "mode": "correct"}
        )
        check.action_start()
        cr.commit()
    idle = peak()
    started, ours, database = time.perf_counter(), time.process_time(), backends()
    while True:
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["shopify.runner"]._run_queue("slow", 0)
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            done = check.with_env(env)
            if done.state in ("done", "failed"):
                break
            if why := done.waiting_reason:
                raise RuntimeError(why)
            # Its turn comes a minute after each piece, for the sake of others; there are none.
            env["shopify.job"].search([("key", "=", done._key)]).not_before = False
            cr.commit()
    clock, ours = time.perf_counter() - started, time.process_time() - ours
    database = sum(seconds - database.get(pid, 0) for pid, seconds in backends().items())
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        done = check.with_env(env)
        domain = [("store_id", "=", store), ("product_id", "!=", False)]
        return {
            "megabytes": peak(),
            "idle": idle,
            "clock": round(clock, 1),
            "ours": round(ours, 1),
            "database": round(database, 1),
            "compared": done.compared_count,
            "levels": env["shopify.variant"].search_count(domain) * len(PLACES),
            "different": done.different_count,
            "marked": env["shopify.job"].search_count([("flow", "=", "stock_out"), ("state", "=", "pending")]),
        }


def backends() -> dict:
    """{process of PostgreSQL that serves us: its seconds of the processor}, on this machine."""
    from odoo import sql_db

    found = {}
    for connection in sql_db._Pool._connections:
        if not connection.closed:
            pid = connection.get_backend_pid()
            # Source: proc(5), stat: what follows the name in brackets; utime and stime are its 12th and 13th.
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[pid] = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return found


def peak() -> int:
    """MB of this process at most, until now: getrusage would count what its parent was when it forked."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


if __name__ == "__main__":
    print(json.dumps(compare(sys.argv[1], int(sys.argv[2]))))
