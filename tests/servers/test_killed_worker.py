"""A worker dies by kill -9 around a call: afterwards everything has happened exactly once (DESIGN 2.2)."""

import contextlib
from dataclasses import dataclass, field

import pytest
from demonstration.processes import wait_for
from stage import SOON

LONGER_THAN_THE_TEST = 60


@dataclass
class Call:
    """A change in Odoo that makes one call, and what both sides look like when it happened exactly once."""

    root: str
    flow: str
    table: str  # what our side notes the result in
    stage: object = field(repr=False)
    job: int = 0
    number: int = 0

    def start(self):
        before = self.stage.last_job()
        self.change()
        self.job, self.number = self.stage.job_of(self.flow, before)

    def is_asked(self):
        return not self.stage.shop.faults.planned()

    def start_slowly(self):
        """Shopify takes its time, so that the test can get hold of a row before the answer comes."""
        self.stage.shop.faults.add(self.root, "slow", seconds=2)
        self.start()

    def row(self):
        """The call's row, which is committed before the call is sent."""
        look = "SELECT call_id FROM shopify_job WHERE id = %s AND call_id IS NOT NULL"
        return wait_for("The call's row", lambda: self.stage.database.rows(look, self.job), SOON, pause=0.02)[0][0]


class Fulfillment(Call):
    def __init__(self, stage):
        super().__init__("fulfillmentCreate", "fulfillments_out", "stock_picking", stage)
        ((self.order, self.noted),) = stage.imported()
        self.on_hand = stage.shop.on_hand("A0")

    def change(self):
        self.stage.validate([self.noted])

    def is_applied(self):
        return bool(self.order.fulfillments)

    def check(self):
        (made,) = self.order.fulfillments
        assert self.stage.shop.on_hand("A0") == self.on_hand - 2
        ids, at = self.stage.database.rows(
            "SELECT shopify_fulfillment_ids, shopify_fulfilled_at FROM stock_picking WHERE id = %s", self.noted
        )[0]
        assert ids == str(made.number)
        assert at


class Stock(Call):
    def __init__(self, stage):
        super().__init__("inventorySetQuantities", "stock_out", "shopify_level", stage)
        self.on_hand = stage.shop.on_hand("A2")
        self.noted = stage.database.one(
            "SELECT l.id FROM shopify_level l JOIN shopify_variant v ON v.id = l.variant_id WHERE v.sku = 'A2'"
        )
        self.changes = len(stage.shop.level_changes)

    def change(self):
        self.stage.receive("A2", 5)

    def is_applied(self):
        return self.stage.shop.on_hand("A2") == self.on_hand + 5

    def check(self):
        assert self.stage.shop.on_hand("A2") == self.on_hand + 5
        assert len(self.stage.shop.level_changes) == self.changes + 1
        believed = self.stage.database.one("SELECT on_hand FROM shopify_level WHERE id = %s", self.noted)
        assert believed == self.on_hand + 5


@pytest.fixture(params=[Fulfillment, Stock], ids=["without_key", "with_key"])
def call(request, stage):
    stage.settle()
    made = request.param(stage)
    yield made
    stage.shop.faults.clear()


def test_killed_before_shopify_got_it(stage, call):
    stage.shop.faults.add(call.root, "timeout_before", seconds=LONGER_THAN_THE_TEST)
    call.start()
    wait_for("The call", call.is_asked, SOON, pause=0.02)
    stage.kill_runner(call.number)
    assert not call.is_applied()
    stage.finished_after_all(call.job, call.number)
    call.check()


def test_killed_after_shopify_applied_it(stage, call):
    stage.shop.faults.add(call.root, "timeout_after", seconds=LONGER_THAN_THE_TEST)
    call.start()
    wait_for("Shopify's change", call.is_applied, SOON, pause=0.02)
    stage.kill_runner(call.number)
    stage.finished_after_all(call.job, call.number)
    call.check()


def test_killed_with_the_answer_in_hand(stage, call):
    """The row of the call cannot be written, so the answer is never noted."""
    call.start_slowly()
    kill_at_the_row(stage, call, "shopify_call", call.row())


def test_killed_before_the_result_was_noted(stage, call):
    """The call's answer is committed, what it means for the delivery or the level is not."""
    call.start_slowly()
    call.row()
    kill_at_the_row(stage, call, call.table, call.noted)


def kill_at_the_row(stage, call, table, record):
    """The worker comes from Shopify and wants to change a row that somebody else holds; there it dies."""
    with contextlib.closing(stage.hold(table, record)):
        wait_for("The wait for the row", stage.somebody_waits_for_a_row, SOON, pause=0.02)
        assert call.is_applied()
        stage.kill_runner(call.number)
    stage.finished_after_all(call.job, call.number)
    call.check()
