"""Where one customer's personal data stands in Odoo because of a store: to show all of it, and to take it away.

What is kept: contacts that posted invoices name (their name and address: the law of accounting), contacts that are more than this
customer (a company, an employee, a customer of another store, somebody with orders of other ways), and the orders' figures.
"""

from markupsafe import escape

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

# What is emptied on a contact nobody needs any more, and on one that only invoices need.
EVERYTHING = (
    *("email", "phone", "street", "street2", "zip", "city", "state_id", "company_name", "vat", "website", "comment"),
    *("category_id", "image_1920", "ref", "function"),
)
REACHABLE = ("email", "phone", "website", "comment", "category_id", "image_1920", "function")
OPEN_JOBS = ("pending", "attention")


class ShopifyPersonalData(models.AbstractModel):
    _name = "shopify.personal.data"
    _description = "Personal data of Shopify's customers"

    # -- finding ----------------------------------------------------------------------------------
    @api.model
    def _find(self, store, customer_id, email, orders):
        """{name: records} of what belongs to a customer of this store.

        :param orders: ids of Shopify's orders that the request names
        """
        Link = self.env["shopify.customer"]
        domain = Domain("store_id", "=", store.id) & Domain("shopify_id", "=", customer_id)
        links = Link.search(domain) if customer_id else Link
        links |= Link.search([("merged_into_id", "in", links.ids)]) if links else Link
        # Of who registered but has no link any more, what the e-mail leads to counts where it is this store's.
        canonical = Link._email_key(email)
        known = self.env["shopify.buyer"]._known(store, {("email", canonical)} if canonical else ())
        by_email = self.env["res.partner"].union(*known.values())
        theirs = Domain("shopify_order_id", "in", list(orders))
        if owners := links.partner_id | by_email:
            theirs |= Domain("partner_id", "child_of", owners.ids)
        sales = self.env["sale.order"].search(Domain("shopify_store_id", "=", store.id) & theirs)
        nobody = store.default_customer_ids.partner_id
        # The order of a company belongs to it, and its other people are not this customer.
        people = (links.partner_id | sales.partner_id.filtered(lambda one: not one.is_company)) - nobody
        contacts = people
        if people:
            below = people.with_context(active_test=False).search([("id", "child_of", people.ids)], order="id")
            contacts = below.with_env(self.env)
        contacts |= (sales.partner_invoice_id | sales.partner_shipping_id).filtered(
            lambda one: one.commercial_partner_id in people and not one.commercial_partner_id.is_company
        )
        return {
            "links": links,
            "contacts": contacts - nobody,
            "sales": sales,
            "invoices": sales.invoice_ids,
            **self._messages(
                store, {*links.mapped("shopify_id"), customer_id} - {None, False}, sales, orders, contacts
            ),
        }

    @api.model
    def _messages(self, store, customers, sales, orders, contacts):
        numbers = {*sales.mapped("shopify_order_id"), *orders}
        keys = [f"customer:{one}" for one in customers] + [f"order:{one}" for one in numbers]
        keys += [f"partner:{contact.id}" for contact in contacts]
        jobs = self.env["shopify.job"].search([("store_id", "=", store.id), ("key", "in", keys)])
        # A call that makes a customer names them by e-mail alone, and its answer by the id.
        named = [f'/Customer/{one}"' for one in customers] + [f'/Order/{one}"' for one in numbers]
        named += [f'"{key}"' for contact in contacts if (key := self.env["shopify.customer"]._email_key(contact.email))]
        self.env["shopify.call"].flush_model(["variables", "answer", "store_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM shopify_call c WHERE c.store_id = %s AND EXISTS (
                       SELECT FROM unnest(%s::text[]) AS part (text)
                       WHERE strpos(c.variables::text || COALESCE(c.answer::text, ''), part.text) > 0)""",
                store.id,
                named,
            )
        )
        calls = jobs.call_id | self.env["shopify.call"].browse(row[0] for row in rows)
        return {"jobs": jobs, "calls": calls}

    @api.model
    def _why_open(self, found, own_job):
        """In words, what is not finished with this customer, or None."""
        sales = found["sales"]
        unfinished = sales.filtered(
            lambda one: (
                one.state in ("draft", "sent")
                or (
                    one.state == "sale"
                    and (
                        one.invoice_status == "to invoice"
                        or one.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
                    )
                )
            )
        )
        if unfinished:
            names = ", ".join(unfinished.mapped("display_name"))
            return self.env._("Orders are still open: %(orders)s.", orders=names)
        waiting = (found["jobs"] - own_job).filtered(lambda job: job.state in OPEN_JOBS and job.flow != "compliance_in")
        if waiting:
            return self.env._("%(count)s messages about them are still in the queue.", count=len(waiting))
        return None

    # -- showing ----------------------------------------------------------------------------------
    @api.model
    def _report(self, found):
        """What is kept, as {section: [{label: text}]}, in the words of the screens."""
        return {
            self.env._("Customer in Shopify"): self._rows(
                found["links"],
                *("shopify_id", "name", "email", "phone", "address_text", "locale", "tags", "tax_exempt", "account"),
                *("email_marketing", "sms_marketing", "create_date"),
            ),
            self.env._("Contacts"): self._rows(
                found["contacts"],
                *("name", "type", "email", "phone", "company_name", "street", "street2", "zip", "city", "state_id"),
                *("country_id", "vat", "lang", "category_id", "comment", "create_date"),
            ),
            self.env._("Orders"): self._rows(
                found["sales"],
                *("name", "shopify_order_name", "date_order", "state", "amount_total", "currency_id", "partner_id"),
                *("partner_invoice_id", "partner_shipping_id", "note"),
            ),
            self.env._("Order Lines"): self._rows(
                found["sales"].order_line, "order_id", "name", "product_uom_qty", "price_total"
            ),
            self.env._("Deliveries"): self._rows(
                found["sales"].picking_ids, "name", "partner_id", "date_done", "state", "carrier_tracking_ref"
            ),
            self.env._("Invoices"): self._rows(
                found["invoices"], "name", "move_type", "invoice_date", "amount_total", "state", "partner_id"
            ),
            self.env._("Messages from Shopify"): self._rows(
                found["jobs"], "topic", "key", "create_date", "state", "payload"
            ),
            self.env._("Calls to Shopify"): self._rows(
                found["calls"], "document", "create_date", "variables", "answer"
            ),
        }

    def _rows(self, records, *names):
        """One {label: text} a record; what is empty is left out."""
        labels = records.fields_get(names, ["string", "selection", "type"])
        rows = []
        for record in records:
            row = {}
            for name in names:
                if name in labels and (text := self._text(record, name, labels[name])):
                    row[labels[name]["string"]] = text
            rows.append(row)
        return rows

    def _text(self, record, name, field):
        value = record[name]
        if field["type"] in ("many2one", "many2many", "one2many"):
            return ", ".join(value.mapped("display_name"))
        if field["type"] == "selection":
            return dict(field["selection"]).get(value, "")
        if field["type"] == "boolean":
            return self.env._("Yes") if value else ""
        return str(value) if value not in (False, None) else ""

    @api.model
    def _count(self, found):
        """One line for the audit record."""
        return self.env._(
            "Customers of Shopify: %(links)s, contacts: %(contacts)s, orders: %(orders)s, invoices: %(invoices)s, "
            "messages: %(jobs)s, calls: %(calls)s",
            links=len(found["links"]),
            contacts=len(found["contacts"]),
            orders=len(found["sales"]),
            invoices=len(found["invoices"]),
            jobs=len(found["jobs"]),
            calls=len(found["calls"]),
        )

    # -- taking away ------------------------------------------------------------------------------
    @api.model
    def _anonymize(self, store, found):
        """Take away what the law allows. Returns what was done and what was kept, in words.

        Repeating it is harmless: what is empty stays empty.
        """
        links, contacts = found["links"], found["contacts"]
        self._forget_said(store, found["sales"], contacts)
        elsewhere = self._used_elsewhere(store, contacts, links)
        bound = self._on_invoices(contacts - elsewhere)
        free = contacts - elsewhere - bound
        self._empty_links(links)
        quiet = {"shopify_from_store": store.id, "tracking_disable": True, "mail_notrack": True}
        fields_of = self.env["res.partner"]._fields
        for contact in free.with_context(**quiet):
            contact.write(
                {
                    **{name: False for name in EVERYTHING if name in fields_of},
                    "name": self.env._("Erased customer %(number)s", number=contact.id),
                    "parent_id": False if contact.parent_id.is_company else contact.parent_id.id,
                }
            )
        bound.with_context(**quiet).write({name: False for name in REACHABLE if name in fields_of})
        free.filtered("active").with_context(**quiet).action_archive()
        self._forget_tracking(free | bound)
        self.env["shopify.personal.words"]._forget_words(store, found["sales"].with_context(**quiet))
        self._empty_messages(found["jobs"], found["calls"])
        return self._say_done(free, bound, elsewhere, found)

    def _used_elsewhere(self, store, contacts, links):
        """Contacts that are more than this customer, with all that hangs on them."""
        # sudo: what other companies and salespeople have with a contact counts, whoever runs this.
        alone = contacts.sudo()
        tops = alone.filtered(
            lambda one: (
                one.is_company
                or one.with_context(active_test=False).user_ids
                or one.shopify_customer_ids.filtered(lambda link: link not in links and not link.redacted_at)
            )
        )
        foreign = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                Domain("partner_id", "in", alone.ids)
                & (Domain("shopify_store_id", "!=", store.id) | Domain("shopify_store_id", "=", False)),
                ["partner_id"],
            )
        )
        tops |= self.env["res.partner"].sudo().union(*(partner for (partner,) in foreign))
        kept = alone.filtered(lambda one: one in tops or one.parent_id in tops & alone)
        return contacts.filtered(lambda one: one.id in kept.ids)

    def _on_invoices(self, contacts):
        """Contacts that posted invoices or bills name, or whose contacts they name."""
        moves = self.env["account.move"].sudo()  # sudo: as above
        bound = set()
        for name in ("partner_id", "partner_shipping_id", "commercial_partner_id"):
            groups = moves._read_group([(name, "in", contacts.ids), ("state", "=", "posted")], [name])
            bound |= {partner.id for (partner,) in groups}
        return contacts.filtered(lambda one: one.id in bound)

    def _empty_links(self, links):
        now = fields.Datetime.now()
        links.write(
            {
                **dict.fromkeys(
                    ("name", "email", "phone", "address", "locale", "tags", "tax_exemptions", "account"), False
                ),
                "email_marketing": False,
                "sms_marketing": False,
                "redacted_at": now,
            }
        )
        links.filtered(lambda one: not one.gone_at).gone_at = now

    def _forget_said(self, store, sales, contacts):
        """Where their words were noted besides: in an order's chatter, when it was edited, and as an attribute's example."""
        words = {word for one in contacts for word in (one.name, one.street, one.email, one.phone) if word}
        notes = (
            line.strip() for note in sales.filtered("note").mapped("note") for line in html2plaintext(note).splitlines()
        )
        words = {word for word in words.union(notes) if len(word) > 3}  # "Li" stands in every text
        if words and sales:
            said = Domain.OR([("body", "ilike", str(escape(word)))] for word in words)
            theirs = Domain("model", "=", "sale.order") & Domain("res_id", "in", sales.ids)
            self.env["mail.message"].search(theirs & said).write({"body": self.env._("Erased.")})
        told = "\n".join(
            filter(None, [*sales.mapped("shopify_attributes"), *sales.order_line.mapped("shopify_properties")])
        )
        self.env["shopify.attribute"].search([("store_id", "=", store.id), ("example", "!=", False)]).filtered(
            lambda one: f"{one.name}: {one.example}" in told
        ).example = False

    def _forget_tracking(self, contacts):
        """Odoo keeps the old e-mail address and name in the history of changes."""
        messages = self.env["mail.message"].search([("model", "=", "res.partner"), ("res_id", "in", contacts.ids)])
        # sudo: nobody may delete these by hand, and the law asks for it.
        self.env["mail.tracking.value"].sudo().search([("mail_message_id", "in", messages.ids)]).unlink()

    def _empty_messages(self, jobs, calls):
        # A request that waits for a decision is not done, nor failed, because of another one; its own end empties it.
        ended = jobs.filtered(
            lambda job: job.state not in OPEN_JOBS or (job.flow == "compliance_in" and job.state != "attention")
        )
        self.env["shopify.retention"]._redact(ended.filtered("payload"))
        calls.filtered(lambda call: call.state != "sent").write(
            {"variables": {"erased": True}, "answer": False, "before": False}
        )

    def _say_done(self, free, bound, elsewhere, found):
        lines = [
            self.env._("%(count)s contacts anonymized and archived.", count=len(free)),
            self.env._(
                "%(messages)s messages and %(calls)s calls emptied.",
                messages=len(found["jobs"]),
                calls=len(found["calls"]),
            ),
        ]
        if bound:
            lines.append(
                self.env._(
                    "%(count)s contacts stand on posted invoices: name and address are kept as accounting demands, e-mail and "
                    "phone are gone.",
                    count=len(bound),
                )
            )
        if elsewhere:
            lines.append(
                self.env._(
                    "%(count)s contacts are more than this customer (a company, a user, another store's customer, or somebody with "
                    "other orders) and were kept: decide about them yourself.",
                    count=len(elsewhere),
                )
            )
        return "\n".join(lines)
