"""The order and its lines as Odoo has them, from what Shopify charged."""

from odoo import models
from odoo.tools import plaintext2html

# How the engine makes and confirms documents: without a mail, a follower or a note for each.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
# Kind of a charge → the service of data/product_product.xml that stands for it.
STAND_INS = {
    "product": "placeholder",
    "custom": "custom",
    "gift_card": "gift_card",
    "shipping": "shipping",
    "tip": "tip",
    "duty": "duty",
    "fee": "duty",
}


class OrderValues(models.AbstractModel):
    _name = "shopify.orders.values"
    _inherit = ["shopify.orders.amounts", "shopify.orders.fulfilled", "shopify.orders.lookups"]
    _description = "Shopify Orders: Values"

    def _prepare_status(self, one, job):
        """What follows Shopify for as long as the order lives; what the body does not carry stays as it is."""
        values = {
            "shopify_updated_at": one.updated_at,
            "shopify_triggered_at": job.triggered_at,
            "shopify_financial_status": one.financial_status,
            "shopify_fulfillment_status": one.fulfillment_status,
            "shopify_cancelled_at": one.cancelled_at,
        }
        return {name: value for name, value in values.items() if value}

    def _prepare_order(self, store, job, one, charges, partners, place):
        customer, invoice, delivery = partners
        place = place or store.location_ids.filtered(lambda one_place: one_place.shopify_id == one.location_id)
        warehouse = (place.warehouse_id if place else None) or store.warehouse_id
        name = one.name or one.id
        return {
            "shopify_store_id": store.id,
            "shopify_order_id": one.id,
            "shopify_order_name": name,
            "shopify_money": store.order_money,
            "shopify_created_at": one.created_at,
            "shopify_location_id": place.id if place else False,
            "shopify_total": charges.total,
            "shopify_total_tax": charges.tax,
            "shopify_seen": self._prepare_seen(one),
            **self._prepare_status(one, job),
            "company_id": store.company_id.id,
            "partner_id": customer.id,
            "partner_invoice_id": invoice.id,
            "partner_shipping_id": delivery.id,
            "warehouse_id": warehouse.id,
            "user_id": store.salesperson_id.id,
            "team_id": store.team_id.id,
            "payment_term_id": False,  # paid at Shopify; an early-payment term would change the taxes (ODOO19 §6.4)
            "client_order_ref": name,
            "origin": name,
            "date_order": one.processed_at or one.created_at or self.env.cr.now(),
            "note": plaintext2html(one.note) if one.note else False,  # the customer's words, not markup
        }

    def _prepare_lines(self, store, one, charges, currency, variants, taxes):
        keys = self._tax_keys(store, one, charges)
        shipped = self._shipped_in_shopify(one)
        return [
            {
                **self._prepare_line(
                    charge,
                    currency,
                    self._product(charge, variants),
                    [(taxes[keys[tax]].tax_id, tax.amount) for tax in charge.taxes if taxes[keys[tax]].tax_id],
                    sequence,
                ),
                "shopify_fulfilled_quantity": shipped.get(charge.line_id, 0),
            }
            for sequence, charge in enumerate(charges.lines, start=1)
        ]

    def _product(self, charge, variants):
        """The linked product; a service in its place where there is none, so that no order is lost."""
        variant = variants.get(charge.variant_id)
        if variant and variant.product_id:
            return variant.product_id
        # A line written by hand that needs no shipping (engraving, gift wrap) is whole as it is; goods are somebody's to name.
        is_custom = charge.kind == "product" and not charge.variant_id and not charge.requires_shipping
        return self.env["product.product"].browse(self._stand_in_id(STAND_INS["custom" if is_custom else charge.kind]))

    def _stand_in_id(self, name):
        """One of our services that stand for what has no product of its own. (`env.ref` would ask the database for each line.)"""
        return self.env["ir.model.data"]._xmlid_to_res_id(f"shopify_sync.product_{name}", raise_if_not_found=True)

    def _prepare_line(self, charge, currency, product, taxes, sequence):
        return {
            "sequence": sequence,
            "product_id": product.id,
            "name": self._line_name(charge, currency, product),
            "product_uom_qty": charge.quantity,
            "product_uom_id": product.uom_id.id,
            **self.env["sale.order.line"]._shopify_prepare_amounts(charge, currency, taxes),
            "is_delivery": charge.kind == "shipping",
            "shopify_line_id": charge.line_id,
            "shopify_kind": charge.kind,
            "shopify_variant_id": charge.variant_id,
            "shopify_sku": charge.sku,
            "shopify_discount": charge.discount,
            "shopify_discount_codes": ", ".join(charge.discount_codes) or False,
        }

    def _line_name(self, charge, currency, product):
        """What the customer bought, and on the next line what was taken off and why: it stands on all papers.

        A linked product is named as Odoo names it (invoices would otherwise say both), anything else as Shopify did.
        """
        is_stand_in = product.id in map(self._stand_in_id, STAND_INS.values())
        title = charge.title if is_stand_in else product.display_name
        if not charge.discount:
            return title
        codes = ", ".join(charge.discount_codes)
        off = self._amount(charge.discount, currency)
        if codes:
            note = self.env._("Discount %(codes)s: −%(amount)s", codes=codes, amount=off)
        else:
            note = self.env._("Discount: −%(amount)s", amount=off)
        return f"{title}\n{note}"
