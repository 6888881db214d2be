"""The stage: two simulated shops and Odoo as processes, on a database made for this run, connected to each other."""

import contextlib
import json
import re
import sys
from pathlib import Path

import requests

from . import fill, levels
from .doors import Database, Shop, User, odoo_command
from .processes import Failed, Process, free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
LOGS = ROOT / ".dev" / "demo"
# Shopify's ids are unique over all shops; two simulators would count alike.
FIRST_IDS = (6_100_000_000_017, 7_100_000_000_017)
TOKEN = "shpat_demonstration"  # only we use it, to look at the shop's API; Odoo gets its own by client credentials


class Stage:
    """Everything that runs. A context manager: leaving it stops all of it.

    :param for_person: Germany's tax is mapped already, those of some neighbors wait to be chosen
    :ivar shop, outlet: doors.Shop, two that sell from the same shelves; `shops`: both, by domain
    :ivar odoo: Odoo's address; `db`: doors.Database of the main thread
    """

    def __init__(self, say, *, for_person=False):
        self._say, self._for_person = say, for_person
        self._closing = contextlib.ExitStack()
        self.shop = self.outlet = self.odoo = self.db = None
        self.shops = {}
        self._processes = []

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        try:
            port = free_port()
            self.odoo = f"http://127.0.0.1:{port}"
            self._say("Starting two shops (each a simulated Shopify)")
            self.shop = self._start_shop(fill.SHOP, fill.SHOP_NAME, fill.CATALOG, FIRST_IDS[0])
            sold = LOGS / "outlet.json"
            sold.write_text(json.dumps(fill.outlet_catalog()), encoding="utf-8")
            self.outlet = self._start_shop(fill.OUTLET, fill.OUTLET_NAME, sold, FIRST_IDS[1])
            self._fill()
            self._start_odoo(port)
            self.db = Database(fill.DATABASE)
            self._closing.callback(self.db.close)
            self._say("Connecting the stores")
            self._connect(self.user("admin"))
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

    def _connect(self, admin):
        for store in admin.call("shopify.store", "search", [], order="id"):
            admin.call("shopify.store", "action_connect", [store])
        place = [("store_id.shop_domain", "=", fill.OUTLET)]
        admin.call(
            "shopify.location",
            "write",
            admin.call("shopify.location", "search", place),
            {"safety_pieces": fill.OUTLET_KEEPS_BACK},
        )

    def _start_shop(self, domain, name, catalog, first_id):
        process = self._start(
            f"The simulated shop {name}",
            [sys.executable, "-m", "simulator", "--shop", domain, "--name", name, "--token", TOKEN,
             "--client-id", fill.CLIENT_ID, "--client-secret", fill.CLIENT_SECRET, "--catalog", catalog,
             "--first-id", first_id, "--host-map", f"{fill.PUBLIC_HOST}={self.odoo}"],
            LOGS / f"{domain.partition('.')[0]}.log",
            env={"PYTHONPATH": str(ROOT / "tests")},
            stdout=-1,
        )  # fmt: skip
        first = process.output.readline()
        if not first:
            raise Failed(f"The simulated shop {name} did not start:\n{process.last_words()}")
        self.shops[domain] = Shop(json.loads(first)["url"], TOKEN)
        return self.shops[domain]

    def _fill(self):
        self._say("Installing the addon and filling the company's database (half a minute)")
        addresses = json.dumps({domain: shop.url for domain, shop in self.shops.items()})
        command = [sys.executable, "-m", "demonstration.fill", "--simulators", addresses, *odoo_command()[1:]]
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

    # -- what both shops have ---------------------------------------------------------------------
    def orders(self) -> list:
        return [order for shop in self.shops.values() for order in shop.get("state")["orders"]]

    def deliveries(self) -> list:
        """Webhooks, as the control door describes them."""
        return [one for shop in self.shops.values() for one in shop.get("deliveries")]

    def charged(self) -> dict:
        return {order: money for shop in self.shops.values() for order, money in shop.charged().items()}

    # -- is everything settled? -------------------------------------------------------------------
    def waiting_jobs(self) -> int:
        return self.db.one("SELECT COUNT(*) FROM shopify_job WHERE state = 'pending'")

    def webhooks_under_way(self) -> int:
        """Deliveries the shops have not got rid of yet."""
        return sum(1 for one in self.deliveries() if one["status"] == "waiting")

    def settled(self) -> bool:
        """Neither side has anything more to tell the other."""
        return not self.waiting_jobs() and not self.webhooks_under_way() and not self.waiting_jobs()

    def wait_until_settled(self, seconds, *, pause=0.2):
        wait_for("The emptying of the queue", self.settled, seconds, pause=pause, meanwhile=self.check)

    def _wait_until_connected(self, seconds=60):
        """Until every variant is linked to its article and Odoo's stock is in the shop."""
        without = fill.ONLY_IN_SHOP if self._for_person else None
        sold = [*fill.catalog()["products"], *fill.outlet_catalog()["products"]]
        wanted = sum(len(product["variants"]) for product in sold if product["type"] != without)
        linked = "SELECT COUNT(*) FROM shopify_variant WHERE product_id IS NOT NULL"
        wait_for("The matching of the catalog", lambda: self.db.one(linked) == wanted, seconds, meanwhile=self.check)
        self.wait_until_settled(seconds)
        if differing := self.levels_that_differ():
            raise Failed(f"After connecting, {len(differing)} stock levels differ, the first is {differing[0]}")

    def levels_that_differ(self) -> list:
        return levels.differing(self.db, self.shops)

    def level_count(self) -> int:
        return len(levels.wanted(self.db))
