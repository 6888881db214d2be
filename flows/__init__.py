# The parent first: Odoo builds models in the order of these imports.
from . import flow  # isort: split

from . import orders, stock  # isort: split

from . import (
    access_check,
    compliance_in,
    connection,
    fulfillments_out,
    health_check,
    levels_in,
    orders_backfill,
    orders_check,
    orders_in,
    products_in,
    routing_in,
    stock_out,
    uninstalled_in,
)
