"""A GraphQL Order node → Order, by way of the webhook's shape, so that both have one reader."""

import re

from . import order_webhook, reading
from .order_parts import Order
from .reading import Unreadable

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
# GraphQL's name → the webhook's, where lower case with underscores is not enough (SHOPIFY_API §13).
_ORDER = {
    "currency_code": "currency",
    "presentment_currency_code": "presentment_currency",
    "display_financial_status": "financial_status",
    "display_fulfillment_status": "fulfillment_status",
    "custom_attributes": "note_attributes",
}
_LINE = {
    "original_unit_price_set": "price_set",
    "original_unit_price": "price",
    "is_gift_card": "gift_card",
    "custom_attributes": "properties",
}
_SHIPPING = {"original_price_set": "price_set", "original_price": "price"}
_KIND = {
    "DiscountCodeApplication": "discount_code",
    "AutomaticDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
    "ScriptDiscountApplication": "script",
}


def parse_node(node: object) -> Order:
    """The order of a GraphQL node; any selection of fields, the rest is unknown.

    :param node: the JSON object; connections may be `nodes`, `edges` or already merged lists
    :raise Unreadable: as order_webhook.parse, and when a connection has a next page: merge the pages first, half an
        order is none
    Source: Admin API 2026-10, types Order, LineItem, ShippingLine, Refund.
    """
    try:
        plain = _plain(node)
        if not isinstance(plain, dict):
            raise Unreadable("An order should be an object.")
        return order_webhook.parse(_order(plain))
    except RecursionError:
        raise Unreadable("The order is nested too deeply.") from None


