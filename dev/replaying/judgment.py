"""How each file ended: equal to the cent, held with a cause, refused at the door, lost, or wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commerce import order
from commerce.money import decimal, rounded

from .delivery import Delivery

# What the door may refuse: a body that no journey could use.
REFUSABLE = (400, 413)
EQUAL, HELD, DIFFERS, WAITS = "equal", "held", "differs", "waits"
REFUSED, LOST, BROKEN, KEPT = "refused", "lost", "broken", "kept"


@dataclass
class Verdict:
    """One file. `outcome` is one of the words above; totals are None where a side has none."""

    file: str
    status: int
    outcome: str
    words: str = ""
    cause: str = ""
    job_state: str = ""
    is_order: bool = False
    has_taxes: bool = False
    currency: str = ""
    shopify: tuple[Decimal, Decimal] | None = None  # total, tax
    odoo: tuple[Decimal, Decimal] | None = None
    lines: int = 0  # that Shopify charged
    lines_equal: int = 0
    sale_id: int = 0
    state: str = ""  # of the sale order


def judge(env, deliveries: Iterable[Delivery], *, unmapped: bool) -> list[Verdict]:
    """The verdict of each delivery, by what stands in the database now."""
    deliveries = list(deliveries)
    jobs = env["shopify.job"].search([("event_id", "in", [delivery.event_id for delivery in deliveries])])
    by_event = {job.event_id: job for job in jobs}
    return [_judge(delivery, by_event.get(delivery.event_id), unmapped) for delivery in deliveries]


def _judge(delivery: Delivery, job, unmapped: bool) -> Verdict:
    verdict = Verdict(delivery.body.name, delivery.status, BROKEN, delivery.reason)
    if delivery.status != 200:
        if delivery.status in REFUSABLE:
            verdict.outcome = REFUSED
        return verdict
    if not job:
        verdict.outcome, verdict.words = LOST, "it was answered 200, and no job has it"
        return verdict
    verdict.job_state, verdict.cause, verdict.words = job.state, job.cause or "", job.why or ""
    if job.flow != "orders_in":
        verdict.outcome = WAITS if job.state == "pending" else KEPT
        return verdict
    verdict.is_order = True
    _judge_order(verdict, delivery, job, unmapped)
    return verdict


def _judge_order(verdict: Verdict, delivery: Delivery, job, unmapped: bool) -> None:
    content = delivery.body.content
    number, charges = _read(content)
    if charges:
        verdict.currency = charges.currency
        verdict.shopify = (rounded(charges.total, charges.currency), rounded(charges.tax, charges.currency))
        verdict.has_taxes = any(tax.amount for line in charges.lines for tax in line.taxes)
    sale = job.env["sale.order"].search(
        [("shopify_store_id", "=", delivery.door.id), ("shopify_order_id", "=", number)]
    )
    if sale:
        verdict.sale_id, verdict.state = sale.id, sale.state
        verdict.odoo = (_coins(sale.amount_total, sale.currency_id), _coins(sale.amount_tax, sale.currency_id))
    if job.state in ("attention", "failed"):
        # A failed job is shown to the responsible user with its reason, as one that waits for a decision is.
        verdict.outcome = HELD if verdict.cause and verdict.words else DIFFERS
        verdict.words = verdict.words or "it is held without a word"
    elif job.state == "pending":
        verdict.outcome = WAITS
    elif not sale or not charges:
        verdict.outcome, verdict.words = DIFFERS, f"its job is {job.state}, and there is no order"
    else:
        wrong = _wrong_lines(sale, charges)
        verdict.lines, verdict.lines_equal = len(charges.lines), max(0, len(charges.lines) - len(wrong))
        complaints = list(_complaints(sale, charges, content, verdict, unmapped))
        if wrong:
            complaints.append(f"lines differ: {', '.join(wrong)}")
        verdict.outcome = DIFFERS if complaints else EQUAL
        if complaints:
            verdict.words = "; ".join(complaints)


def _read(content: dict) -> tuple[str | None, order.Charges | None]:
    """The order's id and what Shopify charged, as far as the body can be read."""
    number = None
    try:
        parsed = order.parse(content)
        number = parsed.id
        return number, order.charges(parsed, "shop")
    except order.Unreadable:
        return number, None


