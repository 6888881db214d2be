"""What Shopify does later: an accepted request is not yet a success (recorded, FACTS 72).

By default a job is done at once, though its first answer does not say so. With `Shop.job_lag` seconds it waits that
long, with None until `Shop.run_jobs()`; `Shop.fail_next_job(words)` lets the next one fail."""

import threading
import uuid

from .roots import Refused, query


class Job:
    """:param work: called without arguments when the job runs; what it does is under the shop's lock
    :param later: it waits for whoever runs it
    :ivar error: (message, code) when it failed
    """

    def __init__(self, shop, work, later=False):
        self.shop, self._work = shop, work
        self.uuid, self.done, self.error = str(uuid.UUID(int=shop.next_id())), False, None
        self.id = f"gid://shopify/Job/{self.uuid}"
        shop.jobs[self.uuid] = self
        if later:
            return
        if shop.job_lag == 0:
            self.run()
        elif shop.job_lag:
            timer = threading.Timer(shop.job_lag, self.run)
            timer.daemon = True
            timer.start()

    def run(self):
        with self.shop.lock:
            if self.done:
                return
            self.done = True
            self.error, self.shop.job_failure = self.shop.job_failure, None
            if not self.error:
                self._work()


def started(job) -> dict:
    """As the mutation that began it shows it: not done, whatever came of it meanwhile."""
    return {"id": job.id, "done": False}


def run_all(shop):
    for one in list(shop.jobs.values()):
        one.run()


@query("job")
def job(shop, *, id):
    """A job nobody remembers is done by the time anyone asks."""
    if not id.startswith("gid://shopify/Job/"):
        raise Refused(f"Invalid id: {id}", "RESOURCE_NOT_FOUND")
    known = shop.jobs.get(id.rpartition("/")[2])
    return {"id": id, "done": known.done if known else True}
