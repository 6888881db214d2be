"""Whatever is committed is done soon, once, and in order, although the poll of the crons is far away (DESIGN 4)."""

import random
import time
from contextlib import closing

from demonstration.processes import wait_for
from prefork.database import connect
from prefork.scene import buy
from stage import FIRST_FAST, LOCK_CLASS, RUNNERS, SOON

EVENTS = 300
IN_FLIGHT_FAST = 3000  # of models/shopify_runner.py


def test_no_event_waits_for_the_poll_none_is_done_twice_and_subjects_keep_their_order(stage):
    stage.settle()
    since, moment = stage.last_job(), stage.database.one("SELECT coalesce(max(id), 0) FROM servers_log")
    delivered = len(stage.shop.webhooks.log)
    rng = random.Random(19)
    orders, received = [], 0
    for number in range(EVENTS):
        kind = rng.random()
        if kind < 0.2 or not orders:
            orders.append(buy(stage.shop, [("A0", 1)], buyer=rng.randrange(10)))
        elif kind < 0.75:
            stage.shop.update_order(rng.choice(orders), note=f"Note {number}")
        else:
            stage.receive("A1", 1)
            received += 1
        if rng.random() < 0.5:  # else the next one follows at once
            time.sleep(rng.uniform(0, 0.06))
    stage.settle(2 * SOON)

    sent = stage.shop.webhooks.log[delivered:]
    assert (len(sent), received) == (EVENTS - received, EVENTS - len(sent))
    assert {one.status for one in sent} == {200}
    jobs = stage.database.rows(
        """SELECT j.id, j.event_id IS NOT NULL, array_agg(l.state ORDER BY l.id),
                  extract(epoch FROM max(l.at) - j.create_date)
           FROM shopify_job j JOIN servers_log l ON l.job = j.id WHERE j.id > %s GROUP BY j.id""",
        since,
    )
    assert sum(is_delivery for _id, is_delivery, _states, _seconds in jobs) == len(sent)
    assert {tuple(states) for _id, _is_delivery, states, _seconds in jobs} <= {
        ("pending", "done"),
        ("pending", "superseded"),
    }
    assert max(seconds for *_others, seconds in jobs) < SOON

    # Of one subject an earlier job is never done after a later one.
    ended = stage.database.rows("SELECT key, job FROM servers_log WHERE id > %s AND state = 'done' ORDER BY id", moment)
    by_key = {}
    for key, job in ended:
        by_key.setdefault(key, []).append(job)
    assert all(ids == sorted(ids) for ids in by_key.values())

    # And what stands in Odoo is what happened last.
    numbers = [str(order.number) for order in orders]
    newest = stage.database.rows(
        """SELECT o.shopify_order_id, o.shopify_triggered_at = max(j.triggered_at), count(DISTINCT o.id)
           FROM sale_order o JOIN shopify_job j ON j.key = 'order:' || o.shopify_order_id AND j.triggered_at IS NOT NULL
           WHERE o.shopify_order_id = ANY(%s) GROUP BY o.id""",
        numbers,
    )
    assert sorted(newest) == sorted((number, True, 1) for number in numbers)
    pieces = stage.database.one(
        "SELECT sum(quantity)::int FROM stock_quant WHERE product_id = %s AND location_id = %s",
        stage.scene.products["A1"],
        stage.scene.location,
    )
    assert stage.shop.on_hand("A1") == pieces


def test_a_delivery_stored_before_a_runners_last_look_and_committed_after_it_is_found(stage):
    stage.settle()
    registry = stage.database.registry  # opens Odoo in this process
    from odoo import SUPERUSER_ID, api

    from odoo.addons.shopify_sync.shopify_api import webhook

    stage.shop.faults.add("orders/create", "drop")  # it is stored here, by hand
    order = buy(stage.shop)
    delivery = stage.shop.webhooks.log[-1]
    with closing(registry.cursor()) as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        store = env["shopify.store"].search([])
        key = f"order:{order.number}"
        number = env["shopify.job"]._shard(store.id, key) % RUNNERS
        event = webhook.read(delivery.headers, delivery.body, store._webhook_identity()[1], None)
        with closing(connect(stage.database.name)) as runner, runner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, FIRST_FAST + number])
            assert env["shopify.delivery"]._receive(store, event, "orders_in", key)
            assert not cr.postcommit.data.get("shopify_sync.wake")  # the runner is awake, so nobody wakes it
        stage.wake("fast", number)
        wait_for(
            "The runner at its last look",
            lambda: stage.database.one(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND NOT granted",
                LOCK_CLASS,
                IN_FLIGHT_FAST + number,
            ),
            SOON,
        )
        cr.commit()
    wait_for(
        "The order",
        lambda: stage.database.rows("SELECT state FROM shopify_job WHERE key = %s", key) == [("done",)],
        SOON,
    )
