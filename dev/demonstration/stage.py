"""The stage: the simulated shop and Odoo as processes, on a database made for this run, connected to each other."""

import contextlib
import json
import re
import sys
from pathlib import Path

import requests

from . import fill
from .doors import Database, Shop, User, odoo_command
from .processes import Failed, Process, free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
LOGS = ROOT / ".dev" / "demo"
TOKEN = "shpat_demonstration"  # only we use it, to look at the shop's API; Odoo gets its own by client credentials
LEVELS = """SELECT v.sku, p.name, COALESCE(SUM(q.quantity), 0)
    FROM shopify_variant v
    JOIN product_product product ON product.id = v.product_id
    JOIN product_template template ON template.id = product.product_tmpl_id AND template.is_storable
    CROSS JOIN shopify_location p
    JOIN shopify_location_stock_location_rel fed ON fed.shopify_location_id = p.id
    JOIN stock_location above ON above.id = fed.location_id
    LEFT JOIN stock_location l ON l.parent_path LIKE above.parent_path || '%%'
    LEFT JOIN stock_quant q ON q.location_id = l.id AND q.product_id = v.product_id
    WHERE v.tracked GROUP BY v.sku, p.name"""


class Stage:
    """Everything that runs. A context manager: leaving it stops all of it.

    :param for_person: Germany's tax is mapped already, those of some neighbors wait to be chosen
    :ivar shop: doors.Shop; `odoo`: Odoo's address; `db`: doors.Database of the main thread
    """

    def __init__(self, say, *, for_person=False):
        self._say, self._for_person = say, for_person
        self._closing = contextlib.ExitStack()
        self.shop = self.odoo = self.db = None
        self._processes = []

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        try:
            port = free_port()
            self.odoo = f"http://127.0.0.1:{port}"
            self._start_shop()
            self._fill()
            self._start_odoo(port)
            self.db = Database(fill.DATABASE)
            self._closing.callback(self.db.close)
            self._say("Connecting the store")
            admin = self.user("admin")
            admin.call("shopify.store", "action_connect", admin.call("shopify.store", "search", []))
            self._wait_until_connected()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *_):
        self._closing.close()

    def _start(self, *args, **kwargs):
        process = Process(*args, **kwargs)
        self._closing.callback(process.stop)
        self._processes.append(process)
        return process

    def _start_shop(self):
        self._say("Starting the shop (a simulated Shopify)")
        process = self._start(
            "The simulated shop",
            [sys.executable, "-m", "simulator", "--shop", fill.SHOP, "--name", fill.SHOP_NAME, "--token", TOKEN,
             "--client-id", fill.CLIENT_ID, "--client-secret", fill.CLIENT_SECRET, "--catalog", fill.CATALOG,
             "--host-map", f"{fill.PUBLIC_HOST}={self.odoo}"],
            LOGS / "simulator.log",
            env={"PYTHONPATH": str(ROOT / "tests")},
            stdout=-1,
        )  # fmt: skip
        first = process.output.readline()
        if not first:
            raise Failed(f"The simulated shop did not start:\n{process.last_words()}")
        self.shop = Shop(json.loads(first)["url"], TOKEN)

    def _fill(self):
        self._say("Installing the addon and filling the company's database (half a minute)")
        command = [sys.executable, "-m", "demonstration.fill", "--simulator", self.shop.url, *odoo_command()[1:]]
        command += ["--log-level=warn", "--without-demo=True"]
        if self._for_person:
            command.append("--for-person")
        filling = Process("Filling the database", command, LOGS / "fill.log", env={"PYTHONPATH": str(ROOT / "dev")})
        try:
            filling.finish(150)
        finally:
            filling.stop()

    def _start_odoo(self, port):
        self._say("Starting Odoo")
        options = [
            f"--database={fill.DATABASE}",
            "--http-interface=127.0.0.1",
            f"--http-port={port}",
            "--max-cron-threads=2",
            "--workers=0",
            "--no-database-list",
            "--log-handler=werkzeug:WARNING",
        ]
        self._start("Odoo", [sys.executable, *odoo_command(*options)], LOGS / "odoo.log")
        wait_for("Odoo's start", self._answers, 60, meanwhile=self.check)

    def _answers(self):
        try:
            return requests.get(f"{self.odoo}/web/health", timeout=10).ok
        except requests.ConnectionError:
            return False

    def check(self):
        """:raises Failed: when the shop or Odoo has ended"""
        for process in self._processes:
            process.check()

    def errors_of_odoo(self) -> list:
        """Lines of Odoo's log that tell of an error. Two transactions that met and were repeated are none."""
        lines = (LOGS / "odoo.log").read_text(errors="replace").splitlines()
        return [
            line[:300]
            for line in lines
            if re.search(r" (ERROR|CRITICAL) ", line) and "odoo.sql_db: bad query" not in line
        ]

    def user(self, login) -> User:
        return User(self.odoo, fill.DATABASE, login)

    # -- is everything settled? -------------------------------------------------------------------
    def waiting_jobs(self) -> int:
        return self.db.one("SELECT COUNT(*) FROM shopify_job WHERE state = 'pending'")

    def webhooks_under_way(self) -> int:
        """Deliveries the shop has not got rid of yet."""
        return sum(1 for one in self.shop.get("deliveries") if one["status"] == "waiting")

    def settled(self) -> bool:
        """Neither side has anything more to tell the other."""
        return not self.waiting_jobs() and not self.webhooks_under_way() and not self.waiting_jobs()

    def wait_until_settled(self, seconds, *, pause=0.2):
        wait_for("The emptying of the queue", self.settled, seconds, pause=pause, meanwhile=self.check)

    def _wait_until_connected(self, seconds=60):
        """Until every variant is linked to its article and Odoo's stock is in the shop."""
        without = fill.ONLY_IN_SHOP if self._for_person else None
        wanted = sum(len(product["variants"]) for product in fill.catalog()["products"] if product["type"] != without)
        linked = "SELECT COUNT(*) FROM shopify_variant WHERE product_id IS NOT NULL"
        wait_for("The matching of the catalog", lambda: self.db.one(linked) == wanted, seconds, meanwhile=self.check)
        self.wait_until_settled(seconds)
        if differing := self.levels_that_differ():
            raise Failed(f"After connecting, {len(differing)} stock levels differ, the first is {differing[0]}")

    def levels_that_differ(self):
        """Every tracked variant at every location: what Odoo has there (all is shipped and told) against the shop's on hand.

        :return: [{'sku', 'location', 'odoo', 'shop', 'committed'}] of those that are not equal
        """
        there = {(one["sku"], one["location"]): one for one in self.shop.get("levels")}
        differing = []
        for sku, location, pieces in self.db.rows(LEVELS):
            level = there.get((sku, location), {"on_hand": None, "committed": None})
            if level["on_hand"] != int(float(pieces)):
                differing.append(
                    {"sku": sku, "location": location, "odoo": int(float(pieces)), "shop": level["on_hand"],
                     "committed": level["committed"]}
                )  # fmt: skip
        return differing

    def level_count(self) -> int:
        return len(self.db.rows(LEVELS))
