"""Every order body of the shared collection, in both moneys: which come out to the cent, and why the others do not.

The bodies are no part of the project. They are looked for where SHOPIFY_PAYLOADS says, else in ../shared/payloads
beside the repository.
"""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from commerce.order import Unreadable, charges, parse, parse_node

FOLDER = Path(os.environ.get("SHOPIFY_PAYLOADS") or Path(__file__).resolve().parents[3] / "shared" / "payloads")
TOPICS = ("orders_create", "orders_updated", "orders_cancelled")

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"No recorded bodies at {FOLDER}; SHOPIFY_PAYLOADS names the folder."
)

# (total difference, tax difference) of the bodies that cannot come out, with the reason.
INCONSISTENT = {
    # Abbreviated by the repository that kept it: its total has 9.28 of shipping, its shipping lines are gone.
    "orders_create/cad-automatic-discount-trimmed.json": ("9.28", "0"),
    # Documentation sample, edited: three lines of 199.00, a subtotal of 398.00 and a tax that is on no line.
    "orders_updated/usd-doc-sample-2017-edited.json": ("-187.06", "11.94"),
}
# Bodies that come out by a reading which `note` tells, because they are unusual.
NOTED = {
    # Shopify's test notifications: a discount of 20.00 in the totals and on no line.
    "orders_cancelled/sample-notification-2026-04.json": "names no line and was spread by amount.",
    "orders_cancelled/usd-sample-notification-2021-voided.json": "names no line and was spread by amount.",
    # One of two units was refunded before it shipped: the line shrinks.
    "orders_updated/usd-hst-partial-refund-2018.json": "1 of 2 were removed before shipping.",
}
# Answers to queries that did not ask for what a total needs.
NODES_WITHOUT_TOTALS = {
    "order-capture-validation-08a0.json": "currency",
    "order-capture-validation-447b.json": "currency",
    "order-capture-validation-6104.json": "currency",
    "order-capture-validation-9e19.json": "currency",
    "order-create-line-item-fields-75ee.json": "total in USD",
    "order-edit-existing-order-happy-path-99c8.json": "currency",
    "order-payment-transaction-cold-hydration-16c6.json": "currency",
    "ordercancel-restock-refundmethod-parity-e040.json": "total in CAD",
}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def bodies():
    return {f"{topic}/{path.name}": read(path) for topic in TOPICS for path in sorted((FOLDER / topic).glob("*.json"))}


def nodes(value):
    """Every Order node in an answer."""
    if isinstance(value, dict):
        if str(value.get("id", "")).startswith("gid://shopify/Order/"):
            yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from nodes(item)


@pytest.mark.parametrize("money", ["shop", "presentment"])
def test_every_webhook_body_comes_out_but_the_inconsistent_ones(money):
    found = bodies()
    assert len(found) >= 46
    off = {}
    for name, body in found.items():
        result = charges(parse(body), money)
        if result.difference or result.tax_difference:
            off[name] = (result.difference, result.tax_difference)
    assert off == {name: tuple(map(Decimal, sums)) for name, sums in INCONSISTENT.items()}


def test_the_total_is_shopifys_own_but_where_units_were_removed():
    shrunk = {}
    for name, body in bodies().items():
        total = charges(parse(body), "shop").total
        if total != Decimal(body["total_price"]):
            shrunk[name] = total
    assert shrunk == {"orders_updated/usd-hst-partial-refund-2018.json": Decimal("232.87")}


def test_presentment_money_is_shopifys_own_too():
    body = bodies()["orders_create/aud-shop-usd-presentment-multi-currency.json"]
    result = charges(parse(body), "presentment")
    assert result.currency == "USD" != body["currency"]
    assert result.total == Decimal(body["total_price_set"]["presentment_money"]["amount"])


def test_unusual_readings_are_told():
    notes = {name: charges(parse(body), "shop").note for name, body in bodies().items()}
    # A body that lacks the tax total has no taxes either; that note is beside the point here.
    noted = {name: note for name, note in notes.items() if note and "tax total" not in note}
    assert set(noted) == set(NOTED)
    assert all(note.endswith(NOTED[name]) for name, note in noted.items())


def test_every_line_is_price_times_quantity_less_discount():
    for name, body in bodies().items():
        order = parse(body)
        for entry in charges(order, "shop").lines:
            convention = entry.gross if order.taxes_included else entry.net
            assert entry.list_price * entry.quantity - entry.discount == convention, name


def test_graphql_nodes_come_out_or_say_what_is_missing():
    refused, compared = {}, 0
    for path in sorted((FOLDER / "graphql_orders").glob("*.json")):
        for node in nodes(read(path)):
            order = parse_node(node)
            try:
                result = charges(order, "shop")
            except Unreadable as error:
                refused[path.name] = str(error)
                continue
            compared += 1
            assert (result.difference, result.tax_difference) == (0, 0), path.name
    assert set(refused) == set(NODES_WITHOUT_TOTALS)
    assert all(words in refused[name] for name, words in NODES_WITHOUT_TOTALS.items())
    assert compared >= 8


def test_every_json_body_of_the_collection_is_read_or_refused_in_words():
    for path in sorted(FOLDER.rglob("*.json")):
        for reader in (parse, parse_node):
            try:
                reader(read(path))
            except Unreadable as error:
                assert str(error).endswith("."), path
