"""Orders, their lines, fulfillment orders, fulfillments and payments, from a recording's answers into the simulator.

The simulator keeps an order as its REST body, so what GraphQL told is written back into one."""

from .facts import Ref


class Orders:
    """Makes orders for a loading.Loader."""

    def __init__(self, loader):
        self.loader, self.simulator, self.shop, self.facts = loader, loader.simulator, loader.shop, loader.facts
        self.makers = {
            "Order": self._order,
            "FulfillmentOrder": self._belonging,
            "LineItem": self._belonging,
            "FulfillmentOrderLineItem": self._belonging,
            "Fulfillment": self._belonging,
        }

    def _fields(self, value) -> dict:
        return self.facts.of(value.gid) if isinstance(value, Ref) else value or {}

    def _belonging(self, gid, fields):
        """A part of an order comes with the order; one whose order no answer names gets an order of its own."""
        owner = fields.get("order")
        if owner is None and isinstance(fields.get("fulfillmentOrder"), Ref):
            self.loader.need(fields["fulfillmentOrder"].gid)
        elif isinstance(owner, Ref):
            self.loader.need(owner.gid)
        if self.loader.live(gid) is None and "/FulfillmentOrder/" in gid:
            lines = [self._fields(one).get("lineItem") for one in fields.get("lineItems") or ()]
            body = self._body({"lineItems": [line for line in lines if line]}, self.shop.next_id())
            order = self.simulator.orders.Order(self.shop, body, body["id"])
            order.routed_at = order.placed_at
            self._fulfillment_order(order, gid, fields)

    def _order(self, gid, fields):
        number = int(gid.rpartition("/")[2])
        if self.facts.made_by_change(gid):
            later = ("closedAt", "cancelledAt", "cancelReason", "fulfillments")
            fields = {k: v for k, v in fields.items() if k not in later and not k.startswith("current")}
        if edited := self._before_edit(gid):
            fields = {**{k: v for k, v in fields.items() if not k.startswith("current")}, "lineItems": edited}
        order = self.simulator.orders.Order(self.shop, self._body(fields, number), number)
        order.routed_at = order.placed_at
        for one in fields.get("transactions") or ():
            self._payment(order, self._fields(one))
        known = [one for one in fields.get("fulfillmentOrders") or () if isinstance(one, Ref)]
        for one in known:
            if one.gid not in self.loader.born:
                self._fulfillment_order(order, one.gid, self.facts.of(one.gid))
        if not known and order.lines:
            self.simulator.fulfillment_orders.route(order, claim=False)
        for one in fields.get("fulfillments") or ():
            if isinstance(one, Ref) and one.gid not in self.loader.born:
                self._fulfillment(order, one.gid, self.facts.of(one.gid))

    def _payment(self, order, told):
        amount = self._money(told.get("amountSet") or {})
        order.add_transaction(
            (told.get("kind") or "SALE").lower(),
            amount,
            gateway=told.get("gateway"),
            status=(told.get("status") or "SUCCESS").lower(),
        )

    def _money(self, bag):
        exact, money = self.simulator.money.exact, self.simulator.money.Money
        shop = exact((bag.get("shopMoney") or {}).get("amount") or 0)
        return money(shop, exact((bag.get("presentmentMoney") or {}).get("amount") or shop))

    def _body(self, fields, number) -> dict:
        snake = self.simulator.roots.snake
        plain = "name email phone note poNumber closedAt cancelledAt createdAt updatedAt processedAt test taxesIncluded"
        body = {snake(name): fields[name] for name in plain.split() if name in fields}
        body |= {"id": number, "line_items": [self._line(one) for one in fields.get("lineItems", [{}])]}
        body["tags"] = ", ".join(fields.get("tags") or ())
        statuses = {"displayFinancialStatus": "financial_status", "cancelReason": "cancel_reason"}
        body |= {key: (fields.get(name) or "").lower() or None for name, key in statuses.items()}
        shipped = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
        body["fulfillment_status"] = shipped.get(fields.get("displayFulfillmentStatus"))
        body["payment_gateway_names"] = fields.get("paymentGatewayNames") or []
        body["note_attributes"] = [
            {"name": one.get("key"), "value": one.get("value")} for one in fields.get("customAttributes") or ()
        ]
        own = next((b["shopMoney"]["currencyCode"] for b in fields.values() if _is_bag(b)), None)
        if own:
            body["currency"] = own
            body["presentment_currency"] = fields.get("presentmentCurrencyCode") or own
        for name, value in fields.items():
            if name.endswith("Set") and _is_bag(value):
                body[snake(name)] = _rest_bag(value)
        customer = fields.get("customer")
        if isinstance(customer, Ref) and self.loader.need(customer.gid):
            body["customer"] = self.loader.live(customer.gid).body()
        return body

    def _before_edit(self, gid) -> list:
        """Lines of an order as the beginning of an edit shows them: their numbers are the same (FACTS 68)."""
        for own in self.loader.edits:
            told = self.facts.of(own)
            if gid in self.loader.born or not isinstance(told.get("originalOrder"), Ref):
                continue
            lines = [one for one in told.get("lineItems") or () if isinstance(one, Ref)]
            if told["originalOrder"].gid == gid and lines:
                return [Ref(one.gid.replace("/CalculatedLineItem/", "/LineItem/")) for one in lines]
        return []

    def _line(self, ref) -> dict:
        told = self._fields(ref)
        if isinstance(ref, Ref):
            calculated = Ref(ref.gid.replace("/LineItem/", "/CalculatedLineItem/"))
            before = self.facts.things.get(calculated.gid) if self.loader.edits else None
            if before:
                kept = ("currentQuantity", "fulfillableQuantity")
                told = {**{k: v for k, v in told.items() if k not in kept}, **before}
        body = {"title": told.get("title") or "Item", "quantity": told.get("quantity") or 1}
        if isinstance(ref, Ref):
            body["id"] = int(ref.gid.rpartition("/")[2])
        for name, key in (("sku", "sku"), ("currentQuantity", "current_quantity"), ("variantTitle", "variant_title")):
            if name in told:
                body[key] = told[name]
        body["fulfillable_quantity"] = told.get("fulfillableQuantity", body["quantity"])
        body["requires_shipping"] = told.get("requiresShipping", True)
        if _is_bag(told.get("originalUnitPriceSet")):
            body["price_set"] = _rest_bag(told["originalUnitPriceSet"])
        return body

    def _fulfillment_order(self, order, gid, told):
        routing = self.simulator.fulfillment_orders
        place = (told.get("assignedLocation") or {}).get("location")
        location = self.loader.need(place.gid) if isinstance(place, Ref) else None
        fo = routing.FulfillmentOrder(order, location or self.shop.locations[0], number=int(gid.rpartition("/")[2]))
        self.loader.loaded.add(gid)
        order.routed.append(fo)
        if not self.facts.made_by_change(gid):
            fo.status = told.get("status") or "OPEN"
        for name in ("fulfillAt", "fulfillBy", "updatedAt", "createdAt"):
            if isinstance(told.get(name), str):
                setattr(fo, self.simulator.roots.snake(name), self.simulator.schema.utc(told[name]))
        by_number = {line.number: line for line in order.lines}
        for one in told.get("lineItems") or ():
            part = self._fields(one)
            line = part.get("lineItem")
            item = by_number.get(int(line.gid.rpartition("/")[2])) if isinstance(line, Ref) else None
            if item is None or (isinstance(one, Ref) and one.gid in self.loader.born):
                continue
            number = int(one.gid.rpartition("/")[2]) if isinstance(one, Ref) else None
            wanted = routing.Wanted(fo, item, part.get("totalQuantity") or 0, claims=False, number=number)
            wanted.remaining_quantity = part.get("remainingQuantity", wanted.total_quantity)
            fo.lines.append(wanted)

    def _fulfillment(self, order, gid, told):
        number = int(gid.rpartition("/")[2])
        tracking = told.get("trackingInfo") or [{}]
        body = {
            "id": number,
            "name": told.get("name") or f"{order.name}-F1",
            "status": (told.get("status") or "SUCCESS").lower(),
            "tracking_company": tracking[0].get("company"),
            "tracking_numbers": [one["number"] for one in tracking if one.get("number")],
            "tracking_urls": [one["url"] for one in tracking if one.get("url")],
        }
        made = self.simulator.fulfillment.Fulfillment(order, body, [], self.shop.locations[0])
        self.loader.loaded.add(gid)
        for name in ("createdAt", "updatedAt"):
            if isinstance(told.get(name), str):
                setattr(made, self.simulator.roots.snake(name), self.simulator.schema.utc(told[name]))
        order.fulfillments.append(made)


def _is_bag(value) -> bool:
    return isinstance(value, dict) and isinstance(value.get("shopMoney"), dict) and "currencyCode" in value["shopMoney"]


def _rest_bag(bag) -> dict:
    def money(part):
        return {"amount": part["amount"], "currency_code": part["currencyCode"]}

    shown = bag.get("presentmentMoney") or bag["shopMoney"]
    return {"shop_money": money(bag["shopMoney"]), "presentment_money": money(shown)}
