"""What people see of the queue and decide: words, retries of many, one activity a cause, retention."""

from ast import literal_eval
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.base.models.ir_autovacuum import is_autovacuum

from ...commerce.outcome import Final, Later, NeedsPerson
from ..common import ShopifyCase


class QueueCase(ShopifyCase):
    def put(self, *keys, flow="stock_out", **values):
        self.env["shopify.job"]._enqueue(flow, [{"store_id": self.store.id, "key": key, **values} for key in keys])
        self.env.cr.flush()
        return self.env["shopify.job"].search([("key", "in", keys)], order="id")

    def run_with(self, outcome, flow="stock_out"):
        """Run the queue, each job of this flow ending with outcome(job)."""

        def run(_self, _store, jobs):
            return {job: outcome(job) for job in jobs if outcome(job)}

        with patch.object(self.env.registry[f"shopify.flow.{flow}"], "_run", run):
            self.drain()

    def age(self, jobs, days=0, **delta):
        self.env.flush_all()
        old = fields.Datetime.subtract(fields.Datetime.now(), days=days, **delta)
        self.env.cr.execute(
            "UPDATE shopify_job SET create_date = %s, write_date = %s WHERE id = ANY(%s)", [old, old, jobs.ids]
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestWords(QueueCase):
    def test_what_a_newer_one_covers_does_not_keep_it_waiting(self):
        older, newer = self.put("same", "same")
        self.assertEqual(newer.why, "Will run in a moment.")
        self.assertFalse((older | newer)._blocked_by())

    def test_an_earlier_job_is_named_with_what_it_waits_for(self):
        self.put("order:1", flow="orders_in", payload='{"id": 1}')
        self.run_with(lambda _job: NeedsPerson("sample", "Choose a tax."), flow="orders_in")
        held, later = self.put("order:1", flow="fulfillments_out")
        self.assertIn(f"Waits for job {held.id}", later.why)
        self.assertIn("Orders from Shopify", later.why)
        self.assertIn("Choose a tax.", later.why)

    def test_a_next_attempt_says_when_and_why(self):
        job = self.put("thing:1")
        self.run_with(lambda _job: Later("Shopify is down.", seconds=600))
        self.assertRegex(job.why, r"Attempt 1 .* is due at .*Shopify is down\.")

    def test_a_job_that_nobody_takes_says_so(self):
        job = self.put("thing:1")
        self.age(job, minutes=20)
        self.assertIn("scheduled actions do not run", job.why)
        self.assertEqual(job.waiting_since, job.create_date)
        self.run_with(lambda _job: None)
        self.assertFalse(job.waiting_since)

    def test_an_archived_store_and_a_missing_addon_are_named(self):
        job = self.put("thing:1")
        self.env.cr.execute("UPDATE shopify_job SET flow = 'gone' WHERE id = %s", [job.id])
        self.env.invalidate_all()
        self.assertIn("not installed", job.why)
        self.store.active = False
        job.invalidate_recordset(["why"])
        self.assertIn("archived", job.why)

    def test_a_journey_is_found_by_its_name(self):
        job = self.put("thing:1")
        Job = self.env["shopify.job"]
        self.assertIn(job, Job.search([("flow_label", "ilike", "stock to")]))
        self.assertNotIn(job, Job.search([("flow_label", "ilike", "orders from")]))

    def test_the_filters_of_the_search_view_can_be_asked(self):
        job = self.put("thing:1")
        self.age(job, hours=2)
        Job = self.env["shopify.job"]
        for name, expected in (("long", True), ("today", None), ("again", False), ("waiting", True), ("failed", False)):
            view = self.env.ref("shopify_sync.shopify_job_view_search")
            node = view._get_combined_arch().xpath(f"//filter[@name='{name}']")[0]
            found = job in Job.search(literal_eval(node.get("domain")))
            if expected is not None:
                self.assertEqual(found, expected, name)


@tagged("post_install", "-at_install")
class TestRetry(QueueCase):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, "reader", groups="shopify_sync.group_user")

    def stuck(self, number=4):
        jobs = self.put(*[f"thing:{index}" for index in range(number)])
        self.run_with(lambda job: NeedsPerson("even" if int(job.key[-1]) % 2 == 0 else "odd", "choose"))
        return jobs

    def test_all_that_a_filter_shows_is_one_write_and_one_waking_up(self):
        jobs = self.stuck(40)
        aside = jobs[0]
        aside.action_skip()
        other = jobs.filtered(lambda job: job.cause == "odd")
        runner = self.env.registry["shopify.runner"]
        Job = self.env["shopify.job"].with_user(self.user).with_context(active_domain=[("cause", "=", "even")])
        with patch.object(runner, "_wake_after_commit") as wake:
            Job.action_retry_filter()
            self.env.flush_all()
        self.assertEqual(wake.call_count, 1)
        self.assertEqual(set((jobs - other - aside).mapped("state")), {"pending"})
        self.assertEqual((aside.state, set(other.mapped("state"))), ("skipped", {"attention"}))

    def test_a_retry_of_many_is_a_handful_of_queries(self):
        jobs = self.stuck(40)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            jobs.action_retry()
            self.env.flush_all()

    def test_all_of_one_cause(self):
        jobs = self.stuck()
        even = jobs.filtered(lambda job: job.cause == "even")
        self.assertEqual(even[0].alike_count, 2)
        self.assertEqual(
            self.env["shopify.job"].search(even[0].action_open_alike()["domain"]), even.sorted("id", reverse=True)
        )
        even[0].with_user(self.user).action_retry_alike()
        self.assertEqual((set(even.mapped("state")), set((jobs - even).mapped("state"))), ({"pending"}, {"attention"}))

    def test_a_filter_of_another_company_retries_nothing(self):
        jobs = self.stuck()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, "stranger", groups="shopify_sync.group_user", company_id=company.id, company_ids=company.ids
        )
        self.env["shopify.job"].with_user(stranger).with_context(active_domain=[]).action_retry_filter()
        self.assertEqual(set(jobs.mapped("state")), {"attention"})

    def test_the_orders_that_wait_for_a_tax_are_one_click_away(self):
        self.receive(self.mug, 10)
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        tax = self.env["shopify.tax"].search([])
        self.assertEqual(tax.order_count, 1)
        action = tax.with_user(self.user).action_open_waiting()
        found = self.env["shopify.job"].with_user(self.user).search(action["domain"])
        self.assertEqual((found.flow, found.state), ("orders_in", "attention"))


