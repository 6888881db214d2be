"""The control door, for when the simulator is a process of its own: `/_control/…`, JSON in and out, loopback only.

GET state · calls · deliveries — POST random_orders {count, seed?, …} · orders {lines, …} · bodies {…a webhook body…} ·
cancel {order, restock?, refund?, reason?} · update {order, …fields of the body…} · risk {order, level} · jobs {} ·
edit {order, quantities?, add?, discounts?, shipping?, drop_shipping?, restock?, refund?} · stock {sku, available, location?} ·
fulfill {order, lines?, tracking?} · faults {on, kind, times?, seconds?} · hosts {host: url} · route {order} · reset {} —
DELETE faults"""

import random
from collections import defaultdict

from . import variety
from .money import ZERO


def _moment(moment):
    return moment and moment.isoformat(timespec="milliseconds")


def _order(order) -> dict:
    body = order.body
    return {
        "id": str(order.number),
        "name": order.name,
        "placed_at": _moment(order.placed_at),
        "changed_at": _moment(order.changed_at),
        "email": body.get("email"),
        "currency": order.currencies.shop,
        "presentment_currency": order.currencies.presentment,
        "total": body.get("total_price"),
        "tax": body.get("total_tax"),
        "charged": _charged(order),
        "current_total": body.get("current_total_price", body.get("total_price")),
        "financial_status": body.get("financial_status"),
        "fulfillment_status": body.get("fulfillment_status"),
        "cancelled_at": body.get("cancelled_at"),
        "lines": [
            {
                "id": str(line.number),
                "sku": line.body.get("sku"),
                "variant_id": line.body.get("variant_id") and str(line.body["variant_id"]),
                "quantity": line.quantity,
                "current_quantity": line.current_quantity,
                "open": line.unfulfilled_quantity,
                "requires_shipping": line.requires_shipping,
            }
            for line in order.lines
        ],
        "fulfillment_orders": [
            {
                "id": str(fo.number),
                "status": fo.status,
                "location": fo.location.name,
                "lines": [
                    {"sku": w.sku, "remaining": w.remaining_quantity, "total": w.total_quantity} for w in fo.lines
                ],
            }
            for fo in order.routed
        ],
        "fulfillments": [
            {
                "id": str(one.number),
                "created_at": _moment(one.created_at),
                "status": one.body["status"],
                "location": one.location.name,
                "tracking_company": one.body["tracking_company"],
                "tracking_numbers": one.body["tracking_numbers"],
                "lines": [{"sku": line.body.get("sku"), "quantity": n} for line, (_, n) in one.lines.items()],
            }
            for one in order.fulfillments
        ],
    }


def _charged(order) -> dict:
    """What must be charged in the buyer's currency: of a cancelled order what it first came to, else what is left."""
    names = ("total_price", "total_tax") if order.cancelled_at else ("current_total_price", "current_total_tax")
    amounts = [order.amount(name) or ZERO for name in names]
    return {"total": str(amounts[0].presentment), "tax": str(amounts[1].presentment)}


def levels(shop) -> list:
    return [
        {
            "sku": item.sku,
            "inventory_item_id": str(item.number),
            "variant_id": str(item.variant.number),
            "location": level.location.name,
            "location_id": str(level.location.number),
            "active": level.is_active,
            "available": level.available,
            "committed": level.committed,
            "on_hand": level.on_hand,
            "changed_at": _moment(level.updated_at),
        }
        for item in shop.items.values()
        for level in item.levels.values()
    ]


def calls(shop) -> dict:
    """Per root field: how often, at what cost, with which statuses."""
    result = defaultdict(lambda: {"count": 0, "cost": 0, "statuses": defaultdict(int)})
    for call in shop.call_log:
        entry = result[call.root]
        entry["count"] += 1
        entry["cost"] += call.cost
        entry["statuses"][str(call.status)] += 1
    return dict(result)


def deliveries(shop) -> list:
    return [
        {
            "topic": one.topic,
            "address": one.address,
            "event_id": one.event_id,
            "at": _moment(one.at),
            "answered_at": _moment(one.answered_at),
            "status": one.status,
            "tries": one.tries,
        }
        for one in shop.webhooks.log
    ]


