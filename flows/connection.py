"""Connecting a store: who answers, what we may do, where stock is kept, and the webhooks that tell us what happens.

Path: button, daily → here → shopify.store, shopify.location, webhook subscriptions. Key: "connection". Repeating it is harmless:
what is there is updated, subscriptions are read before one is made. They are removed here too when the addon is uninstalled.
"""

import logging
import secrets
import time

from odoo import fields, models
from odoo.exceptions import UserError

from ..commerce import ids
from ..commerce.outcome import Done
from ..shopify_api import auth, errors, public_address

_logger = logging.getLogger(__name__)

# Whoever uninstalls waits: seconds to connect and of silence, and for all stores together.
LEAVING = (3, 5)
LEAVING_TOGETHER = 30


class ConnectionFlow(models.AbstractModel):
    _name = "shopify.flow.connection"
    _inherit = "shopify.flow"
    _description = "Connection"

    _direction = "both"
    _runs_while_paused = True
    _lane = "slow"
    _priority = 10
    _coalesces = True

    def _run(self, store, jobs):
        """Daily: Shopify deletes a subscription after repeated failures, and nobody is told."""
        if public_address.fault(store.webhook_url):
            # The check of the connection, which comes next, says so once and not anew each day.
            return dict.fromkeys(jobs, Done(None, self.env._("Shopify cannot reach this Odoo's address.")))
        if store.read_only:
            return dict.fromkeys(jobs, Done(None, store._why_held("out")))
        repaired = self._subscribe(store)
        if repaired:
            store.message_post(
                body=self.env._(
                    "Shopify had no webhook at this Odoo's address for %(topics)s any more; they were set up again. Shopify "
                    "removes webhooks that failed repeatedly: was Odoo unreachable, or slow? Orders missed meanwhile are fetched.",
                    topics=", ".join(repaired),
                )
            )
        return None

    def _key(self, topic, body):
        return "connection"

    def _connect(self, store):
        """The whole of it, inside the request of the manager who pressed the button (and waits for it)."""
        flow = self.with_context(shopify_allow_http=True)
        # sudo: the manager's right was checked by the button
        store = store.with_context(shopify_allow_http=True).sudo()
        if not store.client_secret or not (store.access_token if store.grant == "token" else store.client_id):
            raise UserError(
                self.env._("Enter the app's client secret, and its client id or the access token, before connecting.")
            )
        if not store.webhook_token:  # a neutralized copy lost it
            store.webhook_token = secrets.token_urlsafe(24)
        store.bound_to = store._database_identity()
        try:
            flow._introduce(store)
            flow._read_locations(store)
            flow._subscribe(store)
        except errors.ShopifyError as error:
            raise self._could_not_connect(store, error) from error
        now = fields.Datetime.now()
        store.write(
            {
                "state": "connected",
                "pause_reason": False,
                "connected_at": now,
                # Once: connecting anew moves no limit, and a manager may have set an earlier one.
                "go_live_at": store.go_live_at or (now if not store.connected_at else False),
            }
        )
        self.env["shopify.job"]._enqueue("products_in", [{"store_id": store.id, "key": "catalog"}])

    def _connect_by_code(self, store, code):
        """What follows when Shopify came back with a code: it is exchanged, its tokens are kept, and the store is connected."""
        flow = self.with_context(shopify_allow_http=True)
        override = flow._override(store)
        session, _bucket, held = flow._line(store, override)
        held.clear()
        try:
            granted = auth.authorization_code(
                session,
                store.shop_domain,
                store.client_id,
                store.client_secret,
                code,
                endpoint=override,
                guard=flow._forbid_inside_a_request,
            )
        except errors.ShopifyError as error:
            raise self._could_not_connect(store, error) from error
        self.env["shopify.access"]._keep(store, *flow._pair(granted))
        self._connect(store)

    def _could_not_connect(self, store, error):
        return UserError(
            self.env._(
                "%(store)s could not be connected.\n\n%(reason)s",
                store=store.shop_domain,
                reason=self._say(error, store),
            )
        )

    def _introduce(self, store):
        answer = self._client(store).execute("connection")
        shop = answer.data["shop"]
        if shop["myshopifyDomain"] != store.shop_domain:
            raise UserError(
                self.env._("These credentials belong to %(domain)s, not to this store.", domain=shop["myshopifyDomain"])
            )
        check = self.env["shopify.flow.access_check"]
        lost = check._stopping(store, check._granted(answer))
        if lost:
            raise UserError(
                self.env._(
                    "The app at Shopify may not do everything this connection needs. Add these access scopes to the app, "
                    "release it, approve it in the store, and connect again (stock and deliveries may be switched off "
                    "instead):\n\n%(lost)s",
                    lost=lost,
                )
            )
        check._note(store, answer)
        currency = self.env["res.currency"].with_context(active_test=False)
        store.write(
            {
                "currency_id": currency.search([("name", "=", shop["currencyCode"])], limit=1).id,
                "shop_timezone": shop["ianaTimezone"],
            }
        )

    def _read_locations(self, store):
        """Every location of Shopify, mapped by name, or to the store's warehouse when there is only one."""
        Location = self.env["shopify.location"]
        known = {place.shopify_id: place for place in Location.search([("store_id", "=", store.id)])}
        new = []
        for node in self._ask_all(store, "locations", "locations"):
            values = {
                "name": node["name"],
                "is_active": node["isActive"],
                "is_fulfillment_service": node["isFulfillmentService"],
                "country_code": node["address"]["countryCode"],
                "province_code": node["address"]["provinceCode"],
            }
            shopify_id = ids.number(node["id"])
            if shopify_id in known:
                known[shopify_id].write(values)  # a handful, and only when a manager connects
            else:
                new.append({**values, "store_id": store.id, "shopify_id": shopify_id})
        created = Location.create(new)
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", store.company_id.id)])
        by_name = {warehouse.name.casefold(): warehouse for warehouse in warehouses}
        own = created._mappable()
        for place in own:
            warehouse = by_name.get(place.name.casefold()) or (store.warehouse_id if len(own) == 1 else None)
            if warehouse:
                place.location_ids = warehouse.lot_stock_id

    def _subscribe(self, store):
        """One subscription for each topic a flow listens to, at this store's own address. Returns the topics it set up."""
        if not store.webhook_url.startswith("https://"):
            raise UserError(
                self.env._(
                    "Shopify delivers webhooks only to https addresses, and this Odoo's is %(url)s. Set the system parameter "
                    "web.base.url to the public https address of this Odoo.",
                    url=self.env["ir.config_parameter"].get_param("web.base.url"),  # the whole address holds a token
                )
            )
        missing, misdirected = self._compare_subscriptions(store)
        subscription = {"uri": store.webhook_url, "format": "JSON"}
        for topic in missing:  # Shopify takes one subscription a call
            name = self._enum(topic)
            if topic in misdirected:
                document, root = "webhook_subscription_update", "webhookSubscriptionUpdate"
                variables = {"id": misdirected[topic]["id"], "webhookSubscription": subscription}
            else:
                document, root = "webhook_subscription_create", "webhookSubscriptionCreate"
                variables = {"topic": name, "webhookSubscription": subscription}
            answer = self._client(store).execute(document, variables)
            refused = [e.message for e in answer.user_errors(root) if "already been taken" not in e.message]
            if refused:
                raise UserError(
                    self.env._(
                        "Shopify refused the webhook %(topic)s: %(reason)s", topic=name, reason="; ".join(refused)
                    )
                )
        return missing

    def _enum(self, topic):
        """A topic as GraphQL spells it."""
        return topic.replace("/", "_").replace(".", "_").upper()

    def _compare_subscriptions(self, store):
        """What of our topics does not reach this store's address.

        :return: (sorted topics without a subscription here, {topic: Shopify's node} of those that go to another address of an Odoo)
        """
        topics = self.env["shopify.flow"]._subscribed_topics(store)
        wanted = {self._enum(topic): topic for topic in topics}
        here, elsewhere = set(), {}
        for node in self._ask_all(store, "webhook_subscriptions", "webhookSubscriptions"):
            if topic := wanted.get(node["topic"]):
                if node["uri"] == store.webhook_url:
                    here.add(topic)
                elif "/shopify/webhook" in node["uri"]:
                    elsewhere[topic] = node
        missing = sorted(set(wanted.values()) - here)
        return missing, {topic: elsewhere[topic] for topic in missing if topic in elsewhere}

    def _repair_webhooks(self, store):
        """The button's work, inside the request of the manager who waits for it."""
        # sudo: the manager's right was checked by the button
        store = store.with_context(shopify_allow_http=True).sudo()
        try:
            return self.with_context(shopify_allow_http=True)._subscribe(store)
        except errors.ShopifyError as error:
            raise UserError(
                self.env._(
                    "The webhooks of %(store)s could not be repaired.\n\n%(reason)s",
                    store=store.name,
                    reason=self._say(error, store),
                )
            ) from error

    def _say(self, error, store):
        if isinstance(error, errors.ReadOnly):
            return store._why_held("out")
        return self.env._("Shopify: %(reason)s", reason=str(error))

    # -- leaving ----------------------------------------------------------------------------------
    def _leave_all(self):
        """The addon is being uninstalled: no store of this database keeps webhooks that nobody will answer.

        Never stops the uninstallation. Should that be rolled back afterwards, the daily repair subscribes again.
        """
        flow = self.with_context(shopify_allow_http=True, shopify_limits=LEAVING)
        stores = flow.env["shopify.store"].with_context(active_test=False).search([("connected_at", "!=", False)])
        # The shop belongs to another database, or was never this one's.
        stores = stores._pause_copies().filtered(
            lambda store: store.bound_to and store.state in ("connected", "paused")
        )
        end = time.monotonic() + LEAVING_TOGETHER
        for store in stores:
            try:
                if time.monotonic() > end:
                    raise TimeoutError("no time left")
                with self.env.cr.savepoint():  # a broken transaction would break the uninstallation
                    flow._leave(store, end)
            except Exception as error:
                _logger.warning(
                    "The webhooks of %s could not be removed in Shopify, which will delete them after failed deliveries: %s",
                    store.shop_domain,
                    error,
                )

    def _leave(self, store, end):
        client = self._client(store)
        # By the token alone, whatever the host was: another database's subscriptions at this shop are not ours.
        ours = f"/shopify/webhook/{store.webhook_token}"
        nodes = list(self._ask_all(store, "webhook_subscriptions", "webhookSubscriptions"))
        for node in nodes:
            if store.webhook_token and node["uri"].endswith(ours):
                if time.monotonic() > end:
                    raise TimeoutError("no time left")
                client.execute("webhook_subscription_delete", {"id": node["id"]})
