"""What a real shop sells beside the plain order, in its proportions: guests, companies, every kind of discount, wishes,
campaigns; and customers who think again before anything has shipped.

Switched on by `random_order(lively=True)` and by `random_orders {"lively": true}` of the control door."""

from decimal import Decimal

from .countries import COUNTRIES
from .money import decimals

# Shares of the orders.
GUESTS, COMPANIES, EDITED, CANCELLED = 0.22, 0.06, 0.08, 0.05
FIRMS = (
    (
        "Kern & Söhne GmbH",
        "einkauf@kern.example",
        "Petra",
        "Kern",
        "Hafenstraße 8",
        "20457",
        "Hamburg",
        "DE",
        "DE811234567",
    ),
    (
        "Maison Dubois SARL",
        "achats@dubois.example",
        "Luc",
        "Dubois",
        "9 quai Perrache",
        "69002",
        "Lyon",
        "FR",
        "FR40303265045",
    ),
    ("Nordlys ApS", "indkob@nordlys.example", "Mette", "Holm", "Havnegade 3", "8000", "Aarhus C", "DK", "DK13585628"),
)
CAMPAIGNS = (
    "/",
    "/",
    "/?utm_source=newsletter&utm_medium=email&utm_campaign=herbst",
    "/products/mug?utm_source=google&utm_medium=cpc&utm_campaign=brand",
)
TAGS = ("", "", "", "vip", "gift, wholesale")


def discount(rng, scale):
    """Somewhat fewer than half of the orders have one; see checkout.place for what it says."""
    chance = rng.random()
    kinds = (
        (0.12, {"code": rng.choice(("WELCOME10", "SOMMER", "MERCI5")), "percent": rng.choice((5, 10, 12.5, 20))}),
        (0.20, {"code": "FÜNF", "amount": Decimal("5.00") * scale}),
        (0.27, {"title": "Sommerschlussverkauf", "percent": rng.choice((10, 33.33))}),
        (0.31, {"code": "FREESHIP", "shipping": True}),
        (0.34, {"title": "Kulanz", "manual": True, "amount": Decimal("1.99") * scale, "lines": [0]}),
        (0.36, {"title": "Je Artikel", "script": True, "amount": Decimal("0.50") * scale, "each": True}),
    )
    chosen = next((given for share, given in kinds if chance < share), None)
    both = chosen is not None and "shipping" not in chosen and rng.random() < 0.1
    return [chosen, {"title": "Gratisversand", "shipping": True}] if both else chosen


def wishes(shop, rng, person) -> dict:
    """Options of checkout.place beside the cart. :param person: one of crowd.PEOPLE"""
    first, last, email, phone, street, code, city, province_code, province, country = person
    options = {"tags": rng.choice(TAGS), "landing_site": rng.choice(CAMPAIGNS), "locale": country.lower()}
    if rng.random() < 0.15:
        options["note_attributes"] = [{"name": "delivery_date", "value": f"2027-01-{rng.randrange(1, 28):02}"}]
    if shop.staff and rng.random() < 0.05:
        options["staff"] = rng.choice(shop.staff)["number"]
    chance = rng.random()
    if chance < GUESTS:
        home = {
            "first_name": first,
            "last_name": last,
            "name": f"{first} {last}".strip(),
            "address1": street,
            "zip": code,
            "city": city,
            "province": province,
            "province_code": province_code,
            "country": COUNTRIES[country],
            "country_code": country,
            "phone": phone,
        }
        options |= {"customer": None, "email": email, "billing": home, "shipping_address": home}
    elif chance < GUESTS + COMPANIES:
        company = firm(shop, rng)
        options |= {
            "customer": company.main_contact.customer,
            "company_location": company.locations[0],
            "po_number": f"PO-{rng.randrange(10_000)}",
        }
    return options


def firm(shop, rng):
    """One of the companies; it is made when it buys for the first time."""
    name, email, first, last, street, code, city, country, vat = rng.choice(FIRMS)
    known = next((one for one in shop.companies if one.name == name), None)
    if known:
        return known
    address = {
        "address1": street,
        "zip": code,
        "city": city,
        "countryCode": country,
        "firstName": first,
        "lastName": last,
    }
    contact = {"first_name": first, "last_name": last, "email": email}
    place = {"name": city, "shipping": address, "billing": address, "tax_registration_id": vat}
    return shop.add_company(name, contact=contact, location=place)


def second_thoughts(shop, rng, orders) -> dict:
    """Some of the orders are edited or cancelled while nothing of them has shipped. :return: {order name: what}"""
    told = {}
    for order in orders:
        chance = rng.random()
        if order.fulfillments or chance >= EDITED + CANCELLED:
            continue
        if chance < CANCELLED:
            shop.cancel_order(order, reason="customer", restock=True, refund=True)
            told[order.name] = "cancelled"
        else:
            told[order.name] = _think_again(shop, rng, order)
    return told


def _think_again(shop, rng, order) -> str:
    lines = [line for line in order.lines if line.unfulfilled_quantity]
    line = rng.choice(lines)
    kind = rng.choice(("fewer", "fewer", "more", "add", "address", "note"))
    if kind == "fewer" and sum(one.unfulfilled_quantity for one in lines) > 1:
        shop.edit_order(order, quantities={line.number: line.current_quantity - 1}, refund=True)
    elif kind == "more" and line.variant is not None and shop.available(line.variant) > 3:
        shop.edit_order(order, quantities={line.number: line.current_quantity + 1})
    elif kind == "add":
        scale = 100 if decimals(shop.currency) == 0 else 1
        wrap = {"title": "Geschenkverpackung", "price": Decimal("3.50") * scale, "requires_shipping": False}
        shop.edit_order(order, add=[wrap])
    elif kind == "address" and order.body.get("shipping_address"):
        shop.update_order(order, shipping_address={**order.body["shipping_address"], "address2": "2. Stock"})
    else:
        kind = "note"
        shop.update_order(order, note="Bitte erst nach 17 Uhr liefern")
    return kind
