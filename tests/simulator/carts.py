"""Carts of every kind for property tests: strategies of hypothesis, which only tests and benchmarks import.

A cart says how the shop is set up, what is bought and what is changed afterwards; `ordered` makes the order of it by the
shop's own checkout and editing."""

import contextlib
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

from .money import unit
from .shop import Shop

CURRENCIES = ("EUR", "USD", "JPY", "KWD")
RATES = {
    ("EUR", "JPY"): "163.7",
    ("EUR", "KWD"): "0.3317",
    ("EUR", "USD"): "1.0837",
    ("USD", "EUR"): "0.9227",
    ("USD", "JPY"): "151.03",
    ("USD", "KWD"): "0.3061",
    ("JPY", "EUR"): "0.0061",
    ("JPY", "USD"): "0.0066",
    ("JPY", "KWD"): "0.00203",
    ("KWD", "EUR"): "3.0147",
    ("KWD", "USD"): "3.2669",
    ("KWD", "JPY"): "493.4",
}
TAXES = ("0", "0.0025", "0.05", "0.0625", "0.07", "0.09975", "0.19", "0.25")


@dataclass
class Cart:
    """:ivar options: arguments of Shop.place_order; `edits`: of Shop.edit_order, one after the other"""

    currency: str
    lines: list
    options: dict
    edits: list = field(default_factory=list)
    cancelled: bool = False


def amounts(currency, largest=10**6):
    """Amounts of the currency, 0 among them."""
    return st.integers(0, largest).map(lambda count: count * unit(currency))


@st.composite
def taxes(draw, most=3):
    chosen = draw(st.lists(st.sampled_from(TAXES), max_size=most, unique=True))
    liable = draw(st.sampled_from([False, False, False, True]))
    return [{"title": f"Tax {rate}", "rate": rate, "channel_liable": liable and rate == chosen[0]} for rate in chosen]


@st.composite
def lines(draw, currency, number):
    kind = draw(st.sampled_from(["product"] * 6 + ["gift_card", "exempt", "digital", "own_taxes", "duty"]))
    line = {
        "title": f"Thing {number}",
        "price": draw(amounts(currency)),
        "quantity": draw(st.integers(1, 9)),
        "requires_shipping": kind not in ("gift_card", "digital"),
    }
    if kind == "gift_card":
        line["gift_card"] = True
    elif kind == "exempt":
        line["taxable"] = False
    elif kind == "own_taxes":
        line["taxes"] = draw(taxes(2))
    elif kind == "duty":
        line["duty"] = draw(amounts(currency, 10**4))
    return line


@st.composite
def discounts(draw, currency, count):
    """Of every kind, on all lines or some."""
    kind = draw(st.sampled_from(["code", "automatic", "manual", "script"]))
    label = {"code": draw(st.sampled_from(["TEN", "SOMMER", "VIP"]))} if kind == "code" else {"title": f"A {kind} one"}
    given = {**label, **({kind: True} if kind in ("manual", "script") else {})}
    value = draw(st.sampled_from(["percent", "amount", "each", "shipping"]))
    if value == "percent":
        given["percent"] = draw(st.integers(0, 10000)) / Decimal(100)
    elif value == "shipping":
        given |= {"shipping": True, **draw(st.sampled_from([{}, {"percent": 50}]))}
    else:
        given |= {"amount": draw(amounts(currency, 10**5)), "each": value == "each"}
    if value != "shipping" and draw(st.booleans()):
        given["lines"] = draw(st.lists(st.integers(0, count - 1), min_size=1, unique=True))
    return given


@st.composite
def edits(draw, currency, cart_lines):
    """One edit: pieces fewer or more, a line more, a discount, other shipping; or what there is ships."""
    kinds = ["fewer", "fewer", "none", "more", "add", "discount", "shipping", "no_shipping", "ship"]
    kind = draw(st.sampled_from(kinds))
    place = draw(st.integers(0, len(cart_lines) - 1))
    if kind in ("fewer", "none", "more"):
        pieces = {"none": 0, "more": 12}.get(kind) if kind != "fewer" else draw(st.integers(0, 8))
        return {"quantities": {place: pieces}, "restock": draw(st.booleans()), "refund": draw(st.booleans())}
    if kind == "add":
        return {"add": [draw(lines(currency, 99).filter(lambda one: "taxes" not in one and "duty" not in one))]}
    if kind == "discount":
        return {"discounts": [(place, {"percent": draw(st.integers(1, 100))})]}
    if kind == "shipping":
        return {"shipping": ("Other way", draw(amounts(currency, 10**4)))}
    return {"ship": True} if kind == "ship" else {"drop_shipping": True}


@st.composite
def carts(draw, edited=False):
    """:param edited: True: with up to three edits, and some cancelled"""
    currency = draw(st.sampled_from(CURRENCIES))
    seen = draw(st.sampled_from([None, None, *(one for one in CURRENCIES if one != currency)]))
    bought = [draw(lines(currency, number)) for number in range(draw(st.integers(1, 5)))]
    ways = st.tuples(st.sampled_from(["Parcel", "Express", "Freight"]), amounts(currency, 10**4))
    options = {
        "taxes": draw(taxes()),
        "taxes_included": draw(st.booleans()),
        "discount": draw(st.lists(discounts(currency, len(bought)), max_size=3)),
        "shipping": draw(st.lists(ways, max_size=3)) or None,
        "shipping_taxed": draw(st.booleans()),
        "tip": draw(st.sampled_from([None, None, None, 1])) and draw(amounts(currency, 10**4)),
        "fees": [("Eco fee", draw(amounts(currency, 10**3)))] if draw(st.integers(0, 5)) == 5 else [],
        "duty_taxes": draw(taxes(1)),
        "presentment": seen and (seen, RATES[currency, seen]),
        "financial_status": draw(st.sampled_from(["paid", "paid", "pending", "authorized"])),
    }
    changed = draw(st.lists(edits(currency, bought), max_size=3)) if edited else []
    return Cart(currency, bought, options, changed, edited and draw(st.integers(0, 5)) == 5)


def ordered(cart, check=lambda shop, order: None):
    """(shop, order) of a cart. :param check: called with them before every edit and at the end"""
    shop = Shop(currency=cart.currency, catalog={"locations": [{"name": "Berlin"}]}, deliver="manual", bucket=10**9)
    order = shop.place_order([dict(one) for one in cart.lines], **cart.options)
    check(shop, order)
    for edit in cart.edits:
        # A tip stands before the lines of the cart, and is not edited.
        moved = 1 if cart.options["tip"] else 0
        change = {**edit}
        if "quantities" in edit:
            change["quantities"] = {place + moved: count for place, count in edit["quantities"].items()}
        if "discounts" in edit:
            change["discounts"] = [(place + moved, given) for place, given in edit["discounts"]]
        if change.pop("ship", False):
            shop.fulfill(order)
        else:
            # Pieces that were shipped cannot be removed.
            with contextlib.suppress(ValueError):
                shop.edit_order(order, **change)
        check(shop, order)
    if cart.cancelled:
        shop.cancel_order(order)
        check(shop, order)
    return shop, order
