"""Webhook subscriptions: which topics are sent where, and what Shopify refuses (recorded, FACTS 131-133)."""

import re
from urllib.parse import urlsplit

from . import app, schema
from .nodes import Node, by_id
from .roots import mutation, query, user_error

_PATH = ["webhookSubscription", "callbackUrl"]
_NAME_PATH = ["webhookSubscription", "name"]
_INTERNAL = re.compile(r"localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|(.+\.)?(myshopify\.com|shopify\.com|local|internal)")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_PUBSUB_TOPIC = re.compile(r"(?!goog)[A-Za-z][\w.~+%-]{2,254}")
_ARN = re.compile(r"arn:aws:events:[\w-]+::event-source/aws\.partner/shopify\.com(?:\.test)?/(\d+)/.+")
_FILTER_FIELD = re.compile(r"(?:^|[\s(-])[A-Za-z_][\w.]*:\S")
_JSON_ONLY = re.compile(r"RETURNS_")


class Subscription(Node):
    typename = "WebhookSubscription"

    def __init__(self, shop, topic, uri, given, number=None):
        super().__init__(shop, number)
        self.topic, self.uri = topic, uri
        self.failures = 0
        self.format = "JSON"
        self.filter = self.name = None
        self.include_fields, self.metafield_namespaces, self.metafields = [], [], []
        self.take(given)

    def take(self, given: dict):
        for key in ("filter", "format", "name"):
            if key in given:
                setattr(self, key, given[key])
        self.include_fields = given.get("includeFields", self.include_fields) or []
        self.metafields = given.get("metafields", self.metafields) or []
        if "metafieldNamespaces" in given:
            own = f"app--{self.shop.app_number}--"
            names = given["metafieldNamespaces"] or []
            self.metafield_namespaces = [re.sub(r"^\$app:", lambda _: own, name) for name in names]
        self.uri = _address(given) or self.uri

    @property
    def callback_url(self):
        return self.uri

    @property
    def endpoint(self):
        if self.uri.startswith("pubsub://"):
            project, _, topic = self.uri.removeprefix("pubsub://").partition(":")
            return {"__typename": "WebhookPubSubEndpoint", "pubSubProject": project, "pubSubTopic": topic}
        if self.uri.startswith("arn:"):
            return {"__typename": "WebhookEventBridgeEndpoint", "arn": self.uri}
        return {"__typename": "WebhookHttpEndpoint", "callbackUrl": self.uri}

    @property
    def api_version(self):
        # The app's webhook version, not that of the request which made it (recorded, FACTS 133).
        return app.version(self.shop, self.shop.app_version)


def _address(given):
    address = given.get("uri") or given.get("callbackUrl")
    return address and address.strip()


def _address_problems(shop, uri) -> list:
    scheme, known, rest = uri.partition("://")
    if not uri.strip():
        return ["Address can't be blank"]
    if uri.startswith("arn:"):
        match = _ARN.fullmatch(uri)
        if not match:
            return ["Address is invalid", "Address is not a valid AWS ARN"]
        if match[1] != str(shop.app_number):
            told = f"Address is an AWS ARN and includes api_client_id '{match[1]}' instead of '{shop.app_number}'"
            return ["Address is invalid", told]
        return []
    if not known:
        return ["Address is invalid"]
    if scheme == "pubsub":
        project, _, topic = rest.partition(":")
        if not topic:
            wanted = "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic"
            return ["Address protocol pubsub:// is not supported", wanted]
        if not _PROJECT.fullmatch(project):
            return ["Address is invalid", "Address is not a valid GCP project id."]
        if not _PUBSUB_TOPIC.fullmatch(topic):
            return ["Address is invalid", "Address is not a valid GCP topic id."]
        return []
    if scheme != "https":
        unsupported = [f"Address protocol {scheme}:// is not supported"]
        return [*unsupported, "Address is not a valid kafka topic"] if scheme == "kafka" else unsupported
    host = urlsplit(uri).hostname
    if not host:
        return ["Address is invalid"]
    return ["Address cannot be a Shopify or an internal domain"] if _INTERNAL.fullmatch(host) else []


def _name_problems(name, others) -> list:
    if name is None:
        return []
    problems = ["Name is too short (minimum is 1 character)"] if not name else []
    if not re.fullmatch(r"[\w-]+", name):
        problems.append("Name name field can only contain alphanumeric characters, underscores, and hyphens")
    elif any((s.name or "").lower() == name.lower() for s in others):
        problems.append("Name already exists, no duplicate allowed")
    return problems


