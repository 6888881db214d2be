"""The run without a person: customers order in bulk while Lena ships, then one thing at a time on an idle system."""

import random
import threading
import time
from datetime import datetime, timezone

from . import comparison, fill
from .figures import Figures, spread
from .pool import Pool
from .processes import Failed, wait_for
from .staff import Accountant, Worker
from .trials import DROPPED, Trials
from .watch import Watch

ORDERS, SEED = 200, 19
AT_OUTLET = 8  # orders of the second shop meanwhile
BURST, BURST_PAUSE = 5, 0.35  # orders at once, and seconds between
BATCH = 20  # deliveries validated in one click
SINGLE = 15  # events of each kind on the idle system
BULK_SECONDS = 300
QUIET_SECONDS = 5  # so long nothing may happen before the bulk is called over
MEDIAN = 2.0  # seconds; DESIGN 9
PRESENTMENT = [[currency, str(rate)] for currency, rate in fill.RATES.items()]


def run(stage, say) -> Figures:
    figures = Figures()
    started = time.monotonic()
    figures.tell("levels_sent_on_connecting", stage.level_count())
    calls_before = stage.shop.get("calls")
    worker, accountant = Worker(stage), Accountant(stage)
    trials, pool = Trials(stage), Pool(stage)
    watch = Watch()
    watch.start()
    try:
        say(f"{ORDERS} orders, and deliveries validated as they come")
        trials.begin()
        counts = _bulk(stage, worker, accountant)
        bulk = _latencies(stage, watch, counts)
        figures.tell("bulk_seconds", round(time.monotonic() - started, 1))
        say(
            f"Bulk done after {time.monotonic() - started:.0f} s; now {SINGLE} orders, deliveries and counts one by one"
        )
        idle, singles = _one_by_one(stage, worker, watch)
        stage.wait_until_settled(60)
        say("Goods that are made, a shelf two shops sell from, and a kit")
        pool.run(figures)
        stage.wait_until_settled(60)
        say("A payment that comes late, a cancellation from Odoo, and the message that never came")
        trials.end(figures)
        _ship_the_rest(stage, worker)
    finally:
        watch.stop()
    calls_after = stage.shop.get("calls")  # before we ask the shop's API ourselves
    sent = ORDERS + AT_OUTLET + singles + trials.placed + pool.placed
    comparison.orders(stage, sent, trials, watch, figures)
    comparison.money(stage, figures)
    comparison.people(stage, figures)
    comparison.parcels(stage, worker, trials, figures)
    comparison.stock(stage, figures)
    pool.judge(figures)
    comparison.calls(calls_before, calls_after, figures)
    comparison.day(stage, figures)
    comparison.connection(stage, figures)
    figures.tell("taxes_mapped", accountant.mapped)
    figures.equal("worker_may_read_shopify_jobs", worker.may_read_jobs, False)
    webhooks = stage.deliveries()
    figures.tell("webhooks", len(webhooks))
    figures.equal("webhooks_not_accepted", sum(1 for one in webhooks if one["status"] not in (200, "dropped")), 0)
    figures.equal("webhooks_dropped", sum(1 for one in webhooks if one["status"] == "dropped"), len(DROPPED))
    for name, seconds in idle.items():
        found = spread(seconds)
        figures.tell(f"idle_{name}_seconds", found)
        figures.equal(f"idle_{name}_events", found["events"], SINGLE)
        figures.below(f"idle_{name}_median", found["median"], MEDIAN)
    for name, seconds in bulk.items():
        figures.tell(f"bulk_{name}_seconds", spread(seconds))
    errors = stage.errors_of_odoo()
    figures.equal("errors_in_odoo_log", len(errors), 0)
    figures.tell("errors_in_odoo_log_first", errors[:3])
    figures.tell("seconds", round(time.monotonic() - started, 1))
    return figures


