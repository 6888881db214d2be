"""Whatever is committed is done soon, once, and in order, although the poll of the crons is a day away (DESIGN 4).

`dev/bench events` does the same with ten thousand."""

import os
from contextlib import closing

from demonstration.processes import wait_for
from prefork.database import connect
from prefork.scene import buy
from prefork.traffic import Traffic
from stage import FIRST_FAST, LOCK_CLASS, RUNNERS, SOON

IN_FLIGHT_FAST = 3000  # of models/shopify_runner_cron.py
POLL = 60  # seconds at least between two looks of the crons; cron workers are nice, and slow where others are busy
EVENTS = int(os.environ.get("SERVERS_EVENTS", "1000"))


def test_no_event_waits_for_the_poll_none_is_done_twice_and_subjects_keep_their_order(stage):
    stage.settle()
    stage.watch.start()
    traffic = Traffic(stage.database, stage.shop, stage.scene)
    traffic.run(EVENTS)
    stage.settle(SOON + EVENTS / 5)

    sent = traffic.deliveries()
    assert {one.status for one in sent} == {200}
    told = stage.watch.told()
    states = {tuple(one) for one in told.jobs().values()}
    assert states <= {("pending", "done"), ("pending", "superseded")}
    assert told.longest_stillness() < POLL
    assert not told.twice()
    assert not told.out_of_order()
    # Each delivery and each receipt of goods is a job; a job of the stock follows what an order reserved, too.
    assert len(told.jobs()) >= len(sent) + traffic.received
    assert stage.jobs_of(sent) == len(sent)

    # And what stands in Odoo is what happened last.
    assert not traffic.wrong_at_the_end()
    assert traffic.stock_is_right()


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
            assert env["shopify.delivery"]._receive(store, event, "orders_in", key, event.text)
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
