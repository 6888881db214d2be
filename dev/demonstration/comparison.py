"""Both sides next to each other, at rest: orders, money, parcels, stock."""

from collections import Counter, defaultdict
from decimal import Decimal

from .processes import wait_for

ORDERS = """SELECT o.shopify_order_id, o.shopify_order_name, o.state, c.name, o.amount_total, o.amount_tax, o.shopify_hold_cause
    FROM sale_order o JOIN res_currency c ON c.id = o.currency_id WHERE o.shopify_order_id IS NOT NULL"""
PARCELS = """SELECT p.id, o.shopify_order_id, p.state, p.carrier_tracking_ref, p.shopify_fulfillment_ids, p.shopify_fulfilled_at
    FROM stock_picking p JOIN sale_order o ON o.id = p.sale_id
    JOIN stock_picking_type t ON t.id = p.picking_type_id AND t.code = 'outgoing'
    WHERE o.shopify_order_id IS NOT NULL"""
# Of a kit its components moved; Odoo says how many kits they were.
PIECES = """SELECT o.shopify_order_id, l.shopify_sku, SUM(l.qty_delivered)
    FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id
    WHERE o.shopify_order_id IS NOT NULL AND EXISTS (SELECT FROM stock_move m WHERE m.sale_line_id = l.id AND m.state = 'done')
    GROUP BY 1, 2"""


def money(stage, figures):
    """Each order and each currency to the cent: what Odoo has against what the shop's own API says it charged."""
    charged = stage.charged()
    ours = {row[0]: row for row in stage.db.rows(ORDERS)}
    differing, sums, theirs = [], defaultdict(Decimal), defaultdict(Decimal)
    for order_id, (currency, total, tax) in charged.items():
        theirs[currency] += Decimal(total)
        row = ours.get(order_id)
        if row is None:
            differing.append({"order": order_id, "shop": f"{total} {currency}", "odoo": None})
            continue
        _id, name, _state, odoo_currency, odoo_total, odoo_tax, _cause = row
        sums[odoo_currency] += Decimal(odoo_total)
        if (odoo_currency, Decimal(odoo_total), Decimal(odoo_tax)) != (currency, Decimal(total), Decimal(tax)):
            differing.append(
                {
                    "order": name,
                    "shop": f"{total} {currency}, tax {tax}",
                    "odoo": f"{odoo_total} {odoo_currency}, tax {odoo_tax}",
                }
            )
    figures.equal("orders_that_differ", len(differing), 0)
    figures.tell("orders_that_differ_first", differing[:5])
    in_shop = {currency: f"{total:.2f}" for currency, total in sorted(theirs.items())}
    figures.tell("totals_in_shop", in_shop)
    figures.equal("totals_in_odoo", {currency: f"{total:.2f}" for currency, total in sorted(sums.items())}, in_shop)


def orders(stage, sent, trials, watch, figures):
    """:param sent: how many the customers placed"""
    rows = stage.db.rows(ORDERS)
    in_shop = stage.orders()
    cancelled = {order["id"] for order in in_shop if order["cancelled_at"]}
    figures.equal("orders_sent", sent, len(in_shop))
    figures.equal("orders_imported", len(rows), sent)
    figures.tell("orders_cancelled", len(cancelled))
    figures.equal("orders_cancelled_on_one_side", len(cancelled ^ {row[0] for row in rows if row[2] == "cancel"}), 0)
    figures.equal("orders_left_as_quotation", {row[0] for row in rows if row[2] == "draft"} == trials.unpaid, True)
    confirmed = sum(1 for row in rows if row[2] == "sale")
    figures.equal("orders_confirmed", confirmed, sent - len(cancelled) - len(trials.unpaid))
    figures.tell("orders_edited", sum(1 for order in in_shop if _is_edited(order)))
    figures.tell("orders_held_for_a_while", dict(Counter(cause for causes in watch.held.values() for cause in causes)))
    figures.equal("orders_held", dict(Counter(row[6] for row in rows if row[6])), {})
    unfinished = stage.db.rows(
        "SELECT COALESCE(cause, state), COUNT(*) FROM shopify_job WHERE state IN ('attention', 'failed') GROUP BY 1"
    )
    figures.equal("jobs_that_need_a_person_or_failed", dict(unfinished), {})
    reasons = stage.db.rows("SELECT error FROM shopify_job WHERE state IN ('attention', 'failed') ORDER BY id LIMIT 3")
    figures.tell("their_first_reasons", [reason for (reason,) in reasons])


def _is_edited(order):
    return not order["cancelled_at"] and any(line["quantity"] != line["current_quantity"] for line in order["lines"])


def people(stage, figures):
    """One person is one contact: each address that bought is there once, and each company."""
    buyers = {order["email"].strip().lower() for order in stage.orders() if order["email"]}
    found = Counter(
        dict(
            stage.db.rows(
                """SELECT email_normalized, COUNT(*) FROM res_partner
                WHERE email_normalized = ANY(%s) AND type IN ('contact', 'other') GROUP BY 1""",
                list(buyers),
            )
        )
    )
    figures.tell("buyers", len(buyers))
    figures.equal("customers_in_odoo", sum(found.values()), len(buyers))
    figures.equal("customers_there_twice", sorted(one for one, count in found.items() if count > 1), [])
    companies = stage.db.rows(
        """SELECT p.name, COUNT(DISTINCT p.id), BOOL_AND(p.is_company) FROM shopify_company c
        JOIN res_partner p ON p.id = c.partner_id GROUP BY 1"""
    )
    figures.tell("companies", len(companies))
    figures.equal("companies_that_are_none_or_twice", [row for row in companies if row[1] != 1 or not row[2]], [])


