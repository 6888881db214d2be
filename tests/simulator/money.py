"""Amounts: decimals of a currency, rounding, and one amount in shop and presentment money.

Sources: SHOPIFY_API 13 (webhook money is text beside a `_set`; bare amounts are in shop currency) and 14 (each
currency is rounded on its own)."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

_DECIMALS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0) | dict.fromkeys(
    "BHD IQD JOD KWD LYD OMR TND".split(), 3
)


def decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def unit(currency: str) -> Decimal:
    """The smallest amount: 0.01, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-decimals(currency))


def exact(value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Nearest unit, halves away from zero."""
    return amount.quantize(unit(currency), rounding=ROUND_HALF_UP)


def share(total: Decimal, weights: list, currency: str) -> list:
    """`total` split in proportion to `weights`, each part in whole units, the parts summing to `total`.

    Every part is rounded down and the units left go to the largest fractions, the first of equals first: 10.00 over 94,
    100 and 100 is 3.20, 3.40, 3.40, as an order of a real shop had it."""
    whole = sum(weights)
    if not whole:
        return [Decimal(0)] * len(weights)
    one = unit(currency)
    wanted = [total * weight / whole for weight in weights]
    parts = [(part // one) * one for part in wanted]
    left = int((total - sum(parts)) / one)
    for index in sorted(range(len(parts)), key=lambda i: (parts[i] - wanted[i], i))[:left]:
        parts[index] += one
    return parts


class Money(NamedTuple):
    """One amount twice: what the shop counts and what the buyer saw."""

    shop: Decimal
    presentment: Decimal

    def __add__(self, other):
        return Money(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other):
        return Money(self.shop - other.shop, self.presentment - other.presentment)


ZERO = Money(Decimal(0), Decimal(0))


def total(amounts) -> Money:
    result = ZERO
    for amount in amounts:
        result += amount
    return result


class Currencies(NamedTuple):
    """The two currencies of an order and how its amounts are written in a webhook body."""

    shop: str
    presentment: str

    def text(self, amount: Money) -> str:
        """Bare amount: shop currency, the currency's decimals: "12.50", "1500", "1.500"."""
        return format(rounded(amount.shop, self.shop), "f")

    def set(self, amount: Money) -> dict:
        return {
            "shop_money": {"amount": self.text(amount), "currency_code": self.shop},
            "presentment_money": {
                "amount": format(rounded(amount.presentment, self.presentment), "f"),
                "currency_code": self.presentment,
            },
        }

    def pair(self, key: str, amount: Money) -> dict:
        """`{"price": …, "price_set": …}`"""
        return {key: self.text(amount), f"{key}_set": self.set(amount)}

    def bag(self, amount: Money) -> dict:
        """The same as GraphQL's MoneyBag."""
        return {
            "shopMoney": {"amount": amount.shop, "currencyCode": self.shop},
            "presentmentMoney": {"amount": amount.presentment, "currencyCode": self.presentment},
        }

    def read(self, body: dict, key: str) -> Money | None:
        """The amount `key` of a body: from its `_set`, else the bare amount; None if it has neither or it is no number."""
        try:
            if given := body.get(f"{key}_set"):
                shop = given.get("shop_money") or given.get("presentment_money")
                return Money(exact(shop["amount"]), exact((given.get("presentment_money") or shop)["amount"]))
            value = body.get(key)
            return None if value in (None, "") else Money(exact(value), exact(value))
        except (InvalidOperation, KeyError, TypeError):
            return None
