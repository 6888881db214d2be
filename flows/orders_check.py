"""Each day's orders, counted and added up on both sides: Shopify's list against Odoo's, and the orders that differ by name.

Path: daily cron, or "Compare Again" → here → shopify.order.check. Key: the day. Repeating it is harmless: the day's result is
written anew. Nothing is corrected here but what is missing without a reason, which orders_in then fetches.
"""

from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.fields import Command

from ..commerce import ids, reading
from ..commerce.outcome import Final

ZERO = Decimal(0)


class OrdersCheck(models.AbstractModel):
    _name = "shopify.flow.orders_check"
    _inherit = ["shopify.flow", "shopify.orders.amounts"]
    _description = "Daily Order Comparison"

    _direction = "in"
    _lane = "slow"
    _priority = 80
    _coalesces = True

    def _key(self, topic, body):
        return f"check:{fields.Date.today()}"

    def _run(self, store, jobs):
        outcomes = {}
        for job in jobs:
            try:
                day = date.fromisoformat(job.key.removeprefix("check:"))
            except ValueError:
                outcomes[job] = Final("unreadable", self.env._("“%(key)s” names no day.", key=job.key))
                continue
            self._check(store, day)
        return outcomes

    def _check(self, store, day):
        start, end = self._bounds(store, day)
        query = f"created_at:>='{self._search_time(start)}' created_at:<'{self._search_time(end)}'"
        nodes = {
            ids.number(node["id"]): node
            for node in self._ask_all(store, "orders", "orders", {"query": query, "sortKey": "CREATED_AT"})
            if not self._is_before_go_live(store, node)
        }
        sales = self._sales(store, nodes, start, end)
        absent = {number: node for number, node in nodes.items() if number not in sales}
        jobs = self._jobs(store, absent)
        found = defaultdict(lambda: {"counts": [0, 0], "amounts": [ZERO, ZERO], "differences": []})
        for number, node in nodes.items():
            sale = sales.get(number)
            if not sale and self._is_left_out(jobs.get(number)):
                continue
            money, amount = self._shopifys(store, node, sale)
            entry = found[money]
            entry["counts"][0] += 1
            entry["amounts"][0] += amount
            if sale:
                entry["counts"][1] += 1
                entry["amounts"][1] += self._cents(sale.currency_id, sale.amount_total)
            if difference := self._difference(store, node, sale, amount, jobs.get(number)):
                entry["differences"].append(difference)
        for number, sale in sales.items():
            if number not in nodes:
                entry = found[sale.currency_id.name]
                entry["counts"][1] += 1
                entry["amounts"][1] += self._cents(sale.currency_id, sale.amount_total)
                entry["differences"].append(self._gone(sale))
        self._write(store, day, found)
        self._fetch_missing(store, absent, jobs)

    def _bounds(self, store, day):
        """The day of the shop's own clock, as naive UTC times."""
        zone = ZoneInfo(store.shop_timezone or "UTC")
        return [
            datetime.combine(one, time.min, zone).astimezone(timezone.utc).replace(tzinfo=None)
            for one in (day, day + timedelta(days=1))
        ]

    def _sales(self, store, nodes, start, end):
        """{order id: sale.order} of the listed orders, and of what was placed that day as Odoo knows it."""
        sales = self.env["sale.order"].search(
            [
                ("shopify_store_id", "=", store.id),
                "|",
                ("shopify_order_id", "in", list(nodes)),
                "&",
                ("shopify_created_at", ">=", start),
                ("shopify_created_at", "<", end),
            ]
        )
        return {sale.shopify_order_id: sale for sale in sales}

    def _jobs(self, store, absent):
        """{order id: its latest job} of the orders that are not here."""
        jobs = self.env["shopify.job"].search(
            [
                ("store_id", "=", store.id),
                ("flow", "=", "orders_in"),
                ("key", "in", [f"order:{number}" for number in absent]),
                ("state", "!=", "superseded"),
            ],
            order="id",
        )
        return {job.key.removeprefix("order:"): job for job in jobs}

    def _is_left_out(self, job):
        """It went through and made no order, as the store wishes (a test order, one from before going live)."""
        return bool(job) and (job.state == "skipped" or (job.state == "done" and not job.res_id))

    def _shopifys(self, store, node, sale):
        """(currency code, amount) of Shopify: what was ordered, or what is left of it where that is what Odoo has."""
        chosen = (sale and sale.shopify_money) or store.order_money
        money = "presentmentMoney" if chosen == "presentment" else "shopMoney"
        ordered, left = node["totalPriceSet"][money], node["currentTotalPriceSet"][money]
        amount, rest = Decimal(ordered["amount"]), Decimal(left["amount"])
        if sale and self._cents(sale.currency_id, sale.amount_total) == rest:
            return ordered["currencyCode"], rest
        return ordered["currencyCode"], amount

    def _difference(self, store, node, sale, amount, job):
        values = {
            "order_name": node["name"],
            "shopify_order_id": ids.number(node["id"]),
            "sale_order_id": sale.id if sale else False,
            "shopify_amount": amount,
            "odoo_amount": sale.amount_total if sale else 0.0,
        }
        if not sale:
            return {**values, "cause": "missing", "reason": self._why_missing(job)}
        if bool(node["cancelledAt"]) != (sale.state == "cancel"):
            words = self.env._("Cancelled in Shopify.") if node["cancelledAt"] else self.env._("Cancelled in Odoo.")
            return {**values, "cause": "cancelled", "reason": words}
        if self._cents(sale.currency_id, sale.amount_total) != amount:
            return {**values, "cause": "total", "reason": sale.shopify_hold_reason or False}
        return None

    def _gone(self, sale):
        return {
            "order_name": sale.shopify_order_name,
            "shopify_order_id": sale.shopify_order_id,
            "sale_order_id": sale.id,
            "shopify_amount": 0.0,
            "odoo_amount": sale.amount_total,
            "cause": "gone",
            "reason": self.env._("Shopify no longer lists it: it was deleted, or hidden from the app."),
        }

    def _why_missing(self, job):
        if not job:
            return self.env._("No message about it arrived: it is being fetched.")
        return job.error or self.env._("Its message is in the queue.")

    def _write(self, store, day, found):
        """One record per currency; a currency of an earlier run that is no more is emptied, not deleted."""
        Check = self.env["shopify.order.check"]
        there = {
            check.currency_id.name: check for check in Check.search([("store_id", "=", store.id), ("day", "=", day)])
        }
        if not found and not there:
            found[store.currency_id.name or store.company_id.currency_id.name]  # a day without orders was compared, too
        Check.union(*there.values()).difference_ids.unlink()
        currencies = {
            one.name: one
            for one in self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(found))])
        }
        new = []
        for code in {*found, *there}:
            entry = found[code]
            values = {
                "shopify_count": entry["counts"][0],
                "odoo_count": entry["counts"][1],
                "shopify_amount": entry["amounts"][0],
                "odoo_amount": entry["amounts"][1],
                "checked_at": fields.Datetime.now(),
                "difference_ids": [Command.create(one) for one in entry["differences"]],
            }
            if code in there:
                there[code].write(values)  # one per currency of the day
            else:
                new.append({**values, "store_id": store.id, "day": day, "currency_id": currencies[code].id})
        Check.create(new)

    def _fetch_missing(self, store, absent, jobs):
        lost = [number for number in absent if number not in jobs]
        events = [(f"{number}:{absent[number]['updatedAt']}", number) for number in lost]
        self.env["shopify.flow.orders_backfill"]._queue(store, "backfill/missed", events)

    def _is_before_go_live(self, store, node):
        placed = reading.moment(node["createdAt"], "createdAt")
        return bool(store.go_live_at and placed < store.go_live_at)
