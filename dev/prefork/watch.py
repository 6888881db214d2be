"""What became of every job, noted by the database itself at the moment it is written, whoever writes it."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

RUNNERS = 2
ENDED = ("done", "superseded", "failed", "attention", "skipped")


class Watch:
    """Every committed change of a job's state since it was made; nothing but a wake-up starts a runner for a day."""

    def __init__(self, database):
        self._database = database
        database.execute(
            f"""CREATE TABLE IF NOT EXISTS servers_log (
                   id serial, job int, key text, state text, runner int,
                   at timestamp DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'));
               CREATE OR REPLACE FUNCTION servers_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   INSERT INTO servers_log (job, key, state, runner)
                   VALUES (NEW.id, NEW.key, NEW.state, CASE WHEN NEW.lane = 'slow' THEN -1 ELSE mod(NEW.shard, {RUNNERS}) END);
                   RETURN NULL; END $$;
               CREATE OR REPLACE TRIGGER servers_log AFTER INSERT OR UPDATE OF state ON shopify_job
                   FOR EACH ROW EXECUTE FUNCTION servers_log();
               DELETE FROM ir_cron_trigger;
               UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"""
        )
        self.start()

    def start(self):
        """What is told from now on begins here."""
        self._first = self._database.one("SELECT coalesce(max(id), 0) FROM servers_log")

    def told(self) -> "Told":
        return Told(
            self._database.rows(
                "SELECT job, key, state, runner, at FROM servers_log WHERE id > %s ORDER BY id", self._first
            )
        )


@dataclass
class Told:
    """:ivar rows: (job, key, state, runner, time) in the order in which they were written"""

    rows: list = field(repr=False)

    def jobs(self) -> dict:
        """{job: its states, one after another}"""
        found = defaultdict(list)
        for job, _key, state, _runner, _at in self.rows:
            if found[job][-1:] != [state]:  # a retry is written as "pending" once more
                found[job].append(state)
        return dict(found)

    def twice(self) -> list:
        """Jobs that ended more than once."""
        return [job for job, states in self.jobs().items() if sum(state in ENDED for state in states) > 1]

    def out_of_order(self) -> list:
        """Subjects of which an earlier job was done after a later one."""
        by_key = defaultdict(list)
        for job, key, state, _runner, _at in self.rows:
            if state == "done":
                by_key[key].append(job)
        return [key for key, jobs in by_key.items() if any(one > other for one, other in pairwise(jobs))]

    def longest_stillness(self) -> float:
        """Seconds in which a runner had work and nothing of it ended; the last look at a queue is not waited for."""
        waiting, since, longest = defaultdict(set), {}, 0.0
        for job, _key, state, runner, at in self.rows:
            if state == "pending":
                if not waiting[runner]:
                    since[runner] = at
                waiting[runner].add(job)
            elif job in waiting[runner]:
                waiting[runner].discard(job)
                longest = max(longest, (at - since[runner]).total_seconds())
                since[runner] = at
        return longest
