"""Finding orders: the root fields that read them, what a search looks at and what a list is sorted by."""

from .money import ZERO
from .nodes import by_id
from .roots import query

_FIELDS = {
    "": lambda o: [o.name, o.name.lstrip("#"), o.body.get("email") or ""],
    "id": lambda o: o.number,
    "name": lambda o: [o.name, o.name.lstrip("#")],
    "email": lambda o: o.body.get("email") or "",
    "created_at": lambda o: o.created_at,
    "processed_at": lambda o: o.processed_at,
    "updated_at": lambda o: o.updated_at,
    "financial_status": lambda o: o.body.get("financial_status") or "",
    "fulfillment_status": lambda o: {None: ["unfulfilled", "unshipped"], "fulfilled": ["fulfilled", "shipped"]}.get(
        o.body.get("fulfillment_status"), [o.body.get("fulfillment_status") or ""]
    ),
    "status": lambda o: ["any", "cancelled" if o.cancelled_at else "closed" if o.closed else "open"],
    "tag": lambda o: o.tags,
    "test": lambda o: str(o.test).lower(),
    "source_name": lambda o: o.body.get("source_name") or "",
    "customer_id": lambda o: (o.body.get("customer") or {}).get("id"),
    "sku": lambda o: [line.sku or "" for line in o.lines],
    "risk_level": lambda o: o.risk_level.lower(),
    "source_identifier": lambda o: o.body.get("source_identifier") or "",
    "gateway": lambda o: o.payment_gateway_names,
    "channel": lambda o: o.body.get("source_name") or "",
    "confirmation_number": lambda o: o.body.get("confirmation_number") or "",
    "cart_token": lambda o: o.body.get("cart_token") or "",
    "location_id": lambda o: o.body.get("location_id"),
    "po_number": lambda o: o.body.get("po_number") or "",
}
_SORT = {
    "PROCESSED_AT": lambda o: o.processed_at,
    "ORDER_NUMBER": lambda o: o.body.get("order_number") or 0,
    "CURRENT_TOTAL_PRICE": lambda o: (o.amount("current_total_price") or ZERO).shop,
    "TOTAL_PRICE": lambda o: (o.amount("total_price") or ZERO).shop,
}


@query("orders")
def orders(shop, request, *, query=None, sort_key="PROCESSED_AT"):
    return shop.sort(shop.search(shop.orders, query, _FIELDS, "orders", request), sort_key, _SORT)


@query("ordersCount")
def orders_count(shop, request, *, query=None, limit=10000):
    return shop.count(shop.search(shop.orders, query, _FIELDS, "ordersCount", request), limit)


by_id("order", "Order")
