"""Customers, Shopify → Odoo.   customers/create|update|delete|merge …, consent, tags → shopify.job → here → res.partner

Key: the customer. Repeating it is harmless: unique (store, customer id), and a body older than what was taken over changes nothing.
"""

from odoo import fields, models

from ..commerce import customer_profile, ids, reading, text
from ..commerce.outcome import Done, Final

WHOLE = ("customers/create", "customers/update", "customers/enable", "customers/disable")
CONSENT = {
    "customers_email_marketing_consent/update": ("email_marketing", "email_marketing_consent"),
    "customers_marketing_consent/update": ("sms_marketing", "sms_marketing_consent"),
}
TAGS = ("customer.tags_added", "customer.tags_removed")


class CustomersIn(models.AbstractModel):
    _name = "shopify.flow.customers_in"
    _inherit = "shopify.flow"
    _description = "Customers from Shopify"

    _direction = "in"
    _topics = (*WHOLE, "customers/delete", "customers/merge", *CONSENT, *TAGS)
    _topic_scopes = {"customers/merge": ("read_customer_merge",)}
    _priority = 45

    def _key(self, topic, body):
        return f"customer:{customer_profile.subject(body)}"

    def _run(self, store, jobs):
        outcomes, profiles, others = {}, {}, {}
        for job in jobs:
            try:
                if job.topic in WHOLE:
                    profiles[job] = customer_profile.parse(job._body())
                else:
                    others[job] = self._read(job)
            except reading.Unreadable as unreadable:
                why = self.env._(
                    "Shopify's message could not be read as a customer: %(reason)s", reason=str(unreadable)
                )
                outcomes[job] = Final("unreadable", why)
        links = self._exact(
            store, {*(one.id for one in profiles.values()), *(i for one in others.values() for i in one[0])}
        )
        outcomes.update(self._take_profiles(store, profiles, links))
        for job, (numbers, what) in others.items():
            outcomes[job] = self._take_other(store, job, numbers, what, links)
        return outcomes

    def _exact(self, store, numbers):
        """{customer id: its own row}, also of those who were merged."""
        found = self.env["shopify.customer"].search([("store_id", "=", store.id), ("shopify_id", "in", list(numbers))])
        return {link.shopify_id: link for link in found}

    # -- whole customers --------------------------------------------------------------------------
    def _take_profiles(self, store, profiles, links):
        outcomes, fresh = {}, {}
        for job, profile in profiles.items():
            link = links.get(profile.id)
            if link and link.redacted_at:
                outcomes[job] = Done(link, self.env._("This customer was erased; nothing is taken over any more."))
            elif link and link.merged_into_id:
                outcomes[job] = Done(link.partner_id, self.env._("Merged into another customer meanwhile."))
            elif link and self._is_stale(link, profile.updated_at, job):
                outcomes[job] = Done(
                    link.partner_id, self.env._("Older than what was already taken over: nothing changed.")
                )
            else:
                fresh[job] = profile
        unknown = [profile for profile in fresh.values() if profile.id not in links]
        if unknown:
            links = links | self.env["shopify.buyer"]._resolve_profiles(store, unknown, make=store.make_customers)
        taken, removed = self.env["shopify.customer"], {}
        asked = self._ask_tags(store, fresh.values(), links)
        for job, profile in fresh.items():
            link = links.get(profile.id)
            if not link:
                outcomes[job] = Done(None, self.env._("Not known in Odoo: a contact is made with the first order."))
                continue
            before = text_tags(link.tags)
            values = {**self._prepare(job, profile), **asked.get(profile.id, {})}
            link.write({name: value for name, value in values.items() if link[name] != value})
            removed[link] = before - text_tags(link.tags)
            taken |= link
            outcomes[job] = Done(link.partner_id)
        taken._take_over(removed)
        return outcomes

    def _ask_tags(self, store, profiles, links):
        """{customer id: values} for customers whose tags nobody has told yet: one call for the batch, once for each customer."""
        unknown = [one.id for one in profiles if one.tags is None and one.id in links and not links[one.id].tags_known]
        if not unknown:
            return {}
        nodes = self._ask(store, "nodes__customers", {"ids": [ids.gid("Customer", number) for number in unknown]})[
            "nodes"
        ]
        tags = {ids.number(node["id"]): ", ".join(node["tags"]) or False for node in nodes if node}
        return {number: {"tags": tags.get(number, links[number].tags), "tags_known": True} for number in unknown}

    def _is_stale(self, link, updated_at, job):
        """As for orders: `updated_at` has whole seconds, so the moment of the message decides between equal ones (DESIGN 2.2)."""
        if not updated_at or not link.shopify_updated_at or updated_at > link.shopify_updated_at:
            return False
        if updated_at < link.shopify_updated_at:
            return True
        return bool(job.triggered_at and link.shopify_triggered_at and job.triggered_at < link.shopify_triggered_at)

    def _prepare(self, job, profile):
        values = self.env["shopify.customer"]._values_of(profile.customer)
        # What Shopify says is empty is empty there, though it never empties the contact.
        for name in ("email", "phone"):
            if name in profile.carried:
                values.setdefault(name, False)
        if "default_address" in profile.carried:
            values.setdefault("address", False)
        said = {
            "account": profile.account,
            "email_marketing": profile.email_marketing,
            "sms_marketing": profile.sms_marketing,
            "tags": None if profile.tags is None else ", ".join(profile.tags) or False,
            "tags_known": None if profile.tags is None else True,
            "tax_exemptions": None if profile.tax_exemptions is None else ", ".join(profile.tax_exemptions) or False,
            "shopify_updated_at": profile.updated_at,
            "shopify_triggered_at": job.triggered_at or None,
        }
        values.update({name: value for name, value in said.items() if value is not None})
        return values

    # -- the rest ---------------------------------------------------------------------------------
    def _read(self, job):
        """(the ids it is about, what it says)."""
        body = job._body()
        if job.topic == "customers/merge":
            merge = customer_profile.merge(body)
            return (merge.kept, merge.gone), merge
        number = customer_profile.subject(body)
        if job.topic in CONSENT:
            return (number,), customer_profile.consent(body.get(CONSENT[job.topic][1]))
        return (number,), customer_profile.tags(body.get("tags"))

    def _take_other(self, store, job, numbers, what, links):
        if job.topic == "customers/merge":
            return self._merge(store, job, what, links)
        link = links.get(numbers[0])
        if not link:
            return Done(None, self.env._("Not known in Odoo: nothing to change."))
        if job.topic == "customers/delete":
            link.gone_at = job.triggered_at or fields.Datetime.now()
            return Done(link.partner_id, self.env._("Deleted in Shopify; the contact stays."))
        if job.topic in CONSENT:
            if what:
                link[CONSENT[job.topic][0]] = what
            return Done(link.partner_id)
        before = text_tags(link.tags)
        now = [tag for tag in (link.tags or "").split(", ") if tag]
        if job.topic == "customer.tags_added":
            now += [tag for tag in what if text.folded(tag) not in before]
            gone = set()
        else:
            gone = {text.folded(tag) for tag in what}
            now = [tag for tag in now if text.folded(tag) not in gone]
        link.tags = ", ".join(now) or False
        link._take_tags({link: gone})
        return Done(link.partner_id)

    def _merge(self, store, job, merge, links):
        """Two became one in Shopify: the id that died leads to the one that lives, and Odoo's contacts stay as they are."""
        kept, gone = links.get(merge.kept), links.get(merge.gone)
        if not merge.done:
            return Done(None, self.env._("Shopify could not merge them: nothing changed."))
        if not gone or gone.merged_into_id:
            return Done(kept and kept.partner_id)
        now = job.triggered_at or fields.Datetime.now()
        if not kept:
            # The link moves to the id that lives; the dead one stays findable for messages that are still on their way.
            gone.shopify_id = merge.kept
            gone.flush_recordset()
            self.env["shopify.customer"].create(
                {
                    "store_id": store.id,
                    "shopify_id": merge.gone,
                    "partner_id": gone.partner_id.id,
                    "gone_at": now,
                    "merged_into_id": gone.id,
                }
            )
            return Done(gone.partner_id)
        gone.write({"merged_into_id": kept.id, "gone_at": now})
        if gone.partner_id != kept.partner_id:
            why = self.env._(
                "%(gone)s and %(kept)s were merged in %(store)s: they are one person there. If they are here too, select both in "
                "Contacts and choose Merge; every link is kept.",
                gone=gone.partner_id.display_name,
                kept=kept.partner_id.display_name,
                store=store.name,
            )
            store._alert_responsible(kept.partner_id, why)
        return Done(kept.partner_id)


def text_tags(tags):
    """`"VIP, Wholesale"` → {"vip", "wholesale"}: tags for comparing."""
    return {text.folded(tag) for tag in (tags or "").split(",") if tag.strip()}
