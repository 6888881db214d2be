"""What an order costs: discounts allocated to the cent, every tax on every line rounded on its own, two currencies.

Rules (SHOPIFY_API 14): a line's base is price x quantity - its allocations; an excluded tax is base x rate; an included
one is contained in the base (base x rate / (1 + all rates)); each is rounded half up to the currency's unit. A discount
over several lines is one amount, split so that the parts sum to it. Shop and presentment amounts are each computed in
their own currency, from unit prices converted and rounded. Shipping is taxed like a line; tips never."""

from dataclasses import dataclass, field
from decimal import Decimal

from . import customers, placing, rest, totals
from .money import Currencies, Money, exact, rounded, share


@dataclass
class Item:
    """One line as it was put into the cart; `price` in shop currency."""

    title: str
    price: Decimal
    quantity: int
    variant: object = None
    sku: str | None = None
    vendor: str | None = None
    taxable: bool = True
    requires_shipping: bool = True
    gift_card: bool = False
    tip: bool = False
    properties: list = field(default_factory=list)
    taxes: list | None = None
    grams: int = 0
    selling_plan: str | None = None
    duty: Decimal | None = None  # of the whole line, in shop currency
    duties: list = field(default_factory=list)

    @property
    def discountable(self):
        return not (self.gift_card or self.tip)


@dataclass
class Tax:
    title: str
    rate: Decimal
    channel_liable: bool = False


@dataclass
class Discount:
    """`kind`: discount_code, automatic, manual or script; exactly one of percent and amount, or free shipping.
    `each`: the amount is taken off every line, not once over all of them."""

    kind: str
    label: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    shipping: bool = False
    only: list | None = None  # indexes of the lines it is for; None: all
    each: bool = False


@dataclass
class Charge:
    """A line or a shipping line with its amounts."""

    item: Item
    unit: Money
    total: Money
    allocations: list  # [(index of the discount, Money)]
    taxes: list  # [(Tax, Money)]
    net: Money  # after discounts; contains tax where taxes are included


@dataclass
class Purchase:
    """Everything a checkout decided; `rest.order_body` writes it down."""

    currencies: Currencies
    taxes_included: bool
    lines: list
    shipping: list
    discounts: list


def place(
    shop,
    lines,
    *,
    customer=None,
    discount=None,
    taxes=(),
    taxes_included=None,
    shipping=None,
    shipping_taxed=True,
    tip=None,
    presentment=None,
    financial_status="paid",
    gateway="shopify_payments",
    duty_taxes=(),
    fees=(),
    pos=None,
    **options,
):
    """Place an order and emit its webhooks. :return: orders.Order (`.body`, `.name`, `.lines`, `.routed` …)

    :param lines: each `(variant or SKU, quantity)`, `(variant, quantity, price)`, or a dict with `variant` or `title`,
        and `price`, `quantity`, `sku`, `vendor`, `taxable`, `requires_shipping`, `gift_card`,
        `properties` [{name, value}], `taxes`, `selling_plan` (its name), `duty` (of the whole line)
    :param customer: None (guest), an e-mail of a known customer, a Customer, or a dict (customers.Customer)
    :param discount: dict or list of dicts: `code` or `title` (automatic; with `manual` or `script`: True of that kind)
        with `percent`, `amount` (shop currency; `each`: True off every line) or `shipping`: True; `lines`: indexes
    :param taxes: [(title, rate)] or dicts with `channel_liable`; rate 0.19 is 19 %
    :param shipping: (title, price), a list of them, or None
    :param presentment: (currency, rate): one unit of shop currency is `rate` of the buyer's
    :param duty_taxes: taxes of the lines' duties; fees: [(name, price)], taxed like the lines
    :param pos: the location (or its name) where it is sold over the counter: fulfilled at once, without addresses
    :param options: note, note_attributes, tags, test, email, phone, source_name, billing, shipping_address, location,
        po_number, locale, company_location (companies.Place), staff, landing_site … (rest.order_body)
    """
    buyer = customers.known(shop, customer)
    items = [item_from(shop, given) for given in lines]
    if tip:
        items.insert(0, Item("Tip", exact(tip), 1, taxable=False, requires_shipping=False, tip=True))
    ways = [] if shipping is None else [shipping] if isinstance(shipping[0], str) else list(shipping)
    parcels = [Item(title, exact(price), 1, taxable=shipping_taxed) for title, price in ways]
    given = [] if discount is None else [discount] if isinstance(discount, dict) else list(discount)
    discounts = [_discount(one, offset=1 if tip else 0) for one in given]
    included = shop.taxes_included if taxes_included is None else taxes_included
    currency, rate = (shop.currency, Decimal(1)) if presentment is None else (presentment[0], exact(presentment[1]))
    rates = [tax_from(one) for one in taxes]
    c = Currencies(shop.currency, currency)
    counter = shop.location(pos) if pos is not None else None
    if counter:
        # Sold over the counter: no addresses, nothing to ship (bodies of real shops).
        options = {"source_name": "pos", "location": counter.number, "landing_site": None, **options}
    if place := options.pop("company_location", None):
        options |= company_options(place)
    for item in items:
        if item.duty:
            item.duties = [
                {"amount": amount, "taxes": due} for amount, due in [_beside(item.duty, duty_taxes, c, rate)]
            ]
    purchase = purchased(items, parcels, discounts, rates, included, c, rate)
    added = [(name, *_beside(price, rates, c, rate, included)) for name, price in fees]
    body = rest.order_body(
        shop, purchase, buyer, financial_status=financial_status, gateway=gateway, fees=added, **options
    )
    if counter:
        body |= {"billing_address": None, "shipping_address": None}
    return placing.placed(shop, body, sold_at=counter)


