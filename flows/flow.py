"""What every journey shares: its place in the queue, its store's environment, its calls to Shopify, and how failures read."""

import json
import logging
import random
import uuid
from datetime import timezone

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.http import request

from ..commerce import ids
from ..commerce.outcome import Final, Later, NeedsPerson
from ..models.shopify_access import AHEAD
from ..models.shopify_runner_cron import CONFLICTS
from ..shopify_api import auth, endpoint, errors, scopes
from ..shopify_api.client import Client
from ..shopify_api.throttle import Bucket
from ..shopify_api.transport import new_session

_logger = logging.getLogger(__name__)

URGENT = 30  # the last priority of what goes before stock: these flows may take the last of Shopify's points
# One pooled session and one bucket for a store in this process: connections are reused, and what was learnt of its limit is kept.
_lines = {}


def _naive(moment):
    """A time as Odoo keeps it."""
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)


class ShopifyFlow(models.AbstractModel):
    _name = "shopify.flow"
    _description = "Journey between Shopify and Odoo"

    _topics = ()  # webhook topics that start it
    _subject = None  # "order": the key is this and the id with which the body begins, which is found without parsing it
    _topic_scopes = {}  # topic → the scope it needs beyond those a connection needs; without it the topic is left out
    _switch = None  # the store's field that says whether it wants the topics; None: always
    _subscribes = True  # whether we subscribe to them; some are configured on the app instead
    _feature = None  # of shopify_api.scopes: Shopify refuses its topics where that was not granted
    # "in", "out", or "both": about the connection itself, or due by law; then no pause of a direction holds it.
    _direction = None
    _runs_while_paused = False  # also while the store is not connected: it connects it, or is due by law
    _lane = "fast"  # "slow" for bulk and catalog work
    _priority = 50  # orders and fulfillments before stock, stock before the catalog
    _batch = 50  # jobs handed to one `_run`
    _coalesces = False  # each job tells the whole of its subject: the newest replaces the others
    _blocking = False  # later jobs of the subject build on it, and wait while it waits for a person
    _builds_on = True  # it builds on such earlier jobs; False: it is about something else, and goes on meanwhile
    _max_attempts = 10

    # -- to be said by each flow ------------------------------------------------------------------
    def _run(self, store, jobs):
        """Do the work of a batch of one store. Returns {job: Outcome} for jobs that did not simply end well, or nothing.

        Raised Outcomes and errors concern the whole batch; the runner then halves it until the bad job stands alone.
        """
        raise NotImplementedError  # pragma: no cover: abstract by design, like Odoo's own `_get_…` hooks

    def _key(self, topic, body):
        """What a delivery is about. Jobs with the same key run in order. Raises ValueError when the body has no id."""
        raise NotImplementedError  # pragma: no cover

    def _decided(self, cause_keys):
        """Of these reasons to wait for a person, those that a person has settled by now."""
        return set()

    def _required_id(self, body):
        number = ids.number(body.get("id"))
        if number is None:
            raise ValueError("the body has no id")
        return number

    # -- the list of flows ------------------------------------------------------------------------
    @api.model
    def _flows(self):
        """Every flow in this database, other addons' included."""
        return [self.env[name] for name in sorted(self.env.registry) if name.startswith("shopify.flow.")]

    @api.model
    @tools.ormcache()
    def _flow_by_topic(self):
        return {topic: flow._name.removeprefix("shopify.flow.") for flow in self._flows() for topic in flow._topics}

    @api.model
    def _subscribed_topics(self, store):
        """What this store is to tell us. A topic whose scope was not granted is left out: Shopify would refuse it."""
        lost = scopes.lost(store.granted_scopes) if store.granted_scopes else {}
        return [
            topic
            for flow in self._flows()
            if flow._subscribes and flow._feature not in lost and (not flow._switch or store[flow._switch])
            for topic in flow._topics
            if not scopes.missing(store.granted_scopes, flow._topic_scopes.get(topic, ()))
        ]

    @api.model
    @tools.ormcache("attribute", "value")
    def _names(self, attribute="_name", value=None):
        """The flows as jobs name them: all, or those whose attribute has this value."""
        chosen = [flow for flow in self._flows() if value is None or getattr(flow, attribute) == value]
        return [flow._name.removeprefix("shopify.flow.") for flow in chosen]

    def _delay(self, attempts):
        """Seconds before the next attempt: 5 s, 10 s, 20 s … up to an hour, spread so that stores do not come back together."""
        return min(3600, 5 * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)

    def _in_store(self, store):
        """This flow, in an environment of exactly the store's company (DESIGN 2.6)."""
        return self.with_user(SUPERUSER_ID).with_context(
            allowed_company_ids=store.company_id.ids, lang=store.company_id.partner_id.lang or "en_US", tz="UTC"
        )

    def _commit(self):
        self.env["ir.cron"]._commit_progress()

    # -- speaking ---------------------------------------------------------------------------------
    def _client(self, store):
        """The one place where a client is made."""
        if store != store._pause_copies():
            raise Later(
                self.env._("This database is a copy; a manager must confirm it first."), counts=False, whole_batch=True
            )
        override = self._override(store)
        session, bucket, tokens = self._line(store, override)
        return Client(
            store.shop_domain,
            token=lambda renew: self._token(store, session, tokens, override, renew),
            endpoint=override,
            session=session,
            throttle=self.env["shopify.bucket"]._of(store, bucket, tokens, urgent=self._priority <= URGENT),
            guard=self._forbid_inside_a_request,
            other_version=lambda version: self._hear_version(store, tokens, version),
            read_only=store.read_only,
        )

    def _override(self, store):
        """A loopback address that stands in Shopify's place, or None."""
        text = self.env["ir.config_parameter"].sudo().get_param("shopify_sync.endpoint_override")
        return endpoint.parse_override(text).get(store.shop_domain)

    def _hear_version(self, store, heard, version):
        """Another API version answered than was asked for: a job looks into it, whatever becomes of this transaction."""
        if heard.get("version") == version or store.answering_version == version:
            return
        heard["version"] = version
        try:
            with self.env.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["shopify.job"]._enqueue("access_check", [{"store_id": store.id, "key": "access"}])
        except psycopg2.Error:
            _logger.warning("Shopify answered in version %s; no job could be put into the queue", version)

    def _line(self, store, override):
        key = (
            self.env.cr.dbname,
            store.id,
            self.env["shopify.access"]._fingerprint(store),
            override,
            self.env.context.get("shopify_limits"),
        )
        if key not in _lines:
            _lines[key] = (new_session(self.env.context.get("shopify_limits")), Bucket(), {})
        return _lines[key]

    def _forbid_inside_a_request(self):
        """No HTTP in a user's transaction (DESIGN 2.1); buttons such as "Connect" say that they mean it."""
        if request and not self.env.context.get("shopify_allow_http"):
            raise RuntimeError("Shopify was to be called inside a user's request: put a job into the queue instead")

    def _token(self, store, session, tokens, override, renew):
        """The access token, renewed ahead of its end, and once more when Shopify refused it; over all workers only once."""
        if store.grant == "token":
            return store.access_token or ""
        soon = fields.Datetime.now() + AHEAD[store.grant]
        token, expires_at = tokens.get("held") or (None, None)
        if token and not renew and (expires_at is None or expires_at > soon):
            return token
        tokens["held"] = self.env["shopify.access"]._token(
            store, token if renew else None, lambda old: self._grant(store, session, override, old)
        )
        return tokens["held"][0]

    def _grant(self, store, session, override, refresh_token):
        """Ask Shopify for a token: (token, expires_at, refresh token, its expires_at), times naive in UTC."""
        known = session, store.shop_domain, store.client_id or "", store.client_secret or ""
        options = {"endpoint": override, "guard": self._forbid_inside_a_request}
        if store.grant == "client_credentials":
            return self._pair(auth.client_credentials(*known, **options))
        if not refresh_token:
            raise errors.Unauthorized("Shopify no longer accepts the access: connect the store again.")
        return self._pair(auth.refresh(*known, refresh_token, **options))

    def _pair(self, granted):
        return (
            granted.token,
            _naive(granted.expires_at),
            granted.refresh_token,
            _naive(granted.refresh_expires_at),
        )

    def _ask(self, store, document, variables=None):
        """Read from Shopify. Returns `data`; parts denied to us are null in it."""
        answer = self._client(store).execute(document, variables)
        for warning in answer.warnings:
            _logger.warning("Shopify misread a search in %s: %s", document, warning)
        return answer.data

    def _search_time(self, moment):
        """A naive UTC time as a search wants it; it stands in quotes, else Shopify misreads it (FACTS 24)."""
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _ask_all(self, store, document, root, variables=None):
        """Every node of a connection, page by page."""
        variables = dict(variables or {}, after=None)
        while True:
            page = self._ask(store, document, variables)[root]
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            variables["after"] = page["pageInfo"]["endCursor"]

    def _send(self, store, jobs, document, root, variables, *, keyed=False, before=None, applied=None):
        """Change something in Shopify; the call is a row of its own, committed before it is sent (DESIGN 2.2).

        :param jobs: the jobs it serves
        :param root: the mutation's root field
        :param keyed: the document takes an idempotency key as `$key`
        :param before: what the target looked like, to find out after a crash whether the call was applied
        :param applied: notes what it changed, with the answer in one transaction; not called where Shopify refused it
        :return: (payload of the root field, its user errors)
        """
        call = self.env["shopify.call"].create(
            {
                "store_id": store.id,
                "document": document,
                "variables": variables,
                "idempotency_key": str(uuid.uuid4()) if keyed else False,
                "before": before,
            }
        )
        jobs.write({"call_id": call.id})
        return self._perform(store, call, root, applied)

    def _perform(self, store, call, root, applied=None):
        """Send a noted call, for the first time or, with the same key and variables, once more."""
        client = self._client(store)
        variables = dict(call.variables)
        if call.idempotency_key:
            variables["key"] = call.idempotency_key
        self._commit()
        try:
            answer = client.execute(call.document, variables)
        except errors.OutcomeUnknown:
            raise  # stays "sent": the next run repeats it with its key, or looks first
        except errors.ShopifyError as error:
            call.write({"state": "refused", "answer": {"error": str(error)}, "request_id": error.request_id})
            self._commit()
            raise
        payload = answer.data.get(root) or {}
        user_errors = answer.user_errors(root)
        call.write(
            {
                "state": "refused" if user_errors else "answered",
                "answer": json.loads(json.dumps(payload, default=str)),
                "request_id": answer.request_id,
                "answered_at": fields.Datetime.now(),
            }
        )
        if applied and not user_errors:
            applied()
        self._commit()
        return payload, user_errors

    # -- how failures read ------------------------------------------------------------------------
    def _outcome_of(self, error, store):
        """What an exception means for its jobs, in words for the person who reads the queue."""
        if isinstance(error, errors.ShopifyError):
            return self._outcome_of_shopify(error, store)
        if isinstance(error, CONFLICTS):
            # No fault of the job, and no reason to give it up.
            return Later(self.env._("Another worker was changing the same records."), seconds=5, patient=True)
        if isinstance(error, UserError):
            return NeedsPerson("odoo_refused", self.env._("Odoo refused: %(reason)s", reason=error.args[0]))
        _logger.error("Unexpected error in %s", self._name, exc_info=error)
        return Later(
            self.env._("An unexpected problem (%(kind)s); the server's log has the details.", kind=type(error).__name__)
        )

    def _outcome_of_shopify(self, error, store):
        words = self.env._("Shopify: %(reason)s", reason=str(error))
        if isinstance(error, (errors.Unauthorized, errors.PaymentRequired, errors.Locked)):
            store.write({"state": "paused", "pause_reason": self._why_closed(error)})
            store._alert_responsible(store, self._why_closed(error))
            return Later(words, seconds=60, counts=False, whole_batch=True)
        if isinstance(error, errors.ReadOnly):
            return Later(store._why_held("out") or words, seconds=60, counts=False, whole_batch=True)
        if isinstance(error, errors.Forbidden):
            return NeedsPerson("access_denied", words)
        if isinstance(error, errors.Throttled):
            return Later(words, seconds=error.retry_after, whole_batch=True, counts=False)
        if error.retryable:
            # Shopify may be down for hours; that is no fault of the job, which waits for up to a day.
            return Later(words, seconds=error.retry_after, whole_batch=True, patient=True)
        return Final("shopify_refused", words)

    def _why_closed(self, error):
        if isinstance(error, errors.Unauthorized):
            return self.env._("Shopify no longer accepts the credentials. Check them and connect again.")
        if isinstance(error, errors.PaymentRequired):
            return self.env._("The shop is frozen at Shopify because of an unpaid bill.")
        return self.env._("The shop is locked at Shopify.")
