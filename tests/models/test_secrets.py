"""No secret reaches a log, a message, the queue, a call's row, a traceback or a file (DESIGN 2.6)."""

import logging
import traceback
from contextlib import contextmanager, suppress
from urllib.parse import parse_qsl, urlsplit

import psycopg2

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...flows import flow as flow_module
from .. import simulator
from ..common import ShopifyCase
from ..simulator import oauth

# Not of Shopify's own form, so that no pattern finds it; with a quote, which changes how Python and SQL write it down.
SECRET = "never-to-be'seen-5b1f0d"
OLD = "formerly-never-seen-77c1"
WRONG = "mistyped-but-secret-e0aa"


class Ear(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.heard = []

    def emit(self, record):
        self.heard.append(self.format(record))


@tagged("post_install", "-at_install")
class TestSecrets(ShopifyCase):
    def setUp(self):
        super().setUp()
        self.patch(self.shop, "client_secret", SECRET)
        self.manager = new_test_user(
            self.env, "keeper", groups="shopify_sync.group_manager,base.group_allow_export,stock.group_stock_manager"
        )

    @contextmanager
    def listening(self):
        """Everything that any logger says meanwhile, at DEBUG."""
        ear, loggers = Ear(), [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
        levels = [(logger, logger.level, logger.propagate) for logger in loggers]
        try:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
                if not logger.propagate:
                    logger.addHandler(ear)
            logging.getLogger().addHandler(ear)
            yield ear.heard
        finally:
            for logger, level, _propagate in levels:
                logger.setLevel(level)
                logger.removeHandler(ear)

    def secrets(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT access_token, refresh_token FROM shopify_access")
        tokens = [value for row in self.env.cr.fetchall() for value in row]
        return {SECRET, SECRET.replace("'", "''"), OLD, WRONG, *self.shop.tokens, *filter(None, tokens)}

    def call(self, method, *arguments):
        """As the web client calls it; the traceback's text is what it would get of a failure."""
        try:
            call_kw(self.env["shopify.store"].with_user(self.manager), method, [self.store.ids, *arguments], {})
        except Exception as error:
            logging.getLogger("odoo.http").exception("Exception during request handling")
            return "".join(traceback.format_exception(error))
        return ""

    def assertUntold(self, *texts):
        for secret in self.secrets():
            for text in texts:
                at = text.find(secret)
                self.assertEqual(at, -1, f"{secret!r} is in …{text[max(0, at - 300) : at + 60]}")

    def in_the_database(self):
        """What people can read there: messages, tracked values, jobs, calls, refusals, and the store's own words."""
        self.env.flush_all()
        found = []
        for table in (
            "mail_message",
            "mail_tracking_value",
            "mail_activity",
            "shopify_job",
            "shopify_call",
            "shopify_refusal",
            "ir_logging",
        ):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")  # the tables above
            found += [row for (row,) in self.env.cr.fetchall()]
        self.env.cr.execute("SELECT concat_ws(' ', pause_reason, granted_scopes, bound_to) FROM shopify_store")
        return found + [row for (row,) in self.env.cr.fetchall()]

    def test_connecting_tells_none(self):
        with self.listening() as heard:
            told = self.call("web_save", {"client_secret": SECRET, "previous_client_secret": OLD}, {"name": {}})
            told += self.call("action_connect")
            self.drain()
        self.assertEqual((told, self.store.state), ("", "connected"))
        self.assertTrue(any("odoo.sql_db" in line or "query:" in line for line in heard), "nothing was listened to")
        self.assertTrue(any("web_save" in line for line in heard), "nothing was listened to")
        self.assertTrue(self.secrets() & set(self.shop.tokens))
        self.assertUntold(*heard, *self.in_the_database())

    def test_failing_to_connect_tells_none(self):
        with self.listening() as heard:
            self.call("web_save", {"client_secret": WRONG}, {"name": {}})
            told = self.call("action_connect")
        self.assertIn("gives no access token", told)
        self.assertUntold(told, *heard, *self.in_the_database())

    def test_a_refused_token_its_renewal_and_a_final_401_tell_none(self):
        self.store.client_secret = SECRET
        with self.listening() as heard:
            self.call("action_connect")
            old = set(self.shop.tokens)
            self.shop.tokens.clear()
            self.call("action_connect")
            self.assertTrue(set(self.shop.tokens) - old)
            self.shop.tokens.clear()
            self.patch(self.shop, "client_secret", "changed at Shopify")
            self.receive(self.mug, 3)
            self.drain()
        self.assertEqual(self.store.state, "paused")
        self.assertTrue(self.jobs(flow="stock_out").mapped("error"))
        self.assertUntold(*heard, *self.in_the_database())
        self.assertFalse([text for text in heard for token in old if token in text])

    def test_a_webhook_with_a_wrong_signature_tells_none(self):
        self.store.write({"client_secret": SECRET, "previous_client_secret": OLD})
        self.shop.place_order([("MUG", 1)])
        with self.listening() as heard:
            statuses = self.deliver(**{"X-Shopify-Hmac-Sha256": simulator.signature(WRONG, b"{}")})
            bad = self.url_open(
                f"/shopify/webhook/{self.store.webhook_token}",
                data=b"{}",
                headers={"X-Shopify-Hmac-Sha256": "?", "X-Shopify-Topic": "orders/create"},
            )
        self.assertEqual({*statuses, bad.status_code}, {401})
        self.assertUntold(bad.text, *heard, *self.in_the_database())

    def test_the_requests_lines_tell_no_address_and_no_code(self):
        """Over real HTTP, as Odoo's own server writes them; and gevent's line, which the tests' server does not write."""
        token, code, signature = self.store.webhook_token, "c0de-of-consent", "5167a7e0"
        query = f"code={code}&hmac={signature}&shop={self.store.shop_domain}&state=57a7e"
        with self.listening() as heard:
            self.url_open(f"/shopify/webhook/{token}", data=b"{}")
            self.url_open(f"//shopify//webhook/{token}?a=b", data=b"{}", allow_redirects=False)
            self.url_open(f"/shopify/webhook%2F{token}", data=b"{}")
            self.authenticate("keeper", "keeper")
            self.url_open(f"/shopify/oauth/callback?{query}", allow_redirects=False)
            for line in (f"POST /shopify/webhook/{token} HTTP/1.1", f"GET /shopify/oauth/callback?{query} HTTP/1.1"):
                logging.getLogger("longpolling").info('127.0.0.1 - - "%s" 200 19 0.01', line)
        heard = [line for line in heard if not line.startswith("http://127.0.0.1")]  # the test's own client
        lines = [line for line in heard if "HTTP/1." in line and "shopify/" in line]
        self.assertGreaterEqual(len(lines), 6, "nothing was listened to")
        self.assertTrue(any('"POST /shopify/webhook/… HTTP/1.1"' in line for line in lines), lines)
        self.assertTrue(any('"GET /shopify/oauth/callback?… HTTP/1.1"' in line for line in lines), lines)
        for secret in (token, code, signature, "57a7e"):
            self.assertFalse([line for line in heard if secret in line], secret)

    def test_a_refresh_a_lost_answer_and_its_end_tell_none(self):
        self.store.write({"client_secret": SECRET, "grant": "authorization_code", "state": "draft"})
        asked = {"client_id": "client-id", "redirect_uri": "https://odoo.example.com/shopify/oauth/callback"}
        _status, address = oauth.authorize(self.shop, asked)
        code = dict(parse_qsl(urlsplit(address).query))["code"]
        seen = set()
        with self.listening() as heard:
            self.env["shopify.flow.connection"]._connect_by_code(self.store, code)
            seen |= self.secrets() | set(self.shop.desk.refreshes)
            self.env.cr.execute("UPDATE shopify_access SET expires_at = now() AT TIME ZONE 'UTC'")
            flow_module._lines.clear()
            self.shop.faults.add("access_token", "timeout_after")
            self.call("action_connect")
            seen |= self.secrets() | set(self.shop.desk.refreshes)
            self.shop.tokens.clear()
            self.shop.desk.clear()
            flow_module._lines.clear()
            told = self.call("action_connect")
        self.assertIn("connect the store again", told)
        self.assertTrue([secret for secret in seen if secret.startswith("shprt_")])
        for text in (told, *heard, *self.in_the_database()):
            self.assertFalse([secret for secret in seen if secret in text])
        flow_module._lines.clear()

    def test_a_row_that_postgresql_refuses_is_not_quoted(self):
        self.store.client_secret = SECRET
        self.env.flush_all()
        with self.listening() as heard:
            with suppress(psycopg2.errors.NotNullViolation), self.cr.savepoint(flush=False):
                self.env.cr.execute("UPDATE shopify_store SET name = NULL WHERE id = %s", [self.store.id])
            try:
                with self.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                    self.env.cr.execute("UPDATE shopify_store SET name = NULL WHERE id = %s", [self.store.id])
            except psycopg2.Error:
                logging.getLogger("odoo.http").exception("Exception during request handling")
        self.assertTrue(any("Failing row contains" in line for line in heard), "the trap did not snap")
        self.assertUntold(*heard)

    def test_no_file_holds_one_not_even_a_managers(self):
        self.store.client_secret = SECRET
        store = self.store.with_user(self.manager)
        access = store.access_ids.with_user(self.manager)
        for records, names in (
            (store, ("client_secret", "previous_client_secret", "access_token", "webhook_token")),
            (access, ("access_token", "refresh_token", "credentials")),
            (store.location_ids, ("store_id/client_secret", "store_id/access_ids/access_token")),
        ):
            for name in names:
                with self.subTest(name=name), self.assertRaisesRegex(UserError, "not exported"):
                    records.export_data([name])
        offered = store.fields_get()
        self.assertFalse(offered["client_secret"]["exportable"] or offered["access_token"]["exportable"])
        self.assertEqual(store.export_data(["name"])["datas"], [["Demo"]])
