"""How one speaks to Shopify: GraphQL Admin API, access tokens, webhook signatures. Knows nothing of Odoo."""

# The version of every document in documents/. Webhook bodies have the version of the app's own configuration instead.
VERSION = "2026-10"
