"""Whatever is committed is done soon, once, and in order, although the poll of the crons is a day away (DESIGN 4).

`dev/bench events` does the same with ten thousand."""

import os

from prefork.traffic import Traffic
from stage import SOON

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
