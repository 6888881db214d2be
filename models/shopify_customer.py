"""A customer of one store, the partner it is, and what Shopify last said about them.

Odoo owns the merged record: what Shopify says stands here, fills what is empty on the partner, and is shown where it differs.
"""

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from ..commerce import customer, text

# What may differ between the two, in the order in which people read it.
GROUPS = ("name", "email", "phone", "address", "lang")
# Fields of res.partner → the group that is sent to Shopify when one of them changes.
PUSHED = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "street": "address",
    "street2": "address",
    "zip": "address",
    "city": "address",
    "state_id": "address",
    "country_id": "address",
    "company_name": "address",
    "category_id": "tags",
}
CONSENTS = [
    ("subscribed", "Subscribed"),
    ("not_subscribed", "Not subscribed"),
    ("unsubscribed", "Unsubscribed"),
    ("pending", "Not yet confirmed"),
    ("invalid", "Invalid"),
    ("redacted", "Erased"),
]


class ShopifyCustomer(models.Model):
    _name = "shopify.customer"
    _description = "Shopify Customer"
    _rec_name = "partner_id"
    _order = "id desc"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    shopify_id = fields.Char(string="Customer ID", required=True, readonly=True)
    # Several customers of a store may be one partner: the merge wizard deletes rows of a table that says otherwise.
    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    partner_active = fields.Boolean(related="partner_id.active")

    # -- what Shopify says ------------------------------------------------------------------------
    name = fields.Char(readonly=True)
    email = fields.Char(string="E-mail", readonly=True)
    phone = fields.Char(readonly=True)
    address = fields.Json(readonly=True, help="The default address, in Shopify's words.")
    address_text = fields.Char(string="Default Address", compute="_compute_address_text")
    locale = fields.Char(string="Language Code", readonly=True)
    tags = fields.Char(readonly=True, help="Separated by commas, as in Shopify.")
    tags_known = fields.Boolean(readonly=True)  # bodies have none any more, so they are asked for once
    tax_exempt = fields.Boolean(string="Exempt from Tax", readonly=True)
    tax_exemptions = fields.Char(string="Tax Exemption Codes", readonly=True)
    locale_words = fields.Char(string="Language", compute="_compute_words")
    tax_exemptions_words = fields.Char(string="Tax Exemptions", compute="_compute_words")
    email_marketing = fields.Selection(CONSENTS, string="E-mail Marketing", readonly=True)
    sms_marketing = fields.Selection(CONSENTS, string="SMS Marketing", readonly=True)
    account = fields.Selection(
        [("disabled", "None"), ("invited", "Invited"), ("enabled", "Active"), ("declined", "Declined")],
        string="Customer Account",
        readonly=True,
    )
    shopify_updated_at = fields.Datetime(string="Changed in Shopify", readonly=True)
    shopify_triggered_at = fields.Datetime(readonly=True)
    gone_at = fields.Datetime(string="Deleted in Shopify", readonly=True)
    redacted_at = fields.Datetime(string="Erased", readonly=True)
    merged_into_id = fields.Many2one("shopify.customer", readonly=True, index="btree_not_null", ondelete="set null")

    differs = fields.Boolean(string="Differs in Shopify", compute="_compute_differences", store=True, compute_sudo=True)
    differences = fields.Text(compute="_compute_differences", store=True, compute_sudo=True)

    _store_shopify_id_uniq = models.Constraint(
        "UNIQUE(store_id, shopify_id)", "This Shopify customer is already linked to a partner."
    )

    @api.depends("locale", "tax_exemptions")
    @api.depends_context("lang")
    def _compute_words(self):
        words = self.env["shopify.words"]
        for link in self:
            link.locale_words = words._language(link.locale)
            link.tax_exemptions_words = words._exemptions(link.tax_exemptions)

    @api.depends("address")
    def _compute_address_text(self):
        for link in self:
            place = link.address or {}
            lines = (
                place.get("company"),
                place.get("name"),
                place.get("address1"),
                place.get("address2"),
                " ".join(filter(None, (place.get("zip"), place.get("city")))),
                place.get("province"),
                place.get("country") or place.get("country_code"),
            )
            link.address_text = ", ".join(filter(None, lines))

    # -- differences ------------------------------------------------------------------------------
    @api.depends(
        *("name", "email", "phone", "address", "locale", "gone_at"),
        *(f"partner_id.{name}" for name in ("name", "email", "phone", "lang", "street", "street2", "zip", "city")),
        *(f"partner_id.{name}" for name in ("state_id", "country_id")),
    )
    def _compute_differences(self):
        offers = self._offers()
        for link in self:
            differing = [group for group in GROUPS if link._differs_in(group, offers[link].get(group))]
            link.differs = bool(differing) and not link.gone_at
            link.differences = "\n".join(link._difference_text(group, offers[link][group]) for group in differing)

    def _offers(self):
        """{link: {group: {field of res.partner: value}}}: what each would write, for the groups Shopify said something about."""
        places = self.env["shopify.address"]._places([link._place() for link in self if link.address])
        langs = self._langs()
        return {link: link._offer(places, langs) for link in self}

    def _offer(self, places, langs):
        offer = {}
        if self.name:
            offer["name"] = {"name": self.name}
        if self.email:
            offer["email"] = {"email": self.email}
        if self.phone:
            offer["phone"] = {"phone": self.phone}
        if self.address and (place := self._place()) and (place.address1 or place.city or place.zip):
            offer["address"] = self.env["shopify.address"]._values(place, places)
        if lang := self._lang(langs):
            offer["lang"] = {"lang": lang}
        return offer

    def _place(self):
        known = customer.Address.__dataclass_fields__
        return customer.Address(**{name: value for name, value in (self.address or {}).items() if name in known})

    @api.model
    def _langs(self):
        return [code for code, _name in self.env["res.lang"].get_installed()]

    def _lang(self, langs):
        """`de-CH` → the installed language that fits best, or None."""
        return self._lang_of(self.locale, langs)

    @api.model
    def _lang_of(self, locale, langs):
        wanted = (locale or "").replace("-", "_")
        if not wanted:
            return None
        if wanted in langs:
            return wanted
        return next((code for code in langs if code.split("_")[0] == wanted.split("_")[0]), None)

    def _differs_in(self, group, offer):
        """Whether the partner has something else there; what is empty on one side is no difference."""
        partner = self.partner_id
        if not offer:
            return False
        if group == "address":
            Address = self.env["shopify.address"]
            if Address._is_empty(partner):
                return False
            mine = {field: partner[field] for field in offer}
            mine.update(state_id=partner.state_id.id, country_id=partner.country_id.id)
            return Address._key(None, mine) != Address._key(None, offer)
        mine, theirs = partner[group], offer[group]
        if not mine:
            return False
        if group == "name":
            return text.folded(mine) != text.folded(theirs)
        if group == "email":
            return self._email_key(mine) != self._email_key(theirs)
        if group == "phone":
            return not self.env["shopify.address"]._same_phone(mine, theirs)
        return mine != theirs

    @api.model
    def _email_key(self, email):
        spellings = customer.email_spellings(email)
        return (email_normalize(spellings[0], strict=False) or spellings[0]) if spellings else None

    def _difference_text(self, group, offer):
        mine, theirs = self._both(group, offer)
        return self.env._(
            "%(field)s: “%(odoo)s” in Odoo, “%(shopify)s” in Shopify",
            field=self._labels()[group],
            odoo=mine,
            shopify=theirs,
        )

    def _both(self, group, offer):
        """(what Odoo has, what Shopify has), readable."""
        if group == "address":
            mine = self.partner_id._display_address(without_company=True)
            return ", ".join(filter(None, map(str.strip, mine.splitlines()))), self.address_text
        if group == "lang":
            names = dict(self.env["res.lang"].get_installed())
            return names.get(self.partner_id.lang, self.partner_id.lang), names.get(offer["lang"], offer["lang"])
        return self.partner_id[group], offer[group]

    @api.model
    def _labels(self):
        return {
            "name": self.env._("Name"),
            "email": self.env._("E-mail"),
            "phone": self.env._("Phone"),
            "address": self.env._("Address"),
            "lang": self.env._("Language"),
        }

    # -- taking over ------------------------------------------------------------------------------
    def _living(self):
        """The link that counts: a customer who was merged in Shopify is the one they were merged into."""
        link, seen = self, self.browse()
        while link.merged_into_id and link not in seen:
            seen |= link
            link = link.merged_into_id
        return link

    @api.model
    def _values_of(self, one):
        """Fields of a link for a commerce.customer.Customer; what it does not say is left out."""
        values = {
            "name": one.name if one.first_name or one.last_name else None,
            "email": one.email,
            "phone": one.phone,
            "locale": one.locale,
            "tax_exempt": one.tax_exempt,
        }
        if place := one.default_address:
            values["address"] = {
                name: value
                for name in place.__dataclass_fields__
                if (value := getattr(place, name)) is not None and name != "email"
            }
        return {name: value for name, value in values.items() if value is not None}

    def _take_over(self, removed=None):
        """Write to the partners what the stores' policies let Shopify say: the empty fields, all, or none.

        :param removed: {link: its tags that Shopify took away}
        """
        offers = self._offers()
        for link in self.filtered(lambda one: not one.gone_at):
            values = {}
            for group, offer in offers[link].items():
                wins = link.store_id._who_wins(group) if link._may_change(group) else "odoo"
                is_empty = link._is_empty_in(group)
                if wins != "odoo" and (is_empty or (wins == "shopify" and link._differs_in(group, offer))):
                    values.update(offer)
            if values:
                link._write_partner(values)
        self._take_tags(removed or {})
        self._take_exemptions()

    def _may_change(self, group):
        """Whoever can log in to Odoo is sent new passwords at this e-mail, which a shop's customer must not be able to choose."""
        return group != "email" or not self.partner_id.with_context(active_test=False).user_ids

    def _is_empty_in(self, group):
        if group == "address":
            return self.env["shopify.address"]._is_empty(self.partner_id)
        return not self.partner_id[group]

    def _write_partner(self, values):
        """A change that came from this store is not sent back to it."""
        self.partner_id.with_context(shopify_from_store=self.store_id.id).write(values)

    def _take_tags(self, removed):
        """Shopify's tags as contact tags.

        :param removed: {link: tags that were there before and are no more}
        """
        wanted = {
            link: [tag.strip() for tag in (link.tags or "").split(",") if tag.strip()]
            for link in self
            if link.store_id._who_wins("tags") != "odoo" and not link.gone_at
        }
        if not any(wanted.values()) and not any(removed.values()):
            return
        Category = self.env["res.partner.category"]
        # All of them: a tag is the same one whatever its case, and names are translated, so no search by name finds them.
        found = {text.folded(one.name): one for one in Category.search([], order="id desc")}
        fresh = {text.folded(tag): tag for tags in wanted.values() for tag in tags if text.folded(tag) not in found}
        found.update(zip(fresh, Category.create([{"name": name} for name in fresh.values()]), strict=True))
        for link, tags in wanted.items():
            have = link.partner_id.category_id
            want = have | Category.union(*(found[text.folded(tag)] for tag in tags))
            if link.store_id._who_wins("tags") == "shopify":
                want -= Category.union(
                    *(found[key] for tag in removed.get(link, ()) if (key := text.folded(tag)) in found)
                )
            if want != have:
                link._write_partner({"category_id": [(6, 0, want.ids)]})

    def _take_exemptions(self):
        """The fiscal position of exempt customers, where the store names one and the contact has none of its own."""
        for link in self.filtered(lambda one: one.store_id.exempt_fiscal_position_id and not one.gone_at):
            partner = link.partner_id.with_company(link.store_id.company_id)
            position = link.store_id.exempt_fiscal_position_id
            if link.tax_exempt and not partner.property_account_position_id:
                partner.property_account_position_id = position
            elif not link.tax_exempt and partner.property_account_position_id == position:
                partner.property_account_position_id = False

    # -- what is to be sent -----------------------------------------------------------------------
    @api.model
    def _mark_changed(self, partners, groups):
        """Note at commit that these groups of fields changed on partners: one statement, as any user, without a lock."""
        marks = self.env["shopify.job"]._collected("shopify_sync.customers", self._insert_marks)
        marks.append((frozenset(partners.ids), frozenset(groups), self.env.context.get("shopify_from_store") or 0))

    @api.model
    def _insert_marks(self, marks):
        flow = self.env["shopify.flow.customers_out"]
        rows = [(partner, group, origin) for ids, groups, origin in marks for partner in ids for group in groups]
        if not rows:
            return
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO shopify_job (store_id, flow, key, lane, priority, shard, blocking, state, attempts,
                                            payload, res_model, res_id, create_date, write_date)
                   SELECT c.store_id, 'customers_out', 'customer:' || c.shopify_id, %s, %s,
                          ('x' || substr(md5(c.store_id || ':customer:' || c.shopify_id), 1, 7))::bit(28)::int,
                          FALSE, 'pending', 0, json_build_object('changed', json_agg(DISTINCT m.part))::text,
                          'shopify.customer', c.id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                   FROM (VALUES %s) AS m (partner, part, origin)
                   JOIN shopify_customer c ON c.partner_id = m.partner AND c.store_id <> m.origin AND c.gone_at IS NULL
                   JOIN shopify_store s ON s.id = c.store_id
                   WHERE s.active AND s.push_customers AND s.state <> 'draft'
                   GROUP BY c.id RETURNING lane, shard""",
                flow._lane,
                flow._priority,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.env["shopify.runner"]._wake_after_commit(set(inserted))

    # -- buttons ----------------------------------------------------------------------------------
    def action_compare(self):
        self.ensure_one()
        # Made here and not by the browser, which would not send its read-only lines back.
        compare = self.env["shopify.customer.compare"].with_context(default_customer_id=self.id).create({})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Differences to Shopify"),
            "res_model": compare._name,
            "res_id": compare.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_in_shopify(self):
        self.ensure_one()
        handle = self.store_id.shop_domain.removesuffix(".myshopify.com")
        return {
            "type": "ir.actions.act_url",
            "url": f"https://admin.shopify.com/store/{handle}/customers/{self.shopify_id}",
            "target": "new",
        }
