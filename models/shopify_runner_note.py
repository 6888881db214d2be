"""What each runner is working on: a job that ends its process each time is found, and does not stop all others for ever."""

import json

from odoo import models
from odoo.tools import SQL

from ..commerce.outcome import NeedsPerson

# A server that is stopped, or killed by hand, ends a process too; the third time over one and the same job is no accident.
DEADLY = 3


class ShopifyRunnerNote(models.AbstractModel):
    _name = "shopify.runner.note"
    _description = "What Shopify Runners Work On"

    def init(self):
        # Not a model: nobody reads it but the runner itself, before its next run. `deaths` says of each suspect how often.
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS shopify_runner_note (runner varchar PRIMARY KEY, job_ids int[] NOT NULL);
               ALTER TABLE shopify_runner_note ADD COLUMN IF NOT EXISTS deaths jsonb NOT NULL DEFAULT '{}'"""
        )

    def _drop_notes(self):
        self.env.cr.execute("DROP TABLE IF EXISTS shopify_runner_note")

    def _note(self, jobs):
        """To be committed before the work begins."""
        self.env.execute_query(
            SQL(
                """INSERT INTO shopify_runner_note (runner, job_ids) VALUES (%s, %s::int[])
                   ON CONFLICT (runner) DO UPDATE SET job_ids = excluded.job_ids RETURNING runner""",
                self.env.context["shopify_runner"],
                jobs.ids,
            )
        )

    def _note_end(self, jobs):
        """To be committed together with the end of the work: whoever came through it is no suspect any more."""
        self.env.execute_query(
            SQL(
                """UPDATE shopify_runner_note SET job_ids = '{}', deaths = deaths - %s::text[]
                   WHERE runner = %s RETURNING runner""",
                [str(job_id) for job_id in jobs.ids],
                self.env.context["shopify_runner"],
            )
        )

    def _left_behind(self):
        """The ids of jobs during which a run of this runner died: each is to be run alone, so that the next time tells which.

        One that was alone when it happened, for the DEADLY-th time in a row, waits for a person from now on.
        """
        rows = self.env.execute_query(
            SQL("SELECT job_ids, deaths FROM shopify_runner_note WHERE runner = %s", self.env.context["shopify_runner"])
        )
        left, deaths = rows[0] if rows else ((), {})
        died = {job_id: deaths.get(str(job_id), 0) + 1 for job_id in left}
        # One that was alone clears the others; after a run that ended well, those it had no time for are still to be tried.
        deaths = died if len(died) == 1 else {**{int(job_id): times for job_id, times in deaths.items()}, **died}
        jobs = self.env["shopify.job"].browse(deaths).exists().filtered(lambda job: job.state == "pending")
        for job in jobs.filtered(lambda job: left == [job.id] and deaths[job.id] >= DEADLY):  # one at most
            why = self.env._(
                "The server's process ended each time this was worked on (%(number)s times). Look into the server's log for its "
                "limits of time and memory, then retry.",
                number=deaths[job.id],
            )
            job._finish({job: NeedsPerson("kills_process", why)})
            jobs -= job
        if left or deaths:
            self.env.execute_query(
                SQL(
                    "UPDATE shopify_runner_note SET job_ids = '{}', deaths = %s::jsonb WHERE runner = %s RETURNING runner",
                    json.dumps({job.id: deaths[job.id] for job in jobs}),
                    self.env.context["shopify_runner"],
                )
            )
        self._commit()
        return set(jobs.ids)
