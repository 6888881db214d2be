"""What the Odoo tests share: a store connected to a simulated Shopify over real HTTP, and the queue run to its end."""

import itertools
import json
import os
import uuid
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase

from ..models import shopify_runner
from . import simulator

DOMAIN = "demo.myshopify.com"
SECRET = "client-secret"
CATALOG = {
    "locations": [{"name": "Berlin"}],
    "products": [
        {
            "title": "Mug",
            "variants": [{"sku": "MUG", "price": "10.00", "tracked": True, "stock": {"Berlin": 0}}],
        },
        {
            "title": "Tent",
            "variants": [{"sku": "TENT", "price": "199.90", "tracked": True, "stock": {"Berlin": 0}}],
        },
        {
            "title": "Poster",
            "variants": [{"sku": "POSTER", "price": "7.50", "tracked": True, "stock": {"Berlin": 0}}],
        },
    ],
}


if "PYTEST_XDIST_WORKER" in os.environ:
    # pytest-odoo's workers share one filestore. What a class cleans away at its end (a file that no attachment of *its*
    # database names) may be the assets of a page that the other worker is just loading.
    TransactionCase._gc_filestore = classmethod(lambda cls: None)


class ShopifyCase(HttpCase):
    """`self.shop` is the simulator's shop, `self.store` the connected store; webhooks are delivered by `self.deliver()`."""

    catalog = CATALOG
    numbers = itertools.count(70001)  # of orders whose bodies are written here
    decided = {"push_stock": True}  # before connecting
    level_echo = False  # a message for each level that an order or we ourselves change: only where a test is about them

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(shopify_runner, "SOON", 0))  # what waits is looked at while it waits
        cls.endpoints = {}
        cls.running = cls.open_shop(DOMAIN)
        cls.shop = cls.running.shop
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        cls.env.company.currency_id = cls.env.ref("base.EUR")
        cls.env.ref("base.EUR").active = True
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.mug, cls.tent = cls.env["product.product"].create(
            [
                {"name": "Mug", "default_code": "MUG", "is_storable": True, "type": "consu", "taxes_id": []},
                {"name": "Tent", "default_code": "TENT", "is_storable": True, "type": "consu", "taxes_id": []},
            ]
        )
        cls.store = cls.env["shopify.store"].create(
            {
                "name": "Demo",
                "shop_domain": DOMAIN,
                "client_id": "client-id",
                "client_secret": SECRET,
                "responsible_id": cls.env.ref("base.user_admin").id,
                "go_live_at": "2000-01-01",
                **cls.decided,
            }
        )
        cls.vat = cls._tax("MwSt 19", 19, included=True)

    @classmethod
    def open_shop(cls, domain, **options):
        """A simulated shop that answers in Shopify's place until the class ends. :param options: those of simulator.Shop"""
        running = simulator.start(
            domain,
            client_id="client-id",
            client_secret=SECRET,
            deliver="manual",
            catalog=cls.catalog,
            updated_echo=False,
            level_echo=cls.level_echo,
            **options,
        )
        cls.addClassCleanup(running.stop)
        cls.endpoints[domain] = running.url
        cls.env["ir.config_parameter"].set_param("shopify_sync.endpoint_override", json.dumps(cls.endpoints))
        return running

    @classmethod
    def _tax(cls, name, percent, *, included):
        group = cls.env["account.tax.group"].search([("company_id", "=", cls.env.company.id)], limit=1)
        if not group:
            group = cls.env["account.tax.group"].create(
                {"name": "Taxes", "company_id": cls.env.company.id, "country_id": cls.env.company.country_id.id}
            )
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "sale",
                "tax_group_id": group.id,
                "country_id": cls.env.company.account_fiscal_country_id.id or cls.env.ref("base.de").id,
                "price_include_override": "tax_included" if included else "tax_excluded",
            }
        )

    def connect(self):
        self.store.action_connect()
        self.drain()

    def setUp(self):
        super().setUp()
        self.shop.reset()
        self.connect()

    def map_taxes(self, tax=None):
        """What the accountant does with the list of taxes met."""
        self.env["shopify.tax"].search([("tax_id", "=", False)]).write({"tax_id": (tax or self.vat).id})

    def receive(self, product, quantity, location=None):
        self.env["stock.quant"]._update_available_quantity(product, location or self.warehouse.lot_stock_id, quantity)

    def deliver(self, deliveries=None, path=None, **changed_headers):
        """Post what the shop has to tell; returns the statuses."""
        statuses = []
        for delivery in self.shop.take_deliveries() if deliveries is None else deliveries:
            headers = {**delivery.headers, **changed_headers}
            answer = self.url_open(path or delivery.path, data=delivery.body, headers=headers)
            statuses.append(answer.status_code)
        self.env.invalidate_all()
        return statuses

    def tell(self, topic, body, at="2026-11-24T00:00:00Z", event=None):
        """What is configured on the app and nobody subscribes to: signed, to the app's one address; and the queue runs."""
        raw = json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": simulator.signature(SECRET, raw),
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Event-Id": event or str(uuid.uuid4()),
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Triggered-At": at,
        }
        answer = self.url_open("/shopify/webhook", data=raw, headers=headers)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.drain()

    def drain(self, *, due_only=True):
        """Run the runners as their crons would, until nothing is due."""
        self.env.cr.flush()
        if not due_only:
            self.env["shopify.job"].search([("state", "=", "pending")]).not_before = False
            self.env.cr.flush()
        with self.registry.cursor() as cr:
            runner = api.Environment(cr, SUPERUSER_ID, {})["shopify.runner"]
            for lane, number in (("fast", 0), ("fast", 1), ("slow", 0), ("fast", 0), ("fast", 1)):
                runner._run_queue(lane, number)
        self.env.invalidate_all()

    def grace_is_over(self):
        """No message came for what changed in Shopify: it is decided now (flows/stock/foreign.py)."""
        self.let_minutes_pass()
        self.drain(due_only=False)

    def let_minutes_pass(self):
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE shopify_level SET foreign_at = foreign_at - interval '20 minutes',
                   foreign_until = foreign_until - interval '20 minutes', pushed_at = pushed_at - interval '20 minutes'
               WHERE foreign_at IS NOT NULL"""
        )
        self.env.invalidate_all()

    def sale(self, order):
        """The sale.order of an order of the shop."""
        return self.env["sale.order"].search([("shopify_order_id", "=", str(order.number))])

    def jobs(self, **domain):
        return self.env["shopify.job"].search([(name, "=", value) for name, value in domain.items()])

    def ordered(self, lines=(("MUG", 2),)):
        """Ten mugs and ten tents in stock, and an order of untaxed lines that went through: (the shop's order, the sale)."""
        self.receive(self.mug, 10)
        self.receive(self.tent, 10)
        self.drain()
        order = self.shop.place_order(list(lines))
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def written_order(self, lines=(("MUG", 1),), properties=(), **extra):
        """An order whose body says more: (the shop's order, the sale)."""
        model = self.shop.place_order(list(lines))
        self.shop.take_deliveries()
        number = next(self.numbers)
        body = {**model.document(), "id": number, "name": f"#{number}", **extra}
        for index, item in enumerate(body["line_items"]):
            item.update(id=number * 10 + index, properties=[{"name": n, "value": v} for n, v in properties])
        order = self.shop.place_body(body)
        self.deliver()
        self.drain()
        return order, self.sale(order)

    def ship(self, sale, tracking=None, **quantities):
        """A worker validates the open delivery; `quantities` by SKU, else all."""
        picking = sale.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = quantities.get(move.product_id.default_code, 0) if quantities else move.product_uom_qty
            move.picked = True
        if tracking:
            picking.carrier_tracking_ref = tracking
        self.assertIs(picking.with_context(skip_backorder=True).button_validate(), True)
        return picking

    def worker(self):
        """Somebody of the warehouse, without any right on Shopify or on sales."""
        return self.env["res.users"].create(
            {
                "name": "Lena",
                "login": "lena",
                "group_ids": [
                    Command.set([self.env.ref("base.group_user").id, self.env.ref("stock.group_stock_user").id])
                ],
            }
        )
