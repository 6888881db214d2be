"""Runners side by side, on two hosts and while their number changes: one subject is never worked on twice at once (DESIGN 4)."""

import random
import threading
import time
from itertools import pairwise

import pytest
from prefork.server import Server
from stage import SOON

SUBJECTS = 16
TRACKINGS = 3


@pytest.fixture
def calls(stage):
    """Callable that gives, for each subject, its calls to Shopify as (begin, end, job), in the order in which they began."""
    stage.settle()
    stage.database.execute(
        """CREATE TABLE servers_calls (call int PRIMARY KEY, key text, job int, begun timestamp, ended timestamp);
           CREATE FUNCTION servers_begun() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO servers_calls VALUES (NEW.call_id, NEW.key, NEW.id, clock_timestamp())
               ON CONFLICT (call) DO NOTHING; RETURN NULL; END $$;
           CREATE FUNCTION servers_ended() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               UPDATE servers_calls SET ended = clock_timestamp() WHERE call = NEW.id; RETURN NULL; END $$;
           CREATE TRIGGER servers_begun AFTER UPDATE OF call_id ON shopify_job FOR EACH ROW
               WHEN (NEW.call_id IS NOT NULL AND NEW.flow = 'fulfillments_out') EXECUTE FUNCTION servers_begun();
           CREATE TRIGGER servers_ended AFTER UPDATE OF state ON shopify_call FOR EACH ROW EXECUTE FUNCTION servers_ended()"""
    )

    def by_key():
        found = {}
        rows = stage.database.rows("SELECT key, begun, ended, job FROM servers_calls ORDER BY begun")
        for key, begun, ended, job in rows:
            found.setdefault(key, []).append((begun, ended, job))
        return found

    yield by_key
    stage.database.execute("DROP FUNCTION servers_begun, servers_ended CASCADE; DROP TABLE servers_calls")


@pytest.fixture
def second_host(stage):
    """Another Odoo with two cron workers of its own on the same database."""
    with Server(stage.database.name, workers=1) as server:
        yield server


@pytest.fixture
def runners(stage):
    """Callable that changes how many runners share the subjects, as the settings do."""

    def resize(count):
        settings = {"shopify_fast_runners": count}
        stage.database.request(lambda env: env["res.config.settings"].create(settings).set_values())

    yield resize
    resize(2)


def ship_and_track(stage, ordered, rng):
    """Each order's delivery is validated, its carrier's number changed again and again, and the order edited meanwhile."""
    for _order, picking in ordered:
        stage.shop.faults.add("fulfillmentCreate", "slow", seconds=rng.uniform(0, 0.4))
        stage.validate([picking])
    for number in range(TRACKINGS):
        for order, picking in ordered:
            stage.shop.faults.add("fulfillmentTrackingInfoUpdate", "slow", seconds=rng.uniform(0, 0.2))
            track(stage, picking, f"T{number}-{picking}")
            stage.shop.update_order(order, note=f"Note {number}")


def track(stage, picking, reference):
    values = {"carrier_tracking_ref": reference}
    stage.database.request(lambda env: env["stock.picking"].browse(picking).write(values))


def end(stage):
    """A fall that was read before its fulfillment's answer is waited for a minute, and then for Odoo's look at its crons."""
    looked = time.monotonic()

    def look():
        nonlocal looked
        if time.monotonic() > looked + 5:
            looked = time.monotonic()
            stage.wake_all()

    stage.settle(6 * SOON, meanwhile=look)


def check(stage, ordered, calls):
    told = stage.watch.told()
    assert not told.twice()
    assert not told.out_of_order()
    assert {states[-1] for states in told.jobs().values()} <= {"done", "superseded"}
    found = calls()
    assert set(found) == {f"order:{order.number}" for order, _picking in ordered}
    for of_one in found.values():
        assert all(ended for _begun, ended, _job in of_one)
        assert [job for *_times, job in of_one] == sorted(job for *_times, job in of_one)
        assert all(one[1] <= following[0] for one, following in pairwise(of_one))
    for order, picking in ordered:
        (made,) = order.fulfillments
        assert made.body["tracking_number"] == f"T{TRACKINGS - 1}-{picking}"


def test_two_runners_on_two_hosts(stage, calls, second_host):
    ordered = stage.imported(SUBJECTS, [("A0", 1)], first_buyer=1000)
    stage.watch.start()
    ship_and_track(stage, ordered, random.Random(1))
    end(stage)
    check(stage, ordered, calls)


def test_their_number_changes_under_way(stage, calls, runners):
    ordered = stage.imported(SUBJECTS, [("A0", 1)], first_buyer=1100)
    stage.watch.start()
    shipping = threading.Thread(target=ship_and_track, args=(stage, ordered, random.Random(2)))
    shipping.start()
    for count in (4, 1, 3):
        runners(count)
    shipping.join()
    end(stage)
    check(stage, ordered, calls)
