"""Companies that buy (B2B) and their locations, and the partners they are."""

from odoo import api, fields, models
from odoo.tools import mute_logger


class ShopifyCompany(models.Model):
    _name = "shopify.company"
    _description = "Shopify Company"
    _order = "name, id"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    kind = fields.Selection([("company", "Company"), ("location", "Location")], required=True, readonly=True)
    shopify_id = fields.Char(string="Shopify ID", required=True, readonly=True)
    name = fields.Char(readonly=True, help="As in Shopify.")
    tax_id = fields.Char(string="Tax ID in Shopify", readonly=True)
    tax_note = fields.Char(readonly=True, help="Why the tax ID does not stand on the contact.")
    partner_id = fields.Many2one("res.partner", string="Contact", required=True, index=True, ondelete="cascade")
    known_at = fields.Datetime(string="Read From Shopify", readonly=True)

    # Two companies may be one partner, see shopify.customer.
    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, kind, shopify_id)", "This company of Shopify is already linked to a contact."
    )

    @api.model
    def _resolve(self, store, orders, people):
        """The company's side of B2B orders.

        A company that was never met is made from the order, and a job reads the rest of it (name, tax ID, locations).

        :param people: {order id: the person who ordered}
        :return: {order id: (customer of the order, owner of its addresses)} for orders of companies
        """
        bought = [order for order in orders if order.company_id]
        if not bought:
            return {}
        links = {
            link.shopify_id: link
            for link in self.search(
                [
                    ("store_id", "=", store.id),
                    ("kind", "=", "company"),
                    ("shopify_id", "in", list({order.company_id for order in bought})),
                ]
            )
        }
        new = {order.company_id: order for order in bought if order.company_id not in links}
        links.update(self._meet(store, new))
        self._adopt({people[order.id]: links[order.company_id].partner_id for order in bought})
        result = {}
        for order in bought:
            company, person = links[order.company_id].partner_id, people[order.id]
            # Somebody of another company, or on their own, may order for this one too: then the company is the customer.
            result[order.id] = (person if person.commercial_partner_id == company else company, company)
        return result

    @api.model
    def _meet(self, store, orders):
        """Links of companies seen for the first time: {company id: link}.

        :param orders: {company id: an order of it}
        """
        partners = (
            self.env["res.partner"]
            .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
            .create([self._partner_values(order) for order in orders.values()])
            .with_env(self.env)
        )
        with mute_logger("odoo.sql_db"):  # another runner may meet it right now: the batch is repeated
            links = self.create(
                [
                    {
                        "store_id": store.id,
                        "kind": "company",
                        "shopify_id": number,
                        "name": partner.name,
                        "partner_id": partner.id,
                    }
                    for number, partner in zip(orders, partners, strict=True)
                ]
            )
        self.env["shopify.job"]._enqueue(
            "companies_in", [{"store_id": store.id, "key": f"company:{number}"} for number in orders]
        )
        return dict(zip(orders, links, strict=True))

    @api.model
    def _partner_values(self, order):
        named = [place.company for place in (order.billing, order.shipping) if place and place.company]
        return {
            "name": named[0] if named else self.env._("Company %(number)s", number=order.company_id),
            "is_company": True,
            "company_id": False,
        }

    @api.model
    def _adopt(self, companies):
        """Whoever stands alone, never bought for themselves, and now ordered for a company is its contact.

        Their own address stays theirs: Odoo would replace it by the company's on a contact of type “contact”.

        :param companies: {person: company}
        """
        alone = [
            person
            for person, company in companies.items()
            if not person.parent_id and not person.is_company and not person.child_ids and person != company
        ]
        bought = self.env["sale.order"]._read_group([("partner_id", "in", [one.id for one in alone])], ["partner_id"])
        settled = {person for (person,) in bought}
        Address = self.env["shopify.address"]
        for person in alone:  # once in the life of a contact
            if person not in settled:
                kind = "contact" if Address._is_empty(person) else "other"
                person.write({"type": kind, "parent_id": companies[person].id})
