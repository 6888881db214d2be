"""Which orders a workflow rule speaks of, and how risky an order is."""

import pytest

from commerce import order, risk, workflow

BODY = {
    "id": 1,
    "name": "#1001",
    "currency": "EUR",
    "total_price": "10.00",
    "financial_status": "paid",
    "payment_gateway_names": ["gift_card", "Cash on Delivery (COD)"],
    "tags": "Wholesale, spring  sale",
    "source_name": "pos",
    "shipping_address": {"country_code": "DE"},
    "line_items": [],
}


def facts(**changes):
    return workflow.facts(order.parse({**BODY, **changes}), risk="low")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"gateways": ["cash on delivery (cod)"]}, True),
        ({"gateways": ["paypal", "GIFT_CARD"]}, True),
        ({"gateways": ["paypal"]}, False),
        ({"statuses": ["paid"], "channels": ["pos"]}, True),
        ({"statuses": ["paid"], "channels": ["web"]}, False),
        ({"tags": ["SPRING SALE"]}, True),
        ({"tags": ["spring"]}, False),
    ],
)
def test_every_condition_must_hold_and_of_several_words_one(condition, holds):
    asked = {name: workflow.words(several) for name, several in condition.items()}
    assert workflow.Condition(**asked).holds(facts()) is holds


def test_what_speaks_against_an_order_is_told_by_name():
    asked = workflow.Condition(
        gateways=workflow.words(["paypal"]),
        statuses=workflow.words(["pending"]),
        tags=workflow.words(["wholesale"]),
        channels=workflow.words(["web"]),
        countries=frozenset(("AT",)),
        risk="high",
        on_account=True,
    )
    assert asked.missing(facts()) == ("statuses", "gateways", "channels", "countries", "on_account", "risk")
    assert not asked.holds(facts())
    assert workflow.Condition(tags=workflow.words(["wholesale"])).missing(facts()) == ()


def test_country_and_risk_are_conditions_too():
    assert workflow.Condition(countries=frozenset(("DE", "AT")), risk="low").holds(facts())
    assert not workflow.Condition(countries=frozenset(("AT",))).holds(facts())
    assert not workflow.Condition(risk="high").holds(facts())


def test_a_free_order_was_paid_with_nothing():
    free = facts(payment_gateway_names=[])
    assert workflow.Condition().holds(free)
    assert not workflow.Condition(gateways=workflow.words(["gift_card"])).holds(free)


def test_a_null_status_is_pending_and_one_that_is_not_carried_is_the_known_one():
    assert facts(financial_status=None).status == "pending"
    body = {key: value for key, value in BODY.items() if key != "financial_status"}
    assert workflow.facts(order.parse(body), status="authorized").status == "authorized"


def test_without_a_delivery_the_bill_says_the_country():
    assert facts(shipping_address=None, billing_address={"country_code": "us"}).country == "US"
    assert facts(shipping_address=None).country == ""


@pytest.mark.parametrize(
    ("terms", "later"),
    [(None, False), ("Net 30", True), ("Due on fulfillment", True), ("Fixed date", True), ("Due on  Receipt", False)],
)
def test_who_pays_later_has_an_account(terms, later):
    said = facts(payment_terms=terms and {"payment_terms_name": terms})
    assert workflow.Condition(on_account=True).holds(said) is later
    assert workflow.Condition().holds(said)


@pytest.mark.parametrize(
    ("recommendation", "levels", "level"),
    [
        ("CANCEL", [], "high"),
        ("ACCEPT", ["HIGH", "LOW"], "high"),
        ("INVESTIGATE", ["LOW"], "medium"),
        ("ACCEPT", [], "low"),
        ("NONE", ["PENDING", "NONE"], None),
    ],
)
def test_the_worst_voice_counts(recommendation, levels, level):
    node = {"recommendation": recommendation, "assessments": [{"riskLevel": word} for word in levels]}
    assert risk.of_node(node) == level


def test_a_provider_may_think_again():
    words = [(None, "high"), (7, "medium"), (None, "low")]
    bodies = [{"provider_id": provider, "risk_level": level} for provider, level in words]
    assert risk.of_messages(bodies) == "medium"
    assert risk.of_messages(bodies[:2]) == "high"
    assert risk.of_messages([]) is None
