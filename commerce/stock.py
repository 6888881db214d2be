"""The level pushed to Shopify: `on_hand`, because Shopify subtracts what it has committed itself (DESIGN §7).

A policy speaks of what customers can *buy*, which is less than that: of what is free, neither sold here nor promised elsewhere.
So a share or a cap does not move when a sold piece leaves the house: it was no part of what is free before, and is none after.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a store keeps back. Raises ValueError for what makes no sense."""

    safety: int = 0  # pieces never offered
    cap: int | None = None  # never more than this can be bought; None: no cap
    safety_percent: Decimal = ZERO  # of what is free: kept back, rounded up to whole pieces
    share: Decimal = HUNDRED  # percent of what is free that is this store's; the rest is for other channels
    multiple: int = 1  # can be bought in multiples of this, rounded down
    sells: bool = True  # False: nothing can be bought, what was sold stays covered

    def __post_init__(self):
        if self.safety < 0 or (self.cap is not None and self.cap < 0):
            raise ValueError("Safety stock and cap are pieces, 0 or more.")
        if not (0 <= self.safety_percent <= HUNDRED and 0 <= self.share <= HUNDRED):
            raise ValueError("Percentages are 0 to 100.")
        if self.multiple < 1:
            raise ValueError("The multiple is 1 or more pieces.")

    @property
    def looks_at_committed(self) -> bool:
        """Whether the level depends on how much this store has sold and not shipped: `explain` then needs `committed`."""
        return (
            self.cap is not None
            or self.safety_percent > 0
            or self.share < HUNDRED
            or self.multiple > 1
            or not self.sells
        )


@dataclass(frozen=True, slots=True)
class OnHand:
    """How a pushed level came about, for the user to read; quantities in the variant's unit.

    on_hand + incoming − reserved_for_others − safety − other_channels + shipped_not_fulfilled − fulfilled_not_shipped = exact;
    then rounded down, not below 0, and what can be bought of it (less `committed`) to the multiple and not above the cap = pieces.
    """

    on_hand: Decimal
    reserved_for_others: Decimal
    shipped_not_fulfilled: Decimal
    fulfilled_not_shipped: Decimal
    policy: Policy
    exact: Decimal
    pieces: int
    incoming: Decimal = ZERO
    committed: Decimal = ZERO  # sold by this store and not fulfilled in Shopify, as Odoo knows it
    safety: Decimal = ZERO
    other_channels: Decimal = ZERO

    @property
    def limited_by(self) -> str | None:
        """Why `pieces` is not `exact`: 'nothing_left', 'not_sold', 'cap', 'multiple', 'whole_pieces', or None."""
        if self.exact < 0:
            return "nothing_left"
        whole = math.floor(self.exact)
        if whole == self.pieces:
            return "whole_pieces" if self.exact != self.pieces else None
        if not self.policy.sells:
            return "not_sold"
        if self.policy.cap is not None and whole > math.floor(self.committed) + self.policy.cap:
            return "cap"
        return "multiple"


def explain(
    on_hand: Decimal,
    reserved_for_others: Decimal,
    shipped_not_fulfilled: Decimal,
    fulfilled_not_shipped: Decimal,
    policy: Policy,
    *,
    incoming: Decimal = ZERO,
    committed: Decimal = ZERO,
) -> OnHand:
    """The level to push with its reasons.

    :param on_hand: quantity in the mapped Odoo locations, in the variant's unit; negative when Odoo has shipped what it
        did not have
    :param reserved_for_others: reserved there (for a forecast: promised) for anything but this store's Shopify orders
    :param shipped_not_fulfilled: delivered by Odoo for this store, while Shopify still counts it as on hand and
        committed
    :param fulfilled_not_shipped: fulfilled in Shopify, while Odoo still has it on hand
    :param incoming: expected there, for a forecast
    :param committed: sold by this store and not fulfilled in Shopify; matters only where `policy.looks_at_committed`
    :return: `pieces` are whole, rounded down, 0 or more (Shopify counts in integers and refuses a negative on_hand, FACTS 34),
        and never more than `exact`
    Source: DESIGN §7; Admin API 2026-10, InventoryQuantityInput.quantity.
    """
    pool = on_hand + incoming - reserved_for_others + shipped_not_fulfilled - fulfilled_not_shipped
    committed = max(ZERO, committed)
    free = max(ZERO, pool - committed)
    other_channels = Decimal(math.ceil(free * (HUNDRED - policy.share) / HUNDRED))
    safety = policy.safety + Decimal(math.ceil((free - other_channels) * policy.safety_percent / HUNDRED))
    exact = pool - safety - other_channels
    return OnHand(
        on_hand,
        reserved_for_others,
        shipped_not_fulfilled,
        fulfilled_not_shipped,
        policy,
        exact,
        _pieces(exact, math.floor(committed), policy),
        incoming,
        committed,
        safety,
        other_channels,
    )


def _pieces(exact: Decimal, committed: int, policy: Policy) -> int:
    whole = max(0, math.floor(exact))
    buyable = max(0, whole - committed)
    wanted = buyable if policy.sells else 0
    if policy.cap is not None:
        wanted = min(wanted, policy.cap)
    wanted -= wanted % policy.multiple
    return whole - (buyable - wanted)


def on_hand_to_push(
    on_hand: Decimal,
    reserved_for_others: Decimal,
    shipped_not_fulfilled: Decimal,
    fulfilled_not_shipped: Decimal,
    policy: Policy,
) -> int:
    """Pieces to set as `on_hand` at a Shopify location; arguments and errors as in `explain`."""
    return explain(on_hand, reserved_for_others, shipped_not_fulfilled, fulfilled_not_shipped, policy).pieces


def kits(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Whole kits that these components make; negative when a component was promised more often than it is there.

    :param parts: (quantity that is there, quantity in one kit) of each component that is counted; none: 0
    """
    return min((Decimal(math.floor(there / needed)) for there, needed in parts if needed > 0), default=ZERO)
