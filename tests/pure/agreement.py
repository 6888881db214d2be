"""Whether both bodies of an order of the simulated shop say the same and come out to the cent; tests and dev/bench ask."""

from pathlib import Path

from test_commerce_node import differences

from commerce.order import charges, parse, parse_node
from simulator import execute

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "shopify_api" / "documents" / "nodes__orders.graphql").read_text(encoding="utf-8")
# What one side alone can say: how a code was given, the tip's mark and its presentment amount, what is open in the
# buyer's currency, and a finer word where a webhook's fulfillment_status is null; and what the document does not ask for.
ONE_SIDED = (
    "discount_codes",
    ".tip",
    "tip.presentment",
    "outstanding.presentment",
    "fulfillment_status",
    "customer.locale",
    "default_address.id",
)


def node(store, order):
    answer = execute.run(store, {"query": DOCUMENT, "variables": {"ids": [order.id]}}, lambda *_: None)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["nodes"][0]


def agree(store, order, total="total"):
    """Both bodies of the order come out in both moneys, and say the same as far as both carry it.

    :param total: the field of the order that has what must be charged; None: whatever it comes to
    :return: charges in shop money
    """
    by_hook, by_query = parse(order.document()), parse_node(node(store, order))
    both = by_hook.carried & by_query.carried
    paths = [path for path in differences(by_hook, by_query) if path.split(".")[0].split("[")[0] in both]
    paths = [path for path in paths if not path.endswith(ONE_SIDED)]
    assert not paths, paths
    assert by_hook.fulfillment_status in (by_query.fulfillment_status, "unfulfilled")
    for money in ("shop", "presentment"):
        ours, theirs = charges(by_hook, money), charges(by_query, money)
        assert (ours.difference, ours.tax_difference) == (0, 0), (money, ours.difference, ours.tax_difference)
        assert (theirs.difference, theirs.tax_difference) == (0, 0), ("node", money)
        assert ours == theirs, list(differences(ours, theirs))
        if total:
            assert ours.total == getattr(by_hook, total).of(money), money
    return charges(by_hook, "shop")


def charged(order) -> str | None:
    """The field of the order that has what must be charged: what is left of an edited one, else what it first came to.

    None where nobody can know: pieces were removed without restocking, some shipped and others are still to be, so that
    the body could as well tell of pieces that came back (commerce/removals.py takes them for those).
    """
    if order.cancelled_at or not order.edited:
        return "total"
    rows = [row for refund in order.body["refunds"] for row in refund["refund_line_items"]]
    unsaid = any(row["restock_type"] == "no_restock" for row in rows)
    return None if unsaid and order.body["fulfillment_status"] == "partial" else "current_total"
