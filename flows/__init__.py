# The parent first: Odoo builds models in the order of these imports.
from . import flow  # isort: split

from . import orders  # isort: split

from . import stock  # isort: split

from . import (
    access_check,
    compliance_in,
    connection,
    fulfillments_out,
    health_check,
    opening_stock_in,
    orders_backfill,
    orders_check,
    orders_in,
    products_in,
    stock_check,
    stock_out,
    uninstalled_in,
)
