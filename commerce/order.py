"""Orders: the one door to what an order body means.

`parse` reads a webhook body (REST-shaped), `parse_node` a GraphQL node, both into the same `Order`; `charges` says what
Odoo must reproduce. The dataclasses are in order_parts.py, the readers in order_webhook.py and order_node.py, the sums
in charges.py.
"""

from .charges import Charge, ChargedTax, Charges, charges
from .customer import Address, Customer
from .order_node import parse_node
from .order_parts import Allocation, Discount, Duty, Fee, Line, Order, RefundedUnits, ShippingLine, TaxLine
from .order_webhook import NOT_SHIPPED, parse
from .reading import Unreadable

__all__ = [
    "NOT_SHIPPED",
    "Address",
    "Allocation",
    "Charge",
    "ChargedTax",
    "Charges",
    "Customer",
    "Discount",
    "Duty",
    "Fee",
    "Line",
    "Order",
    "RefundedUnits",
    "ShippingLine",
    "TaxLine",
    "Unreadable",
    "charges",
    "parse",
    "parse_node",
]