@tagged("post_install", "-at_install")
class TestActivities(QueueCase):
    def activities(self):
        return self.env["mail.activity"].search([("summary", "like", "Shopify: %")])

    def test_two_hundred_failing_jobs_are_one_activity_that_names_the_count(self):
        jobs = self.put(*[f"thing:{index}" for index in range(200)])
        self.run_with(lambda _job: Final("sample", "Shopify refused."))
        self.assertEqual(set(jobs.mapped("state")), {"failed"})
        activity = self.activities()
        self.assertEqual((len(activity), activity.res_model, activity.res_id), (1, "shopify.store", self.store.id))
        self.assertIn("200", activity.summary)
        self.assertIn("Shopify refused.", activity.note)
        self.assertEqual(jobs.activity_id, activity)

    def test_jobs_that_fail_one_by_one_are_one_activity_too(self):
        for index in range(5):
            self.put(f"thing:{index}")
            self.run_with(lambda _job: Final("sample", "Shopify refused."))
        self.assertIn("5", self.activities().summary)

    def test_each_cause_has_its_own(self):
        self.put("thing:1", "thing:2")
        self.run_with(lambda job: Final(f"cause {job.key}", "no"))
        self.assertEqual(len(self.activities()), 2)

    def test_an_activity_ends_with_the_last_job_that_it_tells_of(self):
        jobs = self.put("thing:1", "thing:2")
        self.run_with(lambda _job: NeedsPerson("sample", "choose"))
        jobs[0].action_skip()
        self.assertEqual(len(self.activities()), 1)
        jobs[1].action_retry()
        self.assertEqual(len(self.activities()), 1)
        self.run_with(lambda _job: None)
        self.assertFalse(self.activities())

    def test_a_second_one_moves_it_from_the_document_to_the_store(self):
        product = self.mug.product_tmpl_id
        self.put("thing:1")
        self.run_with(lambda _job: NeedsPerson("sample", "choose", record=product))
        self.assertEqual(self.activities().res_model, "product.template")
        self.put("thing:2")
        self.run_with(lambda _job: NeedsPerson("sample", "choose", record=product))
        self.assertEqual((len(self.activities()), self.activities().res_model), (1, "shopify.store"))

    def test_a_newer_message_does_not_tell_anew(self):
        self.put("order:1", flow="orders_in", payload='{"id": 1}')
        self.run_with(lambda _job: NeedsPerson("sample", "choose"), flow="orders_in")
        before = self.activities()
        self.put("order:1", flow="orders_in", payload='{"id": 1}')
        self.run_with(lambda _job: NeedsPerson("sample", "choose"), flow="orders_in")
        self.assertEqual(self.activities(), before)

    def test_one_that_was_marked_done_is_made_anew_for_the_next(self):
        self.put("thing:1")
        self.run_with(lambda _job: Final("sample", "no"))
        self.activities().action_done()
        self.put("thing:2")
        self.run_with(lambda _job: Final("sample", "no"))
        self.assertIn("2", self.activities().summary)