def _plain(value: object) -> object:
    """Keys in lower case with underscores, connections as lists."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    page = value.get("pageInfo")
    for key in ("nodes", "edges"):
        if isinstance(entries := value.get(key), list):
            if isinstance(page, dict) and page.get("hasNextPage"):
                raise Unreadable("A list of the order goes on on a next page that was not read.")
            if key == "edges":
                entries = [edge.get("node") if isinstance(edge, dict) else edge for edge in entries]
            return [_plain(entry) for entry in entries]
    return {_CAPITAL.sub("_", str(key)).lower(): _plain(item) for key, item in value.items()}


def _order(node: dict) -> dict:
    body = _renamed(node, _ORDER)
    applications = node.get("discount_applications")
    if applications is not None:
        entries = [_application(entry) for entry in reading.mappings(applications, "discountApplications")]
        # `index` is what allocations refer to; the list is in that order unless a query sorted it otherwise.
        entries.sort(key=lambda entry: reading.count(entry.get("index"), "A discount's index") or 0)
        body["discount_applications"] = entries
    if isinstance(codes := node.get("discount_codes"), list):
        body["discount_codes"] = [{"code": code} for code in codes]
    if "line_items" in node:
        body["line_items"] = [_line(line) for line in reading.mappings(node["line_items"], "lineItems")]
    if "shipping_lines" in node:
        lines = reading.mappings(node["shipping_lines"], "shippingLines")
        body["shipping_lines"] = [_allocated(_renamed(line, _SHIPPING)) for line in lines]
    if "additional_fees" in node:
        body["additional_fees"] = [_priced(fee) for fee in reading.mappings(node["additional_fees"], "additionalFees")]
    if "retail_location" in node:
        body["location_id"] = _id(node, "retail_location")
    rounding = reading.mapping(node.get("total_cash_rounding_adjustment"), "totalCashRoundingAdjustment")
    if "payment_set" in rounding:
        body["total_cash_rounding_payment_adjustment_set"] = rounding["payment_set"]
    for key in ("billing_address", "shipping_address"):
        if node.get(key) is not None:
            body[key] = _address(node[key], key)
    if node.get("customer") is not None:
        body["customer"] = _customer(node["customer"])
    if node.get("refunds") is not None:
        body["refunds"] = [_refund(refund) for refund in reading.mappings(node["refunds"], "refunds")]
    if node.get("fulfillments") is not None:
        body["fulfillments"] = [_fulfillment(entry) for entry in reading.mappings(node["fulfillments"], "fulfillments")]
    return body


def _line(node: dict) -> dict:
    body = _allocated(_renamed(node, _LINE))
    for key in ("product", "variant"):
        if key in node:
            body[f"{key}_id"] = _id(node, key)
    body["properties"] = _attributes(node.get("custom_attributes"))
    body["duties"] = [_priced(duty) for duty in reading.mappings(node.get("duties"), "duties")]
    body["sales_line_item_group_id"] = _id(node, "line_item_group")
    body["selling_plan_allocation"] = node.get("selling_plan")
    return body


def _allocated(body: dict) -> dict:
    if body.get("discount_allocations") is None:
        return body
    entries = []
    for entry in reading.mappings(body["discount_allocations"], "discountAllocations"):
        application = reading.mapping(entry.get("discount_application"), "discountApplication")
        amount = entry.get("allocated_amount_set") or {"shop_money": entry.get("allocated_amount")}
        label = application.get("code") or application.get("title")
        entries.append({"amount_set": amount, "discount_application_index": application.get("index"), "label": label})
    return body | {"discount_allocations": entries}


def _application(node: dict) -> dict:
    value = reading.mapping(node.get("value"), "A discount's value")
    percentage = "percentage" in value
    kind = _KIND.get(str(node.get("__typename"))) or ("discount_code" if node.get("code") else None)
    body = dict(node, type=kind, value=value.get("percentage") if percentage else value.get("amount"))
    if value:
        body["value_type"] = "percentage" if percentage else "fixed_amount"
    return body


def _customer(value: object) -> dict:
    node = reading.mapping(value, "customer")
    email = reading.mapping(node.get("default_email_address"), "defaultEmailAddress").get("email_address")
    phone = reading.mapping(node.get("default_phone_number"), "defaultPhoneNumber").get("phone_number")
    body = {**node, "email": node.get("email") or email, "phone": node.get("phone") or phone}
    # Where there is no name it shows the e-mail address or the phone number (recorded: draft-orders-search-sort-staged).
    shown = node.get("display_name")
    body["name"] = None if shown in (body["email"], body["phone"]) else shown
    if node.get("default_address") is not None:
        default = reading.mapping(node["default_address"], "defaultAddress")
        body["default_address"] = _address(default, "defaultAddress") | {"id": default.get("id")}
    return body


def _address(value: object, name: str) -> dict:
    node = reading.mapping(value, name)
    # An order's address has an id in GraphQL only, and it is none of the customer's addresses.
    return {**node, "id": None, "country_code": node.get("country_code_v2") or node.get("country_code")}


def _refund(node: dict) -> dict:
    lines = reading.mappings(node.get("refund_line_items"), "refundLineItems")
    return node | {"refund_line_items": [line | {"line_item_id": _id(line, "line_item")} for line in lines]}


def _fulfillment(node: dict) -> dict:
    if node.get("fulfillment_line_items") is None:
        return node
    lines = reading.mappings(node["fulfillment_line_items"], "fulfillmentLineItems")
    return node | {"line_items": [{"id": _id(line, "line_item"), "quantity": line.get("quantity")} for line in lines]}


def _priced(node: dict) -> dict:
    return node | {"price_set": node.get("price")} if isinstance(node.get("price"), dict) else node


def _attributes(value: object) -> list[dict]:
    return [
        {"name": entry.get("key"), "value": entry.get("value")} for entry in reading.mappings(value, "customAttributes")
    ]


def _id(node: dict, key: str) -> object:
    return reading.mapping(node.get(key), key).get("id")


def _renamed(node: dict, names: dict[str, str]) -> dict:
    body = {names.get(key, key): item for key, item in node.items()}
    if "note_attributes" in body:
        body["note_attributes"] = _attributes(body["note_attributes"])
    return body
