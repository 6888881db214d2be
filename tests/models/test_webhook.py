"""The door: what is let in, once, and what strangers get."""

import json
import uuid

from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import simulator
from ..common import DOMAIN, SECRET, ShopifyCase


@tagged("post_install", "-at_install")
class TestWebhook(ShopifyCase):
    def post(self, body, *, secret=SECRET, path=None, topic="orders/create", event=None, **changed):
        """A delivery made by hand; `changed` headers of value None are left out."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": simulator.signature(secret, raw),
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event or str(uuid.uuid4()),
            "X-Shopify-Triggered-At": "2026-11-24T10:00:00.123456789Z",
        }
        headers.update({name.replace("_", "-"): value for name, value in changed.items()})
        headers = {name: value for name, value in headers.items() if value is not None}
        answer = self.url_open(
            path or f"/shopify/webhook/{self.store.webhook_token}", data=raw, headers=headers, method="POST"
        )
        self.env.invalidate_all()
        return answer

    def stored(self):
        return self.jobs(topic="orders/create")

    def refusals(self):
        return {(one.status, one.count) for one in self.env["shopify.refusal"].search([])}

    def assertRefused(self, status, *args, **kwargs):
        """The answer has this status, says nothing, and nothing is written but the counter."""
        answer = self.post(*args, **kwargs)
        self.assertEqual(answer.status_code, status)
        self.assertEqual(answer.content, b"")
        self.assertFalse(self.stored())
        self.assertIn((status, 1), self.refusals())

    def test_a_signed_body_is_stored_as_it_came(self):
        body = {"id": 866550311766439020, "note": "Grüße 🎁", "x": 0.1}
        self.assertEqual(self.post(body).status_code, 200)
        job = self.stored()
        self.assertEqual((job.state, job.key, job.flow), ("pending", "order:866550311766439020", "orders_in"))
        self.assertEqual(json.loads(job.payload), body)
        self.assertEqual(job.store_id, self.store)

    def test_the_shop_domain_finds_the_store_at_the_common_address(self):
        self.assertEqual(self.post({"id": 1}, path="/shopify/webhook").status_code, 200)
        self.assertEqual(len(self.stored()), 1)

    def test_a_wrong_signature_is_refused(self):
        self.assertRefused(401, {"id": 1}, secret="another")

    def test_a_missing_signature_is_refused(self):
        self.assertRefused(401, {"id": 1}, X_Shopify_Hmac_Sha256=None)

    def test_a_signature_that_is_no_text_of_ours_is_refused(self):
        self.assertRefused(401, {"id": 1}, X_Shopify_Hmac_Sha256="ä" * 40)

    def test_the_previous_secret_still_counts_while_it_is_kept(self):
        self.store.previous_client_secret = "old"
        self.assertEqual(self.post({"id": 1}, secret="old").status_code, 200)
        self.store.previous_client_secret = False
        self.assertEqual(self.post({"id": 2}, secret="old").status_code, 401)

    def test_a_store_without_secret_accepts_nothing(self):
        self.store.client_secret = False
        self.assertRefused(401, {"id": 1}, secret="")

    def test_a_body_replayed_for_another_store_is_refused(self):
        other = self.env["shopify.store"].create(
            {"name": "Other", "shop_domain": "other.myshopify.com", "client_id": "x", "client_secret": SECRET}
        )
        answer = self.post({"id": 1}, path=f"/shopify/webhook/{other.webhook_token}")
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.stored())

    def test_an_unknown_address_and_an_unknown_shop_are_not_found(self):
        self.assertEqual(self.post({"id": 1}, path="/shopify/webhook/nobody").status_code, 404)
        unknown = self.post({"id": 1}, path="/shopify/webhook", X_Shopify_Shop_Domain="nobody.myshopify.com")
        self.assertEqual(unknown.status_code, 404)
        self.assertFalse(self.stored())

    @mute_logger("odoo.http")
    def test_ten_megabytes_are_refused_before_they_are_read(self):
        answer = self.post(b'{"id": 1, "note": "' + b"x" * 10_000_000 + b'"}')
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self.stored())

    def test_what_is_no_json_object_is_refused(self):
        for number, body in enumerate(
            (b"{", b"", b"[1]", b'"text"', b"null", b"\xff\xfe", b'{"id": NaN}', b"\x00"), start=1
        ):
            self.assertEqual(self.post(body).status_code, 400, body)
            self.assertFalse(self.stored())
            self.assertIn(400, {status for status, _count in self.refusals()}, number)

    def test_a_body_nested_too_deep_is_refused(self):
        self.assertRefused(400, b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "id": 1}')

    def test_an_order_is_not_parsed_before_it_is_stored_and_what_cannot_be_parsed_is_shown(self):
        """Refusing it would bring it again and again, until Shopify deletes the subscription."""
        bodies = (
            b"",
            b'"x": NaN',
            b'"total_price": 1e400',
            b'"total_price": 1e99999999999999999999',
            b'"x": ' + b"[" * 100_000 + b"]" * 100_000,
            b'"x": ' + b"1" * 5000,
            b'"id": 2, "name": "#1", "currency": "EUR", "total_price": "0.00", "line_items": {}',
        )
        for number, rest in enumerate(bodies, start=1):
            body = b'{"id":%d,' % number + rest + (b"}" if rest else b"")
            self.assertEqual(self.post(body).status_code, 200, body[:60])
        self.drain()
        self.assertEqual(set(self.stored().mapped("state")), {"failed"}, self.stored().mapped("error"))
        self.assertEqual(set(self.stored().mapped("cause")), {"unreadable"})
        self.assertEqual(set(self.stored().mapped("key")), {f"order:{n}" for n in range(1, len(bodies) + 1)})

    def test_what_postgresql_cannot_store_is_refused(self):
        for body in (b'{"id":1,"note":"\xff"}', b'{"id":1,"note":"\x00"}'):
            self.assertEqual(self.post(body).status_code, 400, body)
        self.assertFalse(self.stored())

    def test_an_order_without_a_usable_id_is_refused(self):
        for body in ({"name": "#1"}, {"id": True}, {"id": 1.5}, {"id": "abc"}, {"id": [1]}, {"id": -1}):
            self.assertEqual(self.post(body).status_code, 400, body)
        self.assertFalse(self.stored())

    def test_ids_as_number_text_and_global_id_are_the_same_subject(self):
        for given in (42, "42", "gid://shopify/Order/42"):
            self.assertEqual(self.post({"id": given}).status_code, 200)
        self.assertEqual(set(self.stored().mapped("key")), {"order:42"})

    def test_nul_and_lone_surrogates_do_no_harm(self):
        raw = b'{"id": 7, "note": "a\\u0000b\\ud83dc", "name": "#7", "currency": "EUR", "total_price": "0.00", "line_items": []}'
        self.assertEqual(self.post(raw).status_code, 200)
        self.drain()
        job = self.stored()
        self.assertEqual(job.state, "done", job.error)
        sale = self.env["sale.order"].search([("shopify_order_id", "=", "7")])
        self.assertIn("ab\ufffdc", str(sale.note))

    def test_missing_fields_end_in_a_reason_not_in_a_loss(self):
        self.assertEqual(self.post({"id": 8}).status_code, 200)
        self.drain()
        job = self.stored()
        self.assertEqual((job.state, job.cause), ("failed", "unreadable"))
        self.assertIn("currency", job.error)

    def test_the_same_event_twice_is_one_row(self):
        self.assertEqual([self.post({"id": 1}, event="e1").status_code for _ in range(3)], [200, 200, 200])
        self.assertEqual(len(self.stored()), 1)

    def test_without_an_event_id_the_delivery_id_counts(self):
        for _ in range(2):
            answer = self.post({"id": 1}, X_Shopify_Event_Id=None, X_Shopify_Webhook_Id="w1")
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.stored()), 1)

    def test_an_unknown_topic_is_kept_aside(self):
        self.assertEqual(self.post({"anything": 1}, topic="themes/publish").status_code, 200)
        job = self.jobs(topic="themes/publish")
        self.assertEqual((job.state, job.cause), ("skipped", "topic_unknown"))

    def test_a_missing_topic_is_refused(self):
        self.assertRefused(400, {"id": 1}, X_Shopify_Topic=None)

    def test_a_form_is_refused(self):
        self.assertRefused(401, b"id=1&a=b", Content_Type="application/x-www-form-urlencoded")
