"""What a batch of orders names, looked up once: taxes, currencies, where Shopify committed the pieces."""

from decimal import Decimal

from odoo import models

from ...commerce import ids

HUNDRED = Decimal(100)
# Where one title and rate are several taxes, owed to a state each: "State Tax" of 6 % is Florida's and Michigan's. Everywhere
# else the country tells taxes apart, or the title does (QST, PST, HST), and 13 rows for Canada's GST would help nobody.
BY_STATE = frozenset(("US",))


class OrderLookups(models.AbstractModel):
    _name = "shopify.orders.lookups"
    _description = "Shopify Orders: What They Name"

    def _tax_keys(self, one, charges):
        """{charged tax: key of the mapping}: title, percent, included, country, state, remitted by the channel.

        Taxes of 0.00 move no money and need no Odoo tax.
        """
        place = one.shipping or one.billing
        country = ((place.country_code if place else None) or "").upper()
        state = ((place.province_code or "").upper()) if country in BY_STATE else ""
        return {
            tax: (
                tax.title,
                (tax.rate or Decimal(0)) * HUNDRED,
                bool(one.taxes_included),
                country,
                state,
                tax.channel_liable,
            )
            for line in charges.lines
            for tax in line.taxes
        }

    def _resolve_taxes(self, store, batch):
        """{key: shopify.tax} of all taxes met in the batch; new ones are added to the list the user maps."""
        keys = {}
        for _job, one, charges in batch:
            for key in self._tax_keys(one, charges).values():
                keys.setdefault(key, one.name)
        return self.env["shopify.tax"]._resolve(store, set(keys), keys)

    def _resolve_currencies(self, names):
        """Active currencies by code."""
        return {currency.name: currency for currency in self.env["res.currency"].search([("name", "in", list(names))])}

    def _assigned_locations(self, store, orders):
        """{order id: shopify.location where Shopify committed the pieces}. One mapped location: no need to ask."""
        places = store.location_ids._pushable()
        if len(places) <= 1:
            return {one.id: places for one in orders if places}
        by_id = {place.shopify_id: place for place in places}
        gids = [ids.gid("Order", one.id) for one in orders if not one.cancelled_at]
        found = {}
        if gids:
            for node in self._ask(store, "nodes__fulfillment_orders", {"ids": gids})["nodes"]:
                for wish in node["fulfillmentOrders"]["nodes"] if node else ():
                    location = wish["assignedLocation"]["location"]
                    place = by_id.get(ids.number(location["id"])) if location else None
                    if place and wish["status"] not in ("CLOSED", "CANCELLED"):
                        found.setdefault(ids.number(node["id"]), place)
        return found
