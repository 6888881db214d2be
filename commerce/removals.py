"""Which units of an order were removed before they shipped: they shrink their line, as units returned later do not."""

from dataclasses import dataclass
from decimal import Decimal

from .money import Amounts
from .order_parts import Line, Order, RefundedUnits


@dataclass(frozen=True, slots=True)
class Removal:
    """Units of one line removed before shipping; amounts where refund records cover exactly these units, else None."""

    units: int
    subtotal: Amounts | None
    tax: Amounts | None


@dataclass(frozen=True, slots=True)
class Removals:
    """Removals by position of the line. `alone`: nothing else came off, so the current total must be charged."""

    by_line: dict[int, Removal]
    alone: bool


def before_shipping(order: Order) -> Removals:
    """The units removed before shipping (DESIGN §6). None in a cancelled order, which keeps its lines as first charged.

    A refund's restock type says it for `cancel` (unshipped) and `return` (shipped). `no_restock`, `legacy_restock` and
    none at all say nothing: such units count as shipped ones as far as the line's fulfilments reach, and as shipped
    when fulfilments are unknown; but in an order that is fulfilled as a whole, what never shipped was removed. Units
    that are gone without a refund record were removed by an order edit, which cannot touch shipped ones.
    """
    if order.cancelled_at:
        return Removals({}, True)
    untouched = _untouched(order)
    by_line, alone = {}, not order.refunded_otherwise
    for position, line in enumerate(order.lines):
        records = [record for record in order.refunded if line.id is not None and record.line_id == line.id]
        refunded = sum(record.quantity for record in records)
        if line.current_quantity is not None:
            gone = line.quantity - line.current_quantity
        else:
            gone = 0 if untouched else min(refunded, line.quantity)
        if gone <= 0:
            continue
        removal = _removal(line, records, gone, _shipped(order, line), order.fulfillment_status == "fulfilled")
        alone = alone and removal.units == gone
        if removal.units:
            by_line[position] = removal
    return Removals(by_line, alone)


def _untouched(order: Order) -> bool:
    """Shopify's current total is still the ordered one: whatever the refunds list, nothing left the order."""
    return order.total is not None and order.current_total == order.total


def _shipped(order: Order, line: Line) -> int | None:
    if line.shipped is not None:
        return line.shipped
    return {"unfulfilled": 0, "fulfilled": line.quantity}.get(order.fulfillment_status or "")


def _removal(line: Line, records: list[RefundedUnits], gone: int, shipped: int | None, done: bool) -> Removal:
    returned = sum(record.quantity for record in records if record.restock_type == "return")
    unsaid = sum(record.quantity for record in records if record.restock_type not in ("return", "cancel"))
    unsaid_removed = 0 if shipped is None else max(0, unsaid - max(0, shipped - returned))
    if done and shipped is not None:
        cancelled = sum(record.quantity for record in records if record.restock_type == "cancel")
        unsaid_removed = max(unsaid_removed, min(unsaid, line.quantity - shipped - cancelled))
    removed = [record for record in records if record.restock_type == "cancel"]
    if unsaid_removed and unsaid_removed == unsaid:
        removed += [record for record in records if record.restock_type not in ("return", "cancel")]
    units = sum(record.quantity for record in records if record.restock_type == "cancel") + unsaid_removed
    edited = max(0, gone - sum(record.quantity for record in records))
    if shipped is not None:
        edited = min(edited, max(0, line.quantity - shipped - units))
    units = min(units + edited, gone)
    covered = units == sum(record.quantity for record in removed)
    return Removal(
        units,
        _sum([record.subtotal for record in removed]) if covered else None,
        _sum([record.tax for record in removed]) if covered else None,
    )


def _sum(amounts: list[Amounts | None]) -> Amounts | None:
    if not amounts or None in amounts:
        return None
    return Amounts(_total([a.shop for a in amounts]), _total([a.presentment for a in amounts]))


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    return None if None in amounts else sum(amounts, Decimal(0))
