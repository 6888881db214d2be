"""Small order bodies of our own, with the sums that Shopify would make of them."""

from decimal import ROUND_HALF_UP, Decimal

COINS = {"JPY": "1", "KWD": "0.001"}


def coin(currency):
    return Decimal(COINS.get(currency, "0.01"))


def both(amount, currency="EUR", presentment=None, presentment_currency=None):
    """A webhook's money set; the presentment side is the same unless given."""
    other = amount if presentment is None else presentment
    return {
        "shop_money": {"amount": str(amount), "currency_code": currency},
        "presentment_money": {"amount": str(other), "currency_code": presentment_currency or currency},
    }


def bag(amount, currency="EUR", presentment=None, presentment_currency=None):
    """A GraphQL MoneyBag of the same amounts, in GraphQL's spelling."""
    return {
        key: {"amount": short(money["amount"]), "currencyCode": money["currency_code"]}
        for key, money in zip(
            ("shopMoney", "presentmentMoney"),
            both(amount, currency, presentment, presentment_currency).values(),
            strict=True,
        )
    }


def short(amount):
    """GraphQL's shortest decimal with one digit after the point (FACTS 1)."""
    text = f"{Decimal(amount).normalize():f}"
    return text if "." in text else text + ".0"


def tax(price, rate=0.19, title="VAT", liable=False):
    return {"title": title, "rate": rate, "price": str(price), "channel_liable": liable}


def tax_on(amount, rate, included, currency="EUR"):
    """The tax Shopify rounds for one line: contained or on top, to the nearest coin."""
    base = amount - amount / (1 + rate) if included else amount * rate
    return base.quantize(coin(currency), ROUND_HALF_UP)


def line(price="10.00", quantity=1, *, off=(), taxes=(), **fields):
    """A line item; `off` are amounts by discount application."""
    return {
        "id": 11,
        "title": "Mug",
        "name": "Mug - blue",
        "sku": "MUG",
        "variant_id": 21,
        "product_id": 31,
        "price": price,
        "quantity": quantity,
        "gift_card": False,
        "requires_shipping": True,
        "properties": [],
        "discount_allocations": [
            {"amount": amount, "discount_application_index": index} for index, amount in enumerate(off)
        ],
        "tax_lines": list(taxes),
        **fields,
    }


def shipping(price="4.99", *, off=(), taxes=(), **fields):
    allocations = [{"amount": amount, "discount_application_index": i} for i, amount in enumerate(off)]
    return {
        "id": 41,
        "title": "Parcel",
        "price": price,
        "tax_lines": list(taxes),
        "discount_allocations": allocations,
        **fields,
    }


def order(*lines, ship=(), currency="EUR", included=False, extra="0", **fields):
    """A webhook body whose totals are the sums of its lines (and `extra`: a tip, a duty, a fee and the like)."""
    parts = (*lines, *ship)
    amounts = [_amount(part) for part in parts]
    duties = [duty for entry in lines for duty in entry.get("duties", ())]
    taxes = sum(Decimal(entry["price"]) for part in (*parts, *duties) for entry in part["tax_lines"])
    total = sum(amounts) + (0 if included else taxes) + Decimal(extra)
    return {
        "id": 1001,
        "name": "#1001",
        "currency": currency,
        "presentment_currency": currency,
        "taxes_included": included,
        "financial_status": "paid",
        "fulfillment_status": None,
        "line_items": list(lines),
        "shipping_lines": list(ship),
        "total_price": str(total),
        "total_tax": str(taxes),
        "refunds": [],
        "fulfillments": [],
        **fields,
    }


def refund(*units, **fields):
    """A refund of (line id, quantity, restock type, subtotal, tax)."""
    keys = ("line_item_id", "quantity", "restock_type", "subtotal", "total_tax")
    return {"refund_line_items": [dict(zip(keys, entry, strict=True)) for entry in units], **fields}


def _amount(part):
    off = sum(Decimal(entry["amount"]) for entry in part["discount_allocations"])
    return Decimal(part["price"]) * part.get("quantity", 1) - off
