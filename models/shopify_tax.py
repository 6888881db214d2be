"""A tax as Shopify charged it, and the Odoo tax it is. The list fills itself with what orders brought."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger


class ShopifyTax(models.Model):
    _name = "shopify.tax"
    _description = "Shopify Tax"
    _check_company_auto = True
    _order = "store_id, country_code, title, rate"

    store_id = fields.Many2one("shopify.store", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    title = fields.Char(required=True, readonly=True, help="The name under which Shopify charged it.")
    rate = fields.Float(string="Rate (%)", digits=(16, 6), readonly=True)
    included = fields.Boolean(string="In the Price", readonly=True, help="Shopify's prices contained this tax.")
    country_code = fields.Char(string="Country", readonly=True, help="Where the order was delivered to.")
    tax_id = fields.Many2one(
        "account.tax",
        string="Odoo Tax",
        check_company=True,
        ondelete="restrict",
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '!=', 'group')]",
        help="Orders that wait for this tax continue as soon as it is chosen.",
    )
    suggestion_id = fields.Many2one(
        "account.tax", compute="_compute_suggestion_id", help="A tax of the same rate and, where known, country."
    )
    order_count = fields.Integer(string="Orders Waiting", compute="_compute_order_count")
    first_order_name = fields.Char(string="First Met In", readonly=True)

    # NULLS NOT DISTINCT needs PostgreSQL 15; empty strings and zero stand for "none", so plain uniqueness holds.
    _tax_uniq = models.Constraint(
        "UNIQUE(store_id, title, rate, included, country_code)", "This tax of Shopify is already in the list."
    )

    @api.depends("title", "rate", "country_code", "included")
    def _compute_display_name(self):
        for tax in self:
            included = self.env._("included") if tax.included else self.env._("added")
            tax.display_name = f"{tax.title} {tax.rate:g} % ({tax.country_code or '–'}, {included})"

    @api.depends("rate", "country_code", "included", "company_id")
    def _compute_suggestion_id(self):
        candidates = self.env["account.tax"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "in", list({round(tax.rate, 4) for tax in self})),
            ]
        )
        for tax in self:
            fitting = candidates.filtered(
                lambda other, tax=tax: (
                    other.company_id == tax.company_id
                    and round(other.amount, 4) == round(tax.rate, 4)
                    # Never by rate alone across countries: 19 % is Germany's and Cyprus's.
                    and other.country_id.code == (tax.country_code or tax.company_id.account_fiscal_country_id.code)
                )
            )
            same_inclusion = fitting.filtered(lambda other, tax=tax: bool(other.price_include) == tax.included)
            tax.suggestion_id = (same_inclusion or fitting)[:1]

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
        return {**action, "name": self.env._("Orders Waiting"), "domain": waiting, "context": {}}

    @api.constrains("tax_id")
    def _check_tax_id(self):
        for tax in self:
            if tax.tax_id and tax.tax_id.amount_type == "group":
                raise ValidationError(self.env._("Choose a single tax: Shopify lists each tax of a group by itself."))

    def write(self, vals):
        result = super().write(vals)
        if vals.get("tax_id"):
            self.env["shopify.job"]._retry_cause([f"tax:{tax.id}" for tax in self])
        return result

    def action_accept_suggestion(self):
        self.check_access("write")
        for suggestion, taxes in self.filtered("suggestion_id").grouped("suggestion_id").items():
            taxes.write({"tax_id": suggestion.id})

    @api.model
    def _resolve(self, store, keys, order_names):
        """The record of each tax met, made where it is new.

        :param keys: set of (title, rate in percent as Decimal, included, country code)
        :param order_names: {key: name of an order that charged it}, for the list's "first met in"
        :return: {key: shopify.tax}
        """

        # The column is a double: both sides are rounded to the six digits it keeps.
        def stored(title, rate, included, country):
            return (title, round(float(rate), 6), included, country)

        known = {
            stored(tax.title, tax.rate, tax.included, tax.country_code or ""): tax
            for tax in self.search([("store_id", "=", store.id), ("title", "in", list({key[0] for key in keys}))])
        }
        missing = {stored(*key): key for key in keys if stored(*key) not in known}
        with mute_logger("odoo.sql_db"):  # another runner may meet the same tax right now: the batch is repeated
            created = self.create(
                [
                    {
                        "store_id": store.id,
                        "title": title,
                        "rate": rate,
                        "included": included,
                        "country_code": country,
                        "first_order_name": order_names.get(missing[title, rate, included, country]),
                    }
                    for title, rate, included, country in missing
                ]
            )
        known.update(zip(missing, created, strict=True))
        return {key: known[stored(*key)] for key in keys}
