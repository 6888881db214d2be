"""Who bought: the partners of a batch of orders, found or made, so that one person is one partner.

By the link to Shopify's customer, then by e-mail, then (where the store says so) by phone; never by name.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ..commerce import customer, phone

QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True}


class ShopifyBuyer(models.AbstractModel):
    _name = "shopify.buyer"
    _description = "Finding and making the partners of Shopify's customers"

    # -- the whole batch --------------------------------------------------------------------------
    @api.model
    def _resolve(self, store, orders):
        """{order id: (customer, invoice address, delivery address)}: see res.partner._shopify_resolve."""
        Address = self.env["shopify.address"]
        places = Address._places(
            [place for order in orders for place in (order.billing, order.shipping) if place]
            + [o.customer.default_address for o in orders if o.customer and o.customer.default_address]
        )
        links = self._links(store, [o.customer.id for o in orders if o.customer and o.customer.id])
        people, open_orders = {}, []
        for order in orders:
            link = links.get(order.customer.id) if order.customer else None
            if link:
                people[order.id] = link.partner_id
            else:
                open_orders.append(order)
        people.update(self._anonymous(store, open_orders, places))
        people.update(self._meet(store, [one for one in open_orders if one.id not in people], places))
        self._wake_up(people.values())
        self._link(store, orders, links, people)
        companies = self.env["shopify.company"]._resolve(store, orders, people)
        return self._with_addresses(orders, people, companies, places)

    @api.model
    def _resolve_profiles(self, store, profiles, *, make):
        """The link of each customer who comes on their own, without an order.

        :param profiles: commerce.customer_profile.Profile that have no link yet
        :param make: whether people nobody knows become contacts; else they are left out
        :return: {Shopify's customer id: link}
        """
        places = self.env["shopify.address"]._places([one.billing for one in profiles if one.billing])
        people = self._meet(store, profiles, places, make=make)
        self._link(store, [one for one in profiles if one.id in people], {}, people)
        return self._links(store, [one.id for one in profiles])

    @api.model
    def _links(self, store, customer_ids):
        """{Shopify's customer id: the link that counts}."""
        links = self.env["shopify.customer"].search(
            [("store_id", "=", store.id), ("shopify_id", "in", list(set(customer_ids)))]
        )
        return {link.shopify_id: link._living() for link in links}

    @api.model
    def _wake_up(self, partners):
        """Whoever buys again is no archived contact any more."""
        asleep = self.env["res.partner"].union(*partners).filtered(lambda one: not one.active)
        if asleep:
            asleep.action_unarchive()
            for partner in asleep:  # seldom, and each is told on its own record
                partner._message_log(body=self.env._("Unarchived: bought again in Shopify."))

    # -- people -----------------------------------------------------------------------------------
    @api.model
    def _identity(self, store, order, places):
        """What says who it is, strongest first: [("id", …), ("email", …), ("phone", …)]."""
        found = []
        if order.customer and order.customer.id:
            found.append(("id", order.customer.id))
        if email := self._email(order.email or (order.customer.email if order.customer else None)):
            found.append(("email", email))
        if store.customer_match_phone and (number := self._phone(store, order, places)):
            found.append(("phone", number))
        return found

    @api.model
    def _email(self, email):
        """The canonical spelling: Odoo's normal form, with the domain in ASCII."""
        return self.env["shopify.customer"]._email_key(email)

    @api.model
    def _phone(self, store, order, places):
        """E.164, read as a number of the country of the address; None for what is no number there."""
        billing = order.billing
        number = (
            order.phone or (order.customer.phone if order.customer else None) or (billing.phone if billing else None)
        )
        if not number:
            return None
        country = self._country(order, places) or store.company_id.country_id
        return phone.e164(number, country.phone_code)

    @api.model
    def _country(self, order, places):
        Address = self.env["shopify.address"]
        for place in (order.billing, order.shipping, order.customer.default_address if order.customer else None):
            if place and (country := Address._country(place, places)):
                return country
        return self.env["res.country"]

    @api.model
    def _anonymous(self, store, orders, places):
        """{order id: default customer} of orders that name nobody, where the store wants that."""
        if store.anonymous_customer != "default":
            return {}
        found = {}
        for order in orders:
            names_somebody = self._identity(store, order, places) or self._number(order)
            if not names_somebody and (partner := store._default_customer(self._country(order, places))):
                found[order.id] = partner
        return found

    @api.model
    def _number(self, order):
        return order.phone or (order.customer.phone if order.customer else None)

    @api.model
    def _meet(self, store, orders, places, *, make=True):
        """{order id: partner} of people without a link: found by what they share with a partner or with each other, or made."""
        identities = {order.id: self._identity(store, order, places) for order in orders}
        known = self._known(store, {key for keys in identities.values() for key in keys})
        # The same new buyer may stand in a batch twice, and two orders may share an e-mail with a third: one group, one partner.
        group_of, groups = {}, {}
        for position, order in enumerate(orders):
            keys = identities[order.id] or [("order", order.id)]
            members = {group_of[key] for key in keys if key in group_of}
            target = min(members, default=position)
            merged = [order]
            for other in sorted(members):
                merged = groups.pop(other) + merged if other != target else merged
            groups[target] = groups.get(target, []) + merged
            for one in groups[target]:
                for key in identities[one.id] or [("order", one.id)]:
                    group_of[key] = target
        people, strangers = {}, []
        for members in groups.values():
            keys = [key for one in members for key in identities[one.id]]
            partner = next(
                (known[key] for kind in ("email", "phone") for key in keys if key in known and key[0] == kind), None
            )
            if partner:
                people.update(dict.fromkeys((one.id for one in members), partner))
            elif make:
                strangers.append(members)
        self.env["shopify.newcomer"]._claim(
            f"{kind}:{value}"
            for members in strangers
            for one in members
            for kind, value in identities[one.id]
            if kind != "id"
        )
        langs = self.env["shopify.customer"]._langs()
        created = (
            self.env["res.partner"]
            .with_context(**QUIET, shopify_from_store=store.id)
            .create([self._partner_values(store, members[0], places, langs) for members in strangers])
            .with_env(self.env)
        )
        for members, partner in zip(strangers, created, strict=True):
            people.update(dict.fromkeys((one.id for one in members), partner))
        return people

    @api.model
    def _known(self, store, keys):
        """{("email" | "phone", value): the partner to take}, the same one each time.

        Active ones go before archived ones, then people and companies of their own before somebody's contacts, companies before
        people, and the oldest. Employees' own partners are never taken silently.
        """
        emails = {}
        for kind, value in keys:
            if kind == "email":
                emails.update(dict.fromkeys(customer.email_spellings(value), value))
        phones = [value for kind, value in keys if kind == "phone"]
        if not emails and not phones:
            return {}
        domain = Domain("email_normalized", "in", list(emails)) | Domain("id", "in", self._with_phones(phones))
        candidates = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(
                domain
                & Domain("company_id", "in", [False, store.company_id.id])
                & Domain("user_ids", "not any", [("share", "=", False)]),
                order="id",
            )
            .with_env(self.env)
        )
        found = {}
        for partner in candidates.sorted(lambda one: (not one.active, bool(one.parent_id), not one.is_company, one.id)):
            # The e-mail of somebody's delivery address is theirs.
            person = partner.parent_id if partner.parent_id and partner.type in ("invoice", "delivery") else partner
            if (email := emails.get(partner.email_normalized)) is not None:
                found.setdefault(("email", email), person)
            country = partner.country_id or store.company_id.country_id
            if (number := phone.e164(partner.phone, country.phone_code)) in phones:
                found.setdefault(("phone", number), person)
        return found

    @api.model
    def _with_phones(self, phones):
        """Ids of partners whose number may be one of these: it ends alike."""
        if not phones:
            return []
        self.env["res.partner"].flush_model(["phone"])
        rows = self.env.execute_query(
            SQL(
                r"SELECT id FROM res_partner WHERE phone IS NOT NULL AND right(regexp_replace(phone, '\D', '', 'g'), 8) = ANY(%s)",
                list({phone.tail(one) for one in phones}),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _partner_values(self, store, order, places, langs):
        buyer, place = order.customer, order.billing or order.shipping
        if place is None and buyer:
            place = buyer.default_address
        email = order.email or (buyer.email if buyer else None)
        name = (buyer.name if buyer else None) or (place.name if place else None) or email
        values = {
            "name": name or self.env._("Customer of %(store)s", store=store.name),
            "email": "".join(email.split()) if email else False,
            "phone": (place.phone if place else None) or self._number(order),
            "company_id": False,
            "is_company": False,
            "type": "contact",
        }
        if place:
            values.update(self.env["shopify.address"]._values(place, places), company_name=place.company or False)
        lang = self.env["shopify.customer"]._lang_of((buyer.locale if buyer else None) or order.locale, langs)
        if lang:
            values["lang"] = lang
        return values

    # -- links ------------------------------------------------------------------------------------
    @api.model
    def _link(self, store, orders, links, people):
        """Link the customers met for the first time; of partners that were there before, only what is empty is filled."""
        Link, new = self.env["shopify.customer"], {}
        for order in orders:
            buyer = order.customer
            if buyer and buyer.id and buyer.id not in links and buyer.id not in new:
                new[buyer.id] = {
                    **Link._values_of(buyer),
                    "store_id": store.id,
                    "shopify_id": buyer.id,
                    "partner_id": people[order.id].id,
                }
        if new:
            with mute_logger(
                "odoo.sql_db"
            ):  # another runner may link the same customer right now: the batch is repeated
                created = Link.create(list(new.values()))
            created._take_over()

    # -- addresses --------------------------------------------------------------------------------
    @api.model
    def _with_addresses(self, orders, people, companies, places):
        wanted, buyers = {}, {}
        for order in orders:
            buyers[order.id] = companies[order.id][0] if order.id in companies else people[order.id]
            owner = companies[order.id][1] if order.id in companies else people[order.id]
            for kind, place in (("invoice", order.billing), ("delivery", order.shipping)):
                if place and (place.address1 or place.city or place.zip or place.country_code):
                    wanted[order.id, kind] = (owner, place, kind)
        owners = self.env["res.partner"].union(*(owner for owner, _place, _kind in wanted.values()))
        contacts = self.env["shopify.address"]._contacts(owners, wanted, places)
        result = {}
        for order in orders:
            owner = companies[order.id][1] if order.id in companies else people[order.id]
            invoice = contacts.get((order.id, "invoice"), owner)
            result[order.id] = (buyers[order.id], invoice, contacts.get((order.id, "delivery"), invoice))
        return result
