"""The `query` argument: Shopify's search syntax, as far as the fields modelled here need it.

`sku:A-1`, `-status:x`, `updated_at:>='2026-01-01T00:00:00Z'`, `a b` and `a AND b` (all of them), `a OR b`. A term whose
field is not known is ignored and reported in `extensions.search` (recorded, FACTS 25)."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from .schema import utc

_TERM = re.compile(
    r"""(?P<not>-|NOT\s+)? (?:(?P<field>[A-Za-z_][\w.]*):)? (?P<op><=|>=|<|>)?
        (?: "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)' | (?P<bare>[^\s()]+) )""",
    re.VERBOSE,
)
_UNQUOTED_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(.*)")


def parse(text: str, zone: str) -> list:
    """The terms as a list of alternatives of dicts field, op, value, negated; all alternatives lists must hold."""
    groups, join_or = [], False
    for match in _TERM.finditer(text or ""):
        word = match.group("bare")
        if word in ("AND", "OR"):
            join_or = word == "OR"
            continue
        quoted = match.group("double") if match.group("double") is not None else match.group("single")
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else word
        found = [{"field": match["field"], "op": match["op"] or "=", "value": value, "negated": bool(match["not"])}]
        if quoted is None and match["field"] and (misread := _UNQUOTED_TIME.fullmatch(value)):
            # Recorded (FACTS 24): an unquoted time ends at its first colon; the day counts from the shop's midnight and
            # the rest becomes a field of its own that nobody knows.
            day, hour, rest = misread.groups()
            found[0]["value"] = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).isoformat()
            bogus = {"field": hour, "op": "=", "value": rest, "negated": False}
            groups.append([bogus])
        if join_or and groups:
            groups[-1].extend(found)
        else:
            groups.append(found)
        join_or = False
    return groups


def _matches(term: dict, actual) -> bool:
    wanted = term["value"]
    if isinstance(actual, (list, tuple, set, frozenset)):
        return any(_matches({**term, "negated": False}, one) for one in actual) != term["negated"]
    if actual is None:
        return term["negated"]
    if isinstance(actual, datetime):
        moment = utc(wanted if "T" in wanted else wanted + "T00:00:00Z")
        if moment is None:
            return False
        result = _compare(term["op"], actual.replace(microsecond=0), moment)
    elif isinstance(actual, int) and not isinstance(actual, bool):
        digits = wanted.rsplit("/", 1)[-1]
        result = digits.lstrip("-").isdigit() and _compare(term["op"], actual, int(digits))
    else:
        text, wanted = str(actual).lower(), wanted.lower()
        prefix = wanted.endswith("*")
        result = text.startswith(wanted[:-1]) if prefix else _compare(term["op"], text, wanted)
    return result != term["negated"]


def _compare(op, left, right) -> bool:
    return {"=": left == right, "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[op]


def select(nodes, text, fields: dict, *, zone: str, path: str, report: list) -> list:
    """The nodes that match `text`.

    :param fields: name → function of a node giving what is searched (text, int, datetime, bool or a list of them); the
        name '' is what a term without a field looks at
    :param report: gets one entry of `extensions.search` if a term had an unknown field
    """
    if not text:
        return list(nodes)
    groups = parse(text, zone)
    unknown = [t for group in groups for t in group if (t["field"] or "") not in fields]
    if unknown:
        parsed = [{"field": t["field"], "match_all": t["value"]} for group in groups for t in group]
        report.append(
            {
                "path": [path],
                "query": text,
                "parsed": parsed[0] if len(parsed) == 1 else {"and": parsed},
                "warnings": [
                    {"field": t["field"], "message": "Invalid search field for this query.", "code": "invalid_field"}
                    for t in unknown
                ],
            }
        )
    kept = [[t for t in group if (t["field"] or "") in fields] for group in groups]
    return [
        node
        for node in nodes
        if all(any(_matches(t, fields[t["field"] or ""](node)) for t in group) for group in kept if group)
    ]
