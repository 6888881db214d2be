"""Stores from before there were workflow rules get those that every new store begins with, and keep what they did."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    stores = env["shopify.store"].with_context(active_test=False).search([("rule_ids", "=", False)])
    known = env["shopify.facet"].search([("store_id", "in", stores.ids)]).store_id
    env["shopify.facet"]._create_known(stores - known)
    env["shopify.workflow.rule"]._create_defaults(stores)
    # Nothing that was placed before these stores were connected comes in by itself.
    for store in stores.filtered(lambda store: store.connected_at and not store.go_live_at):
        store.go_live_at = store.connected_at
    # Indexes that nothing needs any more; each webhook paid for them.
    cr.execute(
        "DROP INDEX IF EXISTS shopify_job__state_index, shopify_job__company_id_index, shopify_job_state_store_idx"
    )
