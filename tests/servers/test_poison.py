"""One job that cannot succeed among many that can: the others pass, and it says why it does not (DESIGN 2.5)."""

import copy
import hashlib
import json

import pytest
from demonstration.processes import wait_for
from prefork.scene import buy
from stage import SOON

from simulator.webhooks import signature

AMONG = 40
ATTEMPTS = 10


@pytest.fixture
def poisoned(stage):
    """PostgreSQL refuses to store one order, for a reason that nobody has foreseen."""
    stage.settle()
    stage.shop.faults.clear()
    stage.shop.faults.add("orders/create", "drop")
    order = buy(stage.shop, [("A0", 1)], buyer=700)
    stage.database.execute(
        f"""CREATE FUNCTION servers_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'poison'; END $$;
            CREATE TRIGGER servers_poison BEFORE INSERT ON sale_order FOR EACH ROW
                WHEN (NEW.shopify_order_id = '{order.number}') EXECUTE FUNCTION servers_poison()"""
    )
    yield order, stage.shop.webhooks.log[-1]
    stage.database.execute("DROP FUNCTION IF EXISTS servers_poison CASCADE")


def job_of(stage, delivery):
    return stage.database.rows(
        "SELECT state, cause, coalesce(error, ''), attempts FROM shopify_job WHERE event_id = %s", delivery.event_id
    )[0]


def test_the_batch_around_a_poison_passes_and_it_ends_with_its_cause(stage, poisoned):
    order, delivery = poisoned
    activities = stage.database.one("SELECT count(*) FROM mail_activity")
    others = [buy(stage.shop, [("A0", 1)], buyer=701 + number) for number in range(AMONG // 2)]
    assert stage.post(delivery) == 200
    others += [buy(stage.shop, [("A0", 1)], buyer=721 + number) for number in range(AMONG // 2)]
    numbers = [str(one.number) for one in others]
    wait_for(
        "The others", lambda: stage.database.one(CONFIRMED, numbers) == AMONG and job_of(stage, delivery)[3], 2 * SOON
    )
    state, cause, why, attempts = job_of(stage, delivery)
    assert (state, cause) == ("pending", "later")
    assert 1 <= attempts < ATTEMPTS
    assert "RaiseException" in why

    for number in range(attempts + 1, ATTEMPTS + 1):
        stage.database.execute(
            "UPDATE shopify_job SET not_before = NULL WHERE event_id = %s AND state = 'pending'", delivery.event_id
        )
        stage.wake_all()
        wait_for("Another attempt", lambda count=number: job_of(stage, delivery)[3] >= count, SOON, pause=0.05)
    state, cause, why, attempts = job_of(stage, delivery)
    assert (state, cause, attempts) == ("failed", "attempts", ATTEMPTS)
    assert "RaiseException" in why
    assert stage.database.one("SELECT count(*) FROM mail_activity") == activities + 1

    # What was in its way is gone; a person lets it go on.
    stage.database.execute("DROP FUNCTION servers_poison CASCADE")
    with stage.database.environment() as env:
        env["shopify.job"].search([("event_id", "=", delivery.event_id)]).action_retry()
    stage.settle()
    assert job_of(stage, delivery)[0] == "done"
    assert stage.database.one(CONFIRMED, [str(order.number)]) == 1


def test_a_message_that_is_no_order_ends_at_once(stage, poisoned):
    _order, delivery = poisoned
    broken = copy.copy(delivery)
    broken.body = json.dumps({**delivery.json(), "line_items": "none"}).encode()
    broken.headers = {
        **delivery.headers,
        "X-Shopify-Event-Id": hashlib.sha256(broken.body).hexdigest()[:36],
        "X-Shopify-Hmac-Sha256": signature(stage.shop.client_secret, broken.body),
    }
    other = buy(stage.shop, [("A0", 1)], buyer=745)
    assert stage.post(broken) == 200
    stage.settle()
    assert job_of(stage, broken)[:2] == ("failed", "unreadable")
    assert stage.database.one(CONFIRMED, [str(other.number)]) == 1


CONFIRMED = "SELECT count(*) FROM sale_order WHERE shopify_order_id = ANY(%s) AND state = 'sale'"
