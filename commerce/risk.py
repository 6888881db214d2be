"""Fraud risk of an order, from what Shopify's analysis and other providers said about it."""

# Worst first. "pending" and "none" say nothing (Admin API 2026-10, RiskAssessmentResult).
LEVELS = ("high", "medium", "low")
_RECOMMENDED = {"cancel": "high", "investigate": "medium", "accept": "low"}


def worst(words) -> str | None:
    """The worst of some levels: high, medium, low; None when none of them says anything.

    :param words: as Shopify spells them, in any case: HIGH, low, PENDING …
    """
    said = {str(word or "").lower() for word in words}
    return next((level for level in LEVELS if level in said), None)


def of_node(risk: dict | None) -> str | None:
    """The level of `Order.risk { recommendation assessments { riskLevel } }`; a recommendation counts as a voice."""
    risk = risk or {}
    recommended = _RECOMMENDED.get(str(risk.get("recommendation") or "").lower())
    return worst([recommended, *(one.get("riskLevel") for one in risk.get("assessments") or ())])


def of_messages(bodies) -> str | None:
    """The level after some `orders/risk_assessment_changed` bodies, oldest first: each provider's last word counts.

    Shopify's own analysis has no provider.
    """
    last = {body.get("provider_id"): body.get("risk_level") for body in bodies}
    return worst(last.values())
