"""A job that waits for a person blocks what builds on it, and nothing else (DESIGN 4)."""

from demonstration.processes import wait_for
from stage import SOON

ANNA = {"first_name": "Anna", "last_name": "Kundin", "email": "anna.wartet@example.com"}
TAX = ("Luxussteuer", "0.07")


def test_a_held_order_blocks_its_own_fulfillment_only(stage):
    stage.settle()
    held = stage.shop.place_order([("A0", 1)], customer=ANNA, taxes=[TAX])
    key = f"order:{held.number}"
    wait_for("The order that waits", lambda: state_of(stage, key, "orders_in") == "attention", SOON)
    # Somebody ships something of that order, which cannot be told before the order itself is right.
    with stage.database.environment() as env:
        env["shopify.job"]._enqueue(
            "fulfillments_out", [{"store_id": stage.scene.store, "key": key, "res_model": "stock.picking", "res_id": 0}]
        )
    others = stage.imported_meanwhile(12, first_buyer=800)
    stage.validate([picking for _order, picking in others])
    wait_for("The others", lambda: all(order.fulfillments for order, _picking in others), SOON)
    assert state_of(stage, key, "orders_in") == "attention"
    assert state_of(stage, key, "fulfillments_out") == "pending"

    # The decision lets it go on, and what built on it follows.
    with stage.database.environment() as env:
        wanted = env["shopify.tax"].search([("store_id", "=", stage.scene.store), ("title", "=", TAX[0])])
        tax = env["account.tax"].browse(stage.scene.tax)
        wanted.tax_id = tax.copy({"name": TAX[0], "amount": 7})
    stage.settle()
    assert state_of(stage, key, "orders_in") == "done"
    assert state_of(stage, key, "fulfillments_out") == "failed"  # there was no such delivery
    assert stage.database.rows("SELECT state FROM sale_order WHERE shopify_order_id = %s", str(held.number)) == [
        ("sale",)
    ]


def state_of(stage, key, flow):
    rows = stage.database.rows("SELECT state FROM shopify_job WHERE key = %s AND flow = %s ORDER BY id", key, flow)
    return rows[-1][0] if rows else None
