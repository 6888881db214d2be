"""The company in Odoo: taxes, warehouses, articles with pictures and stock, people, and the store to be connected.

Run by `stage` in a process of its own (`python -m demonstration.fill`, with Odoo's options): it installs the addon in
a fresh copy of the template database and fills it, before a server runs (parameters set here would not reach one)."""

import argparse
import base64
import json
import logging
import os
from pathlib import Path

from . import making, pictures

DATABASE = os.environ.get("SHOPIFY_SYNC_DEMO_DB", "shopify_sync_demo")  # dev/demo made it
COMPANY = "Nordlicht Outdoor GmbH"
SHOP, SHOP_NAME = "nordlicht-outdoor.myshopify.com", "Nordlicht Outdoor"
# A second shop, with a part of the articles, that sells from the shelves in Munich and leaves the last pieces to the first.
OUTLET, OUTLET_NAME, OUTLET_KEEPS_BACK = "nordlicht-outlet.myshopify.com", "Nordlicht Outlet", 3
OUTLET_SELLS = {"Jackets", "Mugs", "Stoves", "Lamps", "Towels", "Knives", "Sets", "Hammocks"}
PUBLIC_HOST = "odoo.nordlicht-outdoor.example"  # the simulator is told that this is the loopback address of Odoo
CLIENT_ID, CLIENT_SECRET = "nordlicht-demo-app", "nordlicht-demo-secret"
WORKER, ACCOUNTANT = "lena", "petra"  # their passwords are the same; nothing here is reachable from elsewhere
RATES = {"CHF": 0.95, "USD": 1.08}  # units for one euro
CARRIER = "DHL Paket"
ONLY_IN_SHOP = "Compasses"  # with a person: what the shop sells and Odoo does not know yet
CATALOG = Path(__file__).resolve().parent.parent / "catalog.json"

_logger = logging.getLogger(__name__)


def catalog() -> dict:
    """What the shop sells: the simulator's format (tests/simulator/products.py)."""
    return json.loads(CATALOG.read_text(encoding="utf-8"))


def outlet_catalog() -> dict:
    """What the second shop sells; it has nothing of it before Odoo says so."""
    sold = [product for product in catalog()["products"] if product["type"] in OUTLET_SELLS]
    for product in sold:
        for variant in product["variants"]:
            variant["stock"] = {}
    return {"locations": [{"name": "Munich"}], "products": sold}


def counted() -> list:
    """The variants whose pieces Lena counts: each lies in both warehouses. (A kit lies nowhere, what is made only where it is.)"""
    variants = [variant for product in catalog()["products"] for variant in product["variants"]]
    return [one for one in variants if one.get("tracked", True) and one["sku"] not in (making.KIT, making.MADE)]


def first_stock(index: int, sku: str) -> dict:
    """Pieces of the variant with this number in each warehouse. Berlin runs short of some, so that Munich ships too."""
    if sku == making.MADE:
        return {"Munich": 90}
    return {"Berlin": 150 if sku in making.PLENTY else 6 + 17 * index % 43, "Munich": 120 + 13 * index % 61}


def company(env):
    ours = env.company
    germany, euro = env.ref("base.de"), env.ref("base.EUR")
    ours.write(
        {"name": COMPANY, "street": "Kastanienallee 40", "zip": "10119", "city": "Berlin", "country_id": germany.id}
    )
    ours.stock_text_confirmation = False  # no text messages to customers who do not exist
    currencies = env["res.currency"].with_context(active_test=False).search([("name", "in", ["EUR", *RATES])])
    currencies.active = True
    ours.currency_id = euro
    env["account.chart.template"].try_loading("generic_coa", ours)
    ours.write({"currency_id": euro.id, "account_fiscal_country_id": germany.id})
    env["res.currency.rate"].create(
        [
            {"currency_id": one.id, "company_id": ours.id, "name": "2020-01-01", "rate": RATES[one.name]}
            for one in currencies
            if one.name in RATES
        ]
    )
    # The generic chart brings one tax of 15 %, which nobody in Germany pays.
    env["account.tax"].search([("company_id", "=", ours.id)]).active = False
    # Every tax of this country takes the group by itself.
    env["account.tax.group"].create({"name": "Mehrwertsteuer", "company_id": ours.id, "country_id": germany.id})
    taxes = [tax(env, f"{rate} % MwSt", rate, included=True) for rate in (19, 7)]
    ours.account_sale_tax_id = taxes[0]
    return taxes[0]


def tax(env, name, rate, *, included):
    return env["account.tax"].create(
        {
            "name": name,
            "amount": rate,
            "type_tax_use": "sale",
            "country_id": env.company.account_fiscal_country_id.id,
            "price_include_override": "tax_included" if included else "tax_excluded",
        }
    )


def warehouses(env):
    """{name: stock.warehouse}, named as the shop's locations, so that connecting maps them."""
    berlin = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    berlin.write({"name": "Berlin", "code": "BER"})
    return {"Berlin": berlin, "Munich": env["stock.warehouse"].create({"name": "Munich", "code": "MUC"})}


