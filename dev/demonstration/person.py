"""The run with a person: customers order now and then, and what to look at stands in the terminal."""

import random
import time

from . import fill, making, showcase
from .doors import Shop

MOST = 400  # orders; then nobody orders any more: somebody forgot to press Ctrl-C
# Germany's tax is mapped; what comes from elsewhere shows how an order waits for a tax.
OUTLET_SHARE = 0.2  # of the customers, who buy at the second shop
CUSTOMERS = (["DE"], ["DE"], ["DE"], ["DE"], ["FR", "NL"])


def words(stage) -> str:
    store, outlet = (
        stage.db.one("SELECT id FROM shopify_store WHERE shop_domain = %s", shop) for shop in (fill.SHOP, fill.OUTLET)
    )
    stores = f"{stage.odoo}/odoo/action-shopify_sync.shopify_store_action"
    return f"""
  Odoo      {stage.odoo}/odoo            log in: admin / admin
  Store     {stores}/{store}
  Shop      {stage.shop.url}/                 (the shop as its merchant sees it; renews itself)
  Outlet    {stage.outlet.url}/                 a second shop, of the shelves in Munich; its store: {stores}/{outlet}
  Warehouse the same Odoo, log in: {fill.WORKER} / {fill.WORKER}   (stock rights only, nothing of Shopify)
  Accounts  the same Odoo, log in: {fill.ACCOUNTANT} / {fill.ACCOUNTANT}
  Workshop  the same Odoo, log in: {making.WORKSHOP} / {making.WORKSHOP}   (Manufacturing, nothing of Shopify)

  What to try, with the shop's page beside Odoo:
  1. As {fill.WORKER}: Delivery Orders of Berlin → To Deliver, open one, enter a Tracking Reference under Additional Info, Validate.
     A second later the order is fulfilled in the shop, with the number.
  2. As {fill.WORKER}: Operations → Physical Inventory, count an article anew, Apply. The shop's stock follows.
  3. As {fill.ACCOUNTANT}: orders from France and the Netherlands wait, because Odoo does not know their taxes yet.
     Under Mapping → Taxes choose “20 % TVA” and “21 % BTW”; the orders go on.
  4. As admin: Shopify → Orders → Orders to Look At. One order was edited after it was shipped: apply the edit, or set it aside.
     One has a compass, which Odoo does not know: Create Product puts it on the order, and its delivery starts. One is risky,
     and waits until you release it. On any order, Cancel in Shopify is on the Shopify page.
  5. Queue → Everything says of each message why it ended as it did; Orders → Daily Comparison → Compare Today adds up both sides.
  6. As {making.WORKSHOP}: open the manufacturing order of the Waldruh Hammock, Produce All. Its level rises in both shops.
  7. As admin: Shopify → Stock → Levels. What one shop sold is “reserved for others” at the other, before it is shipped; the
     outlet leaves {fill.OUTLET_KEEPS_BACK} of each to the main shop. The Morgentau Breakfast Set is a kit: as {fill.WORKER},
     count its stove (STV-GLUT) or its mugs anew, and see how many sets the shops offer.

  Ctrl-C stops all of it.
"""


def run(stage, say, every):
    rng = random.Random()
    say("The first orders")
    showcase.prepare(stage)
    print(words(stage), flush=True)
    placed, due = 0, time.monotonic() + every
    while True:
        stage.check()
        time.sleep(0.5)
        if every and time.monotonic() >= due and placed < MOST:
            at_outlet = rng.random() < OUTLET_SHARE
            order = _buy(stage.outlet if at_outlet else stage.shop, rng)
            placed += 1
            due = time.monotonic() + every * rng.uniform(0.6, 1.4)
            say(
                f"{order['name']}{' (outlet)' if at_outlet else ''}: {order['email']} orders for"
                f" {order['charged']['total']} {order['presentment_currency']}"
            )
            if placed == MOST:
                say("The customers have gone to bed: no more orders come")


def _buy(shop: Shop, rng):
    [order] = shop.buy(
        1, countries=rng.choice(CUSTOMERS), lively=True, presentment=showcase.PRESENTMENT, presentment_share=0.15
    )
    return order
