"""Access tokens: by the client credentials grant (an app of the store's own organization, 24 hours each), or by the
authorization code grant (anybody's app: a person agrees in Shopify), whose tokens live an hour and are refreshed."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, unquote_plus, urlencode

from . import exact, refusals, scopes, transport
from .endpoint import base_url, shop_domain
from .errors import InvalidDocument, OutcomeUnknown, ShopifyInternal, Unauthorized, Unreachable

_PATH = "/admin/oauth/access_token"
# Seconds that a callback may be old, or ahead of our clock. Source: Shopify's own library (SHOPIFY_API §3.2).
SKEW = 90
_LONGEST_QUERY = 4096


@dataclass(frozen=True)
class Grant:
    """A token with what it may do and how long. It prints without the token."""

    token: str = field(repr=False)
    scopes: frozenset[str]
    expires_at: datetime | None  # aware, UTC; None: for ever
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None


class Refused(Exception):
    """A callback that Shopify did not send, or not now. `reason` says why, without quoting it."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def client_credentials(session, shop, client_id, client_secret, *, endpoint=None, guard=None, now=None) -> Grant:
    """Ask for a token. Asking again is harmless: earlier tokens live on. Not repeated here.

    :param session: from transport.new_session()
    :param endpoint: None, or a loopback address in place of Shopify
    :param now: callable giving the time in UTC, for tests
    :raise Unauthorized: wrong id or secret, the app is not installed, or the store is another organization's
    :raise ShopifyError: as client.Client.execute
    Source: SHOPIFY_API §3.1.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    return _ask(session, shop, form, _NO_CREDENTIALS, endpoint, guard, now)


def authorize_url(shop, client_id, redirect_uri, state, *, wanted=scopes.SCOPES, endpoint=None) -> str:
    """Where to send the person who shall agree; Shopify comes back to redirect_uri, which the app must have registered.

    :param state: comes back unchanged; whoever made it must know it again, once
    :param wanted: scope names
    Source: SHOPIFY_API §3.2.
    """
    query = {
        "client_id": client_id,
        "scope": ",".join(sorted(wanted)),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{base_url(shop, endpoint)}/admin/oauth/authorize?{urlencode(query)}"


def read_callback(query: str, secrets, shop: str, state: str, *, now=None) -> str:
    """The code in the query with which Shopify came back.

    :param query: as it came, undecoded; every parameter is signed, known or not
    :param secrets: client secrets, any of which may have signed: the current one and, in a rotation, the previous
    :param shop: the store that was asked, as my-shop.myshopify.com
    :param state: what was given to authorize_url
    :param now: callable giving the time in UTC, for tests
    :raise Refused: state, signature, shop or time is wrong, in this order
    """
    pairs = parse_qsl(query, keep_blank_values=True) if len(query) <= _LONGEST_QUERY else []
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refused("a parameter came twice")
    if not (state and hmac.compare_digest(given.get("state", "").encode(), state.encode())):
        raise Refused("it belongs to no connection begun here")
    if not _signed(query, given.get("hmac", ""), secrets):
        raise Refused("its signature is wrong")
    try:
        known = shop_domain(given.get("shop")) == shop
    except ValueError:
        known = False
    if not known:
        raise Refused("it is about another shop")
    stamp = given.get("timestamp", "")
    current = (now() if now else datetime.now(timezone.utc)).timestamp()
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(current - int(stamp)) > SKEW:
        raise Refused("it is too old, or a clock is wrong")
    if not given.get("code"):
        raise Refused("it holds no code")
    return given["code"]


def _signed(query: str, signature: str, secrets) -> bool:
    """Whether hmac is the hex HMAC-SHA256 of the other parameters, sorted, in one of the ways Shopify's libraries join them."""
    parts = [part for part in query.split("&") if part and part.split("=", 1)[0] not in ("hmac", "signature")]
    # As the query string has them; and decoded with only what would be ambiguous encoded (shopify_python_api).
    plain = [
        "=".join(
            piece.replace("%", "%25").replace("&", "%26").replace("=", "%3D" if index == 0 else "=")
            for index, piece in enumerate(map(unquote_plus, part.split("=", 1)))
        )
        for part in parts
    ]
    right = False
    for secret in filter(None, secrets):
        for message in ("&".join(sorted(parts)), "&".join(sorted(plain))):
            expected = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
            right |= hmac.compare_digest(expected.encode(), signature.encode())
    return right


def authorization_code(session, shop, client_id, client_secret, code, *, endpoint=None, guard=None, now=None) -> Grant:
    """Exchange the code of a callback, once, for an offline token of an hour and its refresh token.

    Where Shopify gives tokens that live for ever, expires_at and refresh_token are None.
    :raise Unauthorized: the code was used, is too old, or is not this app's
    :raise ShopifyError: as client.Client.execute; after Unreachable a person begins anew
    """
    form = {"client_id": client_id, "client_secret": client_secret, "code": code, "expiring": "1"}
    return _ask(
        session, shop, form, "Shopify does not accept the code: begin to connect once more.", endpoint, guard, now
    )


def refresh(session, shop, client_id, client_secret, refresh_token, *, endpoint=None, guard=None, now=None) -> Grant:
    """A new pair for a refresh token; store both at once.

    An answer that got lost is asked for once more with the old token, which counts until the new one is used (§3.3); so may
    the caller do later.
    :raise Unauthorized: the refresh token is over: a person connects again
    :raise ShopifyError: as client.Client.execute
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret,
        "refresh_token": refresh_token,
    }
    words = "Shopify no longer renews the access: connect the store again."
    lost = 0
    while True:
        try:
            return _ask(session, shop, form, words, endpoint, guard, now)
        except (Unreachable, ShopifyInternal):
            lost += 1
            if lost == 2:
                raise


_NO_CREDENTIALS = (
    "Shopify gives no access token: the client id or secret is wrong, the app is not installed in this store, "
    "or the store belongs to another organization than the app."
)


def _ask(session, shop, form: dict, words: str, endpoint, guard, now) -> Grant:
    """One request to the token endpoint.

    :param words: what a refusal means here
    """
    base = base_url(shop, endpoint)
    asked = now() if now else datetime.now(timezone.utc)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        reply = transport.post(session, base, _PATH, data=urlencode(form).encode(), headers=headers, guard=guard)
    except OutcomeUnknown as error:
        failure = Unreachable(error.message)
    else:
        return _grant(reply, asked, words)
    raise failure


def _grant(reply, asked: datetime, words: str) -> Grant:
    try:
        body = exact.loads(reply.body)
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    known = {"status": reply.status, "request_id": reply.request_id}
    refusal = refusals.of_status(reply, body)
    if isinstance(refusal, InvalidDocument | Unauthorized) or reply.status == 403:
        code = body.get("error")
        code = code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else None
        raise Unauthorized(words, code=code, **known)
    if refusal is not None:
        raise refusal
    token, renewing = body.get("access_token"), body.get("refresh_token")
    if not (isinstance(token, str) and token):
        raise ShopifyInternal("Shopify's answer holds no access token.", **known)
    return Grant(
        token,
        scopes.parse(body.get("scope")),
        _end(asked, body.get("expires_in")),
        renewing if isinstance(renewing, str) and renewing else None,
        _end(asked, body.get("refresh_token_expires_in")),
    )


def _end(asked: datetime, seconds) -> datetime | None:
    lasting = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return asked + timedelta(seconds=seconds) if lasting else None
