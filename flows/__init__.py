# The parent first: Odoo builds models in the order of these imports.
from . import flow  # isort: split

from . import (
    access_check,
    companies_in,
    compliance_in,
    connection,
    customers_in,
    customers_out,
    fulfillments_out,
    orders_in,
    products_in,
    stock_out,
    uninstalled_in,
)
