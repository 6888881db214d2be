"""Ways to a token: client credentials, and the authorization code with tokens of an hour and their refresh tokens.

The person who is asked agrees at once. (SHOPIFY_API 3)"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
QUARTER = timedelta(days=90)
_REFUSED = 400, {"error": "invalid_request", "error_description": "The code or token is not valid."}


@dataclass
class Refresh:
    """A refresh token. `before` is the one it came for, which lives until this one is used."""

    ends: datetime
    before: str | None = None


class Desk:
    """:param expiring: whether offline tokens live an hour, when asked so, or for ever"""

    def __init__(self, expiring=True):
        self.expiring = expiring
        self.codes, self.refreshes = set(), {}

    def clear(self):
        self.codes.clear()
        self.refreshes.clear()


def authorize(shop, query: dict) -> tuple:
    """The page on which a person agrees. :return: (HTTP status, address to go to, or None)"""
    back = query.get("redirect_uri", "")
    if query.get("client_id") != shop.client_id or urlsplit(back).scheme not in ("http", "https"):
        return 400, None
    code = secrets.token_hex(16)
    shop.desk.codes.add(code)
    given = {
        "code": code,
        "host": "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmU",
        "shop": shop.domain,
        "state": query.get("state", ""),
        "timestamp": str(int(time.time())),
    }
    return 302, f"{back}?{signed(shop, given)}"


def signed(shop, given: dict) -> str:
    """The query of a callback, with its signature."""
    message = urlencode(sorted(given.items()))
    signature = hmac.new(shop.client_secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode({**given, "hmac": signature})


def grant(shop, form: dict) -> tuple:
    """The token endpoint. :return: (HTTP status, answer)"""
    kind = form.get("grant_type") or ("code" if form.get("code") else None)
    if kind not in ("client_credentials", "code", "refresh_token"):
        return 400, {"error": "unsupported_grant_type", "error_description": "The grant type is not supported."}
    known = hmac.compare_digest(str(form.get("client_id")), shop.client_id)
    right = hmac.compare_digest(str(form.get("client_secret")), shop.client_secret)
    if not (known and right):
        return 401, {"error": "invalid_client", "error_description": "The client id or the client secret is wrong."}
    with shop.lock:
        if kind == "client_credentials":
            return 200, _token(shop, DAY)
        if kind == "code":
            if form["code"] not in shop.desk.codes:
                return _REFUSED
            shop.desk.codes.remove(form["code"])
            return 200, _pair(shop) if shop.desk.expiring and form.get("expiring") == "1" else _token(shop, None)
        return _renewed(shop, form.get("refresh_token"))


def _renewed(shop, old) -> tuple:
    found = shop.desk.refreshes.get(old)
    if found is None or found.ends <= shop.now():
        return _REFUSED
    if found.before:
        shop.desk.refreshes.pop(found.before, None)
        found.before = None
    return 200, _pair(shop, old)


def _pair(shop, before=None) -> dict:
    token = "shprt_" + secrets.token_hex(16)
    shop.desk.refreshes[token] = Refresh(shop.now() + QUARTER, before)
    return _token(shop, HOUR) | {
        "refresh_token": token,
        "refresh_token_expires_in": int(QUARTER.total_seconds()),
    }


def _token(shop, life) -> dict:
    token = "shpat_" + secrets.token_hex(16)
    # One that lives for ever ends after whoever runs this.
    shop.tokens[token] = shop.now() + (life or timedelta(days=36500))
    answer = {"access_token": token, "scope": ",".join(shop.scopes)}
    return answer | ({"expires_in": int(life.total_seconds()) - (life == DAY)} if life else {})
