"""Bulk operations: a query over everything, its result as a file of JSON lines (recorded, FACTS 125-129).

Each object of a connection is a line of its own; one inside another names it in `__parentId`. Files are served at
`/_bulk/…` of the shop's own address, without a token: whoever knows the address may read (SHOPIFY_API 11)."""

import json
import uuid

from graphql import FieldNode, FragmentSpreadNode, OperationType, get_named_type, is_list_type, is_non_null_type

from . import execute, jobs, schema
from .nodes import Node, look
from .roots import mutation, query, user_error

_AT_ONCE, _CONNECTIONS, _DEPTH, _BYTES = 5, 5, 2, 65535


class Operation(Node):
    typename = "BulkOperation"
    type = "QUERY"
    partial_data_url = None

    def __init__(self, shop, text):
        super().__init__(shop)
        self.query, self.content, self.cancelled = text, None, False
        self.object_count = self.root_object_count = self.looks = 0
        self.completed_at = self.error_code = None
        self.path = f"/_bulk/{uuid.UUID(int=self.number).hex}.jsonl"
        shop.bulk.append(self)
        self.job = jobs.Job(shop, self._work, later=bool(shop.bulk_looks))
        if self.job.error:
            self._fail()

    @property
    def status(self):
        if self.cancelled:
            return "CANCELING" if self.looks < 2 else "CANCELED"
        if self.error_code or self.job.error:
            return "FAILED"
        return "COMPLETED" if self.job.done else "RUNNING" if self.looks > 1 else "CREATED"

    @property
    def going_on(self):
        return not self.cancelled and self.completed_at is None

    def looked_at(self):
        """Somebody polls. With `Shop.bulk_looks` the first of them see it at its beginning (recorded)."""
        self.looks += 1
        if self.shop.bulk_looks and self.looks > self.shop.bulk_looks:
            self.job.run()
        return self

    @property
    def file_size(self):
        return len(self.content) if self.content else None

    @property
    def url(self):
        # A result without rows has no file.
        return f"{self.shop.base_url}{self.path}" if self.content else None

    def _fail(self):
        self.error_code = "INTERNAL_SERVER_ERROR"
        self._finish()

    def _work(self):
        if self.cancelled:
            return
        lines, self.root_object_count = results(self.shop, self.query)
        self.object_count = len(lines)
        # Slashes are escaped in Shopify's files (recorded).
        written = (json.dumps(line, ensure_ascii=False, default=str).replace("/", "\\/") for line in lines)
        self.content = "".join(f"{line}\n" for line in written).encode()
        self._finish()

    def _finish(self):
        self.completed_at = self.shop.now()
        moment = self.completed_at.isoformat(timespec="seconds")
        body = {
            "admin_graphql_api_id": self.id,
            "completed_at": moment,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "error_code": self.error_code and self.error_code.lower(),
            "status": "failed" if self.error_code else "completed",
            "type": "query",
        }
        self.shop.emit("bulk_operations/finish", body)


# What a query selects


class Selection:
    """A parsed bulk query: its fields flattened out of fragments."""

    def __init__(self, text):
        self.document = execute.Document(text)
        self.errors = [error["message"] for error in self.document.errors]
        self.operation = None if self.errors else self.document.operation(None)

    def fields(self, selection_set, parent) -> list:
        """[(FieldNode, type of the field)]"""
        result = []
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                known = getattr(parent, "fields", {}).get(node.name.value)
                if known is not None:
                    result.append((node, known.type))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.document.fragments[node.name.value]
                result += self.fields(fragment.selection_set, _named(fragment.type_condition, parent))
            else:
                result += self.fields(node.selection_set, _named(node.type_condition, parent))
        return result


def _named(condition, parent):
    return schema.load().type_map[condition.name.value] if condition else parent


def _is_connection(kind) -> bool:
    return get_named_type(kind).name.endswith("Connection")


def _is_list(kind) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _node_of(selection, node, kind):
    """(selection set of edges.node, its type), or None where it is not selected so."""
    for edges, edge_type in selection.fields(node.selection_set, get_named_type(kind)):
        if edges.name.value != "edges":
            continue
        for inner, inner_type in selection.fields(edges.selection_set, get_named_type(edge_type)):
            if inner.name.value == "node":
                return inner, get_named_type(inner_type)
    return None


class Survey:
    """What a query has of connections, and what is wrong with them."""

    def __init__(self, selection):
        self.selection = selection
        self.count, self.deepest, self.by_nodes, self.without_id, self.in_list = 0, 0, [], [], False
        self.walk(selection.operation.selection_set, schema.load().query_type, 0, False)

    def walk(self, selection_set, parent, depth, listed):
        for node, kind in self.selection.fields(selection_set, parent):
            if not _is_connection(kind):
                self.walk(node.selection_set, get_named_type(kind), depth, listed or _is_list(kind))
                continue
            self.count += 1
            self.deepest = max(self.deepest, depth)
            self.in_list = self.in_list or listed
            found = _node_of(self.selection, node, kind)
            if found is None:
                self.by_nodes.append(node.name.value)
                continue
            inner, inner_type = found
            below = self.selection.fields(inner.selection_set, inner_type)
            plain = any(f.name.value == "id" and not f.alias for f, _ in below)
            if not plain and any(_is_connection(k) for _, k in below):
                self.without_id.append(node.name.value)
            self.walk(inner.selection_set, inner_type, depth + 1, False)


