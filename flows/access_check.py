"""What Shopify lets us do, and for how long: scopes granted, the API version that answers, and when it will be retired.

Path: connecting, the daily check of the connection, another version that answers → here → shopify.store, its chatter.
Key: "access". Repeating it is harmless: a message is written when something changed.
"""

from odoo import fields, models

from ..shopify_api import VERSION, scopes, versions


class AccessCheckFlow(models.AbstractModel):
    _name = "shopify.flow.access_check"
    _inherit = "shopify.flow"
    _description = "Check of Access"

    _direction = "both"
    _lane = "slow"
    _priority = 20
    _coalesces = True

    def _key(self, topic, body):
        return "access"

    def _run(self, store, jobs):
        answer = self._client(store).execute("connection")
        self._note(store, answer)

    def _note(self, store, answer):
        """Write what an answer to `connection` says about our access; what became worse is told once, in the chatter."""
        granted = self._granted(answer)
        outlook = versions.outlook(answer.data.get("publicApiVersions"), VERSION, fields.Date.today())
        values = {
            "granted_scopes": ", ".join(sorted(granted)),
            "missing_scopes": ", ".join(sorted(scopes.missing(granted))) or False,
            "lost_features": self._say_lost(granted) or False,
            "answering_version": answer.version or VERSION,
            "version_ends_on": outlook.ends,
            "version_warning": self._say_version(answer.version or VERSION, outlook) or False,
        }
        changed = {name: value for name, value in values.items() if (store[name] or False) != (value or False)}
        store.write(changed)
        for name in ("lost_features", "version_warning"):
            if changed.get(name):
                store.message_post(body=changed[name])

    def _granted(self, answer):
        installation = answer.data.get("currentAppInstallation") or {}
        return frozenset(scope["handle"] for scope in installation.get("accessScopes") or ())

    def _say_lost(self, granted):
        """One line for each feature that cannot work."""
        names = self._feature_names()
        return "\n".join(
            self.env._("%(feature)s: needs %(scopes)s", feature=names[feature], scopes=", ".join(needed))
            for feature, needed in scopes.lost(granted).items()
        )

    def _feature_names(self):
        return {
            "locations": self.env._("Locations"),
            "articles": self.env._("Articles"),
            "orders": self.env._("Orders from Shopify"),
            "customers": self.env._("Customers to Shopify"),
            "stock": self.env._("Stock to Shopify"),
            "oversell": self.env._("Selling beyond the stock, by product"),
            "deliveries": self.env._("Deliveries to Shopify"),
            "cancellations": self.env._("Cancellations to Shopify"),
        }

    def _say_version(self, answering, outlook):
        if answering != VERSION:
            return self.env._(
                "Shopify answers with version %(answering)s of its API instead of %(ours)s, for which this addon was made: it was "
                "retired. Amounts and quantities may be read wrongly; update the addon.",
                answering=answering,
                ours=VERSION,
            )
        if outlook.soon:
            return self.env._(
                "Version %(ours)s of Shopify's API, for which this addon was made, may be retired on %(day)s. Update the addon "
                "before.",
                ours=VERSION,
                day=fields.Date.to_string(outlook.ends),
            )
        return ""

    def _stopping(self, store, granted):
        """The lost features without which a connection is none, or that the store has switched on: words, or ""."""
        wanted = {*scopes.ESSENTIAL}
        if store.push_stock:
            wanted.add("stock")
        if store.push_stock and store.manage_oversell:
            wanted.add("oversell")
        if store.push_fulfillments:
            wanted.add("deliveries")
        if store.push_customers:
            wanted.add("customers")
        if wanted.isdisjoint(scopes.lost(granted)):
            return ""
        return self._say_lost(granted)
