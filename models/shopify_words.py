"""Shopify's words as a person reads them. What is stored stays Shopify's word: rules, searches and comparisons go by it."""

import itertools

from babel import Locale, UnknownLocaleError

from odoo import api, models, tools
from odoo.tools.misc import babel_locale_parse

from ..commerce import text


class ShopifyWords(models.AbstractModel):
    _name = "shopify.words"
    _description = "Shopify's Words"

    @api.model
    @tools.ormcache("self.env.lang", "kind")
    def _known(self, kind):
        """{Shopify's word: what Shopify's admin calls it}.

        Source: Admin API 2026-10, OrderDisplayFinancialStatus and OrderDisplayFulfillmentStatus.
        """
        return {
            "status": {
                "pending": self.env._("Pending"),
                "authorized": self.env._("Authorized"),
                "partially_paid": self.env._("Partially paid"),
                "paid": self.env._("Paid"),
                "partially_refunded": self.env._("Partially refunded"),
                "refunded": self.env._("Refunded"),
                "voided": self.env._("Voided"),
                "expired": self.env._("Expired"),
            },
            "fulfillment": {
                "unfulfilled": self.env._("Not fulfilled"),
                "partially_fulfilled": self.env._("Partially fulfilled"),
                "fulfilled": self.env._("Fulfilled"),
                "in_progress": self.env._("In progress"),
                "on_hold": self.env._("On hold"),
                "scheduled": self.env._("Scheduled"),
                "pending_fulfillment": self.env._("Waits for a service"),
                "open": self.env._("Open"),
                "restocked": self.env._("Restocked"),
                "request_declined": self.env._("Declined by a service"),
                "fulfillment_not_required": self.env._("Nothing to fulfill"),
            },
            "channel": {
                "web": self.env._("Online Store"),
                "pos": self.env._("Point of Sale"),
                "shopify_draft_order": self.env._("Draft Orders"),
                "iphone": self.env._("Shopify on iPhone"),
                "android": self.env._("Shopify on Android"),
            },
            "gateway": {
                "shopify_payments": self.env._("Shopify Payments"),
                "paypal": self.env._("PayPal"),
                "gift_card": self.env._("Gift Card"),
                "manual": self.env._("Manual"),
            },
            "rate": {
                "shopify": self.env._("Shopify"),
            },
        }[kind]

    @api.model
    def _say(self, kind, word):
        """One word; one that nobody knows yet is at least written like words."""
        if not word:
            return ""
        known = self._known(kind).get(text.folded(word))
        return known or (word.replace("_", " ").capitalize() if word.islower() else word)

    @api.model
    def _exemptions(self, codes):
        """Tax exemptions (CA_STATUS_CARD_EXEMPTION, EU_REVERSE_CHARGE_EXEMPTION_RULE), separated by commas, as words.

        Source: Admin API 2026-10, TaxExemption: each begins with the country or union whose rule it is, and its province.
        """
        words = []
        for code in filter(None, (part.strip() for part in (codes or "").split(","))):
            parts = code.split("_")
            place = list(itertools.takewhile(lambda part: len(part) == 2, parts))
            rule = " ".join(parts[len(place) :]).lower()
            words.append(f"{'-'.join(place)}: {rule}" if place else rule.capitalize())
        return ", ".join(words)

    @api.model
    def _language(self, code):
        """A language (de, pt-BR) in the reader's own; a code that is none stays what it is."""
        try:
            language = Locale.parse((code or "").replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return code or ""
        return language.get_display_name(babel_locale_parse(self.env.lang)) or code
