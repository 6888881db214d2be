"""What the replay says: a line for each file, a summary, and the figures as one JSON object."""

from collections import Counter
from pathlib import Path

from .judgment import BROKEN, DIFFERS, EQUAL, HELD, KEPT, LOST, REFUSED, WAITS, Verdict

SHARE = 0.9  # of the orders must be equal; the same share may not be held


def print_files(verdicts: list[Verdict]) -> None:
    """Each file: answer, job, outcome, both sides' total and tax, lines, words."""
    width = max(len(verdict.file) for verdict in verdicts)
    print(
        f"{'file':{width}}  HTTP  {'job':10}  {'outcome':7}  {'Shopify total / tax':>26}  {'Odoo total / tax':>22}  lines  why"
    )
    for verdict in verdicts:
        lines = f"{verdict.lines_equal}/{verdict.lines}" if verdict.lines else ""
        cause = f"[{verdict.cause}] " if verdict.cause else ""
        print(
            f"{verdict.file:{width}}  {verdict.status or '–':>4}  {verdict.job_state:10}  {verdict.outcome:7}  "
            f"{_pair(verdict.shopify):>22} {verdict.currency:3}  {_pair(verdict.odoo):>22}  {lines:>5}  "
            f"{cause}{' '.join(verdict.words.split())}".rstrip()
        )


def _pair(amounts: tuple | None) -> str:
    return f"{amounts[0]} / {amounts[1]}" if amounts else ""


def figures(verdicts: list[Verdict], invoices: tuple[int, list[dict]], mode: str, drained: bool) -> dict:
    """All counts, what each must reach, and whether it does.

    :param mode: "default", or "unmapped" and "untaxed" joined by +
    """
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    orders = [verdict for verdict in verdicts if verdict.is_order]
    held = [verdict for verdict in orders if verdict.outcome == HELD]
    unequal = [verdict for verdict in verdicts if verdict.outcome in (DIFFERS, WAITS, BROKEN, HELD, LOST)]
    equal = sum(verdict.outcome == EQUAL for verdict in orders)
    result = {
        "mode": mode,
        "bodies": len(verdicts),
        "orders": len(orders),
        "equal": equal,
        "equal_share": round(equal / len(orders), 4) if orders else 1,
        "held": len(held),
        "held_share": round(len(held) / len(orders), 4) if orders else 0,
        "differs": outcomes[DIFFERS],
        "waiting": outcomes[WAITS],
        "refused": outcomes[REFUSED],
        "lost": outcomes[LOST],
        "kept": outcomes[KEPT],
        "broken": outcomes[BROKEN],
        "answers_5xx": sum(verdict.status >= 500 for verdict in verdicts),
        "invoices": invoices[0],
        "invoices_equal": invoices[0] - len(invoices[1]),
        "untaxed_not_held": _untaxed_not_held(orders) if "untaxed" in mode else 0,
        "drained": drained,
        "causes": dict(Counter(verdict.cause for verdict in held).most_common()),
        "refusals": dict(Counter(verdict.words for verdict in verdicts if verdict.outcome == REFUSED).most_common()),
        "not_equal": [
            {"file": verdict.file, "outcome": verdict.outcome, "why": " ".join(verdict.words.split())}
            for verdict in unequal
        ]
        + [{**entry, "outcome": "invoice"} for entry in invoices[1]],
    }
    reach = {
        **dict.fromkeys(("answers_5xx", "broken", "lost", "differs", "waiting", "untaxed_not_held"), "= 0"),
        "drained": "= True",
        "invoices_equal": f"= {invoices[0]}",
    }
    if "untaxed" not in mode:
        reach.update(equal_share=f">= {SHARE}", held_share=f"<= {round(1 - SHARE, 4)}")
    result["reach"] = reach
    result["missed"] = [name for name, bound in reach.items() if not _reached(result[name], bound)]
    result["ok"] = not result["missed"]
    return result


def _untaxed_not_held(orders: list[Verdict]) -> int:
    """Orders that charge a tax nobody mapped, and are not held."""
    return sum(verdict.has_taxes and verdict.outcome != HELD for verdict in orders)


def _reached(value, bound: str) -> bool:
    sign, limit = bound.split(" ", 1)
    if sign == "=":
        return str(value) == limit
    return value >= float(limit) if sign == ">=" else value <= float(limit)


def print_summary(result: dict, ignored: list[str], folder: Path, seconds: float) -> None:
    """The same for a reader."""
    print()
    print(
        f"{result['bodies']} bodies of {folder} in {seconds:.0f} s ({result['mode']}); {result['orders']} of them orders:"
    )
    print(
        f"   {result['equal']} equal to the cent, {result['held']} held, {result['differs']} differ, "
        f"{result['waiting']} still wait; {result['invoices_equal']} of {result['invoices']} invoices equal"
    )
    for cause, count in result["causes"].items():
        print(f"   held because {cause}: {count}")
    print(
        f"   other topics: {result['kept']} kept; refused at the door: {result['refused']}; lost: {result['lost']}; "
        f"answered 5xx: {result['answers_5xx']}"
    )
    for reason, count in result["refusals"].items():
        print(f"   refused because {reason}: {count}")
    if ignored:
        print(f"   folders that are no webhook topic, ignored: {', '.join(ignored)}")
    for entry in result["not_equal"]:
        print(f"   {entry['outcome']}: {entry['file']}: {entry['why']}")
    for name in result["missed"]:
        print(f"   NOT REACHED: {name} is {result[name]}, must be {result['reach'][name]}")
