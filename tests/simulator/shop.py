"""One shop: its settings, everything in it, its clock and ids, and what a test does to it.

A test (or the control page) speaks to a `Shop` directly: `place_order`, `set_stock`, `available`, `calls`, `faults`,
`take_deliveries`. The app under test speaks HTTP (server.py)."""

import contextlib
import itertools
import random
import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

from . import (
    adjustments,
    app,
    bulk,
    cancellation,
    checkout,
    companies,
    company_changes,
    crowd,
    customer_addresses,
    customer_changes,
    customer_merges,
    draft_changes,
    drafts,
    editing,
    fulfillment,
    fulfillment_events,
    fulfillment_order_changes,
    jobs,
    location_changes,
    locations,
    nodes,
    oauth,
    order_changes,
    order_edits,
    order_reads,
    orders,
    paging,
    placing,
    product_sets,
    products,
    schema,
    search,
    subscriptions,
    tags,
    webhooks,
)
from .cost import Bucket
from .faults import Faults
from .inventory import Level

# Nothing else refers to these: they are here for the root fields that they answer.
DOMAINS = (
    adjustments,
    bulk,
    company_changes,
    customer_addresses,
    customer_changes,
    customer_merges,
    draft_changes,
    fulfillment_events,
    fulfillment_order_changes,
    location_changes,
    order_changes,
    order_edits,
    order_reads,
    product_sets,
    tags,
)


@dataclass(frozen=True)
class Call:
    """A root field that was asked for. `status`: ok, errors, invalid, THROTTLED, MAX_COST_EXCEEDED or an HTTP
    status."""

    root: str
    cost: int
    at: datetime
    status: str


