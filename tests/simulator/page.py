"""The shop as its merchant sees it: orders, stock, fulfillments, and what the app and the webhooks did.

It is made here, of plain HTML, and refreshes itself every two seconds."""

from collections import deque
from html import escape
from itertools import islice
from zoneinfo import ZoneInfo

from .money import decimals

_STYLE = """
:root { --ink: #1f2a2e; --soft: #66757c; --line: #e3e8ea; --ground: #f4f6f5;
        --green: #0b6b4f; --amber: #8a5a00; --red: #a8261b; }
* { box-sizing: border-box; margin: 0; }
body { font: 13px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--ground); }
header { background: #12312a; color: #fff; padding: 14px 24px; display: flex; align-items: baseline; gap: 14px; }
header h1 { font-size: 19px; font-weight: 650; }
header p { color: #b9d1c8; }
header p:last-child { margin-left: auto; }
main { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 16px; padding: 16px 24px;
       align-items: start; }
main > div { display: grid; gap: 16px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
h2 { font-size: 13px; font-weight: 650; padding: 10px 14px; border-bottom: 1px solid var(--line); }
h2 small { color: var(--soft); font-weight: 400; margin-left: 8px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12px; }
th, td { padding: 4px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.t { white-space: nowrap; color: var(--soft); font-variant-numeric: tabular-nums; }
td b { font-weight: 600; }
.cut { max-width: 250px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.soft { color: var(--soft); }
.tag { display: inline-block; padding: 0 8px; border-radius: 9px; background: #eceff0; white-space: nowrap; }
.good { background: #d6f0e4; color: var(--green); }
.wait { background: #fdeecb; color: var(--amber); }
.bad { background: #fbdcd8; color: var(--red); }
.empty { padding: 16px 14px; color: var(--soft); }
.low { color: var(--red); font-weight: 600; }
.half { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }
"""
_GOOD = {"paid", "fulfilled", "success", "ok", "200"}
_BAD = {"refunded", "voided", "cancelled", "unreachable", "dropped", "THROTTLED", "errors", "invalid"}


def _tag(text, tone=None) -> str:
    text = str(text)
    tone = tone or ("good" if text in _GOOD else "bad" if text in _BAD or text[:1] in "45" else "wait")
    return f'<span class="tag {tone}">{escape(text.replace("_", " "))}</span>'


def _table(heads, rows, empty) -> str:
    """:param heads: names; one ending in '#' is a column of numbers"""
    if not rows:
        return f'<p class="empty">{escape(empty)}</p>'
    top = "".join(f'<th class="n">{h[:-1]}</th>' if h.endswith("#") else f"<th>{h}</th>" for h in heads)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _section(title, note, content) -> str:
    return f"<section><h2>{escape(title)}<small>{escape(note)}</small></h2>{content}</section>"


def _clock(shop, moment) -> str:
    return moment.astimezone(ZoneInfo(shop.timezone)).strftime("%H:%M:%S")


def _orders(shop, shown=10) -> str:
    rows = []
    for order in reversed(shop.orders[-shown:]):
        customer = order.customer
        who = customer.display_name if customer else order.body.get("email") or "Guest"
        parcels = [n for one in order.fulfillments if one.status == "SUCCESS" for n in one.body["tracking_numbers"]]
        total = order.amount("total_price")
        currency = order.currencies.shop
        amount = f"{total.shop:,.{decimals(currency)}f} {currency}" if total else "–"
        state = "cancelled" if order.cancelled_at else order.body.get("fulfillment_status") or "unfulfilled"
        tone = "wait" if state == "partial" else "" if state == "unfulfilled" else None
        rows.append(
            f'<tr><td><b>{escape(order.name)}</b></td><td class="t">{_clock(shop, order.placed_at)}</td>'
            f'<td class="cut">{escape(who)}</td><td class="n">{amount}</td>'
            f"<td>{_tag(order.body.get('financial_status') or 'unpaid')}</td><td>{_tag(state, tone or None)}</td>"
            f'<td class="cut">{escape(", ".join(parcels)) or "<span class=soft>–</span>"}</td></tr>'
        )
    heads = ("Order", "Time", "Customer", "Total#", "Payment", "Fulfillment", "Tracking")
    done = sum(1 for one in shop.orders if one.body.get("fulfillment_status") == "fulfilled")
    note = f"{len(shop.orders)} in all, {done} fulfilled" if shop.orders else ""
    return _section("Orders", note, _table(heads, rows, "Nobody has ordered yet. Orders appear here as customers buy."))


