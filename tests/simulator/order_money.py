"""What was paid for an order, what is owed, and what else GraphQL shows of its money."""

from .money import ZERO, Money, total
from .payments import Transaction, transaction_body


class Paid:
    """The payment side of orders.Order."""

    def transactions(self):
        return list(self.payments)

    def refunds(self):
        return list(self.returned)

    def add_transaction(self, kind, amount, *, gateway=None, parent=None, status="success"):
        body = transaction_body(self, kind, amount, gateway=gateway, parent=parent, status=status)
        self.payments.append(Transaction(self, body))
        return self.payments[-1]

    def counted(self, *kinds) -> Money:
        result = ZERO
        for one in self.payments:
            if one.status == "SUCCESS" and one.kind in kinds:
                result += one.amount
        return result

    @property
    def total_received_set(self):
        return self.currencies.bag(self.counted("SALE", "CAPTURE"))

    @property
    def total_refunded_set(self):
        return self.currencies.bag(self.counted("REFUND"))

    @property
    def net_payment_set(self):
        return self.currencies.bag(self.counted("SALE", "CAPTURE") - self.counted("REFUND"))

    def owed(self) -> Money:
        received = self.counted("SALE", "CAPTURE") - self.counted("REFUND")
        left = (self.amount("current_total_price") or ZERO) - received
        # What the buyer owes decides: less than a coin of theirs may be one of the shop's.
        return left if left.presentment else ZERO

    def authorized(self) -> Money:
        """What was authorized and neither captured nor voided."""
        if self.counted("AUTHORIZATION").presentment and not any(t.kind == "VOID" for t in self.payments):
            return self.counted("AUTHORIZATION") - self.counted("CAPTURE")
        return ZERO

    @property
    def capturable(self):
        return self.authorized().presentment > 0

    @property
    def total_capturable(self):
        return self.authorized().shop

    @property
    def total_capturable_set(self):
        return self.currencies.bag(self.authorized())

    @property
    def total_outstanding_set(self):
        return self.currencies.bag(self.owed() - self.authorized())

    @property
    def total_tip_received_set(self):
        tips = [line.body for line in self.lines if line.body.get("tip")]
        amounts = [self.currencies.read(body, "price") for body in tips] or [self.amount("total_tip_received") or ZERO]
        return self.currencies.bag(total(amounts))

    @property
    def total_cash_rounding_adjustment(self):
        return {
            "paymentSet": self._bag("total_cash_rounding_payment_adjustment"),
            "refundSet": self._bag("total_cash_rounding_refund_adjustment"),
        }

    @property
    def payment_gateway_names(self):
        return list(self.body.get("payment_gateway_names") or ())

    @property
    def payment_terms(self):
        given = self.body.get("payment_terms")
        if not given:
            return None
        c = self.currencies
        return {
            "id": f"gid://shopify/PaymentTerms/{given.get('id')}",
            "paymentTermsName": given.get("payment_terms_name") or "",
            "translatedName": given.get("payment_terms_name") or "",
            "paymentTermsType": (given.get("payment_terms_type") or "unknown").upper(),
            "dueInDays": given.get("due_in_days"),
            "overdue": False,
            "paymentSchedules": [
                {
                    "id": f"gid://shopify/PaymentSchedule/{one.get('id')}",
                    "dueAt": one.get("due_at"),
                    "issuedAt": one.get("issued_at"),
                    "completedAt": one.get("completed_at"),
                    "amount": {"amount": one.get("amount") or 0, "currencyCode": one.get("currency") or c.shop},
                }
                for one in given.get("payment_schedules") or ()
            ],
        }
