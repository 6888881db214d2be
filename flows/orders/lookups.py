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

    def _tax_keys(self, store, one, charges):
        """{charged tax: key of the mapping}: title, percent, included, country, state, remitted by the channel, home.

        Home is (country, state) of the till, or else the company, for an order that names no country: what is sold over the
        counter is taxed where the counter stands. Taxes of 0.00 move no money and need no Odoo tax.
        """
        # A till charges the taxes of its own place, wherever the customer's bill goes.
        place = one.shipping or (one.billing if one.source_name != "pos" else None)
        country, state = self._taxed_in(place.country_code if place else None, place.province_code if place else None)
        home = ("", "") if country else self._taxed_at_home(store, one)
        return {
            tax: (
                tax.title,
                (tax.rate or Decimal(0)) * HUNDRED,
                bool(one.taxes_included),
                country,
                state,
                tax.channel_liable,
                home,
            )
            for line in charges.lines
            for tax in line.taxes
        }

    def _taxed_in(self, country, state):
        country = (country or "").upper()
        return country, (state or "").upper() if country in BY_STATE else ""

    def _taxed_at_home(self, store, one):
        till = store.location_ids.filtered(lambda place: place.shopify_id == one.location_id)
        if till.country_code:
            return self._taxed_in(till.country_code, till.province_code)
        company = store.company_id
        home = company.account_fiscal_country_id or company.country_id
        return self._taxed_in(home.code, company.state_id.code if home == company.country_id else None)

    def _resolve_taxes(self, store, batch):
        """{key: shopify.tax} of all taxes met in the batch; new ones are added to the list the user maps."""
        keys = {}
        for _job, one, charges in batch:
            for key in self._tax_keys(store, one, charges).values():
                keys.setdefault(key, one.name)
        return self.env["shopify.tax"]._resolve(store, set(keys), keys)

    def _resolve_currencies(self, names):
        """Active currencies by code."""
        return {currency.name: currency for currency in self.env["res.currency"].search([("name", "in", list(names))])}

    def _assigned_locations(self, store, orders):
        """Where Shopify committed the pieces. One mapped location: no need to ask.

        :return: ({order id: shopify.location}, {order id: {Shopify's line id: shopify.location, empty for several}}); an order
            that is not asked for is missing in the second
        """
        places = store.location_ids._pushable()
        if len(places) <= 1:
            return {one.id: places for one in orders if places}, {}
        gids = [ids.gid("Order", one.id) for one in orders if not one.cancelled_at]
        nodes = self._ask(store, "nodes__fulfillment_orders", {"ids": gids})["nodes"] if gids else ()
        found, by_line = {}, {}
        for node in filter(None, nodes):
            order_id, wishes = ids.number(node["id"]), node["fulfillmentOrders"]["nodes"]
            by_line[order_id] = self._places_of_lines(places, wishes)
            for wish in wishes:
                place = self._place_of_wish(places, wish)
                if place and wish["status"] not in ("CLOSED", "CANCELLED"):
                    found.setdefault(order_id, place)
        return found, by_line

    def _place_of_wish(self, places, wish):
        """The mapped location that a fulfillment order is assigned to; empty for any other."""
        location = wish["assignedLocation"]["location"]
        return places.filtered(lambda place: location and place.shopify_id == ids.number(location["id"]))

    def _places_of_lines(self, places, wishes):
        """{Shopify's line id: the one location that has it committed, or had when it was fulfilled; empty for several}."""
        wanted, over = {}, {}
        for wish in wishes:
            if wish["status"] == "CANCELLED":
                continue
            for line in wish["lineItems"]["nodes"]:
                side = over if wish["status"] == "CLOSED" else wanted
                side.setdefault(ids.number(line["lineItem"]["id"]), []).append(self._place_of_wish(places, wish))
        none = places.browse()
        return {
            line_id: (at[0] if all(one == at[0] for one in at) else none) for line_id, at in {**over, **wanted}.items()
        }

    def _add_line_places(self, lines, place_id, by_line):
        """:param by_line: what `_places_of_lines` found, or None where Shopify need not be asked"""
        for line in lines:
            if by_line is None:
                line["shopify_location_id"] = place_id
            elif place := by_line.get(line["shopify_line_id"]):
                line["shopify_location_id"] = place.id
