"""Access tokens by the client credentials grant: for an app of the same organization as the store, 24 hours each."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from . import exact, refusals, scopes, transport
from .endpoint import base_url
from .errors import InvalidDocument, OutcomeUnknown, ShopifyInternal, Unauthorized, Unreachable

_PATH = "/admin/oauth/access_token"


@dataclass(frozen=True)
class Grant:
    """A token with what it may do and how long. It prints without the token."""

    token: str = field(repr=False)
    scopes: frozenset[str]
    expires_at: datetime | None  # aware, UTC; None: for ever


def client_credentials(session, shop, client_id, client_secret, *, endpoint=None, guard=None, now=None) -> Grant:
    """Ask for a token. Asking again is harmless: earlier tokens live on. Not repeated here.

    :param session: from transport.new_session()
    :param endpoint: None, or a loopback address in place of Shopify
    :param now: callable giving the time in UTC, for tests
    :raise Unauthorized: wrong id or secret, the app is not installed, or the store is another organization's
    :raise ShopifyError: as client.Client.execute
    Source: SHOPIFY_API §3.1.
    """
    base = base_url(shop, endpoint)
    asked = now() if now else datetime.now(timezone.utc)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        reply = transport.post(session, base, _PATH, data=urlencode(form).encode(), headers=headers, guard=guard)
    except OutcomeUnknown as error:
        failure = Unreachable(error.message)
    else:
        return _grant(reply, asked)
    raise failure


def _grant(reply, asked: datetime) -> Grant:
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
        raise Unauthorized(
            "Shopify gives no access token: the client id or secret is wrong, the app is not installed in this store, "
            "or the store belongs to another organization than the app.",
            code=code,
            **known,
        )
    if refusal is not None:
        raise refusal
    token, seconds = body.get("access_token"), body.get("expires_in")
    if not (isinstance(token, str) and token):
        raise ShopifyInternal("Shopify's answer holds no access token.", **known)
    lasting = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return Grant(token, scopes.parse(body.get("scope")), asked + timedelta(seconds=seconds) if lasting else None)
