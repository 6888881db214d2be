"""Requests about personal data that Shopify passes on, and that the law gives us 30 days for.

Path: customers/data_request, customers/redact, shop/redact → shopify.job → here → a person. Key: the customer, or the shop.
Repeating it is harmless: nothing is changed here, a person is told what was asked and decides (SHOPIFY_API §10.5).
"""

from odoo import models

from ..commerce import ids, text
from ..commerce.outcome import NeedsPerson


class ComplianceIn(models.AbstractModel):
    _name = "shopify.flow.compliance_in"
    _inherit = "shopify.flow"
    _description = "Requests about Personal Data"

    _direction = "both"
    _topics = ("customers/data_request", "customers/redact", "shop/redact")
    _subscribes = False  # configured once on the app, at the address without a store's token
    _lane = "slow"
    _priority = 30

    def _key(self, topic, body):
        customer = body.get("customer")
        number = ids.number(customer.get("id")) if isinstance(customer, dict) else None
        return f"customer:{number}" if number else "shop"

    def _run(self, store, jobs):
        return {job: NeedsPerson("personal_data", self._words(store, job)) for job in jobs}

    def _words(self, store, job):
        customer = job._body().get("customer")
        email = text.clean(customer.get("email")) if isinstance(customer, dict) else None
        who = email or self.env._("a customer without e-mail address")
        if job.topic == "customers/data_request":
            return self.env._(
                "%(who)s asked %(store)s which data is kept about them. Answer within 30 days, then set this aside. "
                "Settings → Technical → Privacy Lookup finds it.",
                who=who,
                store=store.name,
            )
        if job.topic == "customers/redact":
            return self.env._(
                "%(who)s asked %(store)s to be forgotten. Anonymize the contact within 30 days, as far as no invoice binds it, "
                "then set this aside. Settings → Technical → Privacy Lookup finds it.",
                who=who,
                store=store.name,
            )
        return self.env._(
            "The app was removed from %(store)s, and Shopify asks to delete what was kept of the shop's customers. Decide "
            "within 30 days what your accounting must keep, then set this aside.",
            store=store.name,
        )
