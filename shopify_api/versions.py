"""How long an API version lives: one appears each quarter, and is answered for at least twelve months."""

import re
from dataclasses import dataclass
from datetime import date

# Days before its end that a version is worth a word: a quarter, in which the next ones can be tried.
WARN_AHEAD = 90


@dataclass(frozen=True)
class Outlook:
    """:param ends: the first day on which Shopify may stop answering it
    :param supported: whether Shopify lists it as supported today
    :param newer: supported stable versions after it, oldest first
    :param soon: whether it ends within 90 days, is the oldest that Shopify still supports, or ended
    """

    ends: date
    supported: bool
    newer: tuple[str, ...]
    soon: bool


def ends(version: str) -> date:
    """The first day on which a version such as 2026-10 may be gone.

    :raise ValueError: it is no stable version
    Source: SHOPIFY_API §1.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", version or ""):
        raise ValueError("A stable API version looks like 2026-10.")
    return date(int(version[:4]) + 1, int(version[5:]), 1)


def outlook(listed, version: str, today: date) -> Outlook:
    """What Shopify's `publicApiVersions` say about a version.

    :param listed: the nodes, [{'handle', 'supported'}]; unstable and candidates are not supported
    """
    supported = sorted(
        node["handle"]
        for node in listed or ()
        if node.get("supported") and re.fullmatch(r"[0-9]{4}-[0-9]{2}", node.get("handle") or "")
    )
    end = ends(version)
    known = version in supported
    newer = tuple(handle for handle in supported if handle > version)
    # A list without any version says nothing: then the calendar alone decides.
    oldest = bool(supported) and (not known or (supported[0] == version and bool(newer)))
    return Outlook(end, known, newer, oldest or (end - today).days <= WARN_AHEAD)
