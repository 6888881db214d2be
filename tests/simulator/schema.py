"""Shopify's official Admin schema, read once per process, and how its scalars look in an answer.

Source: introspection result `admin_2026-10.json.gz` of the npm package @shopify/dev-mcp (DESIGN 8)."""

import functools
import gzip
import json
import os
import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

VERSION = "2026-10"
_TOPIC = re.compile(r"webhook topic for `([^`]+)`")


@functools.cache
def default_path() -> Path:
    """Where the schema file is: $SCHEMA, else `.dev/schema` of the nearest folder above this file that has one."""
    if named := os.environ.get("SCHEMA"):
        return Path(named)
    for folder in Path(__file__).resolve().parents:
        found = folder / ".dev" / "schema" / f"admin_{VERSION}.json.gz"
        if found.exists():
            return found
    raise FileNotFoundError("Shopify's schema is not here: run dev/setup, or name the file in $SCHEMA.")


def load() -> GraphQLSchema:
    return _load(str(default_path()))


@functools.cache
def _load(path: str) -> GraphQLSchema:
    with gzip.open(path) as file:
        result = json.load(file)
    schema = build_client_schema(result.get("data", result), assume_valid=True)
    for name, written in _SCALARS.items():
        scalar = schema.type_map[name]
        scalar.serialize = scalar.coerce_output_value = written
    return schema


@functools.cache
def keyed_mutations() -> frozenset:
    """Mutations whose description says that `@idempotent` is required (the type system cannot say it)."""
    return frozenset(
        name
        for name, field in load().mutation_type.fields.items()
        if "idempotency key is required" in " ".join((field.description or "").split())
    )


@functools.cache
def topics() -> dict:
    """Enum value → topic of the header: `ORDERS_CREATE` → `orders/create`, taken from the values' descriptions."""
    values = load().type_map["WebhookSubscriptionTopic"].values
    found = {name: _TOPIC.search(" ".join((value.description or "").split())) for name, value in values.items()}
    return {name: match.group(1) for name, match in found.items() if match}


def now() -> datetime:
    return datetime.now(timezone.utc)


def utc(value) -> datetime | None:
    """A time given as datetime or ISO text with any offset, in UTC; None for None and for what is no time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    return value and value.astimezone(timezone.utc)


def _date_time(value):
    # Whole seconds: two writes in one second have the same `updatedAt` (recorded, FACTS 3).
    return utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decimal(value):
    # Shortest form with at least one digit after the point: "10.0", "12.77" (recorded, FACTS 1).
    text = format(Decimal(str(value)), "f")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def _money(value):
    # The old scalar keeps two digits: "79.99", "0.00" (recorded, FACTS 2).
    number = Decimal(str(value))
    return format(number.quantize(Decimal("0.01")) if -number.as_tuple().exponent < 2 else number, "f")


_SCALARS = {"DateTime": _date_time, "Decimal": _decimal, "Money": _money, "UnsignedInt64": str, "URL": str}
