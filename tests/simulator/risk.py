"""Fraud risk: assessments of an order, what Shopify recommends, and the webhook that tells of a new one (SHOPIFY_API 10.4, 12)."""

from .nodes import local

_RECOMMENDED = {"HIGH": "CANCEL", "MEDIUM": "INVESTIGATE", "LOW": "ACCEPT"}


def assess(order, level: str, provider=None, *, tell=True):
    """A provider, or Shopify itself (None), assesses the order: HIGH, MEDIUM, LOW, NONE or PENDING."""
    order.assessed[provider] = level.upper()
    if not tell:
        return
    order.shop.emit(
        "orders/risk_assessment_changed",
        {
            "provider_id": provider,
            "provider_title": f"Provider {provider}" if provider else None,
            "risk_level": level.lower(),
            "created_at": local(order.shop, order.shop.now()),
            "order_id": order.number,
            "admin_graphql_api_order_id": order.id,
        },
    )


def summary(order) -> dict:
    """`Order.risk`. The recommendation follows Shopify's own assessment."""
    return {
        "recommendation": _RECOMMENDED.get(order.assessed.get(None), "NONE" if order.assessed else "ACCEPT"),
        "assessments": [
            {
                "riskLevel": level,
                "provider": {"id": f"gid://shopify/App/{provider}", "title": f"Provider {provider}"}
                if provider
                else None,
                "facts": [],
            }
            for provider, level in order.assessed.items()
        ],
    }
