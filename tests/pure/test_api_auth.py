"""The client credentials grant against a real HTTP server, and the scopes it brings."""

import json
import traceback
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

import pytest
from loopback import SHOP, Loopback, hang_up, raw

from shopify_api import auth, errors, scopes, transport

SECRET = "secret&with=signs"
NOW = datetime(2026, 10, 5, 12, tzinfo=timezone.utc)


@pytest.fixture
def server():
    loopback = Loopback()
    yield loopback
    loopback.close()


def ask(server, **options):
    values = {"endpoint": server.url, "now": lambda: NOW, **options}
    return auth.client_credentials(transport.new_session(), SHOP, "client-id", SECRET, **values)


def granted(**body):
    return raw(
        json.dumps({"access_token": "shpat_1", "scope": "read_orders,write_products", "expires_in": 86399, **body})
    )


def test_a_grant_has_token_scopes_and_end(server):
    server.script = [granted()]
    grant = ask(server)
    path, headers, body = server.requests[0]
    assert path == "/admin/oauth/access_token"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-id"],
        "client_secret": [SECRET],
    }
    assert grant.token == "shpat_1"
    assert grant.scopes == {"read_orders", "write_products"}
    assert grant.expires_at == NOW + timedelta(seconds=86399)
    assert "shpat_1" not in repr(grant)


@pytest.mark.parametrize("seconds", [None, "86399", 0, -5, True, 10**12])
def test_a_token_whose_life_is_not_told_has_no_end(server, seconds):
    server.script = [granted(expires_in=seconds)]
    assert ask(server).expires_at is None


def test_now_is_utc_when_no_clock_is_given(server):
    server.script = [granted(expires_in=60)]
    left = ask(server, now=None).expires_at - datetime.now(timezone.utc)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        (
            raw(json.dumps({"error": "invalid_client", "error_description": SECRET}), status=400),
            errors.Unauthorized,
            "invalid_client",
        ),
        (raw(json.dumps({"error": f"no word {SECRET}"}), status=401), errors.Unauthorized, None),
        (raw("<html>app_not_installed", status=400), errors.Unauthorized, None),
        (raw("", status=403), errors.Unauthorized, None),
        (raw("", status=302, headers={"Location": "http://127.0.0.1:1/"}), errors.NotFound, None),
        (raw("", status=402), errors.PaymentRequired, None),
        (raw("", status=404), errors.NotFound, None),
        (raw("", status=423), errors.Locked, None),
        (raw("", status=429), errors.Throttled, None),
        (raw("", status=502), errors.ShopifyInternal, None),
        (raw("no JSON"), errors.ShopifyInternal, None),
        (raw("[]"), errors.ShopifyInternal, None),
        (granted(access_token=""), errors.ShopifyInternal, None),
        (granted(access_token=5), errors.ShopifyInternal, None),
        (hang_up, errors.Unreachable, None),
    ],
)
def test_a_refusal_has_its_error_which_does_not_tell_the_secret(server, step, kind, code):
    server.script = [step]
    with pytest.raises(errors.ShopifyError) as caught:
        ask(server)
    error = caught.value
    assert type(error) is kind
    assert error.code == code
    assert SECRET not in "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert error.__context__ is None
    assert len(server.requests) == 1


def test_the_secret_goes_nowhere_else(server):
    server.script = [granted()]
    for endpoint in ("http://10.0.0.1:80", "https://evil.example"):
        with pytest.raises(ValueError):
            ask(server, endpoint=endpoint)
    with pytest.raises(ValueError):
        auth.client_credentials(transport.new_session(), "evil.example", "id", SECRET, endpoint=server.url)
    assert not server.requests


def test_the_guard_forbids(server):
    class Forbidden(Exception):
        pass

    def forbid():
        raise Forbidden

    with pytest.raises(Forbidden):
        ask(server, guard=forbid)
    assert not server.requests


# ---- scopes ---------------------------------------------------------------------------------------------------------


def test_nothing_is_missing_of_all():
    assert scopes.missing(scopes.SCOPES) == frozenset()
    assert scopes.missing(",".join(scopes.SCOPES)) == frozenset()


def test_everything_is_missing_of_nothing():
    for nothing in ("", None, (), " , "):
        assert scopes.missing(nothing) == scopes.SCOPES


def test_write_covers_read_and_read_not_write():
    assert scopes.missing("write_orders", {"read_orders", "write_orders"}) == frozenset()
    assert scopes.missing("read_orders", {"read_orders", "write_orders"}) == {"write_orders"}
    assert scopes.missing("write_orders", {"read_all_orders"}) == {"read_all_orders"}


def test_scopes_of_other_families_and_nonsense_cover_nothing_and_break_nothing():
    assert scopes.missing(["customer_read_orders", "unauthenticated_read_orders", "x", 5, None], {"read_orders"}) == {
        "read_orders"
    }
