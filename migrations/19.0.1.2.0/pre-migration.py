"""The company of a job is its store's: a column of its own made each webhook and each delivery lock the company."""


def migrate(cr, version):
    cr.execute("ALTER TABLE shopify_job DROP COLUMN IF EXISTS company_id")