class Shop:
    """:param domain: `x.myshopify.com`
    :param currency: ISO code; `taxes_included`: whether its prices contain tax (an order may differ)
    :param token: a legacy token that lives for ever; None: only tokens from the client-credentials grant
    :param scopes: what the app was granted
    :param deliver: 'background' (a thread posts webhooks) or 'manual' (a test takes them from `outbox`)
    :param host_map: {host of a subscription's https address: loopback base URL it really is}
    :param retry_scale: factor on the waiting times between webhook retries (1: as Shopify, 4 hours in all)
    :param routing: seconds until an order's fulfillment orders can be read; None: not until `route(order)`
    :param updated_echo: whether orders/updated follows orders/create at once, as it does at Shopify
    :param level_echo: whether inventory_levels/… are told, as they are at Shopify of each change, also of one by the app
    :param clock: callable giving an aware UTC datetime
    :param api_version: the newest stable version; `app_version`: the one of the app's webhooks; `app_number`: its id
    :param index_lag: seconds until a product is found by a search, and until its total follows its levels
    :param job_lag: seconds until a cancellation or a merge happens (jobs.py); None: not until `run_jobs()`
    :param first_id: of its objects; Shopify's ids are unique over all shops, and two of these count alike
    :param bulk_looks: how often a bulk operation is still seen at its beginning when somebody polls it
    """

    def __init__(
        self,
        domain="demo.myshopify.com",
        *,
        name="Demo Shop",
        currency="EUR",
        taxes_included=True,
        timezone="Europe/Berlin",
        country="DE",
        plan="Basic",
        client_id="client-id",
        client_secret="client-secret",
        token="shpat_simulator",
        scopes=app.SCOPES,
        deliver="background",
        host_map=None,
        retry_scale=1.0,
        routing=0.0,
        updated_echo=True,
        level_echo=True,
        bucket=2000,
        restore_rate=100,
        catalog=None,
        seed=0,
        clock=None,
        api_version=schema.VERSION,
        app_version=schema.VERSION,
        app_number=6_000_000_000_001,
        index_lag=0,
        job_lag=0,
        bulk_looks=0,
        first_id=6_100_000_000_017,
    ):
        self.lock = threading.RLock()
        self.domain, self.name, self.currency, self.country = domain, name, currency, country
        self.taxes_included, self.timezone, self.plan = taxes_included, timezone, plan
        self.client_id, self.client_secret, self.scopes = client_id, client_secret, tuple(scopes)
        self.static_token = token
        self.tokens, self.desk = {}, oauth.Desk()
        self.app_version, self.api_version, self.app_number = app_version, api_version, app_number
        self.routing, self.updated_echo, self.level_echo = routing, updated_echo, level_echo
        self.catalog = catalog or {}
        self.clock, self.index_lag = clock or schema.now, index_lag
        self.job_lag, self.job_failure = job_lag, None
        self.bulk_looks = bulk_looks
        self.bucket = Bucket(bucket, restore_rate)
        self.faults = Faults()
        self.call_log = deque(maxlen=20000)
        self.base_url = f"https://{domain}"  # where it answers: Running says
        self._open_counts = []
        self.random = random.Random(seed)
        self.webhooks = webhooks.Sender(self, deliver=deliver, host_map=host_map or {}, retry_scale=retry_scale)
        self._first_id = first_id
        self._empty()

    def _empty(self):
        self._ids = itertools.count(self._first_id, 32_771)
        self.nodes, self.items, self.idempotency = {}, {}, {}
        self.locations, self.products, self.orders, self.customers = [], [], [], []
        self.companies, self.drafts, self.staff, self.bulk = [], [], [], []
        self.jobs, self.merges = {}, {}
        self.subscriptions, self.level_changes = [], []
        self.order_number, self.draft_number = 1000, 0
        self.draft_taxes, self.rates, self.payment_terms = [], {}, {}  # of drafts; units of a currency for one of ours
        self.first_choice = None  # the location that order routing asks first
        self.number = self.next_id()
        products.load(self, self.catalog)

    def reset(self):
        """Empty the shop and load the catalog again. Ids start over; subscriptions, faults, tokens and calls go
        too."""
        with self.lock:
            self.webhooks.clear()
            self.faults.clear()
            self.tokens.clear()
            self.desk.clear()
            self.call_log.clear()
            self._empty()

    # Time, ids, search

    def now(self) -> datetime:
        return schema.utc(self.clock())

    def next_id(self) -> int:
        return next(self._ids)

    def find(self, gid, typename=None):
        return nodes.find(self, gid, typename)

    def level_of_id(self, number, query):
        item = self.items.get(query.removeprefix("inventory_item_id="))
        levels = item.levels.values() if item else ()
        return next((level for level in levels if str(level.location.level_number) == number), None)

    def search(self, found, query, fields, path, request):
        return search.select(found, query, fields, zone=self.timezone, path=path, report=request.search)

    @staticmethod
    def sort(found, key, others):
        """By id, or by a function of `others` with the id deciding between equals."""
        times = {"UPDATED_AT": lambda n: n.updated_at, "CREATED_AT": lambda n: n.created_at}
        function = {**times, **others}.get(key) or (lambda n: n.number)
        return paging.Sorted(sorted(found, key=lambda n: (function(n), n.number)), function)

    @staticmethod
    def count(found, limit):
        if limit is not None and len(found) > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return {"count": len(found), "precision": "EXACT"}

    # What is in the shop

    def add_location(self, name, **options):
        """:return: the Location; options: address, active, online, number"""
        location = locations.Location(self, name, **options)
        self.locations.append(location)
        return location

    def add_product(self, title, variants, **options):
        """A product as in a catalog (products.py). :return: the Product, its variants in `.variants`"""
        with self.lock:
            return products.add(self, title, variants, **options)

    def location(self, which=None):
        """A Location by itself, its name, number or global id; None: the first."""
        if which is None:
            return self.locations[0]
        if isinstance(which, locations.Location):
            return which
        return next(one for one in self.locations if which in (one.name, one.number, str(one.number), one.id))

    def variant(self, which):
        """A Variant by itself, its SKU, number or global id.

        :raises LookupError: when there is none, with what was asked for
        """
        if isinstance(which, products.Variant):
            return which
        for product in self.products:
            for variant in product.variants:
                if which in (variant.sku, variant.number, str(variant.number), variant.id):
                    return variant
        raise LookupError(f"no variant {which!r} in this shop")

    def level(self, variant, location=None) -> Level | None:
        return self.variant(variant).item.levels.get(self.location(location))

    def quantity(self, name, variant, location=None) -> int:
        """`available`, `committed`, `on_hand` … at one location, or (location None) at all together."""
        with self.lock:
            levels = self.variant(variant).item.levels
            chosen = levels.values() if location is None else [levels.get(self.location(location))]
            return sum(level.quantity(name) for level in chosen if level)

    def available(self, variant, location=None) -> int:
        return self.quantity("available", variant, location)

    def committed(self, variant, location=None) -> int:
        return self.quantity("committed", variant, location)

    def on_hand(self, variant, location=None) -> int:
        return self.quantity("on_hand", variant, location)

    def set_stock(self, variant, available, location=None):
        """The merchant sets a quantity by hand in the admin."""
        with self.lock:
            item, place = self.variant(variant).item, self.location(location)
            level = item.levels.get(place) or item.stocked(place)
            level.change("merchant", available=available - level.available)

    def add_company(self, name, **options):
        """A company that buys, with a location and a contact. Options: companies.add."""
        with self.lock:
            return companies.add(self, name, **options)

    def add_staff(self, first_name, last_name, email):
        """Somebody who works here. :return: the number that orders have as `user_id`"""
        number = self.next_id()
        name = f"{first_name} {last_name}"
        gid = f"gid://shopify/StaffMember/{number}"
        person = {"id": gid, "firstName": first_name, "lastName": last_name, "name": name, "email": email}
        self.staff.append({"number": number, **person, "active": True, "exists": True, "locale": "en"})
        return number

    def add_draft(self, lines, **given) -> drafts.DraftOrder:
        """Somebody writes a draft. :param lines: [(SKU, pieces)]; given: fields of a DraftOrderInput"""
        with self.lock:
            rows = [{"variantId": self.variant(which).id, "quantity": count} for which, count in lines]
            draft = drafts.DraftOrder(self, {"lineItems": rows, **given})
            draft.tell("create")
            return draft

    # Orders

    def place_order(self, lines=(), **options) -> orders.Order:
        """A customer buys. Arguments: checkout.place."""
        with self.lock:
            return checkout.place(self, lines, **options)

    def place_body(self, body: dict) -> orders.Order:
        """An order from any `orders/create` body, delivered exactly as it is. Its known, tracked variants are
        committed."""
        with self.lock:
            return placing.from_body(self, body)

    def random_order(self, rng=None, **options) -> orders.Order:
        """A believable order; the same state and `random.Random` give the same one. Options: crowd.random_order."""
        with self.lock:
            return crowd.random_order(self, rng or self.random, **options)

    def order(self, which) -> orders.Order:
        """By name, number or global id."""
        if isinstance(which, orders.Order):
            return which
        return next(o for o in self.orders if which in (o.name, o.number, str(o.number), o.id))

    def cancel_order(self, order, *, reason="customer", restock=True, refund=True):
        with self.lock:
            cancellation.cancel(self.order(order), reason=reason, restock=restock, refund=refund)

    def run_jobs(self):
        """Let everything that waits happen: cancellations, merges."""
        with self.lock:
            jobs.run_all(self)
            for merge in self.merges.values():
                merge.tell()

    def fail_next_job(self, message="Something went wrong.", code="INTERNAL_ERROR"):
        self.job_failure = (message, code)

    def edit_order(self, order, **changes):
        """The merchant edits lines, discounts or shipping in the admin. Arguments: editing.by_hand."""
        with self.lock:
            editing.by_hand(self.order(order), **changes)

    def update_order(self, order, **changes):
        """The merchant edits plain fields of the body: note, tags, email …"""
        with self.lock:
            self.order(order).update(changes)

    def route(self, order):
        """Let the fulfillment orders of an order be read from now on."""
        with self.lock:
            self.order(order).routed_at = self.now()

    def fulfill(self, order, lines=None, **options) -> list:
        """The merchant fulfills in the admin. Arguments: fulfillment.by_hand."""
        with self.lock:
            return fulfillment.by_hand(self.order(order), lines, **options)

    # Webhooks

    @property
    def outbox(self) -> list:
        """Deliveries waiting to be taken (deliver='manual')."""
        return self.webhooks.outbox

    def emit(self, topic, body):
        """Something happened: queue a delivery of `body` to every subscription of `topic`."""
        self.webhooks.emit(topic, body)

    def take_deliveries(self, topic=None) -> list:
        """Deliveries queued so far, oldest first, which are then gone (deliver='manual')."""
        return self.webhooks.take(topic)

    def subscribe(self, topic, uri, **options):
        """As webhookSubscriptionCreate. :param topic: `orders/create` or ORDERS_CREATE"""
        with self.lock:
            return subscriptions.subscribe(self, topic, uri, **options)

    # Calls

    def record(self, roots, status):
        now = self.now()
        with self.lock:
            for root, points in roots:
                self.call_log.append(Call(root, points, now, status))
                for counter in self._open_counts:
                    counter[root] += 1

    @contextlib.contextmanager
    def calls(self):
        """Counts root fields called while it is open: `with shop.calls() as calls: …; calls == {'orders': 1}`."""
        counter = Counter()
        self._open_counts.append(counter)
        try:
            yield counter
        finally:
            self._open_counts.remove(counter)
