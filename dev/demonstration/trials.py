"""What the crowd does not do by itself: sales at a till, bank transfers, a message that never comes, a cancellation from Odoo."""

import time

from . import fill
from .processes import Failed, wait_for

GERMAN = {"taxes": [["MwSt", "0.19"]], "taxes_included": True}
TILLS = {"Berlin": "MUG-CAMP-WHT", "Munich": "SOCK-WALD-4144"}
TRANSFERS = ("LMP-STERN", "BTL-QUELLE")  # bought by bank transfer; the first is paid later, the second never
DROPPED = ("orders/create", "orders/updated")  # the messages of one order that never come
# The search for missed orders leaves out what changed in the last two minutes: its webhook may be on its way.
SEARCHED_AFTER = 125


class Trials:
    """:ivar placed: how many orders; `tills`, `unpaid`: their ids; `missed`: id of the order whose message was dropped"""

    def __init__(self, stage):
        self._stage, self.placed = stage, 0
        self.tills, self.unpaid = set(), set()
        self.missed = self._transfer = None

    def begin(self):
        for topic in DROPPED:
            self._stage.shop.post("faults", on=topic, kind="drop")
        [order] = self._stage.shop.buy(1, seed=7, countries=["DE"])
        self.missed, self._missed_at = order["id"], time.monotonic()
        if self._stage.shop.get("state")["faults"]:
            raise Failed("The messages that were to be dropped were not")
        self.tills = {self._place(sku, pos=place) for place, sku in TILLS.items()}
        transfers = [
            self._place(sku, customer={"email": "nils.ohm@example.com", "first_name": "Nils", "last_name": "Ohm"},
                        financial_status="pending", gateway="Bank Deposit")
            for sku in TRANSFERS
        ]  # fmt: skip
        self._transfer = transfers[0]
        self.unpaid = set(transfers[1:])
        self.placed += 1

    def _place(self, sku, **options):
        self.placed += 1
        return self._stage.shop.post("orders", lines=[[sku, 1]], **GERMAN, **options)["order"]["id"]

    def end(self, figures):
        """When everything is at rest. What is left to be shipped afterwards are the transfer and the missed order."""
        self._pay(figures)
        self._cancel(figures)
        self._search(figures)

    def _sale(self, order_id):
        rows = self._stage.db.rows("SELECT id, state FROM sale_order WHERE shopify_order_id = %s", order_id)
        return rows[0] if rows else (None, None)

    def _state(self, order_id):
        return self._sale(order_id)[1]

    def _pay(self, figures):
        figures.equal("unpaid_order_is", self._state(self._transfer), "draft")
        self._stage.shop.post("update", order=int(self._transfer), financial_status="paid")
        wait_for("The payment of a transfer", lambda: self._state(self._transfer) == "sale", 20)

    def _cancel(self, figures):
        """Petra asks Shopify to cancel an order that was not shipped. Shopify does it later, and says so."""
        [order] = self._stage.shop.buy(1, seed=8, countries=["DE"])
        self.placed += 1
        wait_for("An order to be cancelled", lambda: self._state(order["id"]) == "sale", 20)
        petra = self._stage.user(fill.ACCOUNTANT)
        asked = petra.call(
            "shopify.order.cancel", "create", [{"order_id": self._sale(order["id"])[0], "reason": "STAFF"}]
        )
        petra.call("shopify.order.cancel", "action_cancel_in_shopify", asked)
        wait_for("A cancellation from Odoo", lambda: self._state(order["id"]) == "cancel", 150)
        [there] = [one for one in self._stage.shop.get("state")["orders"] if one["id"] == order["id"]]
        figures.equal("cancelled_from_odoo_is_cancelled_in_shop", bool(there["cancelled_at"]), True)

    def _search(self, figures):
        figures.equal("missed_order_before_the_search", self._state(self.missed), None)
        time.sleep(max(0, SEARCHED_AFTER - (time.monotonic() - self._missed_at)))
        admin = self._stage.user("admin")
        cron = admin.call("ir.model.data", "check_object_reference", "shopify_sync", "cron_fetch_missed_orders")[1]
        admin.call("ir.cron", "method_direct_trigger", [cron])
        wait_for("The search for missed orders", lambda: self._state(self.missed) == "sale", 30)
        topics = self._stage.db.rows(
            "SELECT topic FROM shopify_job WHERE flow = 'orders_in' AND key = %s", f"order:{self.missed}"
        )
        figures.equal("missed_order_found_by", sorted({topic for (topic,) in topics}), ["backfill/missed"])
