"""Shopify's postal addresses as Odoo's: country and state by code, and contacts that are reused rather than piled up."""

import re

from odoo import api, models

from ..commerce import text

FIELDS = ("street", "street2", "zip", "city", "state_id", "country_id")
_ZIP_NOISE = re.compile(r"[\s-]")
_NO_DIGITS = re.compile(r"\D")
# National and international spelling of one number have the same end.
PHONE_END = 7


class ShopifyAddress(models.AbstractModel):
    _name = "shopify.address"
    _description = "Shopify's addresses in Odoo"

    @api.model
    def _places(self, addresses):
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
    def _country(self, place, places):
        return places[0].get((place.country_code or "").upper(), self.env["res.country"])

    @api.model
    def _values(self, place, places):
        """Fields of res.partner for a commerce.customer.Address; empty parts are False."""
        country = self._country(place, places)
        state = places[1].get((country.code, (place.province_code or "").upper()))
        city = place.city
        if place.province and not state:
            # A province Odoo does not know is still part of the address.
            city = ", ".join(filter(None, (city, place.province)))
        return {
            "street": place.address1 or False,
            "street2": place.address2 or False,
            "zip": place.zip or False,
            "city": city or False,
            "state_id": state.id if state else False,
            "country_id": country.id,
        }

    @api.model
    def _contact_values(self, place, places, fallback):
        """A child contact. Odoo keeps no company name on one that has a parent, so it stands before the person's."""
        name = ", ".join(dict.fromkeys(filter(None, (place.company, place.name))))
        return {"name": name or fallback, "phone": place.phone or False, **self._values(place, places)}

    @api.model
    def _key(self, label, values):
        """Equal for places that differ only in case, blanks, width of letters and punctuation of the zip."""
        return (
            text.folded(label or None),
            *(text.folded(values[field] or None) for field in ("street", "street2", "city")),
            _ZIP_NOISE.sub("", text.folded(values["zip"] or None)),
            values["state_id"],
            values["country_id"],
        )

    @api.model
    def _record_key(self, partner):
        """The key of a contact as it stands; a person's company name is part of the label, as in `_contact_values`."""
        label = ", ".join(dict.fromkeys(filter(None, (partner.company_name, partner.name))))
        values = {field: partner[field] for field in FIELDS}
        values.update(state_id=partner.state_id.id, country_id=partner.country_id.id)
        return self._key(label, values)

    @api.model
    def _same_phone(self, one, other):
        """Whether two numbers may be one: an end that is equal, or one of them is not known."""
        ends = [_NO_DIGITS.sub("", number or "")[-PHONE_END:] for number in (one, other)]
        return not all(ends) or ends[0] == ends[1]

    @api.model
    def _is_empty(self, partner):
        return not any(partner[field] for field in ("street", "street2", "zip", "city"))

    @api.model
    def _contacts(self, owners, wanted, places):
        """The contact for each wanted place: the owner, one of their contacts (archived ones too), or a new one.

        :param owners: res.partner of all of them
        :param wanted: {key of the caller: (owner, commerce.customer.Address, contact type)}
        :return: {key of the caller: res.partner}
        """
        known = {}
        # Active ones first, so that an archived address comes back only where there is no other.
        children = (
            owners.with_context(active_test=False)
            .search([("parent_id", "in", owners.ids)], order="active DESC, id")
            .with_env(self.env)
        )
        for contact in (*owners, *children):
            owner = contact if contact in owners else contact.parent_id
            known.setdefault((owner.id, self._record_key(contact)), []).append(contact)
        found, new, waiting = {}, {}, {}
        for mark, (owner, place, kind) in wanted.items():
            values = self._contact_values(place, places, owner.name)
            key = (owner.id, self._key(values["name"], values))
            contact = next((one for one in known.get(key, ()) if self._same_phone(one.phone, values["phone"])), None)
            if contact:
                found[mark] = contact
                continue
            fresh = (*key, _NO_DIGITS.sub("", values["phone"] or "")[-PHONE_END:])
            waiting[mark] = fresh
            new.setdefault(
                fresh, {**values, "type": kind, "parent_id": owner.id, "company_id": owner.company_id.id or False}
            )
        made = self._create_contacts(owners, new)
        found.update({mark: made[fresh] for mark, fresh in waiting.items()})
        gone = self.env["res.partner"].union(*found.values()).filtered(lambda one: not one.active)
        if gone:
            gone.action_unarchive()
        return found

    @api.model
    def _create_contacts(self, owners, new):
        """:param new: {key of a new contact, of which the owner's id is the first part: its values}"""
        quiet = self.env["res.partner"].with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        # Odoo hands VAT, fiscal position and the like down to each contact, with queries of its own for each of them. Owners
        # made in this very transaction have nothing of the kind yet.
        fresh = set(owners.filtered(lambda one: one.create_date == self.env.cr.now()).ids)
        made = {}
        for skip in (True, False):
            part = {key: values for key, values in new.items() if (key[0] in fresh) is skip}
            contacts = quiet.with_context(_partners_skip_fields_sync=skip).create(list(part.values()))
            made.update(zip(part, contacts.with_env(self.env), strict=True))
        return made
