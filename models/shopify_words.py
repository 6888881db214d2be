"""Shopify's words as a person reads them. What is stored stays Shopify's word: rules, searches and comparisons go by it."""

from babel import Locale, UnknownLocaleError

from odoo import api, models
from odoo.tools.misc import babel_locale_parse

from ..commerce import text


class ShopifyWords(models.AbstractModel):
    _name = "shopify.words"
    _description = "Shopify's Words"

    @api.model
    def _known(self, kind):
        """{Shopify's word: what Shopify's admin calls it}.

        Source: Admin API 2026-10, OrderDisplayFinancialStatus and OrderDisplayFulfillmentStatus.
        """
        _ = self.env._
        return {
            "status": {
                "pending": _("Pending"),
                "authorized": _("Authorized"),
                "partially_paid": _("Partially paid"),
                "paid": _("Paid"),
                "partially_refunded": _("Partially refunded"),
                "refunded": _("Refunded"),
                "voided": _("Voided"),
                "expired": _("Expired"),
            },
            "fulfillment": {
                "unfulfilled": _("Not fulfilled"),
                "partially_fulfilled": _("Partially fulfilled"),
                "fulfilled": _("Fulfilled"),
                "in_progress": _("In progress"),
                "on_hold": _("On hold"),
                "scheduled": _("Scheduled"),
                "pending_fulfillment": _("Waits for a service"),
                "open": _("Open"),
                "restocked": _("Restocked"),
                "request_declined": _("Declined by a service"),
                "fulfillment_not_required": _("Nothing to fulfill"),
            },
            "channel": {
                "web": _("Online Store"),
                "pos": _("Point of Sale"),
                "shopify_draft_order": _("Draft Orders"),
                "iphone": _("Shopify on iPhone"),
                "android": _("Shopify on Android"),
            },
            "gateway": {
                "shopify_payments": _("Shopify Payments"),
                "paypal": _("PayPal"),
                "gift_card": _("Gift Card"),
                "manual": _("Manual"),
            },
            "rate": {
                "shopify": _("Shopify"),
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
    def _language(self, code):
        """A language (de, pt-BR) in the reader's own; a code that is none stays what it is."""
        try:
            language = Locale.parse((code or "").replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return code or ""
        return language.get_display_name(babel_locale_parse(self.env.lang)) or code