# -- many at once ---------------------------------------------------------------------------------
def _bulk(stage, worker, accountant):
    """Until every order is shipped and both sides have nothing more to say. :return: stock counts made meanwhile"""
    failures, cancelled = [], []

    def customers():
        try:
            for burst in range(ORDERS // BURST):
                told = stage.shop.post(
                    "random_orders",
                    count=BURST,
                    seed=SEED * 1000 + burst,
                    lively=True,
                    presentment=PRESENTMENT,
                    presentment_share=0.2,
                )
                if burst % (ORDERS // BURST // AT_OUTLET) == 0:
                    stage.outlet.buy(1, seed=SEED * 3000 + burst, countries=["DE"])
                cancelled.extend(name for name, what in told["changed"].items() if what == "cancelled")
                time.sleep(BURST_PAUSE)
        except Exception as problem:
            failures.append(problem)

    buying = threading.Thread(target=customers, daemon=True, name="customers")
    buying.start()
    counts, rng = [], random.Random(SEED)
    end, quiet_since = time.monotonic() + BULK_SECONDS, None
    while time.monotonic() < end:
        stage.check()
        accountant.map_new_taxes()
        shipped = worker.ship(BATCH)
        if shipped and len(counts) < SINGLE:
            counts.append(_count(worker, rng))
        if failures:
            raise failures[0]
        if shipped or buying.is_alive() or not stage.settled():
            quiet_since = None
        elif len(worker.shipped) >= ORDERS + AT_OUTLET - len(cancelled):
            return counts
        else:
            # Something is missing, and perhaps it is only late; the comparison says what.
            quiet_since = quiet_since or time.monotonic()
            if time.monotonic() - quiet_since > QUIET_SECONDS:
                return counts
        if not shipped:
            time.sleep(0.3)
    return counts


def _ship_the_rest(stage, worker):
    """What came of the trials; the orders that wait for goods are looked after by Lena."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        stage.wait_until_settled(60)
        if not worker.waiting():
            return
        if not worker.ship(BATCH):
            time.sleep(0.5)
    # The comparison says what is open.


def _count(worker, rng):
    """Lena finds some pieces more. :return: (when, SKU, warehouse)"""
    sku, warehouse = rng.choice(fill.counted())["sku"], rng.choice(("Berlin", "Munich"))
    started = datetime.now(timezone.utc)
    worker.count(sku, warehouse, rng.randint(1, 4))
    return started, sku, warehouse


def _moment(text):
    return datetime.fromisoformat(text)


def _seconds(start, end):
    return max(0.0, (end - start).total_seconds())


def _latencies(stage, watch, counts):
    """Of what happened in bulk; orders that waited for the accountant are left out."""
    state = stage.shop.get("state")
    fulfilled = {one["id"]: _moment(one["created_at"]) for order in stage.orders() for one in order["fulfillments"]}
    rows = stage.db.rows(
        "SELECT id, shopify_fulfillment_ids FROM stock_picking WHERE shopify_fulfillment_ids IS NOT NULL"
    )
    return {
        "order": [
            _seconds(watch.received[order_id], at)
            for order_id, at in list(watch.confirmed.items())
            if order_id in watch.received and order_id not in watch.held
        ],
        "fulfillment": [
            _seconds(watch.validated[picking], fulfilled[one])
            for picking, ids in rows
            for one in ids.split(",")
            if picking in watch.validated and one in fulfilled
        ],
        "stock": [seconds for count in counts if (seconds := _level_delay(state, *count)) is not None],
    }


def _level_delay(state, started, sku, warehouse):
    """Seconds until the shop's level followed the count; None when it has not. The count's own work is part of it."""
    places = {one["id"]: one["name"] for one in state["locations"]}
    for change in state["level_changes"]:
        at = _moment(change["at"])
        if (change["by"], change["sku"], places[str(change["location_id"])]) == (
            "api",
            sku,
            warehouse,
        ) and at >= started:
            return _seconds(started, at)
    return None


# -- one at a time --------------------------------------------------------------------------------
def _one_by_one(stage, worker, watch):
    """Single events, each after everything has come to rest. :return: ({what: [seconds]}, orders placed)"""
    orders, fulfillments, counts = [], [], []
    for number in range(SINGLE):
        _rest(stage)
        [order] = stage.shop.buy(1, seed=SEED * 2000 + number, countries=["DE"])
        wait_for("The confirmation of a single order", lambda key=order["id"]: key in watch.confirmed, 20, pause=0.05,
                 meanwhile=lambda key=order["id"]: _not_held(watch, key))  # fmt: skip
        orders.append(_seconds(watch.received[order["id"]], watch.confirmed[order["id"]]))
    for _number in range(SINGLE):
        _rest(stage)
        [picking] = worker.ship(1) or [None]
        if picking is None:
            raise Failed("There was no delivery to validate, although orders were confirmed")
        made = wait_for(
            "The fulfillment of a single delivery",
            lambda key=worker.shipped[picking]: _with_number(stage, key),
            20,
            pause=0.05,
        )
        wait_for("Seeing the delivery", lambda key=picking: key in watch.validated, 5, pause=0.05)
        fulfillments.append(_seconds(watch.validated[picking], made))
    rng = random.Random(SEED + 1)
    for _number in range(SINGLE):
        _rest(stage)
        counts.append(_count(worker, rng))
        wait_for(
            "The stock of a single count",
            lambda made=counts[-1]: _level_delay(stage.shop.get("state"), *made) is not None,
            20,
            pause=0.1,
        )
    state = stage.shop.get("state")
    return {
        "order": orders,
        "fulfillment": fulfillments,
        "stock": [_level_delay(state, *one) for one in counts],
    }, SINGLE


def _rest(stage):
    """Nothing to do on either side, and a moment more, so that the runners are asleep."""
    stage.wait_until_settled(60, pause=0.1)
    time.sleep(0.3)


def _not_held(watch, order_id):
    if order_id in watch.held:
        raise Failed(f"A single order is held: {', '.join(watch.held[order_id])}")


def _with_number(stage, number):
    """When the fulfillment with this tracking number was made in the shop; None: not yet."""
    for order in reversed(stage.orders()):
        for one in order["fulfillments"]:
            if number in one["tracking_numbers"]:
                return _moment(one["created_at"])
    return None
