"""Which addresses Shopify can deliver to."""

import pytest

from shopify_api import public_address


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://odoo.example.com", None),
        ("https://odoo.example.com:8443/odoo", None),
        ("https://8.8.8.8", None),
        ("http://odoo.example.com", "not_https"),
        ("ftp://odoo.example.com", "not_https"),
        ("http://localhost:8069", "local"),
        ("https://localhost", "local"),
        ("https://127.0.0.1", "local"),
        ("https://10.1.2.3", "local"),
        ("https://192.168.0.7:8069", "local"),
        ("https://172.16.0.1", "local"),
        ("https://[::1]:8069", "local"),
        ("https://[fd00::1]", "local"),
        ("https://169.254.1.1", "local"),
        ("https://odoo", "local"),
        ("https://odoo.local", "local"),
        ("https://odoo.local.", "local"),
        ("https://ODOO.Internal", "local"),
        ("", "missing"),
        (None, "missing"),
        (False, "missing"),
        ("odoo.example.com", "missing"),
        ("https://", "missing"),
        ("https://[half", "missing"),
        ("https://odoo.example.com:port", "missing"),
    ],
)
def test_an_address_says_why_shopify_cannot_reach_it(url, fault):
    assert public_address.fault(url) == fault
