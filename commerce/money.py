"""Money: exact decimals, two currencies side by side, and the decimals of each currency."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units other than 2. Shopify sends amounts in these as "150" or "1.500" (SHOPIFY_API §14).
_DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST = Decimal(10) ** 15
_FINEST = -30


@dataclass(frozen=True, slots=True)
class Amounts:
    """One amount in both moneys of an order; None where the body does not say it."""

    shop: Decimal | None
    presentment: Decimal | None

    def of(self, money: str) -> Decimal | None:
        """The amount in 'shop' or 'presentment' money; ValueError for another word."""
        if money not in ("shop", "presentment"):
            raise ValueError(f"There is shop money and presentment money, not {money!r}.")
        return self.shop if money == "shop" else self.presentment


def decimal(value: object) -> Decimal:
    """The number exactly as written.

    :param value: text ("19.99", "1e-05"), int, Decimal, or a float of a JSON body, taken as its shortest spelling (0.1
        is 0.1)
    :raise ValueError: bool, null, no number, not finite, 10^15 or more, or finer than 30 places
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"An amount must be a number or text, not {type(value).__name__}.")
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise ValueError("An amount is out of range.")
        return Decimal(value)
    text = value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is no amount.")
    number = Decimal(text)
    if number.as_tuple().exponent < _FINEST or number.adjusted() >= 15:
        raise ValueError(f"The amount {text!r} is out of range.")
    return number if number else Decimal(0)


def decimals(currency: str) -> int:
    """Places after the point of a currency (ISO 4217); 2 for one that is not known."""
    return _DECIMALS.get(currency, 2)


def unit(currency: str) -> Decimal:
    """The smallest coin: 0.01, 1 or 0.001."""
    return Decimal(1).scaleb(-decimals(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount at the currency's decimals, halves away from zero."""
    return amount.quantize(unit(currency), ROUND_HALF_UP)


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Shares of an amount by weight, each at the currency's decimals, that add up to it exactly.

    Rounding leaves some coins over: the largest weights take them, the first of equal ones first.
    :param amount: at the currency's decimals, else ValueError
    :param weights: not negative; all zero means equal shares; none at all is a ValueError
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("An amount is spread over one or more weights that are not negative.")
    coin, coins = unit(currency), amount / unit(currency)
    if coins != coins.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency}.")
    whole = sum(weights) or Decimal(len(weights))
    shares = [rounded(amount * (weight if sum(weights) else Decimal(1)) / whole, currency) for weight in weights]
    rest = int((amount - sum(shares)) / coin)
    ranking = sorted(range(len(weights)), key=lambda i: -weights[i])
    for place in range(abs(rest)):
        shares[ranking[place % len(ranking)]] += coin if rest > 0 else -coin
    return shares
