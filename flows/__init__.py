from . import (
    flow,
    connection,
    orders_in,
    fulfillments_out,
    stock_out,
    products_in,
)
