"""The level pushed to Shopify: `on_hand`, because Shopify subtracts what it has committed itself (DESIGN §7)."""

import math
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Policy:
    """What a store keeps back."""

    safety: int = 0  # pieces never offered
    cap: int | None = None  # never push more than this; None: no cap


@dataclass(frozen=True, slots=True)
class OnHand:
    """How a pushed level came about, for the user to read; quantities in the variant's unit.

    on_hand − reserved_for_others − safety + shipped_not_fulfilled − fulfilled_not_shipped = exact; then rounded down,
    not below 0, not above the cap = pieces.
    """

    on_hand: Decimal
    reserved_for_others: Decimal
    shipped_not_fulfilled: Decimal
    fulfilled_not_shipped: Decimal
    policy: Policy
    exact: Decimal
    pieces: int

    @property
    def limited_by(self) -> str | None:
        """Why `pieces` is not `exact`: 'nothing_left', 'cap', 'whole_pieces', or None."""
        if self.exact < 0:
            return "nothing_left"
        if self.policy.cap is not None and math.floor(self.exact) > self.pieces:
            return "cap"
        return "whole_pieces" if self.exact != self.pieces else None


def explain(
    on_hand: Decimal,
    reserved_for_others: Decimal,
    shipped_not_fulfilled: Decimal,
    fulfilled_not_shipped: Decimal,
    policy: Policy,
) -> OnHand:
    """The level to push with its reasons; arguments and errors as in `on_hand_to_push`."""
    if policy.safety < 0 or (policy.cap is not None and policy.cap < 0):
        raise ValueError("Safety stock and cap are pieces, 0 or more.")
    exact = on_hand - reserved_for_others - policy.safety + shipped_not_fulfilled - fulfilled_not_shipped
    pieces = max(0, math.floor(exact))
    if policy.cap is not None:
        pieces = min(pieces, policy.cap)
    return OnHand(on_hand, reserved_for_others, shipped_not_fulfilled, fulfilled_not_shipped, policy, exact, pieces)


def on_hand_to_push(
    on_hand: Decimal,
    reserved_for_others: Decimal,
    shipped_not_fulfilled: Decimal,
    fulfilled_not_shipped: Decimal,
    policy: Policy,
) -> int:
    """Pieces to set as `on_hand` at a Shopify location.

    :param on_hand: quantity in the mapped Odoo locations, in the variant's unit; negative when Odoo has shipped what it
        did not have
    :param reserved_for_others: reserved there for anything but this store's Shopify orders
    :param shipped_not_fulfilled: delivered by Odoo for this store, while Shopify still counts it as on hand and
        committed
    :param fulfilled_not_shipped: fulfilled in Shopify, while Odoo still has it on hand
    :return: whole pieces, rounded down, 0 or more (Shopify counts in integers and refuses a negative on_hand, FACTS 34)
    :raise ValueError: a negative policy
    Source: DESIGN §7; Admin API 2026-10, InventoryQuantityInput.quantity.
    """
    return explain(on_hand, reserved_for_others, shipped_not_fulfilled, fulfilled_not_shipped, policy).pieces
