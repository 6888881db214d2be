"""Customers of their own, requests about their data, and the spellings of an e-mail address: any part may be missing."""

import pytest

from commerce import customer, customer_profile, order, privacy
from commerce.reading import Unreadable

BODY = {
    "id": 61,
    "email": "zoe@example.com",
    "first_name": "Zoë",
    "state": "enabled",
    "tax_exemptions": ["EU_REVERSE_CHARGE_EXEMPTION_RULE"],
    "updated_at": "2026-10-01T12:00:00+02:00",
    "email_marketing_consent": {"state": "not_subscribed"},
}


def test_what_is_said_is_read_and_what_is_not_is_unknown():
    one = customer_profile.parse(BODY)
    assert (one.id, one.email, one.account, one.email_marketing) == (
        "61",
        "zoe@example.com",
        "enabled",
        "not_subscribed",
    )
    assert (one.tags, one.sms_marketing, one.phone, one.billing) == (None, None, None, None)
    assert one.tax_exemptions == ("EU_REVERSE_CHARGE_EXEMPTION_RULE",)
    assert one.updated_at.isoformat() == "2026-10-01T10:00:00"
    assert "phone" not in one.carried


@pytest.mark.parametrize(
    ("given", "tags"), [("", ()), ("VIP, Press ,VIP", ("VIP", "Press")), (["a", None, " b "], ("a", "b"))]
)
def test_tags_come_as_text_or_as_a_list(given, tags):
    assert customer_profile.parse({**BODY, "tags": given}).tags == tags


def test_the_global_id_goes_before_a_number_that_lost_digits():
    body = {"id": 706405506930370000, "admin_graphql_api_id": "gid://shopify/Customer/706405506930370084"}
    assert customer_profile.parse(body).id == "706405506930370084"


@pytest.mark.parametrize("body", [None, [], {}, {"id": None}, {"id": True}, {**BODY, "updated_at": "yesterday"}])
def test_a_body_without_a_safe_reading_is_refused(body):
    with pytest.raises(Unreadable):
        customer_profile.parse(body)


def test_a_state_shopify_invents_later_is_unknown():
    one = customer_profile.parse({**BODY, "state": "frozen", "email_marketing_consent": {"state": "maybe"}})
    assert (one.account, one.email_marketing) == (None, None)


def test_a_merge_names_both_and_whether_it_came_about():
    body = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/62",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/61",
    }
    assert customer_profile.merge(body) == customer_profile.Merge("62", "61", True)
    assert not customer_profile.merge({**body, "status": "failed"}).done
    assert not customer_profile.merge({**body, "errors": [{"message": "gift card"}]}).done
    with pytest.raises(Unreadable):
        customer_profile.merge({"admin_graphql_api_customer_kept_id": "gid://shopify/Customer/62"})


@pytest.mark.parametrize(
    ("email", "spellings"),
    [
        (None, ()),
        ("nobody", ()),
        ("@example.com", ()),
        ("a b@example.com", ("ab@example.com",)),
        ("info@müller.example", ("info@xn--mller-kva.example", "info@müller.example")),
        ("info@xn--mller-kva.example", ("info@xn--mller-kva.example", "info@müller.example")),
        ("x@" + "a" * 70 + ".example", ("x@" + "a" * 70 + ".example",)),
    ],
)
def test_spellings_of_an_email_address(email, spellings):
    assert customer.email_spellings(email) == spellings


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (None, (None, None)),
        ("Cher", (None, "Cher")),
        (" Zoë  Kern ", ("Zoë", "Kern")),
        ("Ana María de la Cruz", ("Ana María de la", "Cruz")),
    ],
)
def test_one_name_is_split_into_two(name, parts):
    assert customer.split_name(name) == parts


def test_a_request_is_read():
    body = {"customer": {"id": 61, "email": "zoe@example.com"}, "orders_requested": [7], "data_request": {"id": 9}}
    asked = privacy.parse("customers/data_request", body)
    assert (asked.kind, asked.customer_id, asked.orders, asked.number) == ("data_request", "61", ("7",), "9")
    assert privacy.parse("shop/redact", {"shop_id": 1}).kind == "shop_redact"


@pytest.mark.parametrize("body", [None, {}, {"customer": {}}, {"customer": []}, {"customer": {"id": {}}}])
def test_a_request_that_names_nobody_is_refused(body):
    with pytest.raises(Unreadable):
        privacy.parse("customers/redact", body)


def test_an_email_is_masked():
    assert (privacy.masked("zoe@example.com"), privacy.masked(None), privacy.masked("x")) == (
        "z…@example.com",
        None,
        None,
    )


def test_an_order_of_a_company_is_one_whichever_way_it_came():
    body = order.parse({"id": 1, "company": {"id": 77, "location_id": 78}})
    buyer = {"company": {"id": "gid://shopify/Company/77"}, "location": {"id": "gid://shopify/CompanyLocation/78"}}
    node = order.parse_node({"id": "gid://shopify/Order/1", "purchasingEntity": buyer})
    for one in (body, node):
        assert (one.company_id, one.company_location_id) == ("77", "78")
    private = order.parse_node({"id": "gid://shopify/Order/1", "purchasingEntity": {}})
    assert (private.company_id, private.company_location_id) == (None, None)
    assert "company_id" in private.carried and "company_id" not in order.parse({"id": 1}).carried
