from . import (
    shopify_customer_compare,
    shopify_customer_compare_line,
    shopify_customer_send,
    shopify_order_cancel,
    shopify_rule_trial,
)
