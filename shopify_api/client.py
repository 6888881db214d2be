"""One store's GraphQL client: sends a document, waits and retries where that is safe, tells what Shopify said."""

import json
import random
import re
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from shopify.api_version import ApiVersion

from . import VERSION, documents, exact, refusals, transport
from .endpoint import base_url
from .errors import (
    OutcomeUnknown,
    Problem,
    ReadOnly,
    ShopifyError,
    ShopifyInternal,
    Throttled,
    Unauthorized,
    Unreachable,
    problems,
)
from .throttle import Bucket, Cost, read_cost

# Seconds that one call may spend waiting and repeating; then its job waits instead, and the runner serves others.
PATIENCE = 15.0
# So often is a request sent at most: when Shopify fails, and when it says that it was too much.
ATTEMPTS = 4
THROTTLED_ATTEMPTS = 8


@dataclass(frozen=True)
class UserError:
    """Shopify's refusal of a part of the input. `field` is the path into it, with indexes as text; may be empty."""

    field: tuple[str, ...]
    message: str
    code: str | None = None


@dataclass(frozen=True)
class SearchWarning:
    """A term of a search that Shopify ignored or read otherwise than it was meant."""

    field: str
    message: str
    code: str | None = None


@dataclass(frozen=True)
class Answer:
    """What Shopify answered.

    :param data: by root field (or alias); fractions are Decimal
    :param errors: top-level errors beside usable data, such as ACCESS_DENIED for one field: that field is null
    :param cost: points; None when the answer had none
    :param request_id: Shopify's X-Request-Id, "" when there was none
    :param version: the API version that answered; another than asked for means that ours was retired
    :param warnings: parts of a search query that were not understood, and so did not filter
    :param clock: Shopify's time when it answered, to the second, in UTC; None when it did not say
    """

    data: dict
    errors: tuple[Problem, ...]
    cost: Cost | None
    request_id: str
    version: str
    warnings: tuple[SearchWarning, ...]
    clock: datetime | None = None

    def user_errors(self, root: str) -> tuple[UserError, ...]:
        """The errors in the payload of a mutation, typed lists (orderCancelUserErrors) included.

        They can come with the object (FACTS 15), and usually mean that nothing was applied.
        :raise KeyError: the document has no such root field
        """
        payload = self.data[root]
        if not isinstance(payload, dict):
            return ()
        return tuple(
            UserError(tuple(map(str, error.get("field") or ())), error.get("message") or "", error.get("code"))
            for key, errors in payload.items()
            if key == "userErrors" or key.endswith("UserErrors")
            for error in errors or ()
        )


class Client:
    """Speaks to one shop.

    :param shop: domain, such as my-shop.myshopify.com
    :param token: callable(renew: bool) -> str; called with renew=True once when Shopify refuses the token
    :param endpoint: None, or a loopback address in place of Shopify
    :param session: from transport.new_session(); shared by the clients of one store, never by two stores
    :param throttle: Bucket of the store; kept over several clients it stays informed
    :param guard: called before every HTTP request, may raise to forbid it
    :param other_version: called with the version that answered, when it is another than asked for: ours was retired
    :param read_only: refuse whatever changes something in Shopify, whoever wants it
    :param sleep, clock: seconds, for tests
    :raise ValueError: shop, endpoint or version is none
    """

    def __init__(
        self,
        shop,
        *,
        token,
        endpoint=None,
        session=None,
        throttle=None,
        guard=None,
        version=VERSION,
        other_version=None,
        read_only=False,
        sleep=time.sleep,
        clock=time.monotonic,
    ):
        self._base = base_url(shop, endpoint)
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}|unstable", version):
            raise ValueError("An API version looks like 2026-10.")
        self.shop = shop
        self.version = version
        self.throttle = throttle or Bucket(clock)
        self._path = ApiVersion.coerce_to_version(version).api_path("") + "/graphql.json"
        self._token = token
        self._session = session or transport.new_session()
        self._guard = guard
        self._other_version = other_version
        self._read_only = read_only
        self._sleep = sleep
        self._clock = clock

    def execute(self, document: str, variables: dict | None = None) -> Answer:
        """Send a document, by its name in documents/.

        Waits before sending until the bucket holds what the document cost last time. A throttled request is repeated,
        since it was not applied; a failed one only if it is a query. All of that within about 15 seconds.

        :raise ShopifyError: the subclasses say what to do; userErrors are no error here, see Answer.user_errors
        :raise ReadOnly: the document would change something, and this client only reads
        :raise LookupError: no such document
        :raise TypeError, ValueError: the variables are no JSON
        """
        loaded = documents.load(document)
        if self._read_only and loaded.changes:
            raise ReadOnly(f"{loaded.operation} would change something in Shopify, and this store is read-only.")
        call = _Call(self, loaded, variables or {})
        while True:
            call.wait_for_points()
            try:
                return call.send()
            except _Again as again:
                failure, seconds = again.failure, again.seconds
            call.wait(seconds, failure)

    def close(self):
        """Let the pooled connections go."""
        self._session.close()


class _Again(Exception):
    """The attempt failed and may be repeated after `seconds` (None: by the call's own back-off)."""

    def __init__(self, failure: ShopifyError, seconds: float | None = None):
        super().__init__()
        self.failure, self.seconds = failure, seconds


