# What a store is made of first: Odoo builds models in the order of these imports.
from . import shopify_store_binding, shopify_store_dashboard, shopify_store_health, shopify_store_pause  # isort: split

from . import (
    ir_logging,
    product_product,
    product_template,
    res_config_settings,
    res_partner,
    sale_order,
    sale_order_line,
    shopify_access,
    shopify_call,
    shopify_customer,
    shopify_finding,
    shopify_job,
    shopify_level,
    shopify_location,
    shopify_refusal,
    shopify_runner,
    shopify_store,
    shopify_tax,
    shopify_variant,
    stock_location,
    stock_picking,
    stock_quant,
)
