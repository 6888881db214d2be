"""Articles that no product is linked to: a placeholder line and a notice, a hold, or a new product, as the store says."""

from odoo import models

from ...commerce.outcome import NeedsPerson


class OrderUnknownArticles(models.AbstractModel):
    _name = "shopify.orders.unknown"
    _description = "Shopify Orders: Unknown Articles"

    def _resolve_variants(self, store, batch):
        """{Shopify's variant id: shopify.variant} of a batch; one that was never heard of is noted, so that it can be linked.

        :param batch: list of (job, commerce Order, Charges)
        """
        sold = {}
        for _job, _one, charges in batch:
            for charge in charges.lines:
                if charge.variant_id:
                    sold.setdefault(charge.variant_id, charge)
        Variant = self.env["shopify.variant"]
        known = Variant._resolve(store, sold)
        new = [charge for variant_id, charge in sold.items() if variant_id not in known]
        if new:
            made = Variant._upsert(store, [self._prepare_variant(charge) for charge in new])
            made._match_by_sku()
            known.update({variant.shopify_id: variant for variant in made})
        return known

    def _prepare_variant(self, charge):
        return {
            "shopify_id": charge.variant_id,
            "title": charge.title,
            "sku": charge.sku or False,
            "product_shopify_id": charge.product_id or False,
        }

    def _why_unknown(self, store, one, charges, variants):
        """Where the store says so, an order waits for its articles; lines that never had one (custom lines) hold nothing."""
        if store.unknown_product != "hold":
            return None
        for charge in charges.lines:
            variant = variants.get(charge.variant_id)
            if charge.kind == "product" and variant and not variant.product_id:
                return NeedsPerson(
                    "product_unknown",
                    self.env._(
                        "No product is linked to “%(article)s” (%(sku)s). Link one under Shopify → Mapping → Variants, or create "
                        "it from there; %(order)s and all other orders waiting for it will continue.",
                        order=one.name or one.id,
                        article=charge.title,
                        sku=charge.sku or self.env._("no SKU"),
                    ),
                    cause_key=f"variant:{variant.id}",
                )
        return None

    def _tell_unknown(self, sale):
        """A notice for whoever is responsible, and the work that a link or a new product sets off. Returns the notice."""
        placeholder = self.env.ref("shopify_sync.product_placeholder")
        lines = sale.order_line.filtered(lambda line: line.product_id == placeholder)
        articles = lines.filtered("shopify_variant_id")
        names = ", ".join(f"{line.shopify_sku or '–'} ({line.name.splitlines()[0]})" for line in lines)
        if articles:
            note = self.env._(
                "These articles of %(order)s are not linked to a product yet: %(articles)s. Link them under Shopify → Mapping → "
                "Variants, or create them from there: the product then takes its place on this order by itself.",
                order=sale.shopify_order_name,
                articles=names,
            )
            # It may be linked this very moment, which neither transaction can see of the other: look once more after the commit.
            self.env["shopify.job"]._enqueue(
                "unknown_products", [self.env["shopify.flow.unknown_products"]._prepare_order_job(sale)]
            )
            self._make_where_wanted(sale, articles)
        else:
            note = self.env._(
                "These lines of %(order)s were written by hand in Shopify and name no article: %(articles)s. Put a product on them "
                "if something is to be delivered.",
                order=sale.shopify_order_name,
                articles=names,
            )
        kind = self.env.ref("shopify_sync.mail_activity_type_unknown_product")
        if not sale.activity_ids.filtered(lambda activity: activity.activity_type_id == kind):
            user = sale.shopify_store_id.responsible_id or self.env.ref("base.user_admin")
            sale.with_context(mail_activity_quick_update=True).activity_schedule(
                "shopify_sync.mail_activity_type_unknown_product",
                summary=self.env._("Shopify: unknown article"),
                note=note,
                user_id=user.id,
            )
        return note

    def _make_where_wanted(self, sale, lines):
        store = sale.shopify_store_id
        if store.unknown_product == "create":
            variants = self.env["shopify.variant"]._resolve(store, lines.mapped("shopify_variant_id"))
            self.env["shopify.variant"].union(*variants.values())._enqueue_creation()
