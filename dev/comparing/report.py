"""The figures of a replay and what they must reach."""

from collections import Counter, defaultdict

from .rehearsal import DIFFERENT, EQUAL, SKIPPED

SHARE, LEAST = 0.9, 150


def figures(verdicts: list, folder: str, *, judged: bool) -> dict:
    """:param judged: whether this is the folder that the reach is meant for; `ok` of another one is that of its share"""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    equal, different = outcomes[EQUAL], outcomes[DIFFERENT]
    share = equal / (equal + different) if equal + different else 0.0
    reach = {"share": share >= SHARE, "least": equal >= LEAST or not judged}
    return {
        "folder": folder,
        "steps": len(verdicts),
        "equal": equal,
        "different": different,
        "skipped": outcomes[SKIPPED],
        "share": round(share, 4),
        # Equal ones that were asked after things which this very answer was the first to tell of.
        "equal_just_loaded": sum(verdict.fresh for verdict in verdicts),
        "skipped_by_reason": dict(Counter(v.words for v in verdicts if v.outcome == SKIPPED).most_common()),
        "not_implemented": dict(Counter(v.detail for v in verdicts if "implemented" in str(v.words)).most_common()),
        "not_modelled": dict(Counter(v.detail for v in verdicts if "modelled" in str(v.words)).most_common()),
        "roots": _roots(verdicts),
        "differences": [
            {"file": v.file, "step": v.step, "differs": v.words} for v in verdicts if v.outcome == DIFFERENT
        ],
        "reach": {"share": SHARE, "equal": LEAST},
        "ok": all(reach.values()),
    }


def _roots(verdicts) -> dict:
    counts = defaultdict(Counter)
    for verdict in verdicts:
        for root in set(verdict.roots):
            counts[root][verdict.outcome] += 1
            if verdict.outcome == SKIPPED:
                counts[root][verdict.words] += 1
    return {root: dict(counts[root]) for root in sorted(counts)}