def _problems(text):
    if len(text.encode()) > _BYTES:
        yield f"Query is too large. The limit is {_BYTES:,} bytes."
        return
    selection = Selection(text)
    if selection.errors or selection.operation is None:
        yield f"Invalid bulk query: {(selection.errors or ['no operation'])[0]}"
        return
    if selection.operation.operation is not OperationType.QUERY:
        yield "Invalid operation type. Only `query` operations are supported."
        return
    roots = [
        node.name.value for node, _ in selection.fields(selection.operation.selection_set, schema.load().query_type)
    ]
    if "node" in roots:
        yield "Bulk queries cannot contain a top level `node` field."
    survey = Survey(selection)
    if survey.in_list:
        yield "Queries that contain a connection field within a list field are not currently supported."
    elif not survey.count:
        yield "Bulk queries must contain at least one connection."
    elif survey.by_nodes:
        names = ", ".join(f"'{name}'" for name in survey.by_nodes)
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'{survey.by_nodes[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection "
            f"fields: {names}."
        )
    elif survey.count > _CONNECTIONS:
        yield f"Bulk queries cannot contain more than {_CONNECTIONS} connections."
    elif survey.deepest > _DEPTH:
        yield f"Bulk queries cannot contain connections with a nesting depth greater than {_DEPTH}."
    elif survey.without_id:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of "
            f"'ID' return type. Connection fields without 'id': {', '.join(survey.without_id)}."
        )


def results(shop, text) -> tuple:
    """(lines, how many of them are of the outermost connections)"""
    selection = Selection(text)
    data = execute.everything(shop, text)
    lines, roots = [], 0

    def take(value, selection_set, parent, owner) -> dict:
        """A line without what is in connections, which follow it."""
        nonlocal roots
        line, below = {}, []
        for node, kind in selection.fields(selection_set, parent):
            key = node.alias.value if node.alias else node.name.value
            if _is_connection(kind):
                below.append((value.get(key), _node_of(selection, node, kind)))
            elif key in value:
                line[key] = value[key]
        if owner is not None:
            line["__parentId"] = owner
        if parent is not schema.load().query_type:
            lines.append(line)
        for connection, (inner, inner_type) in below:
            for edge in (connection or {}).get("edges") or ():
                roots += parent is schema.load().query_type
                take(edge["node"], inner.selection_set, inner_type, value.get("id"))
        return line

    take(data, selection.operation.selection_set, schema.load().query_type, None)
    return lines, roots


@mutation("bulkOperationRunQuery")
def run_query(shop, *, query):
    if problems := list(_problems(query)):
        errors = [user_error(["query"], text, "INVALID") for text in problems]
        return {"bulkOperation": None, "userErrors": errors}
    running = [one for one in shop.bulk if one.going_on]
    if len(running) >= _AT_ONCE:
        ids = ", ".join(one.id for one in running)
        text = f"A bulk query operation for this app and shop is already in progress: {ids}."
        return {"bulkOperation": None, "userErrors": [user_error(None, text, "OPERATION_IN_PROGRESS")]}
    made = Operation(shop, query)
    # Whatever came of it meanwhile: the answer is of its beginning (recorded).
    names = ("completedAt", "errorCode", "fileSize", "partialDataUrl", "url")
    begun = {"id": made.id, "type": made.type, "status": "CREATED", "createdAt": made.created_at, "query": query}
    begun |= {**dict.fromkeys(names), "objectCount": 0, "rootObjectCount": 0}
    return {"bulkOperation": begun, "userErrors": []}


@mutation("bulkOperationCancel")
def cancel(shop, *, id):
    operation = shop.find(id, "BulkOperation")
    if operation is None:
        return {"bulkOperation": None, "userErrors": [user_error(["id"], "Bulk operation does not exist", "INVALID")]}
    if not operation.going_on:
        word = operation.status.lower()
        text = f"A bulk operation cannot be canceled when it is {word}"
        return {"bulkOperation": operation, "userErrors": [user_error(None, text)]}
    operation.cancelled, operation.looks = True, 0
    return {"bulkOperation": operation, "userErrors": []}


@query("currentBulkOperation")
def current(shop, *, type="QUERY"):
    found = next((one for one in reversed(shop.bulk) if one.type == type), None)
    return found and found.looked_at()


_FIELDS = {
    "id": lambda b: b.number,
    "status": lambda b: b.status.lower(),
    "created_at": lambda b: b.created_at,
    "operation_type": lambda b: b.type.lower(),
}


@query("bulkOperations")
def bulk_operations(shop, request, *, query=None, sort_key="CREATED_AT"):
    found = shop.search(shop.bulk, query, _FIELDS, "bulkOperations", request)
    return shop.sort(found, sort_key, {"COMPLETED_AT": lambda b: str(b.completed_at or "")})


@query("bulkOperation")
def bulk_operation(shop, *, id):
    return look(shop.find(id, "BulkOperation"))


def file(shop, path) -> bytes | None:
    return next((one.content for one in shop.bulk if one.path == path), None)
