"""Why an order is imported but held: what Odoo could not reproduce to the cent, with the numbers and what to do."""

from odoo import models

from ...commerce.outcome import NeedsPerson


class OrderHolds(models.AbstractModel):
    _name = "shopify.orders.holds"
    _inherit = ["shopify.orders.amounts", "shopify.orders.lookups"]
    _description = "Shopify Orders: Holds"

    def _why_hold(self, store, one, charges, currency, taxes):
        """Why the order cannot be reproduced exactly, known before it is made; None when nothing speaks against it."""
        name = one.name or one.id
        if not currency:
            return NeedsPerson(
                "currency_unknown",
                self.env._(
                    "%(currency)s is not active in Odoo, and %(order)s is in that currency. Activate it, give it a rate, and press "
                    "“Check again”.",
                    order=name,
                    currency=charges.currency,
                ),
                cause_key=f"currency:{charges.currency}",
            )
        if currency != store.company_id.currency_id and not currency.rate_ids.filtered(
            lambda rate: not rate.company_id or rate.company_id == store.company_id.root_id
        ):
            return NeedsPerson(
                "currency_unknown",
                self.env._(
                    "%(currency)s has no exchange rate, and Odoo would book %(order)s one to one. Enter a rate, and press “Check "
                    "again”.",
                    order=name,
                    currency=charges.currency,
                ),
                cause_key=f"currency:{charges.currency}",
            )
        unknown = next(
            (
                taxes[key]
                for tax, key in self._tax_keys(store, one, charges).items()
                if tax.amount and not taxes[key].tax_id
            ),
            None,
        )
        if unknown:
            return NeedsPerson(
                "tax_unknown",
                self.env._(
                    "Shopify charged “%(title)s” %(rate)g %% (%(country)s, %(included)s), and %(store)s has no tax for it. Choose "
                    "the tax under Shopify → Mapping → Taxes; %(order)s and all other orders waiting for it will continue.",
                    order=name,
                    title=unknown.title,
                    rate=unknown.rate,
                    country="-".join(filter(None, (unknown.country_code, unknown.province_code)))
                    or self.env._("no country"),
                    included=self.env._("included in the price")
                    if unknown.included
                    else self.env._("added to the price"),
                    store=store.name,
                ),
                cause_key=f"tax:{unknown.id}",
            )
        if charges.difference or charges.tax_difference:
            return NeedsPerson(
                "total_differs",
                self.env._(
                    "Shopify's total of %(order)s is %(total)s with %(tax)s taxes, and its own lines come to %(lines)s with "
                    "%(line_tax)s. %(note)s",
                    order=name,
                    total=self._amount(charges.total, currency),
                    tax=self._amount(charges.tax, currency),
                    lines=self._amount(charges.total - charges.difference, currency),
                    line_tax=self._amount(charges.tax - charges.tax_difference, currency),
                    note=charges.note or "",
                ).strip(),
            )
        return None

    def _why_differs(self, sale, charges):
        """What Odoo made of it, against Shopify, to the cent: the order's total, its taxes, and every line."""
        currency = sale.currency_id
        if (
            currency.name == charges.currency
            and self._same(currency, sale.amount_total, charges.total)
            and self._same(currency, sale.amount_tax, charges.tax)
            and not self._lines_that_differ(sale, charges)
        ):
            return None
        return NeedsPerson(
            "total_differs",
            self.env._(
                "Shopify's total of %(order)s is %(total)s with %(tax)s taxes, Odoo's is %(odoo)s with %(odoo_tax)s. Lines that "
                "differ: %(lines)s.",
                order=sale.shopify_order_name,
                total=self._amount(charges.total, currency),
                tax=self._amount(charges.tax, currency),
                odoo=self._amount(sale.amount_total, currency),
                odoo_tax=self._amount(sale.amount_tax, currency),
                lines=", ".join(self._lines_that_differ(sale, charges)) or self.env._("none"),
            ),
        )

    def _lines_that_differ(self, sale, charges):
        currency = sale.currency_id
        return [
            charge.title
            for line, charge in zip(sale.order_line, charges.lines, strict=True)
            if not self._same(currency, line.price_total, charge.gross)
            or not self._same(currency, line.price_subtotal, charge.net)
        ]
