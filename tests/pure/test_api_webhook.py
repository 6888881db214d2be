"""Reading a delivery: signature first, then shop, then body; and nothing that arrives can break the reader."""

import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_api import webhook

SECRET, PREVIOUS, SHOP = "current-secret", "previous-secret", "my-shop.myshopify.com"


def headers(body, secret=SECRET, **changed):
    values = {
        "X-Shopify-Hmac-Sha256": webhook.signature(secret, body),
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "X-Shopify-Triggered-At": "2026-10-05T14:00:01.123456789Z",
        "X-Shopify-Name": "orders",
    }
    for name, value in changed.items():
        key = "X-Shopify-" + name.replace("_", "-")
        if value is None:
            del values[key]
        else:
            values[key] = value
    return values


def read(body, *, secrets=(SECRET,), shop=SHOP, **changed):
    return webhook.read(headers(body, **changed), body, secrets, shop)


def rejected(status, body, **options):
    with pytest.raises(webhook.Rejected) as caught:
        read(body, **options).body  # noqa: B018
    assert caught.value.status == status
    return caught.value.reason


def test_the_signature_is_shopifys():
    # Computed with: printf '{"id":1}' | openssl dgst -sha256 -hmac secret -binary | base64
    assert webhook.signature("secret", b'{"id":1}') == "A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc="


def test_a_good_delivery_is_read():
    body = b'{"id": 866550311766439020, "total_price": "0.10", "rate": 0.1}'
    event = read(body)
    assert event.topic == "orders/create"
    assert event.shop == SHOP
    assert event.event_id == "98880550-7158-44d4-b7cd-2c97c8a091b5"
    assert event.webhook_id == "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
    assert event.api_version == "2026-10"
    assert event.name == "orders"
    assert event.triggered_at == datetime(2026, 10, 5, 14, 0, 1, 123456, tzinfo=timezone.utc)
    assert event.body == {"id": 866550311766439020, "total_price": "0.10", "rate": Decimal("0.1")}
    assert event.body["rate"] + Decimal("0.2") == Decimal("0.3")
    assert event.raw == body
    assert "total_price" not in repr(event)


def test_header_names_have_no_case():
    body = b"{}"
    for change in (str.lower, str.upper):
        event = webhook.read({change(k): v for k, v in headers(body).items()}, body, [SECRET], SHOP)
        assert event.event_id == "98880550-7158-44d4-b7cd-2c97c8a091b5"


def test_either_secret_may_have_signed():
    assert read(b"{}", secrets=(SECRET, PREVIOUS), secret=PREVIOUS).body == {}
    assert read(b"{}", secrets=(PREVIOUS, "", None, SECRET)).body == {}


@pytest.mark.parametrize("given_signature", [None, "", "x", "ä", "\udc80", webhook.signature("other", b"{}")])
def test_a_missing_or_wrong_signature_is_401(given_signature):
    rejected(401, b"{}", Hmac_Sha256=given_signature)


def test_the_signature_is_looked_at_first():
    rejected(401, b"not json", secret="other", Topic=None, Shop_Domain="evil.example")


def test_one_changed_byte_is_401():
    body = b'{"total_price": "10.00"}'
    with pytest.raises(webhook.Rejected) as caught:
        webhook.read(headers(body), body.replace(b"1", b"9"), [SECRET], SHOP)
    assert caught.value.status == 401


@pytest.mark.parametrize("secrets", [(), ("",), (None,)])
def test_a_store_without_a_secret_takes_nothing_not_even_what_is_signed_with_nothing(secrets):
    rejected(401, b"{}", secrets=secrets, secret="")


def test_a_delivery_for_another_shop_is_404():
    rejected(404, b"{}", Shop_Domain="other.myshopify.com")
    rejected(404, b"{}", Shop_Domain=None)
    assert read(b"{}", Shop_Domain="My-Shop.myshopify.com").shop == SHOP


def test_without_a_given_shop_any_real_one_is_taken():
    assert read(b"{}", shop=None, Shop_Domain="other.myshopify.com").shop == "other.myshopify.com"
    for named in (None, "", "evil.example", "other.myshopify.com.evil.example"):
        rejected(404, b"{}", shop=None, Shop_Domain=named)


@pytest.mark.parametrize(
    "topic", [None, "", "orders", "orders/", "orders create", "../x", "a/" + "b" * 300, "orders/\x00"]
)
def test_a_missing_or_impossible_topic_is_400(topic):
    rejected(400, b"{}", Topic=topic)


@pytest.mark.parametrize("topic", ["customer.tags_added", "fulfillment_orders/moved", "made_up/topic"])
def test_a_topic_that_may_exist_is_taken(topic):
    assert read(b"{}", Topic=topic).topic == topic


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'id': 1}",
        b"[]",
        b"[{}]",
        b"null",
        b"1",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e99999999999999999999}',
        b'{"a": 1e400}',
        b'{"a": 1} {"b": 2}',
        b"{}\x00",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"<order/>",
        b'{"a": ' + b"1" * 5000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_400(body):
    rejected(400, body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_is_nested_too_deeply_is_400(body):
    rejected(400, body)


def test_real_depths_are_taken():
    assert read(b'{"a":' * 90 + b"1" + b"}" * 90).body


@pytest.mark.parametrize("missing", ["Event_Id", "Webhook_Id", "API_Version", "Triggered_At", "Name"])
def test_an_optional_header_that_is_missing_is_unknown(missing):
    assert getattr(read(b"{}", **{missing: None}), missing.lower()) is None


def test_ids_can_be_stored_whatever_they_are():
    assert read(b"{}", Event_Id="a\x00b\udc80" + "c" * 300).event_id == "ab" + "c" * 253
    assert read(b"{}", Event_Id="  ").event_id is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-05T14:00:01Z", datetime(2026, 10, 5, 14, 0, 1, tzinfo=timezone.utc)),
        ("2026-10-05T14:00:01.5+02:00", datetime(2026, 10, 5, 12, 0, 1, 500000, tzinfo=timezone.utc)),
        ("2026-10-05T14:00:01.999999999-04:00", datetime(2026, 10, 5, 18, 0, 1, 999999, tzinfo=timezone.utc)),
        ("2026-10-05T14:00:01", None),
        ("2026-13-05T14:00:01Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-10-05T14:00:01+99:00", None),
        ("yesterday", None),
    ],
)
def test_the_moment_is_utc_or_unknown(text, moment):
    assert read(b"{}", Triggered_At=text).triggered_at == moment


def test_any_script_emoji_nul_and_lone_surrogates_are_read():
    body = '{"name": "Анна 山田 😀 e\u0301", "nul": "a\\u0000b", "lone": "\\ud83d", "pair": "\\ud83d\\ude00"}'.encode()
    assert read(body).body == {"name": "Анна 山田 😀 e\u0301", "nul": "a\x00b", "lone": "\ud83d", "pair": "😀"}


def test_large_integers_are_exact():
    assert read(b'{"id": ' + b"9" * 400 + b"}").body["id"] == 10**400 - 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(value=st.dictionaries(st.text(), json_values, max_size=6), ascii_only=st.booleans())
def test_every_json_object_arrives_as_it_was(value, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert read(body).body == value


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200), names=st.dictionaries(st.text(), st.text(), max_size=4))
def test_nothing_else_than_rejected_is_ever_raised(body, names):
    for given_headers in (names, {**headers(body), **names}):
        try:
            assert isinstance(webhook.read(given_headers, body, [SECRET], SHOP).body, dict)
        except webhook.Rejected as error:
            assert error.status in (400, 401, 404)