@tagged("post_install", "-at_install")
class TestRetention(QueueCase):
    def vacuum(self):
        """What Odoo's daily vacuum calls, to the end."""
        retention = self.env["shopify.retention"]
        for name in ("_gc_finished_jobs", "_gc_content_of_open_jobs", "_gc_calls", "_gc_refusals"):
            while getattr(retention, name)()[1]:
                pass
        self.env.invalidate_all()

    def ended(self):
        """One of each end: done, attention, failed, skipped."""
        jobs = self.put("done", "attention", "failed", "skipped", payload='{"id": 1, "email": "ada@example.com"}')
        jobs[3].action_skip()
        outcomes = {"attention": NeedsPerson("sample", "choose"), "failed": Final("sample", "never")}
        self.run_with(lambda job: outcomes.get(job.key))
        self.assertEqual(jobs.mapped("state"), ["done", "attention", "failed", "skipped"])
        return jobs

    def test_each_kind_is_kept_for_its_time(self):
        jobs = self.ended()
        for days, left, with_content in (
            (29, ["done", "attention", "failed", "skipped"], ["done", "attention", "failed", "skipped"]),
            (31, ["attention", "failed", "skipped"], ["attention", "failed", "skipped"]),
            (91, ["attention", "failed", "skipped"], []),
        ):
            with self.subTest(days=days):
                self.age(jobs.exists(), days)
                self.vacuum()
                self.assertEqual(jobs.exists().mapped("key"), left)
                self.assertEqual(jobs.exists().filtered("payload").mapped("key"), with_content)

    def test_what_lost_its_content_keeps_its_cause_and_is_not_retried(self):
        jobs = self.ended()
        failed = jobs.filtered(lambda job: job.key == "attention")
        self.age(jobs, 91)
        self.vacuum()
        self.assertEqual((failed.state, failed.cause), ("failed", "sample"))
        self.assertIn("choose", failed.why)
        self.assertIn("content was removed", failed.why)
        with self.assertRaisesRegex(UserError, "Nothing here can be retried"):
            failed.action_retry()
        self.assertEqual(failed.state, "failed")

    def test_what_has_no_content_can_be_retried_at_any_age(self):
        job = self.put("thing:1")
        self.run_with(lambda _job: Final("sample", "never"))
        self.age(job, 400)
        self.vacuum()
        job.action_retry()
        self.assertEqual(job.state, "pending")

    def test_waiting_jobs_are_never_touched(self):
        job = self.put("thing:1", payload='{"id": 1}')
        self.age(job, 400)
        self.vacuum()
        self.assertEqual((job.state, job.payload), ("pending", '{"id": 1}'))

    def test_a_message_repeated_after_its_content_went_is_still_known(self):
        self.receive(self.mug, 10)
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        deliveries = self.shop.take_deliveries()
        self.deliver(deliveries)
        self.drain()
        job = self.jobs(topic="orders/create")
        self.age(job, 91)
        self.vacuum()
        self.assertFalse(job.payload)
        self.assertEqual(self.deliver(deliveries), [200] * len(deliveries))
        self.assertEqual(self.jobs(topic="orders/create"), job)

    def test_no_setting_forgets_a_message_while_shopify_may_repeat_it(self):
        job = self.put("thing:1")
        self.run_with(lambda _job: None)
        self.env["ir.config_parameter"].set_param("shopify_sync.keep_done_days", "0")
        self.age(job, 1)
        self.vacuum()
        self.assertTrue(job.exists())
        with self.assertRaisesRegex(UserError, "at least 2 days"):
            self.env["res.config.settings"].create({"shopify_keep_done_days": 1}).execute()

    def test_settings_are_kept_and_obeyed(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.shopify_keep_done_days, 30)
            form.shopify_keep_done_days = 5
        form.record.execute()
        job = self.put("thing:1")
        self.run_with(lambda _job: None)
        self.age(job, 6)
        self.vacuum()
        self.assertFalse(job.exists())

    def test_batches_are_bounded_and_say_that_there_is_more(self):
        jobs = self.put(*[f"thing:{index}" for index in range(5)])
        self.run_with(lambda _job: None)
        self.age(jobs, 31)
        with patch("odoo.addons.shopify_sync.models.shopify_retention.BATCH", 2):
            found = [self.env["shopify.retention"]._gc_finished_jobs() for _time in range(3)]
        self.assertEqual(found, [(2, True), (2, True), (1, False)])

    def test_a_request_about_personal_data_does_not_keep_the_customers_name(self):
        job = self.put("customer:1", flow="compliance_in", topic="customers/redact", payload="{}")
        self.run_with(
            lambda _job: NeedsPerson("personal_data", "ada@example.com asked to be forgotten."), flow="compliance_in"
        )
        self.assertIn("ada@example.com", job.error)
        self.age(job, 91)
        self.vacuum()
        self.assertNotIn("ada@example.com", job.why)

    def test_calls_go_when_answered_and_stay_while_a_job_needs_them(self):
        Call = self.env["shopify.call"]
        job = self.put("thing:1")
        self.run_with(lambda _job: NeedsPerson("sample", "choose"))
        values = {"store_id": self.store.id, "document": "d", "variables": {"id": 1}}
        answered, needed, unanswered = Call.create(
            [{**values, "state": state} for state in ("answered", "answered", "sent")]
        )
        job.call_id = needed
        refusal = self.env["shopify.refusal"]
        refusal._count(self.store, 401, "sample")
        for days, left in ((29, 3), (31, 2), (91, 1)):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE shopify_call SET create_date = now() AT TIME ZONE 'UTC' - %s * interval '1 day' WHERE id = ANY(%s)",
                [days, (answered | needed | unanswered).ids],
            )
            self.vacuum()
            self.assertEqual(len((answered | needed | unanswered).exists()), left, days)
        self.assertTrue(needed.exists())
        self.assertTrue(refusal.search([("reason", "=", "sample")]))
        self.env.cr.execute("UPDATE shopify_refusal SET day = CURRENT_DATE - 366")
        self.vacuum()
        self.assertFalse(refusal.search([("reason", "=", "sample")]))

    def test_the_vacuum_finds_these_methods(self):
        methods = [name for name in dir(type(self.env["shopify.retention"])) if name.startswith("_gc_")]
        self.assertEqual(len(methods), 4)
        for name in methods:
            self.assertTrue(is_autovacuum(getattr(type(self.env["shopify.retention"]), name)))