def _complaints(sale, charges, content: dict, verdict: Verdict, unmapped: bool):
    """What is not as it must be, in words."""
    wanted = "cancel" if content.get("cancelled_at") else _wanted_by_payment(content)
    if sale.state != wanted:
        yield f"the order is {sale.state}, not {wanted}"
    if sale.currency_id.name != charges.currency:
        yield f"the order is in {sale.currency_id.name}, not {charges.currency}"
    if verdict.odoo != verdict.shopify:
        yield "total {} with {} taxes, charged {} with {}".format(*verdict.odoo, *verdict.shopify)
    if _amount(content.get("total_price")) is not None and not _stated(content, *verdict.odoo):
        yield "the total is none that the body itself states"
    articles = [line for line in charges.lines if line.kind == "product" and line.variant_id]
    if unmapped and articles and not sale.shopify_has_placeholder:
        yield "no product is linked, and no line is a placeholder"


def _wanted_by_payment(content: dict) -> str:
    """What the rules that every store begins with make of an order: nothing is shipped before it is paid."""
    gateways = {str(name).casefold() for name in content.get("payment_gateway_names") or ()}
    status = content.get("financial_status") or "pending"
    if status == "pending":
        terms = str((content.get("payment_terms") or {}).get("payment_terms_name") or "receipt").casefold()
        return "sale" if "cash on delivery (cod)" in gateways or "receipt" not in terms else "draft"
    return "draft" if status in ("voided", "expired", "refunded") else "sale"


def _stated(content: dict, total: Decimal, tax: Decimal) -> bool:
    """Whether the body's own figures say so, whatever was read out of its lines.

    As ordered (total_price), as ordered less the units that refunds took off before shipping, or as it is now
    (current_total_price); in between only where units were taken off, some of them before and some after shipping.
    """
    pairs = [
        (_amount(content.get(f"{now}total_price")), _amount(content.get(f"{now}total_tax"))) for now in ("", "current_")
    ]
    if any(total == price and said in (None, tax) for price, said in pairs):
        return True
    ordered, ordered_tax = pairs[0]
    gone, gone_tax = _removed(content)
    if gone and ordered is not None and (total, tax) == (ordered - gone, (ordered_tax or Decimal(0)) - gone_tax):
        return True
    prices = [price for price, _said in pairs if price is not None]
    return bool(content.get("refunds")) and len(prices) == 2 and min(prices) <= total <= max(prices)


def _removed(content: dict) -> tuple[Decimal, Decimal]:
    """(with taxes, the taxes) of the units that refunds say were cancelled before they shipped."""
    gone = gone_tax = Decimal(0)
    for refund in content.get("refunds") or ():
        for item in refund.get("refund_line_items") or ():
            if item.get("restock_type") == "cancel":
                net, tax = _amount(item.get("subtotal")) or Decimal(0), _amount(item.get("total_tax")) or Decimal(0)
                gone += net if content.get("taxes_included") else net + tax
                gone_tax += tax
    return gone, gone_tax


def _amount(value) -> Decimal | None:
    """An amount as the body spells it; None where it is none."""
    try:
        return decimal(value)
    except ValueError:
        return None


def _wrong_lines(sale, charges) -> list[str]:
    """Titles of lines that are missing, too many, or not equal in quantity, net or gross."""
    lines = list(sale.order_line)
    wrong = [line.name or "a line without a name" for line in lines[len(charges.lines) :]]
    for number, charge in enumerate(charges.lines):
        if number >= len(lines):
            wrong.append(charge.title)
            continue
        line = lines[number]
        found = (_coins(line.price_subtotal, line.currency_id), _coins(line.price_total, line.currency_id))
        same = (line.shopify_line_id or None) == charge.line_id and line.product_uom_qty == charge.quantity
        if not same or found != (charge.net, charge.gross):
            wrong.append(charge.title)
    return wrong


def _coins(amount: float, currency) -> Decimal:
    """An amount of Odoo's at its currency's decimals."""
    return Decimal(f"{amount:.{currency.decimal_places}f}")
