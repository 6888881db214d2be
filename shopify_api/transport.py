"""One HTTP request with time-outs, bounds and no redirects; what came back, or which kind of nothing."""

import ssl
import time
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from . import endpoint
from .errors import OutcomeUnknown, ShopifyError, Unreachable

# Seconds to connect, and of silence while an answer is awaited.
TIMEOUT = (5, 30)
# Seconds for a whole answer: a server that drips bytes keeps no runner.
LONGEST = 60
# The largest answers we ask for are pages of some hundred orders, of a few hundred kB.
LARGEST = 32 * 1024 * 1024
USER_AGENT = "shopify_sync (Odoo)"
_LEAST = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, read whole. Header names are case-insensitive."""

    status: int
    headers: requests.structures.CaseInsensitiveDict
    body: bytes

    @property
    def request_id(self) -> str | None:
        return self.headers.get("X-Request-Id")


class _Adapter(HTTPAdapter):
    """Sets the time-outs here, below Session.send: Odoo's tests patch that one and cannot take a pair of numbers."""

    def __init__(self, *args, limits=None, **options):
        self._limits = limits
        super().__init__(*args, **options)

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        return super().send(
            request, stream=stream, timeout=self._limits or TIMEOUT, verify=verify, cert=cert, proxies=proxies
        )


def new_session(limits=None) -> requests.Session:
    """A session for one store: pooled connections, time-outs, no cookies, no credentials from ~/.netrc, no retries.

    :param limits: other seconds than TIMEOUT to connect, and of silence
    Retries are the client's, which knows what may be repeated.
    """
    session = requests.Session()
    adapter = _Adapter(pool_connections=2, pool_maxsize=8, max_retries=0, limits=limits)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = USER_AGENT
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = lambda request: request
    return session


def post(session, base: str, path: str, *, data: bytes, headers: dict, guard=None, clock=time.monotonic) -> Reply:
    """POST to a base URL that `endpoint.base_url` gave. Redirects are not followed: the reply then has a 3xx status.

    :param guard: called first; what it raises passes through, and nothing was sent
    :raise Unreachable: no connection came about, nothing was sent
    :raise OutcomeUnknown: the request went out, wholly or in part, and no complete answer came back
    """
    if guard is not None:
        guard()
    # A proxy of the environment is for the world outside; no word meant for this machine passes through it.
    proxies = {"http": None, "https": None, "all": None} if endpoint.is_loopback(base) else None
    try:
        response = session.post(
            base + path, data=data, headers=headers, stream=True, allow_redirects=False, proxies=proxies
        )
        with response:
            return Reply(response.status_code, response.headers, _read(response, clock))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        failure = _failure(error)
    except _Unbounded as error:
        failure = OutcomeUnknown(str(error))
    # Raised outside the handler: requests' errors hold the request, and with it the token.
    raise failure


class _Unbounded(Exception):
    """An answer that does not end, or not in time."""


def _read(response, clock) -> bytes:
    end = clock() + LONGEST
    parts, size = [], 0
    for part in response.iter_content(_LEAST):
        size += len(part)
        if size > LARGEST:
            raise _Unbounded(f"Shopify's answer is larger than {LARGEST // 1024 // 1024} MB.")
        if clock() > end:
            raise _Unbounded(f"Shopify's answer took longer than {LONGEST} seconds.")
        parts.append(part)
    return b"".join(parts)


def _failure(error: Exception) -> ShopifyError:
    """Ours for one of requests': its own text names the URL, so only its kind is told."""
    first = error.args[0] if error.args else None
    reason = getattr(first, "reason", None) or first
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Unreachable("The name of Shopify's server was not found.")
    if isinstance(error, requests.ConnectTimeout):
        return Unreachable(f"Shopify did not take the connection within {TIMEOUT[0]} seconds.")
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable("The proxy did not open a connection to Shopify.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable("No connection to Shopify.")
    if isinstance(error, requests.exceptions.SSLError) and _certificate(reason):
        return Unreachable("The server's certificate is not valid for Shopify; nothing was sent.")
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return OutcomeUnknown(f"Shopify did not answer within {TIMEOUT[1]} seconds.")
    if isinstance(error, requests.exceptions.InvalidHeader | requests.exceptions.InvalidURL):
        return Unreachable("The request could not be made; nothing was sent.")
    return OutcomeUnknown(f"The connection to Shopify broke before a complete answer ({type(error).__name__}).")


def _certificate(reason) -> bool:
    cause = reason.args[0] if getattr(reason, "args", None) else reason
    return isinstance(cause, ssl.SSLCertVerificationError) or isinstance(reason, ssl.SSLCertVerificationError)
