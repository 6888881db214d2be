"""Connecting a store: who answers, what we may do, where stock is kept, and the webhooks that tell us what happens.

Path: button → here → shopify.store, shopify.location, webhook subscriptions. Key: "connection". Repeating it is harmless: what is
there is updated, subscriptions are read before one is made.
"""

from odoo import fields, models
from odoo.exceptions import UserError

from ..commerce import ids
from ..shopify_api import auth, errors


class ConnectionFlow(models.AbstractModel):
    _name = "shopify.flow.connection"
    _inherit = "shopify.flow"
    _description = "Connection"

    _lane = "slow"
    _priority = 10
    _coalesces = True

    def _run(self, store, jobs):
        self._subscribe(store)

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
        store.bound_to = store._database_identity()
        try:
            flow._introduce(store)
            flow._read_locations(store)
            flow._subscribe(store)
        except errors.ShopifyError as error:
            raise self._could_not_connect(store, error) from error
        store.write({"state": "connected", "pause_reason": False, "connected_at": fields.Datetime.now()})
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
                "%(store)s could not be connected.\n\nShopify: %(reason)s", store=store.shop_domain, reason=str(error)
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
        """One subscription for each topic a flow listens to, at this store's own address."""
        if not store.webhook_url.startswith("https://"):
            raise UserError(
                self.env._(
                    "Shopify delivers webhooks only to https addresses, and this Odoo's is %(url)s. Set the system parameter "
                    "web.base.url to the public https address of this Odoo.",
                    url=store.webhook_url,
                )
            )
        topics = self.env["shopify.flow"]._subscribed_topics(store)
        wanted = {topic.replace("/", "_").replace(".", "_").upper() for topic in topics}
        ours, misdirected = set(), {}
        for node in self._ask_all(store, "webhook_subscriptions", "webhookSubscriptions"):
            if node["uri"] == store.webhook_url:
                ours.add(node["topic"])
            elif "/shopify/webhook" in node["uri"]:
                misdirected[node["topic"]] = node["id"]
        subscription = {"uri": store.webhook_url, "format": "JSON"}
        for topic in sorted(wanted - ours):  # Shopify takes one subscription a call
            if topic in misdirected:
                document, root = "webhook_subscription_update", "webhookSubscriptionUpdate"
                variables = {"id": misdirected[topic], "webhookSubscription": subscription}
            else:
                document, root = "webhook_subscription_create", "webhookSubscriptionCreate"
                variables = {"topic": topic, "webhookSubscription": subscription}
            answer = self._client(store).execute(document, variables)
            refused = [e.message for e in answer.user_errors(root) if "already been taken" not in e.message]
            if refused:
                raise UserError(
                    self.env._(
                        "Shopify refused the webhook %(topic)s: %(reason)s", topic=topic, reason="; ".join(refused)
                    )
                )
