"""The run with a person: customers order now and then, and what to look at stands in the terminal."""

import random
import time

from . import fill, showcase
from .doors import Shop

MOST = 400  # orders; then nobody orders any more: somebody forgot to press Ctrl-C
# Germany's tax is mapped; what comes from elsewhere shows how an order waits for a tax.
CUSTOMERS = (["DE"], ["DE"], ["DE"], ["DE"], ["FR", "NL"])


def words(stage) -> str:
    store = stage.db.one("SELECT id FROM shopify_store")
    return f"""
  Odoo      {stage.odoo}/odoo            log in: admin / admin
  Store     {stage.odoo}/odoo/action-shopify_sync.shopify_store_action/{store}
  Shop      {stage.shop.url}/                 (the shop as its merchant sees it; renews itself)
  Warehouse the same Odoo, log in: {fill.WORKER} / {fill.WORKER}   (stock rights only, nothing of Shopify)
  Accounts  the same Odoo, log in: {fill.ACCOUNTANT} / {fill.ACCOUNTANT}

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
            order = _buy(stage.shop, rng)
            placed += 1
            due = time.monotonic() + every * rng.uniform(0.6, 1.4)
            say(
                f"{order['name']}: {order['email']} orders for {order['charged']['total']} {order['presentment_currency']}"
            )
            if placed == MOST:
                say("The customers have gone to bed: no more orders come")


def _buy(shop: Shop, rng):
    [order] = shop.buy(
        1, countries=rng.choice(CUSTOMERS), lively=True, presentment=showcase.PRESENTMENT, presentment_share=0.15
    )
    return order
