"""Deliver bodies as Shopify does, several at once over real HTTP, and wait until the queue has worked them off."""

import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from shopify_api import VERSION, webhook

from .bodies import Body
from .scenery import Door

AT_ONCE = 4
# Seconds for jobs that try again later; then they are reported as waiting.
PATIENCE = 20


@dataclass(frozen=True)
class Delivery:
    """How one body was answered; `status` 0 where nothing answered."""

    body: Body
    door: Door
    event_id: str
    status: int
    reason: str  # of a refusal or a failure, in words


def send(port: int, doors: Sequence[Door], bodies: Sequence[Body]) -> list[Delivery]:
    """Deliver all, in the order given but several at once."""
    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE))
        return list(pool.map(lambda body: _send(session, port, doors[body.store], body), bodies))


def _send(session: requests.Session, port: int, door: Door, body: Body) -> Delivery:
    event_id = str(uuid.uuid4())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": body.topic,
        "X-Shopify-Shop-Domain": door.domain,
        "X-Shopify-Hmac-Sha256": webhook.signature(door.secret, body.raw),
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Event-Id": event_id,
        "X-Shopify-Api-Version": VERSION,
        "X-Shopify-Triggered-At": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "X-Shopify-Test": "false",
    }
    try:
        url = f"http://127.0.0.1:{port}/shopify/webhook/{door.token}"
        answer = session.post(url, data=body.raw, headers=headers, timeout=60)
    except requests.RequestException as error:
        return Delivery(body, door, event_id, 0, f"no answer ({type(error).__name__})")
    reason = "" if answer.status_code == 200 else _why_refused(body, door, headers, answer.status_code)
    return Delivery(body, door, event_id, answer.status_code, reason)


def _why_refused(body: Body, door: Door, headers: dict, status: int) -> str:
    """The door tells a stranger nothing but a status; the same check here has the words."""
    if status != 400:
        return "too large" if status == 413 else f"answered {status}"
    try:
        webhook.read(headers, body.raw, [door.secret], door.domain)
    except webhook.Rejected as rejected:
        return rejected.reason
    return "no usable id in the body"


class Queue:
    """The scratch database's jobs, seen from outside. What tries again later gets PATIENCE seconds in all."""

    def __init__(self, scratch, doors: Sequence[Door]):
        self.scratch, self.store_ids, self.patience = scratch, [door.id for door in doors], PATIENCE

    def drain(self, seconds: float) -> bool:
        """Wait until no job can run any more: none is due, or what waits is behind one that waits for a person.

        Returns False when the time was over first.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            due, waiting = self._count()
            if not waiting or (not due and self.patience <= 0):
                return True
            pause = 0.05 if due else 0.5
            time.sleep(pause)
            self.patience -= 0 if due else pause
        return False

    def _count(self) -> tuple[int, int]:
        """(jobs that could run now, jobs that could run now or later)."""
        with self.scratch.environment(keep=False) as env:
            env.cr.execute(
                """SELECT count(*) FILTER (WHERE j.not_before IS NULL OR j.not_before <= now() AT TIME ZONE 'UTC'), count(*)
                   FROM shopify_job j JOIN shopify_store s ON s.id = j.store_id
                   WHERE j.store_id = ANY(%s) AND j.state = 'pending' AND s.state = 'connected'
                     AND NOT EXISTS (SELECT FROM shopify_job b
                                     WHERE b.store_id = j.store_id AND b.key = j.key AND b.id < j.id
                                       AND b.state = 'attention' AND b.blocking AND b.flow <> j.flow)""",
                [self.store_ids],
            )
            return env.cr.fetchone()
