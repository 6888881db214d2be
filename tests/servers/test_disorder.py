"""Deliveries twice, in other order, late and not at all: an order ends as what happened to it last (DESIGN 2.2)."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from prefork.traffic import Traffic
from stage import SOON

EVENTS = 1000
KINDS = ("duplicate", "reorder", "drop")


@pytest.fixture
def disorder(stage):
    """Traffic of which each second delivery meets one of the faults; what is dropped is kept for later."""
    stage.settle()
    rng = random.Random(4)

    def plan():
        stage.shop.faults.clear()  # one that no delivery met is not for the next event
        if rng.random() < 0.5:
            stage.shop.faults.add("*", rng.choice(KINDS))

    yield Traffic(stage.database, stage.shop, stage.scene, seed=7, gap=0.01, goods=False, before=plan)
    stage.shop.faults.clear()


def test_an_order_ends_as_its_last_event_whatever_happened_to_the_deliveries(stage, disorder):
    stage.watch.start()
    disorder.run(EVENTS)
    stage.shop.webhooks.release_held()
    sent = [one for one in disorder.deliveries() if one.json().get("id")]  # those about an order
    dropped = [one for one in sent if one.status == "dropped"]
    # One in three is lost for good, unless it was the last word about its order; the others come late and shuffled.
    last = {one.json()["id"]: one for one in sent}
    late = [one for number, one in enumerate(dropped) if number % 3 or last[one.json()["id"]] is one]
    random.Random(5).shuffle(late)
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(stage.post, late)) == {200}
    stage.settle(SOON + EVENTS / 5)

    assert stage.jobs_of(sent) == len(sent) - len(dropped) + len(late)
    told = stage.watch.told()
    assert not told.twice()
    assert {states[-1] for states in told.jobs().values()} <= {"done", "superseded"}
    assert not disorder.wrong_at_the_end()
