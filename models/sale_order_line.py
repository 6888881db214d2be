from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "shopify.owned"]

    shopify_line_id = fields.Char(
        string="Shopify Line ID", readonly=True, copy=False, index="btree_not_null", prefetch="shopify"
    )
    shopify_kind = fields.Selection(
        [
            ("product", "Article"),
            ("gift_card", "Gift card"),
            ("shipping", "Shipping"),
            ("tip", "Tip"),
            ("duty", "Duty"),
            ("fee", "Fee"),
        ],
        readonly=True,
        copy=False,
    )
    shopify_variant_id = fields.Char(string="Shopify Variant ID", readonly=True, copy=False, prefetch="shopify")
    shopify_sku = fields.Char(string="Shopify SKU", readonly=True, copy=False, prefetch="shopify")
    shopify_discount = fields.Monetary(
        readonly=True, copy=False, help="What Shopify took off the line; the price is without it.", prefetch="shopify"
    )
    shopify_discount_codes = fields.Char(string="Discount Codes", readonly=True, copy=False, prefetch="shopify")
    shopify_quantity = fields.Integer(string="Quantity in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_net = fields.Monetary(string="Untaxed in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_gross = fields.Monetary(string="Amount in Shopify", readonly=True, copy=False, prefetch="shopify")
    shopify_shipped_before = fields.Integer(
        string="Shipped Before Going Live",
        readonly=True,
        copy=False,
        help="Pieces that had left before Odoo took part: they are not delivered once more.",
        prefetch="shopify",
    )
    shopify_pending = fields.Boolean(
        string="Edit Not Applied",
        readonly=True,
        copy=False,
        help="Shopify changed this line when it was shipped, invoiced or changed here already.",
        prefetch="shopify",
    )
    shopify_difference = fields.Selection(
        [("shopify", "Edited in Shopify"), ("odoo", "Changed in Odoo")],
        string="Differs Because",
        compute="_compute_shopify_difference",
    )
    shopify_state_in_words = fields.Char(string="Here", compute="_compute_shopify_difference")

    @api.depends(
        "shopify_kind",
        "shopify_pending",
        "shopify_quantity",
        "shopify_gross",
        "product_uom_qty",
        "price_total",
        "display_type",
        "qty_delivered",
        "qty_invoiced",
    )
    def _compute_shopify_difference(self):
        for line in self:
            line.shopify_difference = line._shopify_why_differs() if line.order_id.shopify_order_id else False
            parts = []
            if line.qty_delivered:
                parts.append(line.env._("%(pieces)g shipped", pieces=line.qty_delivered))
            if line.qty_invoiced:
                parts.append(line.env._("%(pieces)g invoiced", pieces=line.qty_invoiced))
            line.shopify_state_in_words = ", ".join(parts) or line.env._("nothing shipped or invoiced")

    def _shopify_why_differs(self):
        """Who changed the line, when it is not what Shopify has: 'shopify', 'odoo', or False."""
        if self.display_type:
            return False
        if self.shopify_pending:
            return "shopify"
        if self.product_uom_qty != self.shopify_quantity:
            return "odoo"
        return "odoo" if self.currency_id.compare_amounts(self.price_total, self.shopify_gross) else False

    shopify_properties = fields.Text(
        string="Customer's Wishes",
        readonly=True,
        copy=False,
        help="What the customer chose or wrote for this line.",
        prefetch="shopify",
    )
    shopify_selling_plan = fields.Char(string="Selling Plan", readonly=True, copy=False, prefetch="shopify")
    shopify_location_id = fields.Many2one(
        "shopify.location",
        readonly=True,
        copy=False,
        help="Where Shopify committed the pieces of this line. Empty: at several locations, or at none of ours.",
        prefetch="shopify",
    )
    shopify_fulfilled_quantity = fields.Integer(
        string="Fulfilled in Shopify",
        readonly=True,
        copy=False,
        help="Pieces that Shopify counts as shipped, whoever said so: Odoo, somebody in Shopify, another app.",
        prefetch="shopify",
    )

    def _get_sale_order_line_multiline_description_variants(self):
        # From here it reaches the move: whoever packs reads the engraving.
        description = super()._get_sale_order_line_multiline_description_variants()
        wishes = "\n".join(filter(None, [self.shopify_selling_plan, self.shopify_properties]))
        return f"{description}\n{wishes}" if wishes else description

    @api.model
    def _shopify_prepare_amounts(self, charge, currency, taxes):
        """Price and taxes with which Odoo comes to exactly this charge.

        Odoo takes given taxes only with base *and* tax of every tax of the line, for this very quantity and price (ODOO19 §6.2);
        the price is the one after discounts, since Odoo's discount has two decimals and cannot express an allocation.

        :param charge: commerce.order.Charge
        :param taxes: list of (account.tax, Decimal amount charged), as Shopify listed them
        """
        # Shopify may list one tax twice (a state's and a county's of one name).
        amounts = {}
        for tax, amount in taxes:
            amounts[tax] = amounts.get(tax, 0) + amount
        included = bool(amounts) and all(tax.price_include for tax in amounts)
        whole = charge.gross if included else charge.net
        # The ORM's numbers are doubles, and so is the JSON that it reads: this is the one place where money leaves Decimal.
        # A line removed as a whole stays visible, with quantity 0.
        price = float(whole / charge.quantity) if charge.quantity else 0.0
        values = {
            "price_unit": price,
            "technical_price_unit": -1,  # else a changed quantity would bring the price list's price back (ODOO19 §7.2)
            "discount": 0.0,
            "tax_ids": [Command.set([tax.id for tax in amounts])],
            "extra_tax_data": False,
            "shopify_quantity": charge.quantity,
            "shopify_net": float(charge.net),
            "shopify_gross": float(charge.gross),
        }
        if amounts and charge.quantity:
            net = float(charge.net)
            values["extra_tax_data"] = {
                "currency_id": currency.id,
                "price_unit": price,
                "discount": 0.0,
                "quantity": float(charge.quantity),
                "rate": 1.0,
                "manual_total_excluded_currency": net,
                "manual_tax_amounts": {
                    str(tax.id): {"base_amount_currency": net, "tax_amount_currency": float(amount)}
                    for tax, amount in amounts.items()
                },
            }
        return values

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        if self.shopify_kind and self.extra_tax_data:
            kwargs.setdefault("extra_tax_data", self._shopify_extra_tax_data())
        return super()._prepare_base_line_for_taxes_computation(**kwargs)

    def _shopify_extra_tax_data(self):
        """Shopify's tax amounts for the quantity that the line has here.

        Odoo forgets given taxes when somebody changes the quantity (ODOO19 §6.4), and its own come to other cents. The stored ones
        stay those of Shopify's quantity, so that changing it back brings back every cent.
        """
        self.ensure_one()
        extra = self.extra_tax_data
        if not extra or not extra.get("quantity") or extra["quantity"] == self.product_uom_qty:
            return extra
        part = Decimal(str(self.product_uom_qty)) / Decimal(str(extra["quantity"]))

        def share(amount):
            return self.currency_id.round(float(Decimal(str(amount)) * part))

        net = extra["manual_total_excluded_currency"]
        given = {tax_id: one["tax_amount_currency"] for tax_id, one in extra["manual_tax_amounts"].items()}
        taxes = {tax_id: share(amount) for tax_id, amount in given.items()}
        if all(tax.price_include for tax in self.tax_ids):
            # The price is the customer's: its part is kept to the cent, and the base gives way.
            net = self.currency_id.round(share(net + sum(given.values())) - sum(taxes.values()))
        else:
            net = share(net)
        return {
            **extra,
            "quantity": self.product_uom_qty,
            "manual_total_excluded_currency": net,
            "manual_tax_amounts": {
                tax_id: {"base_amount_currency": net, "tax_amount_currency": amount} for tax_id, amount in taxes.items()
            },
        }

    def _compute_product_updatable(self):
        super()._compute_product_updatable()
        # A line that stands for an unknown article gets its product whenever it is known, also when it was invoiced meanwhile.
        placeholder = self.env.ref("shopify_sync.product_placeholder", raise_if_not_found=False)
        self.filtered(
            lambda line: line.shopify_kind and line.product_id == placeholder and line.state != "cancel"
        ).product_updatable = True

    def _compute_price_unit(self):
        # Shopify set the price. A changed quantity keeps it, instead of going back to Odoo's price list (ODOO19 §7.2).
        super(SaleOrderLine, self.filtered(lambda line: not line.shopify_kind))._compute_price_unit()

    def _compute_discount(self):
        super(SaleOrderLine, self.filtered(lambda line: not line.shopify_kind))._compute_discount()

    def _compute_tax_ids(self):
        # A placeholder replaced by the product keeps the taxes that Shopify charged.
        super(SaleOrderLine, self.filtered(lambda line: not line.shopify_kind))._compute_tax_ids()

    def _action_launch_stock_rule(self, **options):
        # What was over before Odoo took part has left the shelves long ago.
        live = self.filtered(lambda line: not line.order_id.shopify_is_history)
        return super(SaleOrderLine, live)._action_launch_stock_rule(**options)

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        return super()._get_qty_procurement(previous_product_uom_qty) + self.shopify_shipped_before

    # -- partial invoices -------------------------------------------------------------------------
    def _prepare_invoice_line(self, **optional_values):
        values = super()._prepare_invoice_line(**optional_values)
        if self.shopify_kind:
            values.update(self._shopify_prepare_share(values.get("quantity") or 0))
        return values

    def _shopify_prepare_share(self, quantity):
        """The part of the line's amounts that an invoice of `quantity` pieces carries; the last invoice takes the rest.

        Odoo forgets given taxes when the quantity is another one (ODOO19 §6.4), and three thirds of 10.00 rounded are 9.99.
        """
        self.ensure_one()
        extra = self._shopify_extra_tax_data()
        if quantity == self.product_uom_qty and extra:
            return {"extra_tax_data": extra}
        if quantity <= 0 or not self.product_uom_qty or quantity == self.product_uom_qty:
            return {}
        earlier = self.invoice_lines.filtered(lambda line: line.parent_state != "cancel")
        if earlier.filtered(lambda line: line.move_id.move_type != "out_invoice"):
            earlier = earlier.browse()  # after a credit note there is no "rest": the plain share is what is left to say
        is_last = bool(earlier) and sum(earlier.mapped("quantity")) + quantity == self.product_uom_qty
        part = Decimal(str(quantity)) / Decimal(str(self.product_uom_qty))

        def share(total, taken):
            total = Decimal(str(total))
            rest = total - sum((Decimal(str(amount)) for amount in taken), Decimal(0))
            return float(rest) if is_last else self.currency_id.round(float(total * part))

        if not extra or extra.get("quantity") != self.product_uom_qty:
            # Without a tax nothing can be forced but the price: one that makes whole cents, so that Odoo has none to spread.
            return {"price_unit": share(self.price_subtotal, earlier.mapped("price_subtotal")) / quantity}
        given = [line.extra_tax_data or {} for line in earlier]
        if any(one.get("manual_tax_amounts", {}).keys() != extra["manual_tax_amounts"].keys() for one in given):
            # Another tax since (by an edit), or changed by hand: of that there is no "rest" to take.
            is_last, given = False, []
        net = share(extra["manual_total_excluded_currency"], [one["manual_total_excluded_currency"] for one in given])
        return {
            "extra_tax_data": {
                **extra,
                "quantity": quantity,
                "manual_total_excluded_currency": net,
                "manual_tax_amounts": {
                    tax_id: {
                        "base_amount_currency": net,
                        "tax_amount_currency": share(
                            amounts["tax_amount_currency"],
                            [one["manual_tax_amounts"][tax_id]["tax_amount_currency"] for one in given],
                        ),
                    }
                    for tax_id, amounts in extra["manual_tax_amounts"].items()
                },
            }
        }
