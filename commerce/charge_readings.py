"""The ways an order body can be read where it leaves something open; charges.py takes the first that comes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from .money import Amounts
from .order_parts import Order, TaxLine


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an order."""

    included: bool  # taxes are in the prices
    tip_line: int | None  # position of a line that is the tip, though not marked as one
    tip_beside: bool  # the tip is no line: a charge of its own
    liable: bool  # taxes that the channel remits are in the total
    removed_shipping: bool  # removed shipping lines are still counted in the total
    unallocated: bool  # a discount that no line names is spread over the lines


def readings(order: Order) -> Iterator[Reading]:
    """Every reading of the order, the plainest first; most have one, or two that differ for a discount on no line.

    - Taxes included: as the order says; abbreviated bodies that do not say are tried both ways.
    - Tip: newer bodies have it as a line, marked in webhooks but not in GraphQL; old ones have the amount alone.
    - Channel-liable taxes: the buyer paid them, so they are in the total unless the total says otherwise (no recorded
      body has one).
    - A removed shipping line: as first charged in a cancelled order, else not charged, whether or not the total still
      counts it.
    - A discount on no line: bodies before 2018 have no allocations, GraphQL nodes may leave them out, and Shopify's
      test notifications state `total_discounts` without any.
    """
    taxed = any(counts(tax.amount) for tax in _taxes(order))
    included = (False, True) if order.taxes_included is None and taxed else (order.taxes_included is True,)
    liable = (True, False) if any(tax.channel_liable for tax in _taxes(order)) else (True,)
    removed = (False,)
    if any(line.removed for line in order.shipping_lines):
        removed = (True, False) if order.cancelled_at else (False, True)
    unallocated = (False, True) if counts(order.total_discounts) else (False,)
    for spread, taxes_in, (line, beside), by_channel, gone in product(
        unallocated, included, _tips(order), liable, removed
    ):
        yield Reading(taxes_in, line, beside, by_channel, gone, spread)


def _tips(order: Order) -> list[tuple[int | None, bool]]:
    if not counts(order.tip) or any(line.tip for line in order.lines):
        return [(None, False)]
    candidates = [
        (position, False)
        for position, line in enumerate(order.lines)
        if line.variant_id is None
        and line.product_id is None
        and not line.requires_shipping
        and None not in (line.price.shop, order.tip.shop)
        and line.price.shop * line.quantity == order.tip.shop
    ]
    return [*candidates, (None, True)]


def _taxes(order: Order) -> Iterator[TaxLine]:
    duties = (duty for line in order.lines for duty in line.duties)
    for charged in (*order.lines, *duties, *order.shipping_lines, *order.fees):
        yield from charged.taxes


def counts(amounts: Amounts | None) -> bool:
    """An amount that is known and not 0."""
    return amounts is not None and bool(amounts.shop or amounts.presentment)
