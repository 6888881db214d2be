"""Companies that buy (B2B), Shopify → Odoo.   companies/*, company_locations/*, a first order → shopify.job → here → res.partner

Key: the company. Repeating it is harmless: whatever was told, the company is read anew, and rows are unique (store, kind, id).
Companies that never bought stay in Shopify.
"""

from odoo import fields, models
from odoo.exceptions import ValidationError

from ..commerce import customer, ids, text
from ..commerce.outcome import Done

READ = 20  # companies a call: each brings its locations


class CompaniesIn(models.AbstractModel):
    _name = "shopify.flow.companies_in"
    _inherit = "shopify.flow"
    _description = "Companies from Shopify"

    _direction = "in"
    _topics = ("companies/update", "company_locations/create", "company_locations/update")
    _priority = 46
    _batch = READ
    _coalesces = True

    def _key(self, topic, body):
        company = body.get("company") if topic.startswith("company_locations/") else body
        number = ids.number((company or {}).get("admin_graphql_api_id") or (company or {}).get("id"))
        if number is None:
            raise ValueError("the body names no company")
        return f"company:{number}"

    def _run(self, store, jobs):
        by_number = {job.key.removeprefix("company:"): job for job in jobs}
        links = self.env["shopify.company"].search(
            [("store_id", "=", store.id), ("kind", "=", "company"), ("shopify_id", "in", list(by_number))]
        )
        outcomes = {
            job: Done(None, self.env._("This company has not bought yet: a contact is made with its first order."))
            for number, job in by_number.items()
            if number not in links.mapped("shopify_id")
        }
        if not links:
            return outcomes
        answer = self._ask(store, "nodes__companies", {"ids": [ids.gid("Company", link.shopify_id) for link in links]})
        nodes = {ids.number(node["id"]): node for node in answer["nodes"] if node}
        read = {link: nodes[link.shopify_id] for link in links if link.shopify_id in nodes}
        self._take(store, read)
        outcomes.update({by_number[link.shopify_id]: Done(link.partner_id) for link in links})
        return outcomes

    # -- taking over ------------------------------------------------------------------------------
    def _take(self, store, read):
        """:param read: {link of a company: its node}"""
        for link, node in read.items():
            self._take_company(store, link, node)
        wanted, names = {}, {}
        for link, node in read.items():
            for location in node["locations"]["nodes"]:
                number = ids.number(location["id"])
                names[number] = (link, text.clean(location["name"]))
                for kind, key in (("delivery", "shippingAddress"), ("invoice", "billingAddress")):
                    if place := self._place(location[key]):
                        wanted[number, kind] = (link.partner_id, place, kind)
        Address = self.env["shopify.address"]
        places = Address._places([place for _owner, place, _kind in wanted.values()])
        self._settle(store, read, wanted, places)
        contacts = Address._contacts(self.env["res.partner"].union(*(one.partner_id for one in read)), wanted, places)
        self._link_locations(store, names, contacts)

    def _take_company(self, store, link, node):
        """Name and tax ID. What we named ourselves from an order's address is replaced; what a person entered stays."""
        partner, name = link.partner_id, text.clean(node["name"])
        values = {"name": name, "known_at": fields.Datetime.now()}
        if name and partner.name != name and (partner.name == link.name or store._who_wins("name") == "shopify"):
            partner.with_context(shopify_from_store=store.id).name = name
        tax_ids = [text.clean(one["taxSettings"]["taxRegistrationId"]) for one in node["locations"]["nodes"]]
        tax_id = next(filter(None, tax_ids), None)
        values["tax_id"] = tax_id
        values["tax_note"] = self._take_tax_id(partner, tax_id) if tax_id else False
        link.write(values)

    def _take_tax_id(self, partner, tax_id):
        """Why the tax ID could not be written to the contact; False where it stands there now."""
        if partner.vat:
            if text.folded(partner.vat).replace(" ", "") == text.folded(tax_id).replace(" ", ""):
                return False
            return self.env._("The contact has another one, %(vat)s.", vat=partner.vat)
        try:
            # Odoo checks it, where the country's rules are known to it (ODOO19 §12).
            with self.env.cr.savepoint():
                partner.vat = tax_id
                partner.flush_recordset()
        except ValidationError as refused:
            partner.invalidate_recordset(["vat"])
            return self.env._("Odoo does not accept it: %(reason)s", reason=refused.args[0])
        return False

    def _settle(self, store, read, wanted, places):
        """The address of a company without one: where its first location is invoiced, else delivered to."""
        Address = self.env["shopify.address"]
        for link, node in read.items():
            if not Address._is_empty(link.partner_id):
                continue
            marks = [
                (ids.number(one["id"]), kind) for one in node["locations"]["nodes"] for kind in ("invoice", "delivery")
            ]
            place = next((wanted[mark][1] for mark in marks if mark in wanted), None)
            if place:
                link.partner_id.with_context(shopify_from_store=store.id).write(Address._values(place, places))

    def _place(self, node):
        if not node:
            return None
        return customer.address(
            {
                "name": node["recipient"],
                "company": node["companyName"],
                "address1": node["address1"],
                "address2": node["address2"],
                "city": node["city"],
                "zip": node["zip"],
                "province": node["province"],
                "province_code": node["zoneCode"],
                "country": node["country"],
                "country_code": node["countryCode"],
                "phone": node["phone"],
            }
        )

    def _link_locations(self, store, names, contacts):
        Company = self.env["shopify.company"]
        domain = [("store_id", "=", store.id), ("kind", "=", "location"), ("shopify_id", "in", list(names))]
        known = {link.shopify_id: link for link in Company.search(domain)}
        now, new = fields.Datetime.now(), []
        for number, (company, name) in names.items():
            contact = contacts.get((number, "delivery")) or contacts.get((number, "invoice")) or company.partner_id
            if link := known.get(number):
                link.write({"name": name, "known_at": now})
            else:
                new.append(
                    {
                        "store_id": store.id,
                        "kind": "location",
                        "shopify_id": number,
                        "name": name,
                        "partner_id": contact.id,
                        "known_at": now,
                    }
                )
        Company.create(new)