def _stock(shop) -> str:
    rows = []
    for product in shop.products:
        for variant in product.variants:
            cells = []
            for location in shop.locations:
                level = variant.item.levels.get(location)
                if level is None:
                    cells.append('<td class="n soft">–</td>')
                    continue
                low = ' class="low"' if level.available < 0 else ""
                cells.append(
                    f'<td class="n"><span{low}>{level.available}</span> / {level.committed} / <b>{level.on_hand}</b></td>'
                )
            rows.append(
                f'<tr><td class="cut">{escape(product.title)} <span class="soft">{escape(variant.sku or "")}</span></td>'
                f"{''.join(cells)}</tr>"
            )
    heads = ("Product", *(f"{escape(location.name)}#" for location in shop.locations))
    table = _table(heads, rows, "The catalog is empty: this shop has nothing to sell.")
    return _section("Stock", "available / committed / on hand" if rows else "", table)


def _fulfillments(shop, shown=5) -> str:
    made = sorted((f for order in shop.orders for f in order.fulfillments), key=lambda f: f.number, reverse=True)
    rows = [
        f'<tr><td><b>{escape(one.name)}</b></td><td class="t">{_clock(shop, one.created_at)}</td>'
        f"<td>{escape(one.location.name)}</td>"
        f'<td class="cut">{escape(", ".join(f"{q} × {line.title}" for line, (_, q) in one.lines.items()))}</td>'
        f"<td>{escape(one.body['tracking_company'] or '')} {escape(', '.join(one.body['tracking_numbers']))}</td>"
        f"<td>{_tag(one.body['status'])}</td></tr>"
        for one in made[:shown]
    ]
    heads = ("Fulfillment", "Time", "From", "Pieces", "Tracking", "Status")
    note = f"{len(made)} in all" if made else ""
    return _section("Fulfillments", note, _table(heads, rows, "Nothing has been shipped yet."))


def _calls(shop, shown=6) -> str:
    rows = [
        f'<tr><td class="t">{_clock(shop, call.at)}</td><td>{escape(call.root)}</td><td class="n">{call.cost}</td>'
        f"<td>{_tag(call.status)}</td></tr>"
        for call in islice(reversed(shop.call_log), shown)
    ]
    status = shop.bucket.status()
    note = f"{status['currentlyAvailable']:.0f} of {status['maximumAvailable']:.0f} points left"
    empty = "The app has not called this shop yet."
    return _section("API calls", note, _table(("Time", "Root field", "Cost#", "Result"), rows, empty))


def _webhooks(shop, shown=6) -> str:
    rows = [
        f'<tr><td class="t">{_clock(shop, one.at)}</td><td>{escape(one.topic)}</td>'
        f'<td class="n">{one.tries}</td><td>{_tag(one.status)}</td></tr>'
        for one in islice(reversed(deque(shop.webhooks.log, maxlen=shown)), shown)
    ]
    count = len(shop.subscriptions)
    empty = "No webhook was sent." if count else "Nobody has subscribed to a webhook, so none is sent."
    note = f"{count} subscriptions, {len(shop.webhooks.log)} sent" if count else ""
    return _section("Webhooks", note, _table(("Time", "Topic", "Tries#", "Answer"), rows, empty))


def render(shop) -> str:
    with shop.lock:
        left = _orders(shop) + _fulfillments(shop) + f'<div class="half">{_calls(shop)}{_webhooks(shop)}</div>'
        right = _stock(shop)
        name, domain, now = escape(shop.name), escape(shop.domain), _clock(shop, shop.now())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{name}</h1><p>{domain}</p><p>Simulated shop · {now}</p></header>"
        f"<main><div>{left}</div><div>{right}</div></main></body></html>"
    )
