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
    yield down
    stage.poll(False)
    stage.shop.faults.clear()


def test_all_that_came_while_the_database_was_away_is_done_once_after_it(stage, outage):
    stage.settle()
    ordered = stage.imported(WAITING, [("A0", 1)], first_buyer=400)
    on_hand = stage.shop.on_hand("A0")
    stage.watch.start()
    # The first call is applied at Shopify and its answer still under way; the others wait in the queue.
    stage.shop.faults.add("fulfillmentCreate", "slow", seconds=1)
    stage.shop.faults.add("fulfillmentCreate", "timeout_after", seconds=SOON)
    stage.validate([picking for _order, picking in ordered])
    wait_for("A call that was applied", lambda: any(one.fulfillments for one, _ in ordered), SOON, pause=0.02)
    with outage() as connections:
        assert connections > 2  # not only the two that listen
        with pytest.raises(psycopg2.OperationalError):
            connect(stage.database.name)
        # Few: Shopify removes a subscription whose deliveries fail eight times running.
        new = buy(stage.shop, [("A0", 1)], buyer=450)
        stage.shop.update_order(ordered[0][0], note="While the database was away")
        meanwhile = stage.shop.webhooks.log[-2:]
        wait_for("Shopify's first tries", lambda: "waiting" not in {one.status for one in meanwhile}, SOON)
        assert not any(one.delivered for one in meanwhile)
        assert stage.post(meanwhile[0]) >= 400
    stage.shop.faults.clear()
    wait_for("Shopify's repeated deliveries", lambda: all(one.delivered for one in meanwhile), 2 * SOON)
    # Without any help: what was being worked on is found by the next look of the runners, a poll away at worst.
    stage.settle(4 * SOON)

    told = stage.watch.told()
    assert {states[-1] for states in told.jobs().values()} <= {"done", "superseded"}
    assert not told.twice()
    assert not told.out_of_order()
    assert [len(one.fulfillments) for one, _picking in ordered] == [1] * WAITING
    assert stage.shop.on_hand("A0") == on_hand - WAITING
    assert stage.database.rows(
        "SELECT state FROM sale_order WHERE shopify_order_id = %s", str(new.number)
    ) == [("sale",)]
    assert stage.jobs_of(meanwhile) == 2


def test_a_delivery_answered_with_200_survives_the_database_going_away_at_once(stage, outage):
    stage.settle()
    stage.watch.start()
    orders = [buy(stage.shop, [("A0", 1)], buyer=460 + number) for number in range(20)]
    sent = stage.shop.webhooks.log[-20:]
    wait_for("The first half", lambda: sum(one.delivered for one in sent) >= 10, SOON, pause=0)
    with outage():
        accepted = [one for one in sent if one.delivered]
    assert stage.jobs_of(accepted) == len(accepted)
    wait_for("Shopify's repeated deliveries", lambda: all(one.delivered for one in sent), 2 * SOON)
    stage.settle(4 * SOON)
    assert stage.jobs_of(sent) == 20
    assert not stage.watch.told().twice()
    numbers = [str(order.number) for order in orders]
    assert stage.database.rows(
        "SELECT count(*), count(DISTINCT shopify_order_id) FROM sale_order WHERE shopify_order_id = ANY(%s)", numbers
    ) == [(20, 20)]


TERMINATE = """SELECT count(pg_terminate_backend(pid, %s)) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND application_name <> 'shopify_sync servers'
                 AND (datname = %s OR datname = 'postgres' AND application_name = ANY(%s))"""
