"""The queue: order, coalescing, retries, and words."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...commerce.outcome import Done, Final, Later, NeedsPerson
from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestJob(ShopifyCase):
    def run_with(self, outcome_of, flow="stock_out"):
        """Run the queue with this flow's work replaced; returns the batches it was given, as lists of keys."""
        batches = []

        def run(_self, _store, jobs):
            batches.append(jobs.mapped("key"))
            return outcome_of(jobs)

        with patch.object(self.env.registry[f"shopify.flow.{flow}"], "_run", run):
            self.drain()
        return batches

    def put(self, *keys, flow="stock_out", **values):
        self.env["shopify.job"]._enqueue(flow, [{"store_id": self.store.id, "key": key, **values} for key in keys])
        self.env.cr.flush()
        return self.env["shopify.job"].search([("key", "in", keys)], order="id")

    def test_ten_marks_of_one_subject_are_one_piece_of_work(self):
        jobs = self.put(*["same"] * 10)
        self.assertEqual(self.run_with(lambda _jobs: {}), [["same"]])
        self.assertEqual(sorted(jobs.mapped("state")), ["done"] + ["superseded"] * 9)

    def test_a_row_locks_neither_store_nor_company_nor_user(self):
        """PostgreSQL locks what a foreign key names, for each webhook and for everybody who validates a delivery."""
        self.put("order:1", flow="fulfillments_out")
        self.env.cr.execute(
            """SELECT a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
               WHERE c.conrelid = 'shopify_job'::regclass AND c.contype = 'f'"""
        )
        checked = {name for (name,) in self.env.cr.fetchall()}
        self.assertEqual(checked, {"call_id", "activity_id", "create_uid", "write_uid"})
        self.env.cr.execute("SELECT call_id, activity_id, create_uid, write_uid FROM shopify_job WHERE key = 'order:1'")
        self.assertEqual(self.env.cr.fetchall(), [(None,) * 4])

    def test_a_job_of_an_addon_that_is_gone_stops_nobody_elses(self):
        self.put("order:1", flow="fulfillments_out").flow = "of_another_addon"
        self.put("order:1", flow="fulfillments_out")
        self.assertEqual(self.run_with(lambda _jobs: {}, flow="fulfillments_out"), [["order:1"]])
        self.assertEqual(self.jobs(key="order:1").mapped("state"), ["done", "pending"])

    def test_jobs_go_with_their_store(self):
        other = self.env["shopify.store"].create({"name": "Gone", "shop_domain": "gone.myshopify.com"})
        self.env["shopify.job"]._enqueue("fulfillments_out", [{"store_id": other.id, "key": "order:1"}])
        self.env.cr.flush()
        self.assertEqual(self.jobs(store_id=other.id).company_id, other.company_id)
        number = other.id
        other.unlink()
        self.assertFalse(self.jobs(store_id=number))
        # One that arrived meanwhile.
        self.env["shopify.job"]._enqueue("fulfillments_out", [{"store_id": number, "key": "order:2"}])
        self.env.cr.flush()
        self.assertEqual(self.run_with(lambda _jobs: {}, flow="fulfillments_out"), [])
        self.env["shopify.retention"]._gc_finished_jobs()
        self.env.cr.execute("SELECT count(*) FROM shopify_job WHERE store_id = %s", [number])
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_what_is_appended_together_stays_in_order(self):
        keys = [f"thing:{number}" for number in range(40)]
        self.assertEqual(self.put(*keys).mapped("key"), keys)

    def test_jobs_of_one_subject_run_in_order(self):
        self.put("order:1", flow="fulfillments_out")
        self.put("order:1", flow="fulfillments_out")
        seen = []

        def run(jobs):
            seen.extend(jobs.ids)

        self.run_with(run, flow="fulfillments_out")
        self.assertEqual(len(seen), 2)
        self.assertEqual(seen, sorted(seen))

    def test_a_later_job_waits_for_the_retry_of_an_earlier_one(self):
        first = self.put("order:1", flow="fulfillments_out")
        self.run_with(lambda jobs: dict.fromkeys(jobs, Later("not now", seconds=600)), flow="fulfillments_out")
        self.put("order:1", flow="fulfillments_out")
        self.assertEqual(self.run_with(lambda _jobs: {}, flow="fulfillments_out"), [])
        self.assertEqual((first.state, first.attempts, first.error), ("pending", 1, "not now"))

    def test_one_bad_job_does_not_stop_its_batch(self):
        keys = [f"variant:{number}" for number in range(16)]
        jobs = self.put(*keys)

        def run(batch):
            if "variant:11" in batch.mapped("key"):
                raise NeedsPerson("sample", "this one is bad")

        self.run_with(run)
        self.assertEqual(jobs.filtered(lambda job: job.state != "done").mapped("key"), ["variant:11"])
        self.assertEqual(jobs.filtered(lambda job: job.key == "variant:11").state, "attention")

    @mute_logger("odoo.addons.shopify_sync.flows.flow")
    def test_an_unexpected_error_is_retried_and_ends_with_its_reason(self):
        job = self.put("variant:1")

        def run(_jobs):
            raise KeyError("a bug")

        for _ in range(self.env["shopify.flow.stock_out"]._max_attempts):
            job.not_before = False
            self.run_with(run)
        self.assertEqual((job.state, job.cause), ("failed", "attempts"))
        self.assertIn("10 attempts", job.error)
        self.assertNotIn("Traceback", job.error)
        self.assertEqual(len(self.store.activity_ids), 1)

    def test_delays_grow_up_to_an_hour(self):
        flow = self.env["shopify.flow.stock_out"]
        with patch("random.uniform", return_value=1):
            self.assertEqual([flow._delay(number) for number in (1, 2, 3, 9, 10, 11)], [5, 10, 20, 1280, 2560, 3600])

    def test_a_person_is_told_once_and_retry_goes_on(self):
        jobs = self.put("variant:1", "variant:2")
        self.run_with(lambda batch: {job: NeedsPerson("sample", "choose") for job in batch})
        self.assertEqual(set(jobs.mapped("state")), {"attention"})
        self.assertEqual(len(self.store.activity_ids), 1)
        jobs.action_retry()
        self.run_with(lambda _jobs: {})
        self.assertEqual(set(jobs.mapped("state")), {"done"})

    def test_a_final_refusal_is_not_tried_again(self):
        job = self.put("variant:1")
        self.run_with(lambda batch: {one: Final("sample", "never") for one in batch})
        self.assertEqual(self.run_with(lambda _jobs: {}), [])
        self.assertEqual((job.state, job.error), ("failed", "never"))

    def test_a_newer_body_replaces_one_that_waits_for_a_person(self):
        old = self.put("order:1", flow="orders_in", payload='{"id": 1}')
        self.run_with(lambda batch: {job: NeedsPerson("sample", "choose") for job in batch}, flow="orders_in")
        self.put("order:1", flow="orders_in", payload='{"id": 1}')
        self.assertEqual(self.run_with(lambda _jobs: {}, flow="orders_in"), [["order:1"]])
        self.assertEqual(old.state, "superseded")

    def test_a_held_order_keeps_its_fulfillment_waiting(self):
        self.put("order:1", flow="orders_in")
        self.run_with(lambda batch: {job: NeedsPerson("sample", "choose") for job in batch}, flow="orders_in")
        later = self.put("order:1", flow="fulfillments_out")[1]
        self.assertEqual(self.run_with(lambda _jobs: {}, flow="fulfillments_out"), [])
        self.assertIn("Waits for job", later.why)

    def test_a_paused_store_keeps_its_queue(self):
        job = self.put("variant:1")
        self.store.action_pause()
        self.assertEqual(self.run_with(lambda _jobs: {}), [])
        self.assertEqual(job.state, "pending")
        self.assertIn("not connected", job.why)
        self.store.action_resume()
        self.run_with(lambda _jobs: {})
        self.assertEqual(job.state, "done")

    def test_wrong_credentials_pause_the_store_and_lose_nothing(self):
        self.receive(self.mug, 5)
        self.shop.faults.add("*", "401", times=10)
        self.drain()
        self.assertEqual(self.store.state, "paused")
        self.assertIn("credentials", self.store.pause_reason)
        self.shop.faults.clear()
        self.store.action_resume()
        self.drain(due_only=False)
        self.assertEqual(self.shop.on_hand("MUG"), 5)

    def test_a_copied_database_sends_nothing_until_a_manager_confirms(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.receive(self.mug, 5)
        with self.shop.calls() as calls:
            self.drain()
        self.assertEqual((dict(calls), self.store.state), ({}, "copied"))
        self.store.action_confirm_copy()
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 5)

    def test_the_record_a_job_produced_can_be_opened(self):
        job = self.put("variant:1")
        partner = self.env.ref("base.main_partner")
        self.run_with(lambda batch: {one: Done(partner, "made") for one in batch})
        self.assertEqual((job.action_open_record()["res_id"], job.why), (partner.id, "made"))

    def test_the_shard_is_the_same_in_python_and_in_sql(self):
        variant = self.env["shopify.variant"].search([("sku", "=", "MUG")])
        self.env["shopify.job"]._mark_stock(variants=variant)
        self.env.cr.flush()
        job = self.jobs(key=f"variant:{variant.id}", state="pending")[:1]
        self.assertEqual(job.shard, self.env["shopify.job"]._shard(self.store.id, job.key))

    def test_other_numbers_of_runners_are_refused_or_made(self):
        self.env["shopify.runner"]._resize(4)
        self.env["ir.config_parameter"].set_param("shopify_sync.fast_runners", 4)
        cron = self.env.ref("shopify_sync.cron_fast_3")
        self.assertIn('"fast", 3', cron.code)
        self.env["shopify.runner"]._resize(2)
        self.assertFalse(cron.active)
        with self.assertRaisesRegex(Exception, "between 1 and 8"):
            self.env["shopify.runner"]._resize(99)

    def test_shopify_being_down_for_hours_loses_nothing(self):
        self.receive(self.mug, 5)
        self.shop.faults.add("*", "http_503", times=1000)
        self.env.cr.flush()
        for _ in range(14):
            self.drain(due_only=False)
        job = self.jobs(flow="stock_out", state="pending")
        self.assertGreater(job.attempts, self.env["shopify.flow.stock_out"]._max_attempts)
        self.assertFalse(self.store.activity_ids)
        self.shop.faults.clear()
        self.drain(due_only=False)
        self.assertEqual((self.shop.on_hand("MUG"), job.state), (5, "done"))

    def test_a_run_begins_a_new_epoch(self):
        runner = self.env["shopify.runner"]
        before = runner._epoch("fast", 0)
        self.drain()
        self.assertGreater(runner._epoch("fast", 0), before)
