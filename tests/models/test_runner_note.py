"""A job that ends its process each time: the others pass, and it waits for a person."""

import time
from unittest.mock import patch

from odoo.tests import tagged

from ...models import shopify_runner
from ..common import ShopifyCase


class ProcessEnded(BaseException):
    """As when the process is killed: nothing of ours runs after it but what PostgreSQL does."""


@tagged("post_install", "-at_install")
class TestRunnerNote(ShopifyCase):
    def run_once(self, deadly, seconds=0):
        """A run of the queue that ends where a deadly job is worked on. :return: the batches that were begun

        :param seconds: how long each batch takes
        """
        begun = []

        def run(_self, _store, jobs):
            begun.append(jobs.mapped("key"))
            if deadly.intersection(jobs.mapped("key")):
                raise ProcessEnded
            time.sleep(seconds)

        with patch.object(self.env.registry["shopify.flow.stock_out"], "_run", run):
            try:
                self.drain()
            except ProcessEnded:
                self.env.invalidate_all()
        return begun

    def put(self, *keys):
        self.env["shopify.job"]._enqueue("stock_out", [{"store_id": self.store.id, "key": key} for key in keys])
        self.env.cr.flush()
        return self.env["shopify.job"].search([("key", "in", keys)], order="id")

    def test_the_others_pass_and_the_third_time_it_waits_for_a_person(self):
        keys = [f"variant:new{number}" for number in range(5)]
        jobs = self.put(*keys)
        deadly = {keys[2]}
        self.assertEqual(self.run_once(deadly), [keys])
        self.assertEqual(self.run_once(deadly), [keys[:1], keys[1:2], keys[2:3]])
        self.assertEqual(jobs.mapped("state"), ["done", "done", "pending", "pending", "pending"])
        self.assertEqual(self.run_once(deadly), [keys[2:3]])
        self.assertEqual(self.run_once(deadly), [keys[3:]])
        bad = jobs[2]
        self.assertEqual((bad.state, bad.cause), ("attention", "kills_process"))
        self.assertIn("process ended each time", bad.error)
        self.assertEqual(set((jobs - bad).mapped("state")), {"done"})
        self.assertTrue(bad.activity_id)
        bad.action_retry()
        self.assertEqual(self.run_once(set()), [keys[2:3]])
        self.assertEqual(bad.state, "done")

    def test_once_is_no_reason(self):
        job = self.put("variant:new")
        self.run_once({"variant:new"})
        self.assertEqual(self.run_once(set()), [["variant:new"]])
        self.assertEqual(job.state, "done")

    def test_tries_that_shopify_did_not_take_are_no_death(self):
        job = self.put("variant:new")
        job.attempts = 7  # Shopify was away for an hour, and then the server was restarted
        self.run_once({"variant:new"})
        self.assertEqual(self.run_once(set()), [["variant:new"]])
        self.assertEqual(job.state, "done")

    def test_what_is_run_alone_does_not_hold_the_worker_longer_than_other_work(self):
        keys = [f"variant:new{number}" for number in range(4)]
        jobs = self.put(*keys)
        self.run_once({keys[3]})
        with patch.object(shopify_runner, "RUN_SECONDS", 0.01):
            # Two runs of the runner: each ends with the first that took it beyond its time, and what is left is run alone still.
            self.assertEqual(self.run_once(set(), seconds=0.05), [keys[:1], keys[1:2]])
        self.assertEqual(jobs.mapped("state"), ["done", "done", "pending", "pending"])
        self.assertEqual(self.run_once(set()), [keys[2:3], keys[3:]])
