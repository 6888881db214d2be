"""The ways to a token against a real HTTP server, and the scopes it brings."""

import hashlib
import hmac
import json
import traceback
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote_plus, urlencode

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


def test_a_missing_scope_costs_its_feature():
    granted = scopes.SCOPES - {"write_inventory", "read_customers", "write_customers"}
    assert scopes.lost(granted) == {
        "orders": ("read_customers",),
        "customers": ("write_customers",),
        "stock": ("write_inventory",),
    }
    assert scopes.lost(scopes.SCOPES) == {}
    assert set(scopes.ESSENTIAL) < set(scopes.FEATURES) == set(scopes.lost(""))


# ---- authorization code ---------------------------------------------------------------------------------------------


def back(secret=SECRET, **values):
    """A callback's query, signed as Shopify does."""
    given = {
        "code": "c0de",
        "host": "YWRtaW4=",
        "shop": SHOP,
        "state": "st&te",
        "timestamp": str(int(NOW.timestamp())),
        **values,
    }
    message = urlencode(sorted((name, value) for name, value in given.items() if value is not None))
    return message + "&hmac=" + hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def read(query, secrets=(SECRET,), state="st&te", now=NOW):
    return auth.read_callback(query, secrets, SHOP, state, now=lambda: now)


def test_a_person_is_sent_to_their_own_shop():
    url = auth.authorize_url(SHOP, "id&", "https://odoo.example/back", "st&te", wanted={"read_b", "read_a"})
    assert url.startswith(f"https://{SHOP}/admin/oauth/authorize?")
    assert parse_qs(url.split("?")[1]) == {
        "client_id": ["id&"],
        "scope": ["read_a,read_b"],
        "redirect_uri": ["https://odoo.example/back"],
        "state": ["st&te"],
    }
    with pytest.raises(ValueError):
        auth.authorize_url("evil.example", "id", "https://odoo.example/back", "s")


def test_a_signed_callback_gives_its_code():
    assert read(back()) == "c0de"
    assert read(back(later_added="é", empty="")) == "c0de"
    assert read(back("old"), [None, SECRET, "old"]) == "c0de"


def test_a_callback_signed_as_shopifys_python_library_checks_it_counts_too():
    query = back()
    plain = "&".join(sorted(unquote_plus(part) for part in query.split("&") if not part.startswith("hmac")))
    plain = plain.replace("state=st&te", "state=st%26te")
    signature = hmac.new(SECRET.encode(), plain.encode(), hashlib.sha256).hexdigest()
    assert read(query.split("&hmac=")[0] + "&hmac=" + signature) == "c0de"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "begun here"),
        (back(state="another"), "begun here"),
        (back(state=None), "begun here"),
        (back("wrong"), "signature"),
        (back() + "0", "signature"),
        (back().replace("c0de", "mine"), "signature"),
        (back() + "&more=1", "signature"),
        (back().replace("&hmac=", "&signature="), "signature"),
        (back() + "&code=mine", "twice"),
        (back(shop="other.myshopify.com"), "another shop"),
        (back(shop="my-shop.myshopify.com.evil.example"), "another shop"),
        (back(shop=None), "another shop"),
        (back(timestamp=None), "too old"),
        (back(timestamp="now"), "too old"),
        (back(timestamp=str(int(NOW.timestamp()) - 91)), "too old"),
        (back(timestamp=str(int(NOW.timestamp()) + 91)), "too old"),
        (back(code=""), "no code"),
        (back(padding="x" * 5000), "begun here"),
    ],
)
def test_a_callback_that_is_not_ours_is_refused(query, reason):
    with pytest.raises(auth.Refused, match=reason):
        read(query)


def test_nothing_is_signed_without_a_secret_and_no_state_matches_none():
    with pytest.raises(auth.Refused, match="signature"):
        read(back(""), ["", None])
    with pytest.raises(auth.Refused, match="begun here"):
        read(back(state=""), state="")


def test_ninety_seconds_of_skew_are_allowed():
    for seconds in (-90, 90):
        assert read(back(timestamp=str(int(NOW.timestamp()) + seconds))) == "c0de"


def known():
    return transport.new_session(), SHOP, "client-id", SECRET


def test_a_code_is_exchanged_for_a_pair(server):
    server.script = [granted(expires_in=3600, refresh_token="shprt_1", refresh_token_expires_in=7776000)]
    grant = auth.authorization_code(*known(), "c0de", endpoint=server.url, now=lambda: NOW)
    assert parse_qs(server.requests[0][2].decode()) == {
        "client_id": ["client-id"],
        "client_secret": [SECRET],
        "code": ["c0de"],
        "expiring": ["1"],
    }
    assert (grant.refresh_token, grant.refresh_expires_at) == ("shprt_1", NOW + timedelta(days=90))
    assert grant.expires_at == NOW + timedelta(hours=1)
    assert "shprt_1" not in repr(grant)


def test_a_code_is_sent_once(server):
    server.script = [hang_up]
    with pytest.raises(errors.Unreachable):
        auth.authorization_code(*known(), "c0de", endpoint=server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [hang_up, raw("", status=502)])
def test_a_lost_refresh_is_asked_for_again_with_the_same_token(server, lost):
    server.script = [lost, granted(refresh_token="shprt_2")]
    grant = auth.refresh(*known(), "shprt_1", endpoint=server.url)
    assert grant.refresh_token == "shprt_2"
    assert [parse_qs(body.decode())["refresh_token"] for _path, _headers, body in server.requests] == [["shprt_1"]] * 2


def test_a_refresh_token_that_is_over_is_not_asked_for_twice(server):
    server.script = [raw("{}", status=400)]
    with pytest.raises(errors.Unauthorized, match="connect the store again"):
        auth.refresh(*known(), "shprt_1", endpoint=server.url)
    assert len(server.requests) == 1


def test_a_refresh_that_is_lost_twice_is_left_to_the_caller(server):
    server.script = [hang_up]
    with pytest.raises(errors.Unreachable) as caught:
        auth.refresh(*known(), "shprt_1", endpoint=server.url)
    assert len(server.requests) == 2
    assert "shprt_1" not in repr(vars(caught.value)) and caught.value.__context__ is None
