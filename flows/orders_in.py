"""Orders, Shopify → Odoo.   orders/create|updated|cancelled → shopify.job → here → sale.order

Key: the order id, strictly in order. Repeating it is harmless: unique (store, order id), and a body older than what was
imported changes nothing. The delivered body is enough: no call to Shopify with one mapped location, one query a batch with several.
"""

from decimal import Decimal

from odoo import models
from odoo.fields import Command
from odoo.tools import plaintext2html

from ..commerce import ids, order
from ..commerce.outcome import Done, Final, NeedsPerson

QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
HUNDRED = Decimal(100)
# Kind of a charge → the service of data/product_product.xml that stands for it.
STAND_INS = {
    "product": "placeholder",
    "gift_card": "gift_card",
    "shipping": "shipping",
    "tip": "tip",
    "duty": "duty",
    "fee": "duty",
}


class OrdersIn(models.AbstractModel):
    _name = "shopify.flow.orders_in"
    _inherit = "shopify.flow"
    _description = "Orders from Shopify"

    _topics = ("orders/create", "orders/updated", "orders/cancelled")
    _priority = 10
    # Confirming locks the quants it reserves until the commit, and whoever ships the same article meanwhile gets a second quant
    # (ODOO19 §3), so a batch is a second's work: most of what batching saves is saved by then.
    _batch = 20
    _coalesces = True
    _blocking = True

    def _key(self, topic, body):
        return f"order:{self._required_id(body)}"

    def _decided(self, cause_keys):
        ids_of_taxes = [int(key.removeprefix("tax:")) for key in cause_keys if key.startswith("tax:")]
        mapped = self.env["shopify.tax"].search([("id", "in", ids_of_taxes), ("tax_id", "!=", False)])
        return {f"tax:{tax.id}" for tax in mapped}

    def _run(self, store, jobs):
        outcomes, parsed = {}, {}
        for job in jobs:
            try:
                parsed[job] = order.parse(job._body())
            except order.Unreadable as unreadable:
                outcomes[job] = Final("unreadable", self._why_unreadable(unreadable))
        known = self._known(store, parsed.values())
        fresh = {}
        for job, one in parsed.items():
            sale = known.get(one.id)
            if sale and self._is_stale(sale, one, job):
                outcomes[job] = Done(sale, self.env._("Older than what was already imported: nothing changed."))
            else:
                fresh[job] = one
        outcomes.update(self._import(store, fresh, known))
        return outcomes

    def _known(self, store, orders):
        sales = self.env["sale.order"].search(
            [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", [one.id for one in orders])]
        )
        return {sale.shopify_order_id: sale for sale in sales}

    def _is_stale(self, sale, one, job):
        """`updated_at` has whole seconds, so the moment the message was triggered decides between equal ones (DESIGN 2.2)."""
        if not one.updated_at or not sale.shopify_updated_at or one.updated_at > sale.shopify_updated_at:
            return False
        if one.updated_at < sale.shopify_updated_at:
            return True
        return bool(job.triggered_at and sale.shopify_triggered_at and job.triggered_at < sale.shopify_triggered_at)

    def _why_unreadable(self, unreadable):
        return self.env._("Shopify's message could not be read as an order: %(reason)s", reason=str(unreadable))

    # -- the steps --------------------------------------------------------------------------------
    def _import(self, store, fresh, known):
        """Create and confirm, or update, one batch. Returns the outcomes."""
        outcomes, charged = {}, {}
        for job, one in fresh.items():
            sale = known.get(one.id)
            try:
                charged[job] = order.charges(one, (sale.shopify_money if sale else None) or store.order_money)
            except order.Unreadable as unreadable:
                outcomes[job] = Final("unreadable", self._why_unreadable(unreadable))
        # A held order is still a quotation: it is read again as if it were new. What is confirmed only follows its status.
        settled = {job: known[fresh[job].id] for job in charged if self._is_settled(known.get(fresh[job].id))}
        for job, sale in settled.items():
            outcomes[job] = self._follow(sale, fresh[job], charged[job], job)
        open_jobs = [job for job in charged if job not in settled]
        if open_jobs:
            outcomes.update(self._write(store, [(job, fresh[job], charged[job]) for job in open_jobs], known))
        return outcomes

    def _is_settled(self, sale):
        return bool(sale) and (sale.state not in ("draft", "sent") or not sale.shopify_hold_cause)

    def _write(self, store, batch, known):
        orders = [one for _job, one, _charges in batch]
        partners = self.env["res.partner"]._shopify_resolve(store, orders)
        variants = self.env["shopify.variant"]._resolve(
            store, [line.variant_id for _job, _one, charges in batch for line in charges.lines if line.variant_id]
        )
        taxes = self._resolve_taxes(store, batch)
        currencies = self._resolve_currencies({charges.currency for _job, _one, charges in batch})
        pricelists = store._pricelists(set(currencies.values()))
        places = self._assigned_locations(store, orders)

        new, holds, sales = [], {}, {}
        for job, one, charges in batch:
            currency = currencies.get(charges.currency)
            holds[job] = self._why_hold(store, one, charges, currency, taxes)
            values = self._prepare_order(store, job, one, charges, partners[one.id], places.get(one.id))
            values["pricelist_id"] = pricelists[currency or store.company_id.currency_id].id
            lines = self._prepare_lines(store, one, charges, currency or store.company_id.currency_id, variants, taxes)
            if sale := known.get(one.id):
                # Held and still a quotation: its lines are laid anew (a quotation is not a document yet). After the rest of it,
                # and without the company: writing that one makes Odoo compute the taxes of the lines anew.
                values.pop("company_id")
                values["shopify_money"] = sale.shopify_money  # it was read in this one, whatever the store says by now
                sale.write(values)
                sale.write({"order_line": [Command.clear(), *map(Command.create, lines)]})
                sales[job] = sale
            else:
                new.append((job, {**values, "order_line": list(map(Command.create, lines))}))
        created = self.env["sale.order"].with_context(**QUIET).create([values for _job, values in new])
        sales.update({job: sale for (job, _values), sale in zip(new, created, strict=True)})
        return self._settle(sales, holds, {job: (one, charges) for job, one, charges in batch})

    def _settle(self, sales, holds, read):
        """Compare with Shopify, hold what differs, confirm the rest, and say how each ended."""
        outcomes = {}
        for job, sale in sales.items():
            _one, charges = read[job]
            hold = holds[job] or self._why_differs(sale, charges)
            sale.write(
                {
                    "shopify_hold_cause": hold.cause if hold else False,
                    "shopify_hold_reason": hold.why if hold else False,
                }
            )
            if hold:
                hold.record = sale
                outcomes[job] = hold
        good = {job: sale for job, sale in sales.items() if job not in outcomes}
        cancelled = self.env["sale.order"].union(*(sale for job, sale in good.items() if read[job][0].cancelled_at))
        confirmed = self.env["sale.order"].union(*good.values()) - cancelled
        if confirmed:
            confirmed.with_context(**QUIET).action_confirm()
        if cancelled:
            cancelled.with_context(**QUIET, disable_cancel_warning=True).action_cancel()
        for job, sale in good.items():
            outcomes[job] = Done(sale, self._remark(sale, read[job][1]))
        return outcomes

    def _remark(self, sale, charges):
        if sale.shopify_has_placeholder:
            placeholders = sale.order_line.filtered(
                lambda line: line.product_id == self.env.ref("shopify_sync.product_placeholder")
            )
            names = ", ".join(f"{line.shopify_sku or '–'} ({line.name.splitlines()[0]})" for line in placeholders)
            note = self.env._(
                "These articles of %(order)s are not linked to a product yet: %(articles)s. Link them under "
                "Shopify → Variants, then put the product on the line.",
                order=sale.shopify_order_name,
                articles=names,
            )
            user = sale.shopify_store_id.responsible_id or self.env.ref("base.user_admin")
            sale.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Shopify: unknown article"),
                note=note,
                user_id=user.id,
            )
            return note
        return charges.note

    # -- an order that is here already ------------------------------------------------------------
    def _follow(self, sale, one, charges, job):
        """Statuses follow Shopify; amounts of a confirmed order are never changed silently."""
        values = self._prepare_status(one, job)
        sale.write(values)
        if sale.state == "cancel":
            return Done(sale)
        if one.cancelled_at:
            # Whatever message says so: a later one takes the place of the first. Unless a person has set it aside.
            return Done(sale) if self._is_set_aside(job, "cancelled_after_shipping") else self._cancel(sale)
        if self._quantities(sale) == self._charged_quantities(charges):
            if self._same(sale.currency_id, sale.shopify_total, charges.total):
                return Done(sale)
            if self._same(sale.currency_id, sale.amount_total, charges.total):  # a person followed the edit
                sale.write({"shopify_total": charges.total, "shopify_total_tax": charges.tax})
                return Done(sale)
        return NeedsPerson(
            "order_edited",
            self.env._(
                "%(order)s was edited in Shopify after it was confirmed here: its total was %(before)s and is %(after)s now. "
                "Change the order here by hand, then set this aside.",
                order=sale.shopify_order_name,
                before=self._amount(sale.shopify_total, sale.currency_id),
                after=self._amount(charges.total, sale.currency_id),
            ),
            record=sale,
        )

    def _is_set_aside(self, job, cause):
        return bool(
            job.search_count(
                [
                    ("store_id", "=", job.store_id.id),
                    ("key", "=", job.key),
                    ("state", "=", "skipped"),
                    ("cause", "=", cause),
                ],
                limit=1,
            )
        )

    def _quantities(self, sale):
        return sorted(
            (line.shopify_line_id, int(line.product_uom_qty))
            for line in sale.order_line
            if line.shopify_kind in ("product", "gift_card") and line.shopify_line_id
        )

    def _charged_quantities(self, charges):
        return sorted(
            (line.line_id, line.quantity)
            for line in charges.lines
            if line.kind in ("product", "gift_card") and line.line_id
        )

    def _cancel(self, sale):
        if sale.picking_ids.filtered(lambda picking: picking.state == "done") or sale.invoice_ids.filtered(
            lambda move: move.state == "posted"
        ):
            return NeedsPerson(
                "cancelled_after_shipping",
                self.env._(
                    "%(order)s was cancelled in Shopify, but here it is shipped or invoiced already. Take the goods back or "
                    "make a credit note, then set this aside.",
                    order=sale.shopify_order_name,
                ),
                record=sale,
            )
        if sale.locked:
            sale.action_unlock()
        sale.with_context(**QUIET, disable_cancel_warning=True).action_cancel()
        sale.message_post(body=self.env._("Cancelled in Shopify."))
        return Done(sale)

    # -- looking things up, once a batch ----------------------------------------------------------
    def _tax_keys(self, one, charges):
        """{charged tax: key of the mapping}: title, percent, included, country. Taxes of 0.00 move no money and need none."""
        place = one.shipping or one.billing
        country = (place.country_code if place else None) or ""
        return {
            tax: (tax.title, (tax.rate or Decimal(0)) * HUNDRED, bool(one.taxes_included), country.upper())
            for line in charges.lines
            for tax in line.taxes
        }

    def _resolve_taxes(self, store, batch):
        """{key: shopify.tax} of all taxes met in the batch; new ones are added to the list the user maps."""
        keys = {}
        for _job, one, charges in batch:
            for key in self._tax_keys(one, charges).values():
                keys.setdefault(key, one.name)
        return self.env["shopify.tax"]._resolve(store, set(keys), keys)

    def _resolve_currencies(self, names):
        """Active currencies by code."""
        return {currency.name: currency for currency in self.env["res.currency"].search([("name", "in", list(names))])}

    def _assigned_locations(self, store, orders):
        """{order id: shopify.location where Shopify committed the pieces}. One mapped location: no need to ask."""
        places = store.location_ids._pushable()
        if len(places) <= 1:
            return {one.id: places for one in orders if places}
        by_id = {place.shopify_id: place for place in places}
        gids = [ids.gid("Order", one.id) for one in orders if not one.cancelled_at]
        found = {}
        if gids:
            for node in self._ask(store, "nodes__fulfillment_orders", {"ids": gids})["nodes"]:
                for wish in node["fulfillmentOrders"]["nodes"] if node else ():
                    location = wish["assignedLocation"]["location"]
                    place = by_id.get(ids.number(location["id"])) if location else None
                    if place and wish["status"] not in ("CLOSED", "CANCELLED"):
                        found.setdefault(ids.number(node["id"]), place)
        return found

    # -- holding ----------------------------------------------------------------------------------
    def _why_hold(self, store, one, charges, currency, taxes):
        """Why the order cannot be reproduced exactly, known before it is made; None when nothing speaks against it."""
        name = one.name or one.id
        if not currency:
            return NeedsPerson(
                "currency_unknown",
                self.env._(
                    "%(order)s is waiting: it is in %(currency)s, which is not active in Odoo. Activate the currency, give it a "
                    "rate, and press “Check again”.",
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
                    "%(order)s is waiting: %(currency)s has no exchange rate, and Odoo would book it one to one. Enter a rate, "
                    "and press “Check again”.",
                    order=name,
                    currency=charges.currency,
                ),
                cause_key=f"currency:{charges.currency}",
            )
        unknown = next(
            (taxes[key] for tax, key in self._tax_keys(one, charges).items() if tax.amount and not taxes[key].tax_id),
            None,
        )
        if unknown:
            return NeedsPerson(
                "tax_unknown",
                self.env._(
                    "%(order)s is waiting: Shopify charged “%(title)s” %(rate)g %% (%(country)s, %(included)s), and "
                    "%(store)s has no tax for it. Choose the tax under Shopify → Taxes; all orders waiting for it will continue.",
                    order=name,
                    title=unknown.title,
                    rate=unknown.rate,
                    country=unknown.country_code or self.env._("no country"),
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
                    "%(order)s is waiting: Shopify's total is %(total)s with %(tax)s taxes, and its own lines come to %(lines)s "
                    "with %(line_tax)s. %(note)s",
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
                "%(order)s is waiting: Shopify's total is %(total)s with %(tax)s taxes, Odoo's is %(odoo)s with %(odoo_tax)s. "
                "Lines that differ: %(lines)s.",
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

    def _cents(self, currency, amount):
        """An amount of the ORM (a double) or of Shopify as exact Decimal, at the currency's places."""
        return Decimal(str(amount)).quantize(Decimal(1).scaleb(-currency.decimal_places))

    def _same(self, currency, left, right):
        return self._cents(currency, left) == self._cents(currency, right)

    def _amount(self, amount, currency):
        return f"{self._cents(currency, amount)} {currency.name}"

    # -- values -----------------------------------------------------------------------------------
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
        warehouse = (place.warehouse_id if place else None) or store.warehouse_id
        name = one.name or one.id
        return {
            "shopify_store_id": store.id,
            "shopify_order_id": one.id,
            "shopify_order_name": name,
            "shopify_money": store.order_money,
            "shopify_location_id": place.id if place else False,
            "shopify_total": charges.total,
            "shopify_total_tax": charges.tax,
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
        keys = self._tax_keys(one, charges)
        return [
            self._prepare_line(
                charge,
                currency,
                self._product(charge, variants),
                [(taxes[keys[tax]].tax_id, tax.amount) for tax in charge.taxes if taxes[keys[tax]].tax_id],
                sequence,
            )
            for sequence, charge in enumerate(charges.lines, start=1)
        ]

    def _product(self, charge, variants):
        """The linked product; a service in its place where there is none, so that no order is lost."""
        variant = variants.get(charge.variant_id)
        if variant and variant.product_id:
            return variant.product_id
        return self.env["product.product"].browse(self._stand_in_id(STAND_INS[charge.kind]))

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
