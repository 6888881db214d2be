"""Whether a workflow rule speaks of an order: what the order says about itself, against what the rule asks for."""

from dataclasses import dataclass

from . import text
from .order_parts import Order

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What an order says about itself. Words are folded; `country` is a code in capitals, of the delivery."""

    gateways: frozenset[str]
    status: str
    tags: frozenset[str]
    channel: str
    country: str
    risk: str | None
    on_account: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks for. Empty asks for nothing; of several words one is enough; all conditions must hold."""

    gateways: frozenset[str] = NOTHING
    statuses: frozenset[str] = NOTHING
    tags: frozenset[str] = NOTHING
    channels: frozenset[str] = NOTHING
    countries: frozenset[str] = NOTHING
    risk: str | None = None
    on_account: bool = False

    def missing(self, facts: Facts) -> tuple[str, ...]:
        """The names of those of its fields that speak against this order. An order paid in several ways counts for each of them."""
        holds = {
            "statuses": not self.statuses or facts.status in self.statuses,
            "gateways": not self.gateways or not self.gateways.isdisjoint(facts.gateways),
            "channels": not self.channels or facts.channel in self.channels,
            "countries": not self.countries or facts.country in self.countries,
            "on_account": facts.on_account or not self.on_account,
            "tags": not self.tags or not self.tags.isdisjoint(facts.tags),
            "risk": self.risk is None or facts.risk == self.risk,
        }
        return tuple(name for name, held in holds.items() if not held)

    def holds(self, facts: Facts) -> bool:
        """Whether the rule speaks of this order."""
        return not self.missing(facts)


def words(several) -> frozenset[str]:
    """Folded, so that neither case nor blanks decide about a rule."""
    return frozenset(filter(None, map(text.folded, several)))


def on_account(terms: str | None) -> bool:
    """Whether payment terms let the buyer pay after the goods have left: Net 30, a fixed date, on fulfillment.

    :param terms: their name, as in "Net 30" or "Due on receipt"; None: the order has none
    Source: Admin API 2026-10, PaymentTermsType; due on receipt (of the invoice) is to be paid at once.
    """
    return bool(terms) and "receipt" not in text.folded(terms)


def facts(order: Order, *, status: str | None = None, risk: str | None = None) -> Facts:
    """The facts of an order.

    :param status: what is known of its payment where the body does not speak of it; else it is pending
    :param risk: high, medium, low; None: nobody said
    """
    place = order.shipping or order.billing
    return Facts(
        gateways=words(order.gateways),
        status=text.folded(order.financial_status or status or "pending"),
        tags=words(order.tags),
        channel=text.folded(order.source_name),
        country=((place.country_code if place else None) or "").upper(),
        risk=risk,
        on_account=on_account(order.payment_terms),
    )
