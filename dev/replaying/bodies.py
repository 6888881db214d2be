"""The bodies of a folder: which topic each is of, which order to send them in, and what the store must know before."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from commerce import ids

# Mandatory topics that are configured at the app and missing from the schema (SHOPIFY_API §10.3).
COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")
# After these a store is closed and everything still waiting would stay there: they go last.
CLOSING = ("app/uninstalled", "shop/redact")


@dataclass(eq=False)
class Body:
    """One file. `content` is None where it is not a JSON object."""

    name: str  # folder/file
    topic: str
    raw: bytes
    content: dict | None
    store: int = 0  # which of the replay's stores it goes to
    wave: int = 0  # sent when all bodies of lower waves are worked off

    @property
    def subject(self) -> tuple[str, str] | None:
        """What it is about: bodies of one subject are versions of one thing."""
        number = _number((self.content or {}).get("id"))
        return (self.topic.split("/")[0], number) if number else None

    @property
    def is_order(self) -> bool:
        """A whole order, as orders/create and its like carry it."""
        return self.topic.startswith("orders/") and isinstance((self.content or {}).get("line_items"), list)


def topics(schema: Path) -> dict[str, str]:
    """{folder name: topic}, from the descriptions of WebhookSubscriptionTopic: the names alone do not say where the
    slash is (FULFILLMENT_ORDERS_PLACED_ON_HOLD)."""
    with gzip.open(schema, "rt", encoding="utf-8") as file:
        introspection = json.load(file)
    types = introspection.get("data", introspection)["__schema"]["types"]
    values = next(kind["enumValues"] for kind in types if kind["name"] == "WebhookSubscriptionTopic")
    found = (re.search(r"`([a-z0-9_]+[/.][a-z0-9_]+)`", value["description"] or "") for value in values)
    names = [match.group(1) for match in found if match]
    return {name.replace("/", "_"): name for name in (*names, *COMPLIANCE)}


def read(folder: Path, known: dict[str, str]) -> tuple[list[Body], list[str]]:
    """Every body below `folder`, planned; and the names of folders that are no topic."""
    bodies, ignored = [], []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        if place.name not in known:
            ignored.append(place.name)
            continue
        for path in sorted(place.glob("*.json")):
            raw = path.read_bytes()
            bodies.append(Body(f"{place.name}/{path.name}", known[place.name], raw, _object(raw)))
    _plan(bodies)
    return bodies, ignored


def _object(raw: bytes) -> dict | None:
    try:
        content = json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _plan(bodies: list[Body]) -> None:
    """Versions of one thing go one after the other, oldest first, so that each can be judged by itself; two things
    that share an id come from different shops and go to different stores."""
    by_subject = defaultdict(list)
    for body in bodies:
        if body.subject:
            by_subject[body.subject].append(body)
    for alike in by_subject.values():
        origins = sorted({_origin(body) for body in alike if body.is_order})
        for body in alike:
            body.store = origins.index(_origin(body)) if body.is_order else 0
        for store in range(len(origins) or 1):
            versions = [body for body in alike if body.store == store]
            for wave, body in enumerate(sorted(versions, key=_age)):
                body.wave = wave
    last = max((body.wave for body in bodies), default=0) + 1
    for body in bodies:
        if body.topic in CLOSING:
            body.wave = last


def _origin(body: Body) -> tuple[str, float]:
    """What no edit changes: versions of one order share it, two shops' orders do not."""
    return (str(body.content.get("name") or ""), _instant(body.content.get("created_at")))


def _age(body: Body) -> tuple:
    order = ("create", "updated", "cancelled", "delete")
    verb = body.topic.split("/")[-1]
    updated = _instant(body.content.get("updated_at") or body.content.get("created_at"))
    return (updated, order.index(verb) if verb in order else 1, body.name)


def _instant(text) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _number(value) -> str | None:
    """An id as the addon reads it; None for what is none."""
    try:
        return ids.number(value)
    except ValueError:
        return None


# What the store must know


def articles(bodies: Iterable[Body]) -> dict[tuple[int, str], dict]:
    """{(store, variant id): the first line item that sold it}."""
    found = {}
    for body, line in _lines(bodies):
        number = _number(line.get("variant_id"))
        if number:
            found.setdefault((body.store, number), line)
    return found


def currencies(bodies: Iterable[Body]) -> set[str]:
    """Codes of every currency an order speaks of."""
    return {
        body.content[name]
        for body in bodies
        if body.is_order
        for name in ("currency", "presentment_currency")
        if isinstance(body.content.get(name), str)
    }


def _lines(bodies: Iterable[Body]) -> Iterator[tuple[Body, dict]]:
    for body in bodies:
        if body.is_order:
            for line in body.content["line_items"]:
                if isinstance(line, dict):
                    yield body, line
