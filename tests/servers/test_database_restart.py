"""The database goes away under all processes and comes back: nothing lost, nothing twice, and nobody has to help."""

import contextlib

import psycopg2
import pytest
from demonstration.processes import wait_for
from prefork.database import connect
from prefork.scene import buy
from psycopg2 import sql
from stage import SOON

WAITING = 12
HANGS = 5  # seconds until the answer that never comes is given up


@pytest.fixture
def outage(stage):
    """Call it with a duration's end: as after a restart no connection is left, and until then none can be made."""

    @contextlib.contextmanager
    def down():
        with contextlib.closing(connect("postgres")) as admin, admin.cursor() as cursor:
            allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
            name = sql.Identifier(stage.database.name)
            cursor.execute(allow.format(name, sql.SQL("false")))
            try:
                # All connections to it, and those on which the cron workers wait for a NOTIFY; but the test's own, to look.
                listening = [f"odoo-{process.pid}" for process in stage.server.workers()]
                cursor.execute(TERMINATE, [1000 * SOON, stage.database.name, listening])
                yield cursor.fetchone()[0]
            finally:
                cursor.execute(allow.format(name, sql.SQL("true")))

    # What waits for its next attempt is found by the poll of the crons, which is every minute: here it is as in real life.
    stage.poll(True)
    scale, stage.shop.webhooks.retry_scale = stage.shop.webhooks.retry_scale, 0.1
    yield down
    stage.server.revive()
    stage.shop.webhooks.retry_scale = scale
    stage.poll(False)
    stage.shop.faults.clear()


def test_nothing_is_lost_or_done_twice_when_the_database_was_away(stage, outage):
    ordered = stage.imported(WAITING, [("A0", 1)], first_buyer=400)
    on_hand = stage.shop.on_hand("A0")
    stage.watch.start()
    # The first call is applied at Shopify and its answer still under way; the others wait in the queue.
    stage.shop.faults.add("fulfillmentCreate", "slow", seconds=1)
    stage.shop.faults.add("fulfillmentCreate", "timeout_after", seconds=HANGS)
    stage.validate([picking for _order, picking in ordered])
    wait_for("A call that was applied", lambda: any(one.fulfillments for one, _ in ordered), SOON, pause=0.02)
    # Few: Shopify removes a subscription whose deliveries fail eight times running.
    new = [buy(stage.shop, [("A0", 1)], buyer=450 + number) for number in range(3)]
    sent = stage.shop.webhooks.log[-3:]
    wait_for("The first delivery", lambda: any(one.delivered for one in sent), SOON, pause=0)
    with outage() as connections:
        assert connections > 2  # not only the two that listen
        with pytest.raises(psycopg2.OperationalError):
            connect(stage.database.name)
        accepted = [one for one in sent if one.delivered]
        stage.shop.update_order(ordered[0][0], note="While the database was away")
        sent.append(stage.shop.webhooks.log[-1])
        wait_for("Shopify's first try", lambda: sent[-1].status != "waiting", SOON)
        assert not sent[-1].delivered
        with contextlib.suppress(ConnectionError):  # Odoo's master has ended over it: nobody answers at all
            assert stage.post(sent[-1]) >= 400
    assert stage.jobs_of(accepted) == len(accepted)  # what was answered with 200 is there
    stage.shop.faults.clear()
    revive = stage.server.revive  # Odoo's own master may have ended over it; a service manager starts it again
    wait_for("Shopify's repeated deliveries", lambda: all(one.delivered for one in sent), 3 * SOON, meanwhile=revive)
    # Without any help: what was being worked on is found by the next look of the runners, a poll away at worst.
    stage.settle(5 * SOON, meanwhile=revive)

    told = stage.watch.told()
    assert {states[-1] for states in told.jobs().values()} <= {"done", "superseded"}
    assert not told.twice()
    assert not told.out_of_order()
    assert [len(one.fulfillments) for one, _picking in ordered] == [1] * WAITING
    assert stage.shop.on_hand("A0") == on_hand - WAITING
    assert stage.jobs_of(sent) == len(sent)
    numbers = [str(order.number) for order in new]
    assert stage.database.rows(
        "SELECT count(*), count(DISTINCT shopify_order_id) FROM sale_order WHERE state = 'sale' AND shopify_order_id = ANY(%s)",
        numbers,
    ) == [(3, 3)]


TERMINATE = """SELECT count(pg_terminate_backend(pid, %s)) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND application_name <> 'shopify_sync servers'
                 AND (datname = %s OR datname = 'postgres' AND application_name = ANY(%s))"""
