"""Shopify is down for an hour: the warehouse does not notice, nothing is lost, one person is told once (DESIGN 2.1, 4)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from demonstration.doors import User
from demonstration.processes import wait_for
from stage import SOON

DELIVERIES = 40
PEOPLE = 2
HANGS = 12  # seconds until a call to Shopify fails; nobody who validates a delivery may wait for one
FOR_EVER = 1_000_000
# The growing delays: 5 s, 10 s … nine of them are 43 minutes. The third is taken for the tenth, so that the test ends.
ROUNDS, TAKEN_FOR = 3, 10


@pytest.fixture
def shopify_down(stage):
    stage.settle()
    yield
    stage.shop.faults.clear()


def test_an_hour_without_shopify(stage, shopify_down):
    ordered = stage.imported(DELIVERIES, [("A0", 1)], first_buyer=500)
    pickings = [picking for _order, picking in ordered]
    stage.pack(pickings)
    on_hand = stage.shop.on_hand("A0")
    before, activities = stage.last_job(), activities_of(stage)
    stage.watch.start()
    calls = len(stage.shop.call_log)
    stage.shop.faults.add("*", "timeout_before", times=2, seconds=HANGS)  # for each runner one call that hangs
    stage.shop.faults.add("*", "http_503", times=FOR_EVER)

    # People ship: no error, and none waits as long as a single call to Shopify would.
    people = [User(stage.server.url, stage.database.name, "admin") for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        spent = [*pool.map(ship, people, [pickings[number::PEOPLE] for number in range(PEOPLE)])]
    assert max(max(seconds) for seconds in spent) < HANGS
    assert states_of(stage, pickings) == {"done"}

    # The hour passes: each time the delays are over, Shopify is asked again, and does not answer.
    for number in (*range(1, ROUNDS), TAKEN_FOR):
        if number == TAKEN_FOR:
            stage.database.execute(
                "UPDATE shopify_job SET attempts = %s WHERE id > %s AND state = 'pending'", number - 1, before
            )
        if number > 1:
            make_due(stage)
        wait_for("Another attempt of all", lambda count=number: attempts(stage, before) >= count, 3 * SOON)
        assert delays_grew(stage, before)
    # Who waits does not ask: each delivery in each round would have been 40 · 3 · 4 calls, since a call is tried four times.
    assert len(stage.shop.call_log) - calls < 4 * DELIVERIES
    assert {row[0] for row in stage.database.rows(UNFINISHED, before)} == {"later"}
    assert not any(order.fulfillments for order, _picking in ordered)
    assert activities_of(stage) - activities <= 1

    # It answers again.
    stage.shop.faults.clear()
    make_due(stage)
    stage.settle(2 * SOON)
    assert [len(order.fulfillments) for order, _picking in ordered] == [1] * DELIVERIES
    assert stage.shop.on_hand("A0") == on_hand - DELIVERIES
    told = stage.watch.told()
    assert {states[-1] for states in told.jobs().values()} <= {"done", "superseded"}
    assert not told.twice()
    assert activities_of(stage) - activities <= 1


def test_a_shop_that_stays_away_for_more_than_a_day_is_one_activity_not_one_for_each_delivery(stage, shopify_down):
    ordered = stage.imported(DELIVERIES, [("A0", 1)], first_buyer=600)
    before, activities = stage.last_job(), activities_of(stage)
    stage.shop.faults.add("*", "http_503", times=FOR_EVER)
    stage.validate([picking for _order, picking in ordered])
    wait_for("The first attempt of all", lambda: attempts(stage, before) >= 1, 3 * SOON)
    stage.database.execute(
        "UPDATE shopify_job SET attempts = 30, create_date = create_date - interval '25 hours' WHERE id > %s", before
    )
    make_due(stage)
    wait_for("The end of patience", lambda: not stage.database.rows(UNFINISHED, before), 3 * SOON)
    given_up = stage.database.rows(
        "SELECT cause FROM shopify_job WHERE id > %s AND flow = 'fulfillments_out' AND state = 'failed'", before
    )
    assert given_up == [("attempts",)] * DELIVERIES
    assert activities_of(stage) - activities == 1

    # Somebody comes back, and lets all of them go on by one click.
    stage.shop.faults.clear()
    with stage.database.environment() as env:
        env["shopify.job"].search([("id", ">", before), ("state", "=", "failed")]).action_retry()
    stage.settle(2 * SOON)
    assert [len(order.fulfillments) for order, _picking in ordered] == [1] * DELIVERIES


def ship(person, pickings):
    """:return: seconds that each delivery took"""
    spent = []
    for picking in pickings:
        started = time.monotonic()
        assert person.call("stock.picking", "button_validate", [picking], context={"skip_backorder": True}) is True
        spent.append(time.monotonic() - started)
    return spent


def attempts(stage, after) -> int:
    """How often the least tried of the waiting jobs was tried."""
    return stage.database.one(
        "SELECT coalesce(min(attempts), 0) FROM shopify_job WHERE id > %s AND state = 'pending'"
        " AND flow = 'fulfillments_out'",
        after,
    )


def delays_grew(stage, after) -> bool:
    """None comes back earlier than 5 s · 2^(attempts - 1), less a fifth, after it was tried."""
    return stage.database.one(
        """SELECT bool_and(not_before >= write_date + interval '1 second' * (0.8 * least(3600, 5 * 2 ^ (attempts - 1)) - 1))
           FROM shopify_job WHERE id > %s AND state = 'pending' AND not_before IS NOT NULL
             AND flow = 'fulfillments_out'""",
        after,
    )


def make_due(stage):
    """Time passes."""
    stage.database.execute(
        "UPDATE shopify_job SET not_before = now() AT TIME ZONE 'UTC' WHERE state = 'pending' AND not_before IS NOT NULL"
    )
    stage.wake_all()


def states_of(stage, pickings) -> set:
    return {row[0] for row in stage.database.rows("SELECT state FROM stock_picking WHERE id = ANY(%s)", pickings)}


def activities_of(stage) -> int:
    return stage.database.one("SELECT count(*) FROM mail_activity")


UNFINISHED = "SELECT cause FROM shopify_job WHERE id > %s AND state = 'pending' AND flow = 'fulfillments_out'"
