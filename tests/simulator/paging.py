"""Connections: a list becomes a page with opaque cursors.

A cursor is base64 of {"last_id", "last_value"} (recorded, FACTS 8). The page after it starts behind that object where
it still is, else at the first object that sorts behind it, so that a page asked for after a change neither repeats nor
loses what did not change."""

import base64
import json

from .roots import Refused

LARGEST_PAGE = 250


class Sorted(list):
    """Objects in an order, and the function that gives what they are ordered by."""

    def __init__(self, nodes, function):
        super().__init__(nodes)
        self.values = [function(node) for node in nodes]

    def backwards(self) -> "Sorted":
        turned = Sorted(self[::-1], lambda _: None)
        turned.values = self.values[::-1]
        return turned


def number(node) -> int:
    """The number in the id of a node, which orders a list that has no other order; 0 if it has none."""
    gid = node.get("id") if isinstance(node, dict) else getattr(node, "id", None)
    digits = str(gid or "").rsplit("/", 1)[-1].partition("?")[0]
    return int(digits) if digits.isdigit() else 0


def _cursor(node, value) -> str:
    text = json.dumps({"last_id": number(node), "last_value": str(value)}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _position(nodes, values, cursor) -> tuple:
    """(index of the cursor's object, or of where it would be; whether it is there)"""
    try:
        wanted = json.loads(base64.b64decode(cursor, validate=True))
        key = (wanted["last_value"], int(wanted["last_id"]))
    except (ValueError, KeyError, TypeError):
        raise Refused("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None
    for index, node in enumerate(nodes):
        if number(node) == key[1] and key[1]:
            return index, True
    keys = [(str(value), number(node)) for node, value in zip(nodes, values, strict=True)]
    descending = len(keys) > 1 and keys[0] > keys[-1]
    for index, own in enumerate(keys):
        if (own < key) if descending else (own > key):
            return index, False
    return len(nodes), False


def page(nodes, *, first=None, last=None, after=None, before=None, values=None, largest=LARGEST_PAGE) -> dict:
    """A connection of `nodes`, which are in order; `values` are what they were sorted by."""
    nodes = list(nodes)
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= largest:
            raise Refused(f"{name} cannot exceed {largest}", "BAD_REQUEST")
    if first is None and last is None:
        raise Refused("you must provide one of first or last", "BAD_REQUEST")
    values = values if values is not None else [number(node) for node in nodes]
    start, end = 0, len(nodes)
    if after is not None:
        index, there = _position(nodes, values, after)
        start = index + there
    if before is not None:
        end, _there = _position(nodes, values, before)
    inner_start, inner_end = start, end
    if first is not None:
        inner_end = min(end, start + first)
    if last is not None:
        inner_start = max(start, inner_end - last)
    shown = range(inner_start, max(inner_start, inner_end))
    edges = [{"node": nodes[i], "cursor": _cursor(nodes[i], values[i])} for i in shown]
    return {
        "nodes": [edge["node"] for edge in edges],
        "edges": edges,
        "pageInfo": {
            "hasNextPage": bool(edges) and inner_end < len(nodes),
            "hasPreviousPage": bool(edges) and inner_start > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }
