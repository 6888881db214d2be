"""Orders, Shopify → Odoo.   orders/create|updated|cancelled → shopify.job → here → sale.order

Key: the order id, strictly in order. Repeating it is harmless: unique (store, order id), and a body older than what was
imported changes nothing. The delivered body is enough: no call to Shopify with one mapped location, one query a batch with several.
"""

from odoo import models
from odoo.fields import Command

from ..commerce import order
from ..commerce.outcome import Done, Final
from .orders.values import QUIET


class OrdersIn(models.AbstractModel):
    _name = "shopify.flow.orders_in"
    _inherit = [
        "shopify.flow",
        "shopify.orders.following",
        "shopify.orders.values",
        "shopify.orders.holds",
        "shopify.orders.rules",
        "shopify.orders.unknown",
        "shopify.orders.fetching",
        "shopify.orders.origins",
        "shopify.orders.handover",
    ]
    _description = "Orders from Shopify"

    _direction = "in"
    _topics = ("orders/create", "orders/updated", "orders/cancelled")
    _subject = "order"
    _priority = 10
    # Confirming locks the quants it reserves until the commit, and whoever ships the same article meanwhile gets a second quant
    # (ODOO19 §3), so a batch is a second's work: most of what batching saves is saved by then.
    _batch = 20
    _coalesces = True
    _blocking = True

    def _key(self, topic, body):
        return f"{self._subject}:{self._required_id(body)}"

    def _decided(self, cause_keys):
        ids_of_taxes = [int(key.removeprefix("tax:")) for key in cause_keys if key.startswith("tax:")]
        mapped = self.env["shopify.tax"].search([("id", "in", ids_of_taxes), ("tax_id", "!=", False)])
        ids_of_variants = [int(key.removeprefix("variant:")) for key in cause_keys if key.startswith("variant:")]
        linked = self.env["shopify.variant"].search([("id", "in", ids_of_variants), ("product_id", "!=", False)])
        return {f"tax:{tax.id}" for tax in mapped} | {f"variant:{variant.id}" for variant in linked}

    def _run(self, store, jobs):
        parsed, outcomes = self._read(store, jobs)
        known = self._known(store, parsed.values())
        asked_for = self._asked_for(store, [job for job, one in parsed.items() if self._is_before_go_live(store, one)])
        fresh = {}
        for job, one in parsed.items():
            sale = known.get(one.id)
            if sale and self._is_stale(sale, one, job):
                outcomes[job] = Done(sale, self.env._("Older than what was already imported: nothing changed."))
            elif one.test and not sale and store.test_orders == "ignore":
                outcomes[job] = Done(note=self.env._("A test order: the store ignores them."))
            elif not sale and self._is_before_go_live(store, one) and job.key not in asked_for:
                outcomes[job] = Done(
                    note=self.env._(
                        "Placed before %(store)s went live here: not imported by itself. “Import Orders” fetches it.",
                        store=store.name,
                    )
                )
            else:
                fresh[job] = one
        outcomes.update(self._import(store, fresh, known))
        return outcomes

    def _read(self, store, jobs):
        """({job: Order}, {job: Outcome of what could not be read}): delivered bodies, and orders fetched by their id."""
        parsed, outcomes = {}, {}
        bodies = {job: job._body() for job in jobs}
        wanted = {job: body["fetch"] for job, body in bodies.items() if "fetch" in body}
        nodes = self._fetch(store, list(dict.fromkeys(wanted.values())))
        for job in jobs:
            if job in wanted and wanted[job] not in nodes:
                outcomes[job] = Final("order_not_found", self._why_not_found(store))
                continue
            try:
                parsed[job] = order.parse_node(nodes[wanted[job]]) if job in wanted else order.parse(bodies[job])
            except order.Unreadable as unreadable:
                outcomes[job] = Final("unreadable", self._why_unreadable(unreadable))
        return parsed, outcomes

    def _why_not_found(self, store):
        return self.env._(
            "%(store)s does not show this order to the app. It was deleted, or it is older than 60 days and the app lacks the "
            "access scope read_all_orders.",
            store=store.name,
        )

    def _is_before_go_live(self, store, one):
        return bool(store.go_live_at and one.created_at and one.created_at < store.go_live_at)

    def _asked_for(self, store, jobs):
        """The keys of orders that a person asked for, or of whose time all (see shopify.backfill).

        Not only by these very jobs: a webhook takes the place of the import that waits, and knows nothing of the wish.
        """
        if not jobs:
            return set()
        asked = self.env["shopify.job"].search(
            [
                ("store_id", "=", store.id),
                ("flow", "=", "orders_in"),
                ("key", "in", [job.key for job in jobs]),
                ("topic", "=like", "backfill/%"),
                ("topic", "!=", "backfill/missed"),
            ]
        )
        return set(asked.mapped("key"))

    def _is_history(self, store, one):
        """What was over before Odoo took part: it is kept for reference, and nothing is delivered for it."""
        return self._is_before_go_live(store, one) and bool(
            one.closed_at or one.cancelled_at or one.fulfillment_status == "fulfilled"
        )

    def _note_shipped(self, lines, one):
        """Of an order that was under way when Odoo took part only the rest is delivered."""
        shipped = {line.id: line.shipped for line in one.lines if line.shipped}
        for values in lines:
            if values["shopify_kind"] in ("product", "gift_card"):
                values["shopify_shipped_before"] = min(
                    shipped.get(values["shopify_line_id"], 0), values["product_uom_qty"]
                )

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
        # A held order is still a quotation, and so is one that a rule left so: it is read again as if it were new. What is
        # confirmed only follows its status.
        settled = {
            job: (known[fresh[job].id], fresh[job], charged[job])
            for job in charged
            if self._is_settled(known.get(fresh[job].id))
        }
        outcomes.update(self._follow(store, settled))
        open_jobs = [job for job in charged if job not in settled]
        if open_jobs:
            outcomes.update(self._write(store, [(job, fresh[job], charged[job]) for job in open_jobs], known))
        return outcomes

    def _is_settled(self, sale):
        is_open = sale and sale.state in ("draft", "sent") and (sale.shopify_hold_cause or sale.shopify_waits_because)
        return bool(sale) and not is_open

    def _write(self, store, batch, known):
        orders = [one for _job, one, _charges in batch]
        partners = self.env["res.partner"]._shopify_resolve(store, orders)
        variants = self._resolve_variants(store, batch)
        taxes = self._resolve_taxes(store, batch)
        currencies = self._resolve_currencies({charges.currency for _job, _one, charges in batch})
        pricelists = store._pricelists(set(currencies.values()))
        places, line_places = self._assigned_locations(store, orders)
        decisions = self._decide(store, batch, known)
        origins = self._resolve_origins(store, batch)

        new, holds, sales, fulfilled = [], {}, {}, {}
        for job, one, charges in batch:
            currency = currencies.get(charges.currency)
            holds[job] = self._why_hold(store, one, charges, currency, taxes) or self._why_unknown(
                store, one, charges, variants
            )
            values = self._prepare_order(store, job, one, charges, partners[one.id], places.get(one.id))
            values["pricelist_id"] = pricelists[currency or store.company_id.currency_id].id
            lines = self._prepare_lines(store, one, charges, currency or store.company_id.currency_id, variants, taxes)
            self._apply_decision(store, decisions[job], currency, values, lines)
            # Who sold it and what was said with it are about this very order, so they go before what a rule says of many.
            values.update(self._prepare_origin(one, origins))
            values["shopify_is_history"] = self._is_history(store, one)
            self._add_line_origins(lines, one, charges, origins)
            self._add_line_places(lines, values["shopify_location_id"], line_places.get(one.id))
            if self._is_before_go_live(store, one):
                self._note_shipped(lines, one)
            if sale := known.get(one.id):
                # Held and still a quotation: its lines are laid anew (a quotation is not a document yet). After the rest of it,
                # and without the company: writing that one makes Odoo compute the taxes of the lines anew.
                values.pop("company_id")
                values["shopify_money"] = sale.shopify_money  # it was read in this one, whatever the store says by now
                fulfilled[sale] = {line.shopify_line_id: line.shopify_fulfilled_quantity for line in sale.order_line}
                sale.write(values)
                sale.write({"order_line": [Command.clear(), *map(Command.create, lines)]})
                sales[job] = sale
            else:
                new.append((job, {**values, "order_line": list(map(Command.create, lines))}))
        created = self.env["sale.order"].with_context(**QUIET).create([values for _job, values in new])
        sales.update({job: sale for (job, _values), sale in zip(new, created, strict=True)})
        self._believe_fulfilled({sales[job]: one for job, one, _charges in batch}, fulfilled)
        return self._settle(sales, holds, {job: (one, charges) for job, one, charges in batch}, decisions, origins)

    def _settle(self, sales, holds, read, decisions, origins):
        """Compare with Shopify, hold what differs, confirm the rest, and say how each ended."""
        outcomes = {}
        for job, sale in sales.items():
            one, charges = read[job]
            hold = holds[job] or self._why_differs(sale, charges)
            if not hold and not one.cancelled_at:
                hold = self._why_risky(store=sale.shopify_store_id, sale=sale, level=decisions[job].risk)
            # An order released for its amounts is a person's from then on; one released for its risk still follows its rule.
            is_decided = one.cancelled_at or (hold and hold.cause != "risk_high")
            waits = False if is_decided else self._why_quotation(decisions[job], sale)
            sale.write(
                {
                    "shopify_hold_cause": hold.cause if hold else False,
                    "shopify_hold_reason": hold.why if hold else False,
                    "shopify_waits_because": waits,
                }
            )
            if hold:
                hold.record = sale
                outcomes[job] = hold
        good = {job: sale for job, sale in sales.items() if job not in outcomes}
        cancelled = self.env["sale.order"].union(*(sale for job, sale in good.items() if read[job][0].cancelled_at))
        confirmed = self.env["sale.order"].union(*good.values()) - cancelled
        confirmed = confirmed.filtered(lambda sale: not sale.shopify_waits_because)
        if confirmed:
            confirmed.with_context(**QUIET).action_confirm()
        if cancelled:
            cancelled.with_context(**QUIET, disable_cancel_warning=True).action_cancel()
        remarks = self._write_on_deliveries(good, read, origins)
        handed_over = [sale for job, sale in good.items() if self._is_handed_over(read[job][0])]
        left = self._hand_over(self.env["sale.order"].union(*handed_over).filtered(lambda sale: sale.state == "sale"))
        for job, sale in good.items():
            remark = [self._remark(sale, read[job][1]), remarks.get(job), sale.shopify_waits_because]
            if sale in left:
                remark.append(self.env._("Sold at a till: name the lot or serial number on its delivery."))
            outcomes[job] = Done(sale, " ".join(filter(None, remark)) or None)
        return outcomes

    def _remark(self, sale, charges):
        if sale.shopify_has_placeholder and sale.state != "cancel":
            return self._tell_unknown(sale)
        return charges.note
