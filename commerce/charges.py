"""What Odoo must reproduce of an order: its charges, their taxes and the total they must come to, to the cent.

Which total. `total_price` counts everything ever ordered at its ordered quantity, with the lines and discounts that
edits added; `current_total_price` is what is left after edits, cancellations, returns and refunds (FACTS 66, 67; bodies
of 2014 to 2026). So:

- nothing was removed, or units were returned after shipping, or the order was cancelled → `total_price`, lines as first
  charged (a return becomes a credit note, a cancelled order is cancelled as a whole);
- units were removed before shipping → their lines shrink, and the total is `current_total_price` where nothing else
  came off, else `total_price` less what was removed. Refund records that cover the removed units give their cents;
  without them they are taken pro rata, the last coins by the total (DESIGN §6).

Amounts are Shopify's: price × quantity − discount allocations, and the tax lines as given; a tax is never computed. A
body that can be read in several ways (charge_readings.py) is read in the first way that comes out in total and tax;
when none does, the plainest is returned with its `difference`. Cash rounding is no part of the total (SHOPIFY_API §12).
"""

from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from .charge_readings import Reading, counts, readings
from .money import Amounts, rounded, spread, unit
from .order_parts import Allocation, Line, Order, ShippingLine, TaxLine
from .reading import Unreadable
from .removals import Removal, before_shipping

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ChargedTax:
    """One tax of one charge. `rate` 0.19 is 19 %; those of one title, rate and liability are summed, zero ones kept."""

    title: str
    rate: Decimal | None
    amount: Decimal
    channel_liable: bool  # a marketplace remits it: in the buyer's total, not in our tax payable


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the order as Odoo must have it: `gross` = `net` + Σ taxes.

    `list_price` × `quantity` − `discount` is `net`, or `gross` if the order's prices include taxes. `line_id` is the id
    of the line, the shipping line, the duty or the fee; None where the body gives none.
    """

    kind: str  # product, gift_card, shipping, tip, duty, fee
    line_id: str | None
    title: str
    sku: str | None
    variant_id: str | None
    product_id: str | None
    quantity: int  # 0 for a line that was removed as a whole
    net: Decimal
    gross: Decimal
    taxes: tuple[ChargedTax, ...]
    discount: Decimal
    discount_codes: tuple[str, ...]
    list_price: Decimal  # one unit, as the body gives it
    requires_shipping: bool
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Charges:
    """All charges of an order in one currency; `total` and `tax` are what Shopify says they come to.

    `difference` = total − Σ gross, `tax_difference` = tax − Σ taxes: both 0 when the order can be reproduced, and never
    hidden. `taxes_included` is the convention of list prices; `note` says in words how an unusual body was read.
    """

    currency: str
    lines: tuple[Charge, ...]
    total: Decimal
    tax: Decimal
    difference: Decimal
    tax_difference: Decimal
    taxes_included: bool
    note: str | None


def charges(order: Order, money: str) -> Charges:
    """The charges of an order in 'shop' or 'presentment' money.

    :return: amounts at the currency's decimals; `difference` and `tax_difference` tell what does not come out
    :raise Unreadable: the body lacks the currency, the total, or an amount of some charge in that money
    """
    currency = order.currency(money)
    if currency is None:
        raise Unreadable("The order does not say its currency.")
    if order.total is None or order.total.of(money) is None:
        raise Unreadable(f"The order does not say its total in {currency}.")
    with localcontext() as context:
        context.prec = 120  # sums and products of amounts stay exact
        results = (_Sum(order, money, currency, reading).result() for reading in readings(order))
        plainest = next(results)
        if not plainest.difference and not plainest.tax_difference:
            return plainest
        return next((found for found in results if not found.difference and not found.tax_difference), plainest)


@dataclass(slots=True)
class _Draft:
    """A charge in the making. `amount` follows the order's convention: with tax if its prices include taxes."""

    kind: str
    line_id: str | None
    title: str
    quantity: int
    price: Decimal
    amount: Decimal
    taxes: list[ChargedTax]
    codes: tuple[str, ...] = ()
    line: Line | None = None
    position: int | None = None  # of the order's line that it stands and falls with
    prorated: bool = False


