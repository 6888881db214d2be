"""Who may get a token: the shop itself, or this machine when somebody said so."""

import json

import pytest

from shopify_api.client import Client
from shopify_api.endpoint import base_url, parse_override, shop_domain

SHOP = "my-shop.myshopify.com"


@pytest.mark.parametrize("shop", [SHOP, "a.myshopify.com", "0-1.myshopify.com"])
def test_a_shop_is_reached_by_https_at_its_own_domain(shop):
    assert base_url(shop) == f"https://{shop}"


@pytest.mark.parametrize(
    "shop",
    [
        None,
        5,
        "",
        "myshopify.com",
        ".myshopify.com",
        "-a.myshopify.com",
        "My-Shop.myshopify.com",
        "my-shop.myshopify.com\n",
        " my-shop.myshopify.com",
        "my-shop.myshopify.com.",
        "my-shop.myshopify.com:443",
        "my-shop.myshopify.com/x",
        "my-shop.myshopify.com.evil.example",
        "evil.example/my-shop.myshopify.com",
        "evil.example#.myshopify.com",
        "user@my-shop.myshopify.com",
        "a.b.myshopify.com",
        "my_shop.myshopify.com",
        "mу-shop.myshopify.com",  # Cyrillic у
        "https://my-shop.myshopify.com",
        "x" * 64 + ".myshopify.com",
    ],
)
def test_nothing_else_is_a_shop(shop):
    with pytest.raises(ValueError):
        shop_domain(shop)
    with pytest.raises(ValueError):
        base_url(shop, "http://127.0.0.1:8123")


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://127.0.0.1:8123/", "http://127.0.0.1:8123"),
        ("https://localhost:443", "https://localhost:443"),
        ("http://[::1]:65535", "http://[::1]:65535"),
    ],
)
def test_this_machine_is_an_endpoint(endpoint, base):
    assert base_url(SHOP, endpoint) == base
    assert parse_override(json.dumps({SHOP: endpoint})) == {SHOP: base}


NOT_LOOPBACK = [
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:0",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:80/path",
    "http://127.0.0.1:80?x",
    "http://127.0.0.1:80#x",
    "http://127.0.0.1:80@evil.example:80",
    "http://user:pass@127.0.0.1:80",
    "http://127.0.0.1:80\\@evil.example",
    "http://127.0.0.1:80\n",
    " http://127.0.0.1:80",
    "http://127.0.0.1.evil.example:80",
    "http://localhost.evil.example:80",
    "http://LOCALHOST:80",
    "http://127.1:80",
    "http://0.0.0.0:80",
    "http://2130706433:80",
    "http://127.0.0.2:80",
    "http://[::ffff:127.0.0.1]:80",
    "http://192.168.0.1:80",
    "http://[fe80::1]:80",
    "https://evil.example:443",
    "https://my-shop.myshopify.com",
    "ftp://127.0.0.1:80",
    "file://127.0.0.1:80",
    "127.0.0.1:80",
    "http://127.0.0.1:８０",
]


@pytest.mark.parametrize("endpoint", NOT_LOOPBACK)
def test_nothing_else_is_an_endpoint(endpoint):
    with pytest.raises(ValueError, match="to this machine"):
        base_url(SHOP, endpoint)
    with pytest.raises(ValueError, match=r"entry 'my-shop\.myshopify\.com'.*to this machine"):
        parse_override(json.dumps({SHOP: endpoint}))


@pytest.mark.parametrize("text", [None, "", "  \n", "{}"])
def test_no_override_is_no_override(text):
    assert parse_override(text) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "one JSON object"),
        ('"http://127.0.0.1:80"', "one JSON object"),
        ('{"evil.example": "http://127.0.0.1:80"}', "entry 'evil.example'.*shop's domain"),
        ('{"my-shop.myshopify.com": null}', "entry 'my-shop"),
        ('{"my-shop.myshopify.com": 5}', "entry 'my-shop"),
        ('{"my-shop.myshopify.com": ["http://127.0.0.1:80"]}', "entry 'my-shop"),
        (
            '{"a.myshopify.com": "http://127.0.0.1:80", "b.myshopify.com": "http://10.0.0.1:80"}',
            "entry 'b.myshopify.com'",
        ),
    ],
)
def test_a_wrong_override_is_refused_whole_and_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        parse_override(text)


@pytest.mark.parametrize(
    "endpoint", ["https://evil.example", "http://127.0.0.1:80@evil.example:80", "http://10.0.0.1:80"]
)
def test_no_client_is_made_for_another_host(endpoint):
    with pytest.raises(ValueError):
        Client(SHOP, token=lambda renew: "shpat_any", endpoint=endpoint)


@pytest.mark.parametrize("shop", ["evil.example", "my-shop.myshopify.com.evil.example", "my-shop.myshopify.com/", ""])
def test_no_client_is_made_for_what_is_no_shop(shop):
    with pytest.raises(ValueError):
        Client(shop, token=lambda renew: "shpat_any")


@pytest.mark.parametrize("version", ["2026", "../2026-10", "2026-10/x", "２０２６-10"])
def test_no_client_is_made_for_what_is_no_version(version):
    with pytest.raises(ValueError):
        Client(SHOP, token=lambda renew: "shpat_any", version=version)
