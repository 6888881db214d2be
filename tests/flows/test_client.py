"""Several workers of one store: one renewal of the token for all, and one bucket of points, over real transactions."""

import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...flows import flow as flow_module
from ...shopify_api import errors
from ...shopify_api.throttle import Bucket
from .. import simulator
from ..simulator.cost import Bucket as ShopifysBucket

DOMAIN = "shared.myshopify.com"


@tagged("post_install", "-at_install")
class TestClient(TransactionCase):
    """No test cursors: what is committed is seen by others, and must be removed in the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.running = simulator.start(DOMAIN, deliver="manual", catalog={"locations": [{"name": "Berlin"}]}, token=None)
        cls.addClassCleanup(cls.running.stop)
        cls.shop = cls.running.shop
        with cls.committed() as env:
            env["ir.config_parameter"].set_param(
                "shopify_sync.endpoint_override", f'{{"{DOMAIN}": "{cls.running.url}"}}'
            )
            cls.store_id = (
                env["shopify.store"]
                .create(
                    {
                        "name": "Shared",
                        "shop_domain": DOMAIN,
                        "client_id": "client-id",
                        "client_secret": "client-secret",
                    }
                )
                .id
            )
        cls.addClassCleanup(cls.remove)

    @classmethod
    def remove(cls):
        with cls.committed() as env:
            env["shopify.store"].browse(cls.store_id).unlink()
            env["ir.config_parameter"].set_param("shopify_sync.endpoint_override", False)

    @classmethod
    @contextmanager
    def committed(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def setUp(self):
        super().setUp()
        self.shop.reset()
        self.shop.tokens.clear()
        self.shop.bucket = ShopifysBucket()
        with self.committed() as env:
            env.cr.execute("DELETE FROM shopify_access")
        flow_module._lines.clear()
        self.addCleanup(flow_module._lines.clear)

    @contextmanager
    def worker(self):
        """(flow, store) as another process has them: its own transaction, its own memory."""
        lines = dict(flow_module._lines)
        flow_module._lines.clear()
        with self.committed() as env:
            yield env["shopify.flow.connection"], env["shopify.store"].browse(self.store_id)
        flow_module._lines.clear()
        flow_module._lines.update(lines)

    def client(self, env):
        flow_module._lines.clear()
        return env["shopify.flow.connection"]._client(env["shopify.store"].browse(self.store_id))

    def at_once(self, number, work):
        """Run work(client, number) in so many threads, each with its own transaction; returns what failed."""
        failed, barrier = [], threading.Barrier(number)

        def run(client, index):
            try:
                barrier.wait()
                work(client, index)
            except Exception as error:
                failed.append(error)

        cursors = [self.registry.cursor() for _index in range(number)]
        try:
            clients = [self.client(api.Environment(cr, SUPERUSER_ID, {})) for cr in cursors]
            threads = [
                threading.Thread(target=run, args=(client, index), daemon=True) for index, client in enumerate(clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        finally:
            for cr in cursors:
                cr.close()
        return failed

    def access(self):
        with self.committed() as env:
            return env["shopify.access"].search_read([("store_id", "=", self.store_id)])[0]

    def set_access(self, **values):
        with self.committed() as env:
            for name, value in values.items():
                env.cr.execute(f"UPDATE shopify_access SET {name} = %s", [value])
        flow_module._lines.clear()

    # -- tokens -----------------------------------------------------------------------------------
    def test_four_workers_without_a_token_ask_for_one(self):
        self.shop.faults.add("access_token", "slow", seconds=0.4)
        with self.shop.calls() as calls:
            failed = self.at_once(4, lambda client, _index: client.execute("connection"))
        self.assertEqual(failed, [])
        self.assertEqual((calls["access_token"], calls["shop"]), (1, 4))

    def test_four_workers_whose_token_is_refused_ask_for_one(self):
        self.at_once(4, lambda client, _index: client.execute("connection"))
        self.shop.tokens.clear()
        self.shop.faults.add("access_token", "slow", seconds=0.4)
        with self.shop.calls() as calls:
            failed = self.at_once(4, lambda client, _index: client.execute("connection"))
        self.assertEqual(failed, [])
        self.assertEqual((calls["access_token"], calls["shop"]), (1, 4))

    def test_a_renewed_token_survives_the_batch_that_fails(self):
        with self.worker() as (flow, store):
            flow._client(store).execute("connection")
            flow.env.cr.rollback()
        with self.shop.calls() as calls, self.worker() as (flow, store):
            flow._client(store).execute("connection")
        self.assertEqual(calls["access_token"], 0)

    def test_a_renewal_meets_no_transaction_that_changes_the_store(self):
        with self.worker() as (flow, store):
            store.color = store.color + 1
            store.flush_recordset()  # our own row lock, which a renewal in the store's row would wait for
            flow._client(store).execute("connection")
            self.set_access(access_token="shpat_of_somebody_else")
            store.color = store.color + 1
            store.flush_recordset()

    def test_a_store_that_nobody_sees_yet_gets_its_token_too(self):
        with self.worker() as (flow, store):
            store.unlink()
            flow.env["shopify.store"].flush_model()
            fresh = store.create(
                {"name": "Fresh", "shop_domain": DOMAIN, "client_id": "client-id", "client_secret": "client-secret"}
            )
            self.assertTrue(flow._client(fresh).execute("connection").data["shop"])
            flow.env.cr.rollback()

    def test_a_token_near_its_end_is_renewed_ahead_and_if_that_fails_still_used(self):
        self.at_once(1, lambda client, _index: client.execute("connection"))
        old = self.access()["access_token"]
        self.set_access(expires_at=fields.Datetime.now() + timedelta(minutes=30))
        self.shop.faults.add("access_token", "http_503")
        with mute_logger("odoo.addons.shopify_sync.models.shopify_access"), self.shop.calls() as calls:
            self.assertEqual(self.at_once(1, lambda client, _index: client.execute("connection")), [])
        self.assertEqual((calls["shop"], self.access()["access_token"]), (1, old))
        self.assertEqual(self.at_once(1, lambda client, _index: client.execute("connection")), [])
        self.assertNotEqual(self.access()["access_token"], old)

    def test_while_one_renews_ahead_the_others_use_the_old_one(self):
        self.at_once(1, lambda client, _index: client.execute("connection"))
        self.set_access(expires_at=fields.Datetime.now() + timedelta(minutes=30))
        self.shop.faults.add("access_token", "slow", seconds=1.5)
        took = []

        def work(client, index):
            start = time.monotonic()
            client.execute("connection")
            took.append(time.monotonic() - start)

        with self.shop.calls() as calls:
            self.assertEqual(self.at_once(3, work), [])
        self.assertEqual(calls["access_token"], 1)
        self.assertLess(sorted(took)[1], 1.2)

    def test_a_token_of_other_credentials_does_not_count(self):
        self.at_once(1, lambda client, _index: client.execute("connection"))
        with self.worker() as (flow, store):
            store.client_secret = "mistyped"
            with self.assertRaises(errors.Unauthorized):
                flow._client(store).execute("connection")
            flow.env.cr.rollback()

    def test_a_new_token_that_is_refused_too_is_the_end(self):
        self.at_once(1, lambda client, _index: client.execute("connection"))
        self.patch(self.shop, "client_secret", "changed")
        self.shop.tokens.clear()
        (error,) = self.at_once(1, lambda client, _index: client.execute("connection"))
        self.assertIsInstance(error, errors.Unauthorized)

    # -- points -----------------------------------------------------------------------------------
    def storm(self, adapt=lambda client: None):
        """Three workers ask as fast as they may for more than the bucket holds; what Shopify counted."""
        self.at_once(1, lambda client, _index: client.execute("webhook_subscriptions"))  # its cost is known from here
        cost = self.shop.call_log[-1].cost
        self.shop.bucket = ShopifysBucket(cost * 2, cost)
        self.at_once(1, lambda client, _index: client.execute("webhook_subscriptions"))  # and the bucket's size
        self.shop.call_log.clear()

        def work(client, _index):
            adapt(client)
            for _time in range(7):
                client.execute("webhook_subscriptions")

        failed = self.at_once(3, work)
        return failed, [call.status for call in self.shop.call_log]

    def test_three_workers_share_a_small_bucket_and_none_is_throttled(self):
        slept = []

        def watched(client):
            client._sleep = lambda seconds: (slept.append(seconds), time.sleep(seconds))

        failed, statuses = self.storm(watched)
        self.assertEqual(failed, [])
        self.assertEqual(statuses, ["ok"] * 21)
        self.assertTrue(slept)  # before sending, since nothing was refused

    def test_the_same_storm_with_a_bucket_each_is_throttled(self):
        def alone(client):
            client.throttle = Bucket()

        _failed, statuses = self.storm(alone)
        self.assertIn("THROTTLED", statuses)

    def line_up(self, workers, calls_each, *, bucket, urgent=()):
        """Workers that ask for calls of different cost without a pause: who asked when, and who was served after how many others.

        :param workers: [the document that the worker asks for]
        :param urgent: indexes of those that go before stock
        :return: (what failed, statuses, {worker: [how many calls of others Shopify saw between asking and being served]})
        """
        self.shop.bucket = ShopifysBucket(*bucket)
        self.at_once(1, lambda client, _index: client.execute(workers[0]))  # the bucket's size is known from here
        self.shop.call_log.clear()
        overtaken = defaultdict(list)

        def work(client, index):
            client.throttle._urgent = not urgent or index in urgent
            for _time in range(calls_each):
                before = len(self.shop.call_log)
                client.execute(workers[index])
                # Its own call is one of those that were seen since.
                overtaken[index].append(len(self.shop.call_log) - before - 1)

        failed = self.at_once(len(workers), work)
        return failed, [call.status for call in self.shop.call_log], overtaken

    def test_a_dear_call_does_not_starve_behind_many_cheap_ones(self):
        """Seven workers drink as fast as the bucket fills; the eighth needs all of it at once."""
        few, many = self.costs("webhook_subscriptions", "product_variants")
        self.assertGreater(many, 2 * few)
        workers = ["webhook_subscriptions"] * 7 + ["product_variants"]
        failed, statuses, overtaken = self.line_up(workers, 4, bucket=(many, 2 * few))
        self.assertEqual(failed, [])
        self.assertEqual(set(statuses), {"ok"}, Counter(statuses))
        self.assertEqual(len(statuses), 32)
        # At most everybody who asked before it, and those that are just being answered.
        self.assertLessEqual(max(overtaken[7]), 14, dict(overtaken))
        self.assertLessEqual(max(max(numbers) for numbers in overtaken.values()), 14, dict(overtaken))

    def test_orders_go_before_stock(self):
        """An urgent call passes those that wait for stock."""
        (cost,) = self.costs("webhook_subscriptions")
        workers = ["webhook_subscriptions"] * 8
        failed, statuses, overtaken = self.line_up(workers, 4, bucket=(cost * 2, cost * 2), urgent={7})
        self.assertEqual((failed, set(statuses)), ([], {"ok"}))
        stock = [number for index in range(7) for number in overtaken[index]]
        self.assertLessEqual(max(overtaken[7]), 4, dict(overtaken))
        self.assertGreaterEqual(sum(stock) / len(stock), 4, dict(overtaken))

    def costs(self, *documents):
        """What each is charged before it runs; the shared row knows it from then on."""
        for document in documents:
            self.at_once(1, lambda client, _index, document=document: client.execute(document))
        return [self.access()["costs"][document] for document in documents]

    def test_without_the_shared_row_a_process_reckons_alone(self):
        def unshared(client):
            client.throttle.expected("webhook_subscriptions")
            client.throttle._shared = False

        with self.worker() as (flow, store):
            client = flow._client(store)
            unshared(client)
            client.execute("webhook_subscriptions")
            self.assertEqual(client.throttle._local.maximum, 2000)
        self.assertFalse(self.access()["maximum"])
