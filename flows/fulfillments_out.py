"""Fulfillments, Odoo → Shopify.   a validated delivery → shopify.job → here → fulfillmentCreate, one per location

Key: the order id. `fulfillmentCreate` takes no idempotency key: the call stores which fulfillments the order had, and after a
crash what is new is adopted before anything is sent again.
"""

from odoo import fields, models

from ..commerce import ids
from ..commerce.order import NOT_SHIPPED
from ..commerce.outcome import Done, Final, Later, NeedsPerson

SHIPPABLE = ("OPEN", "IN_PROGRESS")
# (fulfillment orders and fulfillments, lines of each) to ask for: the usual order, then the largest that a query may cost.
SIZES = ((5, 10), (10, 40), (3, 120))


class FulfillmentsOut(models.AbstractModel):
    _name = "shopify.flow.fulfillments_out"
    _inherit = "shopify.flow"
    _description = "Fulfillments to Shopify"

    _direction = "out"
    _priority = 20
    # Shopify takes one fulfillment of one order a call, and each is noted before the next: a failure is of one delivery alone.
    _batch = 1

    def _run(self, store, jobs):
        outcomes = {job: self._fulfill(store, job) for job in jobs}
        # However it ended: what was under way to Shopify is not any more, and the levels follow (flows/stock/underway.py).
        pickings = self.env["stock.picking"].browse(jobs.mapped("res_id")).exists()
        self.env["shopify.job"]._mark_stock(product_ids=pickings.move_ids.product_id.ids)
        return outcomes

    def _fulfill(self, store, job):
        picking = self.env["stock.picking"].browse(job.res_id).exists()
        if not picking or picking.state != "done":
            return Final("picking_gone", self.env._("The delivery is not there any more, or not done."))
        if picking.shopify_fulfilled_at:
            return self._update_tracking(store, job, picking)
        order = self._read_order(store, picking.sale_id.shopify_order_id)
        if order is None:
            return Final(
                "order_gone", self.env._("%(order)s does not exist in Shopify.", order=picking.shopify_order_name)
            )
        shipped = picking._shopify_shipped()
        if not shipped:
            return Done(picking, self.env._("Nothing in this delivery belongs to a line of the Shopify order."))
        wishes, left = self._allocate(order, self._still_to_send(picking, job, order, shipped))
        for lines in wishes.values():  # a fulfillment is of one location
            refused = self._create(store, job, picking, order, lines)
            if refused:
                return refused
        if left:
            return self._explain_rest(picking, order, left)
        picking.shopify_fulfilled_at = fields.Datetime.now()
        return Done(picking)

    def _read_order(self, store, order_id):
        """The order's fulfillment orders and fulfillments as they are now, all of them; None when Shopify has no such order.

        Few are asked for at first, because what is asked for is what is charged.
        """
        for several, lines in SIZES:
            variables = {"id": ids.gid("Order", order_id), "several": several, "lines": lines}
            order = self._ask(store, "order__fulfillment_orders", variables)["order"]
            if order is None or self._is_whole(order, several):
                return order
        raise NeedsPerson(
            "order_too_large",
            self.env._(
                "%(order)s has more fulfillment orders or lines than can be read at once. Fulfill it in Shopify by hand.",
                order=order["name"],
            ),
        )

    def _is_whole(self, order, several):
        wishes, made = order["fulfillmentOrders"], order["fulfillments"]
        pages = [
            wishes,
            *(wish["lineItems"] for wish in wishes["nodes"]),
            *(one["fulfillmentLineItems"] for one in made),
        ]
        return len(made) < several and not any(page["pageInfo"]["hasNextPage"] for page in pages)

    # -- after a crash, or a refusal half way -----------------------------------------------------
    def _still_to_send(self, picking, job, order, shipped):
        """What was shipped, less what earlier runs of this job got into Shopify, noted here or not."""
        known = set((picking.shopify_fulfillment_ids or "").split(","))
        made = [one for one in order["fulfillments"] if ids.number(one["id"]) in known]
        unnoted = [one for one in self._found_of_call(job.call_id, order) if one not in made]
        if unnoted:
            self._note(picking, order, unnoted, job.call_id)
        left = dict(shipped)
        for one in made + unnoted:
            for line in one["fulfillmentLineItems"]["nodes"]:
                line_id = ids.number(line["lineItem"]["id"])
                left[line_id] = left.get(line_id, 0) - line["quantity"]
        return {line_id: pieces for line_id, pieces in left.items() if pieces > 0}

    def _found_of_call(self, call, order):
        """Fulfillments that the last call of this job made, although its answer, or our note of it, was lost."""
        if not call or call.document != "fulfillment_create":
            return []
        if call.state == "answered":
            answered = (call.answer.get("fulfillment") or {}).get("id")
            return [one for one in order["fulfillments"] if one["id"] == answered]
        if call.state != "sent":
            return []
        before = set(call.before["fulfillments"])
        pieces = sum(
            line["quantity"]
            for group in call.variables["fulfillment"]["lineItemsByFulfillmentOrder"]
            for line in group["fulfillmentOrderLineItems"]
        )
        new = [
            one
            for one in order["fulfillments"]
            if one["id"] not in before
            and one["status"] != "CANCELLED"
            and sum(line["quantity"] for line in one["fulfillmentLineItems"]["nodes"]) == pieces
        ][:1]
        call.write(
            {
                "state": "answered" if new else "refused",
                "answer": {"fulfillment": new[0]} if new else {"error": "not applied"},
                "answered_at": fields.Datetime.now(),
            }
        )
        return new

    # -- what to send -----------------------------------------------------------------------------
    def _allocate(self, order, shipped):
        """Spread what was shipped over the order's fulfillment orders, re-read just now: their ids change with every hold and move.

        :return: ({location gid: [(fulfillment order id, line id, pieces)]}, {Shopify line id: pieces that found no place})
        """
        wishes, left = {}, dict(shipped)
        for wish in order["fulfillmentOrders"]["nodes"]:
            if wish["status"] not in SHIPPABLE:
                continue
            location = wish["assignedLocation"]["location"]
            for line in wish["lineItems"]["nodes"]:
                line_id = ids.number(line["lineItem"]["id"])
                pieces = min(left.get(line_id, 0), line["remainingQuantity"])
                if pieces > 0:
                    left[line_id] -= pieces
                    wishes.setdefault(location["id"] if location else None, []).append((wish["id"], line["id"], pieces))
        return wishes, {line_id: pieces for line_id, pieces in left.items() if pieces > 0}

    def _create(self, store, job, picking, order, lines):
        groups = {}
        for wish_id, line_id, pieces in lines:
            groups.setdefault(wish_id, []).append({"id": line_id, "quantity": pieces})
        fulfillment = {
            "lineItemsByFulfillmentOrder": [
                {"fulfillmentOrderId": wish_id, "fulfillmentOrderLineItems": items} for wish_id, items in groups.items()
            ],
            "notifyCustomer": store.notify_customer,
        }
        tracking = self._tracking(picking)
        if tracking:
            fulfillment["trackingInfo"] = tracking
        picking.shopify_tracking = tracking  # committed with the call
        payload, user_errors = self._send(
            store,
            job,
            "fulfillment_create",
            "fulfillmentCreate",
            {"fulfillment": fulfillment},
            before={
                "fulfillments": [one["id"] for one in order["fulfillments"]],
                "pieces": self._pieces_by_line(order, lines),
            },
        )
        if user_errors or not payload.get("fulfillment"):
            reason = "; ".join(error.message for error in user_errors) or self.env._("no reason given")
            return NeedsPerson(
                "fulfillment_refused",
                self.env._(
                    "Delivery %(picking)s of %(order)s is done, but Shopify refused the fulfillment: “%(reason)s” "
                    "Look at the order in Shopify, then retry.",
                    picking=picking.name,
                    order=picking.shopify_order_name,
                    reason=reason,
                ),
                record=picking,
            )
        self._note(picking, order, [payload["fulfillment"]], job.call_id)
        return None

    def _pieces_by_line(self, order, lines):
        """{Shopify's line id: pieces} of what goes out with a call."""
        line_ids = {
            line["id"]: ids.number(line["lineItem"]["id"])
            for wish in order["fulfillmentOrders"]["nodes"]
            for line in wish["lineItems"]["nodes"]
        }
        pieces = {}
        for _wish_id, wanted, quantity in lines:
            pieces[line_ids[wanted]] = pieces.get(line_ids[wanted], 0) + quantity
        return pieces

    def _tracking(self, picking):
        """Number, company and link as Shopify wants them; Odoo joins several numbers by commas (ODOO19 §9)."""
        numbers = [number.strip() for number in (picking.carrier_tracking_ref or "").split(",") if number.strip()]
        if not numbers:
            return None
        tracking = {"numbers": numbers}
        if picking.carrier_id:
            tracking["company"] = picking.carrier_id.name
        url = picking.carrier_tracking_url
        if url and url.startswith("http") and len(numbers) == 1:
            tracking["urls"] = [url]
        return tracking

    def _update_tracking(self, store, job, picking):
        """The number came, or changed, after the delivery was sent. Repeating it is harmless: it replaces the whole list."""
        tracking = self._tracking(picking)
        if not tracking or tracking == picking.shopify_tracking:
            return Done(picking)  # Shopify has it, and would mail the customer once more
        for fulfillment_id in picking.shopify_fulfillment_ids.split(","):
            _payload, user_errors = self._send(
                store,
                job,
                "fulfillment_tracking_info_update",
                "fulfillmentTrackingInfoUpdate",
                {
                    "fulfillmentId": ids.gid("Fulfillment", fulfillment_id),
                    "trackingInfoInput": tracking,
                    "notifyCustomer": store.notify_customer,
                },
            )
            if user_errors:
                return NeedsPerson(
                    "fulfillment_refused",
                    self.env._(
                        "Shopify refused the tracking number of %(picking)s: “%(reason)s”",
                        picking=picking.name,
                        reason="; ".join(error.message for error in user_errors),
                    ),
                    record=picking,
                )
        picking.shopify_tracking = tracking
        return Done(picking)

    # -- what came of it --------------------------------------------------------------------------
    def _note(self, picking, order, made, call):
        """Write down what Shopify made before anything else is sent: a later failure must not make us send it again."""
        known = list(filter(None, (picking.shopify_fulfillment_ids or "").split(",")))
        names = ", ".join(one["name"] for one in made)
        pieces = dict(picking.shopify_fulfilled_pieces or {})
        for one in made:
            for line in one["fulfillmentLineItems"]["nodes"]:
                line_id = ids.number(line["lineItem"]["id"])
                pieces[line_id] = pieces.get(line_id, 0) + line["quantity"]
        picking.write(
            {
                "shopify_fulfilled_pieces": pieces,
                "shopify_fulfillment_ids": ",".join(known + [ids.number(one["id"]) for one in made]),
                "shopify_message": self.env._("Fulfilled in Shopify as %(names)s", names=names),
            }
        )
        self._note_on_lines(picking, order, made, call)
        self._commit()

    def _note_on_lines(self, picking, order, made, call):
        """Pieces fulfilled in Shopify, on the lines of the order: all there are now, whoever made them."""
        # The next one of this delivery, from another location, finds it there.
        order["fulfillments"] = list({one["id"]: one for one in [*order["fulfillments"], *made]}.values())
        fulfilled, ours = self._standing(order["fulfillments"]), self._standing(made)
        sale, now = picking.sale_id, fields.Datetime.now()
        # What others made since the order was followed last is in the answer too, and its message will say nothing new.
        theirs = [self._made_at(one) for one in order["fulfillments"] if one not in made]
        since = max(filter(None, (sale._shopify_fulfilled_known_until(), min(theirs, default=None))), default=None)
        since, _until = self.env["shopify.level"]._by_our_clock(since, None)
        more = []
        for line in sale.order_line.filtered("shopify_line_id"):
            known, total = line.shopify_fulfilled_quantity, fulfilled.get(line.shopify_line_id, 0)
            # None of ours, where its message was quicker than its answer.
            of_us = max(0, min(ours.get(line.shopify_line_id, 0), total - known))
            more.append((line, of_us, call.sent_at, now))
            more.append((line, total - known - of_us, since, now))
            line.shopify_fulfilled_quantity = total
        sale.shopify_fulfillments_at = max(filter(None, (sale.shopify_fulfillments_at, *map(self._made_at, made))))
        self.env["shopify.level"]._follow_fulfilled([one for one in more if one[1]])

    def _standing(self, fulfillments):
        """{Shopify's line id: pieces} of those that stand, as an order's body counts them."""
        pieces = {}
        for one in fulfillments:
            stands = one["status"].lower() not in NOT_SHIPPED
            for line in one["fulfillmentLineItems"]["nodes"] if stands else ():
                line_id = ids.number(line["lineItem"]["id"])
                pieces[line_id] = pieces.get(line_id, 0) + line["quantity"]
        return pieces

    def _made_at(self, fulfillment):
        return fields.Datetime.to_datetime(fulfillment["createdAt"].rstrip("Z").replace("T", " "))

    def _explain_rest(self, picking, order, left):
        """Pieces left Odoo that Shopify has no open wish for: routed later, held, cancelled, or fulfilled there already."""
        statuses = {wish["status"] for wish in order["fulfillmentOrders"]["nodes"]}
        if not statuses:
            return Later(self.env._("Shopify has not routed %(order)s to a location yet.", order=order["name"]))
        held = "ON_HOLD" in statuses or "SCHEDULED" in statuses
        pieces = sum(left.values())
        why = (
            self.env._("it is on hold there: release it in Shopify, then retry")
            if held
            else self.env._("nothing of them is left to fulfill there: they were fulfilled or cancelled in Shopify")
        )
        return NeedsPerson(
            "fulfillment_on_hold" if held else "fulfillment_exceeds",
            self.env._(
                "%(pieces)s pieces of delivery %(picking)s could not be fulfilled in Shopify order %(order)s, because %(why)s.",
                pieces=pieces,
                picking=picking.name,
                order=order["name"],
                why=why,
            ),
            record=picking,
        )
