"""Files beside the API: results of bulk operations are fetched, and input of mutations is put, where Shopify's answers say.

Over https, without the token, never to an address of this or a neighboring network, bounded, and line by line: a result of a
million rows fits into no memory. (SHOPIFY_API §11, FACTS 126)
"""

import ipaddress
import json
import re
import socket
import time
from contextlib import suppress
from decimal import Decimal
from urllib.parse import urlsplit

import requests
import urllib3

from . import endpoint, exact
from .errors import InvalidDocument, NotFound, ShopifyError, ShopifyInternal, Unreachable

# The longest line: one row of a result holds one object without its children.
LONGEST_LINE = 32 * 1024 * 1024
# A whole result, uncompressed, and the seconds that one may take.
LARGEST = 4 * 1024**3
LONGEST = 1800
# Source: SHOPIFY_API §11: input of a bulk mutation.
LARGEST_UPLOAD = 100 * 1024 * 1024
_PART = 256 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Misdirected(ShopifyError):
    """A URL that Shopify would not give us: nothing was sent there."""


def check_url(url, override: str | None = None, resolve=socket.getaddrinfo) -> str:
    """The URL, when a file may be fetched from or put there.

    :param override: the store's loopback address in place of Shopify: what lies below it is allowed too
    :param resolve: as socket.getaddrinfo, for tests
    :raise Misdirected: not https, another port, credentials in it, or a name that means a private address
    :raise Unreachable: the name was not found

    The name is resolved once more when the connection is made. Should it mean something else by then, no server of a private
    network has a certificate for it.
    """
    if not isinstance(url, str) or not re.fullmatch(r"[\x21-\x7e]{1,8192}", url) or "\\" in url:
        raise Misdirected("Shopify gave no usable address for a file.")
    if override and endpoint.is_loopback(override) and url.startswith(override.rstrip("/") + "/"):
        return url
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Misdirected("Shopify gave no usable address for a file.") from None
    if parts.scheme != "https" or not host or port not in (None, 443) or "@" in parts.netloc:
        raise Misdirected("A file's address must be https, on its own port, without a user name.")
    for address in _addresses(host, resolve):
        if not _is_public(address):
            raise Misdirected("A file's address leads into a private network.")
    return url


def rows(session, url, *, override=None, guard=None, largest=LARGEST, longest=LONGEST, clock=time.monotonic):
    """The lines of a result file, each as its JSON value; fractions are Decimal.

    A child has the id of its parent in `__parentId`, which may be far above it (groupObjects is false).

    :param session: from transport.new_session(); it adds no token
    :param url: from the operation's answer; None, as a result without rows has, gives nothing
    :param override, guard: as for the store's client
    :raise Misdirected: see check_url
    :raise NotFound: the file is gone, it is kept for seven days: run the operation again
    :raise ShopifyInternal: not JSON lines, or larger than what we take
    :raise Unreachable: no connection, or it broke: rows were given already, begin again
    """
    if url is None:
        return
    for line in _lines(_body(session, check_url(url, override), override, guard, largest, longest, clock)):
        try:
            value = exact.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ShopifyInternal("A line of Shopify's result file is not a JSON object.")
        yield value


def upload(session, target: dict, content: bytes, *, override=None, guard=None, name="bulk.jsonl") -> None:
    """Put a file where stagedUploadsCreate says. Repeating it is harmless: the same key is written again.

    :param target: {'url', 'parameters': [{'name', 'value'}]} of its answer; all parameters go before the file
    :raise ValueError: larger than 100 MB
    :raise Misdirected: see check_url
    :raise InvalidDocument: the storage refuses it
    :raise Unreachable, ShopifyInternal: try again
    """
    if len(content) > LARGEST_UPLOAD:
        raise ValueError("A file for a bulk operation may have 100 MB.")
    url = check_url(target.get("url"), override)
    fields = [(one["name"], (None, one["value"])) for one in target.get("parameters") or ()]
    fields.append(("file", (name, content, "text/jsonl")))
    if guard is not None:
        guard()
    failure = None
    try:
        with session.post(url, files=fields, stream=True, allow_redirects=False, proxies=_proxies(url)) as response:
            status = response.status_code
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        failure = _broken(error)
    if failure is not None:
        raise failure
    _refuse(status)


def jsonl(values) -> bytes:
    """The input of a bulk mutation: one object of variables a line.

    :raise TypeError, ValueError: a value is no JSON
    """
    return b"".join(json.dumps(value, default=_jsonable, allow_nan=False).encode() + b"\n" for value in values)


def _jsonable(value):
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    raise TypeError(f"A variable of type {type(value).__name__} is no JSON.")


def _addresses(host, resolve):
    with suppress(ValueError):
        return [ipaddress.ip_address(host)]
    try:
        found = {info[4][0].partition("%")[0] for info in resolve(host, 443, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        found = set()
    if not found:
        raise Unreachable("The name of a file's server was not found.")
    return [ipaddress.ip_address(address) for address in found]


def _is_public(address) -> bool:
    if address.version == 6:
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    return address.is_global and not address.is_multicast


def _body(session, url, override, guard, largest, longest, clock):
    """The bytes of a file, in parts."""
    if guard is not None:
        guard()
    end, size, failure = clock() + longest, 0, None
    try:
        with session.get(url, stream=True, allow_redirects=False, proxies=_proxies(url)) as response:
            _refuse(response.status_code)
            for part in response.iter_content(_PART):
                size += len(part)
                if size > largest:
                    raise ShopifyInternal("Shopify's result file is larger than what is taken.")
                if clock() > end:
                    raise Unreachable("Shopify's result file took too long.")
                yield part
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        failure = _broken(error)
    if failure is not None:
        raise failure  # outside the handler: the error of requests holds the signed address


def _lines(parts):
    kept = []
    length = 0
    for part in parts:
        *whole, rest = part.split(b"\n")
        for line in whole:
            line = b"".join((*kept, line))
            kept, length = [], 0
            if line.strip():
                yield line
        kept.append(rest)
        length += len(rest)
        if length > LONGEST_LINE:
            raise ShopifyInternal("A line of Shopify's result file does not end.")
    if b"".join(kept).strip():
        raise Unreachable("Shopify's result file ends in the middle of a line.")


def _proxies(url):
    # A proxy of the environment is for the world outside.
    parts = urlsplit(url)
    loopback = endpoint.is_loopback(f"{parts.scheme}://{parts.netloc}")
    return {"http": None, "https": None, "all": None} if loopback else None


def _refuse(status: int):
    if 200 <= status < 300:
        return
    if status in (403, 404, 410):
        raise NotFound("The file is gone, or its address is too old.", status=status)
    if status >= 500 or status in (408, 429):
        raise ShopifyInternal("The storage that Shopify uses failed.", status=status)
    raise InvalidDocument("The storage that Shopify uses does not accept the request.", status=status)


def _broken(error: Exception) -> ShopifyError:
    return Unreachable(f"The connection to the storage that Shopify uses broke ({type(error).__name__}).")
