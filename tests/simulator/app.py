"""The app's side of the shop: access tokens, scopes, API versions, and the shop itself."""

import hmac

from .nodes import offset
from .roots import query
from .schema import VERSION, utc

SCOPES = (
    "read_all_orders read_customer_merge read_fulfillments read_locales read_locations read_markets "
    "read_merchant_managed_fulfillment_orders read_payment_terms read_publications read_shopify_payments_accounts "
    "read_shopify_payments_disputes read_shopify_payments_payouts read_third_party_fulfillment_orders write_customers "
    "write_draft_orders write_files write_fulfillments write_inventory write_locations "
    "write_merchant_managed_fulfillment_orders write_order_edits write_orders write_products write_publications "
    "write_returns write_third_party_fulfillment_orders write_translations"
).split()


def allowed(shop, token: str | None) -> bool:
    if not token:
        return False
    if shop.static_token and hmac.compare_digest(token.encode(), shop.static_token.encode()):
        return True
    expires = shop.tokens.get(token)
    return expires is not None and shop.now() < expires


@query("shop")
def shop_itself(shop):
    seconds = int(offset(shop).total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return {
        "id": f"gid://shopify/Shop/{shop.number}",
        "name": shop.name,
        "email": f"owner@{shop.domain}",
        "contactEmail": f"hello@{shop.domain}",
        "myshopifyDomain": shop.domain,
        "primaryDomain": {
            "id": f"gid://shopify/Domain/{shop.number}",
            "host": shop.domain,
            "url": f"https://{shop.domain}",
            "sslEnabled": True,
        },
        "url": f"https://{shop.domain}",
        "currencyCode": shop.currency,
        "enabledPresentmentCurrencies": [shop.currency],
        "ianaTimezone": shop.timezone,
        "timezoneAbbreviation": shop.timezone.rsplit("/", 1)[-1],
        "timezoneOffset": f"{sign}{hours:02}{minutes:02}",
        "timezoneOffsetMinutes": seconds // 60,
        "taxesIncluded": shop.taxes_included,
        "taxShipping": True,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "shopOwnerName": "Owner",
        "setupRequired": False,
        "checkoutApiSupported": True,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "createdAt": utc("2024-01-01T00:00:00Z"),
        "updatedAt": utc("2024-01-01T00:00:00Z"),
        "plan": {
            "publicDisplayName": shop.plan,
            "displayName": shop.plan,
            "shopifyPlus": shop.plan == "Plus",
            "partnerDevelopment": False,
        },
        "shopAddress": {"id": f"gid://shopify/ShopAddress/{shop.number}", "countryCodeV2": shop.country},
    }


@query("currentAppInstallation")
def current_app_installation(shop):
    return {
        "id": f"gid://shopify/AppInstallation/{shop.number}",
        "accessScopes": [{"handle": name, "description": name.replace("_", " ")} for name in shop.scopes],
        "app": {"id": f"gid://shopify/App/{shop.app_number}", "title": "Odoo", "apiKey": shop.client_id},
        "launchUrl": f"https://{shop.domain}/admin/apps/odoo",
    }


@query("publicApiVersions")
def public_api_versions(shop):
    return [version(shop, handle) for handle in ("2026-01", "2026-04", "2026-07", VERSION, "unstable")]


def version(shop, handle: str) -> dict:
    """A version that is not the newest stable one yet is a candidate (recorded, FACTS 133)."""
    early = handle != "unstable" and handle > shop.api_version
    name = f"{handle} (Release candidate)" if early else handle
    return {"handle": handle, "displayName": name, "supported": not early and handle != "unstable"}
