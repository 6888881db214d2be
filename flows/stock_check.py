"""All stock compared, Shopify's with Odoo's.   daily, or "Compare Stock" → shopify.job → here → shopify.stock.check; what is to
be corrected goes out by marks of stock_out.

Key: the comparison. Repeating it is harmless: Shopify is read by one bulk operation (flows/stock/listing.py), and each chunk of
variants is compared and noted in one transaction with the place where the next begins. Nothing is set here: stock_out computes anew
and sets by compare-and-set, so that a number that is old by then overwrites nothing.
"""

import time
from datetime import datetime

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..commerce.outcome import Later

CHUNK = 2000  # variants compared in one transaction
SECONDS = 20  # then other work of the lane has its turn
# What no push mends: the words say what does.
LEFT = ("untracked", "gone")


class StockCheck(models.AbstractModel):
    _name = "shopify.flow.stock_check"
    _inherit = ["shopify.flow", "shopify.stock.listing"]
    _description = "Stock Reconciliation"

    _direction = "in"
    _lane = "slow"
    _priority = 80
    _batch = 1

    def _run(self, store, jobs):
        return {job: self._check(store, job) for job in jobs}

    def _check(self, store, job):
        check = self.env["shopify.stock.check"].browse(job._body().get("check")).exists()
        if not check or check.state in ("done", "failed"):
            return None
        return self._read_levels(store, check, job, check._run_name) or self._compare(store, check, job)

    # -- what Odoo would have Shopify count -------------------------------------------------------
    def _targets_of(self, store, variants, places):
        """{(variant, place): pieces}: stock_out's own computation, which a push would send."""
        computed = self.env["shopify.flow.stock_out"]._targets(store, variants, places)
        return {key: target.pieces for key, target in computed.items()}

    def _compared(self, store):
        """The domain of variants whose stock Odoo knows."""
        counted = Domain("product_id.is_storable", "=", True)
        if "is_kits" in self.env["product.product"]._fields:  # mrp is installed: a kit is offered from its components
            counted |= Domain("product_id.is_kits", "=", True)
        return counted & Domain("store_id", "=", store.id) & Domain("inventory_item_id", "!=", False)

    # -- comparing --------------------------------------------------------------------------------
    def _compare(self, store, check, job):
        """Chunk by chunk, each in a transaction of its own."""
        Variant = self.env["shopify.variant"].with_context(prefetch_fields=False)
        domain = self._compared(store)
        places = store.location_ids._pushable()
        total = Variant.search_count(domain)
        end = time.monotonic() + SECONDS
        while True:
            body = job._body()
            found = Variant.search(domain & Domain("id", ">", body.get("after", 0)), order="id", limit=CHUNK)
            variants = self.env["shopify.variant"].browse(found.ids)
            if not variants:
                break
            done = body.get("compared", 0) + len(variants)
            self._compare_chunk(store, check, variants, places, datetime.fromisoformat(body["began"]))
            check.write({"state": "comparing", "progress": min(100.0, 100.0 * done / max(total, 1))})
            check.progress_words = self.env._("%(count)s of %(total)s variants", count=done, total=total)
            job._continue_at({**body, "after": variants[-1].id, "compared": done})
            self._commit()
            # A hundred thousand variants do not stay in memory.
            self.env.invalidate_all()
            if time.monotonic() > end:
                return Later(self.env._("The comparison goes on."), seconds=0, counts=False)
        self._end(store, check, places)
        return None

    def _compare_chunk(self, store, check, variants, places, began):
        targets = self._targets_of(store, variants, places)
        readings, known_items = self._readings(store, check, variants)
        levels = self._levels(variants, places)
        differing = {}
        for (variant, place), target in targets.items():
            reading = readings.get((variant.inventory_item_id, place.shopify_id))
            level = levels.get((variant.id, place.id))
            if level and level["write_date"] >= began:
                # We set it, or fulfilled from it, after Shopify was asked for the list: what we know is newer than the list.
                reading = {**(reading or {}), "on_hand": level["on_hand"]} if level["is_known"] else reading
            if (reading or {}).get("on_hand", 0) != target:
                there = variant.inventory_item_id in known_items
                differing[variant, place] = (target, reading, level, there)
        compared = len(targets)
        check.compared_count += compared
        if differing:
            self._note(store, check, differing)

    def _readings(self, store, check, variants):
        """({(item, place): its reading}, the items that Shopify has)."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT inventory_item_id, location_shopify_id, tracked, is_active, on_hand, available, committed
                   FROM shopify_reading WHERE store_id = %s AND run = %s AND inventory_item_id = ANY(%s)""",
                store.id,
                check._run_name,
                variants.mapped("inventory_item_id"),
            )
        )
        readings = {(row["inventory_item_id"], row["location_shopify_id"]): row for row in rows}
        return readings, {item for item, _place in readings}

    def _levels(self, variants, places):
        """{(variant id, place id): what we believe of it}"""
        self.env["shopify.level"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT id, variant_id, location_id, on_hand, is_known, write_date,
                          foreign_at IS NOT NULL AND foreign_from - foreign_to NOT BETWEEN 0 AND COALESCE(doubt, 0) AS is_changed
                   FROM shopify_level
                   WHERE variant_id = ANY(%s) AND location_id = ANY(%s)""",
                variants.ids,
                places.ids,
            )
        )
        return {(row["variant_id"], row["location_id"]): row for row in rows}

    # -- what differs -----------------------------------------------------------------------------
    def _note(self, store, check, differing):
        jobs = self._jobs(store, [variant for variant, _place in differing])
        sends = check.mode == "correct" and store.push_stock
        lines, sent = [], []
        for (variant, place), (target, reading, level, there) in differing.items():
            cause, reason = self._cause(variant, target, reading, level, there, jobs.get(f"variant:{variant.id}"))
            left = cause in LEFT
            by_choice = cause == "by_hand" and store.foreign_stock_change != "correct"
            if sends and not left:
                sent.append((variant, place, level))
            lines.append(self._line_values(check, variant, place, target, reading, cause))
            lines[-1]["action"] = "left" if left else "corrected" if sends and not by_choice else "reported"
            lines[-1]["reason"] = reason or self._why_not_sent(store, check, left, by_choice)
        self.env["shopify.stock.difference"].create(lines)
        corrected = sum(line["action"] == "corrected" for line in lines)
        check.write(
            {
                "different_count": check.different_count + len(lines),
                "corrected_count": check.corrected_count + corrected,
                "left_count": check.left_count + len(lines) - corrected,
            }
        )
        if sent:
            self._send_again(sent)

    def _line_values(self, check, variant, place, target, reading, cause):
        there = reading or {}
        return {
            "check_id": check.id,
            "variant_id": variant.id,
            "inventory_item_id": variant.inventory_item_id,
            "location_id": place.id,
            "odoo_quantity": target,
            "shopify_quantity": there.get("on_hand", 0),
            "available": there.get("available", 0),
            "committed": there.get("committed", 0),
            "difference": target - there.get("on_hand", 0),
            "cause": cause,
        }

    def _jobs(self, store, variants):
        """{key: its open job}, of pushes that wait or failed; the last one counts."""
        jobs = self.env["shopify.job"].search(
            [
                ("store_id", "=", store.id),
                ("key", "in", [f"variant:{variant.id}" for variant in variants]),
                ("flow", "=", "stock_out"),
                ("state", "in", ("pending", "attention", "failed")),
            ],
            order="id",
        )
        return {job.key: job for job in jobs}

    def _cause(self, variant, target, reading, level, there, job):
        """(cause, what Shopify or the queue said about it). What stands in the way comes before how it came about."""
        if not there:
            return "gone", self.env._("Shopify does not list this variant any more. Match the catalog again.")
        if reading and not reading.get("tracked", True):
            return "untracked", self.env._("Switch on “Track quantity” of this variant in Shopify.")
        if job and job.state in ("attention", "failed"):
            return "failed", job.error
        noticed = level and level["is_changed"]  # it is waited for a message, and then decided
        if job and not noticed:
            return "pending", None
        if not reading:
            return "not_stocked", None
        if not reading.get("is_active", True):
            return "inactive", None
        if not level or not level["is_known"]:
            return "unsent", None
        return ("by_hand" if noticed or level["on_hand"] != reading["on_hand"] else "unnoticed"), None

    def _why_not_sent(self, store, check, left, by_choice):
        if left or check.mode == "report":
            return False
        if store.push_stock:
            words = self.env._("Changed in Shopify by hand: it is listed, or adopted in Odoo, as the store says.")
            return words if by_choice else False
        return self.env._("Stock is not sent to this store: switch it on at the store.")

    def _send_again(self, sent):
        """Let stock_out correct these: each variant is marked, and its levels are read once more, for the list is minutes old and
        may count what we did meanwhile, or not. What differs from our belief is noted then (flows/stock/foreign.py).
        """
        ids = [level["id"] for _variant, _place, level in sent if level]
        self.env["shopify.level"].browse(ids).is_to_be_read = True
        variants = self.env["shopify.variant"].browse({variant.id for variant, _place, _level in sent})
        self.env["shopify.job"]._mark_stock(variants=variants)

    # -- the end ----------------------------------------------------------------------------------
    def _end(self, store, check, places):
        """Stock that nobody compared is listed as well, and the rows that were read go."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO shopify_stock_difference (check_id, store_id, company_id, variant_id, inventory_item_id, location_id,
                       odoo_quantity, shopify_quantity, available, committed, difference, cause, action, reason,
                       create_date, write_date, create_uid, write_uid)
                   SELECT %(check)s, %(store)s, %(company)s, v.id, r.inventory_item_id, p.id,
                          0, r.on_hand, r.available, r.committed, -r.on_hand,
                          CASE WHEN v.product_id IS NULL THEN 'unlinked' WHEN t.is_storable IS NOT TRUE THEN 'uncounted'
                               ELSE 'unmapped' END,
                          'left',
                          CASE WHEN v.product_id IS NULL THEN %(link)s WHEN t.is_storable IS NOT TRUE THEN %(count)s
                               ELSE %(map)s END,
                          now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', %(uid)s, %(uid)s
                   FROM shopify_reading r
                   LEFT JOIN shopify_location p ON p.store_id = r.store_id AND p.shopify_id = r.location_shopify_id
                   LEFT JOIN shopify_variant v ON v.store_id = r.store_id AND v.inventory_item_id = r.inventory_item_id
                   LEFT JOIN product_product a ON a.id = v.product_id
                   LEFT JOIN product_template t ON t.id = a.product_tmpl_id
                   WHERE r.store_id = %(store)s AND r.run = %(run)s AND r.tracked AND r.on_hand <> 0
                     AND p.is_fulfillment_service IS NOT TRUE
                     AND NOT (v.id = ANY(%(kits)s) AND p.id = ANY(%(places)s))  -- compared as what its components make
                     AND (t.is_storable IS NOT TRUE OR p.id IS NULL OR p.id <> ALL(%(places)s))""",
                check=check.id,
                store=store.id,
                company=store.company_id.id,
                uid=self.env.uid,
                run=check._run_name,
                places=places.ids,
                kits=self.env["shopify.variant"]
                .search(self._compared(store) & Domain("product_id.is_storable", "=", False))
                .ids,
                link=self.env._("Link the variant to an Odoo product."),
                count=self.env._("Switch on “Track Inventory” of the product in Odoo."),
                map=self.env._("Choose the Odoo locations that feed this Shopify location."),
            )
        )
        outside = self.env.cr.rowcount
        self.env["shopify.reading"]._forget(store, check._run_name)
        check.write(
            {
                "state": "done",
                "progress": 100.0,
                "progress_words": False,
                "outside_count": outside,
                "ended_at": fields.Datetime.now(),
            }
        )
        self.env["shopify.stock.difference"].invalidate_model()
