"""What Shopify's records mean: values in, values out, without Odoo, clock or network.

Money is Decimal, ids are text of digits, times are naive UTC.
"""
