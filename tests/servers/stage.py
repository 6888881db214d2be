"""What the tests do on both sides, and how they look at what is committed."""

import contextlib
import http.client
import os
import signal
import threading
from dataclasses import dataclass

import psutil
from demonstration.processes import Failed, wait_for
from prefork.database import Database, connect
from prefork.scene import Scene, buy, receive
from prefork.server import Server
from prefork.watch import RUNNERS, Watch

from simulator import Shop

# A cron's poll comes every 60 to 69 s; what a wake-up started is done long before. Generous: machines are busy.
SOON = 30
LOCK_CLASS = 1397247824  # of models/shopify_runner_cron.py; PostgreSQL's view of locks tells who runs
FIRST_FAST = 1000


@dataclass
class Stage:
    database: Database
    server: Server
    shop: Shop
    scene: Scene
    watch: Watch

    # -- what happens -----------------------------------------------------------------------------
    def imported(self, count=1, lines=(("A0", 2),), first_buyer=1) -> list:
        """Orders that are confirmed in Odoo: [(order of the shop, id of its delivery)]."""
        ordered = self.imported_meanwhile(count, lines, first_buyer)
        self.settle()
        return ordered

    def imported_meanwhile(self, count=1, lines=(("A0", 2),), first_buyer=1) -> list:
        """As `imported`, while other jobs may wait for good."""
        orders = [buy(self.shop, lines, buyer=first_buyer + number) for number in range(count)]
        numbers = [str(order.number) for order in orders]
        found = wait_for(
            "The import of the orders",
            lambda: len(rows := self.database.rows(DELIVERIES, numbers)) == len(numbers) and dict(rows),
            SOON,
        )
        return [(order, found[str(order.number)]) for order in orders]

    def receive(self, sku, pieces):
        receive(self.database, self.scene, sku, pieces)

    def pack(self, picking_ids):
        """All pieces of these deliveries are picked, so that they only have to be validated."""

        def pick(env):
            for move in env["stock.picking"].browse(picking_ids).move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})

        self.database.request(pick)

    def validate(self, picking_ids):
        self.pack(picking_ids)
        context = {"skip_backorder": True}
        assert self.database.request(
            lambda env: env["stock.picking"].browse(picking_ids).with_context(**context).button_validate()
        )

    def wake(self, lane, number):
        """The next thing that happens in the shop."""
        with self.database.environment() as env:
            env["shopify.runner"]._trigger(lane, number)

    def poll(self, on):
        """Whether the crons look by themselves once a minute, as they do in real life, or not for a day."""
        self.database.execute(
            "UPDATE ir_cron SET nextcall = date_trunc('second', now() AT TIME ZONE 'UTC') + %s * interval '1 day'"
            " WHERE interval_type = 'minutes' AND cron_name LIKE 'Shopify%%'",
            0 if on else 1,
        )

    def wake_all(self):
        for number in range(RUNNERS):
            self.wake("fast", number)

    def post(self, delivery, *, first=lambda: None):
        """Shopify, or somebody between, brings this delivery (once more). :return: the status

        :param first: called when the connection stands
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SOON)
        with contextlib.closing(connection):
            connection.connect()
            first()
            connection.request("POST", delivery.path, body=delivery.body, headers=delivery.headers)
            return connection.getresponse().status

    # -- what is committed ------------------------------------------------------------------------
    def pending(self) -> int:
        return self.database.one("SELECT count(*) FROM shopify_job WHERE state = 'pending'")

    def is_idle(self) -> bool:
        return self.shop.webhooks.idle(0.05) and not self.pending()

    def settle(self, seconds=SOON, *, meanwhile=None):
        try:
            wait_for("The end of all work", self.is_idle, seconds, pause=0.05, meanwhile=meanwhile)
        except Failed as failed:
            waiting = self.database.rows(
                "SELECT flow, key, attempts, not_before, error FROM shopify_job WHERE state = 'pending' ORDER BY id LIMIT 5"
            )
            raise Failed(f"{failed} Waiting: {waiting}") from None

    def jobs_of(self, deliveries) -> int:
        """How many jobs these deliveries became."""
        events = [one.event_id for one in deliveries]
        return self.database.one("SELECT count(*) FROM shopify_job WHERE event_id = ANY(%s)", events)

    def abandon(self):
        """Set aside what still waits; the tests that end well leave nothing."""
        self.database.execute("UPDATE shopify_job SET state = 'skipped' WHERE state = 'pending'")

    def last_job(self) -> int:
        return self.database.one("SELECT coalesce(max(id), 0) FROM shopify_job")

    def job_of(self, flow, after) -> tuple:
        """(id, number of its runner) of the job of this flow that came after another one."""
        rows = wait_for(
            f"A job of {flow}",
            lambda: self.database.rows(
                "SELECT id, shard %% %s FROM shopify_job WHERE flow = %s AND id > %s", RUNNERS, flow, after
            ),
            SOON,
            pause=0.02,
        )
        return rows[0]

    # -- the worker at work -----------------------------------------------------------------------
    def kill_runner(self, number):
        """kill -9 to the process that is this runner now, by the lock it holds; then its connection is gone."""
        backend, port = self.database.rows(HOLDER, LOCK_CLASS, FIRST_FAST + number)[0]
        crons = [one for one in self.server.workers() if "WorkerCron" in one.name() or "WorkerCron" in one.cmdline()[0]]
        assert len(crons) == RUNNERS
        # Over a socket of the file system PostgreSQL sees no port: then both cron workers go.
        mine = [one for one in crons if port < 0 or port in {c.laddr.port for c in one.net_connections("tcp")}]
        assert mine
        for process in mine:
            os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(mine, timeout=SOON)
        return backend

    def finished_after_all(self, job, number):
        """Prefork starts another worker; the job ends, well."""
        again = threading.Event()

        def is_done():
            self.wake("fast", number)
            again.wait(0.3)
            return self.database.one("SELECT state FROM shopify_job WHERE id = %s", job) != "pending"

        wait_for("The end of the job whose worker was killed", is_done, SOON, pause=0)
        assert self.database.rows("SELECT state, error FROM shopify_job WHERE id = %s", job)[0][0] == "done"
        self.settle()

    def hold(self, table, record):
        """Another transaction holds this row: whoever wants to change it waits. Close the result to let go."""
        connection = connect(self.database.name)
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [record])
        return connection

    def somebody_waits_for_a_row(self) -> bool:
        return self.database.one(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND strpos(query, 'UPDATE') > 0"
        )


DELIVERIES = """SELECT o.shopify_order_id, p.id FROM sale_order o JOIN stock_picking p ON p.sale_id = o.id
                WHERE o.shopify_order_id = ANY(%s) AND o.state = 'sale'"""
HOLDER = """SELECT a.pid, a.client_port FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