def state(shop) -> dict:
    return {
        "shop": {"domain": shop.domain, "name": shop.name, "currency": shop.currency, "now": _moment(shop.now())},
        "locations": [{"id": str(one.number), "name": one.name, "active": one.is_active} for one in shop.locations],
        "orders": [_order(order) for order in shop.orders],
        "levels": levels(shop),
        "level_changes": [{**change, "at": _moment(change["at"])} for change in shop.level_changes],
        "calls": calls(shop),
        "subscriptions": [{"id": s.id, "topic": s.topic, "uri": s.uri} for s in shop.subscriptions],
        "deliveries": deliveries(shop),
        "faults": shop.faults.planned(),
    }


def get(shop, path, _query) -> tuple:
    views = {"state": state, "calls": calls, "deliveries": deliveries, "levels": levels}
    view = views.get(path.removeprefix("/_control/"))
    if view is None:
        return 404, {"error": f"there is no {path}; GET knows {', '.join(views)}"}
    with shop.lock:
        return 200, view(shop)


def delete(shop, path) -> tuple:
    if path != "/_control/faults":
        return 404, {"error": "only /_control/faults can be deleted"}
    shop.faults.clear()
    return 200, {"faults": []}


def _random_orders(shop, given):
    given = dict(given)
    count, seed = int(given.pop("count", 1)), given.pop("seed", None)
    rng = shop.random if seed is None else random.Random(seed)
    placed = [shop.random_order(rng, **given) for _ in range(count)]
    changed = variety.second_thoughts(shop, rng, placed) if given.get("lively") else {}
    return {"orders": [_order(order) for order in placed], "changed": changed}


def _place(shop, given):
    given = dict(given)
    for name in ("shipping", "presentment"):
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    return {"order": _order(shop.place_order(given.pop("lines", ()), **given))}


def _cancel(shop, given):
    given = dict(given)
    order = given.pop("order")
    shop.cancel_order(order, **given)
    return {"order": _order(shop.order(order))}


def _edit(shop, given):
    given = dict(given)
    order = given.pop("order")
    shop.edit_order(order, **given)
    return {"order": _order(shop.order(order))}


def _update(shop, given):
    given = dict(given)
    order = given.pop("order")
    shop.update_order(order, **given)
    return {"order": _order(shop.order(order))}


def _risk(shop, given):
    shop.order(given["order"]).assess(given["level"])
    return {"order": _order(shop.order(given["order"]))}


def _jobs(shop, _given):
    shop.run_jobs()
    return {"orders": []}


def _fulfill(shop, given):
    order = shop.order(given["order"])
    made = shop.fulfill(order, given.get("lines"), tracking=given.get("tracking"), location=given.get("location"))
    return {"fulfillments": [str(one.number) for one in made], "order": _order(order)}


def _stock(shop, given):
    shop.set_stock(given["sku"], int(given["available"]), given.get("location"))
    return {"available": shop.available(given["sku"], given.get("location"))}


def _faults(shop, given):
    shop.faults.add(given.get("on", "*"), given["kind"], int(given.get("times", 1)), given.get("seconds"))
    return {"faults": shop.faults.planned()}


def _hosts(shop, given):
    for host, base in given.items():
        shop.webhooks.map_host(host, base)
    return {"hosts": shop.webhooks.host_map}


def _route(shop, given):
    shop.route(given["order"])
    return {"order": _order(shop.order(given["order"]))}


def _reset(shop, _given):
    shop.reset()
    return {"orders": []}


_POST = {
    "random_orders": _random_orders,
    "orders": _place,
    "bodies": lambda shop, given: {"order": _order(shop.place_body(given))},
    "cancel": _cancel,
    "edit": _edit,
    "update": _update,
    "risk": _risk,
    "jobs": _jobs,
    "fulfill": _fulfill,
    "stock": _stock,
    "faults": _faults,
    "hosts": _hosts,
    "route": _route,
    "reset": _reset,
}


def post(shop, path, given) -> tuple:
    """What cannot be done is answered 400 with the reason, and nothing is changed by a wrong request."""
    action = _POST.get(path.removeprefix("/_control/"))
    if action is None:
        return 404, {"error": f"there is no {path}; POST knows {', '.join(_POST)}"}
    if not isinstance(given, dict):
        return 400, {"error": "the body is not an object"}
    try:
        with shop.lock:
            return 200, action(shop, given)
    except StopIteration:
        return 400, {"error": "there is no such order or location"}
    except (LookupError, TypeError, ValueError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
