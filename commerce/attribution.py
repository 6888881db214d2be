"""Where a customer came from: the campaign that the landing page's address names."""

from urllib.parse import parse_qs, urlsplit

from . import text

# What of an address Odoo has a record for.
_NAMES = ("campaign", "source", "medium")
# A name longer than this is a tracking blob, and no name that a person gave.
_LONGEST = 100


def utm(landing_site: str | None) -> dict[str, str]:
    """{'campaign', 'source', 'medium'}: those that the address names, first value each.

    :param landing_site: path or address with a query, as in a webhook's `landing_site`; garbage gives nothing
    """
    if not landing_site:
        return {}
    try:
        query = parse_qs(urlsplit(landing_site).query, max_num_fields=200)
    except ValueError:
        return {}
    found = {name: text.clean(query.get(f"utm_{name}", [""])[0].strip()) for name in _NAMES}
    return {name: value for name, value in found.items() if value and len(value) <= _LONGEST}
