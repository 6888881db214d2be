"""A Shopify that runs here: official schema, real HTTP, state (DESIGN 8).

    with simulator.start(domain="demo.myshopify.com", catalog={…}) as running:
        running.url, running.shop

As a process: `PYTHONPATH=tests python -m simulator --port 0 --shop demo.myshopify.com`."""

from .server import Running
from .shop import Shop
from .webhooks import Delivery, signature

__all__ = ["Delivery", "Running", "Shop", "signature", "start"]


def start(domain="demo.myshopify.com", *, port=0, **options) -> Running:
    """Start a shop on a loopback port. :param options: those of `Shop`"""
    return Running(Shop(domain, **options), port)
