"""Every GraphQL document against Shopify's own schema: it validates, is named well, and asks for no scope we do not."""

import functools
import gzip
import json
import os
import re
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    validate,
    visit,
)

from shopify_api import documents, scopes

SCHEMA = Path(os.environ.get("SCHEMA") or Path(__file__).parents[2] / ".dev/schema/admin_2026-10.json.gz")
NAMES = documents.names()
# What "Test connection" asks has three roots, and is named after what they are together.
SEVERAL_ROOTS = {"connection": ["shop", "currentAppInstallation", "publicApiVersions"]}
# Shopify's file leaves these out; the scopes are those of the mutation's own words (SHOPIFY_API §4).
NOT_LISTED = {
    ("Mutation", "refundCreate"): ["write_orders"],
    # The scope of what is tagged; we tag customers.
    ("Mutation", "tagsAdd"): ["write_customers"],
    ("Mutation", "tagsRemove"): ["write_customers"],
}


@functools.cache
def introspection():
    if not SCHEMA.is_file():
        pytest.fail(f"Shopify's schema is not at {SCHEMA}: run dev/setup, or name it in SCHEMA.")
    return json.loads(gzip.decompress(SCHEMA.read_bytes()))


@functools.cache
def schema():
    return build_client_schema(introspection()["data"], assume_valid=True)


@functools.cache
def scopes_of():
    """(type, field or None) → alternatives, of which one is enough."""
    listed = {
        (item["typeName"], item.get("fieldName")): item["offlineScopes"]
        for item in introspection()["offline_scopes"]["items"]
    }
    return listed | NOT_LISTED


def source(name):
    return (documents.FOLDER / f"{name}.graphql").read_text(encoding="utf-8")


def operation(tree):
    (found,) = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    return found


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def demanded(tree):
    """(field, alternatives) for every field whose own entry, or whose type's, demands a scope."""
    info, found = TypeInfo(schema()), []

    class Collect(Visitor):
        def enter_field(self, *_args):
            parent, field = info.get_parent_type(), info.get_field_def()
            name = _args[0].name.value
            if field is None or name.startswith("__"):
                return
            alternatives = scopes_of().get((parent.name, name)) or scopes_of().get(
                (get_named_type(field.type).name, None)
            )
            if alternatives:
                found.append((f"{parent.name}.{name}", set(alternatives)))

    visit(tree, TypeInfoVisitor(info, Collect()))
    return found


def expanded(names):
    return set(names) | {name.replace("write_", "read_", 1) for name in names if name.startswith("write_")}


def faults(name, text):
    """Sentences about one document; empty when it is as it must be."""
    tree = parse(text)
    for error in validate(schema(), tree):
        yield error.message
    for error in validate(schema(), tree, [NoDeprecatedCustomRule]):
        yield error.message
    roots = [node for node in operation(tree).selection_set.selections if isinstance(node, FieldNode)]
    if [root.name.value for root in roots] != SEVERAL_ROOTS.get(name) and (
        len(roots) != 1 or snake(roots[0].name.value) != name.split("__")[0]
    ):
        yield f"{name} is not the name of its root field"
    for root in roots:
        described = (
            schema().mutation_type.fields.get(root.name.value) or schema().query_type.fields[root.name.value]
        ).description
        keyed = "idempotent" in {directive.name.value for directive in root.directives or ()}
        if keyed is not ("idempotency key is required" in " ".join((described or "").split())):
            yield f"{root.name.value}: @idempotent is missing, or not wanted"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid_named_after_its_root_keyed_and_not_deprecated(name):
    assert not list(faults(name, source(name)))


@pytest.mark.parametrize("name", NAMES)
def test_its_scopes_cover_what_it_selects_and_are_asked_for(name):
    stated = documents.load(name).scopes
    assert stated <= expanded(scopes.SCOPES)
    uncovered = [
        (field, sorted(names)) for field, names in demanded(parse(source(name))) if not names & expanded(stated)
    ]
    assert not uncovered


@pytest.mark.parametrize("name", NAMES)
def test_no_scope_is_stated_that_nothing_in_it_needs(name):
    needed = [names for _field, names in demanded(parse(source(name)))]
    assert not [
        scope for scope in documents.load(name).scopes if not any(names & expanded([scope]) for names in needed)
    ]


def test_we_ask_for_no_scope_that_no_document_states():
    stated = frozenset().union(*(documents.load(name).scopes for name in NAMES))
    assert not scopes.missing(stated)


@pytest.mark.parametrize("name", NAMES)
def test_the_head_says_scopes(name):
    assert re.match(r"# scopes: ", source(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_loaded_as_what_it_is(name):
    document, tree = documents.load(name), parse(source(name))
    assert document.mutation is (operation(tree).operation.value == "mutation")
    assert document.operation == operation(tree).name.value
    assert document.keyed is ("@idempotent" in source(name))
    assert "#" not in document.text
    assert parse(document.text, no_location=True) == parse(source(name), no_location=True)
    assert documents.load(name) is document


def test_batches_are_read_from_the_head():
    assert documents.load("inventory_set_quantities").batch == 250
    assert documents.load("nodes__fulfillment_orders").batch == 100
    assert documents.load("connection").batch is None


def test_plain_user_errors_are_not_asked_for_a_code_and_typed_ones_are():
    """Plain UserError has no code (FACTS 13: asking for it fails the document); the typed ones tell more by it."""
    for name in NAMES:
        payload = schema().mutation_type.fields.get(
            operation(parse(source(name))).selection_set.selections[0].name.value
        )
        if payload is None:
            continue
        fields = get_named_type(payload.type).fields
        (asked,) = re.findall(r"^    (\w*[uU]serErrors) \{$", source(name), re.MULTILINE)
        errors = get_named_type(fields[asked].type)
        assert ("code" in errors.fields) is bool(re.search(r"^\s*code$", source(name), re.MULTILINE)), name


# ---- the checks themselves see what they are for --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("order", "query Q { order(id: 1) { nothing } }", "Cannot query field 'nothing'"),
        ("orders", "query Q { orders(first: 1) { nodes { totalPrice } } }", "deprecated"),
        ("orders", "query Q { order(id: 1) { id } }", "not the name of its root field"),
        ("order", "query Q { order(id: 1) { id } shop { id } }", "not the name of its root field"),
        (
            "inventory_activate",
            'mutation M { inventoryActivate(inventoryItemId: "1", locationId: "1") { inventoryLevel { id } } }',
            "@idempotent is missing",
        ),
    ],
)
def test_a_bad_document_is_seen(name, text, words):
    assert any(words in fault for fault in faults(name, text))


def test_a_demanded_scope_is_seen():
    assert ("Mutation.inventoryActivate", {"write_inventory"}) in demanded(parse(source("inventory_activate")))
    assert any(names == {"read_customers"} for _field, names in demanded(parse(source("nodes__orders"))))
