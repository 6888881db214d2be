"""Amounts of an order, compared to the cent and put into words."""

from decimal import Decimal

from odoo import models


class OrderAmounts(models.AbstractModel):
    _name = "shopify.orders.amounts"
    _description = "Shopify Orders: Amounts"

    def _cents(self, currency, amount):
        """An amount of the ORM (a double) or of Shopify as exact Decimal, at the currency's places."""
        return Decimal(str(amount)).quantize(Decimal(1).scaleb(-currency.decimal_places))

    def _same(self, currency, left, right):
        return self._cents(currency, left) == self._cents(currency, right)

    def _amount(self, amount, currency):
        return f"{self._cents(currency, amount)} {currency.name}"
