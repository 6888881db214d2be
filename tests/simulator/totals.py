"""What an order comes to: written into its body from its lines, as ordered and as it is now.

As ordered counts every piece and every line ever ordered, those of edits too; the current amounts are without what was
removed or refunded (recorded, FACTS 66, 67). Lines keep their first tax lines."""

from collections import defaultdict

from .money import ZERO, Currencies, Money, exact, rounded, total


def read(c: Currencies, body: dict, key: str) -> Money:
    return c.read(body, key) or ZERO


def allocated(c, part: dict) -> Money:
    return total(read(c, one, "amount") for one in part.get("discount_allocations") or ())


def taxed(c, part: dict) -> Money:
    return total(read(c, one, "price") for one in part.get("tax_lines") or ())


def net(c, part: dict) -> Money:
    """A line or a shipping line after its discounts; contains tax where the order's prices do."""
    price, quantity = read(c, part, "price"), part.get("quantity", 1)
    return Money(price.shop * quantity, price.presentment * quantity) - allocated(c, part)


def tax_of(c, amount: Money, rate, rates, included: bool) -> Money:
    """One of several `rates` on an amount, in each currency by itself; an included one is contained in it."""
    whole = 1 + sum(rates) if included else 1
    return Money(rounded(amount.shop * rate / whole, c.shop), rounded(amount.presentment * rate / whole, c.presentment))


def tax_again(c, part: dict, included: bool):
    """The taxes of a line whose price, quantity or discount has changed; their rates stay."""
    rows = part.get("tax_lines") or ()
    rates = [exact(row.get("rate") or 0) for row in rows]
    for row, rate in zip(rows, rates, strict=True):
        row.update(c.pair("price", tax_of(c, net(c, part), rate, rates, included)))


def summed_taxes(c, parts) -> list:
    """Tax lines of the order: one per title and rate."""
    sums, kinds = defaultdict(lambda: ZERO), {}
    for part in parts:
        for row in part.get("tax_lines") or ():
            key = (row.get("title"), row.get("rate"))
            sums[key] += read(c, row, "price")
            kinds.setdefault(key, row)
    return [{**kinds[key], **c.pair("price", amount)} for key, amount in sums.items()]


def current_taxes(c, body: dict) -> list:
    """The same without what was removed or refunded."""
    gone = defaultdict(int)
    for refund in body.get("refunds") or ():
        for one in refund.get("refund_line_items") or ():
            gone[one.get("line_item_id")] += one.get("quantity") or 0
    left = []
    for piece in charged(body):
        count = min(gone[piece.get("id")], piece.get("quantity") or 1)
        if piece.get("is_removed") or (count and count == piece.get("quantity")):
            continue
        rows = []
        for row in piece.get("tax_lines") or ():
            amount = read(c, row, "price")
            rows.append({**row, **c.pair("price", amount - part(c, amount, count, piece.get("quantity") or 1))})
        left.append({"tax_lines": rows})
    return summed_taxes(c, left)


def charged(body: dict) -> list:
    """Everything of an order that may carry taxes."""
    lines = body.get("line_items") or ()
    duties = [duty for line in lines for duty in line.get("duties") or ()]
    return [*lines, *duties, *(body.get("shipping_lines") or ()), *(body.get("additional_fees") or ())]


def write(c: Currencies, body: dict):
    """Set every total of an order's body, and its tax lines."""
    lines, ways = body.get("line_items") or [], body.get("shipping_lines") or []
    goods, tips = [one for one in lines if not one.get("tip")], [one for one in lines if one.get("tip")]
    duties = [duty for line in lines for duty in line.get("duties") or ()]
    fees = body.get("additional_fees") or []
    gone = [one for refund in body.get("refunds") or () for one in refund.get("refund_line_items") or ()]
    removed = [one for one in ways if one.get("is_removed")]
    subtotal, delivery = total(net(c, one) for one in goods), total(net(c, one) for one in ways)
    duty, fee = total(read(c, one, "price") for one in duties), total(read(c, one, "price") for one in fees)
    less, less_tax = _duties_gone(c, lines, gone)
    taxes = total(taxed(c, one) for one in charged(body))
    discounts = total(allocated(c, one) for one in (*lines, *ways))
    tip = total(net(c, one) for one in tips)

    def due(subtotal, delivery, taxes, duty=duty):
        dutiable = ZERO if body.get("duties_included") else duty
        return subtotal + delivery + tip + dutiable + fee + (ZERO if body.get("taxes_included") else taxes)

    kept = subtotal - total(read(c, one, "subtotal") for one in gone)
    sent = delivery - total(net(c, one) for one in removed)
    left = taxes - less_tax - total(read(c, one, "total_tax") for one in gone) - total(taxed(c, one) for one in removed)
    off = discounts - total(allocated(c, one) for one in removed) - total(_taken_off(c, lines, one) for one in gone)
    body.update(
        **c.pair("subtotal_price", subtotal),
        **c.pair("total_discounts", discounts),
        **c.pair("total_line_items_price", total(net(c, one) + allocated(c, one) for one in goods)),
        **c.pair("total_price", due(subtotal, delivery, taxes)),
        total_shipping_price_set=c.set(total(net(c, one) + allocated(c, one) for one in ways)),
        **c.pair("total_tax", taxes),
        total_tip_received=c.text(tip),
        current_shipping_price_set=c.set(sent),
        **c.pair("current_subtotal_price", kept),
        **c.pair("current_total_discounts", off),
        **c.pair("current_total_price", due(kept, sent, left, duty - less)),
        **c.pair("current_total_tax", left),
        original_total_duties_set=c.set(duty) if duties else None,
        current_total_duties_set=c.set(duty - less) if duties else None,
        original_total_additional_fees_set=c.set(fee) if fees else None,
        current_total_additional_fees_set=c.set(fee) if fees else None,
        total_weight=sum((one.get("grams") or 0) * (one.get("quantity") or 0) for one in goods),
        tax_lines=summed_taxes(c, charged(body)),
    )


def part(c, amount: Money, count: int, quantity: int) -> Money:
    """`count` of `quantity` pieces, each currency rounded by itself; all of them keep the exact amount."""
    return Money(
        rounded(amount.shop * count / quantity, c.shop), rounded(amount.presentment * count / quantity, c.presentment)
    )


def _duties_gone(c, lines, gone) -> tuple:
    """What removed pieces take with them of the duties of their lines: (amount, taxes)."""
    counts = defaultdict(int)
    for one in gone:
        counts[one.get("line_item_id")] += one.get("quantity") or 0
    pieces = [
        (duty, counts[line.get("id")], line.get("quantity") or 1) for line in lines for duty in line.get("duties") or ()
    ]
    amount = total(part(c, read(c, duty, "price"), count, whole) for duty, count, whole in pieces)
    rows = [(row, count, whole) for duty, count, whole in pieces for row in duty.get("tax_lines") or ()]
    return amount, total(part(c, read(c, row, "price"), count, whole) for row, count, whole in rows)


def _taken_off(c, lines, gone) -> Money:
    line = next((one for one in lines if one.get("id") == gone.get("line_item_id")), None)
    return part(c, allocated(c, line), gone["quantity"], line.get("quantity") or 1) if line else ZERO
