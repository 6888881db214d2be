"""A tax as Shopify charged it, and the Odoo tax it is. The list fills itself with what orders brought."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger


class ShopifyTax(models.Model):
    _name = "shopify.tax"
    _description = "Shopify Tax"
    _check_company_auto = True
    _order = "store_id, country_code, province_code, title, rate"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    title = fields.Char(required=True, readonly=True, help="The name under which Shopify charged it.")
    rate = fields.Float(string="Rate (%)", digits=(16, 6), readonly=True)
    included = fields.Boolean(string="In the Price", readonly=True, help="Shopify's prices contained this tax.")
    country_code = fields.Char(
        string="Country",
        readonly=True,
        help="Where the order was delivered to. Of one without an address: where the till stands, or the company.",
    )
    province_code = fields.Char(
        string="State",
        readonly=True,
        default="",
        help="Where taxes are owed to a state each, as in the United States. Empty: whichever.",
    )
    channel_liable = fields.Boolean(
        string="Remitted for You",
        readonly=True,
        default=False,
        help="Shopify or a marketplace collects and remits this tax itself: it is no debt of yours. Choose a tax that posts to "
        "an account of its own.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        string="Odoo Tax",
        check_company=True,
        ondelete="restrict",
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '!=', 'group')]",
        help="Orders that wait for this tax continue as soon as it is chosen.",
    )
    is_proposal = fields.Boolean(
        string="To Review", readonly=True, help="The Odoo tax was taken because it was the only one that fits."
    )
    suggestion_id = fields.Many2one(
        "account.tax", compute="_compute_suggestion_id", help="A tax of the same rate and, where known, country."
    )
    order_count = fields.Integer(string="Orders Waiting", compute="_compute_order_count")
    first_order_name = fields.Char(string="First Met In", readonly=True)

    # NULLS NOT DISTINCT needs PostgreSQL 15; empty strings and zero stand for "none", so plain uniqueness holds.
    _tax_uniq = models.Constraint(
        "UNIQUE(store_id, title, rate, included, country_code, province_code, channel_liable)",
        "This tax of Shopify is already in the list.",
    )

    @api.depends("title", "rate", "country_code", "province_code", "included")
    def _compute_display_name(self):
        for tax in self:
            included = self.env._("included") if tax.included else self.env._("added")
            place = "-".join(filter(None, (tax.country_code, tax.province_code))) or "–"
            tax.display_name = f"{tax.title} {tax.rate:g} % ({place}, {included})"

    @api.depends("rate", "country_code", "included", "channel_liable", "company_id")
    def _compute_suggestion_id(self):
        for tax, fitting in self._fitting().items():
            same_inclusion = fitting.filtered(lambda other, tax=tax: bool(other.price_include) == tax.included)
            tax.suggestion_id = (same_inclusion or fitting)[:1]

    def _fitting(self):
        """{shopify.tax: the Odoo taxes that it may be}: same rate, country, and the same one who remits it."""
        candidates = self.env["account.tax"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "in", list({round(tax.rate, 4) for tax in self})),
            ]
        )
        # An Odoo tax says nowhere that a channel remits it; that somebody has chosen it for such a tax says so.
        remitted = self.search([("channel_liable", "=", True), ("tax_id", "in", candidates.ids)]).tax_id
        return {
            tax: candidates.filtered(
                lambda other, tax=tax: (
                    other.company_id == tax.company_id
                    and round(other.amount, 4) == round(tax.rate, 4)
                    # Never by rate alone across countries: 19 % is Germany's and Cyprus's.
                    and other.country_id.code == (tax.country_code or tax.company_id.account_fiscal_country_id.code)
                    and (other in remitted) == tax.channel_liable
                )
            )
            for tax in self
        }

    def _compute_order_count(self):
        waiting = dict(
            self.env["shopify.job"]._read_group(
                [("state", "=", "attention"), ("cause_key", "in", [f"tax:{tax.id}" for tax in self])],
                ["cause_key"],
                ["__count"],
            )
        )
        for tax in self:
            tax.order_count = waiting.get(f"tax:{tax.id}", 0)

    def action_open_waiting(self):
        """The jobs of the orders that wait for this tax."""
        action = self.env["ir.actions.act_window"]._for_xml_id("shopify_sync.shopify_job_action")
        waiting = [("state", "=", "attention"), ("cause_key", "in", [f"tax:{tax.id}" for tax in self])]
        name = self.env._("Orders Waiting")  # the breadcrumb shows the display name
        return {**action, "name": name, "display_name": name, "domain": waiting, "context": {}}

    @api.constrains("tax_id")
    def _check_tax_id(self):
        for tax in self:
            if tax.tax_id and tax.tax_id.amount_type == "group":
                raise ValidationError(self.env._("Choose a single tax: Shopify lists each tax of a group by itself."))

    def write(self, vals):
        if vals.keys() - {"tax_id", "is_proposal"} and not (
            self.env.su or self.env.user.has_group("shopify_sync.group_manager")
        ):
            raise AccessError(self.env._("Only the Odoo tax may be chosen: the rest is what Shopify says."))
        if "tax_id" in vals:
            vals = {"is_proposal": False, **vals}  # whoever chooses has looked at it
        result = super().write(vals)
        if vals.get("tax_id"):
            self.env["shopify.job"]._retry_cause([f"tax:{tax.id}" for tax in self | self._without_country()])
        return result

    def _without_country(self):
        """The rows of old without a country in whose place these stand now (see `_resolve`)."""
        names = {(tax.store_id, tax.title, tax.rate, tax.included, tax.channel_liable) for tax in self}
        rows = self.search(
            [
                ("store_id", "in", self.store_id.ids),
                ("title", "in", self.mapped("title")),
                ("country_code", "in", (False, "")),
                ("tax_id", "=", False),
            ]
        )
        return rows.filtered(lambda tax: (tax.store_id, tax.title, tax.rate, tax.included, tax.channel_liable) in names)

    # -- buttons ----------------------------------------------------------------------------------
    def action_accept_suggestion(self):
        self.check_access("write")
        for suggestion, taxes in (
            self.filtered(lambda tax: tax.suggestion_id and not tax.tax_id).grouped("suggestion_id").items()
        ):
            taxes.write({"tax_id": suggestion.id})
        self.filtered("is_proposal").write({"is_proposal": False})

    def action_create_tax(self):
        """Make the Odoo taxes that are missing, for several at once; what fits already is taken instead of made twice."""
        self.check_access("write")
        self.env["account.tax"].check_access("create")
        remitted = self.filtered(lambda tax: tax.channel_liable and not tax.tax_id)
        if remitted:
            raise UserError(
                self.env._(
                    "%(tax)s is remitted by Shopify or a marketplace, so it must not be posted to your tax account. Make a tax "
                    "with an account of its own under Accounting → Configuration → Taxes, and choose it here.",
                    tax=remitted[0].display_name,
                )
            )
        missing = self.filtered(lambda tax: not tax.tax_id)
        missing.action_accept_suggestion()
        for company, taxes in missing.filtered(lambda tax: not tax.tax_id).grouped("company_id").items():
            taxes.with_company(company)._create_taxes(company)

    def _create_taxes(self, company):
        """One Odoo tax for each name, rate, place and inclusion, whichever stores met it."""
        alike = self.grouped(lambda tax: (tax.title, tax.rate, tax.included, tax.country_code, tax.province_code))
        countries = self.env["res.country"].search([("code", "in", self.mapped("country_code"))]).grouped("code")
        home = company.account_fiscal_country_id or company.country_id
        groups = self._tax_groups(company, home.union(*countries.values()))
        repartition = self._prepare_repartition(company)
        values = []
        for taxes in alike.values():
            tax = taxes[0]
            country = countries.get(tax.country_code, home)
            values.append(
                {
                    "name": self._name_of_new(tax),
                    "amount": tax.rate,
                    "amount_type": "percent",
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included" if tax.included else "tax_excluded",
                    "company_id": company.id,
                    "country_id": country.id,
                    "tax_group_id": groups[country].id,
                    **repartition,
                }
            )
        created = self.env["account.tax"].create(values)
        for taxes, tax in zip(alike.values(), created, strict=True):
            taxes.write({"tax_id": tax.id})

    def _name_of_new(self, tax):
        """Odoo wants one name for one tax of a country: rate, state and inclusion make it so."""
        return tax.display_name

    def _tax_groups(self, company, countries):
        """{country: its tax group}, made where there is none: Odoo refuses a tax whose group is another country's."""
        Group = self.env["account.tax.group"]
        found = Group.search(
            [*Group._check_company_domain(company), ("country_id", "in", countries.ids)], order="sequence, id"
        )
        groups = {}
        for group in found:
            groups.setdefault(group.country_id, group)
        missing = [country for country in countries if country not in groups]
        created = Group.create(
            [
                {
                    "name": self.env._("Taxes of %(country)s", country=country.name),
                    "company_id": company.id,
                    "country_id": country.id,
                }
                for country in missing
            ]
        )
        groups.update(zip(missing, created, strict=True))
        return groups

    def _prepare_repartition(self, company):
        """The accounts that the company's default sales tax posts to: without one a tax would land in the income account."""
        model = company.account_sale_tax_id
        if not model or model.amount_type == "group":
            model = self.env["account.tax"].search(
                [
                    ("company_id", "=", company.id),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("invoice_repartition_line_ids.account_id", "!=", False),
                ],
                limit=1,
            )
        account = model.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax").account_id[
            :1
        ]
        lines = [
            Command.create({"repartition_type": "base"}),
            Command.create({"repartition_type": "tax", "factor_percent": 100, "account_id": account.id}),
        ]
        return {"invoice_repartition_line_ids": lines, "refund_repartition_line_ids": lines}

    # -- business ---------------------------------------------------------------------------------
    @api.model
    def _resolve(self, store, keys, order_names):
        """The record of each tax met, made where it is new. A row without a state stands for every state.

        Of an order without an address the country is not known. Its row is the one without a country where somebody has
        chosen its Odoo tax, as was done before tills had a country; else the row of the till's or the company's country.

        :param keys: set of (title, rate in percent as Decimal, included, country code, state code, channel liable,
            (country, state) of the till or the company, where the order names no country)
        :param order_names: {key: name of an order that charged it}, for the list's "first met in"
        :return: {key: shopify.tax}
        """

        # The column is a double: both sides are rounded to the six digits it keeps.
        def stored(key, country, state):
            title, rate, included, _country, _state, liable, _home = key
            return (title, round(float(rate), 6), included, country, state, liable)

        known = {
            (
                tax.title,
                round(tax.rate, 6),
                tax.included,
                tax.country_code or "",
                tax.province_code or "",
                tax.channel_liable,
            ): tax
            for tax in self.search([("store_id", "=", store.id), ("title", "in", list({key[0] for key in keys}))])
        }

        def found(key):
            *_what, country, state, _liable, home = key
            rows = [
                known.get(stored(key, *place)) or known.get(stored(key, place[0], ""))
                for place in ([(country, state)] if country else [("", ""), home])
            ]
            rows = list(filter(None, rows))
            # None chosen: the country's own, which serves whoever delivers there too.
            return next((row for row in rows if row.tax_id), rows[-1] if rows else None)

        missing = {}
        for key in keys:
            if not found(key):
                place = (key[3], key[4]) if key[3] else key[6]
                missing.setdefault(stored(key, *place), key)
        with mute_logger("odoo.sql_db"):  # another runner may meet the same tax right now: the batch is repeated
            created = self.create(
                [
                    {
                        "store_id": store.id,
                        "title": title,
                        "rate": rate,
                        "included": included,
                        "country_code": country,
                        "province_code": state,
                        "channel_liable": liable,
                        "first_order_name": order_names.get(key),
                    }
                    for (title, rate, included, country, state, liable), key in missing.items()
                ]
            )
        known.update(zip(missing, created, strict=True))
        resolved = {key: found(key) for key in keys}
        if store.tax_policy == "propose":
            self.union(*resolved.values())._propose()
        return resolved

    def _propose(self):
        """Take the Odoo tax by itself where exactly one fits; an accountant reviews it in the list."""
        open_ones = self.filtered(lambda tax: not tax.tax_id)
        for tax, fitting in open_ones._fitting().items():
            exact = fitting.filtered(lambda other, tax=tax: bool(other.price_include) == tax.included)
            if len(exact) == 1:
                tax.write({"tax_id": exact.id, "is_proposal": True})  # once for each tax that a store ever meets