def day(stage, figures):
    """Odoo compares today's orders with the shop's by itself, and finds none that differ."""
    admin = stage.user("admin")
    admin.call("shopify.order.check", "action_check_today", [])
    compared = "SELECT COUNT(DISTINCT store_id) FROM shopify_order_check WHERE shopify_count > 0"
    wait_for(
        "The day's comparison",
        lambda: stage.db.one(compared) == len(stage.shops) and stage.settled(),
        60,
        meanwhile=stage.check,
    )
    fields = ["shopify_count", "odoo_count", "difference_count"]
    found = admin.call("shopify.order.check", "search_read", [], fields)
    in_shop = len(stage.orders())
    figures.equal("day_orders", [sum(one[name] for one in found) for name in fields[:2]], [in_shop, in_shop])
    differing = admin.call("shopify.order.difference", "search_read", [], ["order_name", "cause", "reason"])
    figures.equal("day_orders_that_differ", len(differing), 0)
    figures.tell("day_orders_that_differ_first", differing[:3])


def connection(stage, figures):
    """*Check Connection* at both stores, as a manager presses it."""
    admin = stage.user("admin")
    for store in admin.call("shopify.store", "search", []):
        admin.call("shopify.store", "action_check_connection", [store])
    found = admin.call("shopify.finding", "search_read", [], ["check_name", "severity", "what"])
    for severity in ("problem", "warning"):
        figures.equal(f"connection_{severity}s", [one["what"] for one in found if one["severity"] == severity], [])
    figures.tell("connection_checks", len(found))


def parcels(stage, worker, trials, figures):
    """Deliveries of Odoo against fulfillments of the shop: their number, pieces of every article, tracking numbers."""
    in_shop = stage.orders()
    made = [(order, one) for order in in_shop for one in order["fulfillments"] if one["status"] == "success"]
    rows = stage.db.rows(PARCELS)
    done = [row for row in rows if row[2] == "done"]
    figures.equal("deliveries_validated", len(done), len(worker.shipped) + len(trials.tills))
    cancelled = {order["id"] for order in in_shop if order["cancelled_at"]}
    figures.equal("deliveries_of_cancelled_orders", sum(1 for row in done if row[1] in cancelled), 0)
    figures.equal("deliveries_open", sum(1 for row in rows if row[2] not in ("done", "cancel")), 0)
    # What a till handed over was fulfilled there first: nothing is told, and no fulfillment of it is noted.
    figures.equal("deliveries_of_tills", sum(1 for row in done if row[1] in trials.tills), len(trials.tills))
    done = [row for row in done if row[1] not in trials.tills]
    figures.equal("deliveries_told_to_shop", sum(1 for row in done if row[5]), len(done))
    figures.tell("fulfillments_in_shop", len(made))
    noted = {one for row in done for one in (row[4] or "").split(",") if one}
    sent = {one["id"] for order, one in made if order["id"] not in trials.tills}
    figures.equal("fulfillments_known_to_odoo", len(noted), len(sent))
    figures.equal("fulfillments_that_differ", len(noted ^ sent), 0)
    pieces = Counter()
    for order, one in made:
        for line in one["lines"]:
            pieces[order["id"], line["sku"]] += line["quantity"]
    ours = {(order_id, sku): int(float(quantity)) for order_id, sku, quantity in stage.db.rows(PIECES)}
    figures.tell("pieces_shipped", sum(ours.values()))
    differing = [key for key in ours.keys() | pieces.keys() if ours.get(key, 0) != pieces[key]]
    figures.equal("articles_whose_pieces_differ", len(differing), 0)
    tracked = {number for _order, one in made for number in one["tracking_numbers"]}
    figures.equal("tracking_numbers_missing_in_shop", len(set(worker.shipped.values()) - tracked), 0)
    left_alone = cancelled | trials.unpaid
    unfulfilled = [
        order
        for order in in_shop
        if order["fulfillment_status"] != "fulfilled"
        and order["id"] not in left_alone
        # Gift wrap that was added later is sent with nothing: it stays open in Shopify.
        and any(line["open"] and line["requires_shipping"] for line in order["lines"])
    ]
    figures.equal("orders_not_fulfilled_in_shop", len(unfulfilled), 0)


def stock(stage, figures):
    differing = stage.levels_that_differ()
    figures.tell("stock_levels", stage.level_count())
    figures.equal("stock_levels_that_differ", len(differing), 0)
    figures.tell("stock_levels_that_differ_first", differing[:5])


def calls(before, after, figures):
    """What the app asked of the shop since `before`, by document (each is named after its root field), and its points."""
    made, refused = {}, Counter()
    for root, entry in after.items():
        earlier = before.get(root, {"count": 0, "cost": 0, "statuses": {}})
        if entry["count"] > earlier["count"]:
            made[root] = {"calls": entry["count"] - earlier["count"], "points": entry["cost"] - earlier["cost"]}
        for status, count in entry["statuses"].items():
            refused[status] += count - earlier["statuses"].get(status, 0)
    figures.tell("api_calls", made)
    figures.tell("api_points", sum(one["points"] for one in made.values()))
    figures.equal("throttled_answers", refused["THROTTLED"], 0)
    figures.equal("api_errors", sum(n for status, n in refused.items() if status not in ("ok", "THROTTLED")), 0)
