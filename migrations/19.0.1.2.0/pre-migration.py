"""A row of the queue locks neither its store nor its company any more (decisions/0010)."""


def migrate(cr, version):
    cr.execute(
        "ALTER TABLE shopify_job DROP CONSTRAINT IF EXISTS shopify_job_store_id_fkey, DROP COLUMN IF EXISTS company_id"
    )
    cr.execute(
        "DELETE FROM ir_model_constraint WHERE name IN ('shopify_job_store_id_fkey', 'shopify_job_company_id_fkey')"
    )
    # Claims go by the index of subjects now; each webhook paid for this one.
    cr.execute("DROP INDEX IF EXISTS shopify_job_claim_idx")
