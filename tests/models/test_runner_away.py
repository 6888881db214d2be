"""Shopify is away: two tries tell it, and whoever waits for the same does not ask on his own."""

import time
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...commerce.outcome import Final, Later
from ...models import shopify_runner
from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestRunnerAway(ShopifyCase):
    def run_fulfillments(self, outcome_of):
        """Run the queue; returns the keys that were tried. A fulfillment is a batch of its own."""
        tried = []

        def run(_self, _store, jobs):
            tried.append(jobs.key)
            if outcome := outcome_of(jobs.key):
                raise outcome

        with patch.object(self.env.registry["shopify.flow.fulfillments_out"], "_run", run):
            self.drain()
        return tried

    def put(self, count):
        keys = [f"order:{number}" for number in range(count)]
        self.env["shopify.job"]._enqueue("fulfillments_out", [{"store_id": self.store.id, "key": key} for key in keys])
        self.env.cr.flush()
        return self.env["shopify.job"].search([("key", "in", keys)], order="id")

    def test_the_others_are_put_off_without_asking(self):
        jobs = self.put(40)
        tried = self.run_fulfillments(lambda _key: Later("Shopify: 503", patient=True, whole_batch=True))
        self.assertEqual(len(tried), 4)  # two of each of the two runners
        self.assertEqual(
            set(jobs.mapped(lambda job: (job.state, job.attempts, job.error))), {("pending", 1, "Shopify: 503")}
        )
        self.assertTrue(all(jobs.mapped("not_before")))

    def test_one_that_shopify_fails_at_does_not_stop_the_others(self):
        jobs = self.put(40)
        bad = {f"order:{number}" for number in range(0, 40, 13)}

        def outcome_of(key):
            return Later("Shopify: 500", patient=True, whole_batch=True) if key == "order:7" else None

        self.assertEqual(len(self.run_fulfillments(outcome_of)), 40)
        self.assertEqual(jobs.filtered(lambda job: job.state == "pending").mapped("key"), ["order:7"])

        jobs = self.put(40)
        tried = self.run_fulfillments(lambda key: Final("no", "never") if key in bad else None)
        self.assertEqual(len(tried), 39)  # the earlier order:7 still waits, and with it the later one
        self.assertEqual(len(jobs.filtered(lambda job: job.state == "failed")), len(bad))

    def test_what_is_due_in_a_moment_is_waited_for_and_new_work_does_not_wait_for_it(self):
        first = self.put(1)
        new = next(key for key in map("order:new{}".format, range(99)) if self.runner_of(key) == first.shard % 2)
        tried, put = [], []

        def outcome_of(key):
            tried.append(key)
            return Later("Another worker was changing the same records.", seconds=2) if len(tried) == 1 else None

        def sleep(seconds):
            if not put:  # somebody commits work while the runner has nothing due
                put.append(new)
                self.env["shopify.job"]._enqueue("fulfillments_out", [{"store_id": self.store.id, "key": new}])
                self.env.cr.flush()
            time.sleep(seconds)

        # Not the module's own: other threads sleep too.
        clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
        with patch.object(shopify_runner, "SOON", 6), patch.object(shopify_runner, "time", clock):
            self.run_fulfillments(outcome_of)
        self.assertEqual(tried, ["order:0", new, "order:0"])

    def runner_of(self, key):
        return self.env["shopify.job"]._shard(self.store.id, key) % 2

    def test_what_is_due_much_later_is_left_to_the_next_run(self):
        jobs = self.put(1)
        with patch.object(shopify_runner, "SOON", 6):
            self.run_fulfillments(lambda _key: Later("Shopify: 503", seconds=30, patient=True, whole_batch=True))
        self.assertEqual((jobs.state, jobs.attempts), ("pending", 1))

    def test_what_came_due_while_it_was_looked_for_is_done_at_once(self):
        pauses = iter((-0.001, float("inf"), *[float("inf")] * 9))
        with (
            patch.object(shopify_runner, "SOON", 6),
            patch.object(self.env.registry["shopify.runner"], "_seconds_until_due", lambda *_args: next(pauses)),
        ):
            self.drain()

    def test_what_is_held_is_not_waited_for(self):
        jobs = self.put(1)
        jobs.not_before = fields.Datetime.add(fields.Datetime.now(), seconds=4)
        self.env.cr.flush()
        asked = ("fast", jobs.shard % 2, 2)
        with self.registry.cursor() as cr:
            self.assertLess(self.env(cr=cr)["shopify.runner"]._seconds_until_due(*asked), 5)
        self.store.pause_out = True
        self.env.cr.flush()
        with self.registry.cursor() as cr:
            self.assertEqual(self.env(cr=cr)["shopify.runner"]._seconds_until_due(*asked), float("inf"))
