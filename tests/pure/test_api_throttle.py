"""The bucket of query points: what is known of it, and that the client waits for it before it sends."""

import threading

import pytest
from loopback import SHOP, TOKEN, Loopback, Time, answer, raw, refusal

from shopify_api import client, errors
from shopify_api.throttle import UNKNOWN_COST, Bucket, Cost, read_cost


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def bucket(time):
    return Bucket(time.clock)


def cost(available, requested=100, maximum=2000, rate=100):
    return Cost(requested, requested, maximum, available, rate)


def test_an_unknown_bucket_makes_nobody_wait(bucket):
    assert bucket.available is None
    assert bucket.wait_for(1000) == 0
    assert bucket.expected("orders") == UNKNOWN_COST


def test_the_wait_is_what_is_missing_by_the_rate_and_shrinks_with_time(bucket, time):
    bucket.settle("orders", 0, cost(available=40))
    assert bucket.expected("orders") == 100
    assert bucket.wait_for(100) == pytest.approx(0.6)
    time.now += 0.5
    assert bucket.available == 90
    assert bucket.wait_for(100) == pytest.approx(0.1)
    time.now += 0.1
    assert bucket.wait_for(100) == 0


def test_the_bucket_never_holds_more_than_its_maximum(bucket, time):
    bucket.settle("orders", 0, cost(available=1900))
    time.now += 3600
    assert bucket.available == 2000
    # Dearer than the bucket is large: wait until it is full, and let Shopify refuse it.
    assert bucket.wait_for(2500) == 0


def test_what_is_under_way_is_not_spent_twice(bucket):
    bucket.settle("orders", 0, cost(available=150))
    assert bucket.reserve(100) == 0
    assert bucket.reserve(100) == pytest.approx(0.5)
    bucket.settle("orders", 100, cost(available=145))
    assert bucket.available == 145


def test_a_call_without_an_answer_is_assumed_to_have_cost(bucket):
    bucket.settle("orders", 0, cost(available=150))
    bucket.reserve(100)
    bucket.settle("orders", 100, None)
    assert bucket.available == 50


def test_threads_together_reserve_no_more_than_there_is(bucket):
    bucket.settle("orders", 0, cost(available=1000))
    taken = []

    def take():
        for _ in range(50):
            if not bucket.reserve(10):
                taken.append(10)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000


@pytest.mark.parametrize(
    "extensions",
    [None, [], {}, {"cost": None}, {"cost": []}],
)
def test_no_cost_is_none(extensions):
    assert read_cost(extensions) is None


@pytest.mark.parametrize(
    "status",
    [
        None,
        {},
        {"maximumAvailable": 2000, "currentlyAvailable": 5},
        {"maximumAvailable": 2000, "currentlyAvailable": 5, "restoreRate": 0},
        {"maximumAvailable": 0, "currentlyAvailable": 5, "restoreRate": 100},
        {"maximumAvailable": "2000", "currentlyAvailable": True, "restoreRate": 100},
    ],
)
def test_a_bucket_that_cannot_be_reckoned_with_is_left_out(status):
    got = read_cost({"cost": {"requestedQueryCost": 7, "actualQueryCost": None, "throttleStatus": status}})
    assert got == Cost(7, None, None, None, None)


# ---- the client -----------------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    loopback = Loopback()
    yield loopback
    loopback.close()


@pytest.fixture
def shop(server, time):
    made = client.Client(SHOP, token=lambda renew: TOKEN, endpoint=server.url, sleep=time.sleep, clock=time.clock)
    yield made
    made.close()


def test_the_client_waits_before_it_sends_for_what_the_document_cost_last_time(server, shop, time):
    server.script = [answer({"orders": {}}, requested=300, available=100), answer({"orders": {}}, requested=300)]
    shop.execute("orders")
    assert time.slept == []
    shop.execute("orders")
    assert time.slept == [pytest.approx(2.0)]
    assert len(server.requests) == 2


def test_clients_with_one_bucket_know_what_the_other_learned(server, shop, time):
    server.script = [answer({"orders": {}}, requested=300, available=100)]
    shop.execute("orders")
    other = client.Client(
        SHOP,
        token=lambda renew: TOKEN,
        endpoint=server.url,
        throttle=shop.throttle,
        sleep=time.sleep,
        clock=time.clock,
    )
    other.execute("orders")
    other.close()
    assert time.slept == [pytest.approx(2.0)]


def test_a_longer_wait_than_patience_is_not_begun_and_nothing_is_sent(server, shop, time):
    server.script = [answer({"orders": {}}, requested=1000, available=-1000)]
    shop.execute("orders")
    with pytest.raises(errors.Throttled) as caught:
        shop.execute("orders")
    assert caught.value.retry_after == pytest.approx(20)
    assert (len(server.requests), time.slept) == (1, [])
    # The points it did not use are still there for a cheap one.
    time.now += 20
    assert shop.throttle.wait_for(1000) == 0


@pytest.mark.parametrize("document", ["orders", "inventory_set_quantities"])
def test_a_throttled_document_is_repeated_when_the_bucket_has_filled(server, shop, time, document):
    server.script = [refusal("THROTTLED", requested=500, available=200), answer({"x": {}}, requested=500)]
    assert shop.execute(document).data == {"x": {}}
    assert time.slept == [pytest.approx(3.0)]
    assert len(server.requests) == 2


def test_throttled_again_and_again_is_raised_within_patience(server, shop, time):
    server.script = [refusal("THROTTLED", requested=500, available=200)]
    with pytest.raises(errors.Throttled) as caught:
        shop.execute("orders")
    assert sum(time.slept) <= client.PATIENCE
    assert (caught.value.code, caught.value.retryable) == ("THROTTLED", True)
    assert caught.value.retry_after == pytest.approx(3.0)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("headers", "slept"),
    [({"Retry-After": "2.0"}, [2.0]), ({"Retry-After": "soon"}, None), ({}, None)],
)
def test_too_many_requests_by_http_is_treated_alike(server, shop, time, headers, slept):
    server.script = [raw("", status=429, headers=headers), answer({"orders": {}})]
    shop.execute("inventory_set_quantities")
    assert len(server.requests) == 2
    assert time.slept == slept if slept else 0.25 <= time.slept[0] <= 0.75


def test_an_endless_429_that_asks_for_no_wait_is_given_up(server, shop):
    server.script = [raw("", status=429, headers={"Retry-After": "0"})]
    with pytest.raises(errors.Throttled):
        shop.execute("orders")
    assert len(server.requests) == client.THROTTLED_ATTEMPTS


def test_a_backlog_uses_the_whole_rate_and_is_never_throttled(server, shop, time):
    """A bucket of Shopify's kind, empty at the start: 50 calls of 100 points take 50 seconds of restoring, no more."""
    state = {"available": 0.0, "at": time.now, "throttled": 0}

    def serve(handler):
        state["available"] = min(2000.0, state["available"] + 100 * (time.now - state["at"]))
        state["at"] = time.now
        enough = state["available"] >= 100 - 1e-6
        if enough:
            state["available"] -= 100
            made = answer({"orders": {}}, requested=100, actual=100, available=state["available"])
        else:
            state["throttled"] += 1
            made = refusal("THROTTLED", requested=100, available=state["available"])
        status, headers, body = made
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.script = [serve]
    began = time.now
    for _ in range(50):
        shop.execute("orders")
    assert time.now - began <= 50 / 0.95
    assert state["throttled"] == 1  # The very first, when nothing was known.
