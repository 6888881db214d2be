# The parent first: Odoo builds models in the order of these imports.
from . import flow  # isort: split

from . import bulk  # isort: split

from . import orders, stock  # isort: split

from . import orders_in  # isort: split

from . import (
    access_check,
    cancellations_out,
    companies_in,
    compliance_in,
    connection,
    customers_in,
    customers_out,
    drafts_in,
    fulfillments_out,
    health_check,
    levels_in,
    new_products_in,
    opening_stock_in,
    order_deletions_in,
    orders_backfill,
    orders_check,
    products_in,
    risk_in,
    routing_in,
    stock_check,
    stock_out,
    uninstalled_in,
    unknown_products,
)