def company_options(place) -> dict:
    """What an order placed for a company has of it."""
    home = place.rest_address("shipping")
    billing = place.rest_address("billing") or home
    return {
        "company": {"id": place.company.number, "location_id": place.number},
        **({"shipping_address": home} if home else {}),
        **({"billing": billing} if billing else {}),
    }


def converted(amount, c, rate) -> Money:
    amount = exact(amount)
    return Money(rounded(amount, c.shop), rounded(amount * rate, c.presentment))


def _beside(price, taxes, c, rate, included=False) -> tuple:
    """A duty or a fee: its amount and the taxes on it."""
    amount, kinds = converted(price, c, rate), [tax_from(one) for one in taxes]
    rates = [kind.rate for kind in kinds]
    return amount, [(kind, totals.tax_of(c, amount, kind.rate, rates, included)) for kind in kinds]


def purchased(items, parcels, discounts, taxes, included, currencies, rate) -> Purchase:
    """The arithmetic alone. :param rate: units of presentment currency for one of shop currency"""
    shop = _computed(items, parcels, discounts, taxes, included, currencies.shop, Decimal(1))
    seen = shop
    if currencies.presentment != currencies.shop:
        seen = _computed(items, parcels, discounts, taxes, included, currencies.presentment, rate)
    charges = []
    for item, mine, theirs in zip([*items, *parcels], shop, seen, strict=True):
        indexes = sorted(set(mine["allocations"]) | set(theirs["allocations"]))
        zero = Decimal(0)
        charges.append(
            Charge(
                item,
                unit=Money(mine["unit"], theirs["unit"]),
                total=Money(mine["total"], theirs["total"]),
                allocations=[
                    (i, Money(mine["allocations"].get(i, zero), theirs["allocations"].get(i, zero))) for i in indexes
                ],
                taxes=[(tax, Money(a, b)) for (tax, a), (_, b) in zip(mine["taxes"], theirs["taxes"], strict=True)],
                net=Money(mine["net"], theirs["net"]),
            )
        )
    return Purchase(currencies, included, charges[: len(items)], charges[len(items) :], discounts)


def _computed(items, parcels, discounts, taxes, included, currency, rate) -> list:
    """The same cart in one currency: a dict a line, then one a parcel."""
    everything = [*items, *parcels]
    units = [rounded(item.price * rate, currency) for item in everything]
    totals = [unit * item.quantity for unit, item in zip(units, everything, strict=True)]
    left, allocations = list(totals), [{} for _ in everything]
    for index, discount in enumerate(discounts):
        if discount.shipping:
            chosen = range(len(items), len(everything))
        else:
            chosen = [i for i, item in enumerate(items) if item.discountable and i in _meant(discount, items)]
        weights = [left[i] for i in chosen]
        if discount.each and discount.amount is not None:
            whole = rounded(discount.amount * rate, currency)
            for i in chosen:
                allocations[i][index] = min(whole, left[i])
                left[i] -= allocations[i][index]
            continue
        if discount.percent is not None:
            off = rounded(sum(weights) * discount.percent / 100, currency)
        elif discount.amount is not None:
            off = min(rounded(discount.amount * rate, currency), sum(weights, Decimal(0)))
        else:
            off = sum(weights, Decimal(0))
        for i, part in zip(chosen, share(off, weights, currency), strict=True):
            if part:
                allocations[i][index] = part
                left[i] -= part
    result = []
    for i, item in enumerate(everything):
        owed = [tax_from(one) for one in item.taxes] if item.taxes is not None else taxes
        owed = owed if item.taxable and not item.gift_card else []
        whole = 1 + sum((tax.rate for tax in owed), Decimal(0)) if included else Decimal(1)
        due = [(tax, rounded(left[i] * tax.rate / whole, currency)) for tax in owed]
        result.append(
            {"unit": units[i], "total": totals[i], "allocations": allocations[i], "taxes": due, "net": left[i]}
        )
    return result


def _meant(discount, items):
    return range(len(items)) if discount.only is None else discount.only


def item_from(shop, given) -> Item:
    if isinstance(given, dict):
        given = dict(given)
        variant = given.pop("variant", None)
        quantity = int(given.pop("quantity", 1))
    else:
        variant, quantity = given[0], int(given[1])
        given = {"price": given[2]} if len(given) > 2 else {}
    if variant is None:
        amounts = {name: exact(given[name]) for name in ("price", "duty") if given.get(name) is not None}
        return Item(quantity=quantity, **{**given, **amounts})
    variant = shop.variant(variant)
    item = Item(
        variant.product.title,
        variant.price,
        quantity,
        variant=variant,
        sku=variant.sku,
        vendor=variant.product.vendor,
        taxable=variant.taxable,
        requires_shipping=variant.item.requires_shipping,
        gift_card=variant.is_gift_card,
        grams=variant.grams,
    )
    for name, value in given.items():
        setattr(item, name, exact(value) if name in ("price", "duty") else value)
    return item


def tax_from(given) -> Tax:
    if isinstance(given, Tax):
        return given
    if isinstance(given, dict):
        return Tax(given["title"], exact(given["rate"]), bool(given.get("channel_liable")))
    return Tax(given[0], exact(given[1]))


def _discount(given, offset) -> Discount:
    named = next((kind for kind in ("manual", "script") if given.get(kind)), "automatic")
    kind = "discount_code" if "code" in given else named
    only = given.get("lines")
    return Discount(
        kind,
        given.get("code") or given["title"],
        percent=exact(given["percent"]) if given.get("percent") is not None else None,
        amount=exact(given["amount"]) if given.get("amount") is not None else None,
        shipping=bool(given.get("shipping")),
        only=None if only is None else [i + offset for i in only],
        each=bool(given.get("each")),
    )
