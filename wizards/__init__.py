from . import shopify_order_cancel
