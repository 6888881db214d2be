"""Cases that a hostile reading of the queue, the door and the rights found: each failed once."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...commerce.outcome import NeedsPerson
from ...models.shopify_runner import CLAIM
from ..common import ShopifyCase


@tagged("post_install", "-at_install")
class TestReviewOfQueue(ShopifyCase):
    def put(self, *keys, flow="stock_out", **values):
        self.env["shopify.job"]._enqueue(flow, [{"store_id": self.store.id, "key": key, **values} for key in keys])
        self.env.cr.flush()
        return self.env["shopify.job"].search([("key", "in", keys)], order="id")

    def test_more_alike_marks_than_a_claim_holds_are_all_covered(self):
        jobs = self.put(*["variant:1"] * (2 * CLAIM + 50))
        runner = self.env["shopify.runner"]
        with self.registry.cursor() as cr:
            count = runner._runner_count("fast")
            batches = runner.with_env(runner.env(cr=cr))._claim("fast", jobs[0].shard % count, count)
        self.assertEqual([batch.ids for _store, _flow, batch in batches], [[jobs[-1].id]])

    def test_a_job_of_an_addon_that_is_gone_stops_nobody(self):
        job = self.put("gone:1")
        self.env.cr.execute("UPDATE shopify_job SET flow = 'gone' WHERE id = %s", [job.id])
        self.receive(self.mug, 3)
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 3)
        self.assertEqual(job.state, "pending")

    def test_an_outcome_is_written_even_where_nobody_can_be_told(self):
        job = self.put("variant:1")

        def run(_self, _store, jobs):
            return {one: NeedsPerson("sample", "choose") for one in jobs}

        def fail(_self):
            raise ValueError("no such user")

        with (
            patch.object(self.env.registry["shopify.flow.stock_out"], "_run", run),
            patch.object(self.env.registry["shopify.job"], "_alert", fail),
            mute_logger("odoo.addons.shopify_sync.models.shopify_job_decisions"),
        ):
            self.drain()
        self.assertEqual((job.state, job.error), ("attention", "choose"))

    def test_a_runner_does_not_trust_a_number_of_runners_from_before(self):
        runner = self.env["shopify.runner"]
        self.assertEqual(runner._runner_count("fast"), 2)
        self.env["ir.config_parameter"].search([("key", "=", "shopify_sync.fast_runners")]).unlink()
        self.env["ir.config_parameter"].set_param("shopify_sync.fast_runners", 2)
        self.env.flush_all()
        runner._runner_count("fast")
        # Another process changed it: what this one has in its cache is old.
        self.env.cr.execute("UPDATE ir_config_parameter SET value = '3' WHERE key = 'shopify_sync.fast_runners'")
        self.assertEqual((runner._runner_count("fast"), runner._committed_runner_count("fast")), (2, 3))

    def test_a_job_set_aside_after_it_was_claimed_does_not_run(self):
        job = self.put("variant:1")
        with patch.object(self.env.registry["shopify.flow.stock_out"], "_run") as run, self.registry.cursor() as cr:
            runner = self.env["shopify.runner"].with_env(self.env(cr=cr))
            job.action_skip()
            self.env.flush_all()
            runner._process(self.store.with_env(runner.env), "stock_out", job.with_env(runner.env))
        self.assertFalse(run.called)
        self.assertEqual(job.state, "skipped")

    def test_run_manually_works_inside_a_request(self):
        self.receive(self.mug, 3)
        with patch("odoo.addons.shopify_sync.flows.flow.request", object()):
            self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 3)

    def test_a_list_of_jobs_reads_its_documents_together(self):
        partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(20)])
        self.put(*(f"variant:{n}" for n in range(20)))
        jobs = self.env["shopify.job"].search([("key", "like", "variant:")], limit=20)
        for job, partner in zip(jobs, partners, strict=True):
            job.write({"res_model": "res.partner", "res_id": partner.id})
        self.env.flush_all()
        self.env.invalidate_all()
        jobs.mapped("res_id")
        before = self.env.cr.sql_log_count
        jobs.mapped("record_name")
        self.assertLess(self.env.cr.sql_log_count - before, 10)
        self.assertEqual(set(jobs.mapped("record_name")), set(partners.mapped("display_name")))


@tagged("post_install", "-at_install")
class TestReviewOfRights(ShopifyCase):
    def test_strangers_at_no_store_are_one_counter(self):
        for _ in range(3):
            self.url_open("/shopify/webhook/nobody", data=b"{}", headers={"Content-Type": "application/json"})
        self.env.invalidate_all()
        self.assertEqual([one.count for one in self.env["shopify.refusal"].search([])], [3])

    def test_an_archived_store_catches_up_with_the_stock_when_it_is_back(self):
        self.store.active = False
        self.receive(self.mug, 4)
        self.drain()
        self.store.active = True
        self.drain()
        self.assertEqual(self.shop.on_hand("MUG"), 4)

    def test_nobody_without_rights_starts_anything_over_rpc(self):
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        sale = self.env["sale.order"].search([("shopify_store_id", "=", self.store.id)])
        nobody = new_test_user(self.env, "nobody", groups="base.group_user")
        with self.assertRaises(AccessError):
            sale.with_user(nobody).action_shopify_recheck()
        with self.assertRaises(AccessError):
            self.store.with_user(nobody).action_match_catalog()

    def test_a_salesperson_lifts_no_hold_over_rpc(self):
        self.shop.place_order([("MUG", 1)], taxes=[("MwSt", "0.19")])
        self.deliver()
        self.drain()
        sale = self.env["sale.order"].search([("shopify_store_id", "=", self.store.id)])
        seller = new_test_user(self.env, "seller2", groups="sales_team.group_sale_manager")
        with self.assertRaises(AccessError):
            sale.with_user(seller).write({"shopify_hold_cause": False})
        with self.assertRaises(AccessError):
            self.env["sale.order"].with_user(seller).create(
                {"partner_id": sale.partner_id.id, "shopify_store_id": self.store.id, "shopify_order_id": "1"}
            )
        sale.with_user(seller).client_order_ref = "theirs"
        self.assertTrue(sale.with_user(seller).copy())

    def test_a_store_that_was_connected_stays_with_its_shop_and_company(self):
        with self.assertRaisesRegex(UserError, "Add another store"):
            self.store.shop_domain = "another.myshopify.com"
        with self.assertRaisesRegex(UserError, "Add another store"):
            self.store.company_id = self.env["res.company"].create({"name": "Other"})
        self.store.shop_domain = "https://demo.myshopify.com/admin"
