from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, mute_logger

from ..commerce.order import Address


class ResPartner(models.Model):
    _inherit = "res.partner"

    shopify_customer_ids = fields.One2many(
        "shopify.customer", "partner_id", string="Shopify Customers", groups="shopify_sync.group_user"
    )
    shopify_customer_names = fields.Char(
        string="Shopify", compute="_compute_shopify_customer_names", groups="shopify_sync.group_user"
    )

    # Odoo has no index on it, and every batch of orders looks customers up by e-mail (ODOO19 §12).
    _shopify_email_normalized_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.depends("shopify_customer_ids.store_id.name")
    def _compute_shopify_customer_names(self):
        for partner in self:
            partner.shopify_customer_names = ", ".join(
                f"{link.store_id.name} ({link.shopify_id})" for link in partner.shopify_customer_ids
            )

    # -- who bought -------------------------------------------------------------------------------
    @api.model
    def _shopify_resolve(self, store, orders):
        """The partners of each order, found or made, with three searches for the whole batch.

        Found by Shopify's customer id, else by e-mail; a user's own partner is never taken silently.

        :param orders: commerce.order.Order of one store
        :return: {order id: (customer, invoice address, delivery address)}
        """
        Link = self.env["shopify.customer"]
        ids = {order.customer.id for order in orders if order.customer and order.customer.id}
        by_id = {
            link.shopify_id: link.partner_id
            for link in Link.search([("store_id", "=", store.id), ("shopify_id", "in", list(ids))])
        }
        by_email = self._shopify_by_email(store, filter(None, map(self._shopify_email, orders)))

        # One new partner per customer, not per order: the same buyer may stand in a batch twice.
        identities, missing = {}, {}
        for order in orders:
            shopify_id = order.customer.id if order.customer else None
            email = self._shopify_email(order)
            partner = by_id.get(shopify_id) or by_email.get(email)
            identity = partner.id if partner else (email or shopify_id or f"order:{order.id}")
            identities[order.id] = identity
            if not partner:
                missing.setdefault(identity, order)
        places = self._shopify_places(
            [place for order in orders for place in (order.billing, order.shipping) if place]
            + [o.customer.default_address for o in orders if o.customer and o.customer.default_address]
        )
        created = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(
            [self._shopify_partner_values(store, order, places) for order in missing.values()]
        )
        partners = dict(zip(missing, created, strict=True))
        partners.update({partner.id: partner for partner in (*by_id.values(), *by_email.values())})

        linked = set(by_id)
        links = []
        for order in orders:
            if order.customer and order.customer.id and order.customer.id not in linked:
                linked.add(order.customer.id)
                links.append(
                    {
                        "store_id": store.id,
                        "shopify_id": order.customer.id,
                        "partner_id": partners[identities[order.id]].id,
                    }
                )
        with mute_logger("odoo.sql_db"):  # another runner may link the same customer right now: the batch is repeated
            Link.create(links)
        return self._shopify_addresses({order.id: partners[identities[order.id]] for order in orders}, orders, places)

    @api.model
    def _shopify_email(self, order):
        email = order.email or (order.customer.email if order.customer else None)
        return email_normalize(email, strict=False) if email else None

    @api.model
    def _shopify_by_email(self, store, emails):
        """{normalized e-mail: the partner to take}: companies and people of their own before somebody's contacts."""
        candidates = self.search(
            Domain("email_normalized", "in", list(set(emails)))
            & Domain("company_id", "in", [False, store.company_id.id])
            & Domain("user_ids", "not any", [("share", "=", False)]),
            order="id",
        )
        found = {}
        for partner in candidates.sorted(lambda one: (bool(one.parent_id), not one.is_company, one.id)):
            found.setdefault(partner.email_normalized, partner)
        return found

    @api.model
    def _shopify_partner_values(self, store, order, places):
        buyer, place = order.customer, order.billing or order.shipping
        if place is None and buyer:
            place = buyer.default_address
        email = order.email or (buyer.email if buyer else None)
        name = (buyer.name if buyer else None) or (place.name if place else None) or email
        values = {
            "name": name or self.env._("Customer of %(store)s", store=store.name),
            "email": email,
            "company_id": False,
            "company_type": "person",
            "type": "contact",
        }
        if place:
            values.update(self._shopify_address_values(place, places), name=values["name"])
        values["phone"] = values.get("phone") or order.phone or (buyer.phone if buyer else None)
        return values

    # -- addresses --------------------------------------------------------------------------------
    @api.model
    def _shopify_places(self, addresses):
        """Countries and states named in the addresses: ({country code: record}, {(country code, state code): record})."""
        codes = {place.country_code.upper() for place in addresses if place.country_code}
        countries = {c.code: c for c in self.env["res.country"].search([("code", "in", list(codes))])}
        states = self.env["res.country.state"].search(
            [
                ("country_id.code", "in", list(codes)),
                ("code", "in", [p.province_code.upper() for p in addresses if p.province_code]),
            ]
        )
        return countries, {(state.country_id.code, state.code): state for state in states}

    @api.model
    def _shopify_address_values(self, place, places):
        countries, states = places
        country = (place.country_code or "").upper()
        state = states.get((country, (place.province_code or "").upper()))
        city = place.city
        if place.province and not state:
            # A province Odoo does not know is still part of the address.
            city = ", ".join(filter(None, (city, place.province)))
        return {
            "name": place.name or place.company,
            "company_name": place.company,
            "street": place.address1,
            "street2": place.address2,
            "zip": place.zip,
            "city": city,
            "state_id": state.id if state else False,
            "country_id": countries[country].id if country in countries else False,
            "phone": place.phone,
        }

    def _shopify_address_key(self):
        """Equal to the `key` of a Shopify address that gave this partner its fields."""
        self.ensure_one()
        return Address(
            name=self.name,
            company=self.company_name,
            address1=self.street or None,
            address2=self.street2 or None,
            city=self.city or None,
            zip=self.zip or None,
            province_code=self.state_id.code or None,
            country_code=self.country_id.code or None,
            phone=self.phone or None,
        ).key

    @api.model
    def _shopify_values_key(self, values, places):
        countries, states = places
        country = next((c.code for c in countries.values() if c.id == values["country_id"]), None)
        state = next((s.code for s in states.values() if s.id == values["state_id"]), None)
        return Address(
            name=values["name"],
            company=values["company_name"],
            address1=values["street"],
            address2=values["street2"],
            city=values["city"],
            zip=values["zip"],
            province_code=state,
            country_code=country,
            phone=values["phone"],
        ).key

    @api.model
    def _shopify_addresses(self, partners, orders, places):
        """Invoice and delivery address of each order: the customer's own, one of their contacts, or a new contact."""
        known = {}
        for partner in self.union(*partners.values()):
            known[partner.id, partner._shopify_address_key()] = partner
            for child in partner.child_ids:
                known.setdefault((partner.id, child._shopify_address_key()), child)
        new, wanted = {}, {}
        for order in orders:
            partner = partners[order.id]
            for kind, place in (("invoice", order.billing), ("delivery", order.shipping)):
                if place is None:
                    wanted[order.id, kind] = None
                    continue
                values = self._shopify_address_values(place, places)
                values["name"] = values["name"] or partner.name
                key = (partner.id, self._shopify_values_key(values, places))
                wanted[order.id, kind] = key
                if key not in known and key not in new:
                    new[key] = {**values, "type": kind, "parent_id": partner.id, "company_id": partner.company_id.id}
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        known.update(zip(new, quiet.create(list(new.values())), strict=True))
        result = {}
        for order in orders:
            partner = partners[order.id]
            invoice = known.get(wanted[order.id, "invoice"], partner)
            delivery = known.get(wanted[order.id, "delivery"], invoice)
            result[order.id] = (partner, invoice, delivery)
        return result
