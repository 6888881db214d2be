"""What each runner is working on: a job that ends its process each time is found, and does not stop all others for ever."""

from odoo import models
from odoo.tools import SQL

from ..commerce.outcome import NeedsPerson

# A server that is stopped, or killed by hand, ends a process too; the third time over one and the same job is no accident.
DEADLY = 3


class ShopifyRunnerNote(models.AbstractModel):
    _name = "shopify.runner.note"
    _description = "What Shopify Runners Work On"

    def init(self):
        # Not a model: nobody reads it but the runner itself, before its next run.
        self.env.cr.execute(
            "CREATE TABLE IF NOT EXISTS shopify_runner_note (runner varchar PRIMARY KEY, job_ids int[] NOT NULL)"
        )

    def _drop_notes(self):
        self.env.cr.execute("DROP TABLE IF EXISTS shopify_runner_note")

    def _note(self, jobs):
        """To be committed before the work begins; an empty one together with its end."""
        self.env.execute_query(
            SQL(
                """INSERT INTO shopify_runner_note (runner, job_ids) VALUES (%s, %s::int[])
                   ON CONFLICT (runner) DO UPDATE SET job_ids = excluded.job_ids RETURNING runner""",
                self.env.context["shopify_runner"],
                jobs.ids,
            )
        )

    def _left_behind(self):
        """The ids of jobs during which this runner's last run died: each is to be run alone, so that the next time tells which.

        One that was alone when it happened DEADLY times waits for a person from now on.
        """
        rows = self.env.execute_query(
            SQL("SELECT job_ids FROM shopify_runner_note WHERE runner = %s", self.env.context["shopify_runner"])
        )
        left = self.env["shopify.job"].browse(rows[0][0] if rows else ()).exists()
        jobs = left.filtered(lambda job: job.state == "pending")
        for attempts, alike in jobs.grouped("attempts").items():
            alike.attempts = attempts + 1
        if len(left) == 1 and jobs.attempts >= DEADLY:
            why = self.env._(
                "The server's process ended each time this was worked on (%(number)s times). Look into the server's log for its "
                "limits of time and memory, then retry.",
                number=jobs.attempts,
            )
            jobs._finish({jobs: NeedsPerson("kills_process", why)})
        self._note(self.env["shopify.job"])
        self._commit()
        return set(left.ids)