def _refusals(shop, topic, uri, given, own=None) -> list:
    others = [s for s in shop.subscriptions if s is not own]
    kind, wanted = given.get("format") or "JSON", given.get("filter")
    if problems := _address_problems(shop, uri):
        return [user_error(_PATH, text) for text in problems]
    if kind == "XML" and not uri.startswith("https:"):
        return [user_error(["webhookSubscription", "format"], "Format can only be used with format: 'json'")]
    if kind == "XML" and _JSON_ONLY.match(topic):
        text = "Format 'xml' is invalid for this webhook topic. Allowed formats: json"
        return [user_error(["webhookSubscription", "format"], text)]
    if problems := _name_problems(given.get("name"), others):
        return [user_error(_NAME_PATH, text) for text in problems]
    if wanted and not _FILTER_FIELD.search(wanted):
        text = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
        return [user_error(["webhookSubscription"], text)]
    if any((s.topic, s.uri, s.filter, s.format) == (topic, uri, wanted, kind) for s in others):
        return [user_error(_PATH, "Address for this topic has already been taken")]
    return []


def subscribe(shop, topic, uri, **given) -> Subscription:
    """:raises ValueError: with Shopify's words when it is refused"""
    names = {value: name for name, value in schema.topics().items()}
    topic = names.get(topic, topic)
    if errors := _refusals(shop, topic, uri, given):
        raise ValueError(errors[0]["message"])
    subscription = Subscription(shop, topic, uri, given)
    shop.subscriptions.append(subscription)
    return subscription


@mutation("webhookSubscriptionCreate")
def create(shop, *, topic, webhook_subscription):
    uri = _address(webhook_subscription) or ""
    if errors := _refusals(shop, topic, uri, webhook_subscription):
        return {"webhookSubscription": None, "userErrors": errors}
    subscription = Subscription(shop, topic, uri, webhook_subscription)
    shop.subscriptions.append(subscription)
    return {"webhookSubscription": subscription, "userErrors": []}


@mutation("webhookSubscriptionUpdate")
def update(shop, *, id, webhook_subscription):
    subscription = shop.find(id, "WebhookSubscription")
    if subscription is None:
        return {"userErrors": [user_error(["id"], "Webhook subscription does not exist")]}
    given = {"filter": subscription.filter, "format": subscription.format, **webhook_subscription}
    named = "uri" in given or "callbackUrl" in given
    uri = (_address(given) or "") if named else subscription.uri
    if errors := _refusals(shop, subscription.topic, uri, given, own=subscription):
        return {"webhookSubscription": None, "userErrors": errors}
    subscription.take(webhook_subscription)
    subscription.touch()
    return {"webhookSubscription": subscription, "userErrors": []}


@mutation("webhookSubscriptionDelete")
def delete(shop, *, id):
    subscription = shop.find(id, "WebhookSubscription")
    if subscription is None:
        text = "Webhook subscription does not exist"
        return {"deletedWebhookSubscriptionId": None, "userErrors": [user_error(["id"], text)]}
    drop(subscription)
    return {"deletedWebhookSubscriptionId": id, "userErrors": []}


def drop(subscription):
    shop = subscription.shop
    if subscription in shop.subscriptions:
        shop.subscriptions.remove(subscription)
        shop.nodes.pop((subscription.typename, str(subscription.number)), None)


_FIELDS = {
    "": lambda s: [s.topic, s.uri],
    "id": lambda s: s.number,
    "topic": lambda s: s.topic,
    "endpoint": lambda s: s.uri,
    "created_at": lambda s: s.created_at,
    "updated_at": lambda s: s.updated_at,
}


@query("webhookSubscriptions")
def subscriptions(
    shop, request, *, topics=None, uri=None, callback_url=None, format=None, query=None, sort_key="CREATED_AT"
):
    wanted = uri or callback_url
    found = [
        s
        for s in shop.subscriptions
        if (not topics or s.topic in topics) and (not wanted or s.uri == wanted) and (not format or s.format == format)
    ]
    return shop.sort(shop.search(found, query, _FIELDS, "webhookSubscriptions", request), sort_key, {})


@query("webhookSubscriptionsCount")
def subscriptions_count(shop, request, *, query=None, limit=10000):
    found = shop.search(shop.subscriptions, query, _FIELDS, "webhookSubscriptionsCount", request)
    return shop.count(found, limit)


by_id("webhookSubscription", "WebhookSubscription")