class _Call:
    """One execute(): its patience, its attempts, its token."""

    def __init__(self, client: Client, document: documents.Document, variables: dict):
        self.client, self.document, self.variables = client, document, variables
        payload = {"query": document.text, "variables": variables, "operationName": document.operation}
        self.body = json.dumps(payload, default=_jsonable, allow_nan=False).encode()
        self.cost = client.throttle.expected(document.name)
        self.started = client._clock()
        self.slept = 0.0
        self.attempts = 0
        self.renewed = False
        self.unspoken = [variables]  # What no message may quote.

    def wait_for_points(self):
        seconds = self.client.throttle.take(self.cost, PATIENCE - self.spent(), self.sleep)
        if seconds:
            message = f"{self.document.name} needs {self.cost} points; Shopify's bucket holds them in {seconds:.1f} s."
            raise Throttled(message, retry_after=seconds)

    def wait(self, seconds: float | None, failure: ShopifyError):
        """Sleep, or raise `failure` when patience does not reach so far."""
        if seconds is None:
            # Doubling, at random between half and one and a half of it: many waiters do not come back at one instant.
            seconds = 0.5 * 2 ** (self.attempts - 1) * random.uniform(0.5, 1.5)
        seconds = max(seconds, 0.01)
        if self.spent() + seconds > PATIENCE:
            raise failure
        self.sleep(seconds)

    def spent(self) -> float:
        """Seconds of patience that are gone."""
        return max(self.client._clock() - self.started, self.slept)

    def sleep(self, seconds: float):
        self.client._sleep(seconds)
        self.slept += seconds

    def send(self) -> Answer:
        """One request; _Again when it may be repeated.

        The reservation in the bucket ends here in every case.
        """
        client, cost = self.client, None
        self.attempts += 1
        try:
            reply = self._post()
            body = _body(reply)
            cost = read_cost(body.get("extensions"))
            return self._answer(reply, body, cost)
        finally:
            client.throttle.settle(self.document.name, self.cost, cost)
            if cost is not None and cost.requested:
                self.cost = cost.requested

    def _post(self) -> transport.Reply:
        reply = self._request(renew=False)
        if reply.status == 401 and not self.renewed:
            self.renewed = True
            reply = self._request(renew=True)
        return reply

    def _request(self, renew: bool) -> transport.Reply:
        client = self.client
        token = _sendable(client._token(renew))
        self.unspoken = [self.variables, token]
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Shopify-Access-Token": token}
        try:
            return transport.post(
                client._session,
                client._base,
                client._path,
                data=self.body,
                headers=headers,
                guard=client._guard,
                clock=client._clock,
            )
        except Unreachable as error:
            failure = error
        except OutcomeUnknown as error:
            # A query changes nothing, so its outcome is no question.
            failure = error if self.document.mutation else Unreachable(error.message)
        self._fail(failure)

    def _fail(self, failure: ShopifyError):
        """A request came to nothing: a query may be repeated, and anything that was never sent."""
        if self.attempts < ATTEMPTS and not isinstance(failure, OutcomeUnknown):
            raise _Again(failure, failure.retry_after)
        raise failure

    def _answer(self, reply, body, cost) -> Answer:
        refusal = refusals.of_status(reply, body) or refusals.of_body(reply, body, self.unspoken)
        if isinstance(refusal, ShopifyInternal):
            if self.document.mutation:
                refusal = OutcomeUnknown(
                    refusal.message, status=refusal.status, code=refusal.code, request_id=refusal.request_id
                )
            self._fail(refusal)
        if isinstance(refusal, Throttled):
            self._throttled(refusal, cost)
        if refusal is not None:
            raise refusal
        version = reply.headers.get("X-Shopify-API-Version", "")
        if self.client._other_version is not None and version not in ("", self.client.version):
            self.client._other_version(version)
        extensions = body.get("extensions")
        return Answer(
            data=body["data"],
            errors=problems(body.get("errors"), self.unspoken),
            cost=cost,
            request_id=reply.request_id or "",
            version=version,
            warnings=_warnings(extensions),
            clock=_moment(reply.headers.get("Date")),
        )

    def _throttled(self, refusal: Throttled, cost: Cost | None):
        # 430 judges the address we come from, not our points, and asks for minutes (SHOPIFY_API §7).
        if refusal.status == 430 or self.attempts >= THROTTLED_ATTEMPTS:
            raise refusal
        seconds = refusal.retry_after
        if seconds is None and cost is not None and cost.available is not None:
            seconds = max(0.1, (min(cost.requested, cost.maximum) - cost.available) / cost.restore_rate)
            refusal.retry_after = seconds
        raise _Again(refusal, seconds)


def _body(reply: transport.Reply) -> dict:
    """The JSON object of an answer, or an empty one for whatever else came."""
    try:
        body = exact.loads(reply.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _moment(text: str | None) -> datetime | None:
    """An HTTP date, as RFC 9110 wants it."""
    try:
        return parsedate_to_datetime(text or "")
    except ValueError:
        return None


def _sendable(token) -> str:
    # requests would quote a token with a line end in its complaint about the header.
    if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token):
        return token
    raise Unauthorized("The access token is empty or holds characters that a token cannot have.")


def _warnings(extensions) -> tuple[SearchWarning, ...]:
    searches = extensions.get("search") if isinstance(extensions, dict) else None
    return tuple(
        SearchWarning(warning.get("field") or "", warning.get("message") or "", warning.get("code"))
        for search in searches or ()
        for warning in search.get("warnings") or ()
    )


def _jsonable(value):
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)  # Shopify's Decimal and Money scalars take text, and lose nothing.
    raise TypeError(f"A variable of type {type(value).__name__} is no JSON.")
