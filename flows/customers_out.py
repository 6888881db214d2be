"""Customers, Odoo → Shopify.   a linked partner changed, "Create in Shopify" → shopify.job → here → customerUpdate, tags, address

Key: the customer (or, before there is one, the partner). Repeating it is harmless: Shopify's customer is read first, only what
differs in the fields that were changed is sent, and a customer to be created is looked for by e-mail or phone, unique in a shop.

What comes back by webhook is what the contact has, so it changes nothing. No list is ever sent as a whole: tags are added and
removed one by one, and the default address has a mutation of its own (customerSet would delete what is left out, FACTS 116).
"""

from odoo import models

from ..commerce import customer, ids, phone, reading, text
from ..commerce.outcome import Done, NeedsPerson

READ = 50
INVITE = "customer_send_account_invite_email"


class CustomersOut(models.AbstractModel):
    _name = "shopify.flow.customers_out"
    _inherit = "shopify.flow"
    _description = "Customers to Shopify"

    _direction = "out"
    _priority = 47
    _batch = READ

    def _run(self, store, jobs):
        outcomes = {}
        creating = jobs.filtered(lambda job: job.res_model == "res.partner")
        changed = jobs - creating
        links = self.env["shopify.customer"].browse(changed.mapped("res_id")).exists().grouped("id")
        linked = {job: links[job.res_id] for job in changed if job.res_id in links}
        outcomes.update(
            dict.fromkeys(changed.filtered(lambda job: job not in linked), Done(None, self.env._("No longer linked.")))
        )
        if linked and not store.push_customers:
            outcomes.update(
                dict.fromkeys(linked, Done(None, self.env._("Customers are not sent: it is switched off.")))
            )
            linked = {}
        nodes = self._read(store, linked.values())
        for job, link in linked.items():
            try:
                outcomes[job] = self._send_changes(store, job, link, nodes.get(link.shopify_id))
            except NeedsPerson as outcome:
                outcomes[job] = outcome
        for job in creating:
            try:
                outcomes[job] = self._create(store, job)
            except NeedsPerson as outcome:
                outcomes[job] = outcome
        return outcomes

    def _read(self, store, links):
        """{customer id: Shopify's node} as they are now."""
        gids = [ids.gid("Customer", link.shopify_id) for link in links]
        if not gids:
            return {}
        answer = self._ask(store, "nodes__customers", {"ids": gids})
        return {ids.number(node["id"]): node for node in answer["nodes"] if node}

    # -- changes ----------------------------------------------------------------------------------
    def _send_changes(self, store, job, link, node):
        if node is None:
            return Done(link.partner_id, self.env._("Shopify no longer has this customer."))
        groups = set(job._body().get("changed") or ())
        said = {}
        if given := self._changes(store, link.partner_id, node, groups):
            said.update(
                self._call(
                    store, job, link, "customer_update", "customerUpdate", {"input": {"id": node["id"], **given}}
                )
            )
        if "address" in groups:
            self._send_address(store, job, link, node)
        if "tags" in groups:
            self._send_tags(store, job, link, node)
        if said.get("customer"):
            updated = said["customer"].get("updatedAt")
            link.write(self._believe(link, given, updated))
        return Done(link.partner_id)

    def _changes(self, store, partner, node, groups):
        """CustomerInput of what differs in these groups. What was emptied in Odoo is left as it is in Shopify."""
        given = {}
        shown = " ".join(filter(None, (node["firstName"], node["lastName"])))
        if "name" in groups and partner.name and text.folded(partner.name) != text.folded(shown):
            given["firstName"], given["lastName"] = customer.split_name(partner.name)
        email = (node["defaultEmailAddress"] or {}).get("emailAddress")
        key = self.env["shopify.customer"]._email_key
        if "email" in groups and partner.email and key(partner.email) != key(email):
            given["email"] = key(partner.email)
        number = self._phone(store, partner)
        if "phone" in groups and number and number != (node["defaultPhoneNumber"] or {}).get("phoneNumber"):
            given["phone"] = number
        return given

    def _phone(self, store, partner):
        """E.164, as Shopify wants it; a number that is none in the contact's country goes as it is, and Shopify decides."""
        if not partner.phone:
            return None
        country = partner.country_id or store.company_id.country_id
        return phone.e164(partner.phone, country.phone_code) or partner.phone

    def _believe(self, link, given, updated):
        """What Shopify has now, so that its webhook of our own change finds nothing to do."""
        values = {name: given[name] for name in ("email", "phone") if name in given}
        if "lastName" in given:
            values["name"] = " ".join(filter(None, (given["firstName"], given["lastName"])))
        if (
            updated
            and (moment := reading.moment(updated, "updatedAt"))
            and (not link.shopify_updated_at or moment > link.shopify_updated_at)
        ):
            values["shopify_updated_at"] = moment
        return values

    def _send_address(self, store, job, link, node):
        Address = self.env["shopify.address"]
        partner, there = link.partner_id, node["defaultAddress"]
        if Address._is_empty(partner):
            return
        place = there and customer.address(
            {
                "name": there["name"],
                **{
                    name: there[name]
                    for name in ("company", "address1", "address2", "city", "zip", "province", "phone")
                },
                "province_code": there["provinceCode"],
                "country_code": there["countryCodeV2"],
            }
        )
        mine = {field: partner[field] for field in ("street", "street2", "zip", "city")}
        mine.update(state_id=partner.state_id.id, country_id=partner.country_id.id)
        company = partner.name if partner.is_company else partner.company_name
        if place:
            theirs = Address._values(place, Address._places([place]))
            if Address._key(company, mine) == Address._key(place.company, theirs):
                return
        first, last = customer.split_name(partner.name)
        if there:
            # The name on the address is the buyer's own; it is not the contact's to change.
            first, last = there["firstName"], there["lastName"]
        given = {
            "firstName": first,
            "lastName": last,
            "company": company or None,
            "address1": partner.street or None,
            "address2": partner.street2 or None,
            "city": partner.city or None,
            "zip": partner.zip or None,
            "countryCode": partner.country_id.code or None,
            "provinceCode": partner.state_id.code or None,
            "phone": there["phone"] if there else self._phone(store, partner),
        }
        variables = {"customerId": node["id"], "address": given}
        if there:
            variables["addressId"] = there["id"]
            self._call(store, job, link, "customer_address_update", "customerAddressUpdate", variables)
        else:
            variables["setAsDefault"] = True
            self._call(store, job, link, "customer_address_create", "customerAddressCreate", variables)
        link.address = {
            "name": " ".join(filter(None, (first, last))) or None,
            **{
                name: given[name] for name in ("company", "address1", "address2", "city", "zip", "phone") if given[name]
            },
            "country": partner.country_id.name or None,
            "country_code": given["countryCode"],
            "province": partner.state_id.name or None,
            "province_code": given["provinceCode"],
        }

    def _send_tags(self, store, job, link, node):
        """Added in Odoo: added there. Removed there only what the contact once had from Shopify, so that its own tags stay."""
        mine = {text.folded(name): name for name in link.partner_id.category_id.mapped("name")}
        theirs = {text.folded(tag): tag for tag in node["tags"]}
        add = [name for key, name in mine.items() if key not in theirs]
        synced = (
            {text.folded(tag) for tag in (link.tags or "").split(",")} if store._who_wins("tags") != "odoo" else set()
        )
        remove = [tag for key, tag in theirs.items() if key in synced and key not in mine]
        if add:
            self._call(store, job, link, "tags_add", "tagsAdd", {"id": node["id"], "tags": add})
        if remove:
            self._call(store, job, link, "tags_remove", "tagsRemove", {"id": node["id"], "tags": remove})
        left = [tag for tag in node["tags"] if tag not in remove]
        link.tags = ", ".join(left + add) or False

    # -- creating ---------------------------------------------------------------------------------
    def _create(self, store, job):
        partner = self.env["res.partner"].browse(job.res_id).exists()
        if not partner:
            return Done(None, self.env._("The contact was deleted meanwhile."))
        wishes = job._body()
        link = partner.shopify_customer_ids.filtered(lambda one: one.store_id == store and not one.gone_at)[:1]
        node = self._read(store, link).get(link.shopify_id) if link else self._find(store, partner)
        note = None
        if node and not link:
            link = self._adopt(store, partner, node)
            note = self.env._("Shopify knew this customer already: linked.")
        if not node:
            link, node = self._make(store, job, partner)
        if wishes.get("invite"):
            note = self._invite(store, job, link, node) or note
        return Done(partner, note)

    def _find(self, store, partner):
        """Shopify's customer with this e-mail, else with this phone number: exact, unlike a search (SHOPIFY_API §23)."""
        if email := self.env["shopify.customer"]._email_key(partner.email):
            identifier = {"emailAddress": email}
        else:
            identifier = {"phoneNumber": self._phone(store, partner)}
        return self._ask(store, "customer_by_identifier", {"identifier": identifier})["customerByIdentifier"]

    def _adopt(self, store, partner, node):
        number = ids.number(node["id"])
        Link = self.env["shopify.customer"]
        link = Link.search([("store_id", "=", store.id), ("shopify_id", "=", number)])
        if link and link.partner_id != partner:
            raise NeedsPerson(
                "customer_taken",
                self.env._(
                    "%(store)s has a customer with the e-mail or phone of %(partner)s, who is %(other)s in Odoo. Merge the two "
                    "contacts if they are one person, else correct the e-mail.",
                    store=store.name,
                    partner=partner.display_name,
                    other=link.partner_id.display_name,
                ),
                record=partner,
            )
        return link or Link.create(
            {**self._values_of(node), "store_id": store.id, "shopify_id": number, "partner_id": partner.id}
        )

    def _values_of(self, node):
        return {
            "name": " ".join(filter(None, (node["firstName"], node["lastName"]))) or False,
            "email": (node["defaultEmailAddress"] or {}).get("emailAddress"),
            "phone": (node["defaultPhoneNumber"] or {}).get("phoneNumber"),
            "tags": ", ".join(node["tags"]) or False,
            "tags_known": True,
            "account": (node["state"] or "").lower() or False,
        }

    def _make(self, store, job, partner):
        first, last = customer.split_name(partner.name)
        given = {
            "firstName": first,
            "lastName": last,
            "email": self.env["shopify.customer"]._email_key(partner.email),
            "phone": self._phone(store, partner),
            "tags": partner.category_id.mapped("name"),
        }
        payload = self._call(store, job, None, "customer_create", "customerCreate", {"input": given})
        number = ids.number(payload["customer"]["id"])
        node = {
            "id": payload["customer"]["id"],
            "firstName": first,
            "lastName": last,
            "state": "DISABLED",
            "tags": given["tags"],
            "defaultEmailAddress": {"emailAddress": given["email"]},
            "defaultPhoneNumber": {"phoneNumber": given["phone"]},
            "defaultAddress": None,
        }
        link = self.env["shopify.customer"].create(
            {**self._values_of(node), "store_id": store.id, "shopify_id": number, "partner_id": partner.id}
        )
        self._send_address(store, job, link, node)
        return link, node

    def _invite(self, store, job, link, node):
        if node["state"] == "ENABLED":
            return self.env._("This customer has an account already: not invited again.")
        if node["state"] == "INVITED" and job.call_id.document == INVITE:
            return None  # our own call was answered by nobody, but did arrive
        payload = self._call(store, job, link, INVITE, "customerSendAccountInviteEmail", {"customerId": node["id"]})
        link.account = (payload["customer"] or {}).get("state", "INVITED").lower()
        return None

    # -- calling ----------------------------------------------------------------------------------
    def _call(self, store, job, link, document, root, variables):
        """One mutation; what Shopify refuses is a person's business."""
        payload, user_errors = self._send(store, job, document, root, variables)
        if user_errors:
            partner = link.partner_id if link else self.env["res.partner"].browse(job.res_id)
            raise NeedsPerson(
                "customer_refused",
                self.env._(
                    "Shopify refused %(partner)s: “%(reason)s” Correct the contact, or the customer in Shopify, and retry.",
                    partner=partner.display_name,
                    reason="; ".join(error.message for error in user_errors),
                ),
                record=partner,
            )
        return payload
