"""What a claim costs does not depend on what PostgreSQL believes of the queue."""

import json
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..common import ShopifyCase

JOBS = 1500
PAGES_A_JOB = (
    30  # to find a row, and to look for an earlier one of its subject; a join of all with all reads some thousand
)


@tagged("post_install", "-at_install")
class TestClaim(ShopifyCase):
    def test_a_backlog_is_claimed_by_the_index_although_statistics_know_of_none(self):
        self.env.cr.execute("ANALYZE shopify_job")  # nothing waits
        rows = [{"store_id": self.store.id, "key": f"order:{number}"} for number in range(JOBS)]
        self.env["shopify.job"]._enqueue("fulfillments_out", rows)
        self.env.cr.flush()
        asked = []
        execute = type(self.env).execute_query

        def note(env, query):
            result = execute(env, query)
            if "row_number" in query.code:
                asked.append(query)
            return result

        with patch.object(type(self.env), "execute_query", note), self.registry.cursor() as cr:
            batches = self.env(cr=cr)["shopify.runner"]._claim("fast", 0, 1)
            self.assertEqual(len(batches), 500)
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) %s", asked[0]))
        (plan,) = self.env.cr.fetchone()
        pages = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Shared Hit Blocks"]
        self.assertLess(pages, JOBS * PAGES_A_JOB)
