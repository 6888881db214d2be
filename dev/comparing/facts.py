"""What the answers of a scenario say of each object: its fields by Shopify's names, and what it belongs to.

Aliases are undone with the document, connections become lists, a nested object becomes a `Ref`. Of several values of
one field the first is kept: what a recording presupposes is what was there before it changed anything."""

import re
from dataclasses import dataclass

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, GraphQLError, OperationDefinitionNode, parse

GID = re.compile(r"gid://shopify/(\w+)/[\w-]+(?:\?[\w=&%.-]*)?")
# The field of the inner object that leads back to the outer one.
_BACK = {
    ("Product", "ProductVariant"): "product",
    ("ProductVariant", "InventoryItem"): "variant",
    ("InventoryItem", "InventoryLevel"): "item",
    ("Location", "InventoryLevel"): "location",
    ("Order", "LineItem"): "order",
    ("Order", "FulfillmentOrder"): "order",
    ("Order", "Fulfillment"): "order",
    ("Order", "OrderTransaction"): "order",
    ("FulfillmentOrder", "FulfillmentOrderLineItem"): "fulfillmentOrder",
    ("Fulfillment", "FulfillmentLineItem"): "fulfillment",
}


_COMPARED = {
    "inventorySetQuantities": "quantities",
    "inventorySetOnHandQuantities": "setQuantities",
    "inventoryAdjustQuantities": "changes",
}


@dataclass(frozen=True)
class Ref:
    gid: str

    @property
    def typename(self) -> str:
        return typename(self.gid)


def typename(gid: str) -> str:
    match = GID.fullmatch(gid)
    return match[1] if match else ""


def gids(value) -> set:
    """Every global id that occurs in a JSON value, as a value of its own."""
    if isinstance(value, str):
        return {value} if GID.fullmatch(value) else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(gids, inner)) if inner else set()


def _refusals(payload) -> list:
    """The user errors of a payload, whatever their list is called."""
    return [error for name, value in payload.items() if name.endswith("serErrors") for error in value or ()]


class Facts:
    """`things`: gid → {field: value}; `told_at`: gid → index of the step whose answer first told of it; `compared`:
    (item, location) → {quantity name: what it was before it was changed}."""

    def __init__(self):
        self.things, self.compared, self._first, self._now = {}, {}, {}, False
        self._changed, self.told_at = set(), {}

    def take(self, step):
        self._changed |= gids(step.variables) if step.kind == "mutation" else set()
        self._now, self._index = step.kind == "mutation", step.index
        self._compared(step)
        self._meant(step)
        self._value(canonical(step.document, step.answer.get("data")), None)
        return self

    def _meant(self, step):
        """What a mutation named and did not miss was there, even if no answer tells more of it."""
        payloads = (step.answer.get("data") or {}).values()
        if step.kind != "mutation" or step.answer.get("errors"):
            return
        if all(isinstance(one, dict) and not _refusals(one) for one in payloads):
            for gid in gids(step.variables):
                self.things.setdefault(gid, {})

    def _compared(self, step):
        """A quantity that was compared before it was changed, without an error: so much was there."""
        for root, payload in (step.answer.get("data") or {}).items():
            rows = _COMPARED.get(root)
            if not rows or not isinstance(payload, dict) or payload.get("userErrors"):
                continue
            given = step.variables.get("input") or {}
            name = given.get("name") or "on_hand"
            for row in given.get(rows) or ():
                if isinstance(row.get("changeFromQuantity"), int):
                    key = (row.get("inventoryItemId"), row.get("locationId"))
                    self.compared.setdefault(key, {name: row["changeFromQuantity"]})

    def made_by_change(self, gid) -> bool:
        """Whether what is known of it first stood in the answer of a mutation, or behind one that named it: it is the
        state after that, not before."""
        return self._first.get(gid, False)

    def any_of(self, kind) -> bool:
        return any(typename(gid) == kind for gid in self.things)

    def of(self, gid) -> dict:
        return self.things.get(gid, {})

    def _value(self, value, owner):
        if isinstance(value, list):
            return [self._value(one, owner) for one in value]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("nodes"), list):
            return [self._value(one, owner) for one in value["nodes"]]
        if isinstance(value.get("edges"), list):
            return [self._value(one.get("node"), owner) for one in value["edges"] if isinstance(one, dict)]
        assigned = value.get("location") if owner and typename(owner) == "FulfillmentOrder" else None
        if isinstance(assigned, dict) and isinstance(assigned.get("id"), str) and value.get("name"):
            # An assigned location carries the name beside the location.
            self.things.setdefault(assigned["id"], {}).setdefault("name", value["name"])
        gid = value.get("id")
        if not (isinstance(gid, str) and GID.fullmatch(gid)):
            return {name: self._value(one, owner) for name, one in value.items()}
        thing = self.things.setdefault(gid, {})
        self._first.setdefault(gid, self._now or gid in self._changed)
        self.told_at.setdefault(gid, self._index)
        if owner and (back := _BACK.get((typename(owner), typename(gid)))):
            thing.setdefault(back, Ref(owner))
        for name, one in value.items():
            told = self._value(one, gid)
            if name == "quantities" and isinstance(told, list):
                told = {row["name"]: row["quantity"] for row in told if "quantity" in row and "name" in row}
                thing[name] = {**told, **thing.get(name, {})}
            elif name not in thing or (thing[name] is None and told is not None and isinstance(told, (Ref, list))):
                thing[name] = told
        return Ref(gid)


def canonical(document, data):
    """The answer with fields by their own names; one field under several aliases becomes a list."""
    try:
        definitions = parse(document).definitions if document else ()
    except GraphQLError:
        return data
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1:
        return data
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    return _named(operations[0].selection_set, data, fragments)


def _fields(selection_set, fragments):
    for node in selection_set.selections if selection_set else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            found = fragments.get(node.name.value)
            yield from _fields(found.selection_set, fragments) if found else ()
        else:
            yield from _fields(node.selection_set, fragments)


def _named(selection_set, data, fragments):
    if isinstance(data, list):
        return [_named(selection_set, one, fragments) for one in data]
    if not isinstance(data, dict) or selection_set is None:
        return data
    result, seen = {}, {}
    for node in _fields(selection_set, fragments):
        name, key = node.name.value, (node.alias or node.name).value
        if key not in data:
            continue
        value = _named(node.selection_set, data[key], fragments)
        if seen.setdefault(name, key) == key:
            result[name] = {**result[name], **value} if _both(result.get(name), value) else value
        else:
            before = result[name]
            merged = [*(before if isinstance(before, list) else [before])]
            result[name] = merged + (value if isinstance(value, list) else [value])
    return result


def _both(left, right) -> bool:
    return isinstance(left, dict) and isinstance(right, dict)