@dataclass(slots=True)
class _Sum:
    """One order in one money by one reading."""

    order: Order
    money: str
    currency: str
    reading: Reading
    notes: list[str] = field(default_factory=list)
    drafts: list[_Draft] = field(default_factory=list)
    off_total: Decimal = ZERO  # what the ordered total still counts and the order no longer charges
    off_tax: Decimal = ZERO

    def result(self) -> Charges:
        self._draft_all()
        if self.reading.unallocated:
            self._spread_discount()
        removals = before_shipping(self.order)
        for draft in self.drafts:
            if draft.position in removals.by_line:
                self._shrink(draft, removals.by_line[draft.position])
        total, tax = self._expected(bool(removals.by_line) and removals.alone)
        if any(draft.prorated for draft in self.drafts):
            self._settle(total, tax)
        lines = tuple(self._charge(draft) for draft in self.drafts)
        charged, charged_tax = sum((line.gross for line in lines), ZERO), self._sum_taxes(self.drafts)
        if tax is None:
            tax = charged_tax
            self.notes.append("The order does not say its tax total.")
        notes = " ".join(dict.fromkeys(self.notes)) or None
        return Charges(
            currency=self.currency,
            lines=lines,
            total=total,
            tax=tax,
            difference=total - charged,
            tax_difference=tax - charged_tax,
            taxes_included=self.reading.included,
            note=notes,
        )

    # As first charged

    def _draft_all(self) -> None:
        for position, line in enumerate(self.order.lines):
            self._draft_line(position, line)
        for line in self.order.shipping_lines:
            self._draft_shipping(line)
        # Only where the lines were left out: with them, the total is a sum of theirs before discounts.
        self._draft_totals("shipping", "Shipping", self.order.total_shipping, "shipping_lines" in self.order.carried)
        self._draft_totals("duty", "Duties", self.order.total_duties, self.order.duties_included is True)
        for fee in self.order.fees:
            self._draft("fee", fee.id, fee.name or "Additional fee", fee.amount, fee.taxes)
        self._draft_totals("fee", "Additional fees", self.order.total_fees)
        if self.reading.tip_beside:
            self._draft("tip", None, "Tip", self.order.tip, ())
            self.notes.append("The tip is no line of the order.")

    def _draft_line(self, position: int, line: Line) -> None:
        title = line.name or line.title or "A line without a title"
        is_tip = line.tip or position == self.reading.tip_line
        price = self._of(line.price, title)
        off, codes = self._discount(line.allocations, title)
        if line.allocations is None:
            off = self._of(line.line_discount, title) if line.line_discount else ZERO
            codes = self._order_codes() if off else ()
        kind = "tip" if is_tip else "gift_card" if line.gift_card else "product"
        amount = self._coins(price * line.quantity - off, title)
        taxes = self._charged_taxes(line.taxes, title)
        self.drafts.append(_Draft(kind, line.id, title, line.quantity, price, amount, taxes, codes, line, position))
        if self.order.duties_included and line.duties:
            self.notes.append("Duties are included in the prices.")
            return
        for duty in line.duties:
            self._draft("duty", duty.id, "Duties", duty.amount, duty.taxes, position)

    def _draft_shipping(self, line: ShippingLine) -> None:
        title = line.title or "Shipping"
        price = self._of(line.price, title)
        off, codes = self._discount(line.allocations, title)
        if line.allocations is None and line.discounted_price is not None:
            off = price - self._of(line.discounted_price, title)
            codes = self._order_codes() if off else ()
        amount = self._coins(price - off, title)
        draft = _Draft("shipping", line.id, title, 1, price, amount, self._charged_taxes(line.taxes, title), codes)
        if not line.removed or (self.order.cancelled_at and self.reading.removed_shipping):
            self.drafts.append(draft)
        elif self.reading.removed_shipping:
            self.off_total += self._gross(draft)
            self.off_tax += self._sum_taxes([draft])

    def _draft(
        self,
        kind: str,
        line_id: str | None,
        title: str,
        amount: Amounts,
        taxes: tuple[TaxLine, ...],
        position: int | None = None,
    ) -> None:
        price = self._coins(self._of(amount, title), title)
        charged = self._charged_taxes(taxes, title)
        self.drafts.append(_Draft(kind, line_id, title, 1, price, price, charged, position=position))

    def _draft_totals(self, kind: str, title: str, amount: Amounts | None, stated: bool = False) -> None:
        """Shipping, duties or fees that a body gives as a sum only; `stated`: they are accounted for elsewhere."""
        if not stated and counts(amount) and not any(draft.kind == kind for draft in self.drafts):
            self._draft(kind, None, title, amount, ())
            self.notes.append(f"{title}: the order states the sum only.")

    def _discount(self, allocations: tuple[Allocation, ...] | None, title: str) -> tuple[Decimal, tuple[str, ...]]:
        found = [(self._of(allocation.amount, title), allocation.label) for allocation in allocations or ()]
        labels = dict.fromkeys(label for amount, label in found if amount and label)
        return sum((amount for amount, _ in found), ZERO), tuple(labels)

    def _spread_discount(self) -> None:
        stated = self.order.total_discounts.of(self.money) if self.order.total_discounts else None
        open_amount = (stated or ZERO) - sum((d.price * d.quantity - d.amount for d in self.drafts), ZERO)
        for_shipping = bool(self.order.discount_codes) and all(
            kind == "shipping" for _, kind in self.order.discount_codes
        )
        kinds = ("shipping",) if for_shipping else ("product", "gift_card")
        targets = [draft for draft in self.drafts if draft.kind in kinds and draft.amount > 0]
        if open_amount <= 0 or open_amount != self._coins(open_amount, "The discount") or not targets:
            return
        shares = spread(open_amount, [draft.amount for draft in targets], self.currency)
        for draft, share in zip(targets, shares, strict=True):
            draft.amount -= share
            draft.codes = draft.codes or self._order_codes()
        self.notes.append(f"A discount of {open_amount} {self.currency} names no line and was spread by amount.")

    # After removals

    def _shrink(self, draft: _Draft, removal: Removal) -> None:
        before, before_tax = self._gross(draft), self._sum_taxes([draft])
        ordered = self.order.lines[draft.position].quantity
        left = ordered - removal.units
        subtotal = removal.subtotal.of(self.money) if removal.subtotal else None
        tax = removal.tax.of(self.money) if removal.tax else None
        exact = draft.line is not None and subtotal is not None and tax is not None
        if exact and 0 <= subtotal <= draft.amount and 0 <= tax <= before_tax and left:
            draft.amount = self._coins(draft.amount - subtotal, draft.title)
            if draft.taxes:
                kept = self._coins(before_tax - tax, draft.title)
                shares = spread(kept, [abs(tax.amount) for tax in draft.taxes], self.currency)
                draft.taxes = [_with(tax, share) for tax, share in zip(draft.taxes, shares, strict=True)]
        else:
            draft.amount = rounded(draft.amount * left / ordered, self.currency)
            draft.taxes = [_with(tax, rounded(tax.amount * left / ordered, self.currency)) for tax in draft.taxes]
            draft.prorated = bool(left)
        if draft.line is not None:
            draft.quantity = left
            self.notes.append(f"{draft.title}: {removal.units} of {ordered} were removed before shipping.")
        self.off_total += before - self._gross(draft)
        self.off_tax += before_tax - self._sum_taxes([draft])

    def _expected(self, by_current: bool) -> tuple[Decimal, Decimal | None]:
        """Shopify's total and tax total for what is charged."""
        total = self.order.total.of(self.money) - self.off_total
        tax = self._tax_total()
        tax = None if tax is None else tax - self.off_tax
        if by_current:
            current, current_tax = self.order.current_total, self.order.current_total_tax
            total = current.of(self.money) if current and current.of(self.money) is not None else total
            tax = current_tax.of(self.money) if current_tax and current_tax.of(self.money) is not None else tax
        return total, tax

    def _tax_total(self) -> Decimal | None:
        if self.order.total_tax and self.order.total_tax.of(self.money) is not None:
            return self.order.total_tax.of(self.money)
        amounts = [tax.amount.of(self.money) for tax in self.order.tax_lines]
        return None if "tax_lines" not in self.order.carried or None in amounts else sum(amounts, ZERO)

    def _settle(self, total: Decimal, tax: Decimal | None) -> None:
        """The last coins of pro rata amounts follow the order's totals: at most one each, the largest first."""
        drafts = sorted((d for d in self.drafts if d.prorated), key=lambda d: -d.amount)
        coin = unit(self.currency)
        slots = sorted(((d, i) for d in drafts for i in range(len(d.taxes))), key=lambda s: -s[0].taxes[s[1]].amount)
        gap = (tax - self._sum_taxes(self.drafts)) / coin if tax is not None else ZERO
        if gap == gap.to_integral_value() and abs(gap) <= len(slots):
            for draft, place in slots[: int(abs(gap))]:
                charged = draft.taxes[place]
                draft.taxes[place] = _with(charged, charged.amount + coin.copy_sign(gap))
        gap = (total - sum((self._gross(draft) for draft in self.drafts), ZERO)) / coin
        if gap == gap.to_integral_value() and abs(gap) <= len(drafts):
            for draft in drafts[: int(abs(gap))]:
                draft.amount += coin.copy_sign(gap)

    # Small things

    def _of(self, amounts: Amounts | None, title: str) -> Decimal:
        amount = amounts.of(self.money) if amounts else None
        if amount is None:
            raise Unreadable(f"{title}: the order does not say an amount in {self.currency}.")
        return amount

    def _coins(self, amount: Decimal, title: str) -> Decimal:
        coins = rounded(amount, self.currency)
        if coins != amount:
            self.notes.append(f"{title}: {amount.normalize():f} is finer than {self.currency} has coins.")
        return coins

    def _charged_taxes(self, lines: tuple[TaxLine, ...], title: str) -> list[ChargedTax]:
        sums: dict[tuple, Decimal] = {}
        for tax in lines:
            if tax.channel_liable and not self.reading.liable:
                self.notes.append(f"{tax.title} is collected by the sales channel and is not in the total.")
                continue
            key = (tax.title, tax.rate, tax.channel_liable)
            sums[key] = sums.get(key, ZERO) + self._of(tax.amount, f"{title}, {tax.title}")
        return [
            ChargedTax(name, rate, self._coins(amount, f"{title}, {name}"), liable)
            for (name, rate, liable), amount in sums.items()
        ]

    def _order_codes(self) -> tuple[str, ...]:
        labels = [discount.label for discount in self.order.discounts] or [c for c, _ in self.order.discount_codes]
        return tuple(dict.fromkeys(filter(None, labels)))

    def _sum_taxes(self, drafts: list[_Draft]) -> Decimal:
        return sum((tax.amount for draft in drafts for tax in draft.taxes), ZERO)

    def _gross(self, draft: _Draft) -> Decimal:
        return draft.amount if self.reading.included else draft.amount + self._sum_taxes([draft])

    def _charge(self, draft: _Draft) -> Charge:
        gross, line = self._gross(draft), draft.line
        return Charge(
            kind=draft.kind,
            line_id=draft.line_id,
            title=draft.title,
            sku=line.sku if line else None,
            variant_id=line.variant_id if line else None,
            product_id=line.product_id if line else None,
            quantity=draft.quantity,
            net=gross - self._sum_taxes([draft]),
            gross=gross,
            taxes=tuple(draft.taxes),
            discount=max(ZERO, rounded(draft.price * draft.quantity - draft.amount, self.currency)),
            discount_codes=draft.codes,
            list_price=draft.price,
            requires_shipping=bool(line and line.requires_shipping),
            properties=line.properties if line else (),
        )


def _with(tax: ChargedTax, amount: Decimal) -> ChargedTax:
    return ChargedTax(tax.title, tax.rate, amount, tax.channel_liable)
