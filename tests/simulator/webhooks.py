"""Webhooks: signed deliveries with Shopify's headers, and retries.

A subscription takes https addresses only; `host_map` says which of their hosts really is a loopback server. Nothing is
ever sent anywhere else. Retries: 8 over 4 hours with growing waits; 8 failures in a row delete the subscription
(SHOPIFY_API 10.2)."""

import base64
import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from . import schema
from .faults import WEBHOOK
from .subscriptions import Subscription, drop

WAITS = (30, 120, 300, 600, 1200, 2400, 3600, 6150)  # seconds; 4 hours together
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT = 5


@dataclass
class Delivery:
    """One body on its way to one subscription.

    :ivar address: the subscription's https address; `url`: the loopback one it stands for, None if nobody said which
    :ivar status: waiting, the HTTP status of the last try, 'unreachable' or 'dropped'
    """

    topic: str
    address: str
    url: str | None
    headers: dict
    body: bytes
    at: datetime
    subscription: Subscription = field(repr=False)
    tries: int = 0
    status: object = "waiting"
    answered_at: datetime | None = None

    @property
    def path(self) -> str:
        parts = urlsplit(self.address)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def event_id(self) -> str:
        return self.headers["X-Shopify-Event-Id"]

    @property
    def delivered(self) -> bool:
        return isinstance(self.status, int) and 200 <= self.status < 300

    def json(self) -> dict:
        return json.loads(self.body)


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Sender:
    """Makes deliveries and, unless `deliver` is 'manual', posts them from threads of its own."""

    def __init__(self, shop, *, deliver, host_map, retry_scale, threads=2):
        if deliver not in ("background", "manual"):
            raise ValueError("deliver is 'background' or 'manual'")
        self.shop, self.manual, self.retry_scale, self._threads = shop, deliver == "manual", retry_scale, threads
        self.host_map = {}
        for host, base in host_map.items():
            self.map_host(host, base)
        self.outbox, self.log, self._held = [], [], []
        self._due, self._order = [], itertools.count()
        self._changed, self._stopped, self._busy = threading.Condition(), False, 0

    def map_host(self, host, base):
        """:raises ValueError: unless `base` is an http address of this machine"""
        parts = urlsplit(base)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise ValueError(f"{base} is not an http address of this machine")
        self.host_map[host] = base.rstrip("/")

    def emit(self, topic, body):
        named = {name for name, value in schema.topics().items() if value == topic}
        wanted = [s for s in self.shop.subscriptions if s.topic in named]
        if not wanted:
            return
        event, now = str(uuid.uuid4()), self.shop.now()
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        for subscription in wanted:
            sent = _only(body, subscription.include_fields)
            content = raw if sent is body else json.dumps(sent, ensure_ascii=False).encode()
            self._queue(self._delivery(subscription, topic, content, event, now))

    def _delivery(self, subscription, topic, raw, event, now) -> Delivery:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "Accept": "*/*",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature(self.shop.client_secret, raw),
            "X-Shopify-Shop-Domain": self.shop.domain,
            "X-Shopify-API-Version": self.shop.app_version,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event,
            "X-Shopify-Triggered-At": now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        }
        if subscription.name:
            headers["X-Shopify-Name"] = subscription.name
        parts = urlsplit(subscription.uri)
        base = self.host_map.get(parts.netloc) or self.host_map.get(parts.hostname)
        url = base and base + parts.path + (f"?{parts.query}" if parts.query else "")
        return Delivery(topic, subscription.uri, url, headers, raw, now, subscription)

    def _queue(self, delivery):
        fault = self.shop.faults.take(delivery.topic, *WEBHOOK)
        kind = fault and fault.kind
        self.log.append(delivery)
        if kind == "drop":
            delivery.status = "dropped"
            return
        if kind == "reorder":
            self._held.append(delivery)
            return
        waiting = [delivery, delivery] if kind == "duplicate" else [delivery]
        for one in [*waiting, *self._held]:
            self._put(one, 0)
        self._held.clear()

    def _put(self, delivery, wait):
        if self.manual:
            self.outbox.append(delivery)
            return
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), delivery))
            self._changed.notify()

    def take(self, topic=None) -> list:
        with self.shop.lock:
            taken = [d for d in self.outbox if topic in (None, d.topic)]
            self.outbox[:] = [d for d in self.outbox if topic not in (None, d.topic)]
        return taken

    def clear(self):
        with self._changed:
            self._due.clear()
            for kept in (self.outbox, self.log, self._held):
                kept.clear()

    def release_held(self):
        """Send what a 'reorder' still holds back because nothing came after it."""
        with self.shop.lock:
            held, self._held = self._held, []
            for delivery in held:
                self._put(delivery, 0)

    # The posting threads

    def start(self):
        for _ in range(0 if self.manual else self._threads):
            threading.Thread(target=self._work, daemon=True, name="simulator-webhooks").start()

    def stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def idle(self, timeout=10.0) -> bool:
        """Wait until every delivery due now was tried; False after `timeout` seconds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self._changed:
                due = [one for one in self._due if one[0] <= time.monotonic()]
                if not due and not self._busy:
                    return True
            time.sleep(0.01)
        return False

    def _work(self):
        connections = {}
        while True:
            with self._changed:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopped:
                    return
                _, _, delivery = heapq.heappop(self._due)
                self._busy += 1
            try:
                self._try(delivery, connections)
            finally:
                with self._changed:
                    self._busy -= 1

    def _try(self, delivery, connections):
        delivery.tries += 1
        delivery.status = post(delivery, connections) if delivery.url else "unreachable"
        delivery.answered_at = self.shop.now()
        subscription = delivery.subscription
        if delivery.delivered:
            subscription.failures = 0
            return
        subscription.failures += 1
        with self.shop.lock:
            if subscription.failures >= len(WAITS):
                drop(subscription)
        if delivery.tries <= len(WAITS) and subscription in self.shop.subscriptions:
            self._put(delivery, WAITS[delivery.tries - 1] * self.retry_scale)


def post(delivery, connections):
    """:return: the HTTP status, or 'unreachable'; a connection is kept for the next delivery"""
    parts = urlsplit(delivery.url)
    for fresh in (False, True):
        connection = connections.get(parts.netloc)
        if connection is None or fresh:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT)
            connections[parts.netloc] = connection
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=delivery.body, headers=delivery.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except TimeoutError:
            connections.pop(parts.netloc, None)
            return "unreachable"
        except (OSError, http.client.HTTPException):
            # A kept connection may have been closed by the other side: once more with a new one.
            connections.pop(parts.netloc, None)
    return "unreachable"


def _only(body, fields):
    if not fields:
        return body
    return {key: value for key, value in body.items() if key in fields}
