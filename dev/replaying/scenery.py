"""What a merchant would have set up before these orders: stores, currencies with rates, products, taxes."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal

# What simulated shops take without asking for more.
TOKEN = "shpat_simulator"


@dataclass(frozen=True)
class Door:
    """Where and how to deliver to one store."""

    id: int
    domain: str
    secret: str
    token: str


def domain(number: int) -> str:
    """Of the store with this number, counted from 0."""
    return f"shopify-sync-replay-{number + 1}.myshopify.com"


def make_stores(env, shops: list[str]) -> list[Door]:
    """Connected stores of Odoo's company that send nothing themselves; `shops`: addresses of simulated ones.

    Connected "tomorrow", so that a recorded app/uninstalled is from before that, and does not pause what is replayed beside it.
    """
    env.ref("shopify_sync.cron_check_access").active = False  # what Shopify would answer is not the subject
    tomorrow = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0) + timedelta(days=1)
    doors = []
    for number in range(len(shops)):
        secret = secrets.token_hex(16)
        store = env["shopify.store"].create(
            {
                "name": f"Replay {number + 1}",
                "shop_domain": domain(number),
                "grant": "token",
                "access_token": TOKEN,
                "client_secret": secret,
                "state": "connected",
                "connected_at": tomorrow,
                "push_stock": False,
                "push_fulfillments": False,
                "fetch_missed_orders": False,
            }
        )
        doors.append(Door(store.id, store.shop_domain, secret, store.webhook_token))
    override = json.dumps({door.domain: url for door, url in zip(doors, shops, strict=True)})
    env["ir.config_parameter"].set_param("shopify_sync.endpoint_override", override)
    return doors


def make_currencies(env, names: Iterable[str]) -> None:
    """Activate them, each with a rate. No rate is 1: an amount booked one to one would show."""
    found = env["res.currency"].with_context(active_test=False).search([("name", "in", list(names))], order="name")
    found.active = True
    foreign = found - env.company.currency_id
    env["res.currency.rate"].create(
        [
            {"currency_id": currency.id, "name": "2000-01-01", "rate": 1.37 + number, "company_id": env.company.id}
            for number, currency in enumerate(foreign)
        ]
    )


def make_articles(env, doors: list[Door], articles: dict[tuple[int, str], dict]) -> None:
    """A product for each variant sold, linked. Price and taxes are wrong on purpose: Shopify's must win."""
    lines = list(articles.values())
    products = env["product.product"].create(
        [
            {
                "name": _text(line.get("title")) or "Untitled",
                "default_code": _text(line.get("sku")),
                "type": "service" if line.get("requires_shipping") is False else "consu",
                "is_storable": line.get("requires_shipping") is not False,
                "invoice_policy": "order",
                "list_price": 1.23,
            }
            for line in lines
        ]
    )
    env["shopify.variant"].create(
        [
            {
                "store_id": doors[store].id,
                "shopify_id": variant_id,
                "product_shopify_id": str(line["product_id"]) if line.get("product_id") else False,
                "title": product.name,
                "sku": product.default_code,
                "product_id": product.id,
            }
            for ((store, variant_id), line), product in zip(articles.items(), products, strict=True)
        ]
    )


def map_taxes(env) -> int:
    """Give every tax met and not mapped yet an Odoo tax of its rate. Returns how many.

    All are taxes of the company's fiscal country, as its own distance-sales taxes are: Odoo posts no invoice with a tax
    of another country unless a fiscal position registers the company there.
    """
    met = env["shopify.tax"].search([("tax_id", "=", False)])
    taxes = env["account.tax"].create(
        [
            {
                "name": f"{one.title} {one.rate:g} % {one.country_code or 'no country'} "
                f"{'included' if one.included else 'added'} ({one.store_id.name})",
                "amount": float(round(Decimal(str(one.rate)), 4)),
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if one.included else "tax_excluded",
                "company_id": one.company_id.id,
            }
            for one in met
        ]
    )
    for one, tax in zip(met, taxes, strict=True):
        one.tax_id = tax  # one by one, as a user does: each lets its waiting orders go on
    return len(met)


def _text(value) -> str | bool:
    return value.replace("\0", "") if isinstance(value, str) and value else False
