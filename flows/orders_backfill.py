"""Orders that no webhook brought, Shopify → Odoo: found by a search over their time of change, or asked for by a person.

Path: cron every few minutes, or "Import Orders" → here → shopify.job of orders_in, which reads the order itself.
Key: "missed" for the search, one for each import. Repeating it is harmless: (store, topic, order) is unique in the queue.
"""

import json
from datetime import timedelta

from odoo import fields, models

from ..commerce import ids, reading
from ..commerce.outcome import Final, Later
from ..models.shopify_backfill import MOST_WAITING
from .bulk.operations import GOING_ON, LOOK_AGAIN

# The search index of Shopify lags behind by seconds, and a webhook may be on its way still.
OVERLAP = timedelta(minutes=10)
SETTLED = timedelta(minutes=2)
# A longer time than this is listed by a bulk operation: one query, whatever there is.
PAGED = timedelta(days=31)
CHUNK = 250
# After live orders, fulfillments and stock: years of history delay nobody.
PRIORITY = 70


class OrdersBackfill(models.AbstractModel):
    _name = "shopify.flow.orders_backfill"
    _inherit = ["shopify.flow", "shopify.bulk.operations"]
    _description = "Search for Missed Orders"

    _direction = "in"
    _lane = "slow"
    _priority = 40
    _coalesces = True

    def _key(self, topic, body):
        return "missed"

    def _run(self, store, jobs):
        return {
            job: self._import(store, job) if job._body().get("backfill") else self._search(store, job) for job in jobs
        }

    # -- what webhooks missed ---------------------------------------------------------------------
    def _search(self, store, job):
        """One page of the orders that changed since the last search; the cursor stays on the job."""
        body = job._body()
        since = body.get("since") or self._search_time(
            (store.orders_read_until or store.connected_at or job.create_date) - OVERLAP
        )
        until = body.get("until") or self._search_time(fields.Datetime.now() - SETTLED)
        query = f"updated_at:>='{since}' updated_at:<='{until}'"
        if store.go_live_at:
            query += f" created_at:>='{self._search_time(store.go_live_at)}'"
        page = self._ask(store, "orders", {"query": query, "after": body.get("after")})["orders"]
        absent = self._absent(store, page["nodes"])
        self._queue(store, "backfill/missed", [(f"{number}:{at}", number) for number, at in absent.items()])
        newest = max((node["updatedAt"] for node in page["nodes"]), default=None)
        if newest:
            store.orders_read_until = reading.moment(newest, "updatedAt")
        if not page["pageInfo"]["hasNextPage"]:
            return None
        job._continue_at({"since": since, "until": until, "after": page["pageInfo"]["endCursor"]})
        return self._next_page()

    def _absent(self, store, nodes):
        """{order id: Shopify's updatedAt} of those that are not here as they are there, nor on their way."""
        by_id = {ids.number(node["id"]): node["updatedAt"] for node in nodes}
        known = {
            row["shopify_order_id"]: row["shopify_updated_at"]
            for row in self.env["sale.order"].search_read(
                [("shopify_store_id", "=", store.id), ("shopify_order_id", "in", list(by_id))],
                ["shopify_order_id", "shopify_updated_at"],
                load=None,
            )
        }
        coming = self.env["shopify.job"].search_fetch(
            [
                ("store_id", "=", store.id),
                ("key", "in", [f"order:{number}" for number in by_id]),
                ("flow", "=", "orders_in"),
                ("state", "=", "pending"),
            ],
            ["key"],
        )
        coming = {job.key.removeprefix("order:") for job in coming}
        return {
            number: at
            for number, at in by_id.items()
            if number not in coming and not (known.get(number) and known[number] >= reading.moment(at, "updatedAt"))
        }

    # -- what a person asked for ------------------------------------------------------------------
    def _import(self, store, job):
        record = self.env["shopify.backfill"].browse(job._body()["backfill"]).exists()
        if not record:
            return None
        if record.kind == "one":
            return self._import_one(store, record)
        if record.open_count >= MOST_WAITING:
            return Later(self.env._("Waiting until some of the orders are imported."), seconds=LOOK_AGAIN, counts=False)
        record.state = "reading"
        until = record.until or fields.Datetime.now()
        if not record.since or until - record.since > PAGED:
            return self._import_in_bulk(store, record, job)
        return self._import_a_page(store, record, job)

    def _import_one(self, store, record):
        kind, text = record._wanted_order()
        if kind == "id":
            found = [text]
        else:
            # Its own quotes would end the value; Shopify finds names by their beginning, so equality is for us to see.
            name = text.replace("\\", "").replace("'", "")
            page = self._ask(store, "orders", {"query": f"name:'{name}'", "after": None})["orders"]
            names = {text, f"#{text}"}
            found = [ids.number(node["id"]) for node in page["nodes"] if node["name"] in names]
        if not found:
            why = self.env._("%(store)s has no order %(order)s.", store=store.name, order=text)
            record.write({"state": "failed", "reason": why})
            return Final("order_not_found", why)
        self._queue(store, record._topic, [(number, number) for number in found], priority=None)
        record.write({"state": "listed", "found_count": len(found), "new_count": len(found)})
        return None

    def _import_a_page(self, store, record, job):
        variables = {"query": self._placed(record), "after": job._body().get("after"), "sortKey": "CREATED_AT"}
        page = self._ask(store, "orders", variables)["orders"]
        self._add(store, record, page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            record.state = "listed"
            return None
        job._continue_at({"backfill": record.id, "after": page["pageInfo"]["endCursor"]})
        return self._next_page()

    def _placed(self, record):
        terms = []
        if record.since:
            terms.append(f"created_at:>='{self._search_time(record.since)}'")
        if record.until:
            terms.append(f"created_at:<'{self._search_time(record.until)}'")
        return " ".join(terms) or None

    def _import_in_bulk(self, store, record, job):
        """Shopify writes the list to a file; it is read from where the last run stopped."""
        body = job._body()
        if not body.get("bulk"):
            return self._start_bulk(store, record, job)
        status, operation = self._look_at_list(store, body["bulk"])
        if status in GOING_ON:
            return Later(
                self.env._("Shopify is writing the list: %(count)s orders so far.", count=operation["objectCount"]),
                seconds=LOOK_AGAIN,
                counts=False,
            )
        if status != "COMPLETED":
            why = self.env._(
                "Shopify could not list the orders (%(status)s %(code)s). Press “Start Again”.",
                status=status,
                code=operation.get("errorCode") or "",
            )
            record.write({"state": "failed", "reason": why})
            return Final("bulk_failed", why)
        return self._read_the_list(store, record, job, operation["url"])

    def _start_bulk(self, store, record, job):
        placed = self._placed(record)
        arguments = f"(query: {json.dumps(placed)})" if placed else ""
        query = f"{{ orders{arguments} {{ edges {{ node {{ id updatedAt }} }} }} }}"
        number, busy = self._start_list(store, job, query)
        if busy:
            return busy
        job._continue_at({"backfill": record.id, "bulk": number, "line": 0})
        return self._being_written()

    def _read_the_list(self, store, record, job, url):
        body = job._body()
        chunk, line = [], 0
        for line, row in enumerate(self._rows_of_list(store, url), start=1):
            if line <= body["line"]:
                continue
            chunk.append(row)
            if len(chunk) == MOST_WAITING:
                self._add(store, record, chunk)
                job._continue_at({**body, "line": line})
                return Later(
                    self.env._("The next orders follow when these are imported."), seconds=LOOK_AGAIN, counts=False
                )
        self._add(store, record, chunk)
        record.state = "listed"
        return None

    def _add(self, store, record, nodes):
        absent = self._absent(store, nodes)
        self._queue(store, record._topic, [(number, number) for number in absent])
        record.write(
            {
                "found_count": record.found_count + len(nodes),
                "present_count": record.present_count + len(nodes) - len(absent),
                "new_count": record.new_count + len(absent),
            }
        )

    # -- small things -----------------------------------------------------------------------------
    def _queue(self, store, topic, events, priority=PRIORITY):
        """Let orders_in read these orders. `events`: (event id, unique under the topic; order id)."""
        values = [
            {
                "store_id": store.id,
                "key": f"order:{number}",
                "topic": topic,
                "event_id": event,
                "payload": json.dumps({"fetch": number}),
                **({"priority": priority} if priority else {}),
            }
            for event, number in events
        ]
        for start in range(0, len(values), CHUNK):
            self.env["shopify.job"]._enqueue("orders_in", values[start : start + CHUNK])

    def _next_page(self):
        return Later(self.env._("Reading the list goes on with the next page."), seconds=0, counts=False)