def articles(env, sale_tax, stock_of, *, without=None):
    """:param without: type of the products that are not made"""
    attributes = {}
    number = 0
    counts = []
    for given in catalog()["products"]:
        if given["type"] == without:
            continue
        names = given.get("options", [])
        first = given["variants"][0]
        template = env["product.template"].create(
            {
                "name": given["title"],
                "type": "consu",
                # A kit lies on no shelf: its components do.
                "is_storable": first.get("tracked", True) and first["sku"] != making.KIT,
                "list_price": float(first["price"]),
                "taxes_id": [(6, 0, sale_tax.ids)],
                "image_1920": base64.b64encode(pictures.draw(given["type"])),
                "attribute_line_ids": [
                    (0, 0, attribute_line(env, attributes, name, [one["options"][i] for one in given["variants"]]))
                    for i, name in enumerate(names)
                ],
            }
        )
        by_values = {
            frozenset(product.product_template_attribute_value_ids.mapped("name")): product
            for product in template.product_variant_ids
        }
        for one in given["variants"]:
            product = by_values[frozenset(one.get("options", ()))]
            product.write(
                {
                    "default_code": one["sku"],
                    "barcode": one["barcode"],
                    "standard_price": float(one["cost"]),
                    "weight": one["grams"] / 1000,
                }
            )
            color = next((value for value in one.get("options", ()) if value in pictures.COLORS), None)
            if color:
                product.image_1920 = base64.b64encode(pictures.draw(given["type"], color))
            if product.is_storable:
                counts += [
                    {
                        "product_id": product.id,
                        "location_id": stock_of[place].lot_stock_id.id,
                        "inventory_quantity": pieces,
                    }
                    for place, pieces in first_stock(number, one["sku"]).items()
                ]
            number += 1
    env["stock.quant"].with_context(inventory_mode=True).create(counts).action_apply_inventory()


def attribute_line(env, attributes, name, values):
    if name not in attributes:
        attributes[name] = env["product.attribute"].create({"name": name, "create_variant": "always"})
    attribute = attributes[name]
    known = {value.name: value for value in attribute.value_ids}
    ids = []
    for value in dict.fromkeys(values):
        if value not in known:
            known[value] = env["product.attribute.value"].create({"name": value, "attribute_id": attribute.id})
        ids.append(known[value].id)
    return {"attribute_id": attribute.id, "value_ids": [(6, 0, ids)]}


def people(env):
    """Lena ships and Jonas makes, without any right on Shopify (contacts: as every new user of Odoo); Petra maps taxes."""
    rights = {
        WORKER: (
            "Lena Fischer",
            "stock.stock_picking_type_action",
            ["stock.group_stock_user", "base.group_partner_manager"],
        ),
        making.WORKSHOP: (
            "Jonas Brandt",
            "mrp.mrp_production_action",
            ["mrp.group_mrp_user", "base.group_partner_manager"],
        ),
        ACCOUNTANT: (
            "Petra Vogt",
            "shopify_sync.shopify_tax_action",
            ["account.group_account_manager", "shopify_sync.group_accountant"],
        ),
    }
    for login, (name, home, groups) in rights.items():
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": name,
                "login": login,
                "password": login,
                "tz": "Europe/Berlin",
                "action_id": env.ref(home).id,
                "email": f"{login}@nordlicht-outdoor.example",
                "group_ids": [(6, 0, [env.ref(group).id for group in ("base.group_user", *groups)])],
            }
        )
    env["delivery.carrier"].create(
        {
            "name": CARRIER,
            "delivery_type": "fixed",
            "product_id": env["product.product"].create({"name": CARRIER, "type": "service", "sale_ok": False}).id,
            "tracking_url": "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode="
            "<shipmenttrackingnumber>",
        }
    )


def stores(env, simulators):
    """The stores with their credentials, the main one first; a manager connects them when Odoo runs.

    :param simulators: {domain of a shop: loopback address of its simulator}
    """
    parameters = env["ir.config_parameter"]
    parameters.set_param("shopify_sync.endpoint_override", json.dumps(simulators))
    parameters.set_param("web.base.url", f"https://{PUBLIC_HOST}")
    parameters.set_param("web.base.url.freeze", "True")
    common = {
        "grant": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "order_money": "presentment",
        "responsible_id": env.ref("base.user_admin").id,
        "push_stock": True,
    }
    return env["shopify.store"].create(
        [{**common, "name": SHOP_NAME, "shop_domain": SHOP}, {**common, "name": OUTLET_NAME, "shop_domain": OUTLET}]
    )


def for_person(env, ours, sale_tax):
    """Germany's tax is mapped in both stores, which serves the till in Berlin too; others are there to be chosen."""
    tax(env, "20 % TVA (France)", 20, included=True)
    tax(env, "21 % BTW (Netherlands)", 21, included=True)
    env["shopify.tax"].create(
        [
            {
                "store_id": store.id,
                "title": "MwSt",
                "rate": 19,
                "included": True,
                "country_code": "DE",
                "tax_id": sale_tax.id,
            }
            for store in ours
        ]
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulators", type=json.loads, required=True, help="JSON: {domain: loopback address}")
    parser.add_argument("--for-person", action="store_true")
    given, options = parser.parse_known_args()

    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(options, setup_logging=True)
    registry = Registry.new(DATABASE, update_module=True, install_modules=["shopify_sync"])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tz": "Europe/Berlin"})
        sale_tax = company(env)
        places = warehouses(env)
        articles(env, sale_tax, places, without=ONLY_IN_SHOP if given.for_person else None)
        making.bills(env, places)
        people(env)
        ours = stores(env, given.simulators)
        if given.for_person:
            for_person(env, ours, sale_tax)
        env.ref("base.user_admin").tz = "Europe/Berlin"
    _logger.info("%s is ready", DATABASE)


if __name__ == "__main__":
    main()
